"""Commands on their way to the charger: none is lost, the newest wins."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_mock_service,
)

from .homes import CHARGER_ID, ENTRY_ID, NUMBER, STATUS, SWITCH, Home, make_entry

STOP = ("turn_off", None)


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home whose car charges at 18 A."""
    home = Home(hass, freezer, make_entry())
    await home.start_charging()
    home.calls.clear()
    return home


async def test_a_failed_stop_is_tried_until_it_holds(home: Home) -> None:
    home.failing = True
    await home.report(9000 + 18 * 230)
    assert home.calls == [STOP]
    assert home.set_a == 0

    # A meter that reports every second neither delays nor drops it.
    await home.pass_time(8, 9000 + 18 * 230)
    assert home.calls == [STOP] * 4  # after 0, 1, 3 and 7 s
    assert home.hass.states.is_state(SWITCH, "on")

    home.failing = False
    await home.pass_time(8, 9000 + 18 * 230)
    assert home.hass.states.is_state(SWITCH, "off")
    assert home.calls == [STOP] * 5


async def test_retries_grow_rare_but_never_end(home: Home) -> None:
    home.failing = True
    await home.report(9000 + 18 * 230)
    await home.pass_time(600, 9000)

    tries = len(home.calls)
    assert 12 <= tries <= 30
    home.failing = False
    await home.pass_time(61, 9000)
    assert home.hass.states.is_state(SWITCH, "off")


async def test_a_newer_wish_replaces_one_that_waits(home: Home) -> None:
    home.failing = True
    await home.report(5000 + 18 * 230)
    assert home.calls == [("set_value", 10.0)]

    home.failing = False
    await home.report(5500 + 18 * 230)

    assert home.calls == [("set_value", 10.0), ("set_value", 8.0)]
    await home.pass_time(5, 5500 + 8 * 230)
    assert home.told_a == 8
    assert len(home.calls) == 2


async def test_a_wish_that_comes_during_a_call_follows_it(home: Home) -> None:
    def report_more() -> None:
        home.during_call = None
        home.freezer.tick(1)
        home.meter(5500 + 18 * 230)

    home.during_call = report_more
    await home.report(5000 + 18 * 230)
    await home.hass.async_block_till_done()

    assert home.calls == [("set_value", 10.0), ("set_value", 8.0)]
    assert home.told_a == 8


async def test_a_charger_that_was_away_is_told_again(
    hass: HomeAssistant, home: Home
) -> None:
    hass.states.async_set(NUMBER, "unavailable")
    await home.pass_time(5, 3000 + 18 * 230)
    assert home.calls == []

    # It came back with what it stands at after a power cut.
    home.set_number(32)
    await hass.async_block_till_done()

    assert home.calls == [("set_value", 18.0), ("turn_on", None)]
    assert home.told_a == 18


async def test_a_command_to_an_absent_charger_is_not_taken_for_done(
    hass: HomeAssistant, home: Home
) -> None:
    hass.states.async_set(SWITCH, "unavailable")
    await home.report(9000 + 18 * 230)
    assert home.set_a == 0
    assert home.calls == []

    hass.states.async_set(SWITCH, "on")
    await hass.async_block_till_done()
    assert hass.states.is_state(SWITCH, "off")


async def test_three_failures_are_told_once_and_a_success_clears_them(
    hass: HomeAssistant, home: Home
) -> None:
    failed = async_capture_events(hass, "ev_lb_action_failed")
    home.failing = True
    await home.report(9000 + 18 * 230)
    await home.pass_time(1, 9000 + 18 * 230)
    assert failed == []

    await home.pass_time(30, 9000 + 18 * 230)
    assert [event.data for event in failed] == [
        {
            "entry_id": ENTRY_ID,
            "charger_id": CHARGER_ID,
            "action_name": "turn_off",
            "entity_id": SWITCH,
            "error": "the charger does not answer",
        }
    ]
    notification = f"ev_lb_action_failed_{ENTRY_ID}_{CHARGER_ID}"
    assert notification in hass.data["persistent_notification"]

    home.failing = False
    await home.pass_time(60, 9000)
    assert notification not in hass.data["persistent_notification"]


async def test_a_charger_without_switch_is_stopped_with_zero(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = Home(hass, freezer, make_entry(charger={"switch_entity": None}))
    await home.start_charging()

    await home.report(9000 + 18 * 230)

    assert home.calls == [("set_value", 18.0), ("set_value", 0.0)]


async def test_a_charger_that_cannot_stop_is_an_issue(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    issue_registry: ir.IssueRegistry,
) -> None:
    home = Home(hass, freezer, make_entry(charger={"switch_entity": None}))
    home.minimum_a = 6
    await home.install_charger(6)
    home.meter(3000)
    await home.start()
    issue = f"charger_cannot_stop_{ENTRY_ID}_{CHARGER_ID}"
    assert issue_registry.async_get_issue("ev_lb", issue) is not None
    await home.pass_time(60, 3000 + 18 * 230)

    await home.report(9000 + 18 * 230)
    assert home.told_a == 6  # the least it can do

    home.minimum_a = 0
    home.set_number(6)
    await home.pass_time(2, 9000)
    assert issue_registry.async_get_issue("ev_lb", issue) is None


def actions(**more: Any) -> dict[str, Any]:
    """Return a charger that is driven by actions."""
    charger = {
        "driver": "actions",
        "current_entity": None,
        "switch_entity": None,
        "set_current_action": [
            {
                "action": "test.set",
                "data": {
                    "amps": "{{ current_a }}",
                    "watts": "{{ current_w }}",
                    "charger": "{{ charger_id }}",
                },
            }
        ],
    }
    return charger | more


async def test_actions_are_given_their_variables(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    set_calls = async_mock_service(hass, "test", "set")
    home = Home(hass, freezer, make_entry(charger=actions()))
    home.meter(3000)
    await home.start()

    assert [call.data for call in set_calls] == [
        {"amps": 18.0, "watts": 18 * 230, "charger": CHARGER_ID}
    ]


async def test_actions_start_and_stop(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    calls: list[tuple[str, Any]] = []

    async def told(call: ServiceCall) -> None:
        calls.append((call.service, call.data.get("amps")))

    for service in ("set", "start", "stop"):
        hass.services.async_register("test", service, told)
    charger = actions(
        start_charging_action=[{"action": "test.start"}],
        stop_charging_action=[{"action": "test.stop"}],
    )
    home = Home(hass, freezer, make_entry(charger=charger))
    home.meter(3000)
    await home.start()
    await home.pass_time(60, 3000 + 18 * 230)
    await home.report(5000 + 18 * 230)
    await home.pass_time(60, 5000 + 10 * 230)
    await home.report(9000 + 10 * 230)

    assert calls == [("start", None), ("set", 18.0), ("set", 10.0), ("stop", None)]


async def test_a_script_by_name_is_given_the_variables(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    calls = async_mock_service(hass, "script", "set_garage")
    charger = actions(set_current_action=[{"action": "script.set_garage"}])
    home = Home(hass, freezer, make_entry(charger=charger))
    home.meter(3000)
    await home.start()

    assert [call.data for call in calls] == [
        {"charger_id": CHARGER_ID, "current_a": 18.0, "current_w": 18 * 230}
    ]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([{"action": "test.gone"}], id="unknown action"),
        pytest.param([{"action": "test.refuse"}], id="refusal"),
        pytest.param([{"action": "test.break"}], id="exception"),
        pytest.param([{"stop": "no", "error": True}], id="stopped"),
        pytest.param(
            [{"condition": "template", "value_template": "no"}], id="condition"
        ),
        pytest.param([{"nonsense": 1}], id="not an action"),
    ],
)
async def test_an_action_that_fails_is_tried_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, steps: list[dict[str, Any]]
) -> None:
    async def refuse(call: ServiceCall) -> None:
        if call.service == "refuse":
            raise HomeAssistantError("no")
        raise ValueError("broken")

    hass.services.async_register("test", "refuse", refuse)
    hass.services.async_register("test", "break", refuse)
    failed = async_capture_events(hass, "ev_lb_action_failed")
    home = Home(hass, freezer, make_entry(charger=actions(set_current_action=steps)))
    home.meter(3000)
    await home.start()
    await home.pass_time(10, 3000)

    assert [event.data["action_name"] for event in failed] == ["set_current"]


async def test_a_status_in_any_words_tells_of_the_car(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    charger = {
        "status_entity": STATUS,
        "charging_states": ["Laden"],
        "connected_states": ["Bereit"],
        "disconnected_states": ["Frei"],
    }
    hass.states.async_set(STATUS, "Frei")
    home = Home(hass, freezer, make_entry(charger=charger))
    await home.install_charger()
    home.meter(3000)
    await home.start()
    assert home.set_a == 0
    assert home.charger_state("sensor", "limiting_factor") == "car"

    hass.states.async_set(STATUS, "Bereit")
    await home.pass_time(1, 3000)
    assert home.set_a == 18


async def test_a_stopped_charger_says_that_it_starts(
    hass: HomeAssistant, home: Home
) -> None:
    """There is room again, and it waits for the house to be calm."""
    hass.config_entries.async_update_subentry(
        home.entry,
        home.entry.subentries[CHARGER_ID],
        data={**home.entry.subentries[CHARGER_ID].data, "pause_s": 0.0},
    )
    await hass.async_block_till_done()
    await home.report(9000 + 18 * 230)
    await home.pass_time(3, 3000)
    assert home.set_a == 0

    answer = await hass.services.async_call(
        "ev_lb",
        "explain",
        {"entry_id": ENTRY_ID},
        blocking=True,
        return_response=True,
    )
    assert answer is not None
    # One wait, whose end is known from its first second.
    assert "may start at" in str(answer)


async def test_a_number_that_its_owner_shows_in_milliampere_is_told_milliampere(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = Home(hass, freezer, make_entry(charger={"switch_entity": None}))
    await home.install_charger()
    attributes = {
        "min": 6000,
        "max": 32000,
        "step": 1000,
        "unit_of_measurement": "mA",
    }
    hass.states.async_set(NUMBER, "6000", attributes)
    home.meter(3000)
    await home.start()

    assert home.set_a == 18
    assert home.calls == [("set_value", 18000)]
