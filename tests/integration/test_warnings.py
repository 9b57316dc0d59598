"""What the card says of what is wrong: green is shown only where nothing is."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.ev_lb.dashboard.live_document import LiveDocument
from custom_components.ev_lb.engine.model import ChargerReading, Reading, Snapshot
from custom_components.ev_lb.health.meter_watch import LATE_S, MeterWatch

from .homes import ENTRY_ID, MEASURED, Home, make_entry
from .test_issues import go_on


async def home_of(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    entry = make_entry(
        {"can_export": True}, charger={"measured_current_entity": MEASURED}
    )
    home = Home(hass, freezer, entry)
    hass.states.async_set(MEASURED, "0", {"unit_of_measurement": "A"})
    await home.install_charger()
    home.meter(3000)
    await home.start()
    return home


def shown(home: Home) -> dict[str, Any]:
    controller = home.entry.runtime_data.controller
    document = LiveDocument(home.hass, controller, controller.texts, None)
    site: dict[str, Any] = document.sections()["site"]
    return site


async def test_a_doubt_is_red_with_its_text_also_where_its_repair_is_ignored(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await home_of(hass, freezer)
    assert (shown(home)["doubt"], shown(home)["warnings"]) == (None, [])
    for car_a in (0, 10, 0, 16, 0):
        await go_on(home, 60, -(3000 + car_a * 230), car_a)
    ir.async_get(hass).async_ignore("ev_lb", f"meter_sign_{ENTRY_ID}_meter", True)
    await go_on(home, 10, -3000, 0)

    assert shown(home)["doubt"]["level"] == "bad"
    (warning,) = shown(home)["warnings"]
    assert warning["level"] == "bad"
    assert warning["text"].startswith("Import and export of Home are swapped. Nothing")


async def test_another_repair_is_red_until_it_is_ignored(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await home_of(hass, freezer)
    hass.config_entries.async_update_entry(
        home.entry, options={**home.entry.options, "service_current_a": 5.0}
    )
    await go_on(home, 10, 500, 0)
    assert shown(home)["doubt"]["level"] == "warn"
    (warning,) = shown(home)["warnings"]
    assert (warning["level"], warning["path"]) == ("bad", "/config/repairs")

    (issue_id,) = [
        key for domain, key in ir.async_get(hass).issues if domain == "ev_lb"
    ]
    ir.async_get(hass).async_ignore("ev_lb", issue_id, True)
    await go_on(home, 10, 500, 0)
    assert (shown(home)["doubt"], shown(home)["warnings"]) == (None, [])


@pytest.mark.parametrize("key", ["price_mismatch", "price_no_series"])
async def test_a_repair_that_is_no_finding_is_shown_with_its_title(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, key: str
) -> None:
    home = await home_of(hass, freezer)
    issue_id = f"{key}_{ENTRY_ID}_import"
    for entry_id in (ENTRY_ID, "another_site"):
        ir.async_create_issue(
            hass,
            "ev_lb",
            f"{key}_{entry_id}_import",
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=key,
            translation_placeholders={
                "site": "Home",
                "entity_id": "sensor.price",
                "shown": "1",
                "found": "2",
            },
        )
    (warning,) = shown(home)["warnings"]
    assert (warning["level"], warning["path"]) == ("bad", "/config/repairs")
    assert warning["text"] not in ("", key)
    assert "{" not in warning["text"]
    assert shown(home)["doubt"]["key"] == "open_repair"

    ir.async_get(hass).async_ignore("ev_lb", issue_id, True)
    assert (shown(home)["doubt"], shown(home)["warnings"]) == (None, [])


async def test_a_meter_that_does_not_move_with_a_car_is_not_green(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await home_of(hass, freezer)
    await go_on(home, 20, 3000, 0)
    await go_on(home, 20, 3000, 10)
    site = shown(home)
    assert site["meter_lost"] or site["doubt"]["key"] == "suspected"
    await go_on(home, 10, 3000 + 10 * 230, 10)
    assert (shown(home)["meter_lost"], shown(home)["doubt"]) == (False, None)


def test_a_meter_that_moves_in_time_is_not_suspected() -> None:
    watch = MeterWatch()

    def look(now_s: float, meter_a: float, car_a: float) -> bool:
        car = ChargerReading(charger_id="a", measured_a=(Reading(car_a, now_s),))
        meter = (Reading(meter_a, now_s), None, None)
        return watch.suspects(Snapshot(phase_currents_a=meter, chargers=(car,)), now_s)

    assert not look(0, 5, 0)
    assert not look(1, 5, 10)
    assert not look(LATE_S, 5, 10)
    assert not look(LATE_S + 0.5, 15, 10)
    assert not look(100, 15, 10)
    assert not look(101, 15, 6)
    assert look(101 + LATE_S, 15, 6)
    assert not look(102 + LATE_S, 11, 6)
