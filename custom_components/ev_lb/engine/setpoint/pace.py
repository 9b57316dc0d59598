"""When an allocated current may become a command: cut now, raise carefully."""

from math import isfinite
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import Charger, LimitingFactor
from custom_components.ev_lb.engine.model.allowance import Allowance
from custom_components.ev_lb.engine.model.request import Share, ceil_to_step
from custom_components.ev_lb.engine.model.set_points import (
    after_s,
    interval_end_s,
    start_gate_s,
)
from custom_components.ev_lb.engine.model.state import ChargerState
from custom_components.ev_lb.engine.wakeups import Wakeups

IN_VAIN_S: Final = 60.0
"""A second cut within this time means that the first one did not help, s."""


class Paced(NamedTuple):
    """What becomes of an allowance."""

    state: ChargerState
    """With the new set-point's consequences, but not yet the set-point."""
    set_a: float
    held: LimitingFactor | None = None
    """Why a raise has to wait."""
    next_change_s: float | None = None
    tolerated_until_s: float | None = None


class Pacer(NamedTuple):
    """The circumstances that all chargers share."""

    wakeups: Wakeups
    ramp_up_time_s: float
    resumed_s: float
    delay_s: float
    """How much older than its report a meter's value may be, s."""


def pace(
    pacer: Pacer,
    charger: Charger,
    state: ChargerState,
    allowance: Allowance,
    read_s: float,
    *,
    overload: bool,
    in_vain: bool,
    settled_s: float,
    fresh: bool,
    shown: bool,
) -> Paced:
    """Return the set-point that holds from now on.

    `read_s` is when the oldest meter reading on the charger's phases came,
    `settled_s` when the newest set-point has had its full effect, `overload` whether one of them shows too much, `in_vain` whether it goes on to do so after a
    cut, `fresh` whether one has just
    come: a raise does not rest on what was read long ago. `shown` tells whether
    the meters have moved since the last raise: one that hangs shows no other.
    """
    if state.set_a > allowance.keep.current_a:
        return _cut(
            pacer,
            charger,
            state,
            allowance.keep,
            settled_s,
            overload=overload,
            in_vain=in_vain,
        )
    if state.set_a > 0:
        fresh = fresh and shown
        return _raise(pacer, charger, state, allowance, read_s, settled_s, fresh=fresh)
    return _start(pacer, charger, state, allowance, read_s, fresh=fresh, shown=shown)


def stop(pacer: Pacer, state: ChargerState) -> Paced:
    """Stop a charger because a limit or a lost meter demands it."""
    if state.set_a <= 0:
        return Paced(state._replace(room_since_s=None), 0.0)
    now_s = pacer.wakeups.now_s
    state = state._replace(last_cut_s=now_s, stopped_s=now_s, room_since_s=None)
    return Paced(state, 0.0)


def take_back(
    pacer: Pacer, charger: Charger, state: ChargerState, back_a: float
) -> Paced:
    """Give a charger what it had before a raise that the meter does not show."""
    if back_a < charger.min_current_a:
        return stop(pacer, state)
    state = state._replace(last_cut_s=pacer.wakeups.now_s)
    return Paced(state, back_a, LimitingFactor.RAMP_UP)


def release(state: ChargerState) -> Paced:
    """Stop a charger that wants nothing; its next start is a first start."""
    if (
        state.started
        or state.stopped_s is not None
        or state.last_cut_s is not None
        or state.room_since_s is not None
    ):
        state = state._replace(
            started=False, stopped_s=None, last_cut_s=None, room_since_s=None
        )
    return Paced(state, 0.0)


def _cut(
    pacer: Pacer,
    charger: Charger,
    state: ChargerState,
    most: Share,
    settled_s: float,
    *,
    overload: bool,
    in_vain: bool,
) -> Paced:
    if most.current_a <= 0:
        return stop(pacer, state)
    if most.circuit_id is None:
        # The charger's own maximum was lowered, or the sun: nothing to recover from.
        return Paced(state, most.current_a)
    now_s = pacer.wakeups.now_s
    set_a = most.current_a
    # What others are to have is no sign that the last cut was in vain.
    needed = overload or most.factor is not LimitingFactor.SHARE
    if in_vain or (needed and _cut_in_vain(state, settled_s, now_s)):
        set_a = min(set_a, ceil_to_step(charger.min_current_a, charger.step_a))
    return Paced(state._replace(last_cut_s=now_s), set_a)


def _cut_in_vain(state: ChargerState, settled_s: float, now_s: float) -> bool:
    """Tell whether an unmeasured car did not heed the last cut.

    Then it takes less than its set-point, nobody knows how much less, and
    feeling the way down would leave the overload standing.
    """
    if state.measurements or state.last_cut_s is None:
        return False
    return settled_s <= now_s <= state.last_cut_s + IN_VAIN_S


def _raise(
    pacer: Pacer,
    charger: Charger,
    state: ChargerState,
    allowance: Allowance,
    read_s: float,
    settled_s: float,
    *,
    fresh: bool,
) -> Paced:
    """Raise a charging car if the headroom lasts and its last command has settled."""
    room_a = max(allowance.keep.current_a, allowance.raise_to.current_a)
    if room_a <= state.set_a:
        return Paced(state, state.set_a)
    gate_s = max(
        after_s(state.last_cut_s, pacer.ramp_up_time_s), interval_end_s(charger, state)
    )
    ready = pacer.wakeups.passed(gate_s)
    settled_s += pacer.delay_s
    settled = read_s >= settled_s and read_s >= pacer.resumed_s
    fits = allowance.raise_to.current_a > state.set_a
    if ready and settled and fresh and fits:
        return Paced(state, allowance.raise_to.current_a)
    from_s = gate_s if fits else after_s(allowance.raise_from_s, 0.0)
    due_s = max(gate_s, settled_s, from_s)
    if (not fits and allowance.raise_from_s is None) or not isfinite(due_s):
        next_s = None
    else:
        next_s = None if pacer.wakeups.passed(due_s) else due_s
    return Paced(state, state.set_a, LimitingFactor.RAMP_UP, next_s)


def _start(
    pacer: Pacer,
    charger: Charger,
    state: ChargerState,
    allowance: Allowance,
    read_s: float,
    *,
    fresh: bool,
    shown: bool,
) -> Paced:
    """Start a stopped charger; at once after a plug-in, else after its pause."""
    if not state.started:
        # What it may not keep would be cut again at once.
        start_a = min(allowance.start.current_a, allowance.keep.current_a)
        if shown and start_a > 0 and read_s >= pacer.resumed_s:
            return Paced(state._replace(started=True), start_a)
        return Paced(state, 0.0, next_change_s=_still_to_come_s(pacer, allowance))
    paused = not pacer.wakeups.passed(after_s(state.stopped_s, charger.pause_s))
    held = LimitingFactor.PAUSE if paused else LimitingFactor.RAMP_UP
    since_s = state.room_since_s
    if since_s is None and allowance.promised_a > 0:
        since_s = pacer.wakeups.now_s
    # Others that make way are no reason to begin to wait anew, though for a
    # while their falling draw might be the house's load.
    if since_s is None or allowance.keep.current_a <= 0:
        state = state._replace(room_since_s=None)
        return Paced(state, 0.0, held if allowance.keep.current_a > 0 else None)
    gate_s = start_gate_s(charger, state, since_s, pacer.ramp_up_time_s)
    ready = pacer.wakeups.passed(gate_s)
    state = state._replace(room_since_s=since_s)
    # The wait has shown that there is headroom for the minimum; what goes beyond
    # it waits for the hold window as any raise does.
    lowest_a = ceil_to_step(charger.min_current_a, charger.step_a)
    start_a = max(
        allowance.raise_to.current_a, min(allowance.start.current_a, lowest_a)
    )
    next_s = max(gate_s, after_s(state.stopped_s, charger.pause_s))
    if start_a <= 0 and allowance.raise_from_s is not None:
        next_s = max(next_s, allowance.raise_from_s)
    if not ready or paused:
        return Paced(state, 0.0, held, next_s)
    if start_a <= 0 or read_s < pacer.resumed_s or not (fresh and shown):
        return Paced(state, 0.0, held, None if pacer.wakeups.passed(next_s) else next_s)
    return Paced(state._replace(room_since_s=None), start_a)


def _still_to_come_s(pacer: Pacer, allowance: Allowance) -> float | None:
    """Return when a first start fits, where that is still to come, s."""
    from_s = allowance.raise_from_s
    return None if from_s is None or pacer.wakeups.passed(from_s) else from_s
