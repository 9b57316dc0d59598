"""What flows is scored as the benchmark's page says."""

import numpy as np
import pytest

from benchmarks.causes import HOUSE, LATE, RAISE, overload_causes
from benchmarks.data import DAY_S
from benchmarks.plant_loop import Flow, Sent
from benchmarks.scoring import carry, score
from custom_components.ev_lb.simulation.breaker import DEVICES, Tripping

LIMIT_A = 25.0


def flow_of(house_a: list[float], cars_a: list[float]) -> Flow:
    """Return what flows on L1 for some seconds of a day."""
    house, cars = np.zeros((3, DAY_S)), np.zeros((3, DAY_S))
    house[0, : len(house_a)] = house_a
    cars[0, : len(cars_a)] = cars_a
    return Flow(house_a=house, cars_a=cars, currents=[[(0, 0.0)]], energy_kwh=[3.0])


def test_overload_is_the_cars_as_far_as_they_draw() -> None:
    flow = flow_of([20, 30, 30, 10], [10, 4, 0, 10])
    scored = score(flow, LIMIT_A, bound_kwh=4.0)
    assert scored.overload_as == pytest.approx(5 + 4)
    assert scored.house_overload_as == pytest.approx(5 + 5)
    assert scored.longest_overload_s == 2
    assert scored.peak == pytest.approx(34 / 25)
    assert scored.bound_percent == pytest.approx(75.0)
    assert scored.gate


def test_phases_lie_apart_only_where_there_are_several() -> None:
    flow = flow_of([5, 5, 5], [0, 10, 6])
    assert score(flow, LIMIT_A, 1.0).imbalance_a == 0
    flow.house_a[1] = 2.0
    assert score(flow, LIMIT_A, 1.0).imbalance_a == pytest.approx((15 + 11) / 2)


def test_worst_served_car_is_told() -> None:
    flow = flow_of([0], [0])
    flow.served = [1.0, 0.4, 0.9]
    assert score(flow, LIMIT_A, 1.0).least_served_percent == pytest.approx(40)


def test_only_trips_that_the_house_does_not_cause_count() -> None:
    both = score(flow_of([40] * 900, [20] * 900), LIMIT_A, 1.0)
    house = score(flow_of([40] * 900, [0] * 900), LIMIT_A, 1.0)
    car = score(flow_of([20] * 900, [20] * 900), LIMIT_A, 1.0)
    assert house.trips == {"early": 0, "typical": 0, "late": 0}
    assert both.house_trips == house.house_trips
    assert house.house_trips["early"] >= house.house_trips["typical"] > 0
    assert car.house_trips["typical"] == 0
    assert both.trips["typical"] > 0
    assert car.trips["typical"] > 0
    assert not car.gate
    assert house.thermal_headroom_used["typical"] >= 1


def test_commands_are_counted_a_day_and_their_gaps_by_charger() -> None:
    flow = flow_of([0], [0])
    flow.commands = [Sent(0, 0, 6), Sent(1, 1, 6), Sent(10, 0, 8), Sent(14, 1, 0)]
    scored = score(flow, LIMIT_A, 1.0)
    assert scored.commands == 4
    assert scored.shortest_gap_s == 10


@pytest.mark.parametrize("name", list(DEVICES))
def test_breakers_trip_as_the_plants(name: str) -> None:
    random = np.random.default_rng(5)
    multiples = np.repeat(random.uniform(0, 2.2, 60), 500)
    device = Tripping(DEVICES[name], preload=0.3)
    for square in multiples**2:
        device.carry(float(square), 1)
    trips, used = carry(DEVICES[name], multiples, 0.3)
    assert trips == device.trips > 0
    assert used == pytest.approx(device.thermal_headroom_used)


def test_overload_has_a_cause() -> None:
    rises = [10.0] * 5 + [20.0] * 8
    in_time = overload_causes(flow_of(rises, [10] * 13), LIMIT_A, 8)
    assert in_time == pytest.approx({HOUSE: 8 * 5, LATE: 0})
    sums = overload_causes(flow_of(rises, [10] * 13), LIMIT_A, 6)
    assert sums == pytest.approx({HOUSE: 6 * 5, LATE: 2 * 5})
    sums = overload_causes(flow_of([20.0] * 6, [0, 0, 10, 10, 0, 0]), LIMIT_A, 6)
    assert sums[RAISE] == pytest.approx(10)


def test_cars_that_had_different_parts_of_their_needs_are_less_fair() -> None:
    flow = flow_of([0], [0])
    assert score(flow, LIMIT_A, 1.0).fairness == 1
    flow.served = [1.0] * 10
    assert score(flow, LIMIT_A, 1.0).fairness == pytest.approx(1)
    flow.served = [1.0] * 5 + [0.0] * 5
    scored = score(flow, LIMIT_A, 1.0)
    assert scored.fairness == pytest.approx(0.5)
    assert scored.served_percent == 0
