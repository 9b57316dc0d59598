"""A charge point whose words are lost on the way: what flows is believed, not they."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from tests.doubles.ocpp_station import (
    CURRENT,
    ENDS,
    IGNORES,
    KEEPS_MINIMUM,
    LEAST_A,
    POWER,
    REFUSES,
    REJECTS,
    STOPS,
    Outlet,
)

from .homes import make_entry
from .ocpp_homes import CHARGER, SITE, OcppHome

FUSE_A = 25.0
MOST_A = 16.0
LOST_WORDS = ["Available", "Preparing", "Finishing", "Faulted", "Unavailable"]
"""What a connector is said to do while its car charges."""


@pytest.fixture
def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> OcppHome:
    """Return a home of 25 A before its start."""
    options = {"service_current_a": FUSE_A}
    return OcppHome(hass, freezer, make_entry(SITE, options, CHARGER))


async def charge_unsaid(home: OcppHome, said: str, **habits: Any) -> None:
    """Let a car charge of which the last that came through is this."""
    home.put_up(outlets={1: Outlet(status=said, transaction=0)}, **habits)
    await home.start()
    await home.live(40)
    home.point.tells_status = False
    home.point.outlets[1].transaction = 7
    home.point.show("transaction_id", 7)
    home.point.set_status("Charging")
    await live_on(home, 60)
    # Its own interval for meter values.
    home.point.meter_values()
    await live_on(home, 90)


async def live_on(home: OcppHome, seconds: int) -> None:
    """Let time go by, with meter values as often as the integration sets that."""
    for second in range(0, seconds, 30):
        home.house_a += 0.1 if second % 60 else -0.1
        await home.live(30)
        if second % 60:
            home.point.meter_values()


def issues(home: OcppHome) -> set[str]:
    """Return the repairs that are open."""
    return {
        issue.translation_key or ""
        for (domain, _), issue in ir.async_get(home.hass).issues.items()
        if domain == "ev_lb"
    }


@pytest.mark.parametrize(
    ("said", "measures"),
    [*((said, CURRENT) for said in LOST_WORDS), ("Available", POWER)],
)
async def test_a_car_that_draws_is_charged(
    home: OcppHome, said: str, measures: str
) -> None:
    await charge_unsaid(home, said, measures=measures)
    assert home.point.drawn_a() == MOST_A
    assert issues(home) == set()


@pytest.mark.parametrize(
    ("said", "measures", "zero"),
    [
        ("Available", CURRENT, KEEPS_MINIMUM),
        ("Available", POWER, REFUSES),
        ("Preparing", CURRENT, REFUSES),
        ("Preparing", POWER, ENDS),
        ("Finishing", CURRENT, KEEPS_MINIMUM),
        ("Finishing", POWER, KEEPS_MINIMUM),
        ("Faulted", CURRENT, STOPS),
        ("Unavailable", CURRENT, REFUSES),
    ],
)
async def test_a_car_that_draws_is_stopped(
    home: OcppHome, said: str, measures: str, zero: str
) -> None:
    await charge_unsaid(home, said, measures=measures, zero=zero)
    home.loads_a.clear()
    home.house_a = 22.0
    await home.live(60)
    assert home.point.drawn_a() == 0
    assert home.over_s(FUSE_A) <= 20


@pytest.mark.parametrize(
    ("said", "answers"),
    [("Available", IGNORES), ("Preparing", REJECTS), ("Finishing", IGNORES)],
)
async def test_a_car_that_does_not_obey_is_named(
    home: OcppHome, said: str, answers: str
) -> None:
    await charge_unsaid(home, said)
    home.point.answers, home.point.remote = answers, REJECTS
    home.house_a = 20.0
    await live_on(home, 180)
    assert {"charger_not_following", "commands_refused"} & issues(home)


@pytest.mark.parametrize("said", ["Available", "Finishing"])
async def test_a_current_that_is_only_left_over_is_none(
    home: OcppHome, said: str
) -> None:
    """The end of a charge may be lost, and its last current goes on to be shown."""
    home.put_up()
    await home.start()
    await home.live(60)
    home.show_drawn(MOST_A)
    home.point.outlets[1].status = said
    home.point.sensors.show_status(1, said)
    for turn in range(6):
        home.house_a = 6.0 + turn / 10
        # Whatever the charge point says writes all that is shown anew.
        home.show_drawn(MOST_A)
        home.point.sensors.show_status(1, said)
        await home.live(30)
    assert issues(home) == set()
    assert "turn_off" not in dict(home.ocpp.calls)


async def test_a_charge_whose_end_is_told_is_over(home: OcppHome) -> None:
    """Once words come through again, they count again."""
    await charge_unsaid(home, "Available")
    home.point.tells_status = True
    home.point.outlets[1].transaction = 0
    home.point.show("transaction_id", 0)
    home.point.set_status("Available")
    home.point.sensors.show_no_flow(1)
    await home.live(60)
    assert home.point.offered_a() <= LEAST_A
    assert issues(home) == set()
