"""From the config entry to the battery, the tariff and the caps of a site."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry

from custom_components.ev_lb.const import (
    CONF_BATTERY_MAX_CHARGE_POWER_W,
    CONF_BATTERY_MAX_DISCHARGE_POWER_W,
    CONF_BATTERY_SOC_MIN_PERCENT,
    CONF_BATTERY_SOC_TARGET_PERCENT,
    CONF_CAPACITY_TARIFF_FOLLOWS_PEAK,
    CONF_CAPACITY_TARIFF_LIMIT_W,
    CONF_CAPACITY_TARIFF_PERIOD_S,
    CONF_EXTERNAL_CAP_ENTITY,
    CONF_EXTERNAL_CAP_PER_CHARGER,
    CONF_EXTERNAL_CAP_W,
    CONF_IMPORT_LIMIT_ENTITY,
    CONF_IMPORT_LIMIT_W,
)
from custom_components.ev_lb.engine.model import Battery, CapacityTariff, ExternalCap
from custom_components.ev_lb.settings import SITE

from .features import has_battery
from .site_soundness import NO_ENTITY, site_data, site_options
from .stored_numbers import number_of


def build_battery(entry: ConfigEntry[Any]) -> Battery | None:
    """Return the home battery, if there is one with a sensor."""
    data, options = site_data(entry), site_options(entry)
    if not has_battery(entry):
        return None
    return Battery(
        max_charge_power_w=number_of(data, SITE[CONF_BATTERY_MAX_CHARGE_POWER_W]),
        max_discharge_power_w=number_of(data, SITE[CONF_BATTERY_MAX_DISCHARGE_POWER_W]),
        soc_min_percent=number_of(options, SITE[CONF_BATTERY_SOC_MIN_PERCENT]),
        soc_target_percent=number_of(options, SITE[CONF_BATTERY_SOC_TARGET_PERCENT]),
    )


def build_capacity_tariff(entry: ConfigEntry[Any]) -> CapacityTariff | None:
    """Return the capacity tariff, if the site has one."""
    limit_w = site_options(entry).get(CONF_CAPACITY_TARIFF_LIMIT_W)
    if limit_w is None:
        return None
    data = site_data(entry)
    return CapacityTariff(
        limit_w=float(limit_w),
        period_s=number_of(data, SITE[CONF_CAPACITY_TARIFF_PERIOD_S]),
        follows_peak=bool(SITE[CONF_CAPACITY_TARIFF_FOLLOWS_PEAK].of(data)),
    )


def external_cap_w(entry: ConfigEntry[Any]) -> float:
    """Return what the grid operator's signal leaves the cars while it is on, W."""
    return number_of(site_data(entry), SITE[CONF_EXTERNAL_CAP_W])


def build_external_cap(entry: ConfigEntry[Any]) -> ExternalCap | None:
    """Return the grid operator's cap, if there is a signal for it."""
    data = site_data(entry)
    if CONF_EXTERNAL_CAP_ENTITY not in data:
        return None
    return ExternalCap(
        power_w=external_cap_w(entry),
        per_charger=bool(SITE[CONF_EXTERNAL_CAP_PER_CHARGER].of(data)),
    )


def build_import_limit_w(
    data: Mapping[str, Any], options: Mapping[str, Any]
) -> float | None:
    """Return the import limit, W; 0 where its entity cannot be read, for it may be."""
    if data.get(CONF_IMPORT_LIMIT_ENTITY) == NO_ENTITY:
        return 0.0
    limit_w = options.get(CONF_IMPORT_LIMIT_W)
    return None if limit_w is None else float(limit_w)
