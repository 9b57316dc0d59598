"""Keeps the moments at which time alone may change a decision."""

from collections.abc import Callable
from math import inf


class Wakeups:
    """The present moment, and the next one that a decision depends on.

    Every comparison with the present goes through `passed`, so that no moment
    is forgotten: until `next_s` the same inputs give the same decision.
    """

    __slots__ = ("_now_s", "next_s")

    def __init__(self, now_s: float) -> None:
        """Start at the present moment."""
        self._now_s = now_s
        self.next_s: float | None = None

    @property
    def now_s(self) -> float:
        """The present moment."""
        return self._now_s

    def note(self, time_s: float | None) -> None:
        """Remember a moment on which the decision depends, if there is one."""
        if time_s is not None and time_s < (
            inf if self.next_s is None else self.next_s
        ):
            self.next_s = time_s

    def passed(self, time_s: float) -> bool:
        """Tell whether a moment has come; if not, remember it."""
        if self._now_s >= time_s:
            return True
        self.note(time_s)
        return False

    def run[*Inputs, Outcome](
        self,
        step: Callable[[Wakeups, *Inputs], Outcome],
        whose: str,
        *inputs: *Inputs,
    ) -> Outcome:
        """Return what a step comes to that depends on nothing but inputs and time.

        `whose` is the charger that it is about; empty for the whole site.
        """
        return step(self, *inputs)
