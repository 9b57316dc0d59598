"""What each car drew at the moment the meter was read.

A meter and a charger never report at the same moment, and a car answers to a
command seconds later. So a draw is a range: it collapses to the measured
current as soon as a measurement tells, or to the set-point once the charger's
response time has passed.
"""

from dataclasses import replace
from math import inf, isfinite
from typing import Final, NamedTuple

from .model import (
    Charger,
    ChargerReading,
    ChargerState,
    ChargerStatus,
    PerPhase,
    SetPoint,
)

START_TIME_S: Final = 60.0
"""Longest time from an offered current to the first ampere, s: contactor, car
and wake-up (reference benchmark, plant: 5 to 60 s)."""
REPORT_GAP_MAX_S: Final = 60.0
"""A charger that reports less often than this reports changes only."""
REPORT_GAP_MIN_S: Final = 2.0
MEASUREMENT_DELAY_S: Final = 2.0
"""How much older than its report a charger's measurement may be, s."""
SET_POINTS_KEPT: Final = 8


class DrawRange(NamedTuple):
    """What a car may have drawn, A on each of its phases."""

    low_a: float
    high_a: float
    could_rise_to_a: float
    """What it may draw without any new command."""
    told_s: float
    """When it last told what it draws; infinity when it never does."""


def effect_end_s(charger: Charger, before_a: float, point: SetPoint) -> float:
    """Return when a set-point has had its full effect, s."""
    if point.accepted_s is None:
        return inf
    end_s = point.accepted_s + charger.response.dead_time_s
    rise_a = point.current_a - before_a
    if rise_a <= 0:
        return end_s
    end_s += rise_a / max(charger.response.ramp_up_a_per_s, 0.01)
    if before_a <= 0 and not charger.measures_current:
        end_s = max(end_s, point.accepted_s + START_TIME_S)
    return end_s


def settled_s(charger: Charger, state: ChargerState) -> float:
    """Return when the newest set-point has had its full effect, s.

    A measurement that shows the new current ends the wait early.
    """
    points = state.set_points
    if not points:
        return -inf
    newest = points[-1]
    before_a = points[-2].current_a if len(points) > 1 else newest.current_a
    end_s = effect_end_s(charger, before_a, newest)
    if (
        state.measured_a is not None
        and newest.accepted_s is not None
        and newest.accepted_s + MEASUREMENT_DELAY_S < state.measured_s < end_s
        and abs(max(state.measured_a) - newest.current_a) <= 1.0
    ):
        return state.measured_s
    return end_s


def draw_range(
    charger: Charger,
    state: ChargerState,
    reading: ChargerReading | None,
    phase: int,
    read_s: float,
    delay_s: float,
) -> DrawRange:
    """Return what the car may have drawn when the meter was read.

    `read_s` is when the meter reported, `delay_s` how much older its value may
    be. A disconnected car draws nothing but what is measured.
    """
    measured = state.measured_a
    told_s = state.measured_s
    status = None if reading is None else reading.status
    if measured is None and status not in (None, ChargerStatus.CHARGING):
        measured, told_s = (0.0, 0.0, 0.0), -inf
    points = state.set_points
    if measured is None:
        low = high = points[0].current_a if points else state.set_a
        since_s = -inf
    else:
        low = high = measured[phase]
        since_s = told_s - MEASUREMENT_DELAY_S
        if state.measured_before_a is not None and since_s > read_s:
            low = min(low, state.measured_before_a[phase])
            high = max(high, state.measured_before_a[phase])
    before_a = points[0].current_a if points else 0.0
    for point in points:
        if point.decided_s > read_s:
            break
        end_s = effect_end_s(charger, before_a, point)
        before_a = point.current_a
        if end_s <= since_s:
            continue
        over = read_s - delay_s >= end_s
        if measured is None:
            low = point.current_a if over else min(low, point.current_a)
            high = point.current_a if over else max(high, point.current_a)
        elif not over:
            low, high = min(low, point.current_a), max(high, point.current_a)
        elif point.current_a < high:
            low, high = min(low, point.current_a), point.current_a
        else:
            high = point.current_a
    if status is ChargerStatus.DISCONNECTED:
        return DrawRange(low, high, high, -inf)
    could_rise_to_a = max(high, state.set_a)
    if measured is None:
        return DrawRange(low, high, could_rise_to_a, inf)
    return DrawRange(low, high, could_rise_to_a, told_s)


def measured_on_phases(
    charger: Charger, reading: ChargerReading
) -> tuple[PerPhase, float] | None:
    """Return what the charger measures on each site phase, and when.

    One value stands for all phases of the charger. A broken, negative or
    missing value is no measurement.
    """
    values = reading.measured_a
    if not values or not charger.phases:
        return None
    amps = [0.0, 0.0, 0.0]
    time_s = inf
    for wire, phase in enumerate(charger.phases):
        value = values[wire] if wire < len(values) else values[0]
        if value is None or value.problem is not None:
            return None
        if not isfinite(value.value) or not isfinite(value.time_s):
            return None
        amps[phase] = max(value.value, 0.0)
        time_s = min(time_s, value.time_s)
    return (amps[0], amps[1], amps[2]), time_s


def observe(
    charger: Charger, state: ChargerState, reading: ChargerReading | None
) -> ChargerState:
    """Take in what a charger reports: its draw and the command it accepted."""
    if reading is None:
        return replace(state, measured_a=None, measured_before_a=None)
    state = _observe_draw(charger, state, reading)
    return _observe_accepted(state, reading)


def _observe_draw(
    charger: Charger, state: ChargerState, reading: ChargerReading
) -> ChargerState:
    found = measured_on_phases(charger, reading) if reading.available else None
    if found is None:
        if state.measured_a is None:
            return state
        return replace(state, measured_a=None, measured_before_a=None, measured_s=-inf)
    amps, time_s = found
    if time_s == state.measured_s and amps == state.measured_a:
        return state
    gap_s = state.report_gap_s
    if isfinite(state.measured_s) and time_s > state.measured_s:
        gap_s = max(time_s - state.measured_s, 0.9 * gap_s)
        gap_s = min(max(gap_s, REPORT_GAP_MIN_S), REPORT_GAP_MAX_S)
    return replace(
        state,
        measured_a=amps,
        measured_s=time_s,
        measured_before_a=state.measured_a,
        report_gap_s=gap_s,
    )


def _observe_accepted(state: ChargerState, reading: ChargerReading) -> ChargerState:
    accepted = reading.accepted
    if accepted is None or not state.set_points:
        return state
    newest = state.set_points[-1]
    if newest.accepted_s is not None or abs(accepted.value - newest.current_a) > 0.05:
        return state
    if accepted.time_s < newest.decided_s:
        return state
    point = replace(newest, accepted_s=accepted.time_s)
    return replace(state, set_points=(*state.set_points[:-1], point))


def with_set_point(state: ChargerState, current_a: float, now_s: float) -> ChargerState:
    """Note a new set-point."""
    points = (*state.set_points, SetPoint(current_a, now_s))
    return replace(state, set_a=current_a, set_points=points[-SET_POINTS_KEPT:])
