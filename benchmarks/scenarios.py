"""The homes and sites of the benchmark, made of recorded and synthetic parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

import numpy as np

from custom_components.ev_lb.engine.model import ALL_PHASES, ChargingMode, Phase
from custom_components.ev_lb.simulation.battery import BatteryConfiguration
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.meter import MeterConfiguration, MeterContent
from custom_components.ev_lb.simulation.sampling import Sampling
from tools.reconstruction import put_on_phases, reconstruct

from .data import DAY_S, DataFolder, Floats
from .overlays import overlay
from .solar import Panels, solar_power_w
from .visits import Demand, Visit, visits

VOLTAGE_V: Final = 230.0
IDEAL: Final = ("load_ideal65_*", "load_ideal*")
REFIT20: Final = ("load_refit20_*",)
REFIT2: Final = ("load_refit2_*",)
UKDALE2: Final = ("load_ukdale2_*", "load_ukdale*")
SUMMER: Final = ("irradiance_*-06_*", "irradiance_*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A connection, a house and chargers, before any data is read."""

    name: str
    title: str
    limit_a: float
    homes: tuple[tuple[str, ...], ...]
    """Patterns of one load file; or of three, each on a phase of its own."""
    chargers: tuple[ChargerConfiguration, ...]
    one_phase: bool = False
    overlays: tuple[str, ...] = ()
    panels: Panels | None = None
    battery: BatteryConfiguration | None = None
    demand: Demand = Demand.HUNGRY
    mode: ChargingMode = ChargingMode.STANDARD
    content: MeterContent = MeterContent.PHASE_POWER
    resolution: float = 1.0
    meter_periods_s: tuple[float, ...] = (1.0, 10.0, 60.0)
    most_days: int = 14
    """More of it would take long and tell nothing new."""
    weeks_laid_over: int = 1
    """How many weeks of a car park's sessions come at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The delays of meter, commands and cars."""

    name: str = "fast"
    meter_period_s: float = 1.0
    meter_latency_s: float = 1.0
    command_delay_s: float = 1.0
    car_delay_s: float = 3.0

    @property
    def report_period_s(self) -> float:
        """How often a charger reports what has not changed; changes come at once."""
        return self.meter_period_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A scenario with its data: what a closed loop runs on."""

    scenario: Scenario
    timing: Timing
    seed: int
    days: int
    house_a: Floats
    """House with solar, without battery and cars, A, shape (3, seconds)."""
    solar_w: Floats | None
    chargers: tuple[ChargerConfiguration, ...]
    visits: tuple[Visit, ...]
    meter: MeterConfiguration = field(default_factory=MeterConfiguration)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases that the site has."""
        return (Phase.L1,) if self.scenario.one_phase else ALL_PHASES


def charger(
    name: str = "charger",
    *,
    max_current_a: float = 16.0,
    phases: tuple[Phase, ...] = ALL_PHASES,
    car_current_a: float | None = None,
) -> ChargerConfiguration:
    """Return a charger and its car, which by default fit each other."""
    car_a = max_current_a if car_current_a is None else car_current_a
    return ChargerConfiguration(
        charger_id=name,
        phases=phases,
        max_current_a=max_current_a,
        car=CarConfiguration(
            max_current_a=car_a, phase_count=len(phases), plugged_in=False
        ),
    )


def _car_park(count: int) -> tuple[ChargerConfiguration, ...]:
    """Return stations, in turn of one phase with 32 A and of three with 16 A."""
    return tuple(
        charger(
            f"station {place + 1:03}",
            max_current_a=16.0 if place % 2 else 32.0,
            phases=ALL_PHASES if place % 2 else (ALL_PHASES[place // 2 % 3],),
        )
        for place in range(count)
    )


L1: Final = (Phase.L1,)
_UK60: Final = Scenario(
    name="UK60",
    title="1 x 60 A, 9 kW shower, one car of 32 A",
    limit_a=60.0,
    homes=(IDEAL,),
    one_phase=True,
    chargers=(charger(max_current_a=32.0, phases=L1),),
)
_NL25: Final = Scenario(
    name="NL25",
    title="1 x 25 A, one car of 16 A",
    limit_a=25.0,
    homes=(REFIT20,),
    one_phase=True,
    chargers=(charger(phases=L1),),
)
_NL3X25: Final = Scenario(
    name="NL3x25",
    title="3 x 25 A, hob and oven, one car of 3 x 16 A",
    limit_a=25.0,
    homes=(REFIT20,),
    overlays=("hob", "oven"),
    chargers=(charger(),),
)
_DE3X35: Final = Scenario(
    name="DE3x35",
    title="3 x 35 A, 18 kW water heater, hob, 8 kWp, one car of 3 x 16 A",
    limit_a=35.0,
    homes=(REFIT2,),
    overlays=("dle18", "hob"),
    panels=Panels(peak_kw=8.0),
    chargers=(charger(),),
)
_NO3X20: Final = Scenario(
    name="NO3x20",
    title="3 x 20 A, heat pump, oven, sauna, one car of 3 x 16 A",
    limit_a=20.0,
    homes=(UKDALE2,),
    overlays=("heatpump", "oven", "sauna"),
    chargers=(charger(),),
)
_SITE12: Final = Scenario(
    name="SITE12",
    title="3 x 63 A, three homes, 12 stations",
    limit_a=63.0,
    homes=(REFIT20, REFIT2, UKDALE2),
    chargers=_car_park(12),
    demand=Demand.WORKPLACE,
    meter_periods_s=(10.0,),
)

SCENARIOS: Final[Mapping[str, Scenario]] = {
    row.name: row
    for row in (
        _UK60,
        replace(
            _UK60,
            name="UK80",
            title="1 x 80 A, 9 kW shower, two cars of 32 A",
            limit_a=80.0,
            chargers=tuple(
                charger(name, max_current_a=32.0, phases=L1)
                for name in ("left", "right")
            ),
        ),
        _NL25,
        replace(
            _NL25,
            name="NL25-small-car",
            title="1 x 25 A, a charger of 32 A with a car of 16 A",
            chargers=(charger(max_current_a=32.0, car_current_a=16.0, phases=L1),),
        ),
        _NL3X25,
        replace(
            _NL3X25,
            name="NL3x25-integer",
            title="as NL3x25, but the meter tells whole ampere",
            content=MeterContent.PHASE_CURRENT,
            meter_periods_s=(10.0,),
        ),
        replace(
            _NL3X25,
            name="NL3x25-total",
            title="as NL3x25, but the meter tells the total power only",
            content=MeterContent.TOTAL_POWER,
            meter_periods_s=(10.0,),
        ),
        _DE3X35,
        replace(
            _DE3X35,
            name="DE3x35-eco",
            title="as DE3x35 with a 10 kWh battery; by day, from sun and minimum",
            demand=Demand.DAYTIME,
            mode=ChargingMode.ECO,
            battery=BatteryConfiguration(),
        ),
        replace(
            _DE3X35,
            name="DE3x35-solar",
            title="as DE3x35 with a 10 kWh battery; by day, from the sun alone",
            demand=Demand.DAYTIME,
            mode=ChargingMode.SOLAR,
            battery=BatteryConfiguration(),
        ),
        _NO3X20,
        replace(
            _NO3X20,
            name="NO3x20-no-sauna",
            title="as NO3x20 without the sauna",
            overlays=("heatpump", "oven"),
        ),
        _SITE12,
        replace(
            _SITE12,
            name="SITE12-32",
            title="as SITE12, but 3 x 32 A",
            limit_a=32.0,
        ),
        Scenario(
            name="DEPOT200",
            title="3 x 400 A, 200 stations and nothing else",
            limit_a=400.0,
            homes=(),
            chargers=_car_park(200),
            demand=Demand.WORKPLACE,
            meter_periods_s=(10.0,),
            most_days=4,
            weeks_laid_over=5,
        ),
    )
}
"""By name."""


def build(
    scenario: Scenario, timing: Timing, data: DataFolder, *, seed: int, days: int
) -> Case:
    """Read and reconstruct what a scenario needs; raises DataMissingError."""
    days = min(days, scenario.most_days)
    house_a, solar_w = _house(scenario, data, seed, days)
    days = house_a.shape[1] // DAY_S
    return Case(
        scenario=scenario,
        timing=timing,
        seed=seed,
        days=days,
        house_a=house_a,
        solar_w=solar_w,
        chargers=tuple(
            replace(
                row,
                command_delay_s=timing.command_delay_s,
                car=replace(row.car, dead_time_s=timing.car_delay_s),
            )
            for row in scenario.chargers
        ),
        visits=visits(
            scenario.demand,
            data,
            chargers=len(scenario.chargers),
            weeks=scenario.weeks_laid_over,
            days=days,
        ),
        meter=MeterConfiguration(
            content=scenario.content,
            resolution=scenario.resolution,
            sampling=Sampling(
                period_s=timing.meter_period_s, latency_s=timing.meter_latency_s
            ),
        ),
    )


@lru_cache(maxsize=4)
def _house(
    scenario: Scenario, data: DataFolder, seed: int, days: int
) -> tuple[Floats, Floats | None]:
    """Return what flows without battery and cars, A, and what the sun gives, W."""
    homes = [data.minute_means_w(*patterns, days=days) for patterns in scenario.homes]
    parts = [reconstruct(means, seed) for means in homes]
    if not parts:
        return np.zeros((3, DAY_S * days)), None
    seconds = min(len(series) for home in parts for series in home.values())
    if len(parts) == 3:
        watts = np.stack([_whole(home)[:seconds] for home in parts])
    elif scenario.one_phase:
        watts = np.zeros((3, seconds))
        watts[0] = _whole(parts[0])
    else:
        watts = put_on_phases(parts[0], seed)
    house_a = watts / VOLTAGE_V
    for kind in scenario.overlays:
        house_a += overlay(kind, seconds // DAY_S, seed)
    if scenario.panels is None:
        return house_a, None
    sky = data.irradiance(*SUMMER)
    solar_w = np.resize(solar_power_w(sky, scenario.panels), seconds)
    return house_a - solar_w / (3 * VOLTAGE_V), solar_w


def _whole(home: Mapping[str, Floats]) -> Floats:
    """Add up all parts of a home."""
    return np.asarray(np.sum(list(home.values()), axis=0))
