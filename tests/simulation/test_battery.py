"""The home battery keeps the grid at zero, as far as it can."""

from dataclasses import replace

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.model import Phase
from custom_components.ev_lb.simulation.battery import BatteryConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import HouseholdLoad, SolarOutput
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration
from tests.searching import examples

HOUSE = HouseholdLoad((0,), ((300.0, 300.0, 300.0),))
SUNNY = SolarOutput((0, 600), (3000.0, 0.0), length_s=None)
CONFIGURATION = PlantConfiguration(
    start_hour=0, household=HOUSE, battery=BatteryConfiguration()
)


def at(plant: Plant, second: float) -> tuple[int, int]:
    """Return what battery and grid do at a second, W."""
    plant.advance(second)
    view = plant.view()
    return round(view.battery_w), round(sum(view.grid_a) * 230)


def test_follows_house_sun_and_cars_with_its_lag() -> None:
    plant = Plant(replace(CONFIGURATION, solar=SUNNY))
    assert [at(plant, second) for second in range(4)] == [
        *((0, -2100), (1050, -1050), (1575, -525), (1838, -262)),
    ]
    assert at(plant, 60) == pytest.approx((2100, 0), abs=10)
    assert at(plant, 660) == pytest.approx((-900, 0), abs=10)
    plant.set_current("charger", 16)
    # A car is more than it can give.
    assert at(plant, 720) == (-5000, 900 + 16 * 690 - 5000)


def test_is_full_and_empty_to_the_second() -> None:
    battery = BatteryConfiguration(
        capacity_kwh=1, initial_soc_percent=50, reserve_percent=10
    )
    sun = SolarOutput((0, 3600), (2700.0, 0.0), length_s=None)
    plant = Plant(replace(CONFIGURATION, solar=sun, battery=battery))
    plant.advance(3000)
    assert plant.view().battery_soc_percent == 100
    assert at(plant, 3000) == (0, -1800)
    plant.advance(3600 + 3650)
    assert plant.view().battery_soc_percent == 10
    assert at(plant, 3600 + 3650) == (0, 900)


def test_energy_is_conserved() -> None:
    plant = Plant(replace(CONFIGURATION, solar=SUNNY))
    plant.set_current("charger", 6)
    plant.advance(3600)
    statistics, view = plant.statistics(), plant.view()
    assert view.battery_soc_percent is not None
    stored_kwh = (view.battery_soc_percent - 50) / 10
    used_kwh = 0.9 + statistics.energy_kwh["charger"]
    from_grid_kwh = statistics.imported_kwh - statistics.exported_kwh
    assert from_grid_kwh + 0.5 == pytest.approx(used_kwh + stored_kwh, abs=1e-6)


def test_sun_is_on_all_phases_that_there_are() -> None:
    plant = Plant(replace(CONFIGURATION, solar=SUNNY, battery=None))
    assert plant.view().house_w == pytest.approx((-700, -700, -700))
    assert plant.view().solar_w == 3000
    charger = ChargerConfiguration(phases=(Phase.L1,))
    plant = Plant(
        replace(
            CONFIGURATION,
            solar=SUNNY,
            battery=None,
            phases=(Phase.L1,),
            chargers=(charger,),
        )
    )
    assert plant.view().house_w == pytest.approx((-2100, 0, 0))
    assert plant.view().battery_soc_percent is None


@settings(deadline=None, max_examples=examples(20))
@given(st.floats(min_value=0.3, max_value=90))
def test_how_often_time_is_given_changes_nothing(stride_s: float) -> None:
    configuration = replace(
        CONFIGURATION,
        solar=SolarOutput((0, 70, 400, 430), (3000.0, 100.0, 5000.0, 0.0), 500),
        battery=BatteryConfiguration(capacity_kwh=0.2),
    )
    leaping, walking = Plant(configuration), Plant(configuration)
    for second, current_a in ((100, 16.0), (900.5, 0.0), (2000, 10.0)):
        while walking.now_s + stride_s < second:
            walking.advance(walking.now_s + stride_s)
            walking.statistics()
        for plant in (leaping, walking):
            plant.advance(second)
            plant.set_current("charger", current_a)
    assert leaping.view() == walking.view()
    assert leaping.statistics() == walking.statistics()
