"""What each charger wants, before any fuse is asked."""

from math import isfinite

from custom_components.ev_lb.engine.model import (
    Charger,
    ChargingMode,
    LimitingFactor,
    Site,
)
from custom_components.ev_lb.engine.model.state import BatteryLevel, ChargerState

from .demand import Demand, Drive, NoDemand

URGENCY = {
    ChargingMode.STANDARD: 0,
    ChargingMode.SMART: 1,
    ChargingMode.ECO: 2,
    ChargingMode.SOLAR: 3,
    ChargingMode.EXCESS: 4,
}
"""Of smart in a planned block; on the sun alone it is served as solar is."""


def wanted(
    site: Site,
    charger: Charger,
    state: ChargerState,
    line: tuple[str, ...],
    level: BatteryLevel,
    *,
    planned: bool,
) -> Demand | NoDemand:
    """Return what a charger would take, or why it takes nothing.

    `line` are the fuses that lead to the grid connection, if they do. A charger
    whose settings make no sense wants nothing: its limit is its own maximum. `planned`
    tells whether smart may draw from the grid.
    """
    mode = mode_of(site, charger)
    off = mode is ChargingMode.OFF or not charger.weight > 0
    if not charger.enabled or off or mode not in URGENCY:
        return NoDemand(LimitingFactor.DISABLED)
    if not state.connected:
        return NoDemand(LimitingFactor.CAR)
    highest_a, own_limit = charger.max_current_a, LimitingFactor.CHARGER_MAX
    manual_a = charger.manual_limit_a
    if manual_a is not None and not manual_a >= highest_a:
        highest_a, own_limit = manual_a, LimitingFactor.MANUAL
    lowest_a = charger.min_current_a
    if not isfinite(highest_a) or not isfinite(lowest_a) or lowest_a < 0:
        return NoDemand(own_limit)
    wired = line and charger.phases and set(charger.phases) <= set(site.phases)
    if not wired or highest_a < lowest_a or highest_a <= 0:
        return NoDemand(own_limit)
    drive = _drive(site, mode, level, planned=planned)
    if drive is None:
        return NoDemand(LimitingFactor.BATTERY)
    smart = mode is ChargingMode.SMART
    waits = smart and drive is not Drive.GRID
    return Demand(
        charger_id=charger.charger_id,
        line=line,
        phases=charger.phases,
        drive=drive,
        counts_as=drive,
        standard=drive is Drive.GRID and mode is not ChargingMode.ECO,
        wanted_a=highest_a,
        min_current_a=lowest_a,
        max_current_a=highest_a,
        own_limit=own_limit,
        step_a=charger.step_a,
        weight=charger.weight,
        urgency=URGENCY[ChargingMode.SOLAR if waits else mode],
        priority=charger.priority,
        turn=state.turn,
        in_block=smart and drive is Drive.GRID,
        waits_for_block=waits,
    )


def mode_of(site: Site, charger: Charger) -> ChargingMode:
    """Return how a charger charges: its own mode, or the site's."""
    return charger.charging_mode or site.charging_mode


def _drive(
    site: Site, mode: ChargingMode, level: BatteryLevel, *, planned: bool
) -> Drive | None:
    """Return what a mode draws on at the battery's level; None for nothing."""
    if mode is ChargingMode.STANDARD:
        return Drive.GRID
    if mode is ChargingMode.SMART:
        # Where nothing is drawn from the grid, the battery would give what lacks.
        return Drive.GRID if planned and site.allow_grid_charging else Drive.SUN
    if mode is ChargingMode.ECO:
        if level.above_target:
            return Drive.GRID
        spared = level.at_target or not site.allow_grid_charging
        return Drive.SUN if spared else Drive.MINIMUM
    if mode is ChargingMode.SOLAR:
        waits = level.known and not level.at_target
        return None if waits else Drive.SUN
    return Drive.SUN if level.full else Drive.EXPORT
