"""From three phases to one and back, where a charger can."""

from dataclasses import replace
from math import inf

from .draw import settled_s
from .house import Source
from .memory import ChargerState
from .model import Charger, LimitingFactor, Phase
from .pace import Offer, Paced, Pacer
from .request import Share


def used_count(charger: Charger, state: ChargerState) -> int | None:
    """Return on how many phases a charger charges; None when it cannot switch."""
    if charger.phase_switching is None:
        return None
    return state.phase_count or len(charger.phases)


def on_used_phases(charger: Charger, state: ChargerState) -> Charger:
    """Return a charger as it is on the phases that it uses now."""
    count = used_count(charger, state)
    if count is None or count >= len(charger.phases):
        return charger
    return replace(charger, phases=charger.phases[:count])


def other_phases(charger: Charger, state: ChargerState) -> tuple[Phase, ...]:
    """Return the phases that a charger would use after switching."""
    count = used_count(charger, state) or len(charger.phases)
    return charger.phases[:1] if count > 1 else charger.phases


def switch(
    pacer: Pacer, source: Source, offer: Offer, other: Share | None
) -> Paced | None:
    """Begin, continue or end a switch of phases; None when there is none.

    Down at once where the minimum fits on one phase only, which spares the car
    a pause; up when all phases have given clearly more for long. The car stops
    first, and starts again after the charger's own pause.
    """
    configured, state = source.configured, source.state
    rules = configured.phase_switching
    if rules is None:
        return None
    if state.switching_to is not None:
        return _stopped_and_switched(pacer, source, rules.pause_s)
    if state.switched_s is not None and state.set_a <= 0 and not state.started:
        ready_s = state.switched_s + rules.pause_s
        if not pacer.timetable.passed(ready_s):
            return Paced(state, 0.0, LimitingFactor.PAUSE, ready_s)
    if other is None or state.switches >= rules.most_per_session:
        return None
    if len(source.charger.phases) > 1:
        if _fits_only_there(pacer, source, offer, other):
            return Paced(state._replace(switching_to=1), 0.0, LimitingFactor.PAUSE)
        return None
    since_s = state.more_phases_since_s
    if since_s is None or not pacer.timetable.passed(since_s + rules.up_after_s):
        return None
    state = state._replace(switching_to=len(configured.phases))
    return Paced(state, 0.0, LimitingFactor.PAUSE)


def _fits_only_there(pacer: Pacer, source: Source, offer: Offer, other: Share) -> bool:
    """Tell whether a car has to stop, or cannot start, but could on one phase."""
    state = source.state
    if other.current_a <= 0 or offer.most.current_a > 0:
        return False
    if state.set_a > 0:
        return True
    if not state.started:
        return offer.now.current_a <= 0
    return state.stopped_s is None or pacer.timetable.passed(
        state.stopped_s + source.charger.pause_s
    )


def more_phases_since_s(
    source: Source,
    offer: Offer | None,
    other: Share | None,
    voltage_v: float,
    now_s: float,
) -> float | None:
    """Return since when all phases would give clearly more than one."""
    rules = source.configured.phase_switching
    if rules is None or offer is None or other is None:
        return None
    if len(source.charger.phases) > 1 or other.current_a <= 0:
        return None
    all_w = other.current_a * len(source.configured.phases) * voltage_v
    one_w = offer.lasting.current_a * voltage_v
    if all_w < one_w + rules.up_margin_w:
        return None
    since_s = source.state.more_phases_since_s
    return now_s if since_s is None else since_s


def _stopped_and_switched(pacer: Pacer, source: Source, pause_s: float) -> Paced:
    """Switch as soon as the car has stopped."""
    state = source.state
    end_s = settled_s(source.charger, state)
    if end_s == inf or not pacer.timetable.passed(end_s):
        return Paced(state, 0.0, LimitingFactor.PAUSE)
    now_s = pacer.timetable.now_s
    state = state._replace(
        phase_count=state.switching_to,
        switching_to=None,
        switched_s=now_s,
        switches=state.switches + 1,
        started=False,
        stopped_s=None,
        last_cut_s=None,
    )
    pacer.timetable.passed(now_s + pause_s)
    return Paced(state, 0.0, LimitingFactor.PAUSE, now_s + pause_s)
