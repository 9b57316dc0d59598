"""From what the config entry holds to a site, its meter and its chargers."""

from collections.abc import Mapping
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
from .chargers.status import StatusSensor
from .const import (
    CONF_CAN_EXPORT,
    CONF_CHARGING_STATES,
    CONF_CONNECTED_STATES,
    CONF_CURRENT_ENTITY,
    CONF_DISCONNECTED_STATES,
    CONF_DRIVER,
    CONF_ENABLED,
    CONF_FALLBACK_CURRENT_A,
    CONF_FRESHNESS_LIMIT_S,
    CONF_INVERT_SIGN,
    CONF_MAX_CURRENT_A,
    CONF_MEASURED_CURRENT_ENTITY,
    CONF_METER_KIND,
    CONF_METER_LOSS_BEHAVIOR,
    CONF_MIN_CURRENT_A,
    CONF_PAUSE_S,
    CONF_PHASE_ENTITIES,
    CONF_PHASES,
    CONF_POWER_ENTITY,
    CONF_RAMP_UP_TIME_S,
    CONF_RESPONSE_TIME_S,
    CONF_SERVICE_CURRENT_A,
    CONF_SET_CURRENT_ACTION,
    CONF_SIMULATED,
    CONF_START_CHARGING_ACTION,
    CONF_STATUS_ENTITY,
    CONF_STOP_CHARGING_ACTION,
    CONF_SWITCH_ENTITY,
    CONF_VOLTAGE_V,
    DEFAULT_ENABLED,
    DEFAULT_FALLBACK_CURRENT_A,
    DEFAULT_FRESHNESS_LIMIT_S,
    DEFAULT_MAX_CURRENT_A,
    DEFAULT_METER_LOSS_BEHAVIOR,
    DEFAULT_MIN_CURRENT_A,
    DEFAULT_PAUSE_S,
    DEFAULT_PHASES,
    DEFAULT_RAMP_UP_TIME_S,
    DEFAULT_RESPONSE_TIME_S,
    DEFAULT_SERVICE_CURRENT_A,
    DEFAULT_VOLTAGE_V,
    DOMAIN,
    DRIVER_ACTIONS,
    DRIVER_SIMULATED,
    METER_PHASE_CURRENT,
    METER_PHASE_POWER,
    METER_TOTAL_POWER,
    PHASE_KEYS,
    SUBENTRY_TYPE_CHARGER,
)
from .engine.model import (
    Charger,
    ChargerStatus,
    Circuit,
    Meter,
    MeterKind,
    MeterLoss,
    MeterLossBehavior,
    Phase,
    Response,
    Site,
)
from .meters.sensor import Sensor
from .meters.site_meter import SiteMeter
from .meters.state import Quantity

GRID_CIRCUIT_ID: Final = "grid"
CHARGER_TUNABLES: Final = frozenset({CONF_MAX_CURRENT_A, CONF_MIN_CURRENT_A})
# What decides where a charger's commands go.
CHARGER_CONTROL: Final = (
    CONF_DRIVER,
    CONF_CURRENT_ENTITY,
    CONF_SWITCH_ENTITY,
    CONF_SET_CURRENT_ACTION,
    CONF_START_CHARGING_ACTION,
    CONF_STOP_CHARGING_ACTION,
)
STATUS_LISTS: Final = {
    CONF_CHARGING_STATES: ChargerStatus.CHARGING,
    CONF_CONNECTED_STATES: ChargerStatus.CONNECTED,
    CONF_DISCONNECTED_STATES: ChargerStatus.DISCONNECTED,
}

SIMULATED_METER_KEYS: Final = ("meter_l1", "meter_l2", "meter_l3")
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


def chargers_of(entry: ConfigEntry[Any]) -> list[ConfigSubentry]:
    """Return the chargers of a site."""
    return list(entry.get_subentries_of_type(SUBENTRY_TYPE_CHARGER))


def phases_of(entry: ConfigEntry[Any]) -> tuple[Phase, ...]:
    """Return the phases of the grid connection."""
    return tuple(Phase)[: int(entry.data.get(CONF_PHASES, DEFAULT_PHASES))]


def charger_phases(
    entry: ConfigEntry[Any], data: Mapping[str, Any]
) -> tuple[Phase, ...]:
    """Return the site's phases in the charger's order; all when it names none."""
    names = data.get(CONF_PHASES)
    if not names:
        return phases_of(entry)
    return tuple(Phase(PHASE_KEYS.index(name)) for name in names)


def wiring_of(entry: ConfigEntry[Any]) -> tuple[Any, ...]:
    """Return all of an entry that cannot change without a reload."""
    return (
        entry.title,
        dict(entry.data),
        {
            subentry.subentry_id: (
                subentry.title,
                {
                    key: value
                    for key, value in subentry.data.items()
                    if key not in CHARGER_TUNABLES
                },
            )
            for subentry in chargers_of(entry)
        },
    )


def control_of(entry: ConfigEntry[Any]) -> dict[str, tuple[Any, ...]]:
    """Return for each charger where its commands go."""
    return {
        subentry.subentry_id: tuple(subentry.data.get(key) for key in CHARGER_CONTROL)
        for subentry in chargers_of(entry)
    }


def build_site(entry: ConfigEntry[Any], manual_limits_a: Mapping[str, float]) -> Site:
    """Return the site as it is configured and set now."""
    data, options = entry.data, entry.options
    phases = phases_of(entry)
    service_a = float(options.get(CONF_SERVICE_CURRENT_A, DEFAULT_SERVICE_CURRENT_A))
    first, second, third = (service_a if phase in phases else 0.0 for phase in Phase)
    kind = data.get(CONF_METER_KIND, METER_PHASE_CURRENT)
    return Site(
        circuits=(Circuit(circuit_id=GRID_CIRCUIT_ID, limit_a=(first, second, third)),),
        chargers=tuple(
            _build_charger(entry, subentry, manual_limits_a.get(subentry.subentry_id))
            for subentry in chargers_of(entry)
        ),
        voltage_v=float(data.get(CONF_VOLTAGE_V, DEFAULT_VOLTAGE_V)),
        phases=phases,
        meter=Meter(
            kind=MeterKind.TOTAL if kind == METER_TOTAL_POWER else MeterKind.PER_PHASE,
            freshness_limit_s=float(
                data.get(CONF_FRESHNESS_LIMIT_S, DEFAULT_FRESHNESS_LIMIT_S)
            ),
        ),
        meter_loss=MeterLoss(
            behavior=MeterLossBehavior(
                data.get(CONF_METER_LOSS_BEHAVIOR, DEFAULT_METER_LOSS_BEHAVIOR)
            ),
            fallback_current_a=float(
                data.get(CONF_FALLBACK_CURRENT_A, DEFAULT_FALLBACK_CURRENT_A)
            ),
        ),
        can_export=bool(data.get(CONF_CAN_EXPORT, False)),
        enabled=bool(options.get(CONF_ENABLED, DEFAULT_ENABLED)),
        ramp_up_time_s=float(options.get(CONF_RAMP_UP_TIME_S, DEFAULT_RAMP_UP_TIME_S)),
    )


def _build_charger(
    entry: ConfigEntry[Any], subentry: ConfigSubentry, manual_limit_a: float | None
) -> Charger:
    data = subentry.data
    return Charger(
        charger_id=subentry.subentry_id,
        circuit_id=GRID_CIRCUIT_ID,
        phases=charger_phases(entry, data),
        min_current_a=float(data.get(CONF_MIN_CURRENT_A, DEFAULT_MIN_CURRENT_A)),
        max_current_a=float(data.get(CONF_MAX_CURRENT_A, DEFAULT_MAX_CURRENT_A)),
        manual_limit_a=manual_limit_a,
        pause_s=float(data.get(CONF_PAUSE_S, DEFAULT_PAUSE_S)),
        response=Response(
            dead_time_s=float(data.get(CONF_RESPONSE_TIME_S, DEFAULT_RESPONSE_TIME_S))
        ),
        measures_current=_is_simulated(data) or CONF_MEASURED_CURRENT_ENTITY in data,
    )


def build_meter(hass: HomeAssistant, entry: ConfigEntry[Any]) -> SiteMeter:
    """Return the meter of a site.

    Raises:
        KeyError: when the simulated home's entities do not exist yet.
    """
    data = entry.data
    sign = -1.0 if data.get(CONF_INVERT_SIGN, False) else 1.0
    kind = data.get(CONF_METER_KIND, METER_PHASE_CURRENT)
    if data.get(CONF_SIMULATED):
        entity_ids = [
            _simulated_entity(hass, entry.entry_id, Platform.SENSOR, key)
            for key in SIMULATED_METER_KEYS[: len(phases_of(entry))]
        ]
    elif kind == METER_TOTAL_POWER:
        return SiteMeter(total=Sensor(data[CONF_POWER_ENTITY], Quantity.POWER, sign))
    else:
        entity_ids = [data.get(key, "") for key in CONF_PHASE_ENTITIES]
    quantity, factor = Quantity.CURRENT, sign
    if kind == METER_PHASE_POWER and not data.get(CONF_SIMULATED):
        quantity = Quantity.POWER
        factor = sign / float(data.get(CONF_VOLTAGE_V, DEFAULT_VOLTAGE_V))
    return SiteMeter(
        phases={
            phase: Sensor(entity_ids[phase], quantity, factor)
            for phase in phases_of(entry)
        }
    )


def build_driver(
    hass: HomeAssistant, entry: ConfigEntry[Any], subentry: ConfigSubentry
) -> ChargerDriver:
    """Return what carries commands to a charger."""
    data = _resolved(hass, subentry)
    if data[CONF_DRIVER] == DRIVER_ACTIONS:
        voltage_v = float(entry.data.get(CONF_VOLTAGE_V, DEFAULT_VOLTAGE_V))
        return ActionsDriver(
            hass,
            name=subentry.title,
            domain=DOMAIN,
            charger_id=subentry.subentry_id,
            watts_per_ampere=voltage_v * len(charger_phases(entry, data)),
            sequences={
                SET_CURRENT: data.get(CONF_SET_CURRENT_ACTION, ()),
                STOP_CHARGING: data.get(CONF_STOP_CHARGING_ACTION, ()),
                START_CHARGING: data.get(CONF_START_CHARGING_ACTION, ()),
            },
        )
    return EntitiesDriver(hass, data[CONF_CURRENT_ENTITY], data.get(CONF_SWITCH_ENTITY))


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


def _is_simulated(data: Mapping[str, Any]) -> bool:
    return bool(data.get(CONF_DRIVER) == DRIVER_SIMULATED)


def _resolved(hass: HomeAssistant, subentry: ConfigSubentry) -> dict[str, Any]:
    """Return a charger's data; a simulated one's with the entities of its home."""
    data = dict(subentry.data)
    if _is_simulated(data):
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
