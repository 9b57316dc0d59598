"""The bound is what nobody can beat, however it is computed."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.baselines import Fixed, PlainLoop
from benchmarks.bound import (
    bound_kwh,
    fair_percent,
    frontier,
    full_after_s,
    greedy_kwh,
    least_import_kwh,
    linear_kwh,
)
from benchmarks.plant_loop import run
from benchmarks.scenarios import VOLTAGE_V, Case
from benchmarks.sources import sources
from benchmarks.visits import Visit
from custom_components.ev_lb.simulation.battery import BatteryConfiguration

from .homes import one_car, steps


def test_greedy_and_linear_program_agree_on_one_car() -> None:
    house_a = steps((1200, 5.0), (1800, 17.0), (600, 12.0))
    house_a[1] += 1.0
    case = one_car(house_a, visits=(Visit(0, 300, 3300, None),))
    expected_as = 900 * 16 + 1800 * 7 + 300 * 12
    assert greedy_kwh(case) == pytest.approx(expected_as * 3 * 230 / 3.6e6)
    assert linear_kwh(case) == pytest.approx(greedy_kwh(case))


def test_need_caps_the_bound() -> None:
    visits = (Visit(0, 0, 1800, 2.0), Visit(0, 1801, 3600, 100.0))
    case = one_car(steps((3600, 9.0)), visits=visits)
    expected_kwh = 2.0 + 1799 * 16 * 3 * 230 / 3.6e6
    assert greedy_kwh(case) == pytest.approx(expected_kwh)


def test_bound_knows_that_a_battery_takes_less_near_its_end() -> None:
    case = one_car(steps((7200, 3.0)), visits=(Visit(0, 0, 600, 1.9),))
    whole_kwh = 600 * 16 * 3 * 230 / 3.6e6
    assert 1.9 * 0.9 < greedy_kwh(case) < whole_kwh < 1.9 / 0.9
    assert greedy_kwh(case) == pytest.approx(1.9 * 0.94, rel=0.03)
    flow = run(case, Fixed(case))
    assert sum(flow.energy_kwh) < greedy_kwh(case)


def test_nothing_can_be_had_below_the_minimum() -> None:
    assert greedy_kwh(one_car(steps((600, 20.0)))) == 0


def test_controllers_stay_below_the_bound_unless_they_ignore_the_limit() -> None:
    case = one_car(steps((1800, 14.0), (1800, 3.0)))
    bound = bound_kwh(case)
    assert sum(run(case, PlainLoop(case)).energy_kwh) < bound
    assert sum(run(case, Fixed(case)).energy_kwh) > bound


def test_frontier_follows_the_house_later_and_holds() -> None:
    house_a = steps((100, 5.0), (10, 15.0), (190, 5.0))
    case = one_car(house_a)
    at_once = frontier(case, 5, 0).cars_a[0]
    assert np.flatnonzero(at_once < 16).tolist() == list(range(105, 115))
    held = frontier(case, 5, 20).cars_a[0]
    assert np.flatnonzero(held < 16).tolist() == list(range(105, 135))
    assert held[105] == 10


def test_fair_bound_gives_everybody_the_same_part() -> None:
    """Two cars need 10 kWh each in an hour in which 25 A can be shared."""
    hour = Visit(0, 0, 3600, 10.0), Visit(1, 0, 3600, 10.0)
    case = one_car(steps((3600, 0.0)), visits=hour)
    case = replace(case, chargers=case.chargers * 2)
    whole_kwh = 25 * 3 * 230 / 1000
    assert linear_kwh(case) == pytest.approx(whole_kwh)
    fair = fair_percent(case)
    assert fair == pytest.approx(100 * whole_kwh / 2 / 10.0, abs=1)


def test_fair_bound_needs_a_need() -> None:
    assert fair_percent(one_car(steps((600, 5.0)))) is None


def test_car_is_full_a_little_later_than_at_best() -> None:
    """The contactor takes 10 s and the ramp 8 s; who leaves early is never full."""
    visits = (Visit(0, 0, 1800, 2.0), Visit(0, 2000, 2100, 2.0))
    case = one_car(steps((3600, 3.0)), visits=visits)
    best_s, never = full_after_s(case)
    assert never is None
    assert best_s is not None
    assert 2.0 / (16 * 3 * 0.23) * 3600 < best_s < 1800
    had_s, never = run(case, Fixed(case)).full_after_s
    assert never is None
    assert had_s is not None
    assert 10 <= had_s - best_s <= 30


HOUR_KWH_PER_A = 3 * VOLTAGE_V / 1000


def sun_then_dusk(battery: BatteryConfiguration | None) -> Case:
    """Return an hour that exports 8 A, and one in which the house draws 2 A."""
    case = one_car(steps((3600, -8.0), (3600, 2.0)), scenario="DE3x35")
    return replace(case, scenario=replace(case.scenario, battery=battery))


@pytest.mark.parametrize(
    ("served_a", "from_grid_a"),
    [
        pytest.param(0, 2, id="the house alone"),
        pytest.param(6, 2, id="the sun has enough"),
        pytest.param(11, 2 + 3, id="all of the sun, and the rest"),
        pytest.param(None, 2 + 8 + 16, id="all that the fuse leaves"),
    ],
)
def test_least_import_uses_the_sun_first(
    served_a: float | None, from_grid_a: float
) -> None:
    """In ampere for an hour, of which each is 0.69 kWh."""
    served_kwh = None if served_a is None else served_a * HOUR_KWH_PER_A
    found = least_import_kwh(sun_then_dusk(None), served_kwh)
    assert found == pytest.approx(from_grid_a * HOUR_KWH_PER_A)


@pytest.mark.parametrize(
    ("held_percent", "served_kwh", "from_grid_kwh"),
    [
        pytest.param(50, 8.0, 0.0, id="it holds enough"),
        pytest.param(50, 12.0, 12 - 5.52 + 1.38 - 4.5, id="it gives all it may"),
        pytest.param(5, 5.0, 1.38 - 0.52, id="it keeps what is left of the sun"),
        pytest.param(2, 5.52, 1.38, id="it is below its reserve"),
    ],
)
def test_least_import_has_the_battery_help(
    held_percent: float, served_kwh: float, from_grid_kwh: float
) -> None:
    battery = BatteryConfiguration(initial_soc_percent=held_percent)
    found = least_import_kwh(sun_then_dusk(battery), served_kwh)
    assert found == pytest.approx(from_grid_kwh, abs=1e-9)


def test_least_import_keeps_to_the_battery_s_power() -> None:
    """5 kW for an hour, where the house alone draws 6.9 kW."""
    case = one_car(steps((3600, 10.0)), scenario="DE3x35")
    battery = BatteryConfiguration(initial_soc_percent=100)
    case = replace(case, scenario=replace(case.scenario, battery=battery))
    assert least_import_kwh(case, 0.0) == pytest.approx(1.9)


def test_no_controller_imports_less() -> None:
    """Clouds come and go, and the battery follows its own controller."""
    house_a = steps(*[(420, -14.0), (200, 6.0), (500, -3.0), (90, 20.0)] * 6)
    case = one_car(house_a, scenario="DE3x35-solar")
    case = replace(case, solar_w=np.full(house_a.shape[1], 12000.0))
    flow = run(case, PlainLoop(case))
    told = sources(flow)
    assert told is not None
    days = house_a.shape[1] / 86400
    least_kwh = least_import_kwh(case, sum(flow.energy_kwh))
    assert 0 < least_kwh < told.import_kwh * days
