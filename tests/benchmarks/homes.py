"""Small homes for the benchmark's tests."""

from dataclasses import replace

import numpy as np

from benchmarks.data import Floats
from benchmarks.scenarios import SCENARIOS, Case, Timing
from benchmarks.visits import Demand, Visit
from custom_components.ev_lb.simulation.meter import MeterConfiguration, MeterContent
from custom_components.ev_lb.simulation.sampling import Sampling


def one_car(
    house_a: Floats,
    *,
    scenario: str = "NL3x25",
    timing: Timing | None = None,
    visits: tuple[Visit, ...] | None = None,
) -> Case:
    """Return a home whose car is plugged in all the time."""
    timing = Timing() if timing is None else timing
    seconds = house_a.shape[1]
    known = replace(SCENARIOS[scenario], demand=Demand.HUNGRY)
    return Case(
        scenario=known,
        timing=timing,
        seed=1,
        days=1,
        house_a=house_a,
        solar_w=None,
        chargers=known.chargers,
        visits=(Visit(0, 0, seconds, None),) if visits is None else visits,
        meter=MeterConfiguration(
            content=MeterContent.PHASE_POWER,
            resolution=1.0,
            sampling=Sampling(period_s=timing.meter_period_s, latency_s=1.0),
        ),
    )


def steps(*stretches: tuple[int, float]) -> Floats:
    """Return a house that draws (seconds, A) after each other, alike on all phases."""
    series = np.concatenate([np.full(seconds, amps) for seconds, amps in stretches])
    return np.tile(series, (3, 1))
