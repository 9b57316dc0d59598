"""Random mixtures of what stations do and suffer: the fuse holds.

`scripts/bench --ocpp-drill N` plays N of them, and prints a row for each.
"""

import os
import sys

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from .ocpp_mixture import Mixture

FIRST = int(os.environ.get("EV_LB_OCPP_DRILL_SEED", "0"))
COUNT = int(os.environ.get("EV_LB_OCPP_DRILL", "2"))
STATIONS = int(os.environ.get("EV_LB_OCPP_DRILL_STATIONS", "0"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
async def test_the_fuse_holds_whatever_the_stations_do(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seed: int
) -> None:
    seen = await Mixture(hass, freezer, seed, STATIONS).play()
    sys.stdout.write(f"\n{seen}\n")
    assert seen.holds, seen
