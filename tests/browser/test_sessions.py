"""What the cars had and what it cost, on the card."""

import asyncio
from datetime import UTC
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect
import pytest

from custom_components.ev_lb.accounting.amounts import Amounts
from custom_components.ev_lb.accounting.ledger import Account, together
from custom_components.ev_lb.accounting.log import Entry
from custom_components.ev_lb.accounting.rows import month_rows, session_row
from custom_components.ev_lb.accounting.stay import Stay
from tools.card_page import TRANSLATIONS, CardPage

from .living_home import LivingHome, states_of, until_state
from .scenes import charger, site
from .test_card import EVIL, with_card

pytestmark = pytest.mark.e2e

NOVEMBER_S = 1_794_000_000.0
"""2026-11-06 20:40 UTC."""
SUNNY = Amounts(grid_kwh=2.0, solar_kwh=6.0, battery_kwh=1.5, grid_cost=0.6)
FROM_GRID = Amounts(grid_kwh=31.0, grid_cost=9.3, unpriced_kwh=4.0)
NO_PRICE = Amounts(grid_kwh=7.0, unpriced_kwh=7.0)
ACCOUNTS = {
    "left": Account(months={"2026-10": NO_PRICE, "2026-11": SUNNY}),
    "right": Account(months={"2026-11": FROM_GRID}),
}
NAMES = {"left": "Carport left", "right": EVIL}
SHARES = """
async (bars) => {
  const parts = bars.map((bar) => [...bar.querySelectorAll(".segment")]);
  const width = (node) => node.getBoundingClientRect().width;
  const share = (part) => (100 * width(part)) / width(part.parentElement);
  for (const part of parts.flat()) {
    await Promise.all(part.getAnimations().map((row) => row.finished));
  }
  return parts.map((row) => row.map((part) => Math.round(share(part))));
}
"""


def stay(charger_id: str, amounts: Amounts, days: int, length_s: float) -> Entry:
    """Return a session that was over some days after the sixth of November."""
    seen_s = NOVEMBER_S + 86_400 * days
    return Entry(
        charger_id=charger_id,
        name=NAMES[charger_id],
        currency="EUR",
        stay=Stay(started_s=seen_s - length_s, seen_s=seen_s, amounts=amounts),
    )


def answered() -> dict[str, Any]:
    """Return what the integration answers for these accounts and sessions."""
    entries = [
        stay("left", SUNNY, 2, 11_520),
        stay("right", FROM_GRID, 1, 40),
        stay("left", NO_PRICE, 0, 7_200),
    ]
    return {
        "entry_id": "home",
        "name": "Home",
        "currency": "EUR",
        "months": month_rows(together(ACCOUNTS.values())),
        "chargers": [
            {"charger_id": row, "name": NAMES[row], "months": month_rows(account)}
            for row, account in ACCOUNTS.items()
        ],
        "sessions": [session_row(row, UTC) for row in entries],
    }


async def open_sessions(card: CardPage, found: dict[str, Any]) -> None:
    """Open the sessions of a card that has not asked for them yet."""
    assert await card.calls() == []
    await card.page.evaluate(
        "(answers) => { window.answers = answers; }",
        {"call_service": {"response": {"sites": [found]}}},
    )
    await card.page.locator("ev-lb-card summary").last.click()
    await card.page.locator(".sessions").wait_for()


def test_months_and_sessions_are_shown_of_one_charger_or_all() -> None:
    async def check(card: CardPage) -> None:
        await open_sessions(card, answered())
        [call] = await card.calls()
        assert call == {
            "type": "call_service",
            "domain": "ev_lb",
            "service": "get_sessions",
            "service_data": {"entry_id": "home"},
            "return_response": True,
        }
        figures = card.page.locator(".sessions .bar-figures")
        assert await figures.all_inner_texts() == [
            "40.5 kWh · €9.90 · 4.0 kWh without a price",
            "7.0 kWh",
        ]
        month = card.page.get_by_role("meter", name="November 2026")
        assert await month.get_attribute("aria-label") == (
            "November 2026: 40.5 kWh · €9.90 · 4.0 kWh without a price "
            "(Solar 6.0 kWh, Battery 1.5 kWh, Grid 33.0 kWh)"
        )
        facts = card.page.locator(".sessions li .facts")
        assert await facts.all_inner_texts() == [
            "9.5 kWh · €0.60 · 63 % from the sun · 3 hr 12 min",
            "31.0 kWh · €9.30 · 4.0 kWh without a price · 0 % from the sun · 1 min",
            "7.0 kWh · 0 % from the sun · 2 hr",
        ]
        names = card.page.locator(".sessions li b")
        assert await names.all_inner_texts() == ["Carport left", EVIL, "Carport left"]

        choice = card.page.locator(".sessions select")
        assert await choice.locator(":checked").inner_text() == "All chargers"
        await choice.select_option("right")
        await expect(figures).to_have_text(
            ["31.0 kWh · €9.30 · 4.0 kWh without a price"]
        )
        await expect(names).to_have_text([EVIL])
        await choice.select_option(label="All chargers")
        await expect(names).to_have_count(3)
        assert await card.page.locator("ev-lb-card img").count() == 0

    with_card(check, site(charger()))


def test_bars_are_as_long_as_what_was_charged() -> None:
    async def check(card: CardPage) -> None:
        await open_sessions(card, answered())
        shares = await card.page.locator(".sessions .bar").evaluate_all(SHARES)
        assert shares == [[15, 4, 81], [0, 0, 17]]

    with_card(check, site(charger()))


def test_what_cannot_be_read_is_told_and_asked_for_again() -> None:
    async def check(card: CardPage) -> None:
        await card.page.evaluate("window.answers = { call_service: null }")
        await card.page.locator("ev-lb-card summary").last.click()
        await expect(card.page.locator("ev-lb-card .empty")).to_contain_text(
            "cannot be read now"
        )
        found = {"call_service": {"response": {"sites": [answered()]}}}
        await card.page.evaluate("(found) => { window.answers = found; }", found)
        again = card.page.locator(".sessions li")
        async with asyncio.timeout(60):
            while await again.count() != 3:
                await card.tell({"sun": None})
        assert await card.page.locator("ev-lb-card .empty").count() == 0

    with_card(check, site(charger()))


@pytest.mark.parametrize(
    ("place", "language"),
    list(enumerate(sorted(path.stem for path in TRANSLATIONS.glob("*.json")))),
)
def test_it_fits_on_a_telephone_in_every_language(place: int, language: str) -> None:
    async def check(card: CardPage) -> None:
        await open_sessions(card, answered())
        wide = await card.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320
        results = await Axe().run(card.page)
        found = [
            (rule["id"], node["html"])
            for rule in results.response["violations"]
            for node in rule["nodes"]
            # The page around it is bare.
            if "ev-lb-card" in str(node["target"])
        ]
        assert found == []

    dark, right_to_left = place % 2 > 0, place % 4 > 1
    with_card(
        check,
        site(charger()),
        language=language,
        width=320,
        dark=dark,
        right_to_left=right_to_left,
    )


def test_a_car_that_has_charged_is_listed_and_saved(
    living: LivingHome, tmp_path: Path
) -> None:
    asyncio.run(_is_listed(living, tmp_path))


async def _is_listed(living: LivingHome, folder: Path) -> None:
    assert living.home is not None
    plant = living.home.plant
    async with living.client() as client, client.websocket() as socket:
        finished = await socket.subscribe(event_type="ev_lb_session_finished")
        await until_state(client, plant["car_status"], "charging")
        energy = living.home.charger["session_energy"]
        async with asyncio.timeout(60):
            async for charged_kwh in states_of(socket, energy):
                if float(charged_kwh) >= 0.1:
                    break
        await client.call_service("switch.turn_off", entity_id=plant["car_plugged_in"])
        async with asyncio.timeout(30):
            await finished.get()
        asked = {"domain": "ev_lb", "return_response": True}
        sums = await socket.command("call_service", service="get_sessions", **asked)
        text = await socket.command("call_service", service="export_sessions", **asked)
        [home] = sums["response"]["sites"]
        [session] = home["sessions"]

        async with living.browser() as context:
            view = await living.open(context)
            await view.wait_until_shown()
            await view.card.get_by_text("Charging sessions").click()
            row = view.card.locator(".sessions li")
            await expect(row).to_contain_text("Garage")
            await expect(row).to_contain_text(f"{session['energy_kwh']:.1f} kWh")
            await expect(view.card.locator(".sessions .bar")).to_have_count(1)
            async with view.page.expect_download() as download:
                await view.card.get_by_role("button", name="Save as CSV").click()
            saved = await download.value
            assert saved.suggested_filename == f"{home['name']}.csv"
            await saved.save_as(folder / "sessions.csv")
            assert view.complaints.texts == []
    assert (folder / "sessions.csv").read_bytes() == text["response"]["csv"].encode()
