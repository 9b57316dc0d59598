"""Keeps the moments at which time alone may change a decision."""

from math import inf


class Timetable:
    """The present moment, and the next one that a decision depends on.

    Every comparison with the present goes through `passed`, so that no moment
    is forgotten: until `next_s` the same inputs give the same decision.
    """

    __slots__ = ("next_s", "now_s")

    def __init__(self, now_s: float) -> None:
        """Start at the present moment."""
        self.now_s = now_s
        self.next_s: float | None = None

    def note(self, time_s: float | None) -> None:
        """Remember a moment on which the decision depends, if there is one."""
        if time_s is not None and time_s < (
            inf if self.next_s is None else self.next_s
        ):
            self.next_s = time_s

    def forget(self) -> float | None:
        """Forget the next moment and return it, to see which one comes up now."""
        time_s, self.next_s = self.next_s, None
        return time_s

    def lies_within(self, from_s: float, until_s: float | None) -> bool:
        """Tell whether the present is before a moment and not before another.

        If so, the end is remembered.
        """
        if self.now_s < from_s or (until_s is not None and self.now_s >= until_s):
            return False
        self.note(until_s)
        return True

    def passed(self, time_s: float) -> bool:
        """Tell whether a moment has come; if not, remember it."""
        if self.now_s >= time_s:
            return True
        self.note(time_s)
        return False
