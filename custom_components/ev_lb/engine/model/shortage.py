"""What the sun has owed a car since it first left less than the minimum."""

from typing import NamedTuple


class Shortage(NamedTuple):
    """A sum that goes on while a car waits for the sun to come back.

    Judged by the mean: one sunny reading between clouds makes up for little.
    """

    owed_ws: float = 0.0
    """What was short until it was last counted, W s."""
    short_w: float = 0.0
    """By how much the minimum is more than what is left over since then, W."""
    counted_s: float = 0.0
    """When that was, s."""

    def until(self, now_s: float) -> float:
        """Return what is owed by now, W s."""
        return self.owed_ws + self.short_w * max(now_s - self.counted_s, 0.0)
