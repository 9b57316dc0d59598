"""The subentry flow that adds or changes a charger."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.ev_lb.building.plan_settings import FORM_KEYS

from .flows import CHARGER_TEXTS, Walk, add_charger, add_site, change_charger
from .sites import CHARGER_DATA, CURRENT_A, LIMITS, add_entry, set_entities

pytestmark = pytest.mark.usefixtures("mock_setup_entry")

SET_CURRENT = [
    {"action": "charger.set_limit", "data": {"limit": "{{ current_a }}"}},
]
STOP = [{"action": "charger.stop"}]
START = [{"if": "{{ true }}", "then": [{"action": "charger.start"}]}]
ADVANCED = {
    "advanced": {"response_time_s": 15, "pause_s": 180},
    "sharing": {"charging_mode": "site", "priority": 1, "weight": 1},
    "plan": {},
}
SECTION_KEYS = {
    "response_time_s",
    "pause_s",
    "charging_mode",
    "priority",
    "weight",
    *FORM_KEYS,
}
INPUTS: dict[str, dict[str, Any]] = {
    "entities": {"name": "Garage", "current_entity": "number.charger_current"},
    "actions": {"name": "Garage", "set_current_action": SET_CURRENT},
    "charger": LIMITS | ADVANCED,
    "simulated_charger": {"name": "Garage"} | LIMITS | ADVANCED,
    "states": {"charging_states": ["Charging"]},
}


@pytest.fixture(autouse=True)
def entities(hass: HomeAssistant) -> None:
    """Have a charger's entities and actions."""
    set_entities(hass)
    percent = {"device_class": "battery", "unit_of_measurement": "%"}
    hass.states.async_set("sensor.car_soc", "50", percent)
    hass.states.async_set("calendar.car", "off")
    for name in ("set_limit", "stop", "start"):
        async_mock_service(hass, "charger", name)


@pytest.fixture
def site(hass: HomeAssistant) -> MockConfigEntry:
    """A home without a charger."""
    return add_entry(hass)


async def walk_charger(
    hass: HomeAssistant,
    site: MockConfigEntry,
    driver: str,
    inputs: dict[str, dict[str, Any]],
    until: str | None = None,
) -> Walk:
    """Add a charger with the input for each step, up to one."""
    walk = await add_charger(hass, site)
    await walk.choose(driver)
    while walk.result["type"] is FlowResultType.FORM:
        if walk.result["step_id"] == until:
            break
        await walk.send(inputs[walk.result["step_id"]])
        if walk.result["type"] is FlowResultType.FORM:
            assert walk.errors == {}
    return walk


def add_circuit_to(
    hass: HomeAssistant, site: MockConfigEntry, circuit_id: str, phases: list[str]
) -> None:
    """Give a site a circuit."""
    circuit = ConfigSubentry(
        data=MappingProxyType({"circuit_limit_a": 16.0, "phases": phases}),
        subentry_id=circuit_id,
        subentry_type="circuit",
        title=circuit_id.capitalize(),
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(site, circuit)


async def test_charger_with_a_current_setting(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    """A number is enough; the rest are defaults."""
    walk = await walk_charger(hass, site, "entities", INPUTS)

    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    (charger,) = site.subentries.values()
    assert charger.subentry_type == "charger"
    assert charger.title == "Garage"
    assert charger.data == CHARGER_DATA


async def test_charger_with_everything(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    """All that is entered is kept."""
    add_circuit_to(hass, site, "garage", ["l1", "l2", "l3"])
    walk = await walk_charger(
        hass,
        site,
        "entities",
        {
            "entities": {
                "name": " Left ",
                "current_entity": "number.charger_current_from_6",
                "switch_entity": "switch.charger",
            },
            "charger": {
                "phases": "l2_l3_l1",
                "max_current_a": 16,
                "min_current_a": 7,
                "measured_current_entity": "sensor.charger_current",
                "status_entity": "sensor.charger_status",
                "advanced": {
                    "response_time_s": 5,
                    "pause_s": 0,
                    "left_alone_current_a": 8,
                    "left_alone_after_s": 60,
                },
                "circuit": "garage",
                "sharing": {"charging_mode": "solar", "priority": 2, "weight": 3},
            },
            "states": {
                "charging_states": ["Charging", " Charging", ""],
                "connected_states": ["SuspendedEV"],
                "disconnected_states": ["Available"],
            },
        },
    )

    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert walk.result["title"] == "Left"
    assert walk.result["data"] == {
        "driver": "entities",
        "current_entity": "number.charger_current_from_6",
        "switch_entity": "switch.charger",
        "phases": ["l2", "l3", "l1"],
        "max_current_a": 16,
        "min_current_a": 7,
        "measured_current_entity": "sensor.charger_current",
        "status_entity": "sensor.charger_status",
        "charging_states": ["Charging"],
        "connected_states": ["SuspendedEV"],
        "disconnected_states": ["Available"],
        "response_time_s": 5,
        "pause_s": 0,
        "charging_mode": "solar",
        "priority": 2,
        "weight": 3,
        "circuit": "garage",
        "left_alone_current_a": 8,
        "left_alone_after_s": 60,
    }


async def test_charger_with_actions(hass: HomeAssistant, site: MockConfigEntry) -> None:
    """Actions are kept as they were entered, templates and all."""
    actions = {
        "set_current_action": SET_CURRENT,
        "stop_charging_action": STOP,
        "start_charging_action": START,
    }
    walk = await walk_charger(
        hass, site, "actions", INPUTS | {"actions": {"name": "Garage"} | actions}
    )

    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    rest = {
        key: value
        for key, value in CHARGER_DATA.items()
        if key not in {"driver", "current_entity"}
    }
    assert walk.result["data"] == rest | actions | {"driver": "actions"}


async def test_actions_form_shows_the_variables(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    """The form says what actions are given, and shows an example that works."""
    walk = await walk_charger(hass, site, "actions", INPUTS, until="actions")
    placeholders = walk.result["description_placeholders"]
    assert placeholders["variables"] == "`current_a`, `current_w`, `charger_id`"
    assert '"{{ current_a }}"' in placeholders["example"]
    for step in ("actions", "charger"):
        await walk.send(INPUTS[step])
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "action",
    [
        {"action": "charger.set_limit", "data": {"limit": "{{ current_w }}"}},
        {"action": "script.set_charger"},
    ],
)
async def test_other_ways_to_use_the_current(
    hass: HomeAssistant, site: MockConfigEntry, action: dict[str, Any]
) -> None:
    """Actions may use the power, and a script is handed everything."""
    async_mock_service(hass, "script", "set_charger")
    walk = await walk_charger(
        hass,
        site,
        "actions",
        INPUTS | {"actions": {"name": "Garage", "set_current_action": [action]}},
    )
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_several_chargers(hass: HomeAssistant, site: MockConfigEntry) -> None:
    """A site takes as many chargers as there are."""
    await walk_charger(hass, site, "entities", INPUTS)
    inputs = INPUTS | {"actions": INPUTS["actions"] | {"name": "Barn"}}
    walk = await walk_charger(hass, site, "actions", inputs)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert len(site.subentries) == 2


async def test_one_phase_site_asks_for_no_phases(hass: HomeAssistant) -> None:
    """On one phase there is nothing to choose."""
    site = add_entry(hass, phases=1)
    walk = await walk_charger(hass, site, "entities", INPUTS, until="charger")
    assert "phases" not in walk.shown()
    await walk.send(INPUTS["charger"])
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert walk.result["data"]["phases"] == ["l1"]


class BadInput(NamedTuple):
    """A wrong entry, and where which message is shown."""

    step: str
    changes: dict[str, Any]
    field: str
    error: str
    told: str = ""
    driver: str = "entities"
    before: Mapping[str, Any] = MappingProxyType({})


def _action(name: str) -> list[dict[str, Any]]:
    return [{"action": name, "data": {"value": "{{ current_a }}"}}]


BAD_INPUT = [
    BadInput("entities", {"name": ""}, "name", "name_missing"),
    BadInput("entities", {"name": "x" * 101}, "name", "name_too_long", "100"),
    BadInput(
        "entities",
        {"current_entity": "number.gone"},
        "current_entity",
        "entity_not_found",
        "number.gone",
    ),
    BadInput(
        "entities",
        {"current_entity": "sensor.charger_current"},
        "current_entity",
        "not_a_number_entity",
    ),
    BadInput(
        "entities",
        {"current_entity": "number.power", "switch_entity": "switch.charger"},
        "current_entity",
        "not_in_ampere",
        "number.power (power, W)",
    ),
    BadInput(
        "entities",
        {"switch_entity": "sensor.charger_status"},
        "switch_entity",
        "not_a_switch",
    ),
    BadInput(
        "entities",
        {"current_entity": "number.charger_current_from_6"},
        "switch_entity",
        "switch_needed",
        "6 A",
    ),
    BadInput("actions", {"name": " "}, "name", "name_missing", driver="actions"),
    BadInput(
        "actions",
        {"set_current_action": []},
        "set_current_action",
        "set_current_missing",
        driver="actions",
    ),
    BadInput(
        "actions",
        {"set_current_action": [{"wrong": "{{ current_a }}"}]},
        "set_current_action",
        "actions_invalid",
        "Unable to determine action",
        driver="actions",
    ),
    BadInput(
        "actions",
        {"stop_charging_action": [{"device_id": "none", "domain": "x", "type": "y"}]},
        "stop_charging_action",
        "actions_invalid",
        driver="actions",
    ),
    BadInput(
        "actions",
        {"set_current_action": _action("charger.typo")},
        "set_current_action",
        "actions_unknown",
        "charger.typo",
        driver="actions",
    ),
    BadInput(
        "actions",
        {"start_charging_action": [{"if": [], "then": _action("charger.typo")}]},
        "start_charging_action",
        "actions_unknown",
        driver="actions",
    ),
    BadInput(
        "actions",
        {"set_current_action": STOP},
        "set_current_action",
        "current_not_used",
        driver="actions",
    ),
    BadInput(
        "charger",
        {"max_current_a": 81},
        "max_current_a",
        "max_current_a_range",
        "6 - 80 A",
    ),
    BadInput(
        "charger",
        {"min_current_a": 5},
        "min_current_a",
        "min_current_a_range",
        "IEC 61851",
    ),
    BadInput("charger", {"min_current_a": 17}, "min_current_a", "min_above_max"),
    BadInput(
        "charger",
        {"min_current_a": 7},
        "min_current_a",
        "min_below_entity",
        "8 A",
        before={
            "current_entity": "number.charger_current_from_8",
            "switch_entity": "switch.charger",
        },
    ),
    BadInput(
        "charger",
        {"measured_current_entity": "sensor.gone"},
        "measured_current_entity",
        "entity_not_found",
    ),
    BadInput(
        "charger",
        {"measured_current_entity": "number.plain"},
        "measured_current_entity",
        "not_a_sensor",
    ),
    BadInput(
        "charger",
        {"measured_current_entity": "sensor.grid_power"},
        "measured_current_entity",
        "not_a_current",
        "sensor.grid_power (power, W)",
    ),
    BadInput(
        "charger",
        {"measured_current_entity": "sensor.words_a"},
        "measured_current_entity",
        "not_numeric",
        "on",
    ),
    BadInput(
        "charger",
        {"measured_current_entity": "sensor.grid_current_l1"},
        "measured_current_entity",
        "entity_in_use",
        "My home",
    ),
    BadInput(
        "charger",
        {"phases_entity": "sensor.charger_status"},
        "phases_entity",
        "not_a_phase_setting",
    ),
    BadInput(
        "charger",
        {"status_entity": "switch.charger"},
        "status_entity",
        "not_a_status_sensor",
    ),
    BadInput(
        "charger",
        {
            "measured_current_entity": "sensor.charger_current",
            "status_entity": "sensor.charger_current",
        },
        "status_entity",
        "entity_twice",
    ),
    BadInput(
        "charger",
        {"advanced": {"response_time_s": 0, "pause_s": 180}},
        "advanced",
        "response_time_s_range",
        "1 - 120 s",
    ),
    BadInput(
        "charger",
        {"advanced": {"response_time_s": 15, "pause_s": 3601}},
        "advanced",
        "pause_s_range",
        "0 - 3600 s",
    ),
    BadInput(
        "charger",
        {"advanced": {**ADVANCED["advanced"], "left_alone_current_a": 81}},
        "advanced",
        "left_alone_current_a_range",
        "0 - 80 A",
    ),
    BadInput(
        "charger",
        {"advanced": {**ADVANCED["advanced"], "left_alone_after_s": -1}},
        "advanced",
        "left_alone_after_s_range",
        "0 - 86400 s",
    ),
    BadInput(
        "charger",
        {"sharing": {"priority": 0}},
        "sharing",
        "priority_range",
        "1 - 100",
    ),
    BadInput(
        "charger", {"sharing": {"weight": -1}}, "sharing", "weight_range", "0 - 100"
    ),
    BadInput(
        "charger",
        {"plan": {"default_energy_kwh": 201}},
        "plan",
        "default_energy_kwh_range",
        "0 - 200 kWh",
    ),
    BadInput(
        "charger",
        {"plan": {"car_soc_entity": "sensor.car_soc", "car_capacity_kwh": 0}},
        "plan",
        "car_capacity_kwh_range",
        "1 - 200 kWh",
    ),
    BadInput(
        "charger",
        {"plan": {"car_soc_entity": "sensor.car_soc"}},
        "plan",
        "car_capacity_missing",
    ),
    BadInput(
        "charger",
        {"plan": {"car_soc_entity": "sensor.charger_current", "car_capacity_kwh": 60}},
        "plan",
        "not_a_percentage",
    ),
    BadInput(
        "charger",
        {"plan": {"departure_entity": "switch.charger"}},
        "plan",
        "not_a_departure",
    ),
    BadInput(
        "states",
        {"charging_states": []},
        "charging_states",
        "charging_states_missing",
        before={"status_entity": "sensor.charger_status"},
    ),
    BadInput(
        "states",
        {"connected_states": ["Charging"]},
        "connected_states",
        "state_twice",
        "Charging",
        before={"status_entity": "sensor.charger_status"},
    ),
    BadInput(
        "states",
        {"disconnected_states": ["Charging"]},
        "disconnected_states",
        "state_twice",
        before={"status_entity": "sensor.charger_status"},
    ),
]


async def test_maximum_may_be_above_what_the_number_takes_now(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    """Some take more once a car charges."""
    inputs = {step: dict(sent) for step, sent in INPUTS.items()}
    inputs["charger"]["max_current_a"] = 40
    walk = await walk_charger(hass, site, "entities", inputs)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("bad", BAD_INPUT)
async def test_bad_input_is_told_at_its_field(
    hass: HomeAssistant, site: MockConfigEntry, bad: BadInput
) -> None:
    """Each wrong entry shows its own message, and can be corrected."""
    inputs = {step: dict(sent) for step, sent in INPUTS.items()}
    earlier = {"charger": "entities", "states": "charger"}
    if bad.before:
        inputs[earlier[bad.step]] |= bad.before
    if bad.error == "min_below_entity":
        inputs["charger"]["min_current_a"] = 8
    walk = await walk_charger(hass, site, bad.driver, inputs, until=bad.step)

    await walk.send(inputs[bad.step] | bad.changes)
    assert walk.result["step_id"] == bad.step
    assert walk.errors == {bad.field: bad.error}
    assert bad.told in walk.message(bad.field)

    while walk.result["type"] is FlowResultType.FORM:
        await walk.send(inputs[walk.result["step_id"]])
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_entities_of_another_charger_are_refused(
    hass: HomeAssistant,
) -> None:
    """No entity serves two chargers, on whatever site."""
    add_entry(
        hass,
        CHARGER_DATA
        | {
            "switch_entity": "switch.charger",
            "measured_current_entity": "sensor.charger_current",
            "status_entity": "sensor.charger_status",
        },
        title="Main house",
    )
    barn = add_entry(
        hass, title="Barn", meter_kind="total_power", power_entity="sensor.grid_power"
    )
    walk = await add_charger(hass, barn)
    await walk.choose("entities")
    await walk.send(INPUTS["entities"] | {"switch_entity": "switch.charger"})
    assert walk.errors == {
        "current_entity": "entity_in_use",
        "switch_entity": "entity_in_use",
    }
    assert "Main house: Charger 1" in walk.message("current_entity")
    await walk.send({"name": "Garage", "current_entity": "number.plain"})
    sensors = {
        "measured_current_entity": "sensor.charger_current",
        "status_entity": "sensor.charger_status",
    }
    await walk.send(INPUTS["charger"] | sensors)
    assert walk.errors == dict.fromkeys(sensors, "entity_in_use")
    await walk.send(INPUTS["charger"])
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_own_and_disabled_entities_are_refused(
    hass: HomeAssistant, site: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """The balancer's own numbers look like a charger's, but are not."""
    entity_registry.async_get_or_create(
        "number", "ev_lb", "abc_max_charger_current", suggested_object_id="own"
    )
    entity_registry.async_get_or_create(
        "number",
        "easee",
        "1",
        suggested_object_id="disabled",
        disabled_by=er.RegistryEntryDisabler.INTEGRATION,
    )
    walk = await walk_charger(hass, site, "entities", INPUTS, until="entities")
    for entity_id, error in (
        ("number.own", "entity_is_own"),
        ("number.disabled", "entity_disabled"),
    ):
        await walk.send({"name": "Garage", "current_entity": entity_id})
        assert walk.errors == {"current_entity": error}
        assert walk.message("current_entity")
    for step in ("entities", "charger"):
        await walk.send(INPUTS[step])
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_charger_that_is_not_there_yet(
    hass: HomeAssistant, site: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """Limits of a number that is not loaded are not known, and not checked."""
    entity_registry.async_get_or_create(
        "number", "easee", "1", suggested_object_id="asleep", unit_of_measurement="A"
    )
    walk = await add_charger(hass, site)
    await walk.choose("entities")
    await walk.send({"name": "Garage", "current_entity": "number.asleep"})
    await walk.send(LIMITS | {"max_current_a": 63})
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


class Status(NamedTuple):
    """A status sensor, and what the form makes of it."""

    entity_id: str
    state: str
    options: list[str] | None
    suggested: tuple[list[str], list[str], list[str]]
    offered: list[str]


STATUSES = [
    # A plain sensor: the vocabulary that its state belongs to.
    Status(
        "sensor.ocpp",
        "Available",
        None,
        (
            ["Charging"],
            ["Preparing", "SuspendedEV", "SuspendedEVSE", "Finishing", "Occupied"],
            ["Available"],
        ),
        ["Available", "Charging", "Preparing"],
    ),
    # A sensor that names its states: those that are known, as it writes them.
    Status(
        "sensor.easee",
        "unavailable",
        ["Awaiting Start", "charging", "DISCONNECTED", "error", "completed"],
        (["charging"], ["Awaiting Start", "completed"], ["DISCONNECTED"]),
        ["Awaiting Start", "charging", "DISCONNECTED", "error", "completed"],
    ),
    Status("sensor.pilot", "B1", None, (["C"], ["B"], ["A"]), ["B1", "C", "A"]),
    # Lower-case words that somebody capitalized.
    Status(
        "sensor.template",
        "Connected",
        None,
        (["Charging"], ["Connected", "Paused"], ["Disconnected"]),
        ["Connected", "Charging"],
    ),
    # An unknown word, or none: no guess, but everything to choose from.
    Status("sensor.odd", "laden", None, ([], [], []), ["laden", "Charging", "A"]),
    Status("sensor.away", "unknown", None, ([], [], []), ["Charging", "charging"]),
    Status("binary_sensor.charging", "off", None, (["on"], ["off"], []), ["off", "on"]),
]


@pytest.mark.parametrize("status", STATUSES, ids=lambda status: status.entity_id)
async def test_states_are_suggested(
    hass: HomeAssistant, site: MockConfigEntry, status: Status
) -> None:
    """The form guesses what the states of well-known chargers mean."""
    attributes = {} if status.options is None else {"options": status.options}
    hass.states.async_set(status.entity_id, status.state, attributes)
    walk = await walk_charger(
        hass,
        site,
        "entities",
        INPUTS | {"charger": LIMITS | {"status_entity": status.entity_id}},
        until="states",
    )
    lists = ("charging_states", "connected_states", "disconnected_states")
    for name, suggested in zip(lists, status.suggested, strict=True):
        assert set(suggested) <= set(walk.shown()[name])
        assert bool(suggested) == bool(walk.shown()[name])
    assert set(status.offered) <= set(walk.choices("charging_states"))
    if status.options:
        assert walk.choices("charging_states") == status.offered
    assert walk.result["description_placeholders"]["entity"] == status.entity_id
    assert walk.result["description_placeholders"]["state"] == status.state

    await walk.send({"charging_states": ["laadt"], "connected_states": ["wacht"]})
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert walk.result["data"]["charging_states"] == ["laadt"]
    assert walk.result["data"]["disconnected_states"] == []


async def test_states_of_a_sensor_that_is_not_loaded(
    hass: HomeAssistant, site: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """The registry knows the states of an enum sensor."""
    entity_registry.async_get_or_create(
        "sensor",
        "easee",
        "1",
        suggested_object_id="asleep",
        capabilities={"options": ["charging", "disconnected", "error"]},
    )
    walk = await walk_charger(
        hass,
        site,
        "entities",
        INPUTS | {"charger": LIMITS | {"status_entity": "sensor.asleep"}},
        until="states",
    )
    assert walk.shown() == {
        "charging_states": ["charging"],
        "connected_states": [],
        "disconnected_states": ["disconnected"],
    }
    await walk.send(walk.shown())
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_reconfigure_shows_and_keeps_what_is_set(hass: HomeAssistant) -> None:
    """Submitting every form as it is shown changes nothing."""
    data = CHARGER_DATA | {
        "switch_entity": "switch.charger",
        "phases": ["l3"],
        "max_current_a": 20.0,
        "min_current_a": 8.0,
        "measured_current_entity": "sensor.charger_current",
        "status_entity": "sensor.charger_status",
        "charging_states": ["laadt"],
        "connected_states": ["wacht"],
        "disconnected_states": [],
        "response_time_s": 5.0,
        "pause_s": 60.0,
        "charging_mode": "eco",
        "priority": 3.0,
        "weight": 0.5,
        "circuit": "garage",
        "enabled": False,
    }
    site = add_entry(hass, data)
    add_circuit_to(hass, site, "garage", ["l3"])
    (charger,) = site.get_subentries_of_type("charger")
    walk = await change_charger(hass, site, charger.subentry_id)
    await walk.choose("entities")
    while walk.result["type"] is FlowResultType.FORM:
        shown = walk.shown()
        for key in SECTION_KEYS & shown.keys():
            shown.pop(key)
        await walk.send(shown)

    assert walk.result["type"] is FlowResultType.ABORT
    assert walk.result["reason"] == "reconfigure_successful"
    (charger,) = site.get_subentries_of_type("charger")
    assert charger.data == data
    assert charger.title == "Charger 1"


async def test_what_a_car_is_planned_by_is_kept_and_emptied(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    """What is as usual is not stored, and what its entities set stays."""
    picked = {
        "departure_entity": "calendar.car",
        "default_departure": "06:30:00",
        "departure_days": ["sun", "mon"],
        "default_energy_kwh": 15.0,
        "car_soc_entity": "sensor.car_soc",
        "car_capacity_kwh": 60.0,
    }
    walk = await walk_charger(hass, site, "entities", INPUTS, until="charger")
    await walk.send(INPUTS["charger"] | {"plan": picked})
    (charger,) = site.get_subentries_of_type("charger")
    kept = {key: row for key, row in charger.data.items() if key in picked}
    usual = picked.pop("default_energy_kwh")
    assert kept == picked | {"departure_days": ["mon", "sun"]}
    set_by_entity = {**charger.data, "price_limit": 0.3}
    hass.config_entries.async_update_subentry(site, charger, data=set_by_entity)
    walk = await change_charger(hass, site, charger.subentry_id)
    await walk.choose("entities")
    await walk.send(INPUTS["entities"])
    assert walk.shown()["departure_entity"] == "calendar.car"
    assert walk.shown()["default_energy_kwh"] == usual
    await walk.send(INPUTS["charger"] | {"plan": {}})
    (charger,) = site.get_subentries_of_type("charger")
    assert not picked.keys() & charger.data.keys()
    assert charger.data["price_limit"] == 0.3


async def test_names_of_a_site_differ(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    """Chargers and circuits of one name could not be told apart."""
    add_circuit_to(hass, site, "garage", ["l1"])
    for driver in ("entities", "actions"):
        walk = await walk_charger(hass, site, driver, INPUTS, until=driver)
        await walk.send(INPUTS[driver] | {"name": "garage "})
        assert walk.errors == {"name": "name_taken"}
        assert walk.message("name")
        await walk.send(INPUTS[driver] | {"name": driver})
        await walk.send(INPUTS["charger"] | {"phases": "l1"})
        assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_circuit_must_have_the_phases(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    """A charger cannot hang on a phase that its circuit does not have."""
    add_circuit_to(hass, site, "barn", ["l1", "l2"])
    walk = await walk_charger(hass, site, "entities", INPUTS, until="charger")
    await walk.send(INPUTS["charger"] | {"circuit": "barn"})
    assert walk.errors == {"circuit": "circuit_lacks_phase"}
    assert "Barn has only L1, L2" in walk.message("circuit")
    await walk.send(INPUTS["charger"] | {"circuit": "barn", "phases": "l2"})
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert walk.result["data"]["circuit"] == "barn"


async def test_a_circuit_that_is_gone_is_the_grid(
    hass: HomeAssistant,
) -> None:
    """A charger of a removed circuit shows the grid connection, and is put there."""
    site = add_entry(hass, CHARGER_DATA | {"circuit": "gone"})
    (charger,) = site.subentries.values()
    walk = await change_charger(hass, site, charger.subentry_id)
    await walk.choose("entities")
    await walk.send(INPUTS["entities"])
    await walk.send(INPUTS["charger"])
    (charger,) = site.subentries.values()
    assert "circuit" not in charger.data


async def test_reconfigure_takes_away_what_was_emptied(hass: HomeAssistant) -> None:
    """An emptied field is gone, and with the status sensor its states."""
    site = add_entry(
        hass,
        CHARGER_DATA
        | {
            "switch_entity": "switch.charger",
            "measured_current_entity": "sensor.charger_current",
            "status_entity": "sensor.charger_status",
            "charging_states": ["Charging"],
            "connected_states": [],
            "disconnected_states": [],
        },
    )
    (charger,) = site.subentries.values()
    walk = await change_charger(hass, site, charger.subentry_id)
    await walk.choose("entities")
    await walk.send(INPUTS["entities"])
    await walk.send(INPUTS["charger"])
    assert walk.result["type"] is FlowResultType.ABORT
    (charger,) = site.subentries.values()
    assert charger.data == CHARGER_DATA
    assert charger.title == "Garage"


async def test_reconfigure_to_another_driver(hass: HomeAssistant) -> None:
    """With actions, the entities that controlled the charger are gone."""
    site = add_entry(hass, CHARGER_DATA | {"switch_entity": "switch.charger"})
    (charger,) = site.subentries.values()
    walk = await change_charger(hass, site, charger.subentry_id)
    await walk.choose("actions")
    await walk.send(INPUTS["actions"])
    await walk.send({"phases": "l1"} | INPUTS["charger"])
    assert walk.result["type"] is FlowResultType.ABORT
    (charger,) = site.subentries.values()
    assert charger.data["driver"] == "actions"
    assert charger.data["set_current_action"] == SET_CURRENT
    assert charger.data["phases"] == ["l1"]
    assert not {"current_entity", "switch_entity"} & set(charger.data)


async def test_reconfigure_with_another_status_sensor(hass: HomeAssistant) -> None:
    """A new sensor has states of its own."""
    hass.states.async_set("sensor.new_status", "C1", CURRENT_A)
    site = add_entry(
        hass,
        CHARGER_DATA
        | {
            "status_entity": "sensor.charger_status",
            "charging_states": ["Charging"],
            "connected_states": [],
            "disconnected_states": [],
        },
    )
    (charger,) = site.subentries.values()
    walk = await change_charger(hass, site, charger.subentry_id)
    await walk.choose("entities")
    await walk.send(INPUTS["entities"])
    await walk.send(LIMITS | {"status_entity": "sensor.new_status"})
    assert "C1" in walk.shown()["charging_states"]
    assert "Charging" not in walk.shown()["charging_states"]
    await walk.send({"charging_states": ["C1"]})
    assert walk.result["type"] is FlowResultType.ABORT


async def test_chargers_of_a_simulated_home(hass: HomeAssistant) -> None:
    """They are simulated too, and can be changed and added."""
    walk = await add_site(hass)
    await walk.choose("simulated_home")
    await walk.send({})
    (site,) = hass.config_entries.async_entries("ev_lb")
    (charger,) = site.subentries.values()

    walk = await change_charger(hass, site, charger.subentry_id)
    await walk.send({"name": "", "max_current_a": 5})
    assert walk.errors == {
        "name": "name_missing",
        "max_current_a": "max_current_a_range",
    }
    await walk.send({"name": "One phase", "phases": "l1", "max_current_a": 32})
    assert walk.result["type"] is FlowResultType.ABORT
    assert walk.result["reason"] == "reconfigure_successful"
    (charger,) = site.subentries.values()
    assert charger.title == "One phase"
    assert charger.data["phases"] == ["l1"]
    assert charger.data["max_current_a"] == 32

    walk = await add_charger(hass, site)
    assert walk.shown()["name"] == "Simulated charger 2"
    await walk.send({})
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert [added.data["driver"] for added in site.subentries.values()] == [
        "simulated",
        "simulated",
    ]

    for subentry_id in list(site.subentries):
        hass.config_entries.async_remove_subentry(site, subentry_id)
    walk = await add_charger(hass, site)
    assert walk.shown()["name"] == "Simulated charger"
    await walk.send({})
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


def test_every_error_text_is_used() -> None:
    """No text is left of an error that cannot happen any more."""
    tested = {bad.error for bad in BAD_INPUT} | {
        "circuit_lacks_phase",
        "entity_disabled",
        "entity_is_own",
        # Those of test_ocpp_flow.py.
        "lease_s_range",
        "ocpp_in_use",
        "stack_level_range",
        "name_taken",
        # Those of test_family_flow.py.
        "entities_disabled",
        "entities_missing",
        "family_in_use",
        "lease_not_possible",
        "left_alone_current_a_missing",
        "limit_in_use",
        "min_with_lease",
        "plug_current_range",
        "raise_interval_s_range",
        # That of test_found_meters.py.
        "sensors_missing",
        # Those of test_phase_switching.py.
        "phase_state_unknown",
        "phase_states_same",
        "phases_needed",
        # Those of test_charger_test.py.
        "ramp_up_a_per_s_range",
        "test_car_stopped",
        "test_draws_too_little",
        "test_meter_lost",
        "test_not_controlled",
        "test_not_steady",
    }
    assert tested == set(CHARGER_TEXTS["error"])
