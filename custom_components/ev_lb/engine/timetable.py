"""Keeps the moments at which time alone may change a decision."""


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

    def passed(self, time_s: float) -> bool:
        """Tell whether a moment has come; if not, remember it."""
        if self.now_s >= time_s:
            return True
        if self.next_s is None or time_s < self.next_s:
            self.next_s = time_s
        return False
