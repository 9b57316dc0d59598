"""The one clock of a site: the engine, the plant and all readings go by it."""

import time


class Clock:
    """Tells the site's time, which may run faster than the wall's.

    It follows the monotonic clock, so that a correction of the wall clock neither
    ages a reading nor makes it young. It starts at the wall's time.
    """

    def __init__(self, speed: float = 1.0) -> None:
        """Start the clock; speed is how many of its seconds fit in a real one."""
        self._speed = speed
        self._origin_s = time.time()
        self._origin_monotonic_s = time.monotonic()

    @property
    def speed(self) -> float:
        """Return how many of its seconds fit in a real one."""
        return self._speed

    def now_s(self) -> float:
        """Return the site's time, s since the epoch at the start."""
        elapsed_s = time.monotonic() - self._origin_monotonic_s
        return self._origin_s + elapsed_s * self._speed

    def from_wall_s(self, wall_s: float) -> float:
        """Return the site's time of a moment on the wall clock, never a future one.

        The result moves when the wall clock is corrected: convert a time once,
        when it is learned, and keep it.
        """
        age_s = max(0.0, time.time() - wall_s)
        return self.now_s() - age_s * self._speed

    def at_wall_s(self, wall_s: float) -> float:
        """Return the site's time of a moment to come on the wall clock."""
        return self.now_s() + (wall_s - time.time()) * self._speed

    def wall_delay_s(self, delay_s: float) -> float:
        """Return how long the site's seconds take on the wall."""
        return delay_s / self._speed
