"""What a charger's own steps have shown of the sensor of its current."""

from collections.abc import Sequence
from enum import StrEnum
from math import inf
from typing import Final, NamedTuple

LEAST_FACTOR: Final = 0.2
"""A sensor that moves by less of what the car does counts as one that does not."""
ALIKE: Final = 1.3
"""Multiples that differ by less are the same one."""


class SensorFault(StrEnum):
    """What is wrong with the sensor of a charger's current."""

    STUCK = "stuck"
    """It does not move with the car: it repeats a value, or shows another charger's."""
    NEGATIVE = "negative"
    """It moves the wrong way."""
    SCALED = "scaled"
    """It moves by a multiple of what the car does: W or mA, or the sum of phases."""
    NO_CAR = "no_car"
    """It goes on to show a current though no car is there."""


class SensorStep(NamedTuple):
    """What the witnesses made of one step of a charger."""

    time_s: float
    """When it was judged, s."""
    set_a: tuple[float, float]
    """What the charger was set to before and after, A."""
    sensor_a: tuple[float, float]
    """What its sensor showed before and after, A."""
    meter_a: float
    """By how much the meter rose on each wire of the car, without other cars, A."""
    shown_a: float | None = None
    """What the charger shows of its limit after it, A."""
    wire: int = 0
    """Of which of its wires that is what the sensor shows."""


class SensorVerdict(NamedTuple):
    """A sensor that is not used until it behaves, and what was seen of it."""

    fault: SensorFault
    step: SensorStep
    """The newest step that shows it."""
    factor: float | None = None
    """How many times too much it shows, where that is what is wrong."""


class OtherThen(NamedTuple):
    """Another charger before a step."""

    charger_id: str
    set_a: float
    sensor_a: tuple[float, ...]


class Baseline(NamedTuple):
    """What all showed just before a charger was set to something new."""

    read_s: float
    """When the meter was read, s."""
    set_a: float
    sensor_a: tuple[float, ...]
    """As the sensor shows it, A on each of its wires."""
    meter_a: tuple[float, ...]
    """On each phase of the charger, A; the total where the meter tells no phases."""
    battery_w: float | None
    others: tuple[OtherThen, ...]
    after_a: tuple[float, ...] = ()
    """What the meter showed when all had done what they were set to, A."""
    after_s: float = -inf


class SensorTrial(NamedTuple):
    """What is known of a charger's sensor."""

    seen_s: float = -inf
    """When the newest set-point was decided that was taken in, s."""
    sensor_a: tuple[float, ...] = ()
    """What the sensor showed last, as it is, A on each of its wires."""
    sensor_s: float = -inf
    """When it showed that, s."""
    baseline: Baseline | None = None
    """While a step is under way."""
    evidence: float = 0.0
    """How much the steps so far speak against it (`sensor_trial.py`)."""
    judged_s: float = -inf
    doubted_until_s: float = -inf
    """Until when nothing is raised on it, s."""
    dropped: bool = False
    """Whether it is not used."""
    steps: tuple[SensorStep, ...] = ()
    """The last ones that speak against it."""
    no_car: SensorStep | None = None
    """What it shows without a car, once that has lasted."""

    @property
    def verdict(self) -> SensorVerdict | None:
        """What is wrong with a sensor that is not used; None where it is."""
        if self.no_car is not None:
            return SensorVerdict(SensorFault.NO_CAR, self.no_car)
        if not self.dropped or not self.steps:
            return None
        newest = self.steps[-1]
        if any(min(row.sensor_a) < -1 for row in self.steps):
            return SensorVerdict(SensorFault.NEGATIVE, newest)
        factor = _common_multiple(self.steps)
        if factor is not None and factor >= LEAST_FACTOR:
            return SensorVerdict(SensorFault.SCALED, newest, factor)
        return SensorVerdict(SensorFault.STUCK, newest)


def _common_multiple(steps: Sequence[SensorStep]) -> float | None:
    """Return how many times as much a sensor moved as its car, in most steps alike.

    None where it did not move, or by no common multiple.
    """
    parts = sorted(
        (row.sensor_a[1] - row.sensor_a[0]) / (row.set_a[1] - row.set_a[0])
        for row in steps
        if row.set_a[1] != row.set_a[0]
    )
    if not parts:
        return None
    middle = parts[len(parts) // 2]
    alike = [part for part in parts if middle / ALIKE <= part <= middle * ALIKE]
    return middle if 2 * len(alike) > len(parts) else None
