"""A charge point that nothing stops has its minimum, and no more, whatever else is odd."""

from datetime import timedelta
from random import Random
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.doubles.ocpp_station import (
    CURRENT,
    ENERGY,
    IGNORES,
    KEEPS_MINIMUM,
    LEAST_A,
    POWER,
    REFUSES,
    REJECTS,
    Outlet,
)

from .homes import make_entry
from .ocpp_homes import CHARGER, SITE, OcppHome

FUSE_A = 25.0
HELD_WITHIN_S = 25
"""Until 0 A has had its time, and what goes on is held otherwise, s."""


def make_home(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, **charger: Any
) -> OcppHome:
    """Return a home of 25 A before its start."""
    options = {"service_current_a": FUSE_A}
    settings = {**CHARGER, "response_time_s": 2.0, "pause_s": 0.0, **charger}
    return OcppHome(hass, freezer, make_entry(SITE, options, settings))


async def live_on(home: OcppHome, seconds: int) -> None:
    """Let time go by in a usual house: its meter is never still for long."""
    for second in range(0, seconds, 10):
        home.house_a += 0.1 if second % 20 else -0.1
        await home.live(min(10, seconds - second))


async def hold(home: OcppHome, **habits: Any) -> None:
    """Let a car charge whose station nothing stops, and leave no room for it."""
    home.put_up(outlets={1: Outlet(status="Preparing")}, **habits)
    await home.start()
    await home.live(5)
    home.point.set_status("Charging")
    await live_on(home, 90)
    home.house_a = 22.0
    await live_on(home, HELD_WITHIN_S)
    home.drawn_a.clear()


@pytest.mark.parametrize(
    ("zero", "minutes", "left_alone_current_a"),
    [(REFUSES, -10, 0.0), (REFUSES, 60, 6.0), (KEEPS_MINIMUM, -60, 0.0)],
)
async def test_it_has_its_minimum_whatever_its_clock_shows(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    zero: str,
    minutes: int,
    left_alone_current_a: float,
) -> None:
    """That it draws what it is held at tells nothing of its clock, or of others."""
    home = make_home(hass, freezer, left_alone_current_a=left_alone_current_a)
    clock_error = timedelta(minutes=minutes)
    await hold(home, zero=zero, remote=IGNORES, clock_error=clock_error)
    await live_on(home, 120)
    assert max(home.drawn_a) == LEAST_A
    assert "clear_profile" not in dict(home.ocpp.calls)


@pytest.mark.parametrize("seed", range(4))
async def test_it_has_its_minimum_of_any_habits(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seed: int
) -> None:
    """It may count in watts, tell nothing of its offer, or come back from a reboot."""
    random = Random(seed)
    home = make_home(
        hass,
        freezer,
        left_alone_current_a=random.choice([0.0, 0.0, 6.0]),
        profile_validity=random.choice(["absolute", "relative"]),
        lease_s=random.choice([60.0, 120.0]),
    )
    await hold(
        home,
        zero=random.choice([KEEPS_MINIMUM, REFUSES]),
        remote=random.choice([IGNORES, REJECTS]),
        measures=random.choice([CURRENT, POWER, ENERGY]),
        tells_offered=random.random() < 0.5,
        late_s=random.choice([0.0, 2.0]),
        clock_error=timedelta(minutes=random.choice([-60, -10, 0, 10])),
    )
    await live_on(home, 90)
    assert max(home.drawn_a) == LEAST_A

    home.point.profiles.clear()
    home.point.reconnect()
    await live_on(home, HELD_WITHIN_S)
    home.drawn_a.clear()
    await live_on(home, 90)
    assert max(home.drawn_a) == LEAST_A


@pytest.mark.parametrize("tells_offered", [True, False])
async def test_who_refuses_0_a_has_a_base_all_the_same(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tells_offered: bool
) -> None:
    """From the first time on: nothing has shown yet what it makes of 0 A."""
    home = make_home(hass, freezer, left_alone_current_a=0.0)
    home.put_up(
        zero=REFUSES,
        tells_offered=tells_offered,
        outlets={1: Outlet(status="Available", transaction=0)},
    )
    home.house_a = 22.0
    await home.start()
    await home.live(20)
    assert home.point.offered_a() == LEAST_A


async def test_who_takes_0_a_has_that_for_its_base(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = make_home(hass, freezer, left_alone_current_a=0.0)
    await home_of_a_car(home)
    home.point.lose_link(frozen=True)
    await home.live(140)
    assert home.point.offered_a() == 0


async def home_of_a_car(home: OcppHome) -> None:
    """Let a car charge."""
    home.put_up(outlets={1: Outlet(status="Preparing")})
    await home.start()
    await home.live(5)
    home.point.set_status("Charging")
    await live_on(home, 60)
    assert home.point.drawn_a() > LEAST_A
