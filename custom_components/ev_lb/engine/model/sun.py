"""What house, sun and battery leave over."""

from math import isfinite
from typing import Final, NamedTuple

from . import Battery, PerPhase, Site
from .metered import house_power_w
from .state import BatteryLevel, Reading, SunMemory

BATTERY_TOLERANCE_W: Final = 150.0
"""What must be exported before a battery of unknown power is sure to give
nothing, W: its controller keeps the grid at zero to within that."""


class Sun(NamedTuple):
    """What house, sun and battery leave over without the cars, W."""

    export_w: float
    """With the battery going on to charge, and none of it from the battery."""
    surplus_w: float
    """With the battery's charging taken for the cars."""
    support_w: float
    """What the battery may add by its own discharge."""
    leaning_w: float
    """How much of the present load a battery carries that should not."""


def sun(site: Site, level: BatteryLevel, memory: SunMemory, house_a: PerPhase) -> Sun:
    """Return what is left over under a house load.

    The house is all behind the meter but the cars, so the battery's power is
    in it: charging as a load, discharging as a source. A battery that does not
    tell its power is found out by leaving it a little: it takes that, and more
    with every step that the cars give way, unless the sun gives it. A sensor of
    the sun bounds what can be left over.
    """
    house_w = house_power_w(site, house_a)
    battery_w = 0.0
    if site.battery is not None:
        if memory.battery_w is None:
            house_w += BATTERY_TOLERANCE_W
        else:
            battery_w = memory.battery_w
    export_w = -house_w + min(battery_w, 0.0)
    surplus_w = export_w + max(battery_w, 0.0)
    if memory.solar_w is not None:
        export_w = min(export_w, max(memory.solar_w, 0.0))
        surplus_w = min(surplus_w, max(memory.solar_w, 0.0))
    may_add = site.battery is not None and level.above_minimum
    return Sun(
        export_w=export_w,
        surplus_w=surplus_w,
        support_w=_discharge_w(site.battery) if may_add else 0.0,
        leaning_w=0.0 if may_add else max(-battery_w, 0.0),
    )


def lately(memory: SunMemory, power: Sun) -> Sun:
    """Return the most that was left over lately: what a car may keep.

    The grid lends what lacks for a moment, so that a car answers neither to
    every shadow nor to the battery's own controller.
    """
    if not memory.surpluses:
        return power
    return power._replace(
        export_w=max(power.export_w, memory.exports[0].power_w),
        surplus_w=max(power.surplus_w, memory.surpluses[0].power_w),
    )


def number(reading: Reading | None) -> float | None:
    """Return a reading's value where it is one."""
    if reading is None or reading.problem is not None or not isfinite(reading.value):
        return None
    return reading.value


def _discharge_w(battery: Battery | None) -> float:
    if battery is None or not isfinite(battery.max_discharge_power_w):
        return 0.0
    return max(battery.max_discharge_power_w, 0.0)
