"""The dashboard that the integration makes, in a real browser."""

import asyncio
import re

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, expect
import pytest

from tools.chromium import PATIENCE_MS
from tools.demo.dashboard import URL_PATH, make_dashboard

from .living_home import LivingHome, View, until_state

pytestmark = pytest.mark.e2e


def test_it_explains_and_can_be_played_with(living: LivingHome) -> None:
    asyncio.run(_plays(living))


async def _plays(living: LivingHome) -> None:
    assert living.home is not None
    plant = living.home.plant
    async with living.client() as client:
        await make_dashboard(client)
    async with (
        living.client() as client,
        living.browser(width=1280) as context,
    ):
        view = await _open(living, context)
        log = view.page.locator("ev-lb-log-card")
        await until_state(client, plant["car_status"], "charging")

        oven = view.page.locator("hui-toggle-entity-row", has_text="Oven")
        await oven.locator("ha-switch").click()

        await until_state(client, plant["oven"], "on")
        # A car that has just been allowed to start may be the new load, for a while.
        await expect(log).to_contain_text(
            re.compile(r"L2 carries [\d.]+ of 25 A without cars\."), timeout=PATIENCE_MS
        )
        await oven.locator("ha-switch").click()
        await until_state(client, plant["oven"], "off")
        assert view.complaints.texts == []


def test_the_log_can_be_read_by_all(living: LivingHome) -> None:
    asyncio.run(_is_accessible(living))


async def _is_accessible(living: LivingHome) -> None:
    async with living.browser() as context:
        view = await _open(living, context)
        await expect(view.page.locator("ev-lb-log-card li").first).to_be_visible()
        results = await Axe().run(view.page)
        assert [
            (rule["id"], node["html"], node["failureSummary"])
            for rule in results.response["violations"]
            for node in rule["nodes"]
            if "ev-lb-log-card" in str(node["target"])
        ] == []


async def _open(living: LivingHome, context: BrowserContext) -> View:
    view = await living.open(context, URL_PATH)
    await view.wait_until_shown()
    return view
