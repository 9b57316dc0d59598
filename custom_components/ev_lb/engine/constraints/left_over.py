"""What sun and battery leave over for the cars that live on it."""

from collections.abc import Iterable, Mapping
from typing import Final

from custom_components.ev_lb.engine.demand.demand import Demand, Drive
from custom_components.ev_lb.engine.model import Site
from custom_components.ev_lb.engine.model.state import BatteryLevel
from custom_components.ev_lb.engine.model.sun import Sun

NEARLY_W: Final = 1e-6
"""An export at the threshold is none yet, W."""
NEXT_TO_NOTHING_W: Final = 100.0
"""The rounding of three currents and the grid's own tremble, W."""


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


def left_beside_w(
    site: Site, demands: Iterable[Demand], level: BatteryLevel, power: Sun
) -> dict[Drive, float]:
    """Return what is left over for each drive, W, beside those that come first.

    What cars in standard draw now is not left over, nor for the sun what eco's
    minima take, nor for the export what any of them draw.
    """
    taken_w = dict.fromkeys(Drive, 0.0)
    for row in demands:
        drive, draws_w = row.counts_as, power_of_w(site, row, row.counted_a)
        if drive is Drive.GRID:
            taken_w[Drive.MINIMUM] += draws_w
            taken_w[Drive.SUN] += draws_w
        if drive is Drive.MINIMUM and row.counted_a > 0:
            taken_w[Drive.SUN] += power_of_w(site, row, row.min_current_a)
        if drive is not Drive.EXPORT:
            taken_w[Drive.EXPORT] += draws_w
    return {
        drive: left_over_w(site, drive, level, power) - taken_w[drive]
        for drive in Drive
    }


def short_w(
    site: Site, demands: Iterable[Demand], left_w: Mapping[Drive, float]
) -> dict[Drive, float]:
    """Return by how much each drive leaves those that run on it less than their minima, W.

    Negative where it leaves more, and counted up to once more the minima: a blink of the
    sun does not make up for a cloud. Export above the threshold is enough for one,
    however little it is.
    """
    minima_w: dict[Drive, list[float]] = {Drive.SUN: [], Drive.EXPORT: []}
    for row in demands:
        if row.counted_a > 0 and row.counts_as in minima_w:
            minimum_w = power_of_w(site, row, row.min_current_a)
            minima_w[row.counts_as].append(minimum_w)
    on_sun, on_export = (minima_w[drive] for drive in (Drive.SUN, Drive.EXPORT))
    first_w = max(on_export, default=0.0)
    needed_w = max(sum(on_export) - first_w, NEARLY_W)
    return {
        Drive.SUN: max(sum(on_sun) - left_w[Drive.SUN], -sum(on_sun)),
        Drive.EXPORT: max(needed_w - left_w[Drive.EXPORT], -sum(on_export)),
    }


def eased(
    site: Site, demands: Iterable[Demand], level: BatteryLevel, power: Sun
) -> Sun:
    """Return what is left over so that nothing is cut for next to nothing.

    Else a car whose step just fits would go up and down with every rounding.
    """
    rows = [row for row in demands if row.counted_a > 0]
    left_w = left_beside_w(site, rows, level, power)
    drawn_w = dict.fromkeys(Drive, 0.0)
    for row in rows:
        drawn_w[row.counts_as] += power_of_w(site, row, row.counted_a)
    sunny_w = drawn_w[Drive.SUN] + drawn_w[Drive.EXPORT]
    short_w = max(
        drawn_w[Drive.GRID] - left_w[Drive.GRID],
        *(drawn_w[row] - left_w[row] for row in drawn_w if drawn_w[row] > 0),
        drawn_w[Drive.MINIMUM] + sunny_w - left_w[Drive.MINIMUM] if sunny_w else 0.0,
        0.0,
    )
    if not 0 < short_w <= NEXT_TO_NOTHING_W:
        return power
    return power._replace(
        export_w=power.export_w + short_w,
        surplus_w=power.surplus_w + short_w,
    )


def power_of_w(site: Site, row: Demand, current_a: float) -> float:
    """Return the power of a current on all its phases, W."""
    return current_a * site.volts * len(row.phases)
