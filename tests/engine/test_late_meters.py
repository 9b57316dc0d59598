"""Meters whose values are older than their reports."""

from dataclasses import replace
from random import Random

import pytest

from benchmarks.closed_loop import Run, site_for
from custom_components.ev_lb.engine.model import Phase, Response
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import HouseholdLoad
from custom_components.ev_lb.simulation.meter import MeterConfiguration
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

LIMIT_A = 32.0
CALM_A = 4.3
VOLTAGE_V = 230.0


def home(
    steps: list[tuple[int, float]],
    *,
    meter: MeterConfiguration,
    delay_s: float,
    report: Sampling,
    dead_time_s: float = 3,
) -> Run:
    """Return a home on 1 x 32 A with a measured car; the house draws on L1."""
    car_dead_s = min(dead_time_s, 3)
    configuration = PlantConfiguration(
        service_current_a=LIMIT_A,
        phases=(Phase.L1,),
        start_hour=0,
        household=HouseholdLoad(
            seconds=tuple(second for second, _ in steps),
            powers_w=tuple((amps * VOLTAGE_V, 0.0, 0.0) for _, amps in steps),
            length_s=10**6,
        ),
        meter=meter,
        chargers=(
            ChargerConfiguration(
                phases=(Phase.L1,),
                max_current_a=LIMIT_A,
                command_delay_s=dead_time_s - car_dead_s,
                report=report,
                car=CarConfiguration(
                    dead_time_s=car_dead_s, phase_count=1, max_current_a=LIMIT_A
                ),
            ),
        ),
    )
    site = site_for(
        configuration,
        response=Response(dead_time_s=dead_time_s + 2),
        freshness_limit_s=180,
    )
    site = replace(site, meter=replace(site.meter, delay_s=delay_s))
    return Run(site, Plant(configuration))


def cuts(run: Run, since_s: float) -> list[tuple[float, float]]:
    """Return when the car was told less, and what, A."""
    return [
        (row.time_s, row.current_a)
        for row in run.commands
        if row.time_s >= since_s and row.current_a < row.before_a
    ]


def noisy(random: Random, steps: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the house's steps with a tremble of some tenths of an ampere."""
    found = []
    for (second, amps), (until, _) in zip(steps, [*steps[1:], (200, 0.0)], strict=True):
        found += [
            (at, amps + random.uniform(-0.2, 0.2)) for at in range(second, until, 3)
        ]
    return found


@pytest.mark.parametrize("averages", [False, True])
@pytest.mark.parametrize("late_s", [0.5, 1, 3, 10, 15])
@pytest.mark.parametrize("seed", range(4))
def test_late_values_of_a_car_are_not_cut_for_again(
    seed: int, late_s: float, averages: bool
) -> None:
    """One jump is one cut where the meter is as late as it is said to be."""
    random = Random(seed)
    period_s = random.choice([1, 5])
    jitter_s = random.choice([0.0, 1.0])
    jump_s = random.randint(120, 140)
    jump_a = random.uniform(6, 15)
    steps = noisy(random, [(0, CALM_A), (jump_s, CALM_A + jump_a)])
    run = home(
        steps,
        meter=MeterConfiguration(
            averages=averages,
            sampling=Sampling(period_s=period_s, latency_s=late_s, jitter_s=jitter_s),
        ),
        delay_s=late_s + jitter_s + (period_s if averages else 0) + 1,
        report=Sampling(period_s=random.choice([0.5, 1, 2, 5]), latency_s=0.2),
        dead_time_s=random.choice([3, 6]),
    )
    run.until(jump_s + 60)
    # The mean of the jump's own second, and the house's tremble, may come on top.
    least_a = min(amps for _, amps in cuts(run, 115))
    assert least_a >= int(LIMIT_A - CALM_A - jump_a - 0.5) - 1
