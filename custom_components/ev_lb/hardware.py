"""From what the config entry holds to sensors and to what commands the chargers."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .chargers.actions import (
    SET_CURRENT,
    START_CHARGING,
    STOP_CHARGING,
    ActionsDriver,
)
from .chargers.driver import ChargerDriver
from .chargers.entities import EntitiesDriver
from .chargers.ocpp import OcppDriver
from .chargers.ocpp_profile import ProfileSettings, RateUnit, Validity
from .chargers.ocpp_station import Connector
from .chargers.status import StatusSensor
from .const import (
    CONF_BATTERY_INVERT_SIGN,
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_SOC_ENTITY,
    CONF_CHARGING_STATES,
    CONF_CONNECTED_STATES,
    CONF_CURRENT_ENTITY,
    CONF_DISCONNECTED_STATES,
    CONF_DRIVER,
    CONF_EXTERNAL_CAP_ENTITY,
    CONF_IMPORT_LIMIT_ENTITY,
    CONF_INVERT_SIGN,
    CONF_LEASE_S,
    CONF_LEFT_ALONE_CURRENT_A,
    CONF_MEASURED_CURRENT_ENTITY,
    CONF_METER_KIND,
    CONF_MONTH_PEAK_ENTITY,
    CONF_OCPP_CONNECTOR,
    CONF_OCPP_CPID,
    CONF_PHASE_ENTITIES,
    CONF_POWER_ENTITY,
    CONF_PROFILE_VALIDITY,
    CONF_RATE_UNIT,
    CONF_SET_CURRENT_ACTION,
    CONF_SIMULATED,
    CONF_SIMULATED_BATTERY,
    CONF_SIMULATED_SOLAR,
    CONF_SOLAR_POWER_ENTITY,
    CONF_SOLAR_POWER_KIND,
    CONF_STACK_LEVEL,
    CONF_START_CHARGING_ACTION,
    CONF_STATUS_ENTITY,
    CONF_STOP_CHARGING_ACTION,
    CONF_SWITCH_ENTITY,
    CONF_VOLTAGE_V,
    DEFAULT_VOLTAGE_V,
    DOMAIN,
    DRIVER_ACTIONS,
    DRIVER_OCPP,
    DRIVER_SIMULATED,
    METER_PHASE_POWER,
    METER_TOTAL_POWER,
    SOLAR_INVERTER,
)
from .engine.model import ChargerStatus, Phase
from .meters.sensor import Sensor
from .meters.signal import CapSignal
from .meters.site_meter import SiteMeter
from .meters.site_sensors import SiteSensors
from .meters.state import Quantity
from .wiring import circuits_of, external_cap_w, named_phases, phases_of

STATUS_LISTS: Final = {
    CONF_CHARGING_STATES: ChargerStatus.CHARGING,
    CONF_CONNECTED_STATES: ChargerStatus.CONNECTED,
    CONF_DISCONNECTED_STATES: ChargerStatus.DISCONNECTED,
}

SIMULATED_METER_KEYS: Final = ("meter_l1", "meter_l2", "meter_l3")
SIMULATED_EQUIPMENT: Final = {
    CONF_SOLAR_POWER_ENTITY: (CONF_SIMULATED_SOLAR, "solar_power"),
    CONF_BATTERY_SOC_ENTITY: (CONF_SIMULATED_BATTERY, "battery_soc"),
    CONF_BATTERY_POWER_ENTITY: (CONF_SIMULATED_BATTERY, "battery_power"),
}
"""What a simulated home may have, and the key of the sensor that tells of it."""
SIMULATED_ENTITIES: Final = {
    CONF_CURRENT_ENTITY: (Platform.NUMBER, "charger_limit"),
    CONF_SWITCH_ENTITY: (Platform.SWITCH, "charger_enabled"),
    CONF_MEASURED_CURRENT_ENTITY: (Platform.SENSOR, "car_current"),
    CONF_STATUS_ENTITY: (Platform.SENSOR, "car_status"),
}


def simulated_id(owner_id: str) -> str:
    """Return what the simulated hardware of a site or of a charger is known by.

    It begins the unique ids of its entities, and names its device.
    """
    return f"{owner_id}_simulated"


def build_sensors(hass: HomeAssistant, entry: ConfigEntry[Any]) -> SiteSensors:
    """Return the sensors of a site.

    Raises:
        KeyError: when the simulated home's entities do not exist yet.
    """
    data = entry.data | _simulated_equipment(hass, entry)
    voltage_v = float(data.get(CONF_VOLTAGE_V, DEFAULT_VOLTAGE_V))
    if data.get(CONF_SIMULATED):
        grid = _simulated_meter(hass, entry)
    else:
        grid = _build_meter(data, phases_of(entry), voltage_v)
    cap_entity = data.get(CONF_EXTERNAL_CAP_ENTITY)
    battery_sign = -1.0 if data.get(CONF_BATTERY_INVERT_SIGN, False) else 1.0
    return SiteSensors(
        grid=grid,
        circuits={
            circuit.subentry_id: _build_meter(
                circuit.data, named_phases(entry, circuit.data), voltage_v
            )
            for circuit in circuits_of(entry)
            if CONF_METER_KIND in circuit.data
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
    data: Mapping[str, Any], phases: tuple[Phase, ...], voltage_v: float
) -> SiteMeter:
    """Return the meter of the connection or of a circuit."""
    factor = -1.0 if data.get(CONF_INVERT_SIGN, False) else 1.0
    quantity = Quantity.CURRENT
    if data.get(CONF_METER_KIND) == METER_TOTAL_POWER:
        total = Sensor(data[CONF_POWER_ENTITY], Quantity.POWER, factor)
        return SiteMeter(total=total)
    if data.get(CONF_METER_KIND) == METER_PHASE_POWER:
        quantity, factor = Quantity.POWER, factor / voltage_v
    return SiteMeter(
        phases={
            phase: Sensor(data.get(CONF_PHASE_ENTITIES[phase], ""), quantity, factor)
            for phase in phases
        }
    )


def _simulated_meter(hass: HomeAssistant, entry: ConfigEntry[Any]) -> SiteMeter:
    phases = {}
    for phase in phases_of(entry):
        key = SIMULATED_METER_KEYS[phase]
        entity_id = _simulated_entity(hass, entry.entry_id, Platform.SENSOR, key)
        phases[phase] = Sensor(entity_id, Quantity.CURRENT)
    return SiteMeter(phases=phases)


def _simulated_equipment(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> dict[str, str]:
    """Return the sensors of a simulated home's sun and battery."""
    return {
        conf: _simulated_entity(hass, entry.entry_id, Platform.SENSOR, key)
        for conf, (present, key) in SIMULATED_EQUIPMENT.items()
        if entry.data.get(present)
    }


def build_driver(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    subentry: ConfigSubentry,
    now_s: Callable[[], float],
) -> ChargerDriver:
    """Return what carries commands to a charger, and hears it by the site's clock."""
    data = _resolved(hass, subentry)
    voltage_v = float(entry.data.get(CONF_VOLTAGE_V, DEFAULT_VOLTAGE_V))
    wires = len(named_phases(entry, data))
    if data[CONF_DRIVER] == DRIVER_OCPP:
        cpid, number = data[CONF_OCPP_CPID], int(data[CONF_OCPP_CONNECTOR])
        settings = _profile_settings(data, voltage_v, wires)
        return OcppDriver(hass, Connector.find(hass, cpid, number), settings, now_s)
    if data[CONF_DRIVER] == DRIVER_ACTIONS:
        return ActionsDriver(
            hass,
            name=subentry.title,
            domain=DOMAIN,
            charger_id=subentry.subentry_id,
            watts_per_ampere=voltage_v * wires,
            sequences={
                SET_CURRENT: data.get(CONF_SET_CURRENT_ACTION, ()),
                STOP_CHARGING: data.get(CONF_STOP_CHARGING_ACTION, ()),
                START_CHARGING: data.get(CONF_START_CHARGING_ACTION, ()),
            },
        )
    return EntitiesDriver(hass, data[CONF_CURRENT_ENTITY], data.get(CONF_SWITCH_ENTITY))


def _profile_settings(
    data: Mapping[str, Any], voltage_v: float, wires: int
) -> ProfileSettings:
    return ProfileSettings(
        stack_level=int(data[CONF_STACK_LEVEL]),
        rate_unit=RateUnit(data[CONF_RATE_UNIT]),
        validity=Validity(data[CONF_PROFILE_VALIDITY]),
        lease_s=float(data[CONF_LEASE_S]),
        fallback_current_a=float(data[CONF_LEFT_ALONE_CURRENT_A]),
        voltage_v=voltage_v,
        wires=wires,
    )


def build_measured(hass: HomeAssistant, subentry: ConfigSubentry) -> Sensor | None:
    """Return the sensor of what the car draws, if there is one."""
    entity_id = _resolved(hass, subentry).get(CONF_MEASURED_CURRENT_ENTITY)
    return Sensor(entity_id, Quantity.CURRENT) if entity_id else None


def build_status(hass: HomeAssistant, subentry: ConfigSubentry) -> StatusSensor | None:
    """Return the sensor of what the car does, if there is one."""
    data = _resolved(hass, subentry)
    if not (entity_id := data.get(CONF_STATUS_ENTITY)):
        return None
    return StatusSensor(
        entity_id,
        {
            state: status
            for key, status in STATUS_LISTS.items()
            for state in data.get(key, ())
        },
    )


def _resolved(hass: HomeAssistant, subentry: ConfigSubentry) -> dict[str, Any]:
    """Return a charger's data; a simulated one's with the entities of its home."""
    data = dict(subentry.data)
    if data.get(CONF_DRIVER) == DRIVER_SIMULATED:
        for conf, (platform, key) in SIMULATED_ENTITIES.items():
            data[conf] = _simulated_entity(hass, subentry.subentry_id, platform, key)
        for conf, status in STATUS_LISTS.items():
            data[conf] = [status.value]
    return data


def _simulated_entity(
    hass: HomeAssistant, owner_id: str, platform: Platform, key: str
) -> str:
    unique_id = f"{simulated_id(owner_id)}_{key}"
    entity_id = er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id)
    if entity_id is None:
        raise KeyError(unique_id)
    return entity_id
