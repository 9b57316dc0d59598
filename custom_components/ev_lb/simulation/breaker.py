"""The main fuse: when a circuit breaker would trip, for three devices.

Two parallel first-order accumulators of the squared current, fitted between
the limits that IEC 60898-1 leaves: `early` and `late` are the edges of what a
conforming breaker may do, `typical` is between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Device:
    """A time-current curve, for currents as multiples of the rated current."""

    threshold: float
    """Trips when the weighted accumulators reach it, (I/In)²."""
    fast_share: float
    fast_s: float
    """Time constant of the fast accumulator, s."""
    slow_s: float
    """Time constant of the slow accumulator, s."""
    instantaneous: float
    """Trips at once from here on, I/In."""


DEVICES: Final[Mapping[str, Device]] = MappingProxyType(
    {
        "early": Device(1.2769, 0.40, 7.8, 142.0, 5.0),
        "typical": Device(1.69, 0.35, 20.0, 400.0, 7.5),
        "late": Device(2.00, 0.30, 23.3, 1354.0, 10.0),
    }
)


class Tripping:
    """One device in one phase, fed with stretches of constant current."""

    def __init__(self, device: Device, preload: float = 0.0) -> None:
        """Start with the accumulators at `preload`, (I/In)²; 0 is cold."""
        self.device = device
        self.trips = 0
        self._fast_part = 1 - exp(-1 / device.fast_s)
        self._slow_part = 1 - exp(-1 / device.slow_s)
        self._at_once = device.instantaneous**2
        self._fast = preload
        self._slow = preload
        self._highest = preload

    @property
    def thermal_headroom_used(self) -> float:
        """The highest that the accumulators came to, as a part of the threshold."""
        return self._highest / self.device.threshold

    def carry(self, square: float, seconds: int) -> None:
        """Carry a squared multiple of the rated current for whole seconds."""
        device = self.device
        while seconds > 1 and square < self._at_once:
            fast, slow = self._fast, self._slow
            # The stretch can be one step if no second of it is above its ends.
            bound = device.fast_share * max(fast, square)
            bound += (1 - device.fast_share) * max(slow, square)
            known = bound <= self._highest or square >= max(fast, slow)
            if known and bound < device.threshold:
                fast_part = 1 - exp(-seconds / device.fast_s)
                slow_part = 1 - exp(-seconds / device.slow_s)
                self._heat(square, fast_part, slow_part)
                return
            self._heat(square, self._fast_part, self._slow_part)
            seconds -= 1
        for _ in range(seconds):
            self._heat(square, self._fast_part, self._slow_part)

    def _heat(self, square: float, fast_part: float, slow_part: float) -> None:
        """Let the accumulators come nearer to `square` by these parts."""
        self._fast += (square - self._fast) * fast_part
        self._slow += (square - self._slow) * slow_part
        share = self.device.fast_share
        heat = share * self._fast + (1 - share) * self._slow
        self._highest = max(self._highest, heat)
        if heat >= self.device.threshold or square >= self._at_once:
            self.trips += 1
            self._fast = self._slow = 0.0


class Pole:
    """All devices in one phase of one breaker."""

    def __init__(self, rated_current_a: float, preload_a: float = 0.0) -> None:
        """Start as after a long time at `preload_a`, A; 0 is cold."""
        self._rated_current_a = rated_current_a
        preload = (preload_a / rated_current_a) ** 2
        self.devices = {
            name: Tripping(device, preload) for name, device in DEVICES.items()
        }

    def carry(self, current_a: float, seconds: int) -> None:
        """Carry a current for whole seconds; a device that trips is set again."""
        square = (current_a / self._rated_current_a) ** 2
        for device in self.devices.values():
            device.carry(square, seconds)
