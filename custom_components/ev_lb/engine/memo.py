"""What was worked out before, so that only what changed is worked out again.

A step of a decision is a function of its inputs and of the time, and of nothing else.
So its result is taken again where all inputs are the same, or equal, and where no
moment has come with which it compared the present. That saves time and changes
nothing: a decision without it, as one from a document, is the same.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from .model.sanitize import sane_state
from .model.state import State
from .wakeups import Wakeups


class Result(NamedTuple):
    """What a step came to, and for how long that holds."""

    inputs: tuple[object, ...]
    value: object
    from_s: float
    """The moment at which it was worked out."""
    until_s: float | None
    """When time alone may change it; None for never."""
    momentary: bool
    """Whether the present itself is in it, so that it holds at that moment only."""


class Memo(dict[tuple[object, str], tuple[Result, ...]]):
    """The results of one decision, by step and whom it is about."""


class RecallingWakeups(Wakeups):
    """Wakeups whose steps take results of this decision and the one before."""

    __slots__ = ("_before", "_momentary", "memo")

    def __init__(self, now_s: float, before: Memo) -> None:
        """Start at the present moment, with nothing worked out."""
        super().__init__(now_s)
        self.memo = Memo()
        """What this decision used: all that the next one may take again."""
        self._before = before
        self._momentary = False

    @property
    def now_s(self) -> float:
        """The present moment; a step that takes it holds at no other."""
        self._momentary = True
        return self._now_s

    def run[*Inputs, Outcome](
        self,
        step: Callable[[Wakeups, *Inputs], Outcome],
        whose: str,
        *inputs: *Inputs,
    ) -> Outcome:
        """Return what a step comes to."""
        key = step, whose
        known = self.memo.get(key, ())
        for row in known:
            if row.inputs == inputs and self._holds(row):
                return row.value  # type: ignore[return-value] # as it came
        before = self._before.get(key, ())
        for row in before:
            if row.inputs == inputs and self._holds(row):
                break
        else:
            row = self._work_out(step, inputs, before)
        self.memo[key] = (*known, row)
        return row.value  # type: ignore[return-value] # as it came

    def _work_out(
        self,
        step: Callable[..., object],
        inputs: tuple[object, ...],
        before: tuple[Result, ...],
    ) -> Result:
        """Run a step, and note for how long its result holds."""
        noted_s, momentary = self.next_s, self._momentary
        self.next_s, self._momentary = None, False
        value = step(self, *inputs)
        # The same object again spares whoever takes it the comparison.
        value = next((row.value for row in before if row.value == value), value)
        row = Result(inputs, value, self._now_s, self.next_s, self._momentary)
        self._momentary |= momentary
        self.note(noted_s)
        return row

    def _holds(self, row: Result) -> bool:
        """Tell whether a result holds now; if so, remember until when."""
        _, _, from_s, until_s, momentary = row
        now_s = self._now_s
        if until_s is None and from_s <= now_s and not momentary:
            return True
        if now_s != from_s and (
            momentary or now_s < from_s or (until_s is not None and now_s >= until_s)
        ):
            return False
        self._momentary |= momentary
        self.note(until_s)
        return True


def recall(state: State, now_s: float) -> tuple[State, RecallingWakeups]:
    """Return a state that any decision can have left, and wakeups that know it."""
    memo = state.memo
    if isinstance(memo, Memo):
        return state, RecallingWakeups(now_s, memo)
    return sane_state(state), RecallingWakeups(now_s, Memo())


def keep(state: State, wakeups: RecallingWakeups) -> State:
    """Return a state that hands a decision's results to the next one."""
    return replace(state, memo=wakeups.memo)
