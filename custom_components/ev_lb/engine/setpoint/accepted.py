"""Set-points as a charger takes them."""

from math import floor, inf
from typing import Final

from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.model import Charger, CurrentRange, LimitingFactor
from custom_components.ev_lb.engine.model.request import SMALLEST_STEP_A, STEP_TOLERANCE
from custom_components.ev_lb.engine.model.set_points import (
    SAME_A,
    SHOWN_TOLERANCE_A,
    draws_more_than_shown,
)
from custom_components.ev_lb.engine.model.state import ChargerState, Witness
from custom_components.ev_lb.engine.wakeups import Wakeups

from .pace import Paced, Pacer, stop


def as_taken(pacer: Pacer, source: Source, paced: Paced, most_a: float) -> Paced:
    """Turn a new set-point into one that the charger takes as it is.

    A cut is never above what the charger shows. `most_a` is what it might have, A.
    """
    charger, before = source.charger, source.state
    if 0 < before.set_a < most_a and _taken_a(source, most_a) <= before.set_a:
        return Paced(before, before.set_a, LimitingFactor.CHARGER)
    if paced.set_a <= 0 or paced.set_a == before.set_a:
        return paced
    current_a = _taken_a(source, paced.set_a)
    least_a = min(charger.min_current_a, paced.set_a)
    if paced.set_a > before.set_a:
        if current_a <= before.set_a or current_a < least_a:
            return Paced(before, before.set_a)
        return paced if current_a == paced.set_a else paced._replace(set_a=current_a)
    witness = before.witness
    if witness is not None and _bounds(pacer.wakeups, source, witness):
        current_a = min(current_a, witness.value_a)
    if current_a < least_a:
        return stop(pacer, paced.state)
    return paced if current_a == paced.set_a else paced._replace(set_a=current_a)


def _bounds(wakeups: Wakeups, source: Source, witness: Witness) -> bool:
    """Tell whether what a charger shows is more than it may be cut to.

    While a start is under way it does not show that yet.
    """
    if witness.value_a <= 0 and not wakeups.passed(source.settled_s):
        return False
    return not draws_more_than_shown(source.charger, source.state, witness)


def _taken_a(source: Source, current_a: float) -> float:
    """Return what to ask for so that no more than a current is taken, A."""
    charger, reading = source.charger, source.reading
    answers = source.state.answers
    known = None if reading is None else reading.current_range
    if known is None and not answers:
        return current_a
    current_a = _on_grid(known, current_a)
    for _ in range(len(answers) + 1):
        high_a = (row.took_a for row in answers if row.asked_a >= current_a - SAME_A)
        current_a = min(current_a, max(min(high_a, default=inf), 0.0))
        over = [
            row
            for row in answers
            if row.asked_a <= current_a and row.took_a > current_a + SAME_A
        ]
        if not over:
            break
        lowest = min(over, key=lambda row: row.asked_a)
        excess_a = max(lowest.took_a - lowest.asked_a, charger.step_a)
        # One that takes more than it is asked for is asked for that less again.
        known_a = (
            min(row.asked_a, row.took_a) for row in answers if row.took_a <= current_a
        )
        current_a = max(lowest.asked_a - excess_a, max(known_a, default=0.0))
    return _on_grid(known, current_a)


def _on_grid(known: CurrentRange | None, current_a: float) -> float:
    """Round down to what a charger's setting can be, where that is known."""
    if known is None or not known.least_a <= current_a < LARGEST_A:
        return current_a
    current_a = min(current_a, known.most_a)
    step_a = known.step_a
    if not SMALLEST_STEP_A <= step_a < inf or not abs(known.least_a) < LARGEST_A:
        return current_a
    steps = floor((current_a - known.least_a) / step_a + STEP_TOLERANCE)
    return round(known.least_a + steps * step_a, 6)


def shows_more(
    charger: Charger, state: ChargerState, allowed_a: float, wakeups: Wakeups
) -> bool:
    """Tell whether a charger shows more than it was told, and is to be told again.

    At once where that is more than it may have, A, then each response time.
    """
    witness, sent_s = state.witness, state.sent_s
    if witness is None or sent_s is None or witness.ignored >= IGNORED_OFTEN:
        return False
    if not state.set_points or state.set_points[-1].accepted_s is None:
        return False
    if witness.value_a <= state.set_a + SHOWN_TOLERANCE_A:
        return False
    wait_s = charger.response.dead_time_s
    if witness.value_a <= allowed_a + SHOWN_TOLERANCE_A:
        return wakeups.passed(sent_s + max(wait_s, TELL_AGAIN_S))
    before_a = witness.before_a
    moved = before_a is None or abs(witness.value_a - before_a) > SAME_A
    if (witness.matched or moved) and sent_s <= state.set_points[-1].decided_s:
        return True
    return wakeups.passed(sent_s + wait_s)


def as_sent(state: ChargerState) -> ChargerState:
    """Note what a charger shows at the moment that it is told its set-point."""
    witness = state.witness
    if witness is None:
        return state
    ignored = witness.ignored
    if witness.value_a > state.set_a + SHOWN_TOLERANCE_A:
        ignored = min(ignored + 1, IGNORED_OFTEN)
    matched = abs(witness.value_a - state.set_a) <= SHOWN_TOLERANCE_A
    witness = witness._replace(
        matched=matched, before_a=witness.value_a, ignored=ignored
    )
    return state._replace(witness=witness)


TELL_AGAIN_S: Final = 300.0
"""How often a charger is told again that shows more than it was told, but no more
than it may have, s."""


IGNORED_OFTEN: Final = 2
"""A shown limit that so many commands did not move tells nothing."""


LARGEST_A: Final = 1e6
"""No setting of a charger is beyond this, A."""
