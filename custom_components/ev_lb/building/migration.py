"""Takes over config entries of earlier versions, and of the predecessor.

The predecessor (Watt-O-Balancer) has the same domain: one meter of total power,
one charger that scripts control, and settings that only its entities remember.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import STATE_OFF, Platform
from homeassistant.core import HomeAssistant, callback, split_entity_id
from homeassistant.helpers import device_registry as dr, entity_registry as er

from custom_components.ev_lb.const import (
    CONF_CAN_EXPORT,
    CONF_DRIVER,
    CONF_ENABLED,
    CONF_FALLBACK_CURRENT_A,
    CONF_FRESHNESS_LIMIT_S,
    CONF_INVERT_SIGN,
    CONF_MAX_CURRENT_A,
    CONF_METER_KIND,
    CONF_METER_LOSS_BEHAVIOR,
    CONF_MIN_CURRENT_A,
    CONF_PHASES,
    CONF_POWER_ENTITY,
    CONF_RAMP_UP_TIME_S,
    CONF_SERVICE_CURRENT_A,
    CONF_SET_CURRENT_ACTION,
    CONF_START_CHARGING_ACTION,
    CONF_STATUS_ENTITY,
    CONF_STOP_CHARGING_ACTION,
    CONF_VOLTAGE_V,
    CONFIG_VERSION,
    DEFAULT_PHASES,
    DOMAIN,
    DRIVER_ACTIONS,
    METER_PHASE_CURRENT,
    METER_TOTAL_POWER,
    PHASE_L1,
    SUBENTRY_TYPE_CHARGER,
)
from custom_components.ev_lb.engine.model import MINIMUM_EV_CURRENT_A, MeterLossBehavior
from custom_components.ev_lb.flows.charger_form import CHARGER_DEFAULTS, STATE_KEYS
from custom_components.ev_lb.settings import (
    LARGEST_CHARGER_CURRENT_A,
    SITE,
    Range,
    defaults,
)

from .charger_states import VOCABULARIES
from .kept_states import kept_state

# The predecessor's names and defaults.
OLD_METER: Final = "power_meter_entity"
OLD_VOLTAGE: Final = "voltage"
OLD_BEHAVIOR: Final = "unavailable_behavior"
OLD_FALLBACK: Final = "unavailable_fallback_current"
OLD_STATUS: Final = "charger_status_entity"
OLD_SERVICE_CURRENT: Final = "max_service_current"
OLD_ACTIONS: Final = {
    "action_set_current": CONF_SET_CURRENT_ACTION,
    "action_stop_charging": CONF_STOP_CHARGING_ACTION,
    "action_start_charging": CONF_START_CHARGING_ACTION,
}
OLD_SERVICE_CURRENT_A: Final = 32.0
OLD_CHARGER_CURRENT_A: Final = 32.0
OLD_RAMP_UP_TIME_S: Final = 15.0
CHARGER_TITLE: Final = "EV charger"
NOBODY_LISTENS: Final = [
    {
        "event": f"{DOMAIN}_current_set",
        "event_data": {"current_a": "{{ current_a }}"},
    }
]
"""What a charger without a script does: its sensors show its current, as before."""

SITE_ENTITIES: Final = {
    (Platform.NUMBER, OLD_SERVICE_CURRENT): "service_current",
    (Platform.NUMBER, "ramp_up_time"): "ramp_up_time",
    (Platform.SENSOR, "available_current"): "available_current",
    (Platform.SENSOR, "balancer_state"): "balancer_state",
    (Platform.SENSOR, "configured_fallback"): "configured_fallback",
    (Platform.BINARY_SENSOR, "meter_status"): "meter_status",
    (Platform.BINARY_SENSOR, "fallback_active"): "fallback_active",
    (Platform.SWITCH, "enabled"): "enabled",
}
CHARGER_ENTITIES: Final = {
    (Platform.NUMBER, "max_charger_current"): "max_charger_current",
    (Platform.NUMBER, "min_ev_current"): "min_ev_current",
    (Platform.SENSOR, "current_set"): "current_set",
    (Platform.SENSOR, "power_set"): "power_set",
    (Platform.BINARY_SENSOR, "active"): "active",
}
"""Entities that go on under their ids, with their history; the others are gone."""


FIRST_DATA: Final = {
    CONF_METER_KIND: METER_PHASE_CURRENT,
    CONF_PHASES: DEFAULT_PHASES,
    CONF_INVERT_SIGN: False,
    CONF_VOLTAGE_V: SITE[CONF_VOLTAGE_V].default,
}
FIRST_OPTIONS: Final = defaults(SITE, [CONF_SERVICE_CURRENT_A])
"""What our own first version took for granted where nothing was written down."""


@callback
def async_migrate(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Bring an entry up to date; a later minor version can be used as it is."""
    if entry.version == CONFIG_VERSION:
        return
    if OLD_METER in entry.data:
        _take_over(hass, entry)
    hass.config_entries.async_update_entry(
        entry,
        version=CONFIG_VERSION,
        minor_version=1,
        data={**FIRST_DATA, **entry.data},
        options={**FIRST_OPTIONS, **entry.options},
    )


def _take_over(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Take over a site of the predecessor with its charger and its entities."""
    old = {**entry.data, **entry.options}
    last = _LastStates(hass, entry.entry_id)
    charger = ConfigSubentry(
        data=MappingProxyType(_charger(hass, old, last)),
        subentry_type=SUBENTRY_TYPE_CHARGER,
        title=CHARGER_TITLE,
        unique_id=None,
    )
    options = {
        CONF_SERVICE_CURRENT_A: last.number(
            OLD_SERVICE_CURRENT,
            old.get(OLD_SERVICE_CURRENT, OLD_SERVICE_CURRENT_A),
            SITE[CONF_SERVICE_CURRENT_A].bounds,
        ),
        CONF_RAMP_UP_TIME_S: last.number(
            "ramp_up_time", OLD_RAMP_UP_TIME_S, SITE[CONF_RAMP_UP_TIME_S].bounds
        ),
        CONF_ENABLED: last.state(Platform.SWITCH, "enabled") != STATE_OFF,
    }
    _take_entities(hass, entry, charger.subentry_id)
    hass.config_entries.async_update_entry(
        entry,
        title=entry.title.partition(" (")[0],
        unique_id=None,
        data=_site(old),
        options=options,
    )
    hass.config_entries.async_add_subentry(entry, charger)


class _LastStates:
    """What the predecessor's entities showed last, running or not."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Take the predecessor's entry."""
        self._hass = hass
        self._registry = er.async_get(hass)
        self._entry_id = entry_id

    def state(self, platform: Platform, suffix: str) -> str | None:
        """Return the last state of an entity."""
        entity_id = self._registry.async_get_entity_id(
            platform, DOMAIN, f"{self._entry_id}_{suffix}"
        )
        stored = kept_state(self._hass, entity_id) if entity_id else None
        return None if stored is None else stored.state.state

    def number(self, suffix: str, default: Any, limits: Range) -> float:
        """Return the last value of a number, within what ours may have."""
        return _within(self.state(Platform.NUMBER, suffix), default, limits)


def _within(value: Any, default: Any, limits: Range) -> float:
    try:
        number = float(value)
    except TypeError, ValueError:
        number = float(default)
    lowest, highest = limits
    return min(max(number, lowest), highest)


def _site(old: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the site is wired to: the predecessor knows one phase only."""
    behavior = old.get(OLD_BEHAVIOR, MeterLossBehavior.STOP)
    fallback_a = float(old.get(OLD_FALLBACK, MINIMUM_EV_CURRENT_A))
    if fallback_a < MINIMUM_EV_CURRENT_A:
        fallback_a = MINIMUM_EV_CURRENT_A
        if behavior == MeterLossBehavior.SET_CURRENT:
            behavior = MeterLossBehavior.STOP
    return {
        CONF_METER_KIND: METER_TOTAL_POWER,
        CONF_POWER_ENTITY: old[OLD_METER],
        CONF_PHASES: 1,
        CONF_INVERT_SIGN: False,
        # It took export for no load at all, and never for a fault.
        CONF_CAN_EXPORT: True,
        CONF_VOLTAGE_V: _within(
            old.get(OLD_VOLTAGE),
            SITE[CONF_VOLTAGE_V].default,
            SITE[CONF_VOLTAGE_V].bounds,
        ),
        CONF_FRESHNESS_LIMIT_S: SITE[CONF_FRESHNESS_LIMIT_S].default,
        CONF_METER_LOSS_BEHAVIOR: str(MeterLossBehavior(behavior)),
        CONF_FALLBACK_CURRENT_A: fallback_a,
    }


def _charger(
    hass: HomeAssistant, old: Mapping[str, Any], last: _LastStates
) -> dict[str, Any]:
    """Return the predecessor's only charger."""
    maximum = last.state(Platform.NUMBER, "max_charger_current")
    maximum_a = _within(
        maximum, OLD_CHARGER_CURRENT_A, (0.0, LARGEST_CHARGER_CURRENT_A)
    )
    data: dict[str, Any] = {
        **CHARGER_DEFAULTS,
        CONF_DRIVER: DRIVER_ACTIONS,
        CONF_PHASES: [PHASE_L1],
        # 0 A meant that it does not charge at all.
        CONF_ENABLED: maximum_a > 0,
        CONF_MAX_CURRENT_A: max(
            maximum_a or OLD_CHARGER_CURRENT_A, MINIMUM_EV_CURRENT_A
        ),
        CONF_SET_CURRENT_ACTION: NOBODY_LISTENS,
    }
    data[CONF_MIN_CURRENT_A] = last.number(
        "min_ev_current",
        MINIMUM_EV_CURRENT_A,
        (MINIMUM_EV_CURRENT_A, data[CONF_MAX_CURRENT_A]),
    )
    for old_key, key in OLD_ACTIONS.items():
        if script := old.get(old_key):
            data[key] = [{"action": _script_action(hass, script)}]
    if status := old.get(OLD_STATUS):
        data[CONF_STATUS_ENTITY] = status
        # Exactly `Charging` counted: that is OCPP's word.
        for meaning, key in STATE_KEYS.items():
            data[key] = list(VOCABULARIES[0][meaning])
    return data


def _script_action(hass: HomeAssistant, script: str) -> str:
    """Return the action that runs a script; it keeps its name when renamed."""
    entry = er.async_get(hass).async_get(script)
    name = split_entity_id(script)[1] if entry is None else entry.unique_id
    return f"script.{name}"


def _take_entities(
    hass: HomeAssistant, entry: ConfigEntry[Any], charger_id: str
) -> None:
    """Let entities that there still are go on under their ids; remove the rest."""
    registry = er.async_get(hass)
    for row in er.async_entries_for_config_entry(registry, entry.entry_id):
        key = (Platform(row.domain), row.unique_id.removeprefix(f"{entry.entry_id}_"))
        if key in SITE_ENTITIES:
            unique_id = f"{entry.entry_id}_{SITE_ENTITIES[key]}"
        elif key in CHARGER_ENTITIES:
            unique_id = f"{charger_id}_{CHARGER_ENTITIES[key]}"
        else:
            registry.async_remove(row.entity_id)
            continue
        registry.async_update_entity(row.entity_id, device_id=None)
        if unique_id != row.unique_id:
            registry.async_update_entity(row.entity_id, new_unique_id=unique_id)
    devices = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
        devices.async_remove_device(device.id)
