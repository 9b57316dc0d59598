"""The plan on the card: prices, blocks, departure, and what will be short."""

import re

import pytest

from tools.card_page import CardPage

from .scenes import charger, night, site
from .test_card import with_card

pytestmark = pytest.mark.e2e

PLACES = """
(nodes) => nodes.map((node) => {
  const track = node.parentElement.getBoundingClientRect();
  const place = node.getBoundingClientRect();
  return [place.left - track.left, place.right - track.left].map(
    (x) => Math.round((100 * x) / track.width));
})
"""


def test_it_shows_prices_blocks_and_what_will_be_short() -> None:
    async def check(card: CardPage) -> None:
        await card.page.locator(".plan .lane").first.wait_for()
        assert re.search(r"-€0.01 . €0.35", await card.text(".plan .heading"))
        facts = await card.page.locator(".lane .next").all_inner_texts()
        # In the browser's own time zone.
        assert re.fullmatch(
            r"\d\d:15.*\d\d:30.*, \d\d:00.*\d\d:00.* · 24.3 kWh · €4.86 · needed by .+",
            facts[0],
        )
        shorts = await card.page.locator(".lane .short").all_inner_texts()
        assert shorts == ["3.2 kWh short"]
        first = card.page.locator(".lane").first.locator(".segment.car")
        # From 22:00 to 10:00: 1:15 is 3.25 of 12 hours from the left.
        assert await first.evaluate_all(PLACES) == [[27, 46], [50, 58]]
        second = card.page.locator(".lane").nth(1).locator(".segment.car")
        # It has begun before the chart does.
        assert await second.evaluate_all(PLACES) == [[0, 67]]
        paths = card.page.locator(".plan path")
        drawn = [await paths.nth(row).get_attribute("d") for row in range(2)]
        assert [(text or "").count("z") for text in drawn] == [9, 3]

    with_card(check, night())


def test_a_tap_leads_to_the_departure() -> None:
    scene = night()
    scene["chargers"]["charger_1"]["entities"]["departure"] = "datetime.garage"

    async def check(card: CardPage) -> None:
        await card.page.evaluate(
            "() => window.card.addEventListener("
            "'hass-more-info', (event) => { window.asked = event.detail.entityId; })"
        )
        await card.page.locator(".lane .name").first.click()
        assert await card.page.evaluate("window.asked") == "datetime.garage"

    with_card(check, scene)


def test_without_prices_only_the_times_are_shown() -> None:
    scene = night()
    scene["plan"] |= {"currency": None, "prices": []}

    async def check(card: CardPage) -> None:
        await card.page.locator(".plan .lane").first.wait_for()
        assert await card.text(".plan .heading") == "Plan"
        assert await card.page.locator(".plan svg").count() == 0
        assert "€" not in await card.text(".lane .next")

    with_card(check, scene)


def test_nothing_of_it_is_loaded_without_a_plan() -> None:
    async def check(card: CardPage) -> list[str]:
        assert await card.page.locator(".plan").count() == 0
        names: list[str] = await card.page.evaluate(
            "performance.getEntriesByType('resource').map((row) => row.name)"
        )
        return names

    assert not [row for row in with_card(check, site(charger())) if "plan" in row]
