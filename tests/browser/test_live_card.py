"""The card on a dashboard of a real Home Assistant, beside the simulated home."""

import asyncio
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect
import pytest

from tools.demo.home import SimulatedHome

from .living_home import LivingHome, states_of, until_state

pytestmark = pytest.mark.e2e

UPGRADED = "customElements.define(TYPE, EvLbCard);\n  window.evLbUpgraded = true;"


def home_of(living: LivingHome) -> SimulatedHome:
    assert living.home is not None
    return living.home


def test_it_appears_after_a_first_set_up_and_follows_the_plant(
    living: LivingHome,
) -> None:
    asyncio.run(_appears_and_follows(living))


async def _appears_and_follows(living: LivingHome) -> None:
    plant = home_of(living).plant
    async with living.client() as client, living.browser() as context:
        view = await living.open(context)
        await view.wait_until_shown()
        async with asyncio.timeout(30), client.websocket() as socket:
            async for state in states_of(socket, plant["meter_l1"]):
                if abs(await view.load_a("L1") - float(state)) < 0.5:
                    break

        await client.call_service("switch.turn_off", entity_id=plant["car_plugged_in"])
        await expect(view.card.get_by_text("No car", exact=True)).to_be_visible()
        await client.call_service("switch.turn_off", entity_id=plant["meter_connected"])
        await expect(view.card.locator(".pill")).to_have_text("Meter lost")
        await client.call_service("switch.turn_on", entity_id=plant["meter_connected"])
        await client.call_service("switch.turn_on", entity_id=plant["car_plugged_in"])
        await expect(view.card.locator(".pill")).to_contain_text("free")
        assert view.complaints.texts == []


def test_mode_and_switch_reach_the_engine(living: LivingHome) -> None:
    asyncio.run(_controls(living))


async def _controls(living: LivingHome) -> None:
    home = home_of(living)
    async with living.client() as client, living.browser() as context:
        view = await living.open(context)
        await view.wait_until_shown()
        mode = view.card.get_by_label("Garage: Charging mode")
        await mode.select_option("off")
        await until_state(client, home.charger["charging_mode"], "off")
        await until_state(client, home.charger["limiting_factor"], "disabled")
        await mode.select_option("site")
        await until_state(client, home.charger["charging_mode"], "site")

        knob = view.card.get_by_role("switch", name="Garage")
        await expect(knob).to_have_attribute("aria-checked", "true")
        await knob.click()
        await until_state(client, home.charger["enabled"], "off")
        await expect(knob).to_have_attribute("aria-checked", "false")
        # The same with the keyboard alone.
        await knob.focus()
        await view.page.keyboard.press("Space")
        await until_state(client, home.charger["enabled"], "on")
        await expect(knob).to_have_attribute("aria-checked", "true")
        assert view.complaints.texts == []


@pytest.mark.parametrize("width", [320, 900])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(living: LivingHome, width: int, dark: bool) -> None:
    assert asyncio.run(_violations(living, width, dark)) == []


async def _violations(living: LivingHome, width: int, dark: bool) -> list[Any]:
    async with living.browser(width=width, dark=dark) as context:
        view = await living.open(context)
        await view.wait_until_shown()
        for summary in await view.card.locator("summary").all():
            await summary.click()
        await view.card.get_by_role("button", name="Save as CSV").wait_for()
        results = await Axe().run(view.page)
        return [
            (rule["id"], node["html"], node["failureSummary"])
            for rule in results.response["violations"]
            for node in rule["nodes"]
            # Home Assistant's own pages are not ours to fix.
            if "ev-lb-card" in str(node["target"])
        ]


def test_the_editor_sets_the_card(living: LivingHome) -> None:
    asyncio.run(_edits(living))


async def _edits(living: LivingHome) -> None:
    async with living.browser(width=1200) as context:
        view = await living.open(context)
        await view.wait_until_shown()
        await view.page.goto(f"{view.page.url}?edit=1")
        await view.wait_until_shown()
        await view.page.get_by_role("button", name="Edit", exact=True).first.click()
        dialog = view.page.locator("hui-dialog-edit-card")
        await expect(dialog.locator("ev-lb-card")).to_be_visible()
        for label in ("Site", "Title", "Show modes and switches"):
            shown = dialog.get_by_text(label, exact=True).filter(visible=True)
            await expect(shown.first).to_be_visible()
        await dialog.get_by_role("textbox").first.fill("Our driveway")
        await expect(dialog.locator("ev-lb-card .title")).to_have_text("Our driveway")
        await dialog.get_by_role("button", name="Save").click()
        await expect(view.card.locator(".title")).to_have_text("Our driveway")
        assert view.complaints.texts == []


def test_it_comes_back_after_a_restart_and_an_upgrade(living: LivingHome) -> None:
    asyncio.run(_restarts(living))


async def _restarts(living: LivingHome) -> None:
    async with living.browser() as context:
        view = await living.open(context)
        await view.wait_until_shown()
        module = living.card_module
        text = module.read_text(encoding="utf-8")
        assert UPGRADED.split("\n", maxsplit=1)[0] in text
        module.write_text(
            text.replace(UPGRADED.split("\n", maxsplit=1)[0], UPGRADED),
            encoding="utf-8",
        )
        living.process.stop()
        await expect(view.card.locator(".pill")).to_have_text("Connection lost")

        await living.restart()

        # The page that was open goes on by itself, with the card that it has.
        await expect(view.card.locator(".pill")).to_contain_text("free")
        assert await view.page.evaluate("window.evLbUpgraded") is None
        # The same browser, which keeps files, shows the new one without a trick.
        newer = await living.open(context)
        await newer.wait_until_shown()
        assert await newer.page.evaluate("window.evLbUpgraded") is True
        assert newer.complaints.texts == []
    async with living.client() as client, client.websocket() as socket:
        resources = await socket.command("lovelace/resources")
    assert len(resources) == 1
