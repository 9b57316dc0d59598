"""Which readings of the meter may be believed."""

from math import inf, isfinite
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import (
    CircuitReading,
    Meter,
    MeterKind,
    PerPhase,
    Phase,
    Reading,
    ReadingProblem,
    Site,
    Snapshot,
)
from custom_components.ev_lb.engine.model.metered import Phases, Problems
from custom_components.ev_lb.engine.model.state import PhaseState
from custom_components.ev_lb.engine.wakeups import Wakeups

PLAUSIBLE_MULTIPLE: Final = 10.0
"""A reading beyond this multiple of the fuse is broken: a type C breaker trips
within 0.1 s at 10 In (IEC 60898-1), so no home stays there."""


def check(
    reading: Reading | None, plausible: float, limit_s: float, wakeups: Wakeups
) -> ReadingProblem | None:
    """Tell why a reading is not to be believed; None when it is.

    A reading from further ahead than the freshness limit has a broken time and
    counts as stale; from a little ahead, as just made.
    """
    if reading is None:
        return ReadingProblem.UNAVAILABLE
    if reading.problem is not None:
        return reading.problem
    if not isfinite(reading.value) or not isfinite(reading.time_s):
        return ReadingProblem.NOT_A_NUMBER
    if abs(reading.value) > plausible:
        return ReadingProblem.IMPLAUSIBLE
    if reading.time_s > wakeups.now_s + limit_s:
        return ReadingProblem.STALE
    if wakeups.passed(reading.time_s + limit_s):
        return ReadingProblem.STALE
    return None


class PhaseReadings(NamedTuple):
    """What a meter tells of each phase."""

    rows: tuple[Reading | None, ...]
    """In ampere; the last good one in place of a bad one, as long as it counts."""
    problems: Problems
    """Why they are not believed."""
    bad_since_s: tuple[float | None, ...] = (None, None, None)
    """Since when a phase has had no reading that can be believed, s."""


def phase_readings(
    site: Site,
    meter: Meter,
    limit_a: PerPhase,
    told: Snapshot | CircuitReading,
    memories: Phases,
    wakeups: Wakeups,
) -> PhaseReadings:
    """Return each phase's reading in ampere, and why it is not believed.

    A bad one is no reading: for a while the last good one counts on.
    """
    readings, problems = _raw_readings(site, meter, limit_a, told, wakeups)
    now_s = wakeups.now_s
    bad = [
        phase
        for phase in Phase
        if _is_bad(readings[phase], problems[phase], now_s=now_s)
    ]
    if not bad:
        return PhaseReadings(readings, problems)
    rows, found = list(readings), list(problems)
    bad_since_s: list[float | None] = [None, None, None]
    for phase in bad:
        of_all = meter.kind is MeterKind.TOTAL and len(site.phases) > 0
        memory = memories[site.phases[0] if of_all else phase]
        bad_since_s[phase] = begun_s = bad_from_s(memory, now_s)
        if counts_on(site, meter, memory, begun_s, wakeups):
            rows[phase], found[phase] = memory.reading, None
    return PhaseReadings(
        tuple(rows), (found[0], found[1], found[2]), tuple(bad_since_s)
    )


def bad_from_s(memory: PhaseState, now_s: float) -> float:
    """Return since when a phase that tells nothing good now has done so, s."""
    return now_s if memory.bad_since_s is None else memory.bad_since_s


def counts_on(
    site: Site, meter: Meter, memory: PhaseState, bad_since_s: float, wakeups: Wakeups
) -> bool:
    """Tell whether the last good reading counts while a meter tells bad ones.

    No longer than it would count if the meter were silent.
    """
    last = memory.reading
    if last is None or not site.meter_grace_s > 0:
        return False
    in_time = not wakeups.passed(bad_since_s + site.meter_grace_s)
    return in_time and check(last, inf, meter.freshness_limit_s, wakeups) is None


def _is_bad(
    reading: Reading | None, problem: ReadingProblem | None, *, now_s: float
) -> bool:
    """Tell whether a meter has told something that is no reading.

    A silent one has not, nor has one that hangs; one whose time is broken has.
    """
    if problem is ReadingProblem.STALE:
        return reading is not None and reading.time_s > now_s
    return problem is not None and problem is not ReadingProblem.STUCK


def _raw_readings(
    site: Site,
    meter: Meter,
    limit_a: PerPhase,
    told: Snapshot | CircuitReading,
    wakeups: Wakeups,
) -> tuple[tuple[Reading | None, ...], Problems]:
    """Return what a meter tells of each phase in ampere, and why it is not believed.

    A total-power meter does not tell how the load is spread. Its whole power,
    in ampere at one phase, stands for every phase: the safe reading.
    """
    limit_s = meter.freshness_limit_s
    if meter.kind is MeterKind.TOTAL:
        total = told.total_power_w
        plausible_w = PLAUSIBLE_MULTIPLE * sum(limit_a) * site.volts
        problem = check(total, plausible_w, limit_s, wakeups)
        if total is not None:
            total = Reading(total.value / site.volts, total.time_s, total.problem)
        readings: tuple[Reading | None, ...] = (total, total, total)
        return readings, (problem, problem, problem)
    readings = told.phase_currents_a
    found = [
        check(readings[phase], PLAUSIBLE_MULTIPLE * limit_a[phase], limit_s, wakeups)
        if phase in site.phases
        else None
        for phase in (0, 1, 2)
    ]
    return readings, (found[0], found[1], found[2])
