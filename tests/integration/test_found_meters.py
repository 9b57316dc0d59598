"""Known meters are found among the entities, and fill in the forms when chosen."""

from datetime import timedelta
from typing import Any

from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.ev_lb.flows.enabling import LOADED_S, VALUE_S

from .flows import Walk, add_site, change_site
from .sites import EQUIPMENT, METER_LOSS, add_entry, set_entities

pytestmark = pytest.mark.usefixtures("mock_setup_entry")

KINDS = {"A": "current", "V": "voltage", "W": "power", "kW": "power", "kWh": "energy"}


def add_meter(
    hass: HomeAssistant,
    platform: str,
    entities: dict[str, str],
    *,
    disabled: tuple[str, ...] = (),
    manufacturer: str = "",
    names: bool = False,
    name: str = "Meter",
) -> None:
    """Register a meter's entities: units by unique ID, or by name or key."""
    entry = MockConfigEntry(domain=platform)
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(platform, f"{name} {len(entities)}")},
        manufacturer=manufacturer,
        name=name,
    )
    for mark, unit in entities.items():
        er.async_get(hass).async_get_or_create(
            "sensor",
            platform,
            f"{entry.entry_id}-{mark}" if names else mark,
            suggested_object_id=f"entity_{len(er.async_get(hass).entities)}",
            config_entry=entry,
            device_id=device.id,
            original_name=mark if names else None,
            translation_key=mark if names else None,
            original_device_class=KINDS[unit],
            unit_of_measurement=unit,
            disabled_by=er.RegistryEntryDisabler.INTEGRATION
            if mark in disabled
            else None,
        )


def each(pattern: str, unit: str, phases: str = "123") -> dict[str, str]:
    return {pattern.replace("#", phase): unit for phase in phases}


DSMR_PHASES = {
    **each("S1_instantaneous_current_l#", "A"),
    **each("S1_instantaneous_active_power_l#_positive", "kW"),
    **each("S1_instantaneous_active_power_l#_negative", "kW"),
    **each("S1_instantaneous_voltage_l#", "V"),
}
DSMR_TOTAL = {
    "S1_current_electricity_usage": "kW",
    "S1_current_electricity_delivery": "kW",
}
HOMEWIZARD = {
    **each("HWE-P1_3c_active_power_l#_w", "W"),
    "HWE-P1_3c_active_power_w": "W",
    "HWE-P1_3c_active_power_average_w": "W",
}
SHELLY = {**each("AA-em:0-#_act_power", "W", "abc"), "AA-em:0-total_act_power": "W"}


async def offered(hass: HomeAssistant) -> tuple[Walk, dict[str, str]]:
    """Open the form of the meters that were found."""
    walk = await add_site(hass)
    await walk.choose("home")
    if walk.result["step_id"] != "found_meter":
        return walk, {}
    options = walk.result["data_schema"].schema["found_meter"].config["options"]
    return walk, {option["label"]: option["value"] for option in options}


@pytest.mark.parametrize(
    ("platform", "entities", "label", "values"),
    [
        (
            "dsmr",
            DSMR_PHASES | DSMR_TOTAL,
            "DSMR smart meter: Meter (L1, L2, L3: A, W, V)",
            ("phase_current", "3", False, 90.0, 12),
        ),
        (
            "dsmr",
            {key: unit for key, unit in DSMR_PHASES.items() if "l1" in key},
            "DSMR smart meter: Meter (L1: A, W, V)",
            ("phase_current", "1", False, 90.0, 4),
        ),
        (
            "dsmr",
            DSMR_TOTAL,
            "DSMR smart meter: Meter (L1 + L2 + L3: W)",
            ("total_power", "3", False, 90.0, 2),
        ),
        (
            "homewizard",
            HOMEWIZARD,
            "HomeWizard: Meter (L1, L2, L3: W)",
            ("phase_power", "3", False, 30.0, 3),
        ),
        (
            "shelly",
            SHELLY,
            "Shelly Pro 3EM: Meter (L1, L2, L3: W)",
            ("phase_power", "3", False, 30.0, 3),
        ),
        # Without the power of a phase, nothing tells import from export.
        (
            "tibber",
            {**each("H_rt_currentL#", "A"), "H_rt_power": "W"},
            "Tibber Pulse: Meter (L1, L2, L3: A)",
            ("phase_current", "3", False, 30.0, 3),
        ),
        # SunSpec counts export as positive; the inverter's currents are not the grid's.
        (
            "solaredge_modbus",
            {
                **each("7F_ac_current_phase_#", "A", "abc"),
                "7F_ac_power": "W",
                **each("7F_meter_1_ac_power_phase_#", "W", "abc"),
                **each("7F_meter_1_ac_current_phase_#", "A", "abc"),
            },
            "SolarEdge meter: Meter (L1, L2, L3: A, W)",
            ("phase_current", "3", True, 30.0, 6),
        ),
        (
            "goodwe",
            each("goodwe-meter_active_power#-9010", "W"),
            "GoodWe meter: Meter (L1, L2, L3: W)",
            ("phase_power", "3", True, 30.0, 3),
        ),
        (
            "sma",
            {
                **each("9-6100_0046E#00_0", "W", "89ABCD"),
                "9-6100_40466500_0": "A",
                "9-6100_40466600_0": "A",
                "9-6100_40466B00_0": "A",
                "9-6100_0046E500_0": "V",
            },
            "SMA energy meter: Meter (L1, L2, L3: A, W)",
            ("phase_current", "3", False, 30.0, 9),
        ),
        (
            "enphase_envoy",
            {
                **each("12_net_consumption_l#", "W"),
                "12_net_consumption": "W",
                "12_balanced_net_consumption": "W",
                "12_lifetime_net_consumption": "kWh",
            },
            "Enphase Envoy: Meter (L1, L2, L3: W)",
            ("phase_power", "3", False, 180.0, 3),
        ),
        (
            "victron_gx",
            {
                **each("i_grid_30_grid_power_L#", "W"),
                **each("i_system_0_system_grid_power_L#", "W"),
            },
            "Victron grid meter: Meter (L1, L2, L3: W)",
            ("phase_power", "3", False, 30.0, 3),
        ),
    ],
)
async def test_a_known_meter_is_offered(
    hass: HomeAssistant,
    platform: str,
    entities: dict[str, str],
    label: str,
    values: tuple[str, str, bool, float, int],
) -> None:
    """It is the only one, it is named, and it fills in all the forms."""
    add_meter(hass, platform, entities)
    walk, labels = await offered(hass)
    assert list(labels) == [label]
    assert walk.shown() == {"found_meter": labels[label]}

    await walk.send(walk.shown())
    kind, phases, inverted, freshness_limit_s, count = values
    home = walk.shown()
    assert (home["meter_kind"], home["phases"]) == (kind, phases)
    await walk.send({})
    meter = walk.shown()
    assert meter["invert_sign"] is inverted
    assert meter["freshness_limit_s"] == freshness_limit_s
    picked = [value for key, value in meter.items() if key.endswith("_entity")]
    assert len(set(picked)) == len(picked) == count
    more = [key for key in meter if key.endswith("_entity") and key.count("_") > 1]
    sent = {key: value for key, value in meter.items() if key not in more}
    for key in ("freshness_limit_s", "meter_delay_s"):
        sent.pop(key, None)
    await walk.send(sent | {"more_sensors": {key: meter[key] for key in more}})
    await walk.send(METER_LOSS)
    await walk.send(EQUIPMENT)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert meter.items() <= walk.result["data"].items()


@pytest.mark.parametrize(
    ("platform", "entities", "manufacturer"),
    [
        (
            "esphome",
            {
                **each("Current Phase #", "A"),
                **each("Power Consumed Phase #", "kW"),
                **each("Power Produced Phase #", "kW"),
            },
            "zuidwijk",
        ),
        ("esphome", {"power_delivered": "W", "power_returned": "W"}, ""),
        ("solarman", each("external_ct#_power", "W"), ""),
    ],
)
async def test_names_tell_where_unique_ids_do_not(
    hass: HomeAssistant, platform: str, entities: dict[str, str], manufacturer: str
) -> None:
    add_meter(hass, platform, entities, names=True, manufacturer=manufacturer)
    _, labels = await offered(hass)
    assert len(labels) == 1


@pytest.mark.parametrize(("manufacturer", "count"), [("AmsToMqttBridge", 1), ("", 0)])
async def test_a_meter_on_mqtt_is_known_by_its_maker(
    hass: HomeAssistant, manufacturer: str, count: int
) -> None:
    """Its export comes with the first sun; until then import is all there is."""
    entities = {**each("ams-1_I#", "A"), **each("ams-1_P#", "W"), "ams-1_P": "W"}
    add_meter(hass, "mqtt", entities, manufacturer=manufacturer)
    _, labels = await offered(hass)
    assert len(labels) == count


async def shipped_dsmr(hass: HomeAssistant) -> Walk:
    """Choose the phases of a meter whose phases are disabled, as it comes."""
    add_meter(hass, "dsmr", DSMR_PHASES | DSMR_TOTAL, disabled=tuple(DSMR_PHASES))
    walk, labels = await offered(hass)
    total, phases = labels
    assert total == "DSMR smart meter: Meter (L1 + L2 + L3: W)"
    assert phases == "DSMR smart meter: Meter (L1, L2, L3: A, W, V)"
    assert walk.shown() == {"found_meter": labels[phases]}
    await walk.send({"found_meter": labels[phases]})
    assert walk.result["step_id"] == "enable"
    assert walk.shown() == {"enable": True}
    return walk


def disabled_of(hass: HomeAssistant) -> list[str]:
    return [e.entity_id for e in er.async_get(hass).entities.values() if e.disabled]


async def test_sensors_that_come_disabled_are_enabled(hass: HomeAssistant) -> None:
    walk = await shipped_dsmr(hass)
    disabled = disabled_of(hass)
    assert len(disabled) == len(DSMR_PHASES)
    for entity_id in disabled:
        assert entity_id in walk.result["description_placeholders"]["sensors"]

    await walk.send({"enable": True})
    assert walk.result["type"] is FlowResultType.SHOW_PROGRESS
    assert disabled_of(hass) == []
    # As soon as the integration is loaded again, and has read its meter.
    for entity_id in disabled:
        hass.states.async_set(entity_id, "unknown")
    for entity_id in disabled:
        hass.states.async_set(entity_id, "1.0")
    await walk.wait(hass)
    assert walk.result["step_id"] == "home"
    assert walk.shown()["meter_kind"] == "phase_current"


async def test_sensors_that_stay_away_are_named(hass: HomeAssistant) -> None:
    walk = await shipped_dsmr(hass)
    first, *others = disabled_of(hass)
    await walk.send({"enable": True})
    for entity_id in others:
        hass.states.async_set(entity_id, "unknown")
    for wait_s in (LOADED_S, LOADED_S + VALUE_S):
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=wait_s + 1))
        await hass.async_block_till_done()
    await walk.wait(hass)
    assert walk.errors == {"base": "sensors_missing"}
    assert first in walk.result["description_placeholders"]["sensors"]
    assert others[0] not in walk.result["description_placeholders"]["sensors"]

    await walk.send({"enable": False})
    assert walk.result["step_id"] == "found_meter"


async def test_sensors_stay_disabled_where_the_owner_wants_that(
    hass: HomeAssistant,
) -> None:
    walk = await shipped_dsmr(hass)
    await walk.send({"enable": False})
    assert walk.result["step_id"] == "found_meter"
    assert len(disabled_of(hass)) == len(DSMR_PHASES)


async def test_two_meters_are_a_question(hass: HomeAssistant) -> None:
    add_meter(hass, "shelly", SHELLY, name="Heat pump")
    add_meter(hass, "homewizard", HOMEWIZARD)
    walk, labels = await offered(hass)
    assert set(labels) == {
        "Shelly Pro 3EM: Heat pump (L1, L2, L3: W)",
        "HomeWizard: Meter (L1, L2, L3: W)",
    }
    assert walk.shown() == {}
    await walk.send({})
    assert walk.result["step_id"] == "home"
    assert "meter_kind" not in walk.shown()


async def test_two_meters_of_one_name_are_a_question_too(hass: HomeAssistant) -> None:
    add_meter(hass, "shelly", SHELLY)
    other = {mark.replace("AA", "BB"): unit for mark, unit in SHELLY.items()}
    add_meter(hass, "shelly", other)
    walk, labels = await offered(hass)
    assert len(labels) == len(set(labels.values())) == 2
    assert all("Shelly Pro 3EM: Meter (L1, L2, L3: W)" in label for label in labels)
    assert walk.shown() == {}


@pytest.mark.parametrize(
    ("platform", "entities"),
    [
        ("shelly", {"AA-switch:0-power": "W", "AA-switch:0-current": "A"}),
        ("homewizard", {"HWE-SKT_3c_active_power_l1_w": "kWh"}),
        ("sma", each("9-6100_0046E#00_0", "W", "89A")),
        ("tasmota", each("x_active_power_l#_w", "W")),
        ("dsmr", {"S1_current_electricity_usage": "kW"}),
        ("youless", {"youless_1_extra_usage": "W"}),
    ],
)
async def test_nothing_is_made_up(
    hass: HomeAssistant, platform: str, entities: dict[str, str]
) -> None:
    add_meter(hass, platform, entities)
    _, labels = await offered(hass)
    assert labels == {}


async def test_a_site_changes_to_a_meter_that_was_found(hass: HomeAssistant) -> None:
    set_entities(hass)
    entry = add_entry(hass)
    walk = await change_site(hass, entry)
    assert "found_meter" not in walk.result["menu_options"]
    add_meter(hass, "homewizard", HOMEWIZARD)
    walk = await change_site(hass, entry)
    await walk.choose("found_meter")
    await walk.send(walk.shown())
    await walk.send({})
    await walk.send({})
    assert walk.result["reason"] == "reconfigure_successful"
    assert entry.data["meter_kind"] == "phase_power"
    assert "l1_power_entity" not in entry.data


LATE = [
    ("tibber", {**each("H_rt_currentL#", "A"), "H_rt_power": "W"}, 10.0),
    ("discovergy", each("H-power#", "W"), 30.0),
    ("homewizard", HOMEWIZARD, None),
    ("shelly", SHELLY, None),
]


@pytest.mark.parametrize(("platform", "entities", "delay_s"), LATE)
async def test_the_form_shows_and_keeps_how_late_a_known_meter_is(
    hass: HomeAssistant, platform: str, entities: dict[str, str], delay_s: float | None
) -> None:
    """One that is no later than most has an empty field: steps of cars find it out."""
    add_meter(hass, platform, entities)
    walk, _ = await offered(hass)
    await walk.send(walk.shown())
    await walk.send({})
    shown = walk.shown()
    assert shown.get("meter_delay_s") == delay_s

    own = ("freshness_limit_s", "meter_delay_s")
    advanced = {key: shown[key] for key in own if key in shown}
    sent = {key: value for key, value in shown.items() if key not in own}
    await walk.send(sent | {"advanced": advanced})
    await walk.send(METER_LOSS)
    await walk.send(EQUIPMENT)
    assert walk.result["data"].get("meter_delay_s") == delay_s


async def test_another_meter_does_not_keep_the_delay_of_the_one_before(
    hass: HomeAssistant,
) -> None:
    set_entities(hass)
    entry = add_entry(hass)
    for platform, entities, delay_s in LATE[1:3]:
        add_meter(hass, platform, entities)
        walk = await change_site(hass, entry)
        await walk.choose("found_meter")
        schema = walk.result["data_schema"].schema["found_meter"]
        keys = [option["value"] for option in schema.config["options"]]
        chosen = next(key for key in keys if key.startswith(platform))
        await walk.send({"found_meter": chosen})
        await walk.send({})
        await walk.send({})
        assert walk.result["reason"] == "reconfigure_successful"
        assert entry.data.get("meter_delay_s") == delay_s


async def set_energy(hass: HomeAssistant, *sources: dict[str, Any]) -> None:
    """Set up the Energy dashboard."""
    (await async_get_manager(hass)).data = {"energy_sources": list(sources)}  # type: ignore[typeddict-item]


async def at_total(hass: HomeAssistant) -> Walk:
    """Walk to the form of a meter of the total power."""
    set_entities(hass)
    walk = await add_site(hass)
    await walk.choose("home")
    await walk.send({"meter_kind": "total_power"})
    return walk


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            {"stat_rate": "sensor.grid_power_l2"},
            {"power_entity": "sensor.grid_power_l2", "invert_sign": False},
        ),
        (
            {"power_config": {"stat_rate_inverted": "sensor.grid_power_l2"}},
            {"power_entity": "sensor.grid_power_l2", "invert_sign": True},
        ),
        (
            {
                "power_config": {
                    "stat_rate_from": "sensor.grid_power_l2",
                    "stat_rate_to": "sensor.grid_power_l3",
                }
            },
            {
                "power_entity": "sensor.grid_power_l2",
                "export_power_entity": "sensor.grid_power_l3",
            },
        ),
        # The words of the names decide where the dashboard does not help.
        (
            {"stat_rate": "sensor.outdoor"},
            {"power_entity": "sensor.grid_power", "invert_sign": False},
        ),
        ({}, {"power_entity": "sensor.grid_power"}),
    ],
)
async def test_the_energy_dashboard_knows_the_grid(
    hass: HomeAssistant, source: dict[str, Any], expected: dict[str, Any]
) -> None:
    await set_energy(hass, {"type": "grid", "stat_energy_to": "sensor.out", **source})
    walk = await at_total(hass)
    shown = walk.shown()
    assert expected.items() <= shown.items()
    assert shown["can_export"] is True


async def test_of_two_connections_the_dashboard_knows_none(
    hass: HomeAssistant,
) -> None:
    rows = [{"type": "grid", "stat_rate": f"sensor.grid_power_l{n}"} for n in (1, 2)]
    await set_energy(hass, *rows)
    shown = (await at_total(hass)).shown()
    assert shown["power_entity"] == "sensor.grid_power"
    assert shown["can_export"] is False


async def test_the_energy_dashboard_knows_sun_and_battery(hass: HomeAssistant) -> None:
    """Its battery is positive while it gives, ours while it charges."""
    await set_energy(
        hass,
        {"type": "solar", "stat_rate": "sensor.grid_power_l3"},
        {
            "type": "battery",
            "stat_rate": "sensor.storage_power",
            "stat_soc": "sensor.storage_soc",
        },
    )
    walk = await at_total(hass)
    await walk.send({"power_entity": "sensor.grid_power"})
    await walk.send(METER_LOSS)
    await walk.send({"equipment": ["solar", "battery"]})
    assert walk.shown()["solar_power_entity"] == "sensor.grid_power_l3"
    await walk.send(walk.shown())
    shown = walk.shown()
    assert shown["battery_power_entity"] == "sensor.storage_power"
    assert shown["battery_soc_entity"] == "sensor.storage_soc"
    assert shown["battery_invert_sign"] is True
