"""What is in a car's battery, by a sensor that is late, jumps, or sleeps with the car.

Between two readings that can be believed, what the car was given is added.
"""

from dataclasses import dataclass, replace
from math import isfinite
from typing import Final, NamedTuple

PLUG_TO_BATTERY: Final = 0.9
"""How much of what leaves the plug arrives in the battery."""
JUMP_PERCENT: Final = 10.0
"""What is further from what is expected than this is doubted."""
DOUBTED_S: Final = 900.0
"""What is doubted and still said after so long is so, s."""
RECENT_S: Final = 3600.0
"""A value that is older than this when the car is plugged in is from before it drove,
s."""
NOTICED_KWH: Final = 0.1
"""A car that has had more than this cannot have less in its battery than before."""
TAPER_PERCENT: Final = 90.0
"""Above it a car charges at about half its power."""


class SaidCharge(NamedTuple):
    """What a car's sensor shows."""

    percent: float
    changed_s: float
    """Since when it shows that, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarBattery:
    """What is believed of a car's battery during one stay."""

    percent: float | None = None
    """What was believed last; None before anything could be."""
    at_kwh: float = 0.0
    """What the car had had of this stay by then, kWh."""
    is_from_before: bool = True
    """Whether that may be from before the car drove."""
    doubted_percent: float | None = None
    doubted_s: float = 0.0
    """Since when another value is said that was not to be expected, s."""

    def charge_percent(self, had_kwh: float, capacity_kwh: float) -> float | None:
        """Return what is in the battery now that the car has had so much, 0 to 100."""
        if self.percent is None or not capacity_kwh > 0:
            return None
        more_kwh = max(0.0, had_kwh - self.at_kwh) * PLUG_TO_BATTERY
        return min(100.0, self.percent + 100 * more_kwh / capacity_kwh)


def heard(
    battery: CarBattery,
    said: SaidCharge | None,
    had_kwh: float,
    capacity_kwh: float,
    plugged_s: float,
    now_s: float,
) -> CarBattery:
    """Return what is believed after a sensor was read.

    A car that sleeps says nothing or 0 %: neither is a charge. `had_kwh` is what the
    car has had since it was plugged in at `plugged_s`.
    """
    if said is None or not isfinite(said.percent) or not 0 < said.percent <= 100:
        return battery
    expected = battery.charge_percent(had_kwh, capacity_kwh)
    is_from_before = said.changed_s < plugged_s - RECENT_S
    if expected is None or (battery.is_from_before and not is_from_before):
        return CarBattery(
            percent=said.percent, at_kwh=had_kwh, is_from_before=is_from_before
        )
    if is_from_before or said.percent == battery.percent:
        return replace(battery, doubted_percent=None)
    off = abs(said.percent - expected) > JUMP_PERCENT
    has_had = had_kwh > battery.at_kwh + NOTICED_KWH
    fallen = has_had and battery.percent is not None and said.percent < battery.percent
    if off or fallen:
        doubted = battery.doubted_percent
        if doubted is None or abs(said.percent - doubted) > JUMP_PERCENT:
            return replace(battery, doubted_percent=said.percent, doubted_s=now_s)
        if now_s - battery.doubted_s < DOUBTED_S:
            return battery
    return CarBattery(percent=said.percent, at_kwh=had_kwh, is_from_before=False)


def needed_kwh(percent: float, goal_percent: float, capacity_kwh: float) -> float:
    """Return what a battery lacks to a goal, at the plug, kWh."""
    missing = max(0.0, min(100.0, goal_percent) - percent)
    return missing / 100 * max(0.0, capacity_kwh) / PLUG_TO_BATTERY


def taper_s(
    percent: float, goal_percent: float, capacity_kwh: float, power_w: float
) -> float:
    """Return how much longer the last of a battery takes than at full power, s."""
    if not power_w > 0:
        return 0.0
    slow_kwh = needed_kwh(max(percent, TAPER_PERCENT), goal_percent, capacity_kwh)
    return slow_kwh * 3.6e6 / power_w
