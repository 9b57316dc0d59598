"""What a phase carries by a meter of the total power, beside cars on known phases."""

from dataclasses import replace
from random import Random

import pytest

from benchmarks.closed_loop import Run
from custom_components.ev_lb.engine.model import ALL_PHASES, MeterKind
from custom_components.ev_lb.simulation.meter import MeterContent
from custom_components.ev_lb.simulation.plant import Plant

from .garage import L1, L2, L3, Bay, PhaseLoad, garage, house

ROUNDED_A = 0.2


def on_a_total(bays: list[Bay], load_a: PhaseLoad, *, tells_phases: bool) -> Run:
    """Return a garage on 3 x 25 A behind a meter of the total power."""
    run = garage(bays, house((0, load_a)), tells_phases=tells_phases)
    plant = run.plant.configuration
    plant = replace(plant, meter=replace(plant.meter, content=MeterContent.TOTAL_POWER))
    site = replace(run.site, meter=replace(run.site.meter, kind=MeterKind.TOTAL))
    return Run(site, Plant(plant), tells_status=True, tells_phases=tells_phases)


@pytest.mark.parametrize(
    ("bays", "tells_phases"),
    [
        ([Bay(name="a", phases=(L1,)), Bay(name="b", phases=(L2,))], False),
        ([Bay(name=str(row), phases=(row,)) for row in ALL_PHASES], False),
        ([Bay(name="a", car_phases=1), Bay(name="b", phases=(L2,))], True),
        ([Bay(name="a"), Bay(name="b", phases=(L3,))], True),
        ([Bay(name="a", car_phases=2), Bay(name="b", car_phases=1)], True),
    ],
)
def test_cars_on_different_phases_are_no_overload(
    bays: list[Bay], tells_phases: bool
) -> None:
    """Together they take more than the fuse of one phase."""
    run = on_a_total(bays, (1.0, 0.3, 0.3), tells_phases=tells_phases)
    shown = []
    while run.plant.now_s < 200:
        shown.append(run.until(run.plant.now_s + 1).overload)
    assert not any(shown)
    assert sum(run.set_a().values()) >= 23


@pytest.mark.parametrize("seed", range(12))
def test_no_phase_carries_more_than_is_shown_of_it(seed: int) -> None:
    random = Random(seed)
    bays = [
        Bay(
            name=str(number),
            phases=random.choice([ALL_PHASES, (L1,), (L2,), (L3,)]),
            car_phases=1 if random.random() < 0.5 else None,
            car_max_a=random.uniform(7, 16),
        )
        for number in range(random.randint(1, 4))
    ]
    load_a = random.uniform(0, 6), random.uniform(0, 6), random.uniform(0, 6)
    run = on_a_total(bays, load_a, tells_phases=random.random() < 0.5)
    decision = run.until(180)
    cars_a = run.plant.cars_a().values()
    for phase, memory in zip(ALL_PHASES, decision.state.phases, strict=True):
        carried_a = run.plant.house_a[phase] + sum(row[phase] for row in cars_a)
        assert memory.load_a >= carried_a - ROUNDED_A
        assert memory.load_a <= sum(load_a) + sum(max(row) for row in cars_a) + 1
