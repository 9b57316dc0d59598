"""What a site has, so that it shows no entities of what it does not have."""

from typing import Any

from homeassistant.config_entries import ConfigEntry

from custom_components.ev_lb.const import (
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_SOC_ENTITY,
    CONF_CAN_EXPORT,
    CONF_CAPACITY_TARIFF_LIMIT_W,
    CONF_CHARGING_MODE,
    CONF_IMPORT_LIMIT_W,
    CONF_SHADOW_MODE,
    CONF_SIMULATED_BATTERY,
    CONF_SIMULATED_SOLAR,
    CONF_SOLAR_POWER_ENTITY,
)
from custom_components.ev_lb.engine.model import ChargingMode

from .site_soundness import site_data, site_options


def has_battery(entry: ConfigEntry[Any]) -> bool:
    """Return whether the home has a battery with a sensor."""
    data = site_data(entry)
    sensors = {CONF_BATTERY_SOC_ENTITY, CONF_BATTERY_POWER_ENTITY} & set(data)
    return bool(sensors) or bool(data.get(CONF_SIMULATED_BATTERY))


def has_solar(entry: ConfigEntry[Any]) -> bool:
    """Return whether the home's sun is measured."""
    data = site_data(entry)
    return CONF_SOLAR_POWER_ENTITY in data or bool(data.get(CONF_SIMULATED_SOLAR))


def has_surplus(entry: ConfigEntry[Any]) -> bool:
    """Return whether there may be more power than the house needs."""
    can_export = bool(site_data(entry).get(CONF_CAN_EXPORT, False))
    return can_export or has_battery(entry) or has_solar(entry)


def plans(entry: ConfigEntry[Any]) -> bool:
    """Return whether a charger is in mode smart, by itself or with its site."""
    if site_options(entry).get(CONF_CHARGING_MODE) == ChargingMode.SMART.value:
        return True
    return any(
        subentry.data.get(CONF_CHARGING_MODE) == ChargingMode.SMART.value
        for subentry in entry.subentries.values()
    )


def only_watches(entry: ConfigEntry[Any]) -> bool:
    """Return whether the site only shows what it would command."""
    return bool(site_options(entry).get(CONF_SHADOW_MODE, False))


def has_import_limit(entry: ConfigEntry[Any]) -> bool:
    """Return whether the site limits what it takes from the grid in all."""
    return site_options(entry).get(CONF_IMPORT_LIMIT_W) is not None


def has_capacity_tariff(entry: ConfigEntry[Any]) -> bool:
    """Return whether the site pays for the highest mean import."""
    return site_options(entry).get(CONF_CAPACITY_TARIFF_LIMIT_W) is not None
