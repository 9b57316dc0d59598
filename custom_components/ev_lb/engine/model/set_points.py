"""What follows from the set-points that a charger was told, and from what it has drawn."""

from math import inf
from typing import Final

from . import Charger, ChargerReading
from .state import ChargerState, SetPoint, Witness

START_TIME_S: Final = 60.0
"""Longest time from an offered current to the first ampere, s: contactor, car
and wake-up (5 to 60 s, by what chargers and cars are known to take)."""
MEASUREMENT_DELAY_S: Final = 2.0
"""How much older than its report a charger's measurement may be, s."""
SET_POINTS_KEPT: Final = 8
"""So many are remembered in any case: of an earlier raise it may be asked yet."""
EFFECT_OPEN_S: Final = 600.0
"""A set-point from before this has had its effect, s: the slowest charger that can be
set up takes 120 s, its confirmation and the meter come on top."""
SET_POINTS_MOST: Final = 32
"""A bound for whoever is told less at each report of the meter."""
FOLLOW_TOLERANCE_A: Final = 1.0
"""A car may draw this much more than it was given, A: meters and pilots are
not exact (evcc warns from 1 A on)."""
SAME_A: Final = 0.05
"""Currents this near to each other are the same, A."""
SHOWN_TOLERANCE_A: Final = 0.5
"""A shown limit this near to the set-point is that, A: some show whole amperes."""


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
    if newest.accepted_s is None or not state.measurements:
        return end_s
    told = state.measurements[-1]
    shown = abs(max(told.current_a) - newest.current_a) <= 1.0
    if shown and newest.accepted_s + MEASUREMENT_DELAY_S < told.time_s < end_s:
        return told.time_s
    return end_s


def keeps_former_set_point(state: ChargerState, reading: ChargerReading | None) -> bool:
    """Tell whether a charger cannot be reached and has not taken its set-point."""
    return not is_heard(reading) and is_unconfirmed(state)


def is_unconfirmed(state: ChargerState) -> bool:
    """Tell whether a charger has not taken its newest set-point."""
    return bool(state.set_points) and state.set_points[-1].accepted_s is None


def is_heard(reading: ChargerReading | None) -> bool:
    """Tell whether a charger can be reached."""
    return reading is not None and reading.available


def is_refused(state: ChargerState) -> bool:
    """Tell whether what a car was last measured to draw counts, not its set-point.

    So it is where the charger did not take the set-point. One that took it and tells
    more is a witness against the meter, and not believed.
    """
    return (
        state.missed_since_s is not None
        and bool(state.measurements)
        and is_unconfirmed(state)
    )


def most_commanded_a(
    state: ChargerState, ends_s: tuple[float, ...], read_s: float, delay_s: float
) -> float:
    """Return the most that commands allowed a car when the meter was read, A.

    Infinity for a charger that was never told anything.
    """
    if not state.set_points:
        return inf if state.sent_s is None else state.set_a
    most_a = inf
    for point, end_s in zip(state.set_points, ends_s, strict=True):
        if point.decided_s > read_s:
            break
        is_open = read_s - delay_s < end_s and most_a < inf
        most_a = max(most_a, point.current_a) if is_open else point.current_a
    return most_a


def with_set_point(state: ChargerState, current_a: float, now_s: float) -> ChargerState:
    """Note a new set-point; the first one follows what has always been."""
    before = state.set_points or (SetPoint(state.set_a, -inf, -inf),)
    points = _kept((*before, SetPoint(current_a, now_s)), now_s)
    return state._replace(set_a=current_a, set_points=points)


def _kept(points: tuple[SetPoint, ...], now_s: float) -> tuple[SetPoint, ...]:
    """Forget the set-points of which nothing can be under way any more.

    Where that leaves too many, one between its neighbours goes: what a car may draw
    in a row of cuts lies between its ends.
    """
    while len(points) > SET_POINTS_KEPT and any(
        row.accepted_s is not None and row.accepted_s <= now_s - EFFECT_OPEN_S
        for row in points[1:]
    ):
        points = points[1:]
    if len(points) <= SET_POINTS_MOST:
        return points
    for place in range(1, len(points) - 1):
        first, middle, last = (row.current_a for row in points[place - 1 : place + 2])
        if first <= middle <= last or first >= middle >= last:
            return points[:place] + points[place + 1 :]
    return points[1:]


def had_as(charger: Charger, state: ChargerState, now_s: float) -> float:
    """Return what a charger has had until now against its weight, A s."""
    if state.had_s is None or not charger.weight > 0:
        return state.had_as
    elapsed_s = max(now_s - state.had_s, 0.0)
    return state.had_as + state.set_a * elapsed_s / charger.weight


def counted(charger: Charger, state: ChargerState, now_s: float) -> ChargerState:
    """Add up what a charger has had, before its set-point changes."""
    if state.had_s is None:
        return state
    return state._replace(had_as=had_as(charger, state, now_s), had_s=now_s)


def after_s(time_s: float | None, wait_s: float) -> float:
    """Return the end of a wait, s; minus infinity where nothing began it."""
    return -inf if time_s is None else time_s + wait_s


def start_gate_s(
    charger: Charger, state: ChargerState, since_s: float, ramp_up_time_s: float
) -> float:
    """Return when a stopped charger may start whose pause is over, s.

    `since_s` is since when there is headroom for its minimum.
    """
    gate_s = max(since_s, after_s(state.last_cut_s, 0.0)) + ramp_up_time_s
    return max(gate_s, interval_end_s(charger, state))


def interval_end_s(charger: Charger, state: ChargerState) -> float:
    """Return when its maker lets a charger be raised again, s."""
    if not state.set_points:
        return -inf
    return state.set_points[-1].decided_s + charger.raise_interval_s


def draws_more_than_shown(
    charger: Charger, state: ChargerState, witness: Witness
) -> bool:
    """Tell whether a car is measured to draw more than its charger shows."""
    if not state.measurements:
        return False
    told = state.measurements[-1]
    if told.time_s < witness.since_s + charger.response.dead_time_s:
        return False
    return max(told.current_a) > witness.value_a + FOLLOW_TOLERANCE_A
