"""What is told of a plan: its blocks in a calendar, what lacks, and a missing car."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from .homes import CHARGER_ID, STATUS
from .test_wishes import night_of


def notes(hass: HomeAssistant, kind: str) -> list[str]:
    """Return the notifications of a kind."""
    shown = hass.data.get(persistent_notification.DOMAIN) or {}
    return [row["message"] for key, row in shown.items() if kind in key]


async def test_the_calendar_has_the_blocks(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    night = await night_of(hass, freezer)
    await night.start()
    await night.wish(2.0, 300)
    calendar = night.home.entity_id("calendar", "charging_plan", CHARGER_ID)
    answer: Any = await hass.services.async_call(
        "calendar",
        "get_events",
        {
            "entity_id": calendar,
            "start_date_time": dt_util.now().isoformat(),
            "end_date_time": (dt_util.now() + timedelta(days=1)).isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    (event,) = answer[calendar]["events"]
    assert event["start"].startswith("2026-11-30T23:00")
    assert event["summary"] == "Garage: 2.2 kWh"
    assert event["description"] == "0.22 EUR"
    state = hass.states.get(calendar)
    assert state is not None
    assert (state.state, state.attributes["message"]) == ("off", "Garage: 2.2 kWh")
    await night.go_to(122)
    state = hass.states.get(calendar)
    assert state is not None
    assert state.state == "on"


async def test_what_lacks_is_told_once_and_when_it_grows(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    told = async_capture_events(hass, "ev_lb_plan_short")
    night = await night_of(hass, freezer)
    await night.start("charging")
    await night.wish(10.0, 120)
    await night.go_to(1)
    assert len(told) == 1
    assert told[0].data["factor"] == "charger_max"
    (note,) = notes(hass, "plan_short")
    assert note.startswith("Garage will lack 2.")
    assert note.endswith("kWh at 23:00: its charger cannot give more until then.")
    await night.go_to(20)
    assert len(told) == 1
    await night.wish(20.0, 120)
    await night.go_to(21)
    assert len(told) == 2
    await night.wish(1.0, 120)
    await night.go_to(22)
    assert len(told) == 2
    assert notes(hass, "plan_short") == []


@pytest.mark.parametrize(
    ("settings", "is_told"),
    [
        ({"departure_entity": "sensor.alarm"}, True),
        ({}, False),
        ({"departure_entity": "sensor.alarm", "charging_mode": "standard"}, False),
        ({"departure_entity": "sensor.later"}, False),
    ],
)
async def test_a_car_that_is_to_leave_and_is_not_there_is_missed(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    settings: dict[str, Any],
    is_told: bool,
) -> None:
    told = async_capture_events(hass, "ev_lb_not_plugged_in")
    hass.states.async_set("sensor.alarm", "2026-12-01T05:30:00+00:00")
    hass.states.async_set("sensor.later", "2026-12-02T05:30:00+00:00")
    night = await night_of(hass, freezer, **settings)
    await night.home.install_charger()
    hass.states.async_set(STATUS, "disconnected")
    night.home.meter(2000)
    await night.home.start()
    await night.home.pass_time(5, 2000)
    assert told == []
    freezer.tick(3600)
    await night.home.pass_time(5, 2000)
    await night.home.pass_time(70, 2000)
    assert len(told) == is_told
    sentence = "Garage has no car plugged in, and it is to be ready at 06:30."
    assert [row.startswith(sentence) for row in notes(hass, "not_plugged")] == (
        [True] * is_told
    )
    hass.states.async_set(STATUS, "connected")
    await night.home.pass_time(70, 2000)
    assert notes(hass, "not_plugged") == []
