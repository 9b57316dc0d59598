"""A charger's sensor that lies gets the repair, and not the grid meter."""

from collections.abc import Callable

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from .homes import (
    CHARGER_ID,
    ENTRY_ID,
    MEASURED,
    STATUS,
    TELLING_CHARGER,
    Home,
    make_entry,
)
from .test_issues import go_on, issues, placeholders

HOUSE_W = 1000.0
LIES = {
    "stuck": lambda _: 16.0,
    "negative": lambda car_a: -car_a,
    "scaled": lambda car_a: 3 * car_a,
}


async def house_with(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home on 32 A whose charger measures one phase."""
    charger = {**TELLING_CHARGER, "phases": ["l1"], "status_entity": None}
    home = Home(hass, freezer, make_entry(charger=charger))
    hass.states.async_set(MEASURED, "0", {"unit_of_measurement": "A"})
    await home.install_charger()
    home.meter(HOUSE_W)
    await home.start()
    return home


async def live(home: Home, seconds: int, shows: Callable[[float], float]) -> None:
    """Let the car follow, and its sensor show what it will."""
    for _ in range(seconds // 5):
        await go_on(home, 5, HOUSE_W + home.set_a * 230, shows(home.set_a))


async def step(home: Home, to_a: float, shows: Callable[[float], float]) -> None:
    """Let the owner set another limit, and all come to it."""
    data = {"current_a": to_a}
    await home.hass.services.async_call("ev_lb", "set_limit", data, blocking=True)
    await live(home, 150, shows)
    assert home.set_a == to_a


@pytest.mark.parametrize("fault", LIES)
async def test_lying_sensor_is_named_with_what_was_seen_and_used_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, fault: str
) -> None:
    home = await house_with(hass, freezer)
    lie, key = LIES[fault], f"charger_sensor_{fault}"
    await live(home, 120, lie)
    for to_a in (8.0, 16.0, 7.0, 15.0, 6.0):
        await step(home, to_a, lie)
    assert key in issues(hass)
    assert not issues(hass) & {"meter_sign", "meter_unit", "charger_not_following"}
    told = placeholders(hass, f"{key}_{ENTRY_ID}_{CHARGER_ID}")
    assert told is not None
    assert told["sensor"] == "charger current"
    assert "15" in told["seen"]
    assert "9" in told["seen"]
    for to_a in (14.0, 6.0, 14.0):
        await step(home, to_a, lambda car_a: car_a)
    assert key not in issues(hass)


async def test_sensor_that_tells_the_truth_has_no_repair(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await house_with(hass, freezer)
    await live(home, 120, lambda car_a: car_a)
    for to_a in (8.0, 16.0, 7.0, 15.0, 6.0):
        await step(home, to_a, lambda car_a: car_a)
    assert not issues(hass)


async def test_sensor_that_stays_after_the_departure_is_named_and_not_the_meter(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    charger = {**TELLING_CHARGER, "phases": ["l1"]}
    home = Home(hass, freezer, make_entry(charger=charger))
    hass.states.async_set(MEASURED, "0", {"unit_of_measurement": "A"})
    hass.states.async_set(STATUS, "charging")
    await home.install_charger()
    home.meter(HOUSE_W)
    await home.start()
    await live(home, 120, lambda car_a: car_a)
    assert home.set_a == 16

    hass.states.async_set(STATUS, "disconnected")
    for _ in range(80):
        await go_on(home, 5, HOUSE_W, 16.0)
        assert home.state("binary_sensor", "meter_status") == "on"
    assert home.set_a == 0
    assert issues(hass) == {"charger_sensor_no_car"}
    told = placeholders(hass, f"charger_sensor_no_car_{ENTRY_ID}_{CHARGER_ID}")
    assert told is not None
    assert told["current"] == "16"

    await go_on(home, 10, HOUSE_W, 0.0)
    assert not issues(hass)
