"""A meter of the total power, and a house load that comes while a car starts."""

from dataclasses import replace
from random import Random

import pytest

from benchmarks.closed_loop import Run
from custom_components.ev_lb.engine.estimation.proof import (
    Level,
    follow_cars,
    is_proven,
)
from custom_components.ev_lb.engine.model.set_points import START_TIME_S
from custom_components.ev_lb.engine.model.state import CarShown, Untold
from custom_components.ev_lb.simulation.sampling import Sampling

from .test_untold import home_on_a_total

METER_S = 10
RESPONSE_S = 6.0
REPORT_S = 10
END_S = 300


def longest_answer_s(run: Run, *, measured: bool) -> float:
    """Return how long it may take until all that the start hides is met, s.

    The start itself, and two cuts: one that asks, one that answers. Each is seen by
    the next report of meter and charger.
    """
    cut_s = RESPONSE_S + METER_S + run.site.meter.delay_s
    if measured:
        return 3 * (cut_s + REPORT_S)
    return START_TIME_S + 3 * cut_s


@pytest.mark.parametrize(
    ("tells_status", "can_export"), [(False, False), (True, False), (True, True)]
)
@pytest.mark.parametrize(
    ("measured", "car_phases", "car_max_a"),
    [
        (False, 1, 16),
        (False, 1, 10),
        (False, 2, 16),
        (False, 3, 10),
        (True, 1, 16),
        (True, 1, 10),
        (True, 2, 16),
    ],
)
def test_house_load_that_comes_while_a_car_starts_is_found(
    measured: bool,
    car_phases: int,
    car_max_a: float,
    tells_status: bool,
    can_export: bool,
) -> None:
    run = home_on_a_total(
        busy_a=24,
        busy_s=2,
        measured=measured,
        car_phases=car_phases,
        car_max_a=car_max_a,
        tells_status=tells_status,
        can_export=can_export,
    )
    run.until(END_S)
    allowed_s = longest_answer_s(run, measured=measured)
    assert run.longest_overload_s("grid") <= allowed_s


@pytest.mark.parametrize("seed", range(10))
def test_house_load_of_any_size_and_time_is_found(seed: int) -> None:
    random = Random(seed)
    measured = random.random() < 0.5
    run = home_on_a_total(
        busy_a=random.uniform(3, 25),
        busy_s=random.randint(0, 80),
        measured=measured,
        car_phases=random.choice([1, 2, 3]),
        car_max_a=random.uniform(7, 20),
        tells_status=random.random() < 0.5,
        can_export=random.random() < 0.5,
        calm_a=random.uniform(0, 9),
    )
    run.until(END_S)
    allowed_s = longest_answer_s(run, measured=measured)
    assert run.longest_overload_s("grid") <= allowed_s


@pytest.mark.parametrize("can_export", [False, True])
@pytest.mark.parametrize("measured", [False, True])
@pytest.mark.parametrize(("car_phases", "car_max_a"), [(3, 16), (3, 10), (1, 16)])
def test_start_of_a_car_alone_is_asked_once_and_costs_little(
    car_phases: int, car_max_a: float, measured: bool, can_export: bool
) -> None:
    """It charges as before minutes later, and is not asked again."""
    run = home_on_a_total(
        busy_a=1.0,
        busy_s=5,
        car_phases=car_phases,
        car_max_a=car_max_a,
        measured=measured,
        can_export=can_export,
    )
    run.until(300)
    assert run.set_a() == {"charger": 16}
    told = len(run.commands)
    assert told <= 5
    run.until(900)
    assert len(run.commands) == told
    assert run.set_a() == {"charger": 16}


@pytest.mark.parametrize("report_s", [1, 5, 10, 30, 60])
@pytest.mark.parametrize("start_s", [5, 15, 25, 50])
def test_car_that_starts_later_than_its_response_time_is_not_stopped_for_it(
    start_s: int, report_s: float
) -> None:
    """Its charger measures nothing until just before, and 16 A on three wires then."""
    run = home_on_a_total(
        busy_a=1.0,
        busy_s=5,
        car_phases=3,
        start_s=start_s,
        report=Sampling(period_s=report_s, latency_s=0.2, offset_s=0.7 * report_s),
        meter_s=2,
        can_export=start_s % 10 == 0,
    )
    run.until(300)
    assert [row.current_a for row in run.commands if row.current_a == 0] == []
    assert run.set_a() == {"charger": 16}


@pytest.mark.parametrize("seed", range(20))
def test_house_load_in_a_late_start_is_found(seed: int) -> None:
    random = Random(seed)
    start_s, report_s = random.randint(5, 50), random.choice([1, 5, 10, 30])
    run = home_on_a_total(
        busy_a=random.uniform(3, 25),
        busy_s=random.randint(0, 80),
        car_phases=random.choice([1, 2, 3]),
        car_max_a=random.uniform(7, 20),
        tells_status=random.random() < 0.5,
        can_export=random.random() < 0.5,
        calm_a=random.uniform(0, 9),
        start_s=start_s,
        report=Sampling(
            period_s=report_s, latency_s=0.2, offset_s=random.uniform(0, report_s)
        ),
    )
    run.until(END_S)
    cut_s = RESPONSE_S + METER_S + run.site.meter.delay_s + report_s
    assert run.longest_overload_s("grid") <= 3 * cut_s


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("max_a", [7, 8, 9, 10])
def test_car_near_its_minimum_is_not_asked_again_and_again(
    max_a: float, seed: int
) -> None:
    """A cut of less than 3 A proves nothing: it is stopped once, and charges on."""
    random = Random(seed)
    run = home_on_a_total(
        busy_a=random.uniform(2, 9),
        busy_s=5,
        car_phases=random.choice([1, 3]),
        measured=random.random() < 0.7,
        can_export=random.random() < 0.5,
    )
    run.site = replace(
        run.site,
        chargers=tuple(replace(row, max_current_a=max_a) for row in run.site.chargers),
    )
    run.until(600)
    told = len(run.commands)
    assert told <= 5
    run.until(1200)
    assert len(run.commands) == told
    assert run.set_a() == {"charger": max_a}


def shown(
    *steps: tuple[float, float], of_wires: int = 3, measured: bool = False
) -> CarShown:
    """Return what is shown of a car by its levels and totals, A, one after another."""
    untold = Untold()
    for level_a, total_a in steps:
        level = Level("garage", level_a, of_wires, measured)
        rows = follow_cars(untold, [level], total_a)
        untold = untold._replace(cars=rows, rest_a=total_a)
    return untold.cars[0]


@pytest.mark.parametrize(
    ("fall_a", "wires"), [(10, 1), (18, 1), (20, 2), (27, 2), (30, 3), (60, 3)]
)
def test_cut_shows_on_how_many_wires_a_car_is(fall_a: float, wires: int) -> None:
    row = shown((0, 1), (16, 60), (6, 60 - fall_a))
    assert row.wires == wires
    assert is_proven(row, measured=False)


@pytest.mark.parametrize(
    "steps",
    [
        [(0, 1), (16, 49)],
        [(0, 1), (16, 49), (14, 43)],
        [(0, 1), (16, 31), (10, 30)],
    ],
)
def test_neither_start_nor_small_cut_nor_one_without_effect_proves(
    steps: list[tuple[float, float]],
) -> None:
    assert not is_proven(shown(*steps), measured=True)


def test_start_of_a_known_car_is_proven_by_all_of_it_or_by_the_same_again() -> None:
    known = [(0, 1), (16, 49), (6, 19), (0, 1)]
    assert is_proven(shown(*known, (16, 49)), measured=False)
    less = [*known, (16, 31)]
    assert not is_proven(shown(*less), measured=False)
    assert is_proven(shown(*less), measured=True)
    assert is_proven(shown(*less, (0, 1), (16, 31)), measured=False)


def test_car_on_other_wires_is_another_car() -> None:
    row = CarShown("garage", 6, 3, wires=3, proven=True)
    level = Level("garage", 16, 1, measured=False)
    (row,) = follow_cars(Untold(cars=(row,), rest_a=20), [level], 30)
    assert row.wires is None
