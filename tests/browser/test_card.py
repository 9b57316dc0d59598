"""The card alone, with a Home Assistant that says what it is told."""

import asyncio
from collections.abc import Callable, Coroutine
import gzip
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.async_api import expect
import pytest

from tools.card_page import FRONTEND, CardPage, open_card

from .scenes import (
    charger,
    four_chargers,
    fuse_unknown,
    meter_lost,
    shadow,
    site,
    sunny,
)

pytestmark = pytest.mark.e2e

EVIL = '<img src=x onerror="window.evil = true">'
LARGEST_CARD_BYTES = 60_000
LARGEST_AT_ONCE_BYTES = 21_000
LARGEST_PACKED_BYTES = 27_000
COUNT_CHANGES = """
() => {
  window.touched = 0;
  const watch = new MutationObserver((rows) => { window.touched += rows.length; });
  const options = { subtree: true, childList: true, characterData: true,
    attributes: true };
  watch.observe(window.card.shadowRoot, options);
}
"""


def with_card[T](
    check: Callable[[CardPage], Coroutine[Any, Any, T]], *arguments: Any, **options: Any
) -> T:
    """Show a card, and return what the check finds; the page must not complain."""

    async def run() -> T:
        async with open_card(*arguments, **options) as card:
            found = await check(card)
            assert card.complaints.texts == []
            return found

    return asyncio.run(run())


def test_names_and_reasons_are_never_taken_for_markup() -> None:
    async def check(card: CardPage) -> None:
        assert await card.text(".title") == EVIL
        assert await card.text(".charger .name") == EVIL
        assert EVIL in await card.text(".charger .reason")
        assert await card.page.locator("ev-lb-card img").count() == 0
        assert await card.page.evaluate("window.evil") is None

    with_card(check, site(charger(EVIL, reason=EVIL), name=EVIL))


def test_it_touches_the_page_only_where_something_changed() -> None:
    document = four_chargers()

    async def check(card: CardPage) -> tuple[int, int]:
        await card.page.evaluate(COUNT_CHANGES)
        await card.tell({"phases": document["phases"], "changed": document["chargers"]})
        before: int = await card.page.evaluate("window.touched")
        changed = {**document["chargers"]["charger_1"], "energy_kwh": 8.5}
        await card.tell({"changed": {"charger_1": changed}})
        return before, await card.page.evaluate("window.touched")

    assert with_card(check, document) == (0, 1)


@pytest.mark.parametrize("right_to_left", [False, True])
def test_it_fits_into_320_pixels(right_to_left: bool) -> None:
    async def check(card: CardPage) -> list[str]:
        found: list[str] = await card.page.evaluate(
            """() => [...window.card.shadowRoot.querySelectorAll("*")]
              .filter((node) => node.getClientRects().length && node.localName !== "style"
                && !node.closest(".announcer, .track"))
              .filter((node) => {
                const box = node.getBoundingClientRect();
                return box.left < 0 || box.right > innerWidth + 0.5;
              }).map((node) => node.className)"""
        )
        return found

    long_name = "Ladestation hinter dem Gartenhaus am Nachbargrundstück"
    document = sunny()
    document["chargers"]["charger_1"]["name"] = long_name
    options = {"width": 320, "right_to_left": right_to_left, "language": "de"}
    assert with_card(check, document, **options) == []


def test_bars_run_from_right_to_left_where_people_read_so() -> None:
    async def starts(card: CardPage) -> list[float]:
        found: list[float] = await card.page.evaluate(
            """() => [...window.card.shadowRoot.querySelector(".track")
              .querySelectorAll(".house, .car, .limit")]
              .map((node) => node.getBoundingClientRect().left)"""
        )
        return found

    left, right = (
        with_card(starts, site(charger()), right_to_left=rtl) for rtl in (False, True)
    )
    assert len(left) == 3
    assert left == sorted(left)
    assert all(one > other for one, other in pairwise(right))


def test_what_must_not_be_overlooked_is_told_in_words() -> None:
    async def check(card: CardPage) -> None:
        assert await card.text(".pill") == "Meter lost"
        assert "no news for too long" in await card.text(".notice")
        assert await card.text(".bar-figures") == "? of 25 A"
        # What a screen reader says; some know no more of a meter than its name.
        assert (await card.text(".announcer")).startswith("Meter lost. The meter")
        by_role = card.page.get_by_role
        for said in (
            by_role("meter", name="L1: Unknown, limit 25 A", exact=True),
            by_role("switch", name="Home: Load balancing", exact=True),
            by_role("switch", name="Garage: Charging allowed", exact=True),
        ):
            assert await said.count() == 1
        await card.tell(shadow())
        assert "nothing is commanded" in await card.text(".notice")
        assert await card.text(".allowed") == "would get 12 A"
        assert await card.text(".pill") == "L1: 3.1 A over the fuse"
        await card.tell(site(charger(), enabled=False))
        assert "nothing protects" in await card.text(".notice")
        await card.tell({"running": False})
        assert "not running" in await card.text(".notice")

    with_card(check, meter_lost())


def test_a_fuse_that_cannot_be_read_is_no_overload() -> None:
    async def check(card: CardPage) -> None:
        assert await card.text(".pill") == "Main fuse unknown"
        assert "cannot be used" in await card.text(".notice")
        assert await card.text(".bar-figures") == "12.1 of ? A"
        assert await card.page.locator(".segment.over").count() == 0
        meters = card.page.get_by_role("meter")
        assert "of ?" in (await meters.first.get_attribute("aria-label") or "")

    with_card(check, fuse_unknown())


def test_a_countdown_goes_by_the_clock_of_the_site() -> None:
    async def check(card: CardPage) -> None:
        assert (await card.text(".next")).strip() == "May start in 0:07."
        await card.page.get_by_text("May start in 0:05.").wait_for()

    waiting = charger(state="waiting", set_a=0.0, drawn_a=[0, 0, 0], outlook=None)
    # 70 s of a site that runs ten times as fast.
    document = site({**waiting, "next_change_s": 1069.9}) | {"speed": 10}
    with_card(check, document)


def test_it_asks_again_until_home_assistant_is_there() -> None:
    document = site(charger())

    async def check(card: CardPage) -> None:
        await card.page.evaluate(
            "window.refusing = true; window.happen('disconnected'); window.tell = null"
        )
        await card.page.get_by_text("Connection lost").wait_for()
        await card.page.evaluate("window.happen('ready')")
        await card.page.evaluate("window.refusing = false")
        await card.tell(document)
        assert "free" in await card.text(".pill")
        assert await card.page.evaluate("window.subscriptions") == 2

    with_card(check, document)


def test_it_learns_its_words_though_the_first_attempt_failed() -> None:
    async def check(card: CardPage) -> None:
        await card.page.evaluate(
            """async () => {
              const { home, card } = window;
              const late = document.createElement("ev-lb-card");
              late.setConfig(card.config);
              late.hass = { ...home, loadBackendTranslation: () => Promise.reject() };
              // Home Assistant hands over another object with each change of a state.
              late.hass = { ...home };
              card.replaceWith(late);
            }"""
        )
        await card.page.get_by_text("Starting").wait_for()

    with_card(check)


def test_it_takes_words_that_come_late() -> None:
    async def check(card: CardPage) -> None:
        await card.page.evaluate(
            """async () => {
              const { home, card } = window;
              const late = document.createElement("ev-lb-card");
              late.setConfig(card.config);
              // Another card has asked for the texts already, and is still waiting.
              const mute = () => "";
              const loadBackendTranslation = async () => mute;
              late.hass = { ...home, loadBackendTranslation, localize: mute };
              late.hass = { ...home, loadBackendTranslation };
              card.replaceWith(late);
            }"""
        )
        await card.page.get_by_text("Starting").wait_for()

    with_card(check)


def test_it_tells_where_there_is_no_site() -> None:
    async def check(card: CardPage) -> None:
        await card.page.evaluate(
            """() => {
              window.sites = [];
              window.card.setConfig({ type: "custom:ev-lb-card" });
            }"""
        )
        notice = card.page.locator("ev-lb-card .notice")
        await notice.get_by_text("There is no site yet.").wait_for()

    with_card(check)


def test_it_can_be_picked_suggested_and_configured() -> None:
    async def check(card: CardPage) -> None:
        stub = await card.page.evaluate(
            "customElements.get('ev-lb-card').getStubConfig(window.home)"
        )
        assert stub == {"entry_id": "home"}
        suggested = await card.page.evaluate(
            """() => {
              const [entry] = window.customCards;
              const home = { ...window.home,
                entities: { "sensor.a": { platform: "ev_lb", device_id: "d" },
                  "sensor.b": { platform: "demo" } },
                devices: { d: { config_entries: ["home"] } } };
              return ["sensor.a", "sensor.b"].map(
                (id) => entry.getEntitySuggestion(home, id));
            }"""
        )
        config = {"type": "custom:ev-lb-card", "entry_id": "home"}
        assert suggested == [{"config": config}, None]
        wrong = await card.page.evaluate(
            """() => { try { window.card.setConfig({ entry_id: 7 }); }
              catch (error) { return error.message; } }"""
        )
        assert "entry_id" in wrong

    with_card(check, site(charger()))


def test_the_last_hours_are_drawn_when_they_are_opened() -> None:
    sources = {
        "left": {"L1": "sensor.left"},
        "cars": {"charger_1": {"entity_id": "sensor.car", "phases": ["L1"]}},
    }

    async def check(card: CardPage) -> None:
        assert await card.calls() == []
        # For an hour the house drew 10 A; then a car came and took 12 A.
        await card.page.evaluate(
            """() => {
              const now = Date.now(), half = 1800000, ten = 600000;
              const row = (mean, start, end) => ({ mean, start, end });
              window.answers = {
                "recorder/statistics_during_period": {
                  "sensor.left": [row(15, now - 2 * half, now - ten)],
                  "sensor.car": [row(0, now - 2 * half, now - half),
                    row(12, now - half, now - ten)],
                },
                "history/history_during_period": {
                  "sensor.left": [{ s: "15", lu: (now - 2 * ten) / 1000 }],
                  "sensor.car": [{ s: "12", lu: (now - 2 * ten) / 1000 },
                    { s: "unavailable", lu: (now - 1000) / 1000 }],
                },
              };
            }"""
        )
        await card.page.get_by_text("The last 6 h").click()
        await card.page.get_by_text("highest 22.0 A").wait_for()
        house, car = [
            await path.evaluate("(path) => path.getBBox().height")
            for path in await card.page.locator("ev-lb-card .area").all()
        ]
        assert round(house, 1) == 10
        assert round(car, 1) == 12
        asked = [row["type"] for row in await card.calls()]
        assert asked == [
            "recorder/statistics_during_period",
            "history/history_during_period",
        ]

    with_card(check, site(charger(), sources=sources))


def test_it_stays_small() -> None:
    sizes = [path.stat().st_size for path in (FRONTEND / "card").glob("*.js")]
    assert 0 < sum(sizes) < LARGEST_CARD_BYTES
    # Plan, history and sessions are loaded by those who have or open them.
    later = {FRONTEND / f"ev-lb-{part}.js" for part in ("charts", "plan", "sessions")}
    modules = set(FRONTEND.rglob("*.js"))
    assert later < modules
    assert _packed_bytes(modules - later) < LARGEST_AT_ONCE_BYTES
    assert _packed_bytes(modules) < LARGEST_PACKED_BYTES


def _packed_bytes(modules: set[Path]) -> int:
    """Return what modules come to when they are packed, bytes."""
    return len(gzip.compress(b"".join(path.read_bytes() for path in sorted(modules))))


DOUBT = {"level": "bad", "key": "open_repair", "text": "Repair open"}
REPAIR = {
    "level": "bad",
    "name": "mdi:wrench-clock",
    "text": "Import and export of Home are swapped",
    "path": "/config/repairs",
}
WARNING = {"level": "bad", "name": "mdi:alert", "text": "Unplug the car."}
OVERLOADED = {"name": "L1", "limit_a": 16.0, "load_a": 20.0}
FULL = [{"name": "L1", "limit_a": 25.0, "house_a": 13.1}]


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "ok"),
        # That is the goal.
        ({"phases": FULL}, "ok"),
        ({"enabled": False}, "warn"),
        ({"doubt": DOUBT, "warnings": [WARNING]}, "bad"),
        ({"meter_lost": True}, "bad"),
        ({"circuits": [{"name": "Barn", "phases": [OVERLOADED]}]}, "bad"),
    ],
)
def test_it_is_green_only_where_nothing_is_wrong(
    changes: dict[str, Any], level: str
) -> None:
    async def check(card: CardPage) -> tuple[str | None, list[str]]:
        style = await card.page.locator("ev-lb-card .pill").get_attribute("style")
        notices = await card.page.locator("ev-lb-card .notice").all_inner_texts()
        return style, notices

    style, notices = with_card(check, site(charger(), **changes))
    assert style is not None
    assert f"var(--{level})" in style
    assert all(row["text"] in notices for row in changes.get("warnings", []))


@pytest.mark.parametrize("admin", [True, False])
def test_a_repair_is_red_and_leads_those_who_may_fix_it_there(admin: bool) -> None:
    async def check(card: CardPage) -> None:
        await card.page.evaluate(
            "(admin) => { window.card.hass = { ...window.home,"
            " user: { is_admin: admin } }; }",
            admin,
        )
        await card.tell(site(charger(), warnings=[REPAIR, WARNING]))
        notices = card.page.locator("ev-lb-card .notice")
        await expect(notices).to_have_count(2)
        assert await notices.first.get_attribute("style") == "--level: var(--bad);"
        link = notices.get_by_role("link", name=f"Fix: {REPAIR['text']}")
        await expect(link).to_have_count(int(admin))
        if admin:
            assert await link.get_attribute("href") == "/config/repairs"

    with_card(check, site(charger()))
