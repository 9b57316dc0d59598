"""From what the config entry holds to the drivers of chargers, and to their sensors."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.ev_lb.chargers.actions import (
    SET_CURRENT,
    START_CHARGING,
    STOP_CHARGING,
    ActionsDriver,
)
from custom_components.ev_lb.chargers.driver import ChargerDriver
from custom_components.ev_lb.chargers.entities import EntitiesDriver
from custom_components.ev_lb.chargers.facts import Family
from custom_components.ev_lb.chargers.families import FAMILIES
from custom_components.ev_lb.chargers.find import Found, find
from custom_components.ev_lb.chargers.ocpp import OcppDriver
from custom_components.ev_lb.chargers.ocpp_profile import (
    ProfileSettings,
    RateUnit,
    Validity,
)
from custom_components.ev_lb.chargers.ocpp_station import Connector
from custom_components.ev_lb.chargers.phase_switch import PhaseSwitch
from custom_components.ev_lb.chargers.picked import picked, plug
from custom_components.ev_lb.chargers.status import StatusSensor
from custom_components.ev_lb.const import (
    CONF_ALL_PHASES_STATE,
    CONF_CHARGING_STATES,
    CONF_CONNECTED_STATES,
    CONF_CURRENT_ENTITY,
    CONF_DISCONNECTED_STATES,
    CONF_DRIVER,
    CONF_FAMILY,
    CONF_FAMILY_OWNER,
    CONF_LEASE_S,
    CONF_LEFT_ALONE_CURRENT_A,
    CONF_LIMIT_KIND,
    CONF_MAX_CURRENT_A,
    CONF_MEASURED_CURRENT_ENTITY,
    CONF_OCPP_CONNECTOR,
    CONF_OCPP_CPID,
    CONF_ONE_PHASE_STATE,
    CONF_PHASES,
    CONF_PHASES_ENTITY,
    CONF_PROFILE_VALIDITY,
    CONF_RATE_UNIT,
    CONF_SET_CURRENT_ACTION,
    CONF_STACK_LEVEL,
    CONF_START_CHARGING_ACTION,
    CONF_STATUS_ENTITY,
    CONF_STOP_CHARGING_ACTION,
    CONF_SWITCH_ENTITY,
    DOMAIN,
    DRIVER_ACTIONS,
    DRIVER_FAMILY,
    DRIVER_OCPP,
    DRIVER_PLUG,
    DRIVER_SIMULATED,
)
from custom_components.ev_lb.engine.model import ChargerStatus
from custom_components.ev_lb.meters.sensor import Sensor
from custom_components.ev_lb.meters.state import Quantity

from .site import named_phases, volts_of

STATUS_LISTS: Final = {
    CONF_CHARGING_STATES: ChargerStatus.CHARGING,
    CONF_CONNECTED_STATES: ChargerStatus.CONNECTED,
    CONF_DISCONNECTED_STATES: ChargerStatus.DISCONNECTED,
}

ELECTRICITY_PRICE: Final = "electricity_price"
"""The key of the sensor of the price in a simulated home."""

SIMULATED_ENTITIES: Final = {
    CONF_CURRENT_ENTITY: (Platform.NUMBER, "charger_limit"),
    CONF_SWITCH_ENTITY: (Platform.SWITCH, "charger_enabled"),
    CONF_MEASURED_CURRENT_ENTITY: (Platform.SENSOR, "car_current"),
    CONF_STATUS_ENTITY: (Platform.SENSOR, "car_status"),
}


def simulated_price_key(entry_id: str) -> str:
    """Return the unique id of the sensor of the price in a simulated home."""
    return f"{simulated_id(entry_id)}_{ELECTRICITY_PRICE}"


def simulated_id(owner_id: str) -> str:
    """Return what the simulated hardware of a site or of a charger is known by.

    It begins the unique ids of its entities, and names its device.
    """
    return f"{owner_id}_simulated"


def build_driver(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    subentry: ConfigSubentry,
    now_s: Callable[[], float],
) -> ChargerDriver:
    """Return what carries commands to a charger, and hears it by the site's clock."""
    data = _resolved(hass, subentry)
    voltage_v = volts_of(entry)
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
    family, found, name = _facts_of(hass, data)
    return EntitiesDriver(
        hass,
        family,
        family.limits[name],
        found,
        now_s,
        wires=wires,
        lease_s=float(data.get(CONF_LEASE_S, 0.0)),
    )


def _facts_of(
    hass: HomeAssistant, data: Mapping[str, Any]
) -> tuple[Family, Found, str]:
    """Return what is known of a charger, and the name of the limit to set."""
    if data[CONF_DRIVER] == DRIVER_FAMILY:
        family = FAMILIES[data[CONF_FAMILY]]
        found = find(hass, family, data[CONF_FAMILY_OWNER])
        return family, found, data[CONF_LIMIT_KIND]
    if data[CONF_DRIVER] == DRIVER_PLUG:
        rated_a = float(data[CONF_MAX_CURRENT_A])
        family, found = plug(data[CONF_SWITCH_ENTITY], rated_a)
    else:
        family, found = picked(data[CONF_CURRENT_ENTITY], data.get(CONF_SWITCH_ENTITY))
    return family, found, next(iter(family.limits))


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


def build_phase_switch(
    hass: HomeAssistant, subentry: ConfigSubentry
) -> PhaseSwitch | None:
    """Return what switches the charger's phases, if anything does."""
    data = subentry.data
    if not (entity_id := data.get(CONF_PHASES_ENTITY)):
        return None
    count_of = {
        data[CONF_ALL_PHASES_STATE]: len(data[CONF_PHASES]),
        data[CONF_ONE_PHASE_STATE]: 1,
    }
    return PhaseSwitch(hass, entity_id, count_of)


def _resolved(hass: HomeAssistant, subentry: ConfigSubentry) -> dict[str, Any]:
    """Return a charger's data; a simulated one's with the entities of its home."""
    data = dict(subentry.data)
    if data.get(CONF_DRIVER) == DRIVER_SIMULATED:
        for conf, (platform, key) in SIMULATED_ENTITIES.items():
            data[conf] = simulated_entity(hass, subentry.subentry_id, platform, key)
        for conf, status in STATUS_LISTS.items():
            data[conf] = [status.value]
    return data


def simulated_entity(
    hass: HomeAssistant, owner_id: str, platform: Platform, key: str
) -> str:
    """Return the entity of simulated hardware.

    Raises:
        KeyError: when it does not exist yet.
    """
    unique_id = f"{simulated_id(owner_id)}_{key}"
    entity_id = er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id)
    if entity_id is None:
        raise KeyError(unique_id)
    return entity_id
