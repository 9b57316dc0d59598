"""Links to a charge point that break, and come back."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from .homes import make_entry
from .ocpp_homes import CHARGER, SITE, OcppHome

FUSE_A = 25.0
AT_ONCE_S = 2
"""From the first message after a link broke to what the car draws, s."""


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> OcppHome:
    """Return a home of 25 A whose car charges at 16 A."""
    options = {"service_current_a": FUSE_A}
    home = OcppHome(hass, freezer, make_entry(SITE, options, CHARGER))
    home.put_up()
    await home.start()
    await home.live(60)
    assert home.point.drawn_a() == 16
    return home


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("away_s", [7, 33, 85])
async def test_whoever_is_back_is_told_at_once(
    home: OcppHome, frozen: bool, away_s: int
) -> None:
    """Not when the next ping comes, nor when a retry is due."""
    home.point.lose_link(frozen=frozen)
    home.house_a = 15.0
    await home.live_apart(away_s)
    assert home.load_a > FUSE_A

    home.point.find_link()
    home.loads_a.clear()
    await home.live_apart(20)

    assert home.over_s(FUSE_A) <= AT_ONCE_S
