"""A simulated home with sun on the roof and a battery that minds itself."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.closed_loop import Run, site_for
from custom_components.ev_lb.engine.model import ALL_PHASES, Battery
from custom_components.ev_lb.simulation.battery import BatteryConfiguration
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import HouseholdLoad, SolarOutput
from custom_components.ev_lb.simulation.meter import MeterConfiguration
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

HOUSE_W = 500.0
LENGTH_S = 3600


def sunny_home(
    sun_w: Callable[[int], float],
    *,
    soc_percent: float | None = None,
    battery_report_s: float | None = 1,
    meter_s: float = 1,
    measures_current: bool = True,
    **settings: Any,
) -> Run:
    """Return a home on 3 x 25 A with a car on L1, sun, and perhaps a battery."""
    third_w = HOUSE_W / 3
    battery = None
    if soc_percent is not None:
        battery = BatteryConfiguration(initial_soc_percent=soc_percent)
    configuration = PlantConfiguration(
        household=HouseholdLoad((0,), ((third_w, third_w, third_w),)),
        solar=SolarOutput(
            range(LENGTH_S), [sun_w(second) for second in range(LENGTH_S)], LENGTH_S
        ),
        battery=battery,
        start_hour=0,
        meter=MeterConfiguration(sampling=Sampling(period_s=meter_s, latency_s=0.5)),
        chargers=(
            ChargerConfiguration(
                phases=ALL_PHASES[:1], car=CarConfiguration(phase_count=1)
            ),
        ),
    )
    site = site_for(configuration, measures_current=measures_current)
    if battery is not None:
        settings["battery"] = Battery()
    site = replace(site, can_export=True, **settings)
    return Run(site, Plant(configuration), battery_report_s=battery_report_s)
