"""What may be drawn: every fuse, cap and pool as one row of linear limits.

A limit is: the sum of coefficient times current, over the chargers that use
it, stays within its capacity. For a fuse the coefficient is 1; for power it is
the number of phases, and the capacity is in ampere over all phases.
"""

from collections.abc import Mapping
from math import inf, isfinite
from typing import NamedTuple

from .caps import Cap
from .memory import BatteryLevel
from .model import LimitingFactor, MeterKind, PerPhase, Phase, Site
from .modes import Drive, Wish, left_over_w
from .split import Limit
from .sun import Sun


class Wiring(NamedTuple):
    """How a charger that wants current meets the limits."""

    charger_id: str
    line: tuple[str, ...]
    """The fuses its current passes."""
    phases: tuple[Phase, ...]
    wish: Wish
    set_a: float
    graced: bool
    """Whether it may go on at its minimum without sun for a while."""


class Supply(NamedTuple):
    """What the site gives under one house load."""

    limit_a: PerPhase
    """The grid connection's fuse."""
    house_a: PerPhase
    house_w: float
    power: Sun
    level: BatteryLevel
    caps: tuple[Cap, ...]
    external_w: float


type Uses = dict[str, list[tuple[int, float]]]
"""For each charger the limits it uses, with its coefficient."""


def sane_limit_a(limit_a: PerPhase, phases: tuple[Phase, ...]) -> PerPhase:
    """Return a limit with 0 A where there is no phase or no sensible number."""
    first, second, third = (
        limit_a[phase]
        if phase in phases and isfinite(limit_a[phase]) and limit_a[phase] > 0
        else 0.0
        for phase in Phase
    )
    return (first, second, third)


def lines(site: Site) -> dict[str, tuple[str, ...]]:
    """Return for each circuit the fuses its current passes, itself first.

    A circuit whose parents do not lead to the grid connection is left out, so
    that nothing on it is ever given current.
    """
    found: dict[str, tuple[str, ...]] = {}
    for circuit in site.circuits:
        if not found:
            found[circuit.circuit_id] = (circuit.circuit_id,)
        elif circuit.parent_id in found and circuit.circuit_id not in found:
            found[circuit.circuit_id] = (
                circuit.circuit_id,
                *found[circuit.parent_id],
            )
    return found


def limits(
    site: Site, wirings: tuple[Wiring, ...], supply: Supply
) -> tuple[list[Limit], Uses]:
    """Return all limits under a house load, and who uses which."""
    rows: list[Limit] = []
    uses: Uses = {wiring.charger_id: [] for wiring in wirings}
    _add_fuses(site, wirings, supply, rows, uses)
    volts = site.voltage_v if site.voltage_v > 0 else 230.0
    _add_caps(wirings, supply, volts, rows, uses)
    _add_external_cap(site, wirings, supply.external_w, rows, uses)
    _add_standard(site, wirings, supply, volts, rows, uses)
    _add_unbalance(site, wirings, rows, uses)
    _add_pools(site, wirings, supply, volts, rows, uses)
    return rows, uses


def _add_fuses(
    site: Site,
    wirings: tuple[Wiring, ...],
    supply: Supply,
    rows: list[Limit],
    uses: Uses,
) -> None:
    """Add every fuse on every phase that some charger's current passes.

    The house hangs on the grid connection; other circuits carry chargers only.
    """
    root = site.circuits[0].circuit_id
    fuse_a: dict[str, PerPhase] = {root: supply.limit_a}
    for circuit in site.circuits[1:]:
        limit_a = sane_limit_a(circuit.limit_a, site.phases)
        fuse_a.setdefault(circuit.circuit_id, limit_a)
    places: dict[tuple[str, Phase], int] = {}
    for wiring in wirings:
        for circuit_id in wiring.line:
            for phase in wiring.phases:
                place = places.get((circuit_id, phase))
                if place is None:
                    place = places[circuit_id, phase] = len(rows)
                    free_a = fuse_a[circuit_id][phase]
                    factor = LimitingFactor.CIRCUIT
                    if circuit_id == root:
                        free_a -= _at_fuse_a(site, supply, phase)
                        factor = LimitingFactor.FUSE
                    rows.append(Limit(free_a, factor, phase, circuit_id))
                uses[wiring.charger_id].append((place, 1.0))


def _at_fuse_a(site: Site, supply: Supply, phase: Phase) -> float:
    """Return the house load that a phase of the grid connection may carry, A.

    With the spread over the phases unknown, an export on one phase may hide an
    import on another: then no phase counts as exporting.
    """
    house_a = supply.house_a[phase]
    if site.meter.kind is MeterKind.TOTAL and len(site.phases) > 1:
        return max(house_a, 0.0)
    return house_a


def _add_power(
    members: list[Wiring],
    power_w: float,
    factor: LimitingFactor,
    volts: float,
    rows: list[Limit],
    uses: Uses,
) -> None:
    """Add a limit on the power of some chargers together."""
    if not members or power_w == inf:
        return
    for wiring in members:
        uses[wiring.charger_id].append((len(rows), float(len(wiring.phases))))
    rows.append(Limit(power_w / volts, factor, None, None))


def _add_caps(
    wirings: tuple[Wiring, ...],
    supply: Supply,
    volts: float,
    rows: list[Limit],
    uses: Uses,
) -> None:
    for cap in supply.caps:
        left_w = cap.power_w - supply.house_w
        _add_power(list(wirings), left_w, cap.factor, volts, rows, uses)


def _add_external_cap(
    site: Site,
    wirings: tuple[Wiring, ...],
    external_w: float,
    rows: list[Limit],
    uses: Uses,
) -> None:
    """Add the grid operator's cap, for all chargers together or for each."""
    if site.external_cap is None:
        return
    volts = site.voltage_v if site.voltage_v > 0 else 230.0
    groups = [list(wirings)]
    if site.external_cap.per_charger:
        groups = [[wiring] for wiring in wirings]
    for group in groups:
        factor = LimitingFactor.EXTERNAL_CAP
        _add_power(group, external_w, factor, volts, rows, uses)


def _add_unbalance(
    site: Site, wirings: tuple[Wiring, ...], rows: list[Limit], uses: Uses
) -> None:
    """Bound what cars on less than all phases draw on each phase.

    The other phases may carry nothing, so this alone keeps the difference.
    """
    limit_a = site.unbalance_limit_a
    if limit_a is None or not isfinite(limit_a) or len(site.phases) < 2:
        return
    for phase in site.phases:
        members = [
            row
            for row in wirings
            if phase in row.phases and len(row.phases) < len(site.phases)
        ]
        if not members:
            continue
        for wiring in members:
            uses[wiring.charger_id].append((len(rows), 1.0))
        rows.append(Limit(limit_a, LimitingFactor.EXTERNAL_CAP, phase, None))


def _add_standard(
    site: Site,
    wirings: tuple[Wiring, ...],
    supply: Supply,
    volts: float,
    rows: list[Limit],
    uses: Uses,
) -> None:
    """Keep the power buffer free of standard, and lean on no empty battery."""
    members = [row for row in wirings if row.wish.urgency == 0]
    kept_w = supply.power.leaning_w
    if isfinite(site.power_buffer_w):
        kept_w += max(site.power_buffer_w, 0.0)
    if not members or kept_w <= 0 or not site.phases:
        return
    kept_a = kept_w / volts / len(site.phases)
    factor = LimitingFactor.FUSE
    if supply.power.leaning_w > 0:
        factor = LimitingFactor.BATTERY
    for phase in site.phases:
        on_phase = [row for row in members if phase in row.phases]
        if not on_phase:
            continue
        for wiring in on_phase:
            uses[wiring.charger_id].append((len(rows), 1.0))
        free_a = supply.limit_a[phase] - _at_fuse_a(site, supply, phase) - kept_a
        rows.append(Limit(free_a, factor, phase, None))


def _add_pools(
    site: Site,
    wirings: tuple[Wiring, ...],
    supply: Supply,
    volts: float,
    rows: list[Limit],
    uses: Uses,
) -> None:
    """Share what is left over among the modes that live on it.

    Eco's minimum comes from wherever; so does that of a car in its grace.
    What cars in standard draw now is not left over.
    """

    if site.allow_grid_charging and all(
        row.wish.drive is Drive.GRID for row in wirings
    ):
        return

    def power_w(row: Wiring, current_a: float) -> float:
        return current_a * volts * len(row.phases)

    groups: Mapping[Drive, list[Wiring]] = {
        drive: [row for row in wirings if row.wish.drive is drive] for drive in Drive
    }
    left = {
        drive: left_over_w(site, drive, supply.level, supply.power) for drive in Drive
    }
    on_grid = groups[Drive.GRID]
    _add_power(on_grid, left[Drive.GRID], LimitingFactor.SOLAR, volts, rows, uses)
    taken_w = sum(power_w(row, row.set_a) for row in on_grid)
    floors = {
        drive: sum(
            power_w(row, row.wish.min_current_a)
            for row in rows_of
            if row.graced or drive is Drive.MINIMUM
        )
        for drive, rows_of in groups.items()
    }
    for drive in (Drive.SUN, Drive.EXPORT):
        free_w = max(left[drive] - taken_w, 0.0)
        members = groups[drive]
        if drive is Drive.EXPORT and free_w > 0:
            floors[drive] = sum(power_w(row, row.wish.min_current_a) for row in members)
        _add_power(
            members,
            max(free_w, floors[drive]),
            LimitingFactor.SOLAR,
            volts,
            rows,
            uses,
        )
    together = [row for drive in tuple(Drive)[1:] for row in groups[drive]]
    floor_w = sum(floors[drive] for drive in tuple(Drive)[1:])
    sun_w = max(left[Drive.MINIMUM] - taken_w, floor_w)
    _add_power(together, sun_w, LimitingFactor.SOLAR, volts, rows, uses)
