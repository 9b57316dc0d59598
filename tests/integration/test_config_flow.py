"""The flow that adds or changes a site."""

from typing import Any, NamedTuple

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest

from .flows import SITE_TEXTS, Walk, add_site, change_site
from .sites import (
    CHARGER_DATA,
    CURRENT_A,
    EQUIPMENT,
    METER_LOSS,
    SITE_DATA,
    SITE_OPTIONS,
    add_entry,
    set_entities,
)
from .test_equipment_flow import BAD_EQUIPMENT

pytestmark = pytest.mark.usefixtures("mock_setup_entry")

METERS: dict[str, dict[str, Any]] = {
    "total_power": {"power_entity": "sensor.grid_power"},
    "phase_power": {
        "l1_entity": "sensor.grid_power_l1",
        "l2_entity": "sensor.grid_power_l2",
        "l3_entity": "sensor.grid_power_l3",
    },
    "phase_current": {
        "l1_entity": "sensor.grid_current_l1",
        "l2_entity": "sensor.grid_current_l2",
        "l3_entity": "sensor.grid_current_l3",
    },
}


@pytest.fixture(autouse=True)
def entities(hass: HomeAssistant) -> None:
    """Have the meters of a home."""
    set_entities(hass)


async def walk_home(
    hass: HomeAssistant, inputs: dict[str, dict[str, Any]], until: str | None = None
) -> Walk:
    """Add a home with valid input, some of it changed, up to a step."""
    walk = await add_site(hass)
    await walk.choose("home")
    while walk.result["type"] is FlowResultType.FORM:
        step = walk.result["step_id"]
        if step == until:
            break
        await walk.send(inputs[step])
        if walk.result["type"] is FlowResultType.FORM:
            assert walk.errors == {}
    return walk


def home_inputs(kind: str = "phase_current") -> dict[str, dict[str, Any]]:
    """Return valid input for each step."""
    return {
        "home": {
            "name": "My home",
            "meter_kind": kind,
            "service_current_a": 25,
            "advanced": {"voltage_v": 230},
        },
        "meter": METERS[kind] | {"advanced": {"freshness_limit_s": 60}},
        "meter_loss": dict(METER_LOSS),
        "fallback": {"fallback_current_a": 8},
        "equipment": dict(EQUIPMENT),
    }


@pytest.mark.parametrize("kind", METERS)
async def test_home_on_three_phases(hass: HomeAssistant, kind: str) -> None:
    """Every kind of meter makes a site with its entities and the defaults."""
    walk = await walk_home(hass, home_inputs(kind))

    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert walk.result["title"] == "My home"
    rest = {
        key: value for key, value in SITE_DATA.items() if not key.endswith("_entity")
    }
    assert walk.result["data"] == rest | METERS[kind] | {"meter_kind": kind}
    assert walk.result["options"] == SITE_OPTIONS | {"shadow_mode": False}
    assert walk.result["subentries"] == ()


async def test_the_first_charger_is_asked_for_at_once(hass: HomeAssistant) -> None:
    """Without one there is nothing to balance."""
    walk = await walk_home(hass, home_inputs())
    kind, flow_id = walk.result["next_flow"]
    assert kind == "config_subentries_flow"
    charger = hass.config_entries.subentries.async_get(flow_id)
    assert charger["handler"] == (walk.result["result"].entry_id, "charger")
    assert charger["step_id"] == "control"

    walk = await add_site(hass)
    await walk.choose("simulated_home")
    await walk.send({})
    # It has one already.
    assert "next_flow" not in walk.result


async def test_home_on_one_phase_with_everything_changed(hass: HomeAssistant) -> None:
    """All that is entered is kept, and only L1 is asked for."""
    walk = await walk_home(
        hass,
        {
            "home": {
                "name": "  Cabin ",
                "meter_kind": "phase_current",
                "phases": "1",
                "service_current_a": 35,
                "advanced": {"voltage_v": 240},
            },
            "meter": {
                "l1_entity": "sensor.grid_current_l1",
                "can_export": True,
                "invert_sign": True,
                "advanced": {"freshness_limit_s": 120, "meter_delay_s": 12},
            },
            "meter_loss": {"meter_loss_behavior": "set_current", "ramp_up_time_s": 60},
            "fallback": {"fallback_current_a": 10},
            "equipment": {"shadow_mode": True},
        },
    )

    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert walk.result["title"] == "Cabin"
    assert walk.result["data"] == {
        "meter_kind": "phase_current",
        "l1_entity": "sensor.grid_current_l1",
        "phases": 1,
        "invert_sign": True,
        "can_export": True,
        "voltage_v": 240,
        "freshness_limit_s": 120,
        "meter_delay_s": 12,
        "meter_loss_behavior": "set_current",
        "fallback_current_a": 10,
    }
    assert walk.result["options"] == {
        "service_current_a": 35,
        "ramp_up_time_s": 60,
        "shadow_mode": True,
        "enabled": True,
    }


SIMULATION = {
    "name": "Simulated home",
    "simulated_solar": False,
    "simulated_battery": False,
    "simulation_speed": 1.0,
}


async def test_simulated_home(hass: HomeAssistant) -> None:
    """The simulated home needs nothing but consent, and comes with its charger."""
    walk = await add_site(hass)
    await walk.choose("simulated_home")
    assert walk.shown() == SIMULATION
    await walk.send({})

    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    entry = hass.config_entries.async_entries("ev_lb")[0]
    assert entry.title == "Simulated home"
    assert entry.data == {
        **{key: value for key, value in SITE_DATA.items() if "entity" not in key},
        "simulated": True,
        "simulated_solar": False,
        "simulated_battery": False,
        "simulation_speed": 1.0,
    }
    assert entry.options == SITE_OPTIONS
    (charger,) = entry.subentries.values()
    assert charger.subentry_type == "charger"
    assert charger.title == "Simulated charger"
    assert charger.data == {
        "driver": "simulated",
        "phases": ["l1", "l2", "l3"],
        "max_current_a": 16.0,
        "min_current_a": 6.0,
        "response_time_s": 15.0,
        "pause_s": 180.0,
        "charging_mode": "site",
        "priority": 1,
        "weight": 1.0,
    }


async def test_simulated_home_refuses_bad_input(hass: HomeAssistant) -> None:
    """Name and speed are checked, and can be corrected."""
    walk = await add_site(hass)
    await walk.choose("simulated_home")
    await walk.send({"name": " ", "advanced": {"simulation_speed": 0}})
    assert walk.errors == {"name": "name_missing", "advanced": "simulation_speed_range"}
    assert "0.1 - 1000" in walk.message("advanced")
    await walk.send({"name": "Lab", "advanced": {"simulation_speed": 20}})
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert walk.result["data"]["simulation_speed"] == 20


class BadInput(NamedTuple):
    """A wrong entry, and where which message is shown."""

    step: str
    changes: dict[str, Any]
    field: str
    error: str
    kind: str = "phase_current"
    told: str = ""


BAD_INPUT = [
    BadInput("home", {"name": "  "}, "name", "name_missing"),
    BadInput("home", {"name": "x" * 101}, "name", "name_too_long"),
    BadInput(
        "home",
        {"service_current_a": 0.5},
        "service_current_a",
        "service_current_a_range",
        told="1 - 400",
    ),
    BadInput(
        "home",
        {"service_current_a": 401},
        "service_current_a",
        "service_current_a_range",
    ),
    BadInput(
        "home",
        {"service_current_a": "nan"},
        "service_current_a",
        "service_current_a_range",
    ),
    BadInput("home", {"advanced": {"voltage_v": 12}}, "advanced", "voltage_v_range"),
    BadInput(
        "home", {"advanced": {"voltage_v": 10_000}}, "advanced", "voltage_v_range"
    ),
    BadInput(
        "meter",
        {"l1_entity": "sensor.gone"},
        "l1_entity",
        "entity_not_found",
        told="sensor.gone",
    ),
    BadInput(
        "meter", {"l2_entity": "0123456789abcdef" * 2}, "l2_entity", "entity_not_found"
    ),
    BadInput("meter", {"l1_entity": "switch.charger"}, "l1_entity", "not_a_sensor"),
    BadInput(
        "meter",
        {"l1_entity": "sensor.grid_power_l1"},
        "l1_entity",
        "not_a_current",
        told="sensor.grid_power_l1 (power, kW)",
    ),
    BadInput(
        "meter",
        {"l3_entity": "sensor.outdoor"},
        "l3_entity",
        "not_a_current",
        told="sensor.outdoor (°C)",
    ),
    BadInput(
        "meter",
        {"l3_entity": "sensor.no_unit"},
        "l3_entity",
        "not_a_current",
        told="sensor.no_unit (-)",
    ),
    BadInput(
        "meter",
        {"l1_entity": "sensor.grid_current_l1"},
        "l1_entity",
        "not_a_power",
        kind="phase_power",
        told="sensor.grid_current_l1 (current, A)",
    ),
    BadInput(
        "meter",
        {"power_entity": "sensor.apparent"},
        "power_entity",
        "not_a_power",
        kind="total_power",
        told="sensor.apparent (apparent_power, VA)",
    ),
    BadInput(
        "meter",
        {"l2_entity": "sensor.words_a"},
        "l2_entity",
        "not_numeric",
        told="sensor.words_a: on",
    ),
    BadInput(
        "meter",
        {"power_entity": "sensor.words_w"},
        "power_entity",
        "not_numeric",
        kind="total_power",
    ),
    BadInput(
        "meter", {"l2_entity": "sensor.grid_current_l1"}, "l2_entity", "entity_twice"
    ),
    BadInput(
        "meter",
        {"advanced": {"freshness_limit_s": 1}},
        "advanced",
        "freshness_limit_s_range",
        told="2 - 3600",
    ),
    BadInput(
        "meter",
        {"advanced": {"freshness_limit_s": 3601}},
        "advanced",
        "freshness_limit_s_range",
    ),
    BadInput(
        "meter",
        {"advanced": {"freshness_limit_s": 60, "meter_delay_s": 0.5}},
        "advanced",
        "meter_delay_s_range",
        told="1 - 300",
    ),
    BadInput(
        "meter",
        {"advanced": {"freshness_limit_s": 60, "meter_delay_s": 301}},
        "advanced",
        "meter_delay_s_range",
    ),
    BadInput(
        "meter_loss", {"ramp_up_time_s": -1}, "ramp_up_time_s", "ramp_up_time_s_range"
    ),
    BadInput(
        "meter_loss",
        {"ramp_up_time_s": 601},
        "ramp_up_time_s",
        "ramp_up_time_s_range",
        told="0 - 600",
    ),
    BadInput(
        "fallback", {"fallback_current_a": 0}, "fallback_current_a", "fallback_is_stop"
    ),
    BadInput(
        "fallback",
        {"fallback_current_a": 5.9},
        "fallback_current_a",
        "fallback_too_low",
        told="6 A",
    ),
    BadInput(
        "fallback", {"fallback_current_a": -6}, "fallback_current_a", "fallback_too_low"
    ),
    BadInput(
        "fallback",
        {"fallback_current_a": 26},
        "fallback_current_a",
        "fallback_too_high",
        told="25 A",
    ),
]


@pytest.mark.parametrize("bad", BAD_INPUT)
async def test_bad_input_is_told_at_its_field(
    hass: HomeAssistant, bad: BadInput
) -> None:
    """Each wrong entry shows its own message, and can be corrected."""
    inputs = home_inputs(bad.kind)
    if bad.step == "fallback":
        inputs["meter_loss"]["meter_loss_behavior"] = "set_current"
    walk = await walk_home(hass, inputs, until=bad.step)

    await walk.send(inputs[bad.step] | bad.changes)
    assert walk.result["step_id"] == bad.step
    assert walk.errors == {bad.field: bad.error}
    assert bad.told in walk.message(bad.field)

    while walk.result["type"] is FlowResultType.FORM:
        await walk.send(inputs[walk.result["step_id"]])
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_all_wrong_fields_are_told_at_once(hass: HomeAssistant) -> None:
    """Several mistakes in one form each get their message, which names them all."""
    walk = await walk_home(hass, home_inputs(), until="meter")
    await walk.send(
        {
            "l1_entity": "sensor.outdoor",
            "l2_entity": "sensor.grid_power",
            "l3_entity": "sensor.gone",
        }
    )
    assert walk.errors == {
        "l1_entity": "not_a_current",
        "l2_entity": "not_a_current",
        "l3_entity": "entity_not_found",
    }
    assert "sensor.outdoor (°C), sensor.grid_power (power, W)" in walk.message(
        "l1_entity"
    )
    await walk.send(METERS["phase_current"])
    await walk.send(METER_LOSS)
    await walk.send(EQUIPMENT)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_fixed_current_needs_a_fuse_that_carries_it(hass: HomeAssistant) -> None:
    """Below 6 A of service current nothing is left but to stop."""
    inputs = home_inputs()
    inputs["home"]["service_current_a"] = 5
    walk = await walk_home(hass, inputs, until="meter_loss")
    await walk.send({"meter_loss_behavior": "set_current"})
    assert walk.errors == {"meter_loss_behavior": "fallback_impossible"}
    assert "5 A" in walk.message("meter_loss_behavior")
    await walk.send({"meter_loss_behavior": "stop"})
    await walk.send(EQUIPMENT)
    assert walk.result["step_id"] == "review"
    await walk.send({"next": "save"})
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("state", ["unknown", "unavailable", "", "nan"])
@pytest.mark.parametrize("attributes", [{}, CURRENT_A])
async def test_meter_may_still_be_starting(
    hass: HomeAssistant, state: str, attributes: dict[str, str]
) -> None:
    """A meter without a value yet is accepted, a unit with a value is asked for."""
    if state == "nan" and not attributes:
        attributes = {"unit_of_measurement": "A"}
    hass.states.async_set("sensor.grid_current_l1", state, attributes)
    walk = await walk_home(hass, home_inputs())
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_meter_that_is_registered_but_not_loaded(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    """The registry knows the unit of an entity whose integration is not loaded."""
    entity_registry.async_get_or_create(
        "sensor",
        "meter",
        "l1",
        suggested_object_id="sleeping_power",
        original_device_class="power",
        unit_of_measurement="W",
    )
    entity_registry.async_get_or_create(
        "sensor",
        "meter",
        "l2",
        suggested_object_id="sleeping_current",
        original_device_class="current",
        unit_of_measurement="A",
    )
    walk = await walk_home(hass, home_inputs(), until="meter")
    await walk.send(METERS["phase_current"] | {"l1_entity": "sensor.sleeping_power"})
    assert walk.errors == {"l1_entity": "not_a_current"}
    await walk.send(METERS["phase_current"] | {"l1_entity": "sensor.sleeping_current"})
    await walk.send(METER_LOSS)
    await walk.send(EQUIPMENT)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_disabled_meter_is_refused(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    """A disabled entity would never report."""
    entity_registry.async_get_or_create(
        "sensor",
        "meter",
        "l1",
        suggested_object_id="disabled",
        disabled_by=er.RegistryEntryDisabler.USER,
        unit_of_measurement="A",
    )
    walk = await walk_home(hass, home_inputs(), until="meter")
    await walk.send(METERS["phase_current"] | {"l1_entity": "sensor.disabled"})
    assert walk.errors == {"l1_entity": "entity_disabled"}
    assert "sensor.disabled" in walk.message("l1_entity")
    await walk.send(METERS["phase_current"])
    await walk.send(METER_LOSS)
    await walk.send(EQUIPMENT)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_own_results_are_no_meter(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    """What the balancer decides cannot be what it measures; the simulation can."""
    for unique_id in ("abc_available_current", "abc_simulated_meter_l1"):
        entity_registry.async_get_or_create(
            "sensor",
            "ev_lb",
            unique_id,
            suggested_object_id=unique_id,
            unit_of_measurement="A",
        )
    walk = await walk_home(hass, home_inputs(), until="meter")
    await walk.send(
        METERS["phase_current"] | {"l1_entity": "sensor.abc_available_current"}
    )
    assert walk.errors == {"l1_entity": "entity_is_own"}
    await walk.send(
        METERS["phase_current"] | {"l1_entity": "sensor.abc_simulated_meter_l1"}
    )
    await walk.send(METER_LOSS)
    await walk.send(EQUIPMENT)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_meter_of_another_site_is_refused(hass: HomeAssistant) -> None:
    """One meter measures one site, and a charger's sensor is no meter."""
    add_entry(
        hass,
        CHARGER_DATA | {"measured_current_entity": "sensor.charger_current"},
        title="Main house",
    )
    walk = await walk_home(hass, home_inputs(), until="meter")
    await walk.send(METERS["phase_current"])
    assert set(walk.errors.values()) == {"entity_in_use"}
    assert "Main house" in walk.message("l1_entity")
    for number in (1, 2, 3):
        hass.states.async_set(f"sensor.barn_l{number}", "1", CURRENT_A)
    barn = {f"l{number}_entity": f"sensor.barn_l{number}" for number in (1, 2, 3)}
    await walk.send(barn | {"l1_entity": "sensor.charger_current"})
    assert walk.errors == {"l1_entity": "entity_in_use"}
    assert "Main house: Charger 1" in walk.message("l1_entity")
    await walk.send(barn)
    await walk.send(METER_LOSS)
    await walk.send(EQUIPMENT)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_reconfigure_shows_and_keeps_what_is_set(hass: HomeAssistant) -> None:
    """Submitting every form as it is changes nothing."""
    entry = add_entry(
        hass, meter_loss_behavior="set_current", fallback_current_a=7.0, voltage_v=240.0
    )
    hass.config_entries.async_update_entry(
        entry, options=SITE_OPTIONS | {"enabled": False, "service_current_a": 35.0}
    )
    data, options = dict(entry.data), dict(entry.options)
    for part in ("home", "meter_loss", "limits"):
        walk = await change_site(hass, entry)
        await walk.choose(part)
        if part == "home":
            assert walk.shown() == {
                "name": "My home",
                "meter_kind": "phase_current",
                "phases": "3",
                "service_current_a": 35.0,
                "voltage_v": 240.0,
            }
        while walk.result["type"] is FlowResultType.FORM:
            await walk.send({})

        assert walk.result["type"] is FlowResultType.ABORT
        assert walk.result["reason"] == "reconfigure_successful"
        options |= {"fuse_tolerance_percent": 0.0} if part == "limits" else {}
        assert (entry.title, entry.data, entry.options) == ("My home", data, options)


async def test_reconfigure_to_another_meter(hass: HomeAssistant) -> None:
    """The entities of the former meter are gone, and charging settings stay."""
    entry = add_entry(hass, CHARGER_DATA)
    walk = await change_site(hass, entry)
    await walk.choose("home")
    await walk.send(
        {"name": "Home", "meter_kind": "total_power", "service_current_a": 20}
    )
    await walk.send({"power_entity": "sensor.grid_power"})
    walk = await change_site(hass, entry)
    await walk.choose("meter_loss")
    await walk.send({"meter_loss_behavior": "ignore", "ramp_up_time_s": 45})

    assert walk.result["type"] is FlowResultType.ABORT
    assert entry.title == "Home"
    assert entry.data["power_entity"] == "sensor.grid_power"
    assert "l1_entity" not in entry.data
    assert entry.data["meter_loss_behavior"] == "ignore"
    assert entry.options == {
        "service_current_a": 20,
        "ramp_up_time_s": 45,
        "enabled": True,
    }
    assert len(entry.subentries) == 1


async def test_reconfigure_does_not_undo_a_switch(hass: HomeAssistant) -> None:
    """What was switched while the form was open stays as it is."""
    entry = add_entry(hass)
    walk = await change_site(hass, entry)
    await walk.choose("home")
    hass.config_entries.async_update_entry(
        entry, options=SITE_OPTIONS | {"enabled": False}
    )
    while walk.result["type"] is FlowResultType.FORM:
        await walk.send({})
    assert walk.result["type"] is FlowResultType.ABORT
    assert entry.options["enabled"] is False


async def test_reconfigure_to_one_phase_respects_the_chargers(
    hass: HomeAssistant,
) -> None:
    """Phases that chargers are wired to cannot go away."""
    entry = add_entry(
        hass,
        CHARGER_DATA | {"phases": ["l1"]},
        CHARGER_DATA | {"phases": ["l2"], "current_entity": "number.plain"},
    )
    walk = await change_site(hass, entry)
    await walk.choose("home")
    await walk.send({"phases": "1"})
    assert walk.errors == {"phases": "on_other_phases"}
    assert "Charger 2" in walk.message("phases")
    assert "Charger 1" not in walk.message("phases")
    while walk.result["type"] is FlowResultType.FORM:
        await walk.send({"phases": "3"} if walk.result["step_id"] == "home" else {})
    assert walk.result["type"] is FlowResultType.ABORT
    assert entry.data["phases"] == 3


async def test_reconfigure_of_the_simulated_home(hass: HomeAssistant) -> None:
    """Name, sun, battery and speed can change; nothing else is touched."""
    walk = await add_site(hass)
    await walk.choose("simulated_home")
    await walk.send({})
    entry = hass.config_entries.async_entries("ev_lb")[0]
    before = dict(entry.data)

    walk = await change_site(hass, entry)
    await walk.choose("simulated_home")
    assert walk.shown() == SIMULATION
    await walk.send(
        {
            "name": "Lab",
            "simulated_solar": True,
            "simulated_battery": False,
            "advanced": {"simulation_speed": 60},
        }
    )

    assert walk.result["type"] is FlowResultType.ABORT
    assert walk.result["reason"] == "reconfigure_successful"
    assert entry.title == "Lab"
    assert entry.data == before | {
        "simulated_solar": True,
        # What the sun gives more than the home takes goes into the grid.
        "can_export": True,
        "simulation_speed": 60,
    }
    assert entry.options == SITE_OPTIONS
    assert len(entry.subentries) == 1


async def test_limits_of_the_simulated_home(hass: HomeAssistant) -> None:
    """What the grid company limits can be tried there; it stays a simulated home."""
    walk = await add_site(hass)
    await walk.choose("simulated_home")
    await walk.send({"simulated_battery": True})
    entry = hass.config_entries.async_entries("ev_lb")[0]
    before = dict(entry.data)

    walk = await change_site(hass, entry)
    await walk.choose("limits")
    await walk.send(
        {
            "capacity_tariff": {"capacity_tariff_limit_w": 5000},
            "external_cap": {},
            "advanced": {},
        }
    )

    assert walk.result["reason"] == "reconfigure_successful"
    assert entry.options["capacity_tariff_limit_w"] == 5000
    assert before["simulated_battery"]
    assert entry.data == before | {
        "capacity_tariff_period_s": 900.0,
        "capacity_tariff_follows_peak": False,
    }


async def test_every_site_has_a_name_of_its_own(hass: HomeAssistant) -> None:
    """Several homes live side by side, and can be told apart."""
    hass.config.location_name = "Farm"
    add_entry(hass, title="Farm")
    other = add_entry(hass, title="Farm 2", l1_entity="sensor.other")
    walk = await walk_home(hass, home_inputs(), until="home")
    assert walk.shown()["name"] == "Farm 3"
    await walk.send(home_inputs()["home"] | {"name": " farm "})
    assert walk.errors == {"name": "name_taken"}
    await walk.send(home_inputs("total_power")["home"])
    await walk.send(METERS["total_power"])
    await walk.send(METER_LOSS)
    await walk.send(EQUIPMENT)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY

    walk = await change_site(hass, other)
    await walk.choose("home")
    await walk.send({"name": "My home"})
    assert walk.errors == {"name": "name_taken"}
    await walk.send({"name": "Barn"})
    for number in (1, 2, 3):
        hass.states.async_set(f"sensor.barn_l{number}", "1", CURRENT_A)
    await walk.send(
        {f"l{number}_entity": f"sensor.barn_l{number}" for number in (1, 2, 3)}
    )
    assert walk.result["reason"] == "reconfigure_successful"
    assert other.title == "Barn"


async def test_a_smaller_fuse_asks_for_the_fallback_again(hass: HomeAssistant) -> None:
    """The current without the meter must still fit."""
    entry = add_entry(hass, meter_loss_behavior="set_current", fallback_current_a=10.0)
    walk = await change_site(hass, entry)
    await walk.choose("home")
    await walk.send({"service_current_a": 8})
    await walk.send({})
    assert walk.result["step_id"] == "meter_loss"
    await walk.send({})
    await walk.send({"fallback_current_a": 7})
    assert walk.result["reason"] == "reconfigure_successful"
    assert entry.data["fallback_current_a"] == 7
    assert entry.options["service_current_a"] == 8


def test_every_error_text_is_used() -> None:
    """No text is left of an error that cannot happen any more."""
    tested = {bad.error for bad in (*BAD_INPUT, *BAD_EQUIPMENT)} | {
        "name_taken",
        "on_other_phases",
        "entity_disabled",
        "entity_in_use",
        "entity_is_own",
        "fallback_impossible",
        "not_a_voltage",
        "phase_power_missing",
        # That of test_found_meters.py.
        "sensors_missing",
        "simulation_speed_range",
    }
    assert tested == set(SITE_TEXTS["error"])
