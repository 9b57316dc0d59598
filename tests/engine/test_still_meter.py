"""A meter whose values stand longer than they usually do (design section 7)."""

from dataclasses import replace
from itertools import pairwise
from math import inf
from random import Random

import pytest

from benchmarks.closed_loop import Run
from custom_components.ev_lb.simulation.meter import MeterFault
from tests.engine.frozen_homes import LIMIT_A, found_s, random_home
from tests.engine.garage import PhaseLoad

PROBE_A = 2.0
KETTLE_AND_OVEN: PhaseLoad = (4600.0, 4600.0, 4600.0)


def allow(run: Run, charger_id: str, max_a: float) -> None:
    """Let the owner change what a charger may have at most."""
    chargers = tuple(
        replace(row, max_current_a=max_a) if row.charger_id == charger_id else row
        for row in run.site.chargers
    )
    run.site = replace(run.site, chargers=chargers)


def measured_home(random: Random) -> Run:
    """Return a random home whose cars have charged for a while, all measured."""
    names = ("a", "b")[: random.choice((1, 2))]
    run = random_home(random, calm=False, names=names, measured=frozenset(names))
    run.until(150 + random.uniform(0, 60))
    return run


def drawn_a(run: Run) -> dict[str, float]:
    """Return what each car draws on the phase where it draws most, A."""
    return {name: max(row) for name, row in run.plant.cars_a().items()}


def overload_by_raises_s(
    run: Run, since_s: float, then_a: dict[str, float], more_a: float
) -> float:
    """Return how long a phase was overloaded while cars drew more than they did, s.

    Only while those that went on draw `more_a` more than they did, or one that
    did not draw has come.
    """
    longest_s = 0.0
    for phase in run.site.phases:
        total_s = 0.0
        for flow, later in pairwise(run.flows):
            if flow.time_s < since_s:
                continue
            cars_a = {name: row[phase] for name, row in flow.cars_a.items()}
            over = flow.house_a[phase] + sum(cars_a.values()) > LIMIT_A + 1e-6
            if over and any(
                cars_a[name] > (then_a[name] or 6.0) + more_a + 0.1 for name in cars_a
            ):
                total_s += later.time_s - flow.time_s
        longest_s = max(longest_s, total_s)
    return longest_s


@pytest.mark.parametrize("seed", range(16))
def test_car_rises_only_by_a_probe_on_a_meter_that_has_stood_for_long(
    seed: int,
) -> None:
    """Whatever is changed meanwhile, and it is taken back when it does not show."""
    random = Random(seed)
    run = measured_home(random)
    run.plant.set_meter_fault(MeterFault.FROZEN)
    frozen_s = run.plant.now_s
    run.until(frozen_s + random.uniform(200, 400))
    then_a, before_a = drawn_a(run), run.set_a()
    raised_s = run.plant.now_s
    allow(run, "a", 8 + random.choice((2, 3, 9, 20)))
    run.until(raised_s + random.uniform(0, 60))
    run.plant.set_extra_load("oven", KETTLE_AND_OVEN)
    first_s = found_s(run, raised_s + 400)
    assert overload_by_raises_s(run, frozen_s, then_a, PROBE_A) == 0
    raises = [
        row
        for row in run.commands
        if row.time_s >= raised_s and row.current_a > row.before_a
    ]
    for row in raises:
        expected_a = row.before_a + PROBE_A if row.before_a > 0 else 6.0
        assert row.current_a <= expected_a
        assert first_s < inf
    assert len(raises) <= 1
    assert all(run.set_a()[name] <= before_a[name] for name in before_a)


@pytest.mark.parametrize("seed", range(16))
def test_raise_that_rests_on_a_meter_just_frozen_is_soon_taken_back(seed: int) -> None:
    random = Random(seed)
    run = measured_home(random)
    period_s = run.plant.configuration.meter.sampling.period_s
    run.plant.set_meter_fault(MeterFault.FROZEN)
    frozen_s = run.plant.now_s
    run.until(frozen_s + random.uniform(0, 30))
    then_a = drawn_a(run)
    for _ in range(6):
        allow(run, "a", random.uniform(6, 32))
        run.until(run.plant.now_s + random.uniform(0, 60))
        load = KETTLE_AND_OVEN if random.random() < 0.5 else (0.0, 0.0, 0.0)
        run.plant.set_extra_load("oven", load)
    run.until(run.plant.now_s + 300)
    latest_s = 25 + run.site.meter.delay_s + 3 * period_s
    assert overload_by_raises_s(run, frozen_s, then_a, PROBE_A) <= latest_s


@pytest.mark.parametrize("seed", range(12))
def test_raise_goes_on_at_once_where_a_calm_house_shows_the_probe(seed: int) -> None:
    random = Random(seed)
    run = random_home(random, calm=True, names=("a",), measured=frozenset({"a"}))
    run.until(300)
    before_a = run.set_a()["a"]
    allow(run, "a", before_a + 8)
    period_s = run.plant.configuration.meter.sampling.period_s
    assert found_s(run, 300 + 60 + 3 * period_s) == inf
    assert before_a > 0
    free_a = LIMIT_A - max(run.plant.house_a)
    if not run.site.meter.kind.value.startswith("total"):
        assert run.set_a()["a"] >= min(before_a + 8, int(free_a - 1))
    assert not [
        row for row in run.commands if row.time_s > 300 and row.current_a < row.before_a
    ]
