"""A meter that hangs while it goes on to report (design section 7)."""

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from benchmarks.closed_loop import Run
from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerReading,
    Circuit,
    Decision,
    Reading,
    ReadingProblem,
    Site,
    Snapshot,
    State,
)
from custom_components.ev_lb.simulation.meter import MeterFault
from tests.engine.garage import Bay, garage, house

LIMIT_A = 25.0


def allow(run: Run, charger_id: str, max_a: float) -> None:
    """Let the owner change what a charger may have at most."""
    chargers = tuple(
        replace(row, max_current_a=max_a) if row.charger_id == charger_id else row
        for row in run.site.chargers
    )
    run.site = replace(run.site, chargers=chargers)


@pytest.mark.parametrize("seed", range(24))
def test_no_car_is_raised_twice_on_the_values_of_a_frozen_meter(seed: int) -> None:
    random = Random(seed)
    count = random.choice((1, 1, 2, 3))
    bays = tuple(
        Bay(name=f"car{place}", max_a=32, measured=random.random() < 0.6)
        for place in range(count)
    )
    load_a = random.uniform(-8, 6)
    run = garage(
        bays,
        house((0, (load_a, load_a + 0.3, load_a + 0.6))),
        tells_phases=random.random() < 0.5,
        can_export=True,
    )
    most_a = dict.fromkeys((bay.name for bay in bays), 6.0)
    for name in most_a:
        allow(run, name, 6.0)
    run.until(60 + random.uniform(0, 30))
    run.plant.set_meter_fault(MeterFault.FROZEN)
    frozen_s = run.plant.now_s
    for _ in range(12):
        name = random.choice(list(most_a))
        most_a[name] = min(32.0, most_a[name] + random.choice((2, 3, 2.5)))
        allow(run, name, most_a[name])
        run.until(run.plant.now_s + random.uniform(5, 60))
    raises = [
        row
        for row in run.commands
        if row.time_s > frozen_s + 2 and row.current_a > row.before_a
    ]
    # Those raised at one moment rest on the same true reading.
    assert len({row.time_s for row in raises}) <= 1
    assert run.plant.statistics().overload_s == 0


@pytest.mark.parametrize("seed", range(8))
def test_raises_go_on_while_the_meter_moves(seed: int) -> None:
    random = Random(seed)
    bays = (Bay(name="a", max_a=16), Bay(name="b", measured=random.random() < 0.5))
    run = garage(bays, house((0, (3.0, 3.2, 3.4))), tells_phases=True)
    for max_a in range(6, 11):
        for bay in bays:
            allow(run, bay.name, max_a)
        run.until(run.plant.now_s + 60)
    assert run.set_a() == {"a": 10, "b": 10}
    times_s = [row.time_s for row in run.commands if row.charger_id == "a"]
    assert all(later - sooner <= 70 for sooner, later in pairwise(times_s))


def _zero_home(shown_a: float, drawn_a: float) -> Decision:
    """Show a value on all phases for a while, and a car that draws."""
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(LIMIT_A,) * 3),),
        chargers=(
            Charger(
                charger_id="car",
                circuit_id="grid",
                max_current_a=32,
                measures_current=True,
            ),
        ),
        can_export=True,
    )
    state = State()
    for now_s in range(0, 400, 5):
        shown = 12.0 if now_s < 60 else shown_a
        reading = Reading(shown, now_s)
        car = ChargerReading(
            charger_id="car",
            measured_a=(Reading(drawn_a, now_s),) * 3,
        )
        snapshot = Snapshot(phase_currents_a=(reading,) * 3, chargers=(car,))
        decision = decide(site, state, snapshot, now_s)
        state = decision.state
    return decision


@pytest.mark.parametrize("drawn_a", [6.0, 10.0, 16.0])
def test_a_meter_that_shows_zero_on_all_phases_while_a_car_draws_is_not_believed(
    drawn_a: float,
) -> None:
    decision = _zero_home(0.0, drawn_a)
    assert decision.problems == (ReadingProblem.STUCK,) * len(ALL_PHASES)


def test_a_meter_that_shows_zero_while_nothing_draws_is_believed() -> None:
    decision = _zero_home(0.0, 0.0)
    assert decision.meter_ok
