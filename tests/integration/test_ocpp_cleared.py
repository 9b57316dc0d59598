"""What others told a charge point is cleared once, and then has its time."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.doubles.ocpp_station import Outlet

from .homes import make_entry
from .ocpp_homes import CHARGER, SITE, OcppHome

FUSE_A = 25.0


@pytest.mark.parametrize("tells_offered", [True, False])
@pytest.mark.parametrize(("late_s", "car_a"), [(0.0, 32.0), (4.0, 10.0), (8.0, 10.0)])
async def test_who_comes_back_without_profiles_is_told_them_and_not_cleared(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    late_s: float,
    car_a: float,
    tells_offered: bool,
) -> None:
    """It offers all that it can until then, and its car may take less than that."""
    home = OcppHome(
        hass, freezer, make_entry(SITE, {"service_current_a": FUSE_A}, CHARGER)
    )
    outlet = Outlet(status="Preparing", car_a=car_a)
    home.put_up(outlets={1: outlet}, late_s=late_s, tells_offered=tells_offered)
    await home.start()
    await home.live(5)
    home.point.set_status("Charging")
    for turn in range(6):
        home.house_a = 16.0 + turn % 2 / 10
        await home.live(10)
    home.loads_a.clear()

    home.point.profiles.clear()
    home.point.reconnect()
    for turn in range(4):
        home.house_a = 16.0 + turn % 2 / 10
        await home.live(10)
    assert home.over_s(FUSE_A) <= late_s + 5
    assert "clear_profile" not in dict(home.ocpp.calls)
