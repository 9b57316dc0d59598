"""A plan request as numbers: cars, slots, and what each limit leaves the cars.

A limit is a row: the sum of coefficient times current, over the cars that use it,
stays within what it leaves in each slot. For a fuse the coefficient is 1; for power
it is the number of phases, and the row is in ampere over all phases.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise, permutations
from math import inf, isfinite, isnan
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import (
    Charger,
    LimitingFactor,
    MeterKind,
    Phase,
    Site,
)
from custom_components.ev_lb.engine.topology import lines, sane_limit_a

from .request import Goal, PlanRequest, Slot
from .windows import cap_w, open_times

MOST_SLOTS: Final = 800
MOST_CARS: Final = 60
SHORTEST_SLOT_S: Final = 1.0
HIGHEST_PRICE: Final = 1e6
HIGHEST_LOAD_A: Final = 1e5
LONGEST_TIME_S: Final = 1e12
MOST_NEEDED_KWH: Final = 1e4
EPSILON_A: Final = 1e-7
EARLIER: Final = 1e-6
"""What an hour later costs more, as part of the mean price: of equal hours the
earlier one."""


class Car(NamedTuple):
    """A goal on the wires of its charger."""

    goal: Goal
    needed_kwh: float
    kw_per_a: float
    min_a: float
    most_a: tuple[float, ...]
    """What it may draw in each slot, A; 0 where it cannot charge."""
    uses: tuple[tuple[int, float], ...]
    """The rows that its current counts on and that may bind, with its coefficient."""
    highest_a: float
    """What charger and car take at most, A."""
    limits: tuple[tuple[int, float], ...]
    """All rows that its current counts on."""


class Row(NamedTuple):
    """A limit on the currents of some cars."""

    factor: LimitingFactor
    phase: Phase | None
    circuit_id: str | None
    free_a: tuple[float, ...]
    """What it leaves the cars in each slot, A."""


class Program(NamedTuple):
    """What the cars may draw, and what it costs."""

    volts: float
    slots: tuple[Slot, ...]
    hours: tuple[float, ...]
    price: tuple[float, ...]
    """Of a kWh from the grid; hardly dearer with each hour."""
    sun_price: tuple[float, ...]
    sun_kw: tuple[float, ...]
    """The surplus that cars share."""
    mean_price: float
    """Of what a kWh costs or earns, whichever sign it has; never 0."""
    rows: tuple[Row, ...]
    cars: tuple[Car, ...]


type _Wires = tuple[Goal, Charger, tuple[Phase, ...], tuple[str, ...]]
"""A goal, its charger, and the phases and the fuses that its current passes."""


def program_of(request: PlanRequest, peak_w: float = inf) -> Program:
    """Return a request as numbers, without whatever makes no sense in it.

    `peak_w` is what the site may take from the grid in any slot, W.
    """
    site, volts = request.site, request.site.volts
    wires = _wires(site, request.goals)
    moments = [moment for goal, *_ in wires for moment in (goal.from_s, goal.ready_s)]
    slots = _in_windows(request, _sane_slots(request.slots, request.now_s), moments)
    sun_kw = tuple(max(0.0, -sum(slot.house_a)) * volts / 1000 for slot in slots)
    lists: list[list[tuple[int, float]]] = [[] for _ in wires]
    rows = _fuse_rows(site, slots, wires, lists)
    rows += _power_rows(site, slots, wires, lists, peak_w, len(rows))
    rows += _grid_unbalance_rows(site, slots, wires, lists, len(rows))
    rows += _unbalance_rows(site, slots, wires, lists, len(rows))
    rows += _sun_rows(slots, sun_kw, volts, wires, lists, len(rows))
    cars = [
        _car(request, slots, rows, line, tuple(uses))
        for line, uses in zip(wires, lists, strict=True)
    ]
    mean = sum(abs(slot.price) for slot in slots) / max(len(slots), 1) or 1.0
    later = [
        mean * EARLIER * (slot.start_s - slots[0].start_s) / 3600 for slot in slots
    ]
    return Program(
        volts=volts,
        slots=slots,
        hours=tuple((slot.end_s - slot.start_s) / 3600 for slot in slots),
        price=tuple(s.price + extra for s, extra in zip(slots, later, strict=True)),
        sun_price=tuple(
            min(s.feed_in_price, s.price) + extra
            for s, extra in zip(slots, later, strict=True)
        ),
        sun_kw=sun_kw,
        mean_price=mean,
        rows=tuple(rows),
        cars=_without_slack(cars, rows),
    )


def _sane_slots(slots: Sequence[Slot], now_s: float) -> list[Slot]:
    """Return the slots from now on, in order, none over another."""
    numbers = [
        slot
        for slot in slots
        if all(abs(current_a) < HIGHEST_LOAD_A for current_a in slot.house_a)
        and abs(slot.start_s) < LONGEST_TIME_S
        and abs(slot.end_s) < LONGEST_TIME_S
        and abs(slot.price) <= HIGHEST_PRICE
        and abs(slot.feed_in_price) <= HIGHEST_PRICE
    ]
    kept: list[Slot] = []
    begin_s = now_s if isfinite(now_s) else -inf
    for slot in sorted(numbers, key=lambda slot: (slot.start_s, slot.end_s)):
        start_s = max(slot.start_s, begin_s)
        if slot.end_s - start_s >= SHORTEST_SLOT_S and len(kept) < MOST_SLOTS:
            kept.append(_between(slot, start_s, slot.end_s))
            begin_s = slot.end_s
    return kept


def _in_windows(
    request: PlanRequest, slots: list[Slot], moments: list[float]
) -> tuple[Slot, ...]:
    """Return the slots, cut at these moments and where an import limit begins or ends."""
    windows = request.site.import_windows
    if not windows or not slots:
        return _cut(slots, moments)
    times = open_times(windows, request.clock, slots[0].start_s, slots[-1].end_s)
    bounds = [moment for row in times for moment in row[:2] if isfinite(moment)]
    return tuple(
        replace(
            slot,
            import_cap_w=_lower(
                slot.import_cap_w, cap_w(times, slot.start_s, slot.end_s)
            ),
        )
        for slot in _cut(slots, [*moments, *bounds])
    )


def _between(slot: Slot, start_s: float, end_s: float) -> Slot:
    return Slot(
        start_s=start_s,
        end_s=end_s,
        price=slot.price,
        feed_in_price=slot.feed_in_price,
        guessed=slot.guessed,
        house_a=slot.house_a,
        import_cap_w=slot.import_cap_w,
        external_cap_w=slot.external_cap_w,
    )


def _cut(slots: list[Slot], moments: list[float]) -> tuple[Slot, ...]:
    """Return the slots cut at these moments, none shorter than `SHORTEST_SLOT_S`."""
    cut: list[Slot] = []
    ordered = sorted(set(moments))
    for slot in slots:
        inside = [
            moment
            for moment in ordered
            if slot.start_s + SHORTEST_SLOT_S < moment < slot.end_s - SHORTEST_SLOT_S
        ]
        bounds = [slot.start_s, *inside, slot.end_s]
        cut += [_between(slot, start_s, end_s) for start_s, end_s in pairwise(bounds)]
    return tuple(cut)


def _wires(site: Site, goals: Sequence[Goal]) -> list[_Wires]:
    """Return the goals that can be planned for, one for each charger.

    The first goal of a charger counts.
    """
    paths = lines(site)
    found: dict[str, _Wires] = {}
    chargers = {charger.charger_id: charger for charger in reversed(site.chargers)}
    for goal in goals:
        charger = chargers.get(goal.charger_id)
        if charger is None or goal.charger_id in found or len(found) >= MOST_CARS:
            continue
        if charger.circuit_id not in paths or not charger.enabled:
            continue
        phases = tuple(dict.fromkeys(p for p in charger.phases if p in site.phases))
        if goal.phase_count is not None:
            phases = phases[: max(goal.phase_count, 0)]
        if phases and goal.needed_kwh > 0 and goal.from_s < goal.ready_s:
            found[goal.charger_id] = (goal, charger, phases, paths[charger.circuit_id])
    return list(found.values())


def _fuse_rows(
    site: Site,
    slots: Sequence[Slot],
    wires: Sequence[_Wires],
    lists: list[list[tuple[int, float]]],
) -> list[Row]:
    """Add every fuse on every phase that a car's current passes.

    What else hangs on a circuit of its own is not forecast: only the grid
    connection carries the house.
    """
    rows: list[Row] = []
    for place, circuit in enumerate(site.circuits):
        limit_a = sane_limit_a(circuit.limit_a, site.phases)
        for phase in site.phases:
            users = [
                car
                for car, (_, _, phases, path) in enumerate(wires)
                if phase in phases and circuit.circuit_id in path
            ]
            if not users:
                continue
            for car in users:
                lists[car].append((len(rows), 1.0))
            free_a = tuple(
                max(0.0, limit_a[phase] - (0.0 if place else slot.house_a[phase]))
                for slot in slots
            )
            factor = LimitingFactor.CIRCUIT if place else LimitingFactor.FUSE
            rows.append(Row(factor, phase, circuit.circuit_id, free_a))
    return rows


def _power_rows(
    site: Site,
    slots: Sequence[Slot],
    wires: Sequence[_Wires],
    lists: list[list[tuple[int, float]]],
    peak_w: float,
    first: int,
) -> list[Row]:
    """Add the caps on power, of those that cap anything."""
    volts = site.volts
    stated_w = inf if site.import_cap_w is None else site.import_cap_w

    def import_left_a(cap_w: float, slot: Slot) -> float:
        return max(0.0, cap_w / volts - sum(slot.house_a))

    def external_a(slot: Slot) -> float:
        return max(0.0, slot.external_cap_w / volts)

    kinds: list[tuple[LimitingFactor, Callable[[Slot], float]]] = [
        (
            LimitingFactor.IMPORT_CAP,
            lambda slot: import_left_a(_lower(stated_w, slot.import_cap_w), slot),
        ),
        (LimitingFactor.CAPACITY_TARIFF, lambda slot: import_left_a(peak_w, slot)),
    ]
    if site.external_cap is None or not site.external_cap.per_charger:
        kinds.append((LimitingFactor.EXTERNAL_CAP, external_a))
    rows: list[Row] = []
    for factor, left_a in kinds:
        free_a = tuple(left_a(slot) for slot in slots)
        if any(free < inf for free in free_a):
            for car, (_, _, phases, _) in enumerate(wires):
                lists[car].append((first + len(rows), float(len(phases))))
            rows.append(Row(factor, None, None, free_a))
    return rows


def _lower(first: float, second: float) -> float:
    """Return the lower one of two caps; one that is no number caps nothing."""
    return min((cap for cap in (first, second) if not isnan(cap)), default=inf)


def _unbalance_rows(
    site: Site,
    slots: Sequence[Slot],
    wires: Sequence[_Wires],
    lists: list[list[tuple[int, float]]],
    first: int,
) -> list[Row]:
    """Bound what cars on less than all phases draw together on a phase."""
    limit_a = site.unbalance_limit_a
    if limit_a is None or not isfinite(limit_a) or len(site.phases) < 2:
        return []
    rows: list[Row] = []
    for phase in site.phases:
        for car, (_, _, phases, _) in enumerate(wires):
            if phase in phases and len(phases) < len(site.phases):
                lists[car].append((first + len(rows), 1.0))
        free_a = (max(0.0, limit_a),) * len(slots)
        rows.append(Row(LimitingFactor.UNBALANCE, phase, None, free_a))
    return rows


def _grid_unbalance_rows(
    site: Site,
    slots: Sequence[Slot],
    wires: Sequence[_Wires],
    lists: list[list[tuple[int, float]]],
    first: int,
) -> list[Row]:
    """Bound what the first of two phases may carry more than the other, house included.

    Cars on the other one make no room: they may stop at any moment. A meter of the
    total does not tell phases apart: then the cars alone count.
    """
    limit_a = site.grid_unbalance_limit_a
    if limit_a is None or limit_a == inf:
        return []
    limit_a = limit_a if limit_a > 0 else 0.0
    by_phase = site.meter.kind is not MeterKind.TOTAL
    rows: list[Row] = []
    for phase, other in permutations(site.phases, 2):
        users = [
            car
            for car, (_, _, phases, _) in enumerate(wires)
            if phase in phases and other not in phases
        ]
        if not users:
            continue
        for car in users:
            lists[car].append((first + len(rows), 1.0))
        free_a = tuple(
            max(0.0, limit_a - (slot.house_a[phase] - slot.house_a[other]))
            if by_phase
            else limit_a
            for slot in slots
        )
        rows.append(Row(LimitingFactor.UNBALANCE, phase, None, free_a))
    return rows


def _sun_rows(
    slots: Sequence[Slot],
    sun_kw: Sequence[float],
    volts: float,
    wires: Sequence[_Wires],
    lists: list[list[tuple[int, float]]],
    first: int,
) -> list[Row]:
    """Keep cars with a price limit on the surplus while a kWh costs more.

    The surplus is shared: who has the lower limit counts for the higher one's too.
    """
    limits = sorted({goal.price_limit for goal, *_ in wires if goal.price_limit < inf})
    rows: list[Row] = []
    for limit in limits:
        for car, (goal, _, phases, _) in enumerate(wires):
            if goal.price_limit <= limit:
                lists[car].append((first + len(rows), float(len(phases))))
        free_a = tuple(
            kw * 1000 / volts if slot.price > limit else inf
            for slot, kw in zip(slots, sun_kw, strict=True)
        )
        rows.append(Row(LimitingFactor.SOLAR, None, None, free_a))
    return rows


def _car(
    request: PlanRequest,
    slots: Sequence[Slot],
    rows: Sequence[Row],
    line: _Wires,
    uses: tuple[tuple[int, float], ...],
) -> Car:
    """Return a car with what it may draw in each slot."""
    goal, charger, phases, _ = line
    site = request.site
    kw_per_a = site.volts * len(phases) / 1000
    caps_a = (charger.max_current_a, charger.manual_limit_a, goal.max_current_a)
    highest_a = min(
        (cap for cap in caps_a if cap is not None and not isnan(cap)), default=0
    )
    min_a = charger.min_current_a if 1 <= charger.min_current_a < inf else 6.0
    each = site.external_cap is not None and site.external_cap.per_charger

    def most_a(slot: Slot, place: int) -> float:
        if slot.start_s < goal.from_s - SHORTEST_SLOT_S:
            return 0.0
        if slot.end_s > goal.ready_s + SHORTEST_SLOT_S:
            return 0.0
        most = min(
            highest_a,
            *(rows[row].free_a[place] / coefficient for row, coefficient in uses),
        )
        if each and slot.external_cap_w < inf:
            most = min(most, slot.external_cap_w / 1000 / kw_per_a)
        return most if most >= min_a - EPSILON_A else 0.0

    return Car(
        goal=goal,
        needed_kwh=min(goal.needed_kwh, MOST_NEEDED_KWH),
        kw_per_a=kw_per_a,
        min_a=min_a,
        most_a=tuple(most_a(slot, place) for place, slot in enumerate(slots)),
        uses=uses,
        highest_a=highest_a,
        limits=uses,
    )


def _without_slack(cars: Sequence[Car], rows: Sequence[Row]) -> tuple[Car, ...]:
    """Return the cars without the rows that never bind."""
    binding = set()
    for number, row in enumerate(rows):
        users = [
            (car, dict(car.uses)[number]) for car in cars if number in dict(car.uses)
        ]
        for place, free_a in enumerate(row.free_a):
            drawn_a = sum(part * car.most_a[place] for car, part in users)
            if drawn_a > free_a + EPSILON_A:
                binding.add(number)
                break
    return tuple(
        car._replace(uses=tuple(use for use in car.uses if use[0] in binding))
        for car in cars
    )
