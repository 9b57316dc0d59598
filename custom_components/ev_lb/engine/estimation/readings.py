"""Which readings of the meter may be believed."""

from math import isfinite
from typing import Final

from custom_components.ev_lb.engine.model import (
    CircuitReading,
    Meter,
    MeterKind,
    PerPhase,
    Reading,
    ReadingProblem,
    Site,
    Snapshot,
)
from custom_components.ev_lb.engine.model.metered import Problems
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


def phase_readings(
    site: Site,
    meter: Meter,
    limit_a: PerPhase,
    told: Snapshot | CircuitReading,
    wakeups: Wakeups,
) -> tuple[tuple[Reading | None, ...], Problems]:
    """Return each phase's reading in ampere, and why it is not believed.

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
