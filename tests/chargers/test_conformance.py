"""What every driver holds: no command is lost, and none is believed too early.

What came of each trial stands in `docs/chargers/README.md`, and a trial whose
word there is another one fails. `EV_LB_WRITE_TABLE=1` has the run write it.
"""

from collections.abc import AsyncIterator
import os

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from .conformance import TRIALS, commit, committed
from .family_rigs import BENCHES, Bench


@pytest.fixture(params=BENCHES)
async def driver(request: pytest.FixtureRequest) -> str:
    """Return each driver's name in turn."""
    name: str = request.param
    return name


@pytest.fixture
async def rig(
    driver: str, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> AsyncIterator[Bench]:
    """Return its charger, offering all it can."""
    rig = BENCHES[driver](hass, freezer)
    yield rig
    await rig.close()


@pytest.mark.parametrize("trial", TRIALS)
async def test_a_driver_holds_what_the_table_says(
    rig: Bench, driver: str, trial: str
) -> None:
    word = await TRIALS[trial](rig)

    if "EV_LB_WRITE_TABLE" in os.environ:
        commit(driver, trial, word, list(BENCHES))
    assert committed()[driver][trial] == word


def test_the_table_has_what_is_tried_and_nothing_else() -> None:
    table = committed()
    assert list(table) == list(BENCHES)
    assert all(list(row) == list(TRIALS) for row in table.values())
