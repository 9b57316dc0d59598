"""From three phases to one and back, where a charger can."""

from math import inf
from typing import Final

from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.model import (
    LimitingFactor,
)
from custom_components.ev_lb.engine.model.allowance import Allowance
from custom_components.ev_lb.engine.model.phase_setting import shown_count
from custom_components.ev_lb.engine.model.request import Share
from custom_components.ev_lb.engine.model.set_points import settled_s

from .pace import Paced, Pacer

SWITCH_TIME_S: Final = 60.0
"""A charger that does not show a switch of phases by then is not going to, s."""


def switch(
    pacer: Pacer,
    source: Source,
    allowance: Allowance,
    other: Share | None,
    more_since_s: float | None,
    *,
    unpaid: bool,
) -> Paced | None:
    """Begin, continue or end a switch of phases; None when there is none.

    Down at once where the minimum fits on one phase only, which spares the car
    a pause, or where the sun does not pay for all phases (`unpaid`), which spares
    the grid; up when all phases have given clearly more since `more_since_s`, and
    still do, if one more switch down is left. The car stops first, and starts again after the charger's
    own pause.
    """
    configured, state = source.configured, source.state
    rules = configured.phase_switching
    if rules is None:
        return None
    if state.switching_to is not None:
        return _stopped_and_switched(pacer, source, rules.pause_s)
    if state.switched_s is not None and state.set_a <= 0 and not state.started:
        ready_s = state.switched_s + rules.pause_s
        if not pacer.wakeups.passed(ready_s):
            return Paced(state, 0.0, LimitingFactor.PAUSE, ready_s)
    if other is None or state.switches >= rules.most_per_session:
        return None
    if len(source.charger.phases) > 1:
        if _belongs_there(pacer, source, allowance, other, unpaid=unpaid):
            return Paced(state._replace(switching_to=1), 0.0, LimitingFactor.PAUSE)
        return None
    if state.switches + 2 > rules.most_per_session:
        return None
    if more_since_s is None:
        return None
    if not pacer.wakeups.passed(more_since_s + rules.up_after_s):
        return None
    state = state._replace(switching_to=len(configured.phases))
    return Paced(state, 0.0, LimitingFactor.PAUSE)


def _belongs_there(
    pacer: Pacer, source: Source, allowance: Allowance, other: Share, *, unpaid: bool
) -> bool:
    """Tell whether a car has to stop, or cannot start, but could on one phase.

    Or whether all phases take from the grid what one would not.
    """
    state = source.state
    if other.current_a <= 0 or (allowance.keep.current_a > 0 and not unpaid):
        return False
    if state.set_a > 0:
        return True
    if not state.started:
        return unpaid or allowance.start.current_a <= 0
    return state.stopped_s is None or pacer.wakeups.passed(
        state.stopped_s + source.charger.pause_s
    )


def more_phases_since_s(
    source: Source,
    allowance: Allowance | None,
    other: Share | None,
    voltage_v: float,
    now_s: float,
) -> float | None:
    """Return since when all phases would give clearly more than one."""
    rules = source.configured.phase_switching
    if rules is None or allowance is None or other is None:
        return None
    if len(source.charger.phases) > 1 or other.current_a <= 0:
        return None
    all_w = other.current_a * len(source.configured.phases) * voltage_v
    one_w = allowance.raise_to.current_a * voltage_v
    if all_w < one_w + rules.up_margin_w:
        return None
    since_s = source.state.more_phases_since_s
    return now_s if since_s is None else since_s


def _stopped_and_switched(pacer: Pacer, source: Source, pause_s: float) -> Paced:
    """Tell the charger to switch once the car has stopped; go on when it shows that.

    One that does not show it in time keeps the phases that it has.
    """
    state, now_s = source.state, pacer.wakeups.now_s
    told_s = state.switch_told_s
    if told_s is None:
        end_s = settled_s(source.charger, state)
        if end_s == inf or not pacer.wakeups.passed(end_s):
            return Paced(state, 0.0, LimitingFactor.PAUSE)
        told_s = now_s
        state = state._replace(switch_told_s=now_s)
    shown = shown_count(source.configured, source.reading)
    due = shown is None or shown == state.switching_to
    if not due and not pacer.wakeups.passed(told_s + SWITCH_TIME_S):
        return Paced(state, 0.0, LimitingFactor.PAUSE)
    state = state._replace(
        phase_count=state.switching_to if due else state.phase_count,
        switching_to=None,
        switch_told_s=None,
        switched_s=now_s,
        switches=state.switches + 1,
        started=False,
        stopped_s=None,
        last_cut_s=None,
    )
    pacer.wakeups.passed(now_s + pause_s)
    return Paced(state, 0.0, LimitingFactor.PAUSE, now_s + pause_s)
