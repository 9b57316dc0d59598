"""What house and roof did in each quarter-hour of the last week: means, to forecast by."""

from collections.abc import Sequence
from math import floor, isfinite
from typing import Final

from custom_components.ev_lb.engine.model import PerPhase
from custom_components.ev_lb.engine.planning.forecast import DAYS, QUARTER_S
from custom_components.ev_lb.engine.planning.request import DAY_S

from .values import EARLIEST_S, LATEST_S, number

HOLD_S: Final = 300.0
"""A value counts so long without a newer one; a lost meter leaves a gap, s."""
LEAST_COVERED_S: Final = QUARTER_S / 2
"""A quarter-hour of which less was seen has no mean, s."""
KEPT_S: Final = (DAYS + 1) * DAY_S
MOST_VALUE: Final = 1e7


class QuarterHistory:
    """Means of some values over each quarter-hour, of the last eight days."""

    def __init__(self, width: int) -> None:
        """Take how many values are noted together."""
        self.means: dict[float, tuple[float, ...]] = {}
        """By the start of the quarter-hour, s since the epoch; in order."""
        self._width = width
        self._now_s: float | None = None
        self._values: tuple[float, ...] | None = None
        self._covered_s = 0.0
        self._sums = [0.0] * width

    def copy(self) -> QuarterHistory:
        """Return what is known by now, for who looks at it while more is noted."""
        other = QuarterHistory(self._width)
        other.means = dict(self.means)
        return other

    def observe(self, time_s: float, values: Sequence[float] | None) -> None:
        """Note what holds from a moment on; None while nobody knows."""
        if not EARLIEST_S <= time_s <= LATEST_S:
            return
        if self._now_s is not None and time_s >= self._now_s:
            self._advance(self._now_s, time_s)
        elif self._now_s is not None:
            self._begin()
        self._now_s = time_s
        sound = values is not None and len(values) == self._width
        if (
            values is None
            or not sound
            or not all(abs(value) <= MOST_VALUE for value in values)
        ):
            self._values = None
        else:
            self._values = tuple(values)

    def _advance(self, from_s: float, time_s: float) -> None:
        """Count what held until now, quarter-hour by quarter-hour."""
        held_until_s = min(time_s, from_s + HOLD_S)
        quarter_s = floor(from_s / QUARTER_S) * QUARTER_S
        while quarter_s <= time_s:
            lasts_s = min(held_until_s, quarter_s + QUARTER_S) - max(from_s, quarter_s)
            if self._values is not None and lasts_s > 0:
                self._covered_s += lasts_s
                for place, value in enumerate(self._values):
                    self._sums[place] += value * lasts_s
            if time_s < quarter_s + QUARTER_S:
                return
            self._close(quarter_s)
            # Nothing holds over a whole quarter-hour more.
            quarter_s = max(
                quarter_s + QUARTER_S, floor(time_s / QUARTER_S - 1) * QUARTER_S
            )

    def _close(self, quarter_s: float) -> None:
        if self._covered_s >= LEAST_COVERED_S:
            self.means.pop(quarter_s, None)
            self.means[quarter_s] = tuple(
                total / self._covered_s for total in self._sums
            )
            for start_s in list(self.means):
                if start_s >= quarter_s - KEPT_S:
                    break
                del self.means[start_s]
        self._begin()

    def _begin(self) -> None:
        self._covered_s = 0.0
        self._sums = [0.0] * self._width

    def stored(self) -> list[list[float]]:
        """Return the means for storage: start and values of each."""
        return [
            [start_s, *(round(value, 2) for value in values)]
            for start_s, values in self.means.items()
        ]

    def restore(self, stored: object) -> None:
        """Take what was stored; rows that cannot be right are left out."""
        if not isinstance(stored, list | tuple):
            return
        rows: dict[float, tuple[float, ...]] = {}
        for row in stored[-2000:]:
            if not isinstance(row, list | tuple) or len(row) != self._width + 1:
                continue
            values = [found for item in row if (found := number(item)) is not None]
            if len(values) == len(row) and EARLIEST_S <= values[0] <= LATEST_S:
                rows[floor(values[0] / QUARTER_S) * QUARTER_S] = tuple(values[1:])
        self.means = dict(sorted((rows | self.means).items()))


def without_sun(
    net_a: PerPhase, sun_w: float, sun_phases: Sequence[int], voltage_v: float
) -> PerPhase:
    """Return what the house draws of its own, out of what grid and roof give it, A.

    A forecast of the sun is taken off it again, and must not count twice.
    """
    if not (isfinite(sun_w) and voltage_v >= 1 and sun_phases):
        return net_a
    each_a = max(sun_w, 0.0) / voltage_v / len(sun_phases)
    first, second, third = (
        current_a + each_a * (phase in sun_phases)
        for phase, current_a in enumerate(net_a)
    )
    return (first, second, third)
