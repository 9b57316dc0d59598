"""The meter's last word on an overload, whatever the chargers tell."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import inf
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import MINIMUM_EV_CURRENT_A, MeterKind, Phase
from custom_components.ev_lb.engine.model.metered import MeteredCircuit
from custom_components.ev_lb.engine.model.set_points import (
    MEASUREMENT_DELAY_S,
    most_commanded_a,
)
from custom_components.ev_lb.engine.model.state import ChargerState, SetPoint

from .cars import Source
from .draw import OVERDUE_AFTER_S
from .proof import STEP_A, is_proven
from .usage import FULL_USE_A

PHASES_DOUBTED_S: Final = 600.0
"""How long a car counts on all its wires after one that it seems not to use carried
too much, s."""
BELIEVED: Final = 2.0
"""A car is believed to have gone down by so many times the overload: some chargers tell
what they offer as if it were measured."""


class PhaseExcess(NamedTuple):
    """A phase over a charger that carries too much."""

    phase: Phase
    excess_a: float
    commanded_a: float
    """What the charger was allowed when the meter was read, A."""


class Cut(NamedTuple):
    """A command by which a car was told less."""

    point: SetPoint
    fall_a: float
    end_s: float
    """When it has had its effect, s."""


def bound_by_meters_a(overloads: Iterable[PhaseExcess]) -> float:
    """Return the highest set-point that overloaded meters leave a charger, A.

    What was commanded when the meter was read, less the excess that it showed.
    Infinity where no fuse over the charger is overloaded.
    """
    return min((row.commanded_a - row.excess_a for row in overloads), default=inf)


def loads_idle_phase(overloads: Iterable[PhaseExcess], used: tuple[Phase, ...]) -> bool:
    """Tell whether a car may be what overloads a phase that it seems not to use.

    Not where the overload is more than the car was allowed.
    """
    return bool(used) and any(
        row.phase not in used and row.excess_a <= row.commanded_a for row in overloads
    )


def bounds_by_totals_a(
    metered_circuits: tuple[MeteredCircuit, ...], sources: tuple[Source, ...]
) -> dict[str, float]:
    """Return the highest set-points where a total may hide an overload, A.

    It does as long as a car may be on one wire that is taken to be on several. One
    car at a time is told less, by the excess that there may be, so that the total
    shows on how many it is: down to its minimum, or to nothing where that is too small
    a step to show it. None gets more.
    """
    bounds_a: dict[str, float] = {}
    for metered in metered_circuits:
        if metered.meter.kind is not MeterKind.TOTAL:
            continue
        behind = [row for row in sources if row.charger.circuit_id in metered.behind]
        excess_a = max((_hidden_a(metered, row) for row in behind), default=0.0)
        if excess_a <= 0:
            continue
        for row in behind:
            bounds_a[row.charger.charger_id] = row.state.set_a
        asked = _to_ask(metered, behind)
        if asked is not None:
            bounds_a[asked.charger.charger_id] = _less_a(asked, excess_a)
    return bounds_a


def _hidden_a(metered: MeteredCircuit, source: Source) -> float:
    """Return by how much a phase of a charger may be overloaded unseen, A."""
    found_a = 0.0
    for phase in source.charger.phases:
        most_a, limit_a = metered.phases[phase].untold.most_a, metered.limit_a[phase]
        if most_a is not None and metered.problems[phase] is None:
            found_a = max(found_a, most_a - limit_a)
    return found_a


def _to_ask(metered: MeteredCircuit, behind: list[Source]) -> Source | None:
    """Return the next car to be told less; none while a command is on its way."""
    found: list[tuple[float, str, Source]] = []
    for source in behind:
        charger, state = source[:2]
        memory = metered.phases[charger.phases[0]] if charger.phases else None
        if memory is None or memory.reading is None:
            continue
        value_s = memory.reading.time_s - metered.meter.delay_s
        if source.ends_s and not source.ends_s[-1] < value_s:
            return None
        for row in memory.untold.cars:
            if row.charger_id != charger.charger_id or state.set_a <= 0:
                continue
            if not is_proven(row, measured=bool(state.measurements)):
                found.append((state.set_a, row.charger_id, source))
    return max(found)[2] if found else None


def _less_a(source: Source, excess_a: float) -> float:
    """Return what a car is told for the total to show its wires, A."""
    charger, set_a = source.charger, source.state.set_a
    lowest_a = max(charger.min_current_a, MINIMUM_EV_CURRENT_A)
    if set_a < lowest_a + STEP_A:
        return 0.0
    return max(lowest_a, set_a - max(excess_a, STEP_A))


def is_cut_in_vain(
    metered_circuits: tuple[MeteredCircuit, ...], source: Source
) -> bool:
    """Tell whether a cut has had its time, and an overload has hardly fallen.

    Then the car takes less than its set-point, nobody knows how much less, and
    feeling the way down would leave the overload standing. Not where the car is measured
    to have followed: then the house has risen again.
    """
    cuts = _cuts(source)
    for metered in metered_circuits if cuts else ():
        if source.charger.circuit_id not in metered.behind:
            continue
        for phase in source.charger.phases:
            memory = metered.phases[phase]
            reading, overload = memory.reading, memory.overload
            if (
                reading is None
                or overload is None
                or metered.problems[phase] is not None
            ):
                continue
            value_s = reading.time_s - metered.meter.delay_s
            excess_a = memory.load_a - metered.limit_a[phase]
            ended = [
                row
                for row in cuts
                if overload.since_s <= row.point.decided_s and row.end_s < value_s
            ]
            hardly_fallen = bool(ended) and excess_a > overload.most_a / 2
            if hardly_fallen and not _is_measured(
                source.state, ended, overload.most_a, value_s
            ):
                return True
    return False


def _cuts(source: Source) -> list[Cut]:
    """Return the cuts that are remembered, the oldest first."""
    return [
        Cut(later, before.current_a - later.current_a, end_s)
        for (before, later), end_s in zip(
            pairwise(source.state.set_points), _overdue_s(source)[1:], strict=True
        )
        if later.current_a < before.current_a
    ]


def _is_measured(
    state: ChargerState, ended: list[Cut], most_a: float, value_s: float
) -> bool:
    """Tell whether a car is measured to have gone down as it was told, or soon may be.

    Not once that is so much that the overload must have ended for long.
    """
    if not state.measurements or sum(row.fall_a for row in ended) > BELIEVED * most_a:
        return False
    told, newest = state.measurements[-1], ended[-1]
    drawn_a, told_a = max(told.current_a), newest.point.current_a
    shows_s = newest.end_s + MEASUREMENT_DELAY_S
    if told.time_s < shows_s:
        took_all = drawn_a >= told_a + newest.fall_a - FULL_USE_A
        return took_all and value_s <= shows_s + state.report_gap_s
    return state.set_a - FULL_USE_A <= drawn_a <= told_a + FULL_USE_A


def _overdue_s(source: Source) -> tuple[float, ...]:
    """Return when each set-point has had its effect, s, though nobody confirms it."""
    overdue_s = source.charger.response.dead_time_s + OVERDUE_AFTER_S
    return tuple(
        min(end_s, point.decided_s + overdue_s)
        for point, end_s in zip(source.state.set_points, source.ends_s, strict=True)
    )


def overloads_over(
    metered_circuits: tuple[MeteredCircuit, ...], source: Source
) -> Iterator[PhaseExcess]:
    """Yield each overloaded phase over a charger.

    A command that nobody confirms counts once it is overdue.
    """
    charger, state = source[:2]
    ends_s = _overdue_s(source)
    for metered in metered_circuits:
        if charger.circuit_id not in metered.behind:
            continue
        for phase in charger.phases:
            memory = metered.phases[phase]
            reading, excess_a = memory.reading, memory.load_a - metered.limit_a[phase]
            if reading is None or metered.problems[phase] is not None or excess_a <= 0:
                continue
            allowed_a = most_commanded_a(
                state, ends_s, reading.time_s, metered.meter.delay_s
            )
            yield PhaseExcess(phase, excess_a, allowed_a)
