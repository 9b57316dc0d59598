"""What a charger makes of what it is asked for, and what it shows of its limit.

A charger may take less than it is asked for, or more where it rounds up, and its
owner or its app may change the limit later on. Between a command and its effect it
still shows the old limit, and one in a cloud may show the new one before it holds:
so a limit counts as the charger's own once that is over.
"""

from math import floor, inf, isfinite
from typing import Final

from .cars import Source
from .draw import with_set_point
from .follow import FOLLOW_TOLERANCE_A
from .memory import Answer, ChargerState, Witness
from .model import (
    Charger,
    ChargerReading,
    ChargingMode,
    CurrentRange,
    LimitingFactor,
    Reading,
)
from .modes import Refusal, Wish
from .pace import Paced, Pacer, stop
from .request import SMALLEST_STEP_A, STEP_TOLERANCE
from .timetable import Timetable

SAME_A: Final = 0.05
"""Currents this near to each other are the same, A."""
SHOWN_TOLERANCE_A: Final = 0.5
"""A shown limit this near to the set-point is that, A: some show whole amperes."""
ECHO_S: Final = 120.0
"""How long a charger may go on showing its old limit, s: clouds are asked once a
minute or so, and some integrations twice before they notice."""
ASK_AGAIN_S: Final = 600.0
"""How long what a charger would not take is not asked for again, s."""
TELL_AGAIN_S: Final = 300.0
"""How often a charger is told again that shows more than it was told, but no more
than it may have, s."""
IGNORED_OFTEN: Final = 2
"""A shown limit that so many commands did not move tells nothing."""
ANSWERS_KEPT: Final = 6
LARGEST_A: Final = 1e6
"""No setting of a charger is beyond this, A."""


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
    timetable: Timetable,
) -> ChargerState:
    """Adopt a lower limit that the charger shows; forget what holds no longer."""
    state = _keep_answers(charger, state, reading, mode, timetable)
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
    if not timetable.passed(ready_s):
        return state
    if witness.value_a < charger.min_current_a:
        # It does not charge: that is no limit, and a start may still be on its way.
        return state
    now_s = timetable.now_s
    asked_a = inf if elsewhere else state.set_a
    answer = _answer(charger, reading, mode, asked_a, witness.value_a, now_s)
    state = with_set_point(state, witness.value_a, now_s)
    point = state.set_points[-1]._replace(accepted_s=now_s)
    state = state._replace(
        set_points=(*state.set_points[:-1], point),
        witness=witness._replace(matched=True),
    )
    if not elsewhere:
        timetable.note(now_s + ASK_AGAIN_S)
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
    return not _draws_more(charger, state, witness)


def _draws_more(charger: Charger, state: ChargerState, witness: Witness) -> bool:
    """Tell whether a car is measured to draw more than its charger shows."""
    if not state.measurements:
        return False
    told = state.measurements[-1]
    if told.time_s < witness.since_s + charger.response.dead_time_s:
        return False
    return max(told.current_a) > witness.value_a + FOLLOW_TOLERANCE_A


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
    timetable: Timetable,
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
        if refused and timetable.passed(row.time_s + ASK_AGAIN_S):
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


def within_reach(wish: Wish, source: Source) -> Wish | Refusal:
    """Bound what a charger would take to what it can take now, or was lowered to."""
    state, reading = source.state, source.reading
    least_a, most_a = wish.min_current_a, wish.max_current_a
    known = None if reading is None else reading.current_range
    if known is not None and known.most_a >= least_a:
        most_a = min(most_a, known.most_a)
        if least_a < known.least_a <= most_a:
            least_a = known.least_a
    for row in state.answers:
        if row.asked_a == inf and row.took_a < least_a:
            if row.took_a <= 0:
                return Refusal(LimitingFactor.CHARGER)
            least_a = most_a = row.took_a
        elif row.asked_a >= wish.max_current_a and row.took_a >= least_a:
            most_a = min(most_a, row.took_a)
    if (least_a, most_a) == (wish.min_current_a, wish.max_current_a):
        return wish
    limit = wish.own_limit
    if most_a < wish.max_current_a:
        limit = LimitingFactor.CHARGER
    return wish._replace(min_current_a=least_a, max_current_a=most_a, own_limit=limit)


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
    if witness is not None and _bounds(pacer.timetable, source, witness):
        current_a = min(current_a, witness.value_a)
    if current_a < least_a:
        return stop(pacer, paced.state)
    return paced if current_a == paced.set_a else paced._replace(set_a=current_a)


def _bounds(timetable: Timetable, source: Source, witness: Witness) -> bool:
    """Tell whether what a charger shows is more than it may be cut to.

    While a start is under way it does not show that yet.
    """
    if witness.value_a <= 0 and not timetable.passed(source.settled_s):
        return False
    return not _draws_more(source.charger, source.state, witness)


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
        taken = (row.took_a for row in answers if row.took_a <= current_a)
        current_a = max(lowest.asked_a - excess_a, max(taken, default=0.0))
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
    charger: Charger, state: ChargerState, allowed_a: float, timetable: Timetable
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
        return timetable.passed(sent_s + max(wait_s, TELL_AGAIN_S))
    before_a = witness.before_a
    moved = before_a is None or abs(witness.value_a - before_a) > SAME_A
    if (witness.matched or moved) and sent_s <= state.set_points[-1].decided_s:
        return True
    return timetable.passed(sent_s + wait_s)


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
