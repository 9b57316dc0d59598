"""Chargers whose number is there only while they are on, or charge, and the form."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, ServiceCall
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from .homes import NUMBER, STATUS, SWITCH, TELLING_CHARGER, Home, make_entry

HOUSE_W = 3000


async def switched_home(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, *, comes: bool = True
) -> Home:
    """Return a home whose charger is off and has a number only while it is on."""
    home = Home(hass, freezer, make_entry())
    await home.install_charger(32, on=False)

    async def switched(call: ServiceCall) -> None:
        home.calls.append((call.service, None))
        hass.states.async_set(SWITCH, call.service.removeprefix("turn_"))
        if call.service == "turn_off":
            hass.states.async_set(NUMBER, STATE_UNAVAILABLE)
        elif comes:
            home.set_number(32)

    hass.services.async_register("switch", "turn_on", switched)
    hass.services.async_register("switch", "turn_off", switched)
    hass.states.async_set(NUMBER, STATE_UNAVAILABLE)
    home.meter(HOUSE_W)
    await home.start()
    return home


async def test_charger_whose_number_comes_with_its_switch_is_started(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Its old limit holds no longer than it takes to tell it the new one."""
    home = await switched_home(hass, freezer)
    await home.pass_time(5, HOUSE_W)
    assert home.calls[0] == ("turn_on", None)
    assert set(home.calls[1:]) == {("set_value", 18.0)}
    assert home.told_a == 18
    await home.pass_time(40, 6900 + 18 * 230)
    assert home.told_a == 0
    await home.pass_time(230, HOUSE_W)
    assert home.told_a == 18


async def test_charger_whose_number_stays_away_is_stopped_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await switched_home(hass, freezer, comes=False)
    await home.pass_time(15, HOUSE_W)
    assert home.calls[-2:] == [("turn_on", None), ("turn_off", None)]
    assert hass.states.is_state(SWITCH, "off")


async def test_orders_that_an_empty_charger_refuses_are_no_failure(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The same refusals with a car are."""
    failed = async_capture_events(hass, "ev_lb_action_failed")
    charger = {**TELLING_CHARGER, "switch_entity": SWITCH, "phases": ["l1"]}
    del charger["measured_current_entity"]
    home = Home(hass, freezer, make_entry(charger=charger))
    hass.states.async_set(STATUS, "charging")
    await home.install_charger()
    home.meter(HOUSE_W)
    await home.start()
    await home.pass_time(5, HOUSE_W)
    assert home.set_a > 0
    home.failing = True
    hass.states.async_set(STATUS, "disconnected")
    await home.pass_time(150, HOUSE_W)
    assert not failed
    hass.states.async_set(STATUS, "connected")
    await home.pass_time(150, HOUSE_W)
    assert failed


@pytest.mark.parametrize("unit", ["A", "mA"])
async def test_number_in_either_unit_can_be_set(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, unit: str
) -> None:
    """One that is shown in milliampere is told milliampere, whatever its range."""
    home = Home(hass, freezer, make_entry())
    home.maximum_a = 16
    hass.states.async_set(NUMBER, "0", {"unit_of_measurement": unit})
    await home.install_charger()
    home.meter(HOUSE_W)
    await home.start()
    await home.pass_time(10, HOUSE_W)
    assert home.calls[0] == ("set_value", 16.0 if unit == "A" else 16000.0)
