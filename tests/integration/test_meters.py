"""Meters of several sensors: how they are set up, and what they come to."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.ev_lb.const import DOMAIN

from .flows import add_circuit, add_site, change_site
from .sites import (
    CHARGER_DATA,
    CURRENT_A,
    EQUIPMENT,
    METER_LOSS,
    POWER_KW,
    add_entry,
    set_entities,
)

VOLTAGE_V = {"unit_of_measurement": "V", "device_class": "voltage"}
P1 = {
    **{f"sensor.p1_current_l{n}": ("5", CURRENT_A) for n in (1, 2, 3)},
    **{f"sensor.p1_import_l{n}": ("1.2", POWER_KW) for n in (1, 2, 3)},
    **{f"sensor.p1_export_l{n}": ("0.0", POWER_KW) for n in (1, 2, 3)},
    **{f"sensor.p1_voltage_l{n}": ("240", VOLTAGE_V) for n in (1, 2, 3)},
}
CURRENTS = {f"l{n}_entity": f"sensor.p1_current_l{n}" for n in (1, 2, 3)}
MORE = {
    f"l{n}_{key}_entity": f"sensor.p1_{name}_l{n}"
    for key, name in (("power", "import"), ("export", "export"), ("voltage", "voltage"))
    for n in (1, 2, 3)
}


@pytest.fixture(autouse=True)
def p1_meter(hass: HomeAssistant) -> None:
    """Have a P1 meter: whole ampere, import and export apart."""
    set_entities(hass)
    for entity_id, (state, attributes) in P1.items():
        hass.states.async_set(entity_id, state, attributes)


@pytest.mark.usefixtures("mock_setup_entry")
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("phase_current", {"power", "export", "voltage"}),
        ("phase_power", {"export", "voltage"}),
    ],
)
async def test_more_sensors_of_a_meter(
    hass: HomeAssistant, kind: str, fields: set[str]
) -> None:
    """They may be left out, filled, and emptied again."""
    walk = await add_site(hass)
    await walk.choose("home")
    await walk.send({"meter_kind": kind})
    more = {key: value for key, value in MORE.items() if key.split("_")[1] in fields}
    section = walk.result["data_schema"].schema["more_sensors"]
    assert {marker.schema for marker in section.schema.schema} == set(more)
    meter = CURRENTS
    if kind == "phase_power":
        meter = {key: MORE[f"{key[:2]}_power_entity"] for key in CURRENTS}
    await walk.send({**meter, "more_sensors": more})
    await walk.send(METER_LOSS)
    await walk.send(EQUIPMENT)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert (meter | more).items() <= walk.result["data"].items()

    entry = walk.result["result"]
    walk = await change_site(hass, entry)
    await walk.choose("home")
    await walk.send({})
    assert (meter | more).items() <= walk.shown().items()
    await walk.send({**meter, "more_sensors": {}})
    assert walk.result["reason"] == "reconfigure_successful"
    assert not set(more) & set(entry.data)


@pytest.mark.usefixtures("mock_setup_entry")
@pytest.mark.parametrize(
    ("more", "error", "told"),
    [
        (
            {"l2_export_entity": "sensor.p1_export_l2"},
            "phase_power_missing",
            "L2",
        ),
        (
            MORE | {"l1_voltage_entity": "sensor.outdoor"},
            "not_a_voltage",
            "sensor.outdoor",
        ),
        (MORE | {"l1_export_entity": "sensor.p1_import_l1"}, "entity_twice", ""),
    ],
)
async def test_wrong_sensors_are_told(
    hass: HomeAssistant, more: dict[str, str], error: str, told: str
) -> None:
    walk = await add_site(hass)
    await walk.choose("home")
    await walk.send({"meter_kind": "phase_current"})
    await walk.send({**CURRENTS, "more_sensors": more})
    assert walk.errors == {"more_sensors": error}
    assert told in walk.message("more_sensors")
    await walk.send({**CURRENTS, "more_sensors": MORE})
    assert walk.result["step_id"] == "meter_loss"


@pytest.mark.usefixtures("mock_setup_entry")
async def test_total_import_and_export_of_a_circuit(hass: HomeAssistant) -> None:
    site = add_entry(hass, CHARGER_DATA)
    walk = await add_circuit(hass, site)
    await walk.send(
        {"name": "Garage", "circuit_limit_a": 20, "meter_kind": "total_power"}
    )
    await walk.send(
        {
            "power_entity": "sensor.p1_import_l1",
            "more_sensors": {"export_power_entity": "sensor.p1_export_l1"},
        }
    )
    assert walk.result["data"]["export_power_entity"] == "sensor.p1_export_l1"


async def running(hass: HomeAssistant, **data: Any) -> MockConfigEntry:
    """Start a site with this meter and no charger."""
    entry = add_entry(hass, can_export=True, **data)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


def house_a(hass: HomeAssistant, entry: MockConfigEntry, phase: int) -> str:
    """Return what a phase has left, A, out of 25."""
    entity_id = er.async_get(hass).async_get_entity_id(
        "sensor", DOMAIN, f"{entry.entry_id}_available_current_l{phase}"
    )
    assert entity_id is not None
    state = hass.states.get(entity_id)
    assert state is not None
    return state.state


async def test_current_power_export_and_voltage_come_together(
    hass: HomeAssistant,
) -> None:
    entry = await running(hass, **CURRENTS, **MORE)
    # 1.2 kW at 240 V are 5 A, and 0.624 kW are 2.6 A, though the meter says 3.
    hass.states.async_set("sensor.p1_current_l2", "3", CURRENT_A)
    hass.states.async_set("sensor.p1_import_l2", "0.624", POWER_KW)
    hass.states.async_set("sensor.p1_import_l3", "0.0", POWER_KW)
    hass.states.async_set("sensor.p1_export_l3", "1.2", POWER_KW)
    await hass.async_block_till_done()
    left = [float(house_a(hass, entry, phase)) for phase in (1, 2, 3)]
    assert left == pytest.approx([20.0, 22.4, 30.0], abs=0.01)


@pytest.mark.parametrize("platform", ["esphome", "dsmr"])
async def test_a_meter_that_tells_changes_only_stays_fresh(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, platform: str
) -> None:
    """An idle phase is silent, but the voltage of the same device is not."""
    other = MockConfigEntry(domain=platform)
    other.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={(platform, "p1")}
    )
    for entity_id, (value, attributes) in P1.items():
        hass.states.async_remove(entity_id)
        er.async_get(hass).async_get_or_create(
            "sensor",
            platform,
            entity_id,
            suggested_object_id=entity_id.partition(".")[2],
            config_entry=other,
            device_id=device.id,
            original_device_class=attributes["device_class"],
        )
        hass.states.async_set(entity_id, value, attributes)
    entry = await running(hass, **CURRENTS)
    for second in range(8):
        freezer.tick(timedelta(seconds=20))
        hass.states.async_set("sensor.p1_voltage_l1", f"23{second}.1", VOLTAGE_V)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
    meter = er.async_get(hass).async_get_entity_id(
        "binary_sensor", DOMAIN, f"{entry.entry_id}_meter_status"
    )
    assert meter is not None
    state = hass.states.get(meter)
    assert state is not None
    assert state.state == ("on" if platform == "esphome" else "off")
