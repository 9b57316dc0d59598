"""What a car is planned to have and by when: batteries, departures, price limits."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
import pytest

from .homes import CHARGER_ID, Home, make_entry
from .test_planner import BEGIN, CHARGER, KW, Night, at

SOC = "sensor.car_battery"
BATTERY = {"car_soc_entity": SOC, "car_capacity_kwh": 60.0}
DEARER = [0.4] * 8 + [0.1] * 4 + [0.3] * 40


async def night_of(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, **settings: Any
) -> Night:
    """Return a home in Berlin whose car has such settings; it is Monday, 21:00."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(BEGIN)
    home = Home(hass, freezer, make_entry(charger=CHARGER | settings))
    return Night(home, DEARER)


def soc(hass: HomeAssistant, percent: object) -> None:
    hass.states.async_set(
        SOC,
        str(percent),
        {"device_class": "battery", "unit_of_measurement": "%"},
    )


def ready(night: Night) -> datetime:
    """Return when the car is planned to be ready, in local time."""
    goal = night.planner.goal(CHARGER_ID)
    assert goal is not None
    return datetime.fromtimestamp(goal.ready_s).astimezone(ZoneInfo("Europe/Berlin"))


def needed_kwh(night: Night) -> float:
    """Return what the car is planned to need, without the reserve."""
    goal = night.planner.goal(CHARGER_ID)
    assert goal is not None
    return goal.needed_kwh / 1.1


async def test_the_battery_is_charged_to_its_goal(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """From 71 to 80 % of 60 kWh it takes 6 kWh at the plug."""
    night = await night_of(hass, freezer, **BATTERY)
    soc(hass, 71)
    await night.start()
    assert needed_kwh(night) == pytest.approx(6.0)
    assert night.home.charger_state("number", "charge_goal") == "80.0"
    entry = night.home.entry
    subentry = entry.subentries[CHARGER_ID]
    goal = {**subentry.data, "car_soc_goal_percent": 89.0}
    hass.config_entries.async_update_subentry(entry, subentry, data=goal)
    await night.go_to(1)
    assert needed_kwh(night) == pytest.approx(12.0)


@pytest.mark.parametrize("said", ["unavailable", "unknown", "0", "n/a"])
async def test_a_sleeping_car_needs_what_is_usual_or_what_it_last_lacked(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, said: str
) -> None:
    night = await night_of(hass, freezer, default_energy_kwh=9.0, **BATTERY)
    soc(hass, said)
    await night.start()
    assert needed_kwh(night) == pytest.approx(9.0)
    soc(hass, 71)
    await night.go_to(1)
    soc(hass, said)
    await night.go_to(2)
    assert needed_kwh(night) == pytest.approx(6.0)


async def test_a_value_from_before_the_drive_plans_no_less_than_usual(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    night = await night_of(hass, freezer, **BATTERY)
    freezer.move_to("2026-11-30 10:00:00+00:00")
    soc(hass, 78)
    freezer.move_to(BEGIN)
    await night.start()
    assert needed_kwh(night) == pytest.approx(15.0)
    soc(hass, 41)
    await night.go_to(1)
    assert needed_kwh(night) == pytest.approx(26.0)


async def test_below_the_minimum_it_charges_at_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    night = await night_of(
        hass, freezer, car_soc_min_percent=30.0, car_soc_goal_percent=40.0, **BATTERY
    )
    soc(hass, 29)
    await night.start("charging")
    await night.go_to(1)
    assert night.home.told_a == 16
    soc(hass, 31)
    await night.go_to(3)
    assert night.home.told_a == 0


@pytest.mark.parametrize(
    ("settings", "states", "expected"),
    [
        ({}, {}, "2026-12-01 07:00"),
        ({"default_departure": "05:45:00"}, {}, "2026-12-01 05:45"),
        (
            {"departure_days": ["wed", "sat"]},
            {},
            "2026-12-02 07:00",
        ),
        (
            {"departure_entity": "time.leave", "departure_days": ["wed", "sat"]},
            {"time.leave": "06:10:00"},
            "2026-12-02 06:10",
        ),
        (
            {"departure_entity": "input_datetime.leave"},
            {"input_datetime.leave": "06:15:00"},
            "2026-12-01 06:15",
        ),
        (
            {"departure_entity": "input_datetime.leave"},
            {"input_datetime.leave": "2026-12-01 06:20:00"},
            "2026-12-01 06:20",
        ),
        (
            {"departure_entity": "datetime.leave"},
            {"datetime.leave": "2026-12-01T05:25:00+00:00"},
            "2026-12-01 06:25",
        ),
        (
            {"departure_entity": "sensor.alarm"},
            {"sensor.alarm": "2026-12-01T05:30:00+00:00"},
            "2026-12-01 06:30",
        ),
        (
            {"departure_entity": "input_datetime.day", "default_departure": "05:00"},
            {"input_datetime.day": "2026-12-03"},
            "2026-12-03 05:00",
        ),
        # What says nothing to come leaves it at the usual time.
        (
            {"departure_entity": "sensor.alarm"},
            {"sensor.alarm": "2026-11-01T05:30:00+00:00"},
            "2026-12-01 07:00",
        ),
        (
            {"departure_entity": "sensor.alarm"},
            {"sensor.alarm": "unknown"},
            "2026-12-01 07:00",
        ),
        ({"departure_entity": "sensor.gone"}, {}, "2026-12-01 07:00"),
        # What cannot be read counts as not set.
        ({"default_departure": 7, "departure_days": "mon"}, {}, "2026-12-01 07:00"),
    ],
)
async def test_the_car_is_ready_when_it_leaves(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    settings: dict[str, Any],
    states: dict[str, str],
    expected: str,
) -> None:
    night = await night_of(hass, freezer, **settings)
    for entity_id, state in states.items():
        hass.states.async_set(entity_id, state)
    await night.start()
    assert f"{ready(night):%Y-%m-%d %H:%M}" == expected


async def test_another_departure_makes_another_plan(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    night = await night_of(hass, freezer, departure_entity="sensor.alarm")
    hass.states.async_set("sensor.alarm", "2026-12-01T05:30:00+00:00")
    await night.start()
    hass.states.async_set("sensor.alarm", "2026-12-01T04:30:00+00:00")
    await night.go_to(1)
    assert f"{ready(night):%H:%M}" == "05:30"
    hass.states.async_set("sensor.alarm", "unavailable")
    await night.go_to(2)
    assert f"{ready(night):%H:%M}" == "05:30"
    # Nobody is woken tomorrow.
    hass.states.async_set("sensor.alarm", "unknown")
    await night.go_to(3)
    assert f"{ready(night):%H:%M}" == "07:00"


async def test_a_schedules_block_ends_when_the_car_leaves(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The night's block goes on after midnight; it says how full the car is to be."""
    night = await night_of(hass, freezer, departure_entity="schedule.home", **BATTERY)
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
    week: dict[str, list[dict[str, Any]]] = {day: [] for day in (*days, "sunday")}
    week["monday"] = [{"from": time(18), "to": time.max, "data": {"goal": 60}}]
    week["tuesday"] = [{"from": time(0), "to": time(6, 40), "data": {"goal": 89}}]

    async def get_schedule(call: ServiceCall) -> dict[str, Any]:
        return {"schedule.home": week}

    hass.services.async_register(
        "schedule",
        "get_schedule",
        get_schedule,
        supports_response=SupportsResponse.ONLY,
    )
    hass.states.async_set("schedule.home", "on")
    soc(hass, 71)
    await night.start()
    assert f"{ready(night):%a %H:%M}" == "Tue 06:40"
    assert needed_kwh(night) == pytest.approx(12.0)


async def test_a_calendars_event_begins_when_the_car_leaves(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    asked = []

    async def get_events(call: ServiceCall) -> dict[str, Any]:
        asked.append(call.data)
        events = [
            {"start": "2026-12-01", "end": "2026-12-02", "summary": "Holiday"},
            {
                "start": "2026-12-01T06:50:00+01:00",
                "end": "2026-12-01T18:00:00+01:00",
                "summary": "To the sea, 12,5 kWh",
            },
        ]
        return {"calendar.car": {"events": events}}

    night = await night_of(hass, freezer, departure_entity="calendar.car")
    await night.start()
    # In place of the action of the calendars, which ours brought along.
    hass.services.async_register(
        "calendar", "get_events", get_events, supports_response=SupportsResponse.ONLY
    )
    hass.states.async_set("calendar.car", "off")
    await night.go_to(1)
    assert asked
    assert f"{ready(night):%a %H:%M}" == "Tue 06:50"
    assert needed_kwh(night) == pytest.approx(12.5)


async def test_late_it_goes_on_until_the_battery_has_its_goal(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Nobody set a departure for this stay, nor an energy."""
    night = await night_of(hass, freezer, default_departure="23:00:00", **BATTERY)
    soc(hass, 20)
    await night.start("charging")
    await night.go_to(119)
    assert night.home.told_a == 16
    await night.go_to(121)
    assert night.home.told_a == 16
    assert night.home.charger_state("binary_sensor", "goal_in_time") == "on"
    soc(hass, 81)
    await night.go_to(140)
    await night.go_to(156)
    assert night.home.told_a == 0
    assert f"{ready(night):%a %H:%M}" == "Tue 23:00"


async def test_nothing_is_bought_above_the_limit(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    night = await night_of(hass, freezer, price_limit=0.35)
    await night.start("charging")
    await night.wish(20.0, 60)
    await night.go_to(10)
    assert night.home.told_a == 0
    # Late: it still costs more, also where the next price begins.
    await night.go_to(70)
    night.home.calls.clear()
    await night.go_to(74.7)
    assert night.home.told_a == 0
    assert night.home.calls == []
    await night.go_to(121)
    assert night.home.told_a == 16


async def test_what_is_cheap_is_taken_though_nothing_is_needed(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    night = await night_of(hass, freezer, cheap_price=0.15, **BATTERY)
    soc(hass, 80)
    await night.start("charging")
    await night.go_to(30)
    assert night.home.told_a == 0
    await night.go_to(121)
    assert night.home.told_a == 16
    await night.go_to(182)
    assert night.home.told_a == 0


async def test_what_a_car_was_known_to_have_outlives_a_restart(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    night = await night_of(hass, freezer, **BATTERY)
    soc(hass, 71)
    await night.start()
    soc(hass, "unavailable")
    await hass.config_entries.async_reload(night.home.entry.entry_id)
    await hass.async_block_till_done()
    night.planner.slots_of = night.slots
    await night.go_to(1)
    assert needed_kwh(night) == pytest.approx(6.0)


async def test_a_full_battery_is_planned_to_be_slow(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    night = await night_of(hass, freezer, car_soc_goal_percent=100.0, **BATTERY)
    soc(hass, 85)
    await night.start()
    slow_s = 6 / 0.9 / KW * 3600
    assert (at(60 * 10) - ready(night).timestamp()) == pytest.approx(slow_s, abs=2)
