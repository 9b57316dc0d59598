"""From what the config entry holds to the sensors that a site's meters are made of."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from custom_components.ev_lb.const import (
    CONF_BATTERY_INVERT_SIGN,
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_SOC_ENTITY,
    CONF_EXPORT_ENTITIES,
    CONF_EXPORT_POWER_ENTITY,
    CONF_EXTERNAL_CAP_ENTITY,
    CONF_HEARTBEAT_ENTITY,
    CONF_IMPORT_LIMIT_ENTITY,
    CONF_INVERT_SIGN,
    CONF_METER_KIND,
    CONF_MONTH_PEAK_ENTITY,
    CONF_PHASE_ENTITIES,
    CONF_PHASE_POWER_ENTITIES,
    CONF_POWER_ENTITY,
    CONF_SIMULATED,
    CONF_SIMULATED_BATTERY,
    CONF_SIMULATED_SOLAR,
    CONF_SOLAR_POWER_ENTITY,
    CONF_SOLAR_POWER_KIND,
    CONF_VOLTAGE_ENTITIES,
    METER_PHASE_POWER,
    METER_TOTAL_POWER,
    SOLAR_INVERTER,
)
from custom_components.ev_lb.engine.model import Phase
from custom_components.ev_lb.meters.combined import NetPower, PhaseCurrent, Source
from custom_components.ev_lb.meters.sensor import Sensor
from custom_components.ev_lb.meters.signal import CapSignal
from custom_components.ev_lb.meters.site_meter import SiteMeter
from custom_components.ev_lb.meters.site_sensors import SiteSensors
from custom_components.ev_lb.meters.state import Quantity
from custom_components.ev_lb.settings import SITE

from .drivers import simulated_entity
from .equipment import external_cap_w
from .site import circuits_of, named_phases, phases_of, volts_of
from .site_soundness import circuit_data, site_data

SIMULATED_METER_KEYS: Final = ("meter_l1", "meter_l2", "meter_l3")
SIMULATED_EQUIPMENT: Final = {
    CONF_SOLAR_POWER_ENTITY: (CONF_SIMULATED_SOLAR, "solar_power"),
    CONF_BATTERY_SOC_ENTITY: (CONF_SIMULATED_BATTERY, "battery_soc"),
    CONF_BATTERY_POWER_ENTITY: (CONF_SIMULATED_BATTERY, "battery_power"),
}
"""What a simulated home may have, and the key of its sensor."""


def build_sensors(hass: HomeAssistant, entry: ConfigEntry[Any]) -> SiteSensors:
    """Return the sensors of a site.

    Raises:
        KeyError: when the simulated home's entities do not exist yet.
    """
    data = site_data(entry) | _simulated_equipment(hass, entry)
    voltage_v = volts_of(entry)
    circuits = {row.subentry_id: circuit_data(row) for row in circuits_of(entry)}
    if data.get(CONF_SIMULATED):
        grid = _simulated_meter(hass, entry)
    else:
        grid = _build_meter(data, phases_of(entry), voltage_v)
    cap_entity = data.get(CONF_EXTERNAL_CAP_ENTITY)
    battery_sign = -1.0 if SITE[CONF_BATTERY_INVERT_SIGN].of(data) else 1.0
    return SiteSensors(
        grid=grid,
        circuits={
            circuit_id: _build_meter(row, named_phases(entry, row), voltage_v)
            for circuit_id, row in circuits.items()
            if CONF_METER_KIND in row
        },
        solar_power=_build_sensor(data, CONF_SOLAR_POWER_ENTITY),
        solar_behind_inverter=data.get(CONF_SOLAR_POWER_KIND) == SOLAR_INVERTER,
        battery_soc=_build_sensor(data, CONF_BATTERY_SOC_ENTITY, Quantity.RATIO),
        battery_power=_build_sensor(
            data, CONF_BATTERY_POWER_ENTITY, factor=battery_sign
        ),
        import_limit=_build_sensor(data, CONF_IMPORT_LIMIT_ENTITY),
        external_cap=None
        if cap_entity is None
        else CapSignal(cap_entity, external_cap_w(entry)),
        month_peak=_build_sensor(data, CONF_MONTH_PEAK_ENTITY),
    )


def _build_sensor(
    data: Mapping[str, Any],
    key: str,
    quantity: Quantity = Quantity.POWER,
    factor: float = 1.0,
) -> Sensor | None:
    return Sensor(data[key], quantity, factor) if key in data else None


def _build_meter(
    data: Mapping[str, Any],
    phases: tuple[Phase, ...],
    voltage_v: float,
) -> SiteMeter:
    """Return the meter of the connection or of a circuit."""
    if data.get(CONF_METER_KIND) == METER_TOTAL_POWER:
        total = _build_power(data, CONF_POWER_ENTITY, CONF_EXPORT_POWER_ENTITY)
        meter = SiteMeter(total=total)
    else:
        meter = SiteMeter(
            phases={phase: _build_phase(data, phase, voltage_v) for phase in phases}
        )
    if CONF_HEARTBEAT_ENTITY in data:
        meter.heartbeat_ids = frozenset({data[CONF_HEARTBEAT_ENTITY]})
    return meter


def _build_phase(data: Mapping[str, Any], phase: Phase, voltage_v: float) -> Source:
    """Return the source of the current of a phase."""
    current: Sensor | None = None
    power_key = CONF_PHASE_ENTITIES[phase]
    if data.get(CONF_METER_KIND) != METER_PHASE_POWER:
        power_key = CONF_PHASE_POWER_ENTITIES[phase]
        entity_id = data.get(CONF_PHASE_ENTITIES[phase], "")
        current = Sensor(entity_id, Quantity.CURRENT, _sign(data))
        if power_key not in data:
            return current
    return PhaseCurrent(
        _build_power(data, power_key, CONF_EXPORT_ENTITIES[phase]),
        voltage_v,
        current=current,
        voltage=_build_sensor(data, CONF_VOLTAGE_ENTITIES[phase], Quantity.VOLTAGE),
    )


def _build_power(data: Mapping[str, Any], key: str, export_key: str) -> Source:
    """Return the source of a power: one sensor, or one for each direction."""
    entity_id = data.get(key, "")
    if export_key not in data:
        return Sensor(entity_id, Quantity.POWER, _sign(data))
    return NetPower(
        Sensor(entity_id, Quantity.POWER),
        Sensor(data[export_key], Quantity.POWER),
        _sign(data),
    )


def _sign(data: Mapping[str, Any]) -> float:
    return -1.0 if SITE[CONF_INVERT_SIGN].of(data) else 1.0


def _simulated_meter(hass: HomeAssistant, entry: ConfigEntry[Any]) -> SiteMeter:
    phases = {}
    for phase in phases_of(entry):
        key = SIMULATED_METER_KEYS[phase]
        entity_id = simulated_entity(hass, entry.entry_id, Platform.SENSOR, key)
        phases[phase] = Sensor(entity_id, Quantity.CURRENT)
    return SiteMeter(phases=phases)


def _simulated_equipment(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> dict[str, str]:
    """Return the sensors of a simulated home's sun and battery."""
    return {
        conf: simulated_entity(hass, entry.entry_id, Platform.SENSOR, key)
        for conf, (present, key) in SIMULATED_EQUIPMENT.items()
        if site_data(entry).get(present)
    }
