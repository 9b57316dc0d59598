"""What a site has, so that it shows no entities of what it does not have."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry

from .const import (
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_SOC_ENTITY,
    CONF_CAN_EXPORT,
    CONF_CAPACITY_TARIFF_LIMIT_W,
    CONF_IMPORT_LIMIT_W,
    CONF_SIMULATED_BATTERY,
    CONF_SIMULATED_SOLAR,
    CONF_SOLAR_POWER_ENTITY,
)


def has_battery(entry: ConfigEntry[Any]) -> bool:
    """Tell whether the home has a battery that tells anything."""
    data = entry.data
    told = {CONF_BATTERY_SOC_ENTITY, CONF_BATTERY_POWER_ENTITY} & set(data)
    return bool(told) or bool(data.get(CONF_SIMULATED_BATTERY))


def has_solar(entry: ConfigEntry[Any]) -> bool:
    """Tell whether the home's sun is measured."""
    data = entry.data
    return CONF_SOLAR_POWER_ENTITY in data or bool(data.get(CONF_SIMULATED_SOLAR))


def has_surplus(entry: ConfigEntry[Any]) -> bool:
    """Tell whether there may be more power than the house needs."""
    can_export = bool(entry.data.get(CONF_CAN_EXPORT, False))
    return can_export or has_battery(entry) or has_solar(entry)


def has_import_limit(entry: ConfigEntry[Any]) -> bool:
    """Tell whether the site limits what it takes from the grid in all."""
    return entry.options.get(CONF_IMPORT_LIMIT_W) is not None


def has_capacity_tariff(entry: ConfigEntry[Any]) -> bool:
    """Tell whether the site pays for the highest mean import."""
    return entry.options.get(CONF_CAPACITY_TARIFF_LIMIT_W) is not None


def number_of(values: Mapping[str, Any], key: str, default: float) -> float:
    """Return a number that was set, or its default."""
    return float(values.get(key, default))
