"""From the meter's state to the charger's, with one charger on one phase."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from .homes import Home, make_entry


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    home = Home(hass, freezer, make_entry())
    await home.install_charger()
    return home


async def test_the_first_balance_is_what_the_fuse_leaves(home: Home) -> None:
    home.meter(3000)
    await home.start()

    assert home.set_a == 18
    assert home.told_a == 18
    assert home.calls == [("set_value", 18.0), ("turn_on", None)]
    assert home.charger_state("binary_sensor", "active") == "on"
    assert float(home.charger_state("sensor", "power_set")) == 18 * 230


async def test_what_the_car_draws_is_not_counted_twice(home: Home) -> None:
    home.meter(3000)
    await home.start()

    await home.pass_time(60, 3000 + 18 * 230)

    assert home.set_a == 18
    assert home.calls == [("set_value", 18.0), ("turn_on", None)]
    assert home.state("sensor", "balancer_state") == "active"


async def test_a_house_that_needs_the_fuse_stops_the_car(home: Home) -> None:
    home.meter(9000)
    await home.start()

    assert home.set_a == 0
    assert home.told_a == 0
    assert home.charger_state("binary_sensor", "active") == "off"
    assert home.charger_state("sensor", "limiting_factor") == "fuse"


async def test_a_cut_goes_out_in_the_turn_of_the_report(home: Home) -> None:
    home.meter(3000)
    await home.start()
    await home.pass_time(60, 3000 + 18 * 230)

    await home.report(5000 + 18 * 230)

    assert home.set_a == 10
    assert home.told_a == 10


async def test_a_raise_waits_for_the_ramp_up_time(home: Home) -> None:
    home.meter(3000)
    await home.start()
    await home.pass_time(60, 3000 + 18 * 230)
    await home.report(5000 + 18 * 230)

    await home.pass_time(25, 3000 + 10 * 230)
    assert home.set_a == 10
    assert home.state("sensor", "balancer_state") == "ramp_up_hold"
    assert home.charger_state("sensor", "limiting_factor") == "ramp_up"

    await home.pass_time(30, 3000 + 10 * 230)
    assert home.set_a == 18
    assert home.told_a == 18
