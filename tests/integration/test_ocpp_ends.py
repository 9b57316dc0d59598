"""Charge points whose charge ends at 0 A: what begins again holds nothing up."""

from datetime import timedelta
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.doubles.ocpp_station import ACCEPTS, CURRENT, ENDS, REJECTS

from .ocpp_mixture import GOAL_S, Mixture


class Ending(Mixture):
    """Two of them on 32 A, in a house whose load steps."""

    def put_up(self) -> None:
        """Let them answer orders from afar as it comes."""
        self.fuse_a = 32.0
        for point in self.points:
            point.zero, point.measures = ENDS, CURRENT
            point.remote = self.random.choice([REJECTS, ACCEPTS])
            point.tells_offered, point.shows_as_offered_a = True, None
            point.late_s, point.clock_error = 0.0, timedelta(0)
            point.outlets[1].car_phases, point.outlets[1].car_a = 3, 32.0

    @property
    @override
    def _events(self) -> list[Any]:
        return [self._house_changes]


@pytest.mark.parametrize("seed", range(1001, 1004))
async def test_a_charge_that_does_not_begin_again_holds_no_other_up(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seed: int
) -> None:
    """It counts as drawing at most until the meter has shown its last command twice."""
    home = Ending(hass, freezer, seed, 2)
    home.put_up()
    seen = await home.play()
    assert seen.over_s <= 2 * GOAL_S, seen
