"""Charge points as they really are: each habit, judged at what really flows."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest

from tests.doubles.charging_profiles import (
    BY_CAR,
    BY_PROFILE,
    BY_THREE,
    ChargingProfiles,
)
from tests.doubles.ocpp_station import (
    CURRENT,
    ENDS,
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
MOST_A = 16.0
FOLLOWS_S = 4
"""What a station and its meter take, and one report of the home's meter, s."""


@pytest.fixture
def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> OcppHome:
    """Return a home of 25 A before its start."""
    options = {"service_current_a": FUSE_A}
    return OcppHome(hass, freezer, make_entry(SITE, options, CHARGER))


async def charge(home: OcppHome, **habits: Any) -> None:
    """Let a car charge at a charge point with these habits, with all that is allowed."""
    home.put_up(outlets={1: Outlet(status="Preparing")}, **habits)
    await home.start()
    await home.live(5)
    home.point.set_status("SuspendedEV")
    await home.live(15)
    home.point.set_status("Charging")
    await home.live(60)
    assert home.point.drawn_a() == MOST_A
    home.loads_a.clear()


def issues(home: OcppHome) -> set[str]:
    """Return the repairs that are open."""
    return {
        issue.translation_key or ""
        for (domain, _), issue in ir.async_get(home.hass).issues.items()
        if domain == "ev_lb"
    }


@pytest.mark.parametrize("measures", [CURRENT, POWER])
@pytest.mark.parametrize("shows_as_offered_a", [32.0, 16.0, None])
async def test_what_a_station_tells_of_itself_does_not_hold_it_down(
    home: OcppHome, measures: str, shows_as_offered_a: float | None
) -> None:
    """One that always tells its rating, or only a power, follows like any other."""
    tells = shows_as_offered_a is not None
    await charge(
        home,
        measures=measures,
        shows_as_offered_a=shows_as_offered_a,
        tells_offered=tells,
    )
    home.house_a = 16.0
    await home.live(40)
    assert home.point.drawn_a() == 9
    assert home.over_s(FUSE_A) <= FOLLOWS_S

    home.house_a = 6.0
    await home.live(200)
    assert home.point.drawn_a() == MOST_A
    assert issues(home) == set()


async def test_a_station_that_measures_nothing_charges(home: OcppHome) -> None:
    await charge(home, measures=ENERGY, tells_offered=False)
    home.house_a = 16.0
    await home.live(40)
    assert home.over_s(FUSE_A) <= FOLLOWS_S
    assert home.point.drawn_a() == 9


STOPS_S = 15 + FOLLOWS_S
"""The charger's response time as it is set, and what follows it, s."""


@pytest.mark.parametrize("tells_offered", [True, False])
@pytest.mark.parametrize("zero", [KEEPS_MINIMUM, REFUSES, ENDS])
async def test_a_station_is_stopped_whatever_it_makes_of_0_a(
    home: OcppHome, zero: str, tells_offered: bool
) -> None:
    """Once it is known how, it is stopped that way at once; and it starts again."""
    await charge(home, zero=zero, tells_offered=tells_offered)
    home.house_a = 22.0
    await home.live(40)
    assert home.point.drawn_a() == 0
    assert home.over_s(FUSE_A) <= STOPS_S

    home.house_a = 6.0
    await home.live(240)
    assert home.point.drawn_a() == MOST_A
    home.loads_a.clear()

    home.house_a = 22.0
    await home.live(40)
    assert home.point.drawn_a() == 0
    assert home.over_s(FUSE_A) <= FOLLOWS_S
    assert issues(home) == set()


@pytest.mark.parametrize("tells_offered", [True, False])
@pytest.mark.parametrize("minutes", [-60, -10, 10, 60])
async def test_a_clock_that_is_wrong_costs_nothing_for_long(
    home: OcppHome, minutes: int, tells_offered: bool
) -> None:
    """It stays at its base for a moment, and is then told durations."""
    await charge(
        home, clock_error=timedelta(minutes=minutes), tells_offered=tells_offered
    )
    home.house_a = 16.0
    await home.live(30)
    assert home.point.drawn_a() == 9
    assert home.over_s(FUSE_A) <= FOLLOWS_S
    assert issues(home) == set()

    # Killed: the lease ends all the same.
    home.point.lose_link(frozen=True)
    await home.live(125)
    assert home.point.offered_a() == 6


@pytest.fixture
def home_of_watts(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> OcppHome:
    """Return a home of 25 A whose charger counts in watts."""
    options = {"service_current_a": FUSE_A}
    charger = {**CHARGER, "rate_unit": "power"}
    return OcppHome(hass, freezer, make_entry(SITE, options, charger))


@pytest.mark.parametrize("tells_offered", [True, False])
@pytest.mark.parametrize("car_phases", [1, 3])
@pytest.mark.parametrize("shares_power", [BY_CAR, BY_PROFILE, BY_THREE])
async def test_a_car_has_all_that_it_may_where_a_station_counts_in_watts(
    home_of_watts: OcppHome, shares_power: str, car_phases: int, tells_offered: bool
) -> None:
    """On however many phases the station takes a power to flow."""
    home = home_of_watts
    home.put_up(
        outlets={1: Outlet(status="SuspendedEV", car_a=MOST_A, car_phases=car_phases)},
        profiles=ChargingProfiles(shares_power=shares_power),
        tells_offered=tells_offered,
        rate_units="Power",
    )
    await home.start()
    await home.live(15)
    home.point.set_status("Charging")
    await home.live(150)
    assert home.point.drawn_a() >= MOST_A - 0.1

    home.loads_a.clear()
    home.house_a = 16.0
    await home.live(40)
    assert home.over_s(FUSE_A) <= FOLLOWS_S
    assert home.point.drawn_a() >= 8.9


async def test_a_station_with_one_slot_has_its_base_in_it(home: OcppHome) -> None:
    """Whoever has room for one profile only keeps the one that is safe, and is named."""
    home.put_up(profile_slots=1)
    await home.start()
    await home.live(400)
    assert home.point.offered_a() == 6
    assert {"charger_not_following", "commands_refused", "charger_capped"} & issues(
        home
    )


async def test_a_charge_that_began_at_0_a_and_ended_for_it_is_begun_again(
    home: OcppHome,
) -> None:
    """It was told 0 A long before: there was no car."""
    home.put_up(zero=ENDS, outlets={1: Outlet(status="Available", transaction=0)})
    home.house_a = 22.0
    await home.start()
    await home.live(150)
    home.point.outlets[1].transaction = 7
    home.point.set_status("Charging")
    await home.live(3)
    home.point.end(1)
    home.point.set_status("Finishing")
    await home.live(60)
    assert home.point.drawn_a() == 0

    await live_on(home, 120)
    assert home.point.drawn_a() == MOST_A


async def live_on(home: OcppHome, seconds: int) -> None:
    """Let time go by in a usual house: its meter is never still for long."""
    for second in range(0, seconds, 30):
        home.house_a = 6.0 + second % 4 / 10
        await home.live(30)


@pytest.mark.parametrize("remote", [REJECTS, IGNORES])
@pytest.mark.parametrize("zero", [KEEPS_MINIMUM, REFUSES])
async def test_a_station_that_nothing_stops_is_held_at_its_minimum_and_named(
    home: OcppHome, zero: str, remote: str
) -> None:
    """Neither 0 A nor the end of its charge: it has no more than it must."""
    await charge(home, zero=zero, remote=remote)
    home.house_a = 22.0
    await home.live(400)
    assert home.point.drawn_a() == LEAST_A
    assert {"charger_not_following", "commands_refused"} & issues(home)

    await live_on(home, 240)
    assert home.point.drawn_a() == MOST_A
    assert issues(home) == set()


@pytest.mark.parametrize("remote", [REJECTS, IGNORES])
async def test_a_charge_that_cannot_be_begun_again_is_a_repair(
    home: OcppHome, remote: str
) -> None:
    """Its owner must plug the car in anew, or let it be begun from afar."""
    await charge(home, zero=ENDS, remote=remote)
    home.house_a = 22.0
    await home.live(40)
    await live_on(home, 300)
    assert home.point.drawn_a() == 0
    assert "commands_refused" in issues(home)

    home.point.set_status("Available")
    await live_on(home, 30)
    home.point.set_status("Preparing")
    await live_on(home, 30)
    home.point.show("transaction_id", 101)
    home.point.set_status("Charging")
    await live_on(home, 120)
    assert home.point.drawn_a() == MOST_A
    assert issues(home) == set()


async def test_what_its_owner_ended_is_not_begun_again(home: OcppHome) -> None:
    """Only a charge that ended with our stop is begun by us."""
    await charge(home)
    home.point.end(1)
    home.point.show("transaction_id", 0)
    home.point.set_status("Finishing")
    await home.live(150)

    assert home.point.drawn_a() == 0
    assert not [name for name, _ in home.ocpp.calls if name == "turn_on"]


def overrule(home: OcppHome, limit_a: float) -> None:
    """Let somebody else tell the running charge what it may draw: that goes first."""
    now = dt_util.utcnow()
    outlet = home.point.outlets[1]
    outlet.since = now
    profile = {
        "chargingProfileId": 4711,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a}],
        },
    }
    home.point.profiles.install(1, profile, now, now)


OVERRULED_S = 15
"""By then what others told a charger is cleared, s."""


@pytest.mark.parametrize("tells_offered", [True, False])
async def test_a_limit_of_others_that_overrules_ours_is_cleared(
    home: OcppHome, tells_offered: bool
) -> None:
    await charge(home, tells_offered=tells_offered)
    home.house_a = 17.0
    await home.live(30)
    assert home.point.drawn_a() == 8
    home.loads_a.clear()

    overrule(home, 22.0)
    assert home.point.drawn_a() == 22
    await home.live(60)
    assert home.over_s(FUSE_A) <= OVERRULED_S
    assert "clear_profile" in dict(home.ocpp.calls)
    await home.live(200)
    assert home.point.drawn_a() == 8
    # Ours are there again, the base as well.
    assert {profile["stackLevel"] for *_, profile in home.point.profiles} == {7, 8}


@pytest.mark.parametrize("tells_offered", [True, False])
@pytest.mark.parametrize("every_s", [20, 45, 70])
async def test_who_overrules_us_again_and_again_is_cleared_and_named(
    home: OcppHome, every_s: int, tells_offered: bool
) -> None:
    """As often as it comes; its owner is told until it comes no more."""
    await charge(home, tells_offered=tells_offered)
    home.house_a = 17.0
    await home.live(30)
    home.loads_a.clear()
    for turn in range(8):
        home.house_a = 17.0 + turn % 2 / 10
        overrule(home, 22.0)
        await home.live(every_s)
        assert home.point.drawn_a() <= 8, turn
    assert home.over_s(FUSE_A) <= OVERRULED_S
    assert "charger_overruled" in issues(home)


async def test_who_overruled_us_is_told_of_no_more_once_it_came_no_more(
    home: OcppHome,
) -> None:
    await charge(home)
    home.house_a = 17.0
    for _ in range(4):
        overrule(home, 22.0)
        await home.live(40)
    assert "charger_overruled" in issues(home)
    for turn in range(60):
        home.house_a = 17.0 + turn % 2 / 10
        await home.live(30)
    assert issues(home) == set()


async def test_a_refusal_clears_nothing(home: OcppHome) -> None:
    """What a charger has from us is better than nothing."""
    await charge(home)
    home.point.answers = REJECTS
    home.house_a = 17.0
    await home.live(180)

    assert not [name for name, _ in home.ocpp.calls if name == "clear_profile"]
    # Its lease has ended, and the base holds.
    assert home.point.offered_a() == 6


async def test_a_base_that_was_lost_is_there_again(home: OcppHome) -> None:
    """Somebody cleared it, and nothing shows that before Home Assistant dies."""
    await charge(home)
    assert home.point.profiles.remove({"stackLevel": 7})
    await home.live(LOST_BASE_S)

    # Killed: nothing is told any more.
    home.point.lose_link(frozen=True)
    await home.live(125)
    assert home.point.offered_a() == 6


LOST_BASE_S = 330
"""By then a base profile that was lost is there again, s."""
