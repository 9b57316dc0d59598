"""The one clock of a site: the engine, the plant and all readings go by it."""

import time
from typing import Final

LARGEST_DRIFT_S: Final = 2.0
"""A wall clock that is this much away from the monotonic one was set, or the host slept, s."""


class Clock:
    """Tells the site's time, which may run faster than the wall's.

    It follows the monotonic clock, and starts at the wall's time. That clock stands
    still while the host is suspended or its virtual machine is paused, so it jumps
    ahead with the wall clock: no reading may be older than it looks. It never goes
    back. A wall clock that is set ahead cannot be told from a pause: then readings
    count as old until the next report.
    """

    def __init__(self, speed: float = 1.0) -> None:
        """Start the clock; speed is how many of its seconds fit in a real one."""
        self._speed = speed
        self._origin_s = time.time()
        self._origin_monotonic_s = time.monotonic()
        self._wall_lead_s = self._origin_s - self._origin_monotonic_s
        self._ahead_s = 0.0

    @property
    def speed(self) -> float:
        """Return how many of its seconds fit in a real one."""
        return self._speed

    @property
    def ahead_s(self) -> float:
        """Return how far the wall clock was set back since the start, s."""
        return self._ahead_s

    def now_s(self) -> float:
        """Return the site's time, s since the epoch at the start."""
        monotonic_s = time.monotonic()
        lead_s = time.time() - monotonic_s
        moved_s = lead_s - self._wall_lead_s
        if abs(moved_s) > LARGEST_DRIFT_S:
            self._wall_lead_s = lead_s
            self._origin_s += max(moved_s, 0.0) * self._speed
            self._ahead_s += max(-moved_s, 0.0)
        elapsed_s = monotonic_s - self._origin_monotonic_s
        return self._origin_s + elapsed_s * self._speed

    def from_wall_s(self, wall_s: float) -> float:
        """Return the site's time of a moment on the wall clock, never a future one.

        The result moves when the wall clock is corrected: convert a time once,
        when it is learned, and keep it.
        """
        now_s = self.now_s()
        age_s = max(0.0, time.time() - wall_s)
        return now_s - age_s * self._speed

    def at_wall_s(self, wall_s: float) -> float:
        """Return the site's time of a moment to come on the wall clock."""
        return self.now_s() + (wall_s - time.time()) * self._speed

    def wall_delay_s(self, delay_s: float) -> float:
        """Return how long the site's seconds take on the wall."""
        return delay_s / self._speed
