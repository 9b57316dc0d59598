"""Bounds what the car of an unreachable charger may draw by what the meters show.

A charger that cannot be reached keeps what it has, and so does its reservation: a car
that pauses may go on at any moment. After a while that is no likelier than that an oven
is switched on, and what the car does draw is in what the meters show.
"""

from collections.abc import Iterable
from math import inf
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import Charger, MeterKind, Phase
from custom_components.ev_lb.engine.model.metered import MeteredCircuit
from custom_components.ev_lb.engine.model.set_points import (
    START_TIME_S,
)
from custom_components.ev_lb.engine.model.state import ChargerState, LeftByMeters
from custom_components.ev_lb.engine.wakeups import Wakeups

from .cars import Source, cars_of, draws_of
from .unmeasured import AGREED_A

SILENT_S: Final = 120.0
"""How long a charger must have been out of reach, s: twice what a car needs to start
(`START_TIME_S`), so that one that was being raised has shown it."""
WINDOW_S: Final = 60.0
"""For how long what meters left a car counts at least, s: a car that begins again needs
no longer for its rise."""


class _Left(NamedTuple):
    """What meters leave a car."""

    current_a: float
    """A on each of its phases; the least that it can be while that is open."""
    is_open: bool
    """Whether other cars are on their way to what they were told."""


def bound_unreachable(
    sources: tuple[Source, ...],
    metered_circuits: tuple[MeteredCircuit, ...],
    wakeups: Wakeups,
) -> tuple[Source, ...]:
    """Return the sources with a bound for cars whose chargers are long out of reach."""
    if all(
        row.state.silent_since_s is None and not row.state.left_by_meters
        for row in sources
    ):
        return sources
    return tuple(_bounded(row, sources, metered_circuits, wakeups) for row in sources)


def is_long_silent(charger: Charger, state: ChargerState, wakeups: Wakeups) -> bool:
    """Tell whether a charger is out of reach for so long that its car may be idle.

    What it gives changes no more by itself: its lease is over as well.
    """
    return state.silent_since_s is not None and wakeups.passed(
        _silent_until_s(charger, state)
    )


def _silent_until_s(charger: Charger, state: ChargerState) -> float:
    """Return from when on a charger is long out of reach, s; infinity for never."""
    if state.silent_since_s is None:
        return inf
    silent_s = SILENT_S
    if charger.lease is not None:
        ends_s = charger.lease.duration_s + charger.response.dead_time_s
        silent_s = max(silent_s, ends_s + START_TIME_S)
    return state.silent_since_s + silent_s


def _bounded(
    source: Source,
    sources: tuple[Source, ...],
    metered_circuits: tuple[MeteredCircuit, ...],
    wakeups: Wakeups,
) -> Source:
    left = _left(source, sources, metered_circuits)
    if left is None:
        if not source.state.left_by_meters:
            return source
        return source._replace(state=source.state._replace(left_by_meters=()))
    over = [row for row in metered_circuits if _is_over(row, source)]
    window_s = max([WINDOW_S, *(row.window_s for row in over)])
    peaks, left_a = source.state.left_by_meters, left.current_a
    if left.is_open and peaks:
        left_a = max(left_a, peaks[-1].current_a)
    peaks = _with_peak(peaks, left_a, window_s, wakeups)
    source = source._replace(state=source.state._replace(left_by_meters=peaks))
    if not _is_shown(source, over, wakeups):
        return source
    if any(row.is_overloaded(source.charger.phases) for row in over):
        # It may be this car's, and whoever can be told makes way for all it may draw.
        return source
    # Its car may draw nothing: so a raise takes all that it may draw now for the
    # house's, and only what it drew lately is not in that.
    given_a = source.still_drawing_a
    if source.charger.lease is not None:
        given_a = max(given_a, source.charger.lease.fallback_current_a)
    most_a = min(given_a, peaks[0].current_a)
    lately_a = min(most_a, peaks[0].current_a - left_a)
    return source._replace(
        most_by_meters_a=most_a, still_drawing_a=lately_a, keeps_set_point=True
    )


def _is_shown(source: Source, over: Iterable[MeteredCircuit], wakeups: Wakeups) -> bool:
    """Tell whether meters were read since a charger counts as long out of reach."""
    charger, state = source.charger, source.state
    if not is_long_silent(charger, state, wakeups):
        return False
    since_s = _silent_until_s(charger, state)
    readings = [row.phases[phase].reading for row in over for phase in charger.phases]
    return all(row is not None and row.time_s >= since_s for row in readings)


def _is_over(metered: MeteredCircuit, source: Source) -> bool:
    return source.charger.circuit_id in metered.behind


def _left(
    source: Source,
    sources: tuple[Source, ...],
    metered_circuits: tuple[MeteredCircuit, ...],
) -> _Left | None:
    """Return what the meters leave a car beside the house and the other cars.

    None where it can be reached, or where no meter shows what it draws now.
    """
    if source.state.silent_since_s is None or source.before_meter:
        return None
    found: list[_Left] = []
    for metered in metered_circuits:
        if not _is_over(metered, source):
            continue
        others = tuple(
            row
            for row in sources
            if row is not source and _is_over(metered, row) and not row.before_meter
        )
        on_phases = [
            _left_on_phase(metered, others, phase) for phase in source.charger.phases
        ]
        rows = [row for row in on_phases if row is not None]
        if not rows or len(rows) < len(on_phases):
            return None
        is_open = any(row.is_open for row in rows)
        found.append(_Left(max(row.current_a for row in rows), is_open))
    return min(found, default=None)


def _left_on_phase(
    metered: MeteredCircuit, others: tuple[Source, ...], phase: Phase
) -> _Left | None:
    """Return what a meter leaves a car on one phase; None where it is lost.

    What the house is taken for is not the car's, and the other way round: however the
    two are told apart, together they are what the meter shows besides other cars.
    """
    memory, meter = metered.phases[phase], metered.meter
    reading = memory.reading
    if reading is None or metered.problems[phase] is not None:
        return None
    cars = cars_of(others, None if meter.kind is MeterKind.TOTAL else phase)
    draws = draws_of(meter, cars, reading.time_s, reading.time_s, memory.untold)
    is_open = draws.high_a - draws.low_a > AGREED_A
    drawn_a, shown_a = draws.high_a if is_open else draws.low_a, memory.untold.shown_a
    if shown_a is not None:
        drawn_a -= max(0.0, draws.untold_low_a - shown_a)
    return _Left(max(0.0, reading.value - memory.house_a - drawn_a), is_open)


def _with_peak(
    peaks: tuple[LeftByMeters, ...], left_a: float, window_s: float, wakeups: Wakeups
) -> tuple[LeftByMeters, ...]:
    """Return the falling row of those that count, with a new one."""
    if peaks and peaks[-1].current_a != left_a:
        peaks = (*peaks[:-1], peaks[-1]._replace(until_s=wakeups.now_s))
    kept = [row for row in peaks if row.current_a > left_a]
    while kept and wakeups.passed(kept[0].until_s + window_s):
        kept.pop(0)
    return (*kept, LeftByMeters(left_a, inf))
