"""A home battery with a controller of its own, which keeps the grid at zero."""

from dataclasses import dataclass
from math import ceil, inf
from typing import Final

DEADBAND_W: Final = 10.0
"""The controller leaves so little import or export alone, W."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryConfiguration:
    """A home battery."""

    capacity_kwh: float = 10.0
    max_charge_power_w: float = 5000.0
    max_discharge_power_w: float = 5000.0
    initial_soc_percent: float = 50.0
    reserve_percent: float = 5.0
    """At this charge it gives nothing more."""
    lag_s: float = 2.0
    """Time constant of its controller, s; 1 or more."""


class HomeBattery:
    """What a battery does in each second, given what the grid does.

    The controller looks each second and what it decides holds from the next.
    """

    def __init__(self, configuration: BatteryConfiguration) -> None:
        """Start at rest."""
        self.power_w = 0.0
        """Charging is positive."""
        self.next_s: float = inf
        self._configuration = configuration
        self._capacity_ws = configuration.capacity_kwh * 3.6e6
        self._counted_s = 0
        self._stored_ws = self._capacity_ws * configuration.initial_soc_percent / 100
        self._reserve_ws = self._capacity_ws * configuration.reserve_percent / 100
        self._coming_w = 0.0

    def soc_percent(self, second: int) -> float:
        """Return its state of charge, %."""
        return self._now_ws(second) / self._capacity_ws * 100

    def step(self, second: int) -> None:
        """Come to a second; those between must not reach past `next_s`."""
        self._stored_ws = self._now_ws(second)
        self._counted_s = second
        self.power_w = self._able_w(self._coming_w)

    def regulate(self, second: int, grid_w: float) -> None:
        """See what comes from the grid, W, with its own power in it."""
        wanted_w = self.power_w
        if abs(grid_w) > DEADBAND_W:
            wanted_w -= grid_w / self._configuration.lag_s
        self._coming_w = self._able_w(wanted_w)
        if self._coming_w != self.power_w:
            self.next_s = second + 1
        else:
            self.next_s = self._end_s()

    def _able_w(self, wanted_w: float) -> float:
        """Return what it can do of what its controller wants, W."""
        configuration = self._configuration
        most_w = configuration.max_charge_power_w
        least_w = -configuration.max_discharge_power_w
        if self._stored_ws >= self._capacity_ws:
            most_w = 0.0
        if self._stored_ws <= self._reserve_ws:
            least_w = 0.0
        return max(least_w, min(wanted_w, most_w))

    def _end_s(self) -> float:
        """Return the second in which it is full or empty if all stays as it is."""
        if not self.power_w:
            return inf
        goal_ws = self._capacity_ws if self.power_w > 0 else self._reserve_ws
        return self._counted_s + ceil((goal_ws - self._stored_ws) / self.power_w)

    def _now_ws(self, second: int) -> float:
        stored_ws = self._stored_ws + self.power_w * (second - self._counted_s)
        lowest_ws = min(self._stored_ws, self._reserve_ws)
        return max(lowest_ws, min(stored_ws, self._capacity_ws))
