"""What each car drew at the moment the meter was read.

A meter and a charger never report at the same moment, and a car answers to a
command seconds later. So a draw is a range: it collapses to the measured
current as soon as a measurement tells, or to the set-point once the charger's
response time has passed.
"""

from math import inf, isfinite
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    Reading,
)
from custom_components.ev_lb.engine.model.set_points import (
    MEASUREMENT_DELAY_S,
    effect_end_s,
    is_heard,
    is_refused,
    most_commanded_a,
    settled_s,
    with_set_point,
)
from custom_components.ev_lb.engine.model.state import (
    ChargerState,
    Measurement,
)
from custom_components.ev_lb.engine.wakeups import Wakeups

REPORT_GAP_MAX_S: Final = 60.0
"""A charger that reports less often than this reports changes only."""
REPORT_GAP_MIN_S: Final = 2.0
OVERDUE_AFTER_S: Final = 10.0
"""A cut that nobody confirms is overdue this long after the dead time, s."""
MEASUREMENTS_KEPT: Final = 240
"""Two a second for as long as the latest meters are late; a bound for broken ones."""
OLD_S: Final = 300.0
"""A measurement that is so much older than the meter's value may be frozen, s: a
charger which reports changes only is silent as long, so it is not lost."""
DOUBT: Final = 1.8
"""So much evidence against a sensor puts it in doubt (`sensor_trial.py`)."""
AHEAD_S: Final = 5.0
"""A measurement from further ahead has a broken time, s."""
NEGATIVE_A: Final = 1.0
"""No car feeds its charger: a sensor which tells more than this with a minus has its
sign wrong, or is broken, A."""
PLAUSIBLE_A: Final = 80.0
"""A charger's current beyond this is broken, A: the largest AC chargers take 63 A on a
phase, and no car takes a quarter more than it is offered. So it is one that tells watts,
or mA, or the sum of its phases."""
PLAUSIBLE_MULTIPLE: Final = 1.25
"""The same for chargers which are set to more, as a multiple of their maximum."""


class DrawRange(NamedTuple):
    """What a car may have drawn, A on each of its phases."""

    low_a: float
    high_a: float
    could_rise_to_a: float
    """What it may draw without any new command."""
    told_s: float
    """When it last told what it draws; infinity when it never does."""


class SteadyDraw(NamedTuple):
    """What a car draws as long as it neither tells nor is told anything new."""

    after_s: float
    """It holds for meter values from after this moment; infinity for none."""
    until_s: float
    """And for readings of the meter up to this one."""
    ranges: tuple[DrawRange, DrawRange, DrawRange]
    """On each phase of the site."""


def still_drawing_a(charger: Charger, state: ChargerState, wakeups: Wakeups) -> float:
    """Return the most that a car may draw by commands still under way, A."""
    points = state.set_points
    highest_a = state.set_a
    for place in range(len(points) - 1, 0, -1):
        before_a = points[place - 1].current_a
        end_s = effect_end_s(charger, before_a, points[place])
        if place == len(points) - 1:
            end_s = min(end_s, settled_s(charger, state))
        if end_s == inf or not wakeups.passed(end_s):
            highest_a = max(highest_a, before_a)
        else:
            break
    return highest_a


def with_hearing(
    state: ChargerState, reading: ChargerReading | None, wakeups: Wakeups
) -> ChargerState:
    """Note since when a charger can be reached, or cannot."""
    if is_heard(reading):
        if state.heard_since_s < inf:
            return state
        return state._replace(heard_since_s=wakeups.now_s, silent_since_s=None)
    if state.heard_since_s == inf:
        return state
    return state._replace(heard_since_s=inf, silent_since_s=wakeups.now_s)


def once_lease_ended(
    charger: Charger, state: ChargerState, wakeups: Wakeups
) -> ChargerState:
    """Take a charger that was out of reach for its lease to be at its failsafe current.

    It is told no more than that when it is back: what it had before was allowed
    beside the house of that time.
    """
    lease, since_s = charger.lease, state.silent_since_s
    if lease is None or since_s is None:
        return state
    if not lease.fallback_current_a < state.set_a:
        return state
    if not wakeups.passed(since_s + lease.duration_s):
        return state
    now_s = wakeups.now_s
    state = with_set_point(state, max(lease.fallback_current_a, 0.0), now_s)
    point = state.set_points[-1]._replace(accepted_s=now_s)
    return state._replace(set_points=(*state.set_points[:-1], point))


def draw_range(
    state: ChargerState,
    ends_s: tuple[float, ...],
    status: ChargerStatus | None,
    phase: int,
    read_s: float,
    delay_s: float,
) -> DrawRange:
    """Return what the car may have drawn when the meter was read.

    `ends_s` is when each set-point counts as having had its effect, `read_s`
    when the meter reported, `delay_s` how much older its value may be.

    A measurement which is old, and may be frozen, or which cannot be right, is one
    belief. What the car was told is the other, and the range holds both.
    """
    draw = _believed_range(state, ends_s, status, phase, read_s, delay_s)
    if state.doubtful_a is not None:
        return draw._replace(low_a=min(draw.low_a, state.doubtful_a[phase]))
    if not state.measurements or not OLD_S < read_s - draw.told_s < inf:
        return draw
    bare = state._replace(measurements=())
    other = _believed_range(bare, ends_s, status, phase, read_s, delay_s)
    return draw._replace(
        low_a=min(draw.low_a, other.low_a),
        high_a=max(draw.high_a, other.high_a),
        could_rise_to_a=max(draw.could_rise_to_a, other.could_rise_to_a),
    )


def _believed_range(
    state: ChargerState,
    ends_s: tuple[float, ...],
    status: ChargerStatus | None,
    phase: int,
    read_s: float,
    delay_s: float,
) -> DrawRange:
    """Return what a car may have drawn by its measurements, or by what it was told.

    A car that is said not to charge draws nothing but what is measured.

    No car counts for more than its charger took as its set-point: what is beyond
    that is the house's, so that the meter has the last word on an overload where a
    charger tells too much.
    """
    measured = bool(state.measurements)
    if measured:
        low, high, told_s = _measured_range(state, phase, read_s, delay_s)
        since_s = told_s - MEASUREMENT_DELAY_S
    elif status in (None, ChargerStatus.CHARGING):
        points = state.set_points
        low = high = points[0].current_a if points else state.set_a
        told_s, since_s = inf, -inf
    else:
        low = high = 0.0
        told_s, since_s, measured = -inf, -inf, True
    # Set-points in their order: one that the meter's value cannot know yet ends the
    # range, one from before the measurement is in that already.
    for point, end_s in zip(state.set_points, ends_s, strict=True):
        if point.decided_s > read_s:
            break
        if end_s <= since_s:
            continue
        if read_s - delay_s < end_s:
            # Still under way: the car may be anywhere between before and after.
            low, high = min(low, point.current_a), max(high, point.current_a)
        elif not measured:
            low = high = point.current_a
        elif point.current_a < high:
            # It is sure to have come down, but may have taken less before.
            low, high = min(low, point.current_a), point.current_a
        else:
            # Allowed more, a car need not take it.
            high = point.current_a
    rise_to_a = max(high, state.set_a)
    if measured and not is_refused(state):
        most_a = most_commanded_a(state, ends_s, read_s, delay_s)
        low, high = min(low, most_a), min(high, most_a)
        if most_a < inf:
            rise_to_a = max(rise_to_a, most_a)
    if status is ChargerStatus.DISCONNECTED:
        return DrawRange(low, high, high, -inf)
    return DrawRange(low, high, rise_to_a, told_s)


def counted_ends_s(charger: Charger, state: ChargerState) -> tuple[float, ...]:
    """Return when each set-point counts as having had its full effect, s.

    A charger that cannot be reached counts with what it had before until it is back.
    """
    ends_s = []
    before_a = state.set_points[0].current_a if state.set_points else 0.0
    refused = is_refused(state)
    for point in state.set_points:
        end_s = effect_end_s(charger, before_a, point)
        if end_s == inf and point.current_a < before_a and not refused:
            # Nobody says that the charger took it: then it counts as taken
            # once it is overdue, so that a lasting overload is cut again.
            told_s = max(point.decided_s, state.heard_since_s)
            end_s = told_s + charger.response.dead_time_s + OVERDUE_AFTER_S
        before_a = point.current_a
        ends_s.append(end_s)
    # Whoever has followed a set-point follows none from before it.
    for place in range(len(ends_s) - 2, -1, -1):
        ends_s[place] = min(ends_s[place], ends_s[place + 1])
    return tuple(ends_s)


def steady_draw(
    state: ChargerState, ends_s: tuple[float, ...], status: ChargerStatus | None
) -> SteadyDraw:
    """Return what a car draws once all that it was told has had its effect.

    For meter values from after `after_s` that is what `draw_range` returns.
    """
    after_s = since_s = -inf
    until_s = inf
    amps = state.doubtful_a or (0.0, 0.0, 0.0)
    if state.measurements:
        told = state.measurements[-1]
        amps = told.current_a
        since_s = told.time_s - MEASUREMENT_DELAY_S
        until_s = told.time_s + OLD_S
        for row in state.measurements:
            if row.current_a != amps:
                after_s = told.time_s
    last_s = max(ends_s, default=-inf)
    if last_s > since_s:
        after_s = max(after_s, last_s, *(row.decided_s for row in state.set_points))
    first = draw_range(state, ends_s, status, 0, inf, 0.0)
    if amps[0] == amps[1] == amps[2]:
        return SteadyDraw(after_s, until_s, (first, first, first))
    second = draw_range(state, ends_s, status, 1, inf, 0.0)
    third = draw_range(state, ends_s, status, 2, inf, 0.0)
    return SteadyDraw(after_s, until_s, (first, second, third))


def _measured_range(
    state: ChargerState, phase: int, read_s: float, delay_s: float
) -> tuple[float, float, float]:
    """Return the lowest and highest measured draw around a meter reading, A.

    Also when the newest measurement was made. The car may have drawn what it
    was measured to just before, while and just after the meter looked.
    """
    newest = state.measurements[-1]
    low = high = newest.current_a[phase]
    later_s = newest.time_s
    for row in reversed(state.measurements):
        if later_s < read_s - delay_s:
            break
        value = row.current_a[phase]
        low, high = min(low, value), max(high, value)
        later_s = row.time_s
    return low, high, newest.time_s


def measured_on_phases(charger: Charger, reading: ChargerReading) -> Measurement | None:
    """Return what the charger measures on each site phase.

    One value stands for all phases of the charger. A broken, absurd or
    missing value is no measurement. A charger without a car draws nothing,
    whatever its sensor says.
    """
    values = _values(charger, reading)
    if not values:
        return None
    highest_a = max(PLAUSIBLE_A, PLAUSIBLE_MULTIPLE * charger.max_current_a)
    amps = [0.0, 0.0, 0.0]
    for phase, value in zip(charger.phases, values, strict=True):
        if not isfinite(value.value) or not isfinite(value.time_s):
            return None
        if abs(value.value) > highest_a:
            return None
        if reading.status is not ChargerStatus.DISCONNECTED:
            amps[phase] = max(value.value, 0.0)
    return Measurement((amps[0], amps[1], amps[2]), min(row.time_s for row in values))


def _values(charger: Charger, reading: ChargerReading) -> list[Reading]:
    """Return what is measured on each wire of a charger; nothing if one lacks."""
    told = reading.measured_a
    values = []
    for wire in range(len(charger.phases)) if told else ():
        value = told[wire] if wire < len(told) else told[0]
        if value is None or value.problem is not None:
            return []
        values.append(value)
    return values


def _is_doubtful(charger: Charger, reading: ChargerReading, wakeups: Wakeups) -> bool:
    """Tell whether a measurement cannot be right: made later than now, or negative."""
    absent = reading.status is ChargerStatus.DISCONNECTED
    values = _values(charger, reading)
    ahead = [row for row in values if not wakeups.passed(row.time_s - AHEAD_S)]
    return bool(ahead) or (
        not absent and any(row.value < -NEGATIVE_A for row in values)
    )


def observe(
    charger: Charger,
    state: ChargerState,
    reading: ChargerReading | None,
    keep_s: float,
    wakeups: Wakeups,
) -> ChargerState:
    """Take in what a charger reports of its draw.

    What its own steps speak against is in doubt, or is no measurement at all.
    Measurements are kept for `keep_s` and one more gap between them, and one more.
    """
    told = doubtful_a = None
    if reading is not None and reading.available:
        told = measured_on_phases(charger, reading)
        if state.trial.dropped:
            told = None
        doubted = state.trial.evidence >= DOUBT
        if told is not None and (doubted or _is_doubtful(charger, reading, wakeups)):
            doubtful_a, told = told.current_a, None
    if doubtful_a != state.doubtful_a:
        state = state._replace(doubtful_a=doubtful_a)
    if told is None:
        if state.measurements:
            state = state._replace(measurements=())
    elif not state.measurements or state.measurements[-1] != told:
        state = _with_measurement(state, told, keep_s)
    return state


def _with_measurement(
    state: ChargerState, told: Measurement, keep_s: float
) -> ChargerState:
    rows = state.measurements
    gap_s = state.report_gap_s
    if rows and told.time_s > rows[-1].time_s:
        gap_s = max(told.time_s - rows[-1].time_s, 0.9 * gap_s)
        gap_s = min(max(gap_s, REPORT_GAP_MIN_S), REPORT_GAP_MAX_S)
    if len(rows) > 1 and rows[-2].current_a == rows[-1].current_a == told.current_a:
        # When a value came first and last is all that a range depends on.
        rows = rows[:-1]
    first, kept_s = max(len(rows) - MEASUREMENTS_KEPT + 1, 0), keep_s + gap_s
    while first + 1 < len(rows) and rows[first + 1].time_s < told.time_s - kept_s:
        first += 1
    return state._replace(measurements=(*rows[first:], told), report_gap_s=gap_s)
