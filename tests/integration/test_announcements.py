"""What the site tells when something happens: events, notifications, its entity."""

import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from .homes import CHARGER_ID, ENTRY_ID, MEASURED, POWER, STATUS, Home, make_entry


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home whose car charges at 18 A, or at 8 A without the meter."""
    site = {"meter_loss_behavior": "set_current", "fallback_current_a": 8.0}
    home = Home(hass, freezer, make_entry(site))
    await home.start_charging()
    return home


def is_notified(hass: HomeAssistant, event: str) -> bool:
    return any(
        key.startswith(f"ev_lb_{event}_{ENTRY_ID}")
        for key in hass.data["persistent_notification"]
    )


def incident(home: Home) -> str:
    state = home.hass.states.get(home.entity_id("event", "incident"))
    assert state is not None
    event_type: str = state.attributes["event_type"]
    return event_type


async def test_a_lost_meter_is_told_once_and_cleared(
    hass: HomeAssistant, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    lost = async_capture_events(hass, "ev_lb_meter_unavailable")
    fallback = async_capture_events(hass, "ev_lb_fallback_activated")

    for value in ("unavailable", "unknown", "nan"):
        await home.report(value)

    assert [event.data for event in lost] == [
        {"entry_id": ENTRY_ID, "power_meter_entity": POWER}
    ]
    assert [event.data for event in fallback] == [
        {
            "entry_id": ENTRY_ID,
            "power_meter_entity": POWER,
            "fallback_current_a": 8.0,
        }
    ]
    assert is_notified(hass, "meter_unavailable")
    assert is_notified(hass, "fallback_activated")
    assert incident(home) == "fallback_activated"

    await home.report(3000 + 8 * 230)

    assert not is_notified(hass, "meter_unavailable")
    assert not is_notified(hass, "fallback_activated")
    told = [r for r in caplog.records if "the meter is" in r.message]
    assert [record.levelno for record in told] == [logging.WARNING, logging.INFO]


async def test_a_stop_for_the_fuse_is_told_and_cleared_by_the_resumption(
    hass: HomeAssistant, home: Home
) -> None:
    stopped = async_capture_events(hass, "ev_lb_overload_stop")
    resumed = async_capture_events(hass, "ev_lb_charging_resumed")

    await home.report(7000 + 18 * 230)

    assert [event.data for event in stopped] == [
        {
            "entry_id": ENTRY_ID,
            "charger_id": CHARGER_ID,
            "previous_current_a": 18.0,
            "available_current_a": pytest.approx(32 - 7000 / 230, abs=0.1),
        }
    ]
    assert is_notified(hass, "overload_stop")
    assert incident(home) == "overload_stop"

    await home.pass_time(240, 3000)

    assert [event.data for event in resumed] == [
        {"entry_id": ENTRY_ID, "charger_id": CHARGER_ID, "current_a": 18.0}
    ]
    assert not is_notified(hass, "overload_stop")
    assert incident(home) == "charging_resumed"
    assert len(stopped) == 1


@pytest.mark.parametrize(
    ("language", "written"), [("en", "1.6 A"), ("de", "1,6 A"), ("ja", "1.6 A")]
)
async def test_numbers_are_written_as_in_the_language_of_the_sentence(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    language: str,
    written: str,
) -> None:
    """A language that there are no texts of has English sentences."""
    hass.config.language = language
    home = Home(hass, freezer, make_entry())
    await home.start_charging()
    await home.report(7000 + 18 * 230)

    shown = hass.data["persistent_notification"]
    (sentence,) = [row["message"] for row in shown.values()]
    assert written in sentence


@pytest.fixture
async def stopped(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home whose car is stopped for the fuse, and which has a status sensor."""
    status = {
        "status_entity": STATUS,
        "charging_states": ["charging"],
        "connected_states": ["connected"],
        "disconnected_states": ["away"],
    }
    home = Home(hass, freezer, make_entry(charger=status))
    hass.states.async_set(STATUS, "charging")
    await home.start_charging()
    await home.report(7000 + 18 * 230)
    assert is_notified(hass, "overload_stop")
    return home


async def test_a_stop_for_the_fuse_is_over_when_the_car_leaves(
    hass: HomeAssistant, stopped: Home
) -> None:
    hass.states.async_set(STATUS, "connected")
    await stopped.pass_time(3, 7000)
    assert is_notified(hass, "overload_stop")

    hass.states.async_set(STATUS, "away")
    # For half a minute it may be a blink of the plug.
    await stopped.pass_time(31, 7000)

    assert not is_notified(hass, "overload_stop")


async def test_a_stop_for_the_fuse_is_over_when_the_balancer_is_switched_off(
    hass: HomeAssistant, stopped: Home
) -> None:
    hass.config_entries.async_update_entry(
        stopped.entry, options={**stopped.entry.options, "enabled": False}
    )
    await stopped.pass_time(1, 7000)

    assert not is_notified(hass, "overload_stop")


async def test_what_was_told_before_a_reload_does_not_stay(
    hass: HomeAssistant, home: Home
) -> None:
    await home.report("unavailable")
    assert is_notified(hass, "meter_unavailable")

    home.meter(3000)
    await hass.config_entries.async_reload(ENTRY_ID)
    await home.pass_time(2, 3000)

    assert hass.data["persistent_notification"] == {}


def notification(hass: HomeAssistant, event: str) -> str:
    """Return what the one notification of a kind says."""
    shown = hass.data["persistent_notification"]
    (text,) = [row["message"] for key, row in shown.items() if event in key]
    return str(text)


@pytest.mark.parametrize(
    ("behavior", "options", "said"),
    [
        ("stop", {}, "The cars stop until it is back."),
        ("ignore", {}, "The cars go on as they are"),
        ("set_current", {}, "the cars charge with the fixed low current"),
        ("stop", {"enabled": False}, "Nothing is controlled now."),
        ("stop", {"shadow_mode": True}, "Nothing is controlled now."),
    ],
)
async def test_a_lost_meter_is_told_with_what_becomes_of_the_cars(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    behavior: str,
    options: dict[str, bool],
    said: str,
) -> None:
    home = Home(hass, freezer, make_entry({"meter_loss_behavior": behavior}, options))
    await home.install_charger()
    home.meter(3000)
    await home.start()
    await home.pass_time(3, 3000)
    await home.report("unavailable")
    text = notification(hass, "meter_unavailable")
    assert said in text
    assert text.startswith("grid power gives no usable reading (unavailable).")


async def test_a_charger_that_ignores_a_stop_while_a_fuse_is_overloaded_is_an_alarm(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """As soon as its response time is over; it clears itself when the car obeys."""
    ignored = async_capture_events(hass, "ev_lb_command_ignored")
    sensor = {"measured_current_entity": MEASURED}
    home = Home(hass, freezer, make_entry(charger=sensor))
    hass.states.async_set(MEASURED, "0", {"unit_of_measurement": "A"})
    await home.start_charging()

    async def go_on(seconds: int, house_w: float, car_a: float) -> None:
        for _ in range(seconds // 5):
            hass.states.async_set(
                MEASURED, str(car_a), {"unit_of_measurement": "A"}, force_update=True
            )
            await home.pass_time(5, house_w + car_a * 230)

    await go_on(30, 3000, 18)
    await go_on(5, 7000, 18)
    assert home.set_a == 0
    assert ignored == []
    assert "was told to stop" in notification(hass, "overload_stop")

    await go_on(40, 7000, 18)
    (event,) = ignored
    assert event.data == {
        "entry_id": ENTRY_ID,
        "charger_id": CHARGER_ID,
        "current_a": 0.0,
        "circuit": "Home",
        "phase": "L1",
        "load_a": pytest.approx(48.4, abs=0.1),
        "limit_a": 32.0,
    }
    told = notification(hass, "command_ignored")
    assert told.startswith("Garage goes on charging though it was told to stop")
    assert "L1 of Home carries 48 of 32 A" in told
    assert not is_notified(hass, "overload_stop")
    assert incident(home) == "command_ignored"
    assert home.charger_state("sensor", "reason").startswith("told to stop")
    assert any(
        issue.translation_key == "charger_not_following"
        for issue in ir.async_get(hass).issues.values()
    )

    await go_on(30, 7000, 0)
    assert not is_notified(hass, "command_ignored")
    assert len(ignored) == 1


@pytest.mark.parametrize(
    ("house_w", "shown"), [("unavailable", "unknown"), (3000, "off"), (9000, "on")]
)
async def test_an_overload_is_unknown_while_the_meter_is_lost(
    home: Home, house_w: object, shown: str
) -> None:
    await home.report(house_w)
    assert home.state("binary_sensor", "overload") == shown


async def test_a_stop_by_hand_is_no_overload(hass: HomeAssistant, home: Home) -> None:
    stopped = async_capture_events(hass, "ev_lb_overload_stop")

    await hass.services.async_call(
        "ev_lb", "set_limit", {"current_a": 0}, blocking=True
    )
    await home.pass_time(1, 3000 + 18 * 230)

    assert home.set_a == 0
    assert stopped == []


async def test_notifications_go_with_the_site(hass: HomeAssistant, home: Home) -> None:
    await home.report("unavailable")
    assert is_notified(hass, "meter_unavailable")

    await hass.config_entries.async_remove(ENTRY_ID)

    assert hass.data["persistent_notification"] == {}


async def test_each_decision_is_one_line(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "custom_components.ev_lb.decisions")
    caplog.clear()

    await home.pass_time(1, 3000 + 18 * 230)

    lines = [
        record.getMessage()
        for record in caplog.records
        if record.name == "custom_components.ev_lb.decisions"
    ]
    assert len(lines) == 1
    assert lines[0].endswith(
        " house 13.0 A, car - A, limit 32 A, set 18 A, fuse (L1 carries 13 of 32 A)"
    )


async def test_three_phases_of_one_turn_are_one_decision(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "custom_components.ev_lb.decisions")
    phases = {f"l{number}_entity": f"sensor.l{number}" for number in (1, 2, 3)}
    site = {"meter_kind": "phase_current", "phases": 3, **phases}
    home = Home(hass, freezer, make_entry(site))
    await home.install_charger()
    for entity_id in phases.values():
        home.meter(5, "A", entity_id)
    await home.start()
    await home.pass_time(2)
    caplog.clear()

    for entity_id in phases.values():
        home.meter(6, "A", entity_id)
    await hass.async_block_till_done()

    lines = [r for r in caplog.records if r.name.endswith(".decisions")]
    assert len(lines) == 1
    assert "/6.0/6.0 A" in lines[0].getMessage()
