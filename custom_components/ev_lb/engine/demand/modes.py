"""What each charger wants, before any fuse is asked (design section 5)."""

from enum import StrEnum
from math import isfinite
from typing import NamedTuple

from custom_components.ev_lb.engine.estimation.surplus import Sun
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargingMode,
    LimitingFactor,
    Site,
)
from custom_components.ev_lb.engine.model.state import BatteryLevel


class Drive(StrEnum):
    """What a charger may draw on."""

    GRID = "grid"
    """All that the limits allow."""
    MINIMUM = "minimum"
    """Its minimum from wherever, and more from what is left over."""
    SUN = "sun"
    """What is left over, and nothing else."""
    EXPORT = "export"
    """What is exported above a threshold."""


class Wish(NamedTuple):
    """What a charger would take."""

    drive: Drive
    urgency: int
    min_current_a: float
    max_current_a: float
    own_limit: LimitingFactor
    """What keeps it from more than its maximum."""


class NoDemand(NamedTuple):
    """Why a charger wants nothing, and what it waits for."""

    factor: LimitingFactor
    missing_w: float = 0.0


URGENCY = {
    ChargingMode.STANDARD: 0,
    ChargingMode.ECO: 1,
    ChargingMode.SOLAR: 2,
    ChargingMode.EXCESS: 3,
}


def wanted(
    site: Site,
    charger: Charger,
    *,
    connected: bool,
    on_grid: bool,
    level: BatteryLevel,
) -> Wish | NoDemand:
    """Return what a charger would take, or why it takes nothing.

    `on_grid` tells whether its fuses lead to the grid connection. A charger
    whose settings make no sense wants nothing: its limit is its own maximum.
    """
    mode = charger.charging_mode or site.charging_mode
    off = mode is ChargingMode.OFF or not charger.weight > 0
    if not charger.enabled or off or mode not in URGENCY:
        return NoDemand(LimitingFactor.DISABLED)
    if not connected:
        return NoDemand(LimitingFactor.CAR)
    highest_a, own_limit = charger.max_current_a, LimitingFactor.CHARGER_MAX
    manual_a = charger.manual_limit_a
    if manual_a is not None and not manual_a >= highest_a:
        highest_a, own_limit = manual_a, LimitingFactor.MANUAL
    lowest_a = charger.min_current_a
    if not isfinite(highest_a) or not isfinite(lowest_a) or lowest_a < 0:
        return NoDemand(own_limit)
    wired = on_grid and charger.phases and set(charger.phases) <= set(site.phases)
    if not wired or highest_a < lowest_a or highest_a <= 0:
        return NoDemand(own_limit)
    drive = _drive(site, mode, level)
    if drive is None:
        return NoDemand(LimitingFactor.BATTERY)
    return Wish(drive, URGENCY[mode], lowest_a, highest_a, own_limit)


def _drive(site: Site, mode: ChargingMode, level: BatteryLevel) -> Drive | None:
    """Return what a mode draws on at the battery's level; None for nothing."""
    if mode is ChargingMode.STANDARD:
        return Drive.GRID
    if mode is ChargingMode.ECO:
        if level.above_target:
            return Drive.GRID
        spared = level.at_target or not site.allow_grid_charging
        return Drive.SUN if spared else Drive.MINIMUM
    if mode is ChargingMode.SOLAR:
        waits = level.known and not level.at_target
        return None if waits else Drive.SUN
    return Drive.SUN if level.full else Drive.EXPORT


def left_over_w(site: Site, drive: Drive, level: BatteryLevel, power: Sun) -> float:
    """Return what is left over for a drive, W; infinity where none is needed."""
    if drive is Drive.GRID:
        if site.allow_grid_charging:
            return float("inf")
        return power.surplus_w + power.support_w
    if drive is Drive.EXPORT:
        # What the battery may take is in the threshold, whether it does or not.
        spare_w = power.surplus_w if level.known else power.export_w
        return spare_w - threshold_w(site, level)
    return power.surplus_w if level.at_target else power.export_w


def threshold_w(site: Site, level: BatteryLevel) -> float:
    """Return the export that excess mode leaves to the grid, W.

    A battery below its target takes what it can charge with first.
    """
    if site.battery is not None and level.known and not level.at_target:
        return site.excess_threshold_w + site.battery.max_charge_power_w
    return site.excess_threshold_w
