"""What may be drawn: every fuse, cap and pool as one row of linear limits.

A limit is: the sum of coefficient times current, over the chargers that use
it, stays within its capacity. For a fuse the coefficient is 1; for power it is
the number of phases, and the capacity is in ampere over all phases.
"""

from collections.abc import Iterable, Mapping
from math import inf, isfinite
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.demand.demand import Demand, Drive
from custom_components.ev_lb.engine.demand.modes import left_over_w
from custom_components.ev_lb.engine.model import (
    LimitingFactor,
    MeterKind,
    PerPhase,
    Phase,
    Site,
)
from custom_components.ev_lb.engine.model.request import Limit
from custom_components.ev_lb.engine.model.state import BatteryLevel
from custom_components.ev_lb.engine.model.sun import Sun
from custom_components.ev_lb.engine.topology import sane_limit_a

from .power_caps import Cap

NEXT_TO_NOTHING_W: Final = 100.0
"""The rounding of three currents and the grid's own tremble, W."""


class Supply(NamedTuple):
    """What the site gives under one house load."""

    limit_a: PerPhase
    """The grid connection's fuse."""
    house_a: PerPhase
    house_w: float
    circuits_a: dict[str, PerPhase]
    """What else hangs on circuits below the grid connection."""
    power: Sun
    level: BatteryLevel
    caps: tuple[Cap, ...]
    external_w: float


type Uses = dict[str, list[tuple[int, float]]]
"""For each charger the limits it uses, with its coefficient."""


def limits(
    site: Site,
    demands: tuple[Demand, ...],
    supply: Supply,
    unserved: frozenset[str] = frozenset(),
) -> tuple[list[Limit], Uses]:
    """Return all limits under a house load, and who uses which.

    The unserved get nothing, so that nobody's minimum is there for others.
    """
    rows: list[Limit] = []
    uses: Uses = {demand.charger_id: [] for demand in demands}
    _add_fuses(site, demands, supply, rows, uses)
    volts = site.voltage_v if site.voltage_v > 0 else 230.0
    _add_caps(demands, supply, volts, rows, uses)
    _add_external_cap(site, demands, supply.external_w, rows, uses)
    _add_standard(site, demands, supply, volts, rows, uses)
    _add_unbalance(site, demands, rows, uses)
    _add_pools(site, demands, supply, volts, rows, uses, unserved)
    return rows, uses


def _add_fuses(
    site: Site,
    demands: tuple[Demand, ...],
    supply: Supply,
    rows: list[Limit],
    uses: Uses,
) -> None:
    """Add every fuse on every phase that some charger's current passes."""
    root = site.circuits[0].circuit_id
    fuse_a: dict[str, PerPhase] = {root: supply.limit_a}
    for circuit in site.circuits[1:]:
        limit_a = sane_limit_a(circuit.limit_a, site.phases)
        fuse_a.setdefault(circuit.circuit_id, limit_a)
    places: dict[tuple[str, Phase], int] = {}
    for demand in demands:
        for circuit_id in demand.line:
            for phase in demand.phases:
                place = places.get((circuit_id, phase))
                if place is None:
                    place = places[circuit_id, phase] = len(rows)
                    free_a = fuse_a[circuit_id][phase]
                    factor = LimitingFactor.CIRCUIT
                    if circuit_id == root:
                        free_a -= _at_fuse_a(site, supply, phase)
                        factor = LimitingFactor.FUSE
                    elif circuit_id in supply.circuits_a:
                        free_a -= supply.circuits_a[circuit_id][phase]
                    rows.append(Limit(free_a, factor, phase, circuit_id))
                uses[demand.charger_id].append((place, 1.0))


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
    members: list[Demand],
    power_w: float,
    factor: LimitingFactor,
    volts: float,
    rows: list[Limit],
    uses: Uses,
) -> None:
    """Add a limit on the power of some chargers together."""
    if not members or power_w == inf:
        return
    for demand in members:
        uses[demand.charger_id].append((len(rows), float(len(demand.phases))))
    rows.append(Limit(power_w / volts, factor, None, None))


def _add_caps(
    demands: tuple[Demand, ...],
    supply: Supply,
    volts: float,
    rows: list[Limit],
    uses: Uses,
) -> None:
    drawn_w = sum(row.counted_a * len(row.phases) for row in demands) * volts
    for cap in supply.caps:
        left_w = cap.power_w - (supply.house_w if cap.house_w is None else cap.house_w)
        if drawn_w - cap.ease_w <= left_w < drawn_w:
            left_w = drawn_w
        _add_power(list(demands), left_w, cap.factor, volts, rows, uses)


def _add_external_cap(
    site: Site,
    demands: tuple[Demand, ...],
    external_w: float,
    rows: list[Limit],
    uses: Uses,
) -> None:
    """Add the grid operator's cap, for all chargers together or for each."""
    if site.external_cap is None:
        return
    volts = site.voltage_v if site.voltage_v > 0 else 230.0
    groups = [list(demands)]
    if site.external_cap.per_charger:
        groups = [[demand] for demand in demands]
    for group in groups:
        factor = LimitingFactor.EXTERNAL_CAP
        _add_power(group, external_w, factor, volts, rows, uses)


def _add_unbalance(
    site: Site, demands: tuple[Demand, ...], rows: list[Limit], uses: Uses
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
            for row in demands
            if phase in row.phases and len(row.phases) < len(site.phases)
        ]
        if not members:
            continue
        for demand in members:
            uses[demand.charger_id].append((len(rows), 1.0))
        rows.append(Limit(limit_a, LimitingFactor.UNBALANCE, phase, None))


def _add_standard(
    site: Site,
    demands: tuple[Demand, ...],
    supply: Supply,
    volts: float,
    rows: list[Limit],
    uses: Uses,
) -> None:
    """Keep the power buffer free of standard, and lean on no empty battery."""
    members = [row for row in demands if row.standard]
    kept_w = supply.power.leaning_w
    if isfinite(site.power_buffer_w):
        kept_w += max(site.power_buffer_w, 0.0)
    if not members or kept_w <= 0 or not site.phases:
        return
    kept_a = kept_w / volts / len(site.phases)
    factor = LimitingFactor.FUSE
    # A cut for the buffer is one for the house: it teaches to hold, as at a fuse.
    circuit_id: str | None = site.circuits[0].circuit_id
    if supply.power.leaning_w > 0:
        factor, circuit_id = LimitingFactor.BATTERY, None
    for phase in site.phases:
        on_phase = [row for row in members if phase in row.phases]
        if not on_phase:
            continue
        for demand in on_phase:
            uses[demand.charger_id].append((len(rows), 1.0))
        free_a = supply.limit_a[phase] - _at_fuse_a(site, supply, phase) - kept_a
        rows.append(Limit(free_a, factor, phase, circuit_id))


def left_beside_w(
    site: Site, demands: Iterable[Demand], level: BatteryLevel, power: Sun
) -> dict[Drive, float]:
    """Return what is left over for each drive, W, beside those that come first.

    What cars in standard draw now is not left over, nor for the sun what eco's
    minima take, nor for the export what any of them draw.
    """
    taken_w = dict.fromkeys(Drive, 0.0)
    for row in demands:
        drive, draws_w = row.counts_as, _power_w(site, row, row.counted_a)
        if drive is Drive.GRID:
            taken_w[Drive.MINIMUM] += draws_w
            taken_w[Drive.SUN] += draws_w
        if drive is Drive.MINIMUM and row.counted_a > 0:
            taken_w[Drive.SUN] += _power_w(site, row, row.min_current_a)
        if drive is not Drive.EXPORT:
            taken_w[Drive.EXPORT] += draws_w
    return {
        drive: left_over_w(site, drive, level, power) - taken_w[drive]
        for drive in Drive
    }


def lacking(
    site: Site, demands: Iterable[Demand], left_w: Mapping[Drive, float]
) -> frozenset[Drive]:
    """Return the drives that leave those that run on them less than their minima.

    Export above the threshold is enough for one, however little it is.
    """
    minima_w: dict[Drive, list[float]] = {Drive.SUN: [], Drive.EXPORT: []}
    for row in demands:
        if row.counted_a > 0 and row.counts_as in minima_w:
            minimum_w = _power_w(site, row, row.min_current_a)
            minima_w[row.counts_as].append(minimum_w)
    found = set()
    if left_w[Drive.SUN] < sum(minima_w[Drive.SUN]):
        found.add(Drive.SUN)
    on_export = minima_w[Drive.EXPORT]
    first_w = max(on_export, default=0.0)
    if left_w[Drive.EXPORT] <= 0 or left_w[Drive.EXPORT] < sum(on_export) - first_w:
        found.add(Drive.EXPORT)
    return frozenset(found)


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
        drawn_w[row.counts_as] += _power_w(site, row, row.counted_a)
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


def has_floor(row: Demand) -> bool:
    """Tell whether a car may have its minimum where the sun does not give it."""
    drive = row.counts_as
    lends = row.graced or drive in (Drive.MINIMUM, Drive.EXPORT)
    return lends and drive is not Drive.GRID and not row.sun_only


def _power_w(site: Site, row: Demand, current_a: float) -> float:
    volts = site.voltage_v if site.voltage_v > 0 else 230.0
    return current_a * volts * len(row.phases)


def _add_pools(
    site: Site,
    demands: tuple[Demand, ...],
    supply: Supply,
    volts: float,
    rows: list[Limit],
    uses: Uses,
    unserved: frozenset[str],
) -> None:
    """Share what is left over among the modes that live on it.

    Eco's minimum comes from wherever; so does that of a car in its grace, and
    of one when there is any export above the threshold.
    """
    if site.allow_grid_charging and all(row.counts_as is Drive.GRID for row in demands):
        return
    groups: dict[Drive, list[Demand]] = {drive: [] for drive in Drive}
    floors_w = dict.fromkeys(Drive, 0.0)
    left_w = left_beside_w(site, demands, supply.level, supply.power)
    for row in demands:
        drive, minimum_w = row.counts_as, _power_w(site, row, row.min_current_a)
        groups[drive].append(row)
        if row.sun_only:
            _add_power([row], left_w[drive], LimitingFactor.SOLAR, volts, rows, uses)
        elif row.graced or drive is Drive.MINIMUM:
            if row.charger_id not in unserved:
                floors_w[drive] += minimum_w
            # Its minimum may come from wherever, but that of another is not its own.
            most_w = max(left_w[drive], minimum_w)
            _add_power([row], most_w, LimitingFactor.SOLAR, volts, rows, uses)
    for row in groups[Drive.EXPORT]:
        served = not row.sun_only and row.charger_id not in unserved
        if left_w[Drive.EXPORT] > 0 and served:
            minimum_w = _power_w(site, row, row.min_current_a)
            floors_w[Drive.EXPORT] = max(floors_w[Drive.EXPORT], minimum_w)
    on_sun = [row for drive in tuple(Drive)[1:] for row in groups[drive]]
    on_sun_w = max(left_w[Drive.MINIMUM], sum(floors_w.values()))
    for members, power_w in (
        (groups[Drive.GRID], left_w[Drive.GRID]),
        (groups[Drive.SUN], max(left_w[Drive.SUN], floors_w[Drive.SUN])),
        (groups[Drive.EXPORT], max(left_w[Drive.EXPORT], floors_w[Drive.EXPORT])),
        (on_sun, on_sun_w),
    ):
        _add_power(members, power_w, LimitingFactor.SOLAR, volts, rows, uses)
