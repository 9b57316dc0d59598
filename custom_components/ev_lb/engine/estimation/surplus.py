"""Sun and home battery: what is left over, and what the battery may add."""

from math import inf
from typing import Final

from custom_components.ev_lb.engine.model import Site, Snapshot
from custom_components.ev_lb.engine.model.state import (
    BatteryLevel,
    Height,
    Reading,
    SunMemory,
)
from custom_components.ev_lb.engine.model.sun import Sun, number
from custom_components.ev_lb.engine.wakeups import Wakeups

FULL_SOC_PERCENT: Final = 98.0
"""From here on a battery takes what it gets and no more."""
SOC_HOLDS_S: Final = 900.0
"""How long the last charge that was told holds, s: a battery of 10 kWh at 5 kW
moves 12 % in that time."""
FRESHNESS_LIMIT_S: Final = 300.0
"""A power of sun or battery that is older is not known, s: inverters in a cloud
report every few minutes."""


def battery_level(
    site: Site, before: BatteryLevel, snapshot: Snapshot, wakeups: Wakeups
) -> BatteryLevel:
    """Place the battery's charge between its thresholds, with their hysteresis.

    A charge that nobody has told for long is below both: the battery then
    gives nothing and is not waited for.
    """
    battery = site.battery
    if battery is None:
        return BatteryLevel()
    soc_percent = number(snapshot.battery_soc_percent)
    if soc_percent is None or not 0 <= soc_percent <= 100:
        if before.known and not wakeups.passed(before.known_s + SOC_HOLDS_S):
            return before
        return BatteryLevel()
    slack_percent = max(battery.soc_hysteresis_percent, 0.0)

    def reached(threshold_percent: float, was: bool) -> bool:
        return soc_percent >= threshold_percent - (slack_percent if was else 0.0)

    return BatteryLevel(
        known=True,
        known_s=wakeups.now_s,
        above_minimum=reached(battery.soc_min_percent, before.above_minimum),
        at_target=reached(battery.soc_target_percent, before.at_target),
        above_target=soc_percent
        > battery.soc_target_percent - (slack_percent if before.above_target else 0.0),
        full=reached(FULL_SOC_PERCENT, before.full),
    )


def read_sun(
    before: SunMemory, snapshot: Snapshot, read_s: float, now_s: float
) -> SunMemory:
    """Take in what sun and battery give, at each new reading of the meter.

    Meter and battery move together, since the battery's controller answers to
    the meter: what one tells belongs to what the other told then.
    """
    if read_s <= before.read_s:
        return before
    return before._replace(
        read_s=read_s,
        battery_w=_fresh(snapshot.battery_power_w, now_s),
        solar_w=_fresh(snapshot.solar_power_w, now_s),
    )


def watch_sun(
    memory: SunMemory,
    power: Sun,
    settled_s: float,
    window_s: float,
    wakeups: Wakeups,
) -> SunMemory:
    """Remember the most that was left over in the last `window_s`.

    Before all cars had settled, at `settled_s`, a lower one may be their own
    change, which the battery has answered and the meter has not told.
    """

    def with_height(heights: tuple[Height, ...], power_w: float) -> tuple[Height, ...]:
        if heights and heights[-1].power_w == power_w:
            kept = list(heights[:-1])
        else:
            kept = [
                row if row.until_s < inf else Height(row.power_w, wakeups.now_s)
                for row in heights
                if row.power_w > power_w
            ]
        while kept and wakeups.passed(max(kept[0].until_s, settled_s) + window_s):
            kept.pop(0)
        return (*kept, Height(power_w, inf))

    return memory._replace(
        exports=with_height(memory.exports, power.export_w),
        surpluses=with_height(memory.surpluses, power.surplus_w),
    )


def _fresh(reading: Reading | None, now_s: float) -> float | None:
    if reading is None or now_s - reading.time_s > FRESHNESS_LIMIT_S:
        return None
    return number(reading)
