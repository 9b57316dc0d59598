"""Does the car stay within what it was given, and must a command go again?"""

from math import inf
from typing import Final

from custom_components.ev_lb.engine.estimation.draw import OVERDUE_AFTER_S
from custom_components.ev_lb.engine.model import Charger, ChargerReading, ChargerStatus
from custom_components.ev_lb.engine.model.set_points import (
    FOLLOW_TOLERANCE_A,
    MEASUREMENT_DELAY_S,
    is_unconfirmed,
    settled_s,
)
from custom_components.ev_lb.engine.model.state import ChargerState
from custom_components.ev_lb.engine.wakeups import Wakeups

RESEND_S: Final = 30.0
"""Time before a command that is not followed is sent again, s."""
RENEW_SHARE: Final = 0.5
"""A lease is renewed after this share of its duration."""


def watch(
    charger: Charger,
    state: ChargerState,
    reading: ChargerReading | None,
    wakeups: Wakeups,
    *,
    overload: bool,
) -> tuple[ChargerState, bool]:
    """Return whether the car stays within what it was given.

    Only a measurement from after the command's effect proves anything, or a
    stopped charger that goes on to say that it charges. While a fuse is
    overloaded, what was never taken and is not measured any more counts as not
    followed.
    """
    if not state.measurements:
        charges = reading is not None and reading.status is ChargerStatus.CHARGING
        if not charges or state.set_a > 0:
            return _following(state), True
        due_s = settled_s(charger, state) + OVERDUE_AFTER_S
        if due_s == inf or not wakeups.passed(due_s):
            return state, state.missed_since_s is None
        if state.missed_since_s is None:
            state = state._replace(missed_since_s=wakeups.now_s)
        return state, False
    told = state.measurements[-1]
    excess_a = max(told.current_a) - state.set_a
    if excess_a <= FOLLOW_TOLERANCE_A:
        return _following(state), True
    due_s = _due_s(charger, state)
    silent = overload and is_unconfirmed(state) and wakeups.passed(due_s)
    if told.time_s < due_s and not silent:
        return state, state.missed_since_s is None
    if state.missed_since_s is None:
        state = state._replace(missed_since_s=wakeups.now_s)
    return state, False


def _due_s(charger: Charger, state: ChargerState) -> float:
    """Return from when on a measurement shows whether a set-point is followed, s.

    One that the charger never says it took may have been refused: it is due its
    response time after it was decided.
    """
    if not is_unconfirmed(state):
        return settled_s(charger, state)
    decided_s = state.set_points[-1].decided_s
    return decided_s + charger.response.dead_time_s + MEASUREMENT_DELAY_S


def _following(state: ChargerState) -> ChargerState:
    if state.missed_since_s is None:
        return state
    return state._replace(missed_since_s=None)


def _is_cut_sent_once(state: ChargerState, sent_s: float) -> bool:
    if len(state.set_points) < 2:
        return False
    before, newest = state.set_points[-2:]
    return newest.current_a < before.current_a and sent_s <= newest.decided_s


def must_send_again(
    charger: Charger,
    state: ChargerState,
    wakeups: Wakeups,
    *,
    following: bool,
    overload: bool,
    unseen: bool,
) -> bool:
    """Tell whether an unchanged set-point is due: lease, restart, disobedience.

    While a fuse is overloaded, one that nothing measures may be the cause. Behind a
    fuse without a meter (`unseen`) not even that shows: there its cut goes out twice.
    """
    if state.sent_s is None:
        return True
    doubtful = not following or (overload and not state.measurements)
    doubtful = doubtful or (unseen and _is_cut_sent_once(state, state.sent_s))
    if doubtful and wakeups.passed(state.sent_s + RESEND_S):
        return True
    if charger.lease is None:
        return False
    return wakeups.passed(state.sent_s + RENEW_SHARE * charger.lease.duration_s)
