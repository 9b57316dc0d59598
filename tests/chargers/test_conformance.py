"""What every driver holds: no command is lost, and none is believed too early."""

from collections.abc import AsyncIterator

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from .rigs import ActionsRig, EntitiesRig, OcppRig, Rig

RIGS = {"actions": ActionsRig, "entities": EntitiesRig, "ocpp": OcppRig}


@pytest.fixture(params=RIGS)
async def rig(
    request: pytest.FixtureRequest, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> AsyncIterator[Rig]:
    """Return each kind of charger in turn, offering 32 A."""
    rig = RIGS[request.param](hass, freezer)
    yield rig
    await rig.close()


async def test_a_limit_is_taken_and_known(rig: Rig) -> None:
    await rig.wish(10)

    assert rig.charger_a == 10
    assert not rig.sender.pending
    assert rig.sender.accepted is not None
    assert rig.sender.accepted.value == 10
    assert not rig.failures


async def test_it_stops_and_starts(rig: Rig) -> None:
    await rig.wish(10)
    await rig.wish(0, 30)
    assert rig.charger_a == 0
    assert not rig.sender.pending

    await rig.wish(8)
    assert rig.charger_a == 8


async def test_a_refused_cut_counts_as_not_made_until_it_holds(rig: Rig) -> None:
    await rig.wish(16)
    rig.refuse(True)
    await rig.wish(8, 60)

    assert rig.charger_a == 16
    assert rig.sender.pending
    assert rig.failures
    assert rig.sender.accepted is not None
    assert rig.sender.accepted.value == 16

    rig.refuse(False)
    await rig.pass_time(100)
    assert rig.charger_a == 8
    assert not rig.sender.pending


async def test_the_newest_wish_wins_at_once(rig: Rig) -> None:
    await rig.wish(16)
    rig.refuse(True)
    await rig.wish(10, 3)
    rig.refuse(False)
    await rig.wish(7, 1)

    assert rig.charger_a == 7
    assert not rig.sender.pending


async def test_who_is_away_is_told_when_it_is_back(rig: Rig) -> None:
    await rig.wish(16)
    rig.go_away()
    await rig.wish(8, 5)
    assert rig.sender.pending

    rig.come_back()
    rig.sender.forget()
    await rig.pass_time(40)
    assert rig.charger_a == 8
    assert not rig.sender.pending


async def test_a_restart_knows_nothing_and_tells_again(rig: Rig) -> None:
    await rig.wish(16)
    await rig.sender.async_close()
    await rig.driver.async_unload()

    rig.start(assumed_a=16)
    assert rig.sender.accepted is None
    await rig.wish(9)
    assert rig.charger_a == 9
    assert not rig.sender.pending


async def test_it_is_left_at_a_current(rig: Rig) -> None:
    await rig.wish(16)
    assert await rig.sender.async_leave_at(6, 10)
    assert rig.charger_a == 6


async def test_a_reset_ends_with_the_limit_that_holds(rig: Rig) -> None:
    await rig.wish(12)
    rig.sender.reset()
    await rig.wish(12, 15)
    assert rig.charger_a == 12
    assert not rig.failures
