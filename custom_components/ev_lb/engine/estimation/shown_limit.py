"""What a charger makes of what it is asked for, and what it shows of its limit.

A charger may take less than it is asked for, or more where it rounds up, and its
owner or its app may change the limit later on. Between a command and its effect it
still shows the old limit, and one in a cloud may show the new one before it holds:
so a limit counts as the charger's own once that is over.
"""

from math import inf, isfinite
from typing import Final

from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargingMode,
    CurrentRange,
    Reading,
)
from custom_components.ev_lb.engine.model.set_points import (
    SAME_A,
    SHOWN_TOLERANCE_A,
    draws_more_than_shown,
    with_set_point,
)
from custom_components.ev_lb.engine.model.state import Answer, ChargerState, Witness
from custom_components.ev_lb.engine.wakeups import Wakeups

ECHO_S: Final = 120.0
"""How long a charger may go on showing its old limit, s: clouds are asked once a
minute or so, and some integrations twice before they notice."""
ASK_AGAIN_S: Final = 600.0
"""How long what a charger would not take is not asked for again, s."""
ANSWERS_KEPT: Final = 6


def take_accepted(
    charger: Charger,
    state: ChargerState,
    reading: ChargerReading | None,
    mode: ChargingMode,
) -> ChargerState:
    """Note that the newest set-point was taken, and settle it at what was taken."""
    if reading is None or reading.accepted is None or not state.set_points:
        return state
    accepted, newest = reading.accepted, state.set_points[-1]
    last_s = newest.accepted_s
    if not isfinite(accepted.value) or not accepted.time_s >= newest.decided_s:
        return state
    if last_s is not None and not accepted.time_s > last_s:
        return state
    asked_a = newest.current_a if reading.asked_a is None else reading.asked_a
    if not abs(asked_a - newest.current_a) <= SAME_A:
        return state
    earlier = state.set_points[:-1]
    took_a = max(accepted.value, 0.0)
    if abs(took_a - newest.current_a) <= SAME_A:
        if last_s is not None:
            return state
        point = newest._replace(accepted_s=accepted.time_s)
        return state._replace(set_points=(*earlier, point))
    if reading.asked_a is None and (
        accepted.time_s <= newest.decided_s
        or any(
            point.accepted_s is None and abs(point.current_a - took_a) <= SAME_A
            for point in earlier
        )
    ):
        # The answer to an earlier command, which comes late.
        return state
    if newest.current_a <= 0:
        # No stop was taken. As the set-point it would be stopped again at once, for ever.
        return state
    answer = _answer(charger, reading, mode, asked_a, took_a, accepted.time_s)
    if took_a < charger.min_current_a and took_a < asked_a:
        took_a = 0.0
        state = state._replace(stopped_s=accepted.time_s, room_since_s=None)
    point = newest._replace(current_a=took_a, accepted_s=accepted.time_s)
    state = state._replace(set_a=took_a, set_points=(*earlier, point))
    return _with_answer(state, answer)


def take_shown(
    charger: Charger,
    state: ChargerState,
    reading: ChargerReading | None,
    mode: ChargingMode,
    wakeups: Wakeups,
) -> ChargerState:
    """Adopt a lower limit that the charger shows; forget what holds no longer."""
    state = _keep_answers(charger, state, reading, mode, wakeups)
    shown = _shown(reading)
    if reading is None or shown is None:
        return state if state.witness is None else state._replace(witness=None)
    witness = state.witness
    if witness is None:
        witness = Witness(shown.value, shown.time_s)
    elif abs(witness.value_a - shown.value) > SAME_A:
        witness = witness._replace(value_a=shown.value, since_s=shown.time_s, ignored=0)
    if not witness.matched and _matches(state, witness):
        witness = witness._replace(matched=True)
    if witness != state.witness:
        state = state._replace(witness=witness)
    if not _is_lower(charger, state, witness):
        return state
    ready_s, elsewhere = _ready_s(charger, state, witness)
    if not wakeups.passed(ready_s):
        return state
    if witness.value_a < charger.min_current_a:
        # It does not charge: that is no limit, and a start may still be on its way.
        return state
    now_s = wakeups.now_s
    asked_a = inf if elsewhere else state.set_a
    answer = _answer(charger, reading, mode, asked_a, witness.value_a, now_s)
    state = with_set_point(state, witness.value_a, now_s)
    point = state.set_points[-1]._replace(accepted_s=now_s)
    state = state._replace(
        set_points=(*state.set_points[:-1], point),
        witness=witness._replace(matched=True),
    )
    if not elsewhere:
        wakeups.note(now_s + ASK_AGAIN_S)
    return _with_answer(state, answer)


def _shown(reading: ChargerReading | None) -> Reading | None:
    """Return the limit that a charger shows, where it shows one."""
    if reading is None or not reading.available or reading.shown is None:
        return None
    shown = reading.shown
    if shown.problem is not None or not isfinite(shown.time_s):
        return None
    return shown if isfinite(shown.value) and shown.value >= 0 else None


def _matches(state: ChargerState, witness: Witness) -> bool:
    """Tell whether a charger shows the newest set-point, and took it."""
    if not state.set_points or state.set_points[-1].accepted_s is None:
        return False
    return abs(witness.value_a - state.set_a) <= SHOWN_TOLERANCE_A


def _is_lower(charger: Charger, state: ChargerState, witness: Witness) -> bool:
    """Tell whether a charger took its set-point, and shows clearly less."""
    if not state.set_points or state.set_points[-1].accepted_s is None:
        return False
    if witness.value_a >= state.set_a - SHOWN_TOLERANCE_A:
        return False
    return not draws_more_than_shown(charger, state, witness)


def _ready_s(
    charger: Charger, state: ChargerState, witness: Witness
) -> tuple[float, bool]:
    """Return from when on a lower limit counts, s, and whether others set it.

    What a charger shows after it showed the set-point, and after its response time,
    is not its answer to that any more.
    """
    told_s = max(state.set_points[-1].accepted_s or -inf, state.sent_s or -inf)
    end_s = told_s + charger.response.dead_time_s
    if witness.matched:
        return end_s, witness.since_s > end_s
    before_a = witness.before_a
    if before_a is not None and abs(witness.value_a - before_a) > SAME_A:
        return end_s, False
    longest_s = max(charger.response.dead_time_s, ECHO_S)
    return max(told_s, witness.since_s) + longest_s, False


def _answer(
    charger: Charger,
    reading: ChargerReading,
    mode: ChargingMode,
    asked_a: float,
    took_a: float,
    time_s: float,
) -> Answer:
    known = reading.current_range
    return Answer(
        asked_a=asked_a,
        took_a=took_a,
        time_s=time_s,
        wanted_a=_wanted_a(charger),
        mode=mode,
        range_most_a=None if known is None else known.most_a,
    )


def _with_answer(state: ChargerState, answer: Answer) -> ChargerState:
    rows = [row for row in state.answers if abs(row.asked_a - answer.asked_a) > SAME_A]
    if answer.asked_a == inf:
        rows = [row for row in rows if row.asked_a < inf]
    return state._replace(answers=(*rows, answer)[-ANSWERS_KEPT:])


def _wanted_a(charger: Charger) -> float:
    """Return what the charger's owner allows it, A."""
    manual_a = charger.manual_limit_a
    if manual_a is None or not manual_a < charger.max_current_a:
        return charger.max_current_a
    return manual_a


def _keep_answers(
    charger: Charger,
    state: ChargerState,
    reading: ChargerReading | None,
    mode: ChargingMode,
    wakeups: Wakeups,
) -> ChargerState:
    """Forget answers that something makes worth asking for again."""
    if not state.answers:
        return state
    kept = []
    wanted_a, shown = _wanted_a(charger), _shown(reading)
    known = None if reading is None else reading.current_range
    for row in state.answers:
        if row.wanted_a != wanted_a or row.mode is not mode or _grew(row, known):
            continue
        least_a = row.took_a + SHOWN_TOLERANCE_A
        if shown is not None and least_a < shown.value <= row.asked_a + SAME_A:
            continue
        # One that rounds up goes on doing that.
        refused = row.took_a < row.asked_a < inf
        if refused and wakeups.passed(row.time_s + ASK_AGAIN_S):
            continue
        kept.append(row)
    if len(kept) == len(state.answers):
        return state
    return state._replace(answers=tuple(kept))


def _grew(row: Answer, known: CurrentRange | None) -> bool:
    """Tell whether the charger can take more now than when it answered."""
    if known is None:
        return False
    before_a = row.took_a if row.range_most_a is None else row.range_most_a
    return known.most_a > before_a + SAME_A
