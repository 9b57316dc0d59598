"""What the house draws without the cars, per phase.

House = meter - what the cars drew when the meter was read. Where that draw is
a range, the last estimate is kept as long as it lies in the range: a change
that a car explains is the car's, any other is the house's. So neither a cut
nor a raise under way is taken for a change of the house.
"""

from math import inf
from typing import Final

from custom_components.ev_lb.engine.model import (
    Meter,
    MeterKind,
    PerPhase,
    Phase,
    Reading,
    ReadingProblem,
    Site,
)
from custom_components.ev_lb.engine.model.house_load import without_old_peaks
from custom_components.ev_lb.engine.model.metered import Problems
from custom_components.ev_lb.engine.model.state import (
    Peak,
    PhaseState,
    StandingOverload,
    Untold,
    ValueWatch,
)
from custom_components.ev_lb.engine.wakeups import Wakeups

from .cars import Cars, Draws, Source, cars_of, least_wires, taken
from .frozen import (
    COARSEST_A,
    Surroundings,
    changed,
    followed,
    is_frozen,
    may_be_balanced,
)
from .plug import IDLE_A
from .readings import PhaseReadings, bad_from_s, counts_on
from .unmeasured import wires_of

SURPRISE_A: Final = 0.5
"""A smaller step of the house needs no explanation, A."""
EXPORT_TOLERANCE_A: Final = 2.0
"""A home that cannot export is never further below zero than this, A."""
WORST_PERIOD_S: Final = 300.0
WORST_PERIODS: Final = 12
"""Meter loss looks back at the highest house load of one hour."""


def estimate_house(
    site: Site,
    meter: Meter,
    limit_a: PerPhase,
    memories: tuple[PhaseState, PhaseState, PhaseState],
    sources: tuple[Source, ...],
    told: PhaseReadings,
    battery_a: float | None,
    wakeups: Wakeups,
) -> tuple[tuple[PhaseState, PhaseState, PhaseState], Problems]:
    """Return the new memory of each phase, and each phase's problem.

    The house is what hangs on this meter besides the cars of `sources`; `battery_a`
    is what a home battery takes, A at one phase.
    """
    readings, problems, bad_since_s = told
    phases = [
        row if row.bad_since_s == since_s else row._replace(bad_since_s=since_s)
        for row, since_s in zip(memories, bad_since_s, strict=True)
    ]
    found = list(problems)
    window_s = hold_window_s(site, sources)
    total = meter.kind is MeterKind.TOTAL
    everybody = cars_of(sources, None) if total else None
    around = Surroundings(
        meter,
        battery_a,
        may_be_balanced(site, meter.kind, readings, battery_a),
        min((memories[row].watch.finest_a for row in site.phases), default=COARSEST_A),
        nothing=not total and _shows_nothing(site, readings),
    )
    new_s = _newest_change_s(site, memories, readings, problems)
    for phase in site.phases:
        if found[phase] is not None:
            continue
        reading = readings[phase]
        assert reading is not None
        cars = everybody or cars_of(sources, phase)
        before = phases[phase]
        after, found[phase] = _estimate_phase(
            site,
            phase,
            meter,
            before,
            cars,
            reading,
            window_s,
            wakeups,
            _watched(before, reading, cars, around, new_s),
        )
        if found[phase] is ReadingProblem.IMPLAUSIBLE:
            since_s = bad_from_s(memories[phase], wakeups.now_s)
            if counts_on(site, meter, before, since_s, wakeups):
                # What one strange value says of the house is forgotten.
                after, found[phase] = before, None
            after = after._replace(bad_since_s=since_s)
        if after.load_a > limit_a[phase] or after.overload is not None:
            after = _with_overload(after, before, limit_a[phase])
        phases[phase] = after
    return (phases[0], phases[1], phases[2]), (found[0], found[1], found[2])


def _shows_nothing(site: Site, readings: tuple[Reading | None, ...]) -> bool:
    """Tell whether a meter shows zero on all of three phases.

    A battery or the sun may bring one phase or a total to zero, but no three
    phases at a time.
    """
    return len(site.phases) == len(readings) and all(
        row is not None and row.value == 0 for row in readings
    )


def _with_overload(
    memory: PhaseState, before: PhaseState, limit_a: float
) -> PhaseState:
    """Note since when the meter shows an overload, and how much at most."""
    excess_a = memory.load_a - limit_a
    if memory.reading is None or excess_a <= 0:
        return memory._replace(overload=None)
    known = before.overload or StandingOverload(memory.reading.time_s, excess_a)
    found = known._replace(most_a=max(known.most_a, excess_a))
    return memory if found == memory.overload else memory._replace(overload=found)


def hold_window_s(site: Site, sources: tuple[Source, ...]) -> float:
    """Return how long a house load counts against a raise, s.

    No shorter than the reports of a charger are apart whose car drew lately: only
    they tell whether a smaller load was the car's or the house's. A car that drew
    nothing cannot have drawn less.
    """
    gaps = (
        row.state.report_gap_s
        for row in sources
        if any(max(told.current_a) > IDLE_A for told in row.state.measurements)
    )
    return max(site.hold_window_s, *gaps, 0.0)


def _newest_change_s(
    site: Site,
    memories: tuple[PhaseState, PhaseState, PhaseState],
    readings: tuple[Reading | None, ...],
    problems: Problems,
) -> float:
    """Return when the meter told something new of any phase just now, s.

    Minus infinity for never. A phase that is lost may have changed.
    """
    newest_s = -inf
    for phase in site.phases:
        reading, before = readings[phase], memories[phase].reading
        if reading is None or problems[phase] is not None:
            newest_s = inf
        elif before is None or before.value != reading.value:
            newest_s = max(newest_s, reading.time_s)
    return newest_s


def _watched(
    memory: PhaseState,
    reading: Reading,
    cars: Cars,
    around: Surroundings,
    new_s: float,
) -> ValueWatch:
    """Watch whether the meter's value moves when the cars do.

    `new_s` is when it told something new of any phase, s: a car that does not tell
    its phases apart may be on that one only.
    """
    watch, before = memory.watch, memory.reading
    if before is None or before.value != reading.value:
        watch = changed(watch, before, reading)
        return watch._replace(stands_s=watch.since_s)
    if not cars.apart and new_s > -inf:
        stands_s = reading.time_s if new_s == inf else new_s
        return ValueWatch(watch.since_s, watch.finest_a, watch.renewed_s, stands_s)
    if cars.apart:
        around = around._replace(finest_a=watch.finest_a)
    return followed(watch, before.time_s, reading, cars, around)


def _estimate_phase(
    site: Site,
    phase: Phase,
    meter: Meter,
    memory: PhaseState,
    cars: Cars,
    reading: Reading,
    window_s: float,
    wakeups: Wakeups,
    watch: ValueWatch,
) -> tuple[PhaseState, ReadingProblem | None]:
    """Return a phase's new memory, and what is wrong with its reading."""
    if is_frozen(watch, reading.time_s, meter.freshness_limit_s):
        return memory._replace(reading=reading, watch=watch), ReadingProblem.STUCK
    if memory.doubt_since_s is not None or memory.reading != reading:
        memory = _update(site, phase, meter, memory, cars, reading, watch, wakeups)
    elif watch is not memory.watch:
        memory = memory._replace(watch=watch)
    if not site.can_export and memory.house_high_a < -EXPORT_TOLERANCE_A:
        return memory, ReadingProblem.IMPLAUSIBLE
    return without_old_peaks(memory, window_s, wakeups.passed), None


def _update(
    site: Site,
    phase: Phase,
    meter: Meter,
    memory: PhaseState,
    cars: Cars,
    reading: Reading,
    watch: ValueWatch,
    wakeups: Wakeups,
) -> PhaseState:
    """Estimate the house anew from a reading and the draws at its time."""
    read_s, value_a = reading.time_s, reading.value
    since_s = read_s if memory.doubt_since_s is None else memory.doubt_since_s
    draws, untold = taken(site, meter, memory, cars, reading, since_s + meter.delay_s)
    low_a, high_a = draws.low_a, draws.high_a
    not_taking = not site.can_export and value_a < low_a - EXPORT_TOLERANCE_A / 2
    if not_taking and not cars.apart:
        # A car cannot be taking all that it is offered, or not on this phase.
        low_a = draws.surely_a
    first = memory.reading is None
    # The house is the value less some draw between low and high. As long as what it
    # was before lies in that range, a car explains the change, and it stays.
    before_a = value_a - low_a if first else memory.house_a
    house_a = face_a = _clamp(before_a, value_a - high_a, value_a - low_a)
    known_a = face_a if first else memory.known_a
    doubt_since_s, carried_a = None, face_a
    if abs(face_a - known_a) > SURPRISE_A:
        # No car that has told explains it. While one that has not told may still turn
        # out to, the house moves only as far as even that leaves it no choice.
        if wakeups.passed(draws.open_until_s):
            known_a = face_a
        else:
            doubt_since_s = memory.doubt_since_s
            if doubt_since_s is None:
                doubt_since_s = read_s
            house_a = _clamp(
                before_a, value_a - draws.loosely_high_a, value_a - draws.loosely_low_a
            )
            carried_a = max(face_a - draws.late_a, min(before_a, face_a))
    is_new = memory.reading != reading
    since_s = read_s if is_new else wakeups.now_s
    return PhaseState(
        reading=reading,
        house_a=house_a,
        known_a=known_a,
        # Against a raise the house counts with the cars at their least.
        house_high_a=max(value_a - low_a, house_a),
        house_face_a=face_a,
        load_a=carried_a + _on_phase_a(phase, cars, draws, untold, value_a - carried_a),
        overload=memory.overload,
        doubt_since_s=doubt_since_s,
        bad_since_s=memory.bad_since_s,
        watch=watch,
        peaks=_with_peak(memory.peaks, house_a, since_s),
        hold=memory.hold,
        untold=untold,
        worst_a=_with_worst(memory.worst_a, house_a, wakeups.now_s),
    )


def _on_phase_a(
    phase: Phase, cars: Cars, draws: Draws, untold: Untold, taken_a: float
) -> float:
    """Return what cars carry on a phase that take so much of the reading, A.

    On a total, those that tell each phase apart count on their own; the others on as
    few of their wires as they may be on.
    """
    if cars.phase is not None:
        return taken_a
    elsewhere_a = sum(low for row, (low, _) in enumerate(draws.apart_a) if row != phase)
    here_a = taken_a - elsewhere_a
    own_a = min(draws.apart_a[phase][1], here_a)
    if cars.apart:
        return own_a
    wires = wires_of(untold, draws.untold_high_a, least_wires(untold, cars))
    others_a = min(here_a - own_a, draws.vague_a + draws.late_a)
    return own_a + others_a / wires


def _clamp(value: float, lowest: float, highest: float) -> float:
    return max(lowest, min(value, highest))


def _with_peak(
    peaks: tuple[Peak, ...], house_a: float, now_s: float
) -> tuple[Peak, ...]:
    """Add a house load to the falling row of those that count."""
    if peaks:
        if peaks[-1].house_a == house_a:
            return peaks
        peaks = (*peaks[:-1], Peak(peaks[-1].house_a, now_s))
    keep = len(peaks)
    while keep and peaks[keep - 1].house_a <= house_a:
        keep -= 1
    return (*peaks[:keep], Peak(house_a, inf))


def _with_worst(
    worst: tuple[tuple[int, float], ...], house_a: float, now_s: float
) -> tuple[tuple[int, float], ...]:
    period = int(now_s // WORST_PERIOD_S)
    if worst and worst[-1][0] == period:
        if house_a <= worst[-1][1]:
            return worst
        return (*worst[:-1], (period, house_a))
    kept = tuple(row for row in worst if period - WORST_PERIODS < row[0] < period)
    return (*kept, (period, house_a))
