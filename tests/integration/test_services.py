"""Limits that are set by hand."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
import probatio
import pytest

from .homes import CHARGER_ID, ENTRY_ID, STATUS, Home, make_entry

STATES = {
    "status_entity": STATUS,
    "charging_states": ["charging"],
    "connected_states": ["connected"],
    "disconnected_states": ["free"],
}


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home whose car charges at 18 A."""
    hass.states.async_set(STATUS, "charging")
    home = Home(hass, freezer, make_entry(charger=STATES))
    await home.start_charging()
    return home


async def call(home: Home, service: str, **data: Any) -> None:
    await home.hass.services.async_call("ev_lb", service, data, blocking=True)
    await home.hass.async_block_till_done()


def charger_device(home: Home) -> str:
    device = dr.async_get(home.hass).async_get_device_by_identifier(
        ("ev_lb", CHARGER_ID), ENTRY_ID
    )
    assert device is not None
    return device.id


async def test_a_limit_holds_until_it_is_cleared(home: Home) -> None:
    await call(home, "set_limit", current_a=10)
    assert home.told_a == 10
    assert home.charger_state("sensor", "limiting_factor") == "manual"

    await home.pass_time(60, 3000 + 10 * 230)
    assert home.set_a == 10

    await call(home, "clear_limit")
    await home.pass_time(5, 3000 + 10 * 230)
    assert home.set_a == 18


async def test_a_limit_is_never_above_what_the_fuse_allows(home: Home) -> None:
    await call(home, "set_limit", current_a=30)

    assert home.set_a == 18


async def test_a_limit_below_the_minimum_stops(home: Home) -> None:
    await call(home, "set_limit", current_a=4, device_id=charger_device(home))

    assert home.told_a == 0


async def test_a_limit_ends_when_the_car_leaves(
    hass: HomeAssistant, home: Home, hass_storage: dict[str, Any]
) -> None:
    await call(home, "set_limit", current_a=10, entry_id=ENTRY_ID)
    await home.pass_time(1, 3000 + 10 * 230)
    memory = hass_storage["ev_lb.home"]["data"]["chargers"][CHARGER_ID]
    assert memory["manual_limit_a"] == 10

    hass.states.async_set(STATUS, "free")
    await home.pass_time(30, 3000)
    hass.states.async_set(STATUS, "connected")
    await home.pass_time(2, 3000)

    assert home.set_a == 18
    memory = hass_storage["ev_lb.home"]["data"]["chargers"][CHARGER_ID]
    assert memory["manual_limit_a"] is None


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"device_id": "nothing"}, "no charger"),
        ({"entry_id": "nothing"}, "No such site"),
    ],
)
async def test_an_unknown_target_is_refused(
    home: Home, target: dict[str, str], message: str
) -> None:
    with pytest.raises(ServiceValidationError, match=message):
        await call(home, "set_limit", current_a=10, **target)

    assert home.set_a == 18


async def test_the_site_is_no_charger(home: Home) -> None:
    device_id = home.entry.runtime_data.site_device_id

    with pytest.raises(ServiceValidationError, match="no charger"):
        await call(home, "set_limit", current_a=10, device_id=device_id)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"current_a": -1},
        {"current_a": 81},
        {"current_a": "much"},
        {"current_a": "nan"},
    ],
)
async def test_a_limit_must_be_a_current(home: Home, data: dict[str, Any]) -> None:
    with pytest.raises(probatio.Invalid):
        await call(home, "set_limit", **data)


async def test_a_limit_needs_a_running_site(hass: HomeAssistant, home: Home) -> None:
    await hass.config_entries.async_unload(ENTRY_ID)

    with pytest.raises(ServiceValidationError):
        await call(home, "set_limit", current_a=10, entry_id=ENTRY_ID)
