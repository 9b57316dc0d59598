"""Chargers whose number takes less, is lowered or raised elsewhere, or grows later."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from .homes import CHARGER_ID, Home, make_entry

HOUSE_W = 3000


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    home = Home(hass, freezer, make_entry())
    await home.install_charger()
    home.meter(HOUSE_W)
    return home


def told(home: Home) -> list[float]:
    """Return the currents that the number was set to, A."""
    return [value for service, value in home.calls if service == "set_value"]


async def live(home: Home, seconds: int, house_w: float = HOUSE_W) -> None:
    """Let time go on with a car that draws what its charger lets it have."""
    for _ in range(seconds):
        await home.pass_time(1, house_w + home.told_a * 230)


async def test_a_range_that_grows_while_the_car_charges_is_used(home: Home) -> None:
    home.maximum_a = 16
    home.set_number(0)
    await home.start()
    assert home.set_a == 16
    assert home.charger_state("sensor", "limiting_factor") == "charger"

    await live(home, 40)
    home.maximum_a = 32
    home.set_number(16)
    await live(home, 40)

    assert home.set_a == 18
    assert told(home) == [16, 18]


async def test_what_a_number_of_coarse_steps_takes_is_the_set_point(home: Home) -> None:
    home.minimum_a, home.step_a = 6, 5
    home.set_number(6)
    await home.start()
    assert home.set_a == 16

    await live(home, 60)
    await live(home, 5, 4500)

    assert home.set_a == 11
    assert told(home) == [16, 11]


async def test_a_lower_limit_by_hand_is_adopted_until_it_is_lifted(home: Home) -> None:
    await home.start()
    await live(home, 40)
    home.set_number(6)
    await live(home, 90)
    assert home.set_a == 6
    assert home.charger_state("sensor", "limiting_factor") == "charger"
    assert "shows 6 A" in home.charger_state("sensor", "reason")

    await live(home, 60, 5000)
    assert told(home) == [18]
    assert home.set_a == 6

    home.set_number(18)
    await live(home, 90)
    assert home.set_a == 18
    assert home.told_a == 18


async def test_a_cut_is_not_above_what_the_app_has_just_set(home: Home) -> None:
    await home.start()
    await live(home, 40)

    home.set_number(8)
    await home.report(5000 + 8 * 230)

    assert home.told_a == 8
    assert home.set_a == 8


async def test_a_new_maximum_ends_what_was_adopted(home: Home) -> None:
    await home.start()
    await live(home, 40)
    home.set_number(6)
    await live(home, 30)
    assert home.set_a == 6

    entity_id = home.entity_id("number", "max_charger_current", CHARGER_ID)
    entity = home.hass.data["entity_components"]["number"].get_entity(entity_id)
    assert entity is not None
    await entity.async_set_native_value(16)
    await live(home, 60)

    assert home.set_a == 16


async def test_a_number_that_switching_on_resets_is_told_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = Home(hass, freezer, make_entry(charger={"max_current_a": 10.0}))
    home.resets_to_a = 32
    await home.install_charger()
    home.meter(HOUSE_W)
    await home.start()

    await live(home, 16)

    assert home.told_a == 10
    assert home.set_a == 10
    await live(home, 120)
    assert len(told(home)) <= 3


async def raised_again(home: Home) -> None:
    """Let a car be cut to 10 A and raised to 18 A, and stop right then."""
    await home.start()
    await live(home, 40)
    await live(home, 5, 5000)
    assert home.set_a == 10
    for _ in range(60):
        await live(home, 1)
        if home.set_a == 18:
            return
    pytest.fail("the car is not raised again")


async def test_an_old_limit_that_is_still_shown_is_not_adopted(home: Home) -> None:
    await raised_again(home)

    # Its cloud tells once more what held before.
    home.set_number(10)
    await live(home, 10)
    home.set_number(18)
    await live(home, 30)

    assert home.set_a == 18
    assert told(home) == [18, 10, 18]


async def test_a_command_that_the_cloud_lost_is_found_and_sent_again(
    home: Home,
) -> None:
    await raised_again(home)

    home.set_number(10)
    await live(home, 30)
    assert home.set_a == 10
    await live(home, 600)

    assert home.set_a == 18
    assert told(home) == [18, 10, 18, 18]


async def test_a_limit_that_comes_late_after_all_is_used(home: Home) -> None:
    await raised_again(home)

    home.set_number(10)
    await live(home, 30)
    home.set_number(18)
    await live(home, 60)

    assert home.set_a == 18
    assert home.told_a == 18
