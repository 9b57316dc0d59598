"""Where the energy came from: sun, battery, grid."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.data import DAY_S
from benchmarks.plant_loop import Flow
from benchmarks.scenarios import VOLTAGE_V
from benchmarks.sources import Sources, sources

HOUR_S = 3600
KWH_PER_A = 3 * VOLTAGE_V / 1000
"""Of an ampere on three phases for an hour."""


def flow_of(house_a: float, solar_a: float, battery_a: float, cars_a: float) -> Flow:
    """Return a day in whose noon flows for an hour what is said, on each phase."""
    noon = slice(12 * HOUR_S, 13 * HOUR_S)
    house, cars = np.zeros((3, DAY_S)), np.zeros((3, DAY_S))
    solar, battery = np.zeros(DAY_S), np.zeros(DAY_S)
    house[:, noon] = house_a - solar_a + battery_a
    cars[:, noon] = cars_a
    solar[noon] = 3 * VOLTAGE_V * solar_a
    battery[noon] = 3 * VOLTAGE_V * battery_a
    return Flow(
        house_a=house,
        cars_a=cars,
        currents=[[(0, 0.0)]],
        solar_w=solar,
        battery_w=battery,
    )


def told(flow: Flow) -> Sources:
    """Return where its energy came from; it has sun."""
    found = sources(flow)
    assert found is not None
    return found


def test_the_sun_goes_to_the_house_first_then_to_the_car() -> None:
    """2 A of the house and 6 A of the car are from the sun, 4 A from the grid."""
    found = told(flow_of(house_a=2, solar_a=8, battery_a=0, cars_a=10))
    assert found.solar_share_percent == pytest.approx(60)
    assert found.solar_used_percent == pytest.approx(100)
    assert found.import_kwh == pytest.approx(4 * KWH_PER_A)
    assert found.car_import_kwh == pytest.approx(4 * KWH_PER_A)
    assert found.car_import_as == pytest.approx(4 * 3 * HOUR_S)
    assert found.battery_to_cars_kwh == 0


def test_what_is_exported_is_not_used_on_site() -> None:
    """Of 10 A the house takes 2, the battery 1, the car 3."""
    found = told(flow_of(house_a=2, solar_a=10, battery_a=1, cars_a=3))
    assert found.solar_used_percent == pytest.approx(60)
    assert found.solar_share_percent == pytest.approx(100)
    assert found.import_kwh == found.car_import_as == 0


def test_what_the_battery_gives_beyond_the_house_goes_into_the_car() -> None:
    """It gives 5 A: 2 A make up for the house, 3 A go into the car."""
    found = told(flow_of(house_a=4, solar_a=2, battery_a=-5, cars_a=6))
    assert found.battery_to_cars_kwh == pytest.approx(3 * KWH_PER_A)
    assert found.import_kwh == pytest.approx(3 * KWH_PER_A)
    assert found.solar_share_percent == 0


def test_a_house_without_a_car_imports_for_itself() -> None:
    found = told(flow_of(house_a=7, solar_a=2, battery_a=0, cars_a=0))
    assert found.import_kwh == pytest.approx(5 * KWH_PER_A)
    assert found.car_import_kwh == found.car_import_as == 0


def test_one_phase_may_import_while_all_together_export() -> None:
    flow = flow_of(house_a=2, solar_a=8, battery_a=0, cars_a=4)
    flow.house_a[0, 12 * HOUR_S : 13 * HOUR_S] += 3.0
    found = told(flow)
    assert found.import_kwh == found.car_import_kwh == 0
    assert found.car_import_as == pytest.approx(1 * HOUR_S)


def test_without_sun_nothing_is_told() -> None:
    flow = flow_of(house_a=2, solar_a=0, battery_a=0, cars_a=4)
    assert sources(replace(flow, solar_w=None)) is None
