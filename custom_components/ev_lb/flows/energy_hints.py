"""What the Energy dashboard knows of grid, sun and battery, as a help with the forms."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant

from custom_components.ev_lb.const import (
    CONF_BATTERY_INVERT_SIGN,
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_SOC_ENTITY,
    CONF_CAN_EXPORT,
    CONF_EXPORT_POWER_ENTITY,
    CONF_INVERT_SIGN,
    CONF_POWER_ENTITY,
    CONF_SOLAR_POWER_ENTITY,
)

from .validation import BATTERY_SOC, POWER_SENSOR, EntityNeed, kind_of

NEEDS: Final[Mapping[str, EntityNeed]] = {
    CONF_POWER_ENTITY: POWER_SENSOR,
    CONF_EXPORT_POWER_ENTITY: POWER_SENSOR,
    CONF_SOLAR_POWER_ENTITY: POWER_SENSOR,
    CONF_BATTERY_POWER_ENTITY: POWER_SENSOR,
    CONF_BATTERY_SOC_ENTITY: BATTERY_SOC,
}

SENSOR_OF: Final[Mapping[str, str]] = {
    CONF_INVERT_SIGN: CONF_POWER_ENTITY,
    CONF_BATTERY_INVERT_SIGN: CONF_BATTERY_POWER_ENTITY,
}


async def async_energy_hints(
    hass: HomeAssistant, wanted: Collection[str], taken: Collection[str]
) -> dict[str, Any]:
    """Return what the Energy dashboard says about the wanted fields.

    What it has several of is left out, and so is an entity that does not fit its
    field or is taken. The dashboard counts what a battery gives as positive.
    """
    sources: Mapping[str, Any] = (await async_get_manager(hass)).data or {}
    rows = sources.get("energy_sources", ())
    hints: dict[str, Any] = {}
    for kind, reader in READERS.items():
        same = [row for row in rows if row.get("type") == kind]
        if len(same) == 1:
            hints |= reader(same[0])
    exports = any(row.get("stat_energy_to") for row in rows if row["type"] == "grid")
    if exports or any(row["type"] in ("solar", "battery") for row in rows):
        hints[CONF_CAN_EXPORT] = True
    fitting = {
        key: hint
        for key, hint in hints.items()
        if key not in NEEDS
        or (hint is not None and hint not in taken and _fits(hass, hint, NEEDS[key]))
    }
    if (CONF_EXPORT_POWER_ENTITY in hints) > (CONF_EXPORT_POWER_ENTITY in fitting):
        fitting.pop(CONF_POWER_ENTITY, None)
    return {
        key: hint
        for key, hint in fitting.items()
        # A sign goes with its sensor.
        if SENSOR_OF.get(key, key) in wanted and SENSOR_OF.get(key, key) in fitting
    }


def _grid(source: Mapping[str, Any]) -> dict[str, Any]:
    config = source.get("power_config", {})
    if "stat_rate_from" in config and "stat_rate_to" in config:
        return {
            CONF_POWER_ENTITY: config["stat_rate_from"],
            CONF_EXPORT_POWER_ENTITY: config["stat_rate_to"],
        }
    entity_id, inverted = _rate(source)
    return {CONF_POWER_ENTITY: entity_id, CONF_INVERT_SIGN: inverted}


def _solar(source: Mapping[str, Any]) -> dict[str, Any]:
    return {CONF_SOLAR_POWER_ENTITY: source.get("stat_rate")}


def _battery(source: Mapping[str, Any]) -> dict[str, Any]:
    entity_id, inverted = _rate(source)
    return {
        CONF_BATTERY_POWER_ENTITY: entity_id,
        CONF_BATTERY_INVERT_SIGN: not inverted,
        CONF_BATTERY_SOC_ENTITY: source.get("stat_soc"),
    }


READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "grid": _grid,
    "solar": _solar,
    "battery": _battery,
}


def _rate(source: Mapping[str, Any]) -> tuple[str | None, bool]:
    """Return the sensor of a source's power, and whether its sign is turned round."""
    config = source.get("power_config", {})
    if "stat_rate_inverted" in config:
        return config["stat_rate_inverted"], True
    return config.get("stat_rate") or source.get("stat_rate"), False


def _fits(hass: HomeAssistant, entity_id: str, need: EntityNeed) -> bool:
    if entity_id.partition(".")[0] not in need.domains:
        return False
    unit, device_class = kind_of(hass, entity_id)
    return unit in need.units and device_class in (None, need.device_class)
