"""Fields are filled in with what clearly fits, and with nothing else."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .flows import Walk, add_charger, add_site, change_charger, change_site
from .sites import CHARGER_DATA, CURRENT_A, METER_LOSS, PERCENT, POWER_W, add_entry

pytestmark = pytest.mark.usefixtures("mock_setup_entry")


def add_states(hass: HomeAssistant, *entity_ids: str, **attributes: Any) -> None:
    """Give Home Assistant entities of one kind."""
    for entity_id in entity_ids:
        hass.states.async_set(entity_id, "1", attributes)


async def at_meter(hass: HomeAssistant, kind: str, phases: str = "3") -> Walk:
    """Walk to the form of the meter."""
    walk = await add_site(hass)
    await walk.choose("home")
    await walk.send({"meter_kind": kind, "phases": phases})
    return walk


async def at_equipment(hass: HomeAssistant, step: str) -> dict[str, Any]:
    """Return what a form of sun or battery is filled with."""
    walk = await at_meter(hass, "total_power")
    hass.states.async_set("sensor.my_meter", "1", POWER_W)
    await walk.send({"power_entity": "sensor.my_meter"})
    await walk.send(METER_LOSS)
    await walk.send({"equipment": [step]})
    return walk.shown()


def meter_of(walk: Walk) -> list[str | None]:
    """Return the entities that the form of the meter is filled with."""
    shown = walk.shown()
    keys = ("power_entity", "l1_entity", "l2_entity", "l3_entity")
    return [shown[key] for key in keys if key in shown]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], ["sensor.grid_power"]),
        (
            ["sensor.solar_power", "sensor.grid_export_power", "sensor.grid_power_l1"],
            ["sensor.grid_power"],
        ),
        # Two that fit alike: someone must say which.
        (["sensor.mains_power"], []),
    ],
)
async def test_the_meter_of_the_grid(
    hass: HomeAssistant, others: list[str], expected: list[str]
) -> None:
    add_states(hass, "sensor.grid_power", "sensor.oven_power", *others, **POWER_W)
    add_states(hass, "sensor.grid_energy", unit_of_measurement="kWh")
    assert meter_of(await at_meter(hass, "total_power")) == expected


async def test_what_tells_nothing_is_not_suggested(hass: HomeAssistant) -> None:
    add_states(hass, "sensor.oven_power", **POWER_W)
    assert meter_of(await at_meter(hass, "total_power")) == []
    assert meter_of(await at_meter(hass, "phase_current")) == []


@pytest.mark.parametrize(
    "names",
    [
        ("grid_current_l1", "grid_current_l2", "grid_current_l3"),
        (
            "p1_meter_current_phase_1",
            "p1_meter_current_phase_2",
            "p1_meter_current_phase_3",
        ),
        ("mains_a_current", "mains_b_current", "mains_c_current"),
    ],
)
async def test_the_phases_of_one_meter(
    hass: HomeAssistant, names: tuple[str, ...]
) -> None:
    entity_ids = [f"sensor.{name}" for name in names]
    charger = [f"sensor.charger_current_l{number}" for number in (1, 2, 3)]
    add_states(hass, *entity_ids, *charger, **CURRENT_A)
    # Two of three phases are no meter.
    add_states(hass, "sensor.net_current_l1", "sensor.net_current_l2", **CURRENT_A)
    assert meter_of(await at_meter(hass, "phase_current")) == entity_ids


async def test_a_meter_is_known_by_its_integration(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    """Words are not all: some integrations know nothing but meters."""
    for platform, name in (("homewizard", "active_power"), ("tasmota", "boiler_power")):
        row = entity_registry.async_get_or_create(
            "sensor", platform, name, suggested_object_id=name
        )
        add_states(hass, row.entity_id, **POWER_W)
    assert meter_of(await at_meter(hass, "total_power")) == ["sensor.active_power"]


async def test_what_is_taken_or_ours_is_not_suggested(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    add_entry(hass, meter_kind="total_power", power_entity="sensor.grid_power")
    entity_registry.async_get_or_create(
        "sensor", "ev_lb", "x_grid", suggested_object_id="net_power"
    )
    add_states(hass, "sensor.grid_power", "sensor.net_power", **POWER_W)
    assert meter_of(await at_meter(hass, "total_power")) == []


async def test_a_change_keeps_what_was_picked(hass: HomeAssistant) -> None:
    add_states(hass, "sensor.grid_l1", "sensor.grid_l2", "sensor.grid_l3", **CURRENT_A)
    entry = add_entry(hass)
    walk = await change_site(hass, entry)
    await walk.choose("home")
    await walk.send({})
    assert meter_of(walk) == [f"sensor.grid_current_l{number}" for number in (1, 2, 3)]


async def test_the_sun(hass: HomeAssistant) -> None:
    add_states(
        hass,
        "sensor.solar_power",
        "sensor.solar_forecast_power",
        "sensor.oven_power",
        **POWER_W,
    )
    assert (await at_equipment(hass, "solar"))["solar_power_entity"] == (
        "sensor.solar_power"
    )


async def test_the_battery(hass: HomeAssistant) -> None:
    add_states(hass, "sensor.phone_battery", "sensor.home_soc", **PERCENT)
    add_states(hass, "sensor.home_battery_power", "sensor.oven_power", **POWER_W)
    shown = await at_equipment(hass, "battery")
    assert shown["battery_soc_entity"] == "sensor.home_soc"
    assert shown["battery_power_entity"] == "sensor.home_battery_power"


async def test_no_battery_of_a_phone(hass: HomeAssistant) -> None:
    add_states(hass, "sensor.phone_battery", "sensor.my_car_soc", **PERCENT)
    assert "battery_soc_entity" not in await at_equipment(hass, "battery")


@pytest.fixture
def easee(hass: HomeAssistant) -> None:
    """Have a charger of a known integration with its entities, and others."""
    entry = MockConfigEntry(domain="easee")
    entry.add_to_hass(hass)
    devices, registry = dr.async_get(hass), er.async_get(hass)
    device = devices.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("easee", "1")}
    )
    for entity_id, attributes in {
        "number.carport_dynamic_limit": {**CURRENT_A, "min": 0, "max": 32},
        "number.carport_offline_current": {**CURRENT_A, "min": 0, "max": 32},
        "switch.carport_charging": {},
        "switch.carport_smart_lock": {},
        "sensor.carport_current": CURRENT_A,
        "sensor.carport_current_limit": CURRENT_A,
        "sensor.carport_status": {"options": ["charging", "disconnected"]},
        "sensor.carport_error_state": {},
    }.items():
        domain, _, name = entity_id.partition(".")
        row = registry.async_get_or_create(
            domain,
            "easee",
            name,
            suggested_object_id=name,
            config_entry=entry,
            device_id=device.id,
        )
        hass.states.async_set(row.entity_id, "0", attributes)
    add_states(hass, "switch.christmas_charging", "sensor.washing_status")
    add_states(hass, "number.aquarium_pump", "sensor.grid_current", **CURRENT_A)


@pytest.mark.usefixtures("easee")
async def test_a_charger_and_what_is_on_its_device(hass: HomeAssistant) -> None:
    """The current's entity leads to the device, and that to its sensors."""
    site = add_entry(hass)
    walk = await add_charger(hass, site)
    await walk.choose("entities")
    assert walk.shown() == {
        "current_entity": "number.carport_dynamic_limit",
        "switch_entity": "switch.carport_charging",
    }
    await walk.send(walk.shown() | {"name": "Carport"})
    shown = walk.shown()
    assert shown["measured_current_entity"] == "sensor.carport_current"
    assert shown["status_entity"] == "sensor.carport_status"


@pytest.mark.usefixtures("easee")
async def test_no_sensor_without_a_device(hass: HomeAssistant) -> None:
    """What stands by itself leads nowhere."""
    hass.states.async_set("number.helper", "6", {"min": 0, "max": 32})
    walk = await add_charger(hass, add_entry(hass))
    await walk.choose("entities")
    await walk.send({"name": "Carport", "current_entity": "number.helper"})
    assert not {"measured_current_entity", "status_entity"} & walk.shown().keys()


@pytest.mark.usefixtures("easee")
async def test_an_emptied_field_of_a_charger_stays_empty(hass: HomeAssistant) -> None:
    """A change suggests nothing: what is empty was left so."""
    site = add_entry(
        hass, CHARGER_DATA | {"current_entity": "number.carport_dynamic_limit"}
    )
    (charger,) = site.subentries.values()
    walk = await change_charger(hass, site, charger.subentry_id)
    await walk.choose("entities")
    assert "switch_entity" not in walk.shown()
    await walk.send(walk.shown())
    assert not {"measured_current_entity", "status_entity"} & walk.shown().keys()


async def test_nothing_is_found_where_nothing_is(hass: HomeAssistant) -> None:
    walk = await add_charger(hass, add_entry(hass))
    await walk.choose("entities")
    assert walk.shown() == {}
