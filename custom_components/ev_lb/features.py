"""What a site has, so that it shows no entities of what it does not have."""

from collections.abc import Mapping
from typing import Any, Final

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

LARGEST: Final = 1e12
"""No setting is beyond it, in whatever unit."""


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
    """Return a number that was set, or its default; also where it is no number."""
    number = finite(values.get(key))
    return default if number is None else number


def finite(value: object) -> float | None:
    """Return what is a finite number, whoever wrote it; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # As a comparison, since an integer may be too large for a float.
    return float(value) if -LARGEST < value < LARGEST else None
