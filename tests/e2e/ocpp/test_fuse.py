"""Three OCPP charge points on one fuse hold it, whatever they and Home Assistant do."""

import asyncio
from collections.abc import Callable
import logging
from pathlib import Path
import time
from typing import Final

import pytest

from tests.doubles.ocpp_station import ACCEPTS, IGNORES, MUTE, REJECTS

from .charge_point import LiveChargePoint
from .home import (
    FUSE_A,
    HOUSE_A,
    LEASE_S,
    LEFT_ALONE_A,
    RESPONSE_TIME_S,
    TOLERANCE_A,
    OcppHome,
)

_LOGGER = logging.getLogger(__name__)

pytestmark = pytest.mark.e2e

LOOP_S: Final = RESPONSE_TIME_S + 8.0
"""From a load to the last car that gives way, at worst: a step of the house while cars
still follow the last command is told from theirs after their response time, and 3 s in
which the meter's value may be old; then the command, the car's dead time and its ramp,
and what a busy machine takes."""
STUBBORN_S: Final = LOOP_S + RESPONSE_TIME_S + 5.0
"""The same where one car does not give way: others do when its response time is over, a
measurement of it may be 2 s old, and it is measured every 2.5 s."""
CALM_S: Final = RESPONSE_TIME_S + 3.0
LATE_S: Final = 3.0
KETTLE_A: Final = 6.0


class Play:
    """The course of the test, chapter after chapter."""

    def __init__(self, home: OcppHome) -> None:
        """Play in this home."""
        self.home = home
        self._chapter = ""
        self._since_s = time.monotonic()
        self._allowed_s = LOOP_S

    def chapter(self, name: str, allowed_s: float = LOOP_S) -> None:
        """Judge the last chapter, and begin a new one.

        `allowed_s` is how long the fuse may carry too much in it, on end.
        """
        over_s = self.home.over_s(self._since_s)
        if self._chapter:
            _LOGGER.info(
                "%s: %.1f s, over the fuse for %.1f s at most",
                self._chapter,
                time.monotonic() - self._since_s,
                over_s,
            )
        assert over_s <= self._allowed_s, f"{self._chapter}: {over_s:.1f} s too much"
        self._chapter, self._allowed_s = name, allowed_s
        self._since_s = time.monotonic()

    async def until(self, holds: Callable[[], bool], within_s: float = 30) -> None:
        """Wait until something holds."""
        deadline_s = time.monotonic() + within_s
        while not holds():
            await asyncio.sleep(0.05)
            if time.monotonic() < deadline_s:
                continue
            drawn = [round(point.station.flowing_a, 1) for point in self.home.points]
            offered = [point.station.offered_a() for point in self.home.points]
            pytest.fail(
                f"{self._chapter}: not within {within_s:g} s; drawn {drawn}, "
                f"offered {offered}, {self.home.load_a():.1f} A on the fuse"
            )

    async def settle(self) -> None:
        """Wait until all cars charge, and the fuse carries no more than it may."""
        await self.until(lambda: all(draws(point) for point in self.home.points))
        await self.until(self.fits)

    def fits(self) -> bool:
        """Return whether the fuse carries no more than it may."""
        return self.home.load_a() <= FUSE_A + TOLERANCE_A

    def is_used(self) -> bool:
        """Return whether what the fuse may carry is used, but for the last steps."""
        return self.home.load_a() > FUSE_A - 3

    def is_left_alone(self) -> bool:
        """Return whether each charger fell back."""
        return all(
            point.station.offered_a() == LEFT_ALONE_A for point in self.home.points
        )

    async def kettle(self, within_s: float) -> None:
        """Switch one more kettle on; in that time, the fuse carries what it may.

        All cars keep to what they were told before.
        """
        await asyncio.sleep(CALM_S)
        self.home.house_a[1] += KETTLE_A
        await self.until(lambda: not self.fits(), within_s=1)
        await self.until(self.fits, within_s)


def draws(point: LiveChargePoint, current_a: float = 5.9) -> bool:
    """Return whether a car charges with more than that."""
    return point.station.flowing_a > current_a


@pytest.mark.parametrize("python", [".venv"], ids=["tested release"], indirect=True)
def test_the_fuse_holds(python: Path, tmp_path: Path) -> None:
    asyncio.run(_play(OcppHome(tmp_path, python)))


async def _play(home: OcppHome) -> None:
    async with home:
        play = Play(home)
        await home.start(onboard=True)
        await home.connected()
        await home.add_site()
        await _cars_come_and_go(play)
        await _chargers_misbehave(play)
        await _links_break(play)
        await _home_assistant_ends(play)
        play.chapter("end")


async def _cars_come_and_go(play: Play) -> None:
    home = play.home
    play.chapter("plug-in")
    garage, yard, barn = home.points
    for point in (garage, barn):
        point.plug_in()
        await play.until(lambda point=point: draws(point))

    play.chapter("unplug")
    garage.unplug()
    for point in (yard, garage):
        point.plug_in()
        await play.until(lambda point=point: draws(point))
    await play.settle()
    await play.until(play.is_used)

    play.chapter("kettle")
    await play.kettle(LOOP_S)


async def _chargers_misbehave(play: Play) -> None:
    garage, yard, barn = play.home.points
    play.chapter("late", STUBBORN_S)
    barn.station.late_s = LATE_S
    await play.kettle(STUBBORN_S)
    barn.station.late_s = 0.0
    for answers, charger in ((REJECTS, garage), (IGNORES, yard), (MUTE, barn)):
        # Whoever does not follow in its response time is given up: others give way.
        play.chapter(answers, STUBBORN_S)
        charger.station.answers = answers
        await play.kettle(STUBBORN_S)
        charger.station.answers = ACCEPTS
        charger.outlet.frozen_a = None
        await play.settle()


async def _links_break(play: Play) -> None:
    garage, _, barn = play.home.points
    play.chapter("drop", STUBBORN_S)
    garage.drop()
    await play.kettle(STUBBORN_S)
    garage.find_again()
    await play.settle()

    play.chapter("reboot", STUBBORN_S)
    await barn.reboot(forgets=True)
    await play.settle()


async def _home_assistant_ends(play: Play) -> None:
    home = play.home
    play.chapter("restart")
    await home.stop()
    home.house_a = [HOUSE_A] * 3
    await home.start()
    await play.until(play.is_used, within_s=90)

    play.chapter("kill", LEASE_S)
    await home.stop(kill=True)
    home.house_a[1] += 5 * KETTLE_A
    await play.until(play.is_left_alone, within_s=LEASE_S + LOOP_S)
    await asyncio.sleep(LOOP_S)
    assert play.fits()
