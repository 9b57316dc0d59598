"""Sun and home battery: what is left over, and what the battery may add."""

from dataclasses import dataclass
from math import isfinite

from .memory import BatteryLevel, Reading
from .model import Battery, PerPhase, Site, Snapshot
from .words import MeterKind

FULL_SOC_PERCENT = 98.0
"""From here on a battery takes what it gets and no more (mission document 003)."""


@dataclass(frozen=True, slots=True)
class Sun:
    """What house, sun and battery leave over without the cars, W."""

    export_w: float
    """With the battery going on to charge, and none of it from the battery."""
    surplus_w: float
    """With the battery's charging taken for the cars."""
    support_w: float
    """What the battery may add by its own discharge."""
    leaning_w: float
    """How much of the present load a battery carries that should not."""


def number(reading: Reading | None) -> float | None:
    """Return a reading's value where it is one."""
    if reading is None or reading.problem is not None or not isfinite(reading.value):
        return None
    return reading.value


def battery_level(site: Site, before: BatteryLevel, snapshot: Snapshot) -> BatteryLevel:
    """Place the battery's charge between its thresholds, with their hysteresis.

    A charge that nobody tells is below both: the battery then gives nothing
    and is not waited for.
    """
    battery = site.battery
    if battery is None:
        return BatteryLevel()
    soc_percent = number(snapshot.battery_soc_percent)
    if soc_percent is None or not 0 <= soc_percent <= 100:
        return BatteryLevel()
    slack_percent = max(battery.soc_hysteresis_percent, 0.0)

    def reached(threshold_percent: float, was: bool) -> bool:
        return soc_percent >= threshold_percent - (slack_percent if was else 0.0)

    return BatteryLevel(
        known=True,
        above_minimum=reached(battery.soc_min_percent, before.above_minimum),
        at_target=reached(battery.soc_target_percent, before.at_target),
        above_target=soc_percent
        > battery.soc_target_percent - (slack_percent if before.above_target else 0.0),
        full=reached(FULL_SOC_PERCENT, before.full),
    )


def sun(site: Site, level: BatteryLevel, snapshot: Snapshot, house_a: PerPhase) -> Sun:
    """Return what is left over under a house load.

    The house is all behind the meter but the cars, so the battery's power is
    in it: charging as a load, discharging as a source. A sensor of the sun
    bounds what can be left over, whatever a battery of unknown power does.
    """
    if site.meter.kind is MeterKind.TOTAL:
        house_w = house_a[0] * site.voltage_v
    else:
        house_w = sum(house_a) * site.voltage_v
    battery_w = 0.0
    if site.battery is not None:
        battery_w = number(snapshot.battery_power_w) or 0.0
    export_w = -house_w + min(battery_w, 0.0)
    surplus_w = export_w + max(battery_w, 0.0)
    solar_w = number(snapshot.solar_power_w)
    if solar_w is not None:
        export_w = min(export_w, max(solar_w, 0.0))
        surplus_w = min(surplus_w, max(solar_w, 0.0))
    may_add = site.battery is not None and level.above_minimum
    return Sun(
        export_w=export_w,
        surplus_w=surplus_w,
        support_w=_discharge_w(site.battery) if may_add else 0.0,
        leaning_w=0.0 if may_add else max(-battery_w, 0.0),
    )


def _discharge_w(battery: Battery | None) -> float:
    if battery is None or not isfinite(battery.max_discharge_power_w):
        return 0.0
    return max(battery.max_discharge_power_w, 0.0)
