"""A simulated home with sun on the roof and a battery that minds itself."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.closed_loop import Command, Run, site_for
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Battery,
    Decision,
    PerPhase,
    Reading,
    Site,
    Snapshot,
)
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import HouseholdLoad
from custom_components.ev_lb.simulation.meter import MeterConfiguration
from custom_components.ev_lb.simulation.plant import (
    Plant,
    PlantConfiguration,
    PlantView,
)
from custom_components.ev_lb.simulation.sampling import Sampling

VOLTAGE_V = 230
BATTERY_LAG_S = 2


@dataclass(slots=True)
class HomeBattery:
    """A battery whose controller keeps the grid at zero, a little late."""

    soc_percent: float
    capacity_kwh: float = 10.0
    max_power_w: float = 5000.0
    reserve_percent: float = 5.0
    power_w: float = 0.0

    def step(self, grid_w: float) -> None:
        """Live for a second with so much from the grid."""
        self.soc_percent += self.power_w / 36_000 / self.capacity_kwh
        highest_w = self.max_power_w if self.soc_percent < 100 else 0.0
        lowest_w = -self.max_power_w if self.soc_percent > self.reserve_percent else 0.0
        power_w = self.power_w - grid_w / BATTERY_LAG_S
        self.power_w = max(lowest_w, min(power_w, highest_w))


@dataclass(slots=True)
class SunnyRun(Run):
    """Engine and plant joined, with sun and a battery stepped every second."""

    sun_w: Callable[[int], float] = lambda _: 0.0
    battery: HomeBattery | None = None
    battery_report_s: int = 1
    """How often the battery's power and charge are told, s; 0 for no power."""
    heard: deque[tuple[float, float, float]] = field(default_factory=deque)
    """What the battery told: when, its power, its charge."""
    imported_wh: float = 0.0
    exported_wh: float = 0.0

    def live(self, end_s: int) -> Decision:
        """Let all live on to a second; return the last decision."""
        while True:
            second = int(self.plant.now_s)
            self._step(second)
            decision = self.until(second + 1)
            if second + 1 >= end_s:
                return decision

    def changes(self, from_s: float = 0.0) -> list[Command]:
        """Return the set-points that changed from a moment on."""
        return [
            command
            for command in self.commands
            if command.time_s >= from_s and command.before_a != command.current_a
        ]

    def _step(self, second: int) -> None:
        self.plant.set_extra_load("sun", _spread(-self.sun_w(second)))
        grid_w = sum(self.plant.view().grid_a) * VOLTAGE_V
        if self.battery is not None:
            self.battery.step(grid_w)
            self.plant.set_extra_load("battery", _spread(self.battery.power_w))
            if second % (self.battery_report_s or 1) == 0:
                told = (float(second), self.battery.power_w, self.battery.soc_percent)
                self.heard.append(told)
        grid_w = sum(self.plant.view().grid_a) * VOLTAGE_V
        self.imported_wh += max(grid_w, 0.0) / 3600
        self.exported_wh += max(-grid_w, 0.0) / 3600

    def _snapshot(self, view: PlantView) -> Snapshot:
        known = super()._snapshot(view)
        if not self.heard:
            return known
        time_s, power_w, soc_percent = self.heard[-1]
        power = Reading(round(power_w), time_s) if self.battery_report_s else None
        return replace(
            known,
            battery_power_w=power,
            battery_soc_percent=Reading(round(soc_percent, 1), time_s),
        )


def _spread(power_w: float) -> PerPhase:
    return (power_w / 3, power_w / 3, power_w / 3)


def sunny_home(
    sun_w: Callable[[int], float],
    *,
    house_w: float = 500,
    soc_percent: float | None = None,
    battery_report_s: int = 1,
    meter_s: float = 1,
    command_delay_s: float = 1,
    car_phases: int = 1,
    measures_current: bool = True,
    **settings: Any,
) -> SunnyRun:
    """Return a home on 3 x 25 A with one charger, sun, and perhaps a battery."""
    load = (house_w / 3, house_w / 3, house_w / 3)
    configuration = PlantConfiguration(
        household=HouseholdLoad(seconds=(0,), powers_w=(load,), length_s=10**6),
        start_hour=0,
        meter=MeterConfiguration(sampling=Sampling(period_s=meter_s, latency_s=0.5)),
        chargers=(
            ChargerConfiguration(
                phases=ALL_PHASES[:car_phases],
                command_delay_s=command_delay_s,
                car=CarConfiguration(phase_count=car_phases),
            ),
        ),
    )
    site: Site = site_for(configuration, measures_current=measures_current)
    site = replace(site, can_export=True, **settings)
    battery = None
    if soc_percent is not None:
        site = replace(site, battery=Battery())
        battery = HomeBattery(soc_percent)
    return SunnyRun(
        site,
        Plant(configuration),
        sun_w=sun_w,
        battery=battery,
        battery_report_s=battery_report_s,
    )
