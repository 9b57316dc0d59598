"""A meter that is lost: however it fails, no car charges on an old number."""

from collections.abc import Awaitable, Callable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from .homes import CURRENTS, POWER, Home, make_entry

type MakeHome = Callable[..., Awaitable[Home]]


@pytest.fixture
def charging(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> MakeHome:
    """Return what makes a home whose car charges at 18 A."""

    async def make(**site: Any) -> Home:
        home = Home(hass, freezer, make_entry(site))
        await home.start_charging()
        return home

    return make


BROKEN = [
    pytest.param("unavailable", "W", id="unavailable"),
    pytest.param("unknown", "W", id="unknown"),
    pytest.param("", "W", id="empty"),
    pytest.param("nan", "W", id="nan"),
    pytest.param("inf", "W", id="inf"),
    pytest.param("-inf", "W", id="minus inf"),
    pytest.param("on", "W", id="text"),
    pytest.param("1e9", "W", id="more than any home draws"),
    pytest.param("7.1", "A", id="another quantity"),
    pytest.param("7140", "VA", id="another unit"),
    pytest.param("7140", None, id="no unit"),
    # 7140 W that say they are kW.
    pytest.param("7140", "kW", id="kW for W"),
]


@pytest.mark.parametrize(("value", "unit"), BROKEN)
async def test_a_broken_reading_stops_the_car(
    charging: MakeHome, value: str, unit: str
) -> None:
    home = await charging()

    await home.report(value, unit)

    assert home.set_a == 0
    assert home.told_a == 0
    assert home.state("binary_sensor", "meter_status") == "off"
    assert home.state("binary_sensor", "fallback_active") == "on"
    assert home.charger_state("sensor", "limiting_factor") == "meter_lost"
    assert home.state("sensor", "available_current") == "unknown"


async def test_a_meter_that_is_removed_is_lost(
    hass: HomeAssistant, charging: MakeHome
) -> None:
    home = await charging()

    hass.states.async_remove(POWER)
    await hass.async_block_till_done()

    assert home.set_a == 0


async def test_a_silent_meter_is_lost_after_its_freshness_limit(
    charging: MakeHome,
) -> None:
    home = await charging(freshness_limit_s=30.0)

    await home.pass_time(29)
    assert home.set_a == 18
    await home.pass_time(2)
    assert home.set_a == 0
    assert home.state("binary_sensor", "meter_status") == "off"


async def test_unchanged_reports_keep_the_meter_fresh(charging: MakeHome) -> None:
    home = await charging(freshness_limit_s=30.0)

    await home.pass_time(90, 3000 + 18 * 230)

    assert home.set_a == 18
    assert home.state("binary_sensor", "meter_status") == "on"


async def test_ignoring_the_loss_holds_the_current(charging: MakeHome) -> None:
    home = await charging(meter_loss_behavior="ignore")

    await home.report("unavailable")
    await home.pass_time(120)

    assert home.set_a == 18
    assert home.state("binary_sensor", "meter_status") == "off"


async def test_a_fallback_current_is_set(charging: MakeHome) -> None:
    home = await charging(meter_loss_behavior="set_current", fallback_current_a=8.0)

    await home.report("unavailable")

    assert home.set_a == 8
    assert home.told_a == 8
    assert home.state("sensor", "configured_fallback") == "set_current"


async def test_the_balance_is_back_when_the_meter_is(charging: MakeHome) -> None:
    home = await charging()
    await home.report("unavailable")
    assert home.set_a == 0

    await home.pass_time(240, 3000)

    assert home.set_a == 18
    assert home.state("binary_sensor", "meter_status") == "on"
    assert home.state("binary_sensor", "fallback_active") == "off"


async def test_a_meter_in_kilowatt_is_understood(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = Home(hass, freezer, make_entry())
    await home.install_charger()
    home.meter("3.0", "kW")
    await home.start()

    assert home.set_a == 18


async def test_an_inverted_meter_is_understood(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = Home(hass, freezer, make_entry({"invert_sign": True}))
    await home.install_charger()
    home.meter(-3000)
    await home.start()

    assert home.set_a == 18


PHASES = {
    "phases": 3,
    "l1_entity": CURRENTS[0],
    "l2_entity": CURRENTS[1],
    "l3_entity": CURRENTS[2],
}


@pytest.mark.parametrize(
    ("kind", "values", "unit"),
    [
        ("phase_current", (10, 14, 2), "A"),
        ("phase_current", (10000, 14000, 2000), "mA"),
        ("phase_power", (2300, 3220, 460), "W"),
        ("phase_power", (2.3, 3.22, 0.46), "kW"),
    ],
)
async def test_the_fullest_phase_counts(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    kind: str,
    values: tuple[float, ...],
    unit: str,
) -> None:
    home = Home(
        hass,
        freezer,
        make_entry(
            PHASES | {"meter_kind": kind}, charger={"phases": ["l1", "l2", "l3"]}
        ),
    )
    await home.install_charger()
    for entity_id, value in zip(CURRENTS, values, strict=True):
        home.meter(value, unit, entity_id)
    await home.start()

    assert home.set_a == 18
    limiting = hass.states.get(home.entity_id("sensor", "limiting_factor", "garage"))
    assert limiting is not None
    assert limiting.state == "fuse"
    assert limiting.attributes["phase"] == "L2"
    assert home.state("sensor", "available_current") == "18.0"
    assert home.state("sensor", "available_current_l3") == "30.0"


async def test_a_car_on_one_phase_does_not_mind_the_others(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    site = PHASES | {"meter_kind": "phase_current"}
    home = Home(hass, freezer, make_entry(site, charger={"phases": ["l3"]}))
    await home.install_charger()
    for entity_id, value in zip(CURRENTS, (30, 14, 2), strict=True):
        home.meter(value, "A", entity_id)
    await home.start()
    assert home.set_a == 30

    home.meter("unavailable", "A", CURRENTS[0])
    await hass.async_block_till_done()
    assert home.set_a == 30

    home.meter("unavailable", "A", CURRENTS[2])
    await hass.async_block_till_done()
    assert home.set_a == 0


@pytest.mark.parametrize(("value", "unit"), BROKEN)
async def test_a_failed_poll_a_minute_stops_no_car(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, value: str, unit: str
) -> None:
    """The last good value counts on for the grace, and no longer."""
    home = Home(hass, freezer, make_entry(options={"meter_grace_s": 10.0}))
    await home.start_charging()
    for _ in range(2):
        await home.report(value, unit)
        await home.pass_time(9)
        assert home.set_a == 18
        assert home.state("binary_sensor", "meter_status") == "on"
        await home.pass_time(50, 3000 + 18 * 230)
        assert home.set_a == 18

    await home.report(value, unit)
    await home.pass_time(11)
    assert home.set_a == 0
    assert home.state("binary_sensor", "meter_status") == "off"
