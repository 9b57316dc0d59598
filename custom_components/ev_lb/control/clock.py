"""The one clock of a site: the engine, the plant and all readings go by it."""

from datetime import datetime
import time
from typing import Final

from homeassistant.util import dt as dt_util

SHORTEST_S: Final = 0.001
"""So exactly it is known when local time is set, s."""
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
        self._skipped_s = 0.0

    @property
    def speed(self) -> float:
        """Return how many of its seconds fit in a real one."""
        return self._speed

    @property
    def ahead_s(self) -> float:
        """Return how far the wall clock was set back since the start, s."""
        return self._ahead_s

    @property
    def skipped_s(self) -> float:
        """Return how much of its time has not passed: it was skipped, s."""
        return self._skipped_s

    def now_s(self) -> float:
        """Return the site's time, s since the epoch at the start."""
        monotonic_s = time.monotonic()
        lead_s = time.time() - monotonic_s
        moved_s = lead_s - self._wall_lead_s
        if abs(moved_s) > LARGEST_DRIFT_S:
            self._wall_lead_s = lead_s
            skipped_s = max(moved_s, 0.0) * self._speed
            self._origin_s += skipped_s
            self._skipped_s += skipped_s
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

    def utc_offset_s(self, time_s: float) -> float:
        """Return how much local time is ahead of UTC at a time of the site, s."""
        zone = dt_util.get_default_time_zone()
        offset = datetime.fromtimestamp(time_s - self._ahead_s, zone).utcoffset()
        return 0.0 if offset is None else offset.total_seconds()

    def offset_change_s(self, time_s: float, until_s: float) -> float | None:
        """Return when local time is set between two times of the site, s.

        None where it is not, or not for longer than that.
        """
        offset_s = self.utc_offset_s(time_s)
        if self.utc_offset_s(until_s) == offset_s:
            return None
        while until_s - time_s > SHORTEST_S:
            middle_s = (time_s + until_s) / 2
            if self.utc_offset_s(middle_s) == offset_s:
                time_s = middle_s
            else:
                until_s = middle_s
        return until_s

    def wall_delay_s(self, delay_s: float) -> float:
        """Return how long the site's seconds take on the wall."""
        return delay_s / self._speed
