"""Home Assistant was gone for longer than a lease holds, and the house went on."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ev_lb.chargers.ocpp_profile import (
    ProfileSettings,
    RateUnit,
    Validity,
    base_profile,
    limit_profile,
)

from .homes import make_entry
from .ocpp_homes import CHARGER, SITE, OcppHome
from .test_restart import remember

FUSE_A = 25.0
FAILSAFE_A = 6.0
BEFORE_A = 12.0
SETTINGS = ProfileSettings(
    stack_level=8,
    rate_unit=RateUnit.CURRENT,
    validity=Validity.ABSOLUTE,
    lease_s=120.0,
    fallback_current_a=FAILSAFE_A,
    voltage_v=230.0,
    wires=3,
)


@pytest.fixture
def home(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> OcppHome:
    """Return a home before its start: its car charged at 12 A when it was killed."""
    remember(hass_storage, set_a=BEFORE_A, connected=True)
    options = {"service_current_a": FUSE_A}
    return OcppHome(hass, freezer, make_entry(SITE, options, CHARGER))


def fall_back(home: OcppHome, **habits: Any) -> None:
    """Let the charger be at its failsafe current, as its lease has ended."""
    home.put_up(**habits)
    now = dt_util.utcnow()
    home.point.profiles.install(1, base_profile(SETTINGS, 1, 6.0), now, now)
    home.point.meter_values()
    home.read_meter()
    assert home.point.drawn_a() == FAILSAFE_A


@pytest.mark.parametrize(
    ("tells_offered", "pending", "back_after_s", "meter_after_s", "brought_back"),
    [
        pytest.param(True, False, 0, 0, False, id="all are there"),
        pytest.param(False, True, 0, 0, True, id="a command was on its way"),
        pytest.param(True, True, 12, 0, True, id="it shows what it showed before"),
        pytest.param(False, False, 0, 40, True, id="the meter is last"),
        pytest.param(False, True, 12, 8, False, id="the charger is last"),
        pytest.param(True, False, 90, 0, True, id="it stays away for long"),
    ],
)
async def test_a_start_raises_nobody_onto_a_house_that_rose(
    home: OcppHome,
    hass_storage: dict[str, Any],
    tells_offered: bool,
    pending: bool,
    back_after_s: int,
    meter_after_s: int,
    brought_back: bool,
) -> None:
    """What was set before is no more than what was allowed then."""
    remember(hass_storage, set_a=BEFORE_A, connected=True, pending=pending)
    home.house_a = 18.0
    fall_back(home, tells_offered=tells_offered)
    if meter_after_s:
        home.forget_meter()
    if back_after_s:
        home.point.unavailable()
    if brought_back:
        home.show_drawn(BEFORE_A)
    await home.start()
    for second in range(110):
        if second == back_after_s:
            home.point.reconnect()
            if brought_back:
                home.show_drawn(BEFORE_A)
        await home.live(1, metered=second >= meter_after_s)

    assert home.over_s(FUSE_A) == 0
    assert home.point.drawn_a() >= FAILSAFE_A


async def test_a_short_restart_leaves_a_car_at_what_it_has(home: OcppHome) -> None:
    """The lease has not ended, and the car shows that."""
    fall_back(home)
    now = dt_util.utcnow()
    lease = limit_profile(SETTINGS, 1, BEFORE_A, phases=3, now=now)
    home.point.profiles.install(1, lease, now, now)
    home.point.unavailable()
    home.house_a = 25.0 - BEFORE_A
    await home.start()
    await home.live(12)
    home.point.reconnect()
    await home.live(140)

    assert set(home.drawn_a) == {BEFORE_A}


async def test_a_charger_that_is_back_after_its_lease_is_raised_with_care(
    home: OcppHome,
) -> None:
    """Its set-point was allowed beside another house."""
    home.house_a = 13.0
    fall_back(home)
    await home.start()
    await home.live(100)
    assert home.point.drawn_a() == BEFORE_A

    home.point.unavailable()
    await home.live(150)
    assert home.point.drawn_a() == FAILSAFE_A
    home.house_a = 18.0
    await home.live(5)
    home.point.reconnect()
    await home.live(30)

    assert home.over_s(FUSE_A) == 0
