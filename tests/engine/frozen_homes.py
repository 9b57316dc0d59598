"""Random homes with meters of all kinds, as coarse, slow and averaging as they come."""

from dataclasses import replace
from math import inf
from random import Random

from benchmarks.closed_loop import Run, site_for
from custom_components.ev_lb.engine.model import (
    Battery,
    Meter,
    ReadingProblem,
    Response,
)
from custom_components.ev_lb.simulation.battery import BatteryConfiguration
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import HouseholdLoad
from custom_components.ev_lb.simulation.meter import MeterConfiguration, MeterContent
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

from .garage import PhaseLoad, house

LIMIT_A = 25.0
FRESHNESS_S = 60.0
STEPS = {
    MeterContent.PHASE_CURRENT: (0.1, 0.5, 1.0),
    MeterContent.PHASE_POWER: (1.0, 100.0),
    MeterContent.TOTAL_POWER: (1.0, 10.0, 100.0),
}
"""The resolutions of meters, A or W."""


def random_house(random: Random, *, calm: bool) -> HouseholdLoad:
    """Return a house that trembles, or one that is calm."""
    load_a = [random.uniform(0.5, 4.0) for _ in range(3)]
    steps: list[tuple[int, PhaseLoad]] = [(0, (load_a[0], load_a[1], load_a[2]))]
    while not calm and steps[-1][0] < 3600:
        l1, l2, l3 = (max(row + random.gauss(0, 0.15), 0) for row in load_a)
        steps.append((steps[-1][0] + random.randint(2, 12), (l1, l2, l3)))
    return house(*steps)


def random_home(
    random: Random,
    *,
    calm: bool,
    names: tuple[str, ...],
    measured: frozenset[str],
    battery: bool = False,
) -> Run:
    """Return a home with a random meter and a charger of each name."""
    content = random.choice(list(MeterContent))
    period_s = random.choice((1.0, 1.0, 5.0, 10.0, 30.0))
    latency_s = random.uniform(0.1, 2.0)
    configuration = PlantConfiguration(
        service_current_a=LIMIT_A,
        start_hour=0,
        household=random_house(random, calm=calm),
        battery=BatteryConfiguration() if battery else None,
        meter=MeterConfiguration(
            content=content,
            resolution=random.choice(STEPS[content]),
            averages=random.random() < 0.3,
            sampling=Sampling(period_s=period_s, latency_s=latency_s),
        ),
        chargers=tuple(
            ChargerConfiguration(
                charger_id=name,
                max_current_a=32,
                command_delay_s=random.choice((0, 1, 5)),
                report=Sampling(
                    period_s=random.choice((1, 1, 5, 10)),
                    latency_s=random.uniform(0.1, 3),
                ),
                car=CarConfiguration(
                    dead_time_s=random.choice((1, 3)), max_current_a=32
                ),
            )
            for name in names
        ),
    )
    site = site_for(configuration, freshness_limit_s=FRESHNESS_S)
    delay_s = latency_s + (period_s if configuration.meter.averages else 1.0)
    site = replace(
        site,
        battery=Battery() if battery else None,
        can_export=battery,
        meter=replace(site.meter, delay_s=max(delay_s, Meter().delay_s)),
        chargers=tuple(
            replace(
                row,
                max_current_a=8.0,
                measures_current=row.charger_id in measured,
                response=Response(dead_time_s=10),
            )
            for row in site.chargers
        ),
    )
    run = Run(site, Plant(configuration))
    run.tells_status = True
    run.tells_phases = random.random() < 0.5
    run.battery_report_s = random.choice((1.0, 10.0, 30.0, None))
    return run


def found_s(run: Run, until_s: float) -> float:
    """Live on; return when the meter is first found to be frozen, infinity for never, s."""
    first_s = inf
    while run.plant.now_s < until_s:
        decision = run.until(min(run.plant.now_s + 5, until_s))
        if ReadingProblem.STUCK in decision.problems:
            first_s = min(first_s, run.plant.now_s)
    return first_s
