"""What comes back after a restart, and what does not happen during it."""

from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.sensor import RestoreSensor
from homeassistant.const import UnitOfPower
from homeassistant.core import HomeAssistant, State
import pytest
from pytest_homeassistant_custom_component.common import (
    MockEntityPlatform,
    async_fire_time_changed_exact,
    mock_restore_cache_with_extra_data,
)

from .homes import CHARGER_ID, NUMBER, POWER, Home, make_entry


def remember(hass_storage: dict[str, Any], **memory: Any) -> None:
    """Leave on the disk what a killed process would have left."""
    hass_storage["ev_lb.home"] = {
        "version": 1,
        "minor_version": 1,
        "key": "ev_lb.home",
        "data": {
            "chargers": {
                CHARGER_ID: {
                    "set_a": 18.0,
                    "pending": False,
                    "manual_limit_a": None,
                    **memory,
                }
            }
        },
    }


@pytest.fixture
def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    return Home(hass, freezer, make_entry())


async def test_set_points_are_on_the_disk_within_a_second(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    await home.install_charger()
    home.meter(3000)
    await home.start()

    await home.pass_time(1)

    stored = hass_storage["ev_lb.home"]["data"]["chargers"][CHARGER_ID]
    assert (stored["set_a"], stored["pending"]) == (18.0, False)
    assert stored["manual_limit_a"] is None


async def test_the_set_point_comes_back_and_the_charger_stays_at_it(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    remember(hass_storage)
    await home.install_charger(18)
    home.meter(3000 + 18 * 230)
    await home.start()

    assert home.set_a == 18
    await home.pass_time(60, 3000 + 18 * 230)
    assert home.set_a == 18
    assert home.calls == [("set_value", 18.0)]  # once more what it had


async def test_a_meter_that_starts_later_interrupts_no_charge(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    remember(hass_storage)
    await home.install_charger(18)
    await home.start()
    assert home.set_a == 18

    await home.pass_time(30)
    assert home.calls == []
    await home.pass_time(30, 3000 + 18 * 230)

    assert home.set_a == 18
    assert home.calls == [("set_value", 18.0)]  # once more what it had


async def test_a_meter_that_does_not_come_is_lost(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    remember(hass_storage)
    await home.install_charger(18)
    await home.start()

    await home.pass_time(62)

    assert home.set_a == 0
    assert home.told_a == 0
    assert home.state("binary_sensor", "meter_status") == "off"


async def test_nothing_is_raised_before_a_fresh_reading(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    remember(hass_storage, set_a=8.0)
    await home.install_charger(8)
    # The meter's state is from before the restart.
    home.meter(1000 + 8 * 230)
    home.freezer.tick(10)
    await home.start()
    await home.pass_time(40)
    assert home.set_a == 8
    assert home.calls == [("set_value", 8.0)]

    await home.pass_time(40, 1000 + 8 * 230)
    assert home.set_a > 8


class MeterWithMemory(RestoreSensor):
    """A meter that shows what it showed before the restart until its device reports."""

    entity_id = POWER
    _attr_should_poll = False
    _attr_native_unit_of_measurement = UnitOfPower.WATT

    @override
    async def async_added_to_hass(self) -> None:
        """Bring the last value back, as its integration does."""
        data = await self.async_get_last_sensor_data()
        assert data is not None
        self._attr_native_value = data.native_value
        self.async_write_ha_state()


@pytest.mark.parametrize("meter_comes", ["first", "later"])
async def test_a_value_that_is_brought_back_is_no_news(
    home: Home, hass_storage: dict[str, Any], meter_comes: str
) -> None:
    """Many meters show their last value after a restart, before they know anything."""
    remember(hass_storage, set_a=0.0)
    value = {"native_value": 3000, "native_unit_of_measurement": "W"}
    mock_restore_cache_with_extra_data(home.hass, [(State(POWER, "3000"), value)])
    # The device was heard a while ago.
    home.freezer.tick(3600)
    await home.install_charger(0)
    meter = MeterWithMemory()
    if meter_comes == "later":
        await home.start()
    await MockEntityPlatform(home.hass, domain="sensor").async_add_entities([meter])
    await home.hass.async_block_till_done()
    if meter_comes == "first":
        await home.start()

    await home.pass_time(50)
    assert home.told_a == 0
    assert home.state("binary_sensor", "meter_status") == "off"

    # That the device tells just the same is news.
    meter.async_write_ha_state()
    await home.pass_time(1)
    assert home.state("binary_sensor", "meter_status") == "on"
    assert home.told_a == 18


async def test_a_stop_that_had_not_held_is_sent_again(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    remember(hass_storage, set_a=0.0, pending=True)
    await home.install_charger(18)
    home.meter(9000)
    await home.start()

    assert home.calls == [("turn_off", None)]


async def test_a_charger_above_its_set_point_is_brought_down(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    remember(hass_storage)
    await home.install_charger(32)
    await home.start()

    assert home.calls == [("set_value", 18.0)]


async def test_a_charger_that_was_lowered_meanwhile_is_not_raised_blindly(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    remember(hass_storage)
    await home.install_charger(10)
    await home.start()
    await home.pass_time(30)

    assert home.set_a == 10
    assert home.calls == []


async def test_a_start_is_on_the_disk_at_once(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    await home.install_charger()
    home.meter(3000)
    await home.start()
    assert home.told_a == 18

    # No time passes.
    async_fire_time_changed_exact(home.hass)
    await home.hass.async_block_till_done()

    stored = hass_storage["ev_lb.home"]["data"]["chargers"][CHARGER_ID]
    assert stored["set_a"] == 18


@pytest.mark.parametrize("seen", ["at once", "before the meter", "after the meter"])
async def test_a_start_that_was_not_acknowledged_is_not_taken_back(
    home: Home, hass_storage: dict[str, Any], seen: str
) -> None:
    """The kill came between the command and the answer: the charger shows what it took."""
    remember(hass_storage, set_a=0.0, pending=True, wished_a=18.0)
    await home.install_charger(18)
    if seen != "at once":
        home.hass.states.async_set(NUMBER, "unavailable")
    await home.start()
    if seen == "before the meter":
        home.set_number(18)
        await home.pass_time(2)
        assert home.calls == []
    await home.pass_time(1, 3000 + 18 * 230)
    home.set_number(18)
    await home.pass_time(60, 3000 + 18 * 230)

    assert home.set_a == home.told_a == 18
    assert set(home.calls) <= {("set_value", 18.0), ("turn_on", None)}


async def test_a_start_that_did_not_get_there_waits_for_the_meter(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    remember(hass_storage, set_a=0.0, pending=True, wished_a=18.0)
    await home.install_charger(0)
    await home.start()
    await home.pass_time(20)
    assert home.told_a == 0

    await home.pass_time(60, 3000)
    assert home.told_a == 18


async def test_a_charger_above_a_start_that_was_on_its_way_is_brought_down(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    remember(hass_storage, set_a=0.0, pending=True, wished_a=18.0)
    await home.install_charger(32)
    await home.start()

    assert home.calls == [("set_value", 18.0)]


async def test_settings_and_a_manual_limit_come_back(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    remember(hass_storage, set_a=9.0, manual_limit_a=9.0)
    home = Home(
        hass,
        freezer,
        make_entry(
            options={"service_current_a": 20.0, "ramp_up_time_s": 45.0},
            charger={"max_current_a": 13.0, "min_current_a": 7.0},
        ),
    )
    await home.install_charger(9)
    home.meter(1000 + 9 * 230)
    await home.start()
    await home.pass_time(60, 1000 + 9 * 230)

    assert home.state("number", "service_current") == "20.0"
    assert home.state("number", "ramp_up_time") == "45.0"
    assert home.charger_state("number", "max_charger_current") == "13.0"
    assert home.charger_state("number", "min_ev_current") == "7.0"
    assert home.state("switch", "enabled") == "on"
    assert home.set_a == 9
    assert home.charger_state("sensor", "limiting_factor") == "manual"


async def test_a_broken_memory_is_forgotten(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    remember(hass_storage, surprise=True)
    await home.install_charger()
    home.meter(3000)
    await home.start()

    assert home.set_a == 18


async def test_what_is_remembered_goes_with_the_site(
    hass: HomeAssistant, home: Home, hass_storage: dict[str, Any]
) -> None:
    await home.install_charger()
    home.meter(3000)
    await home.start()
    await home.pass_time(1, 3000)
    assert "ev_lb.home" in hass_storage

    await hass.config_entries.async_remove("home")
    await home.pass_time(1)

    assert "ev_lb.home" not in hass_storage


@pytest.mark.parametrize(
    ("kept", "set_a", "factor"),
    [
        ({"limits": {"import_cap_w": 3500.0}}, 11, "import_cap"),
        ({"limits": {"import_cap_w": "inf"}}, 28, "fuse"),
        ({}, 0, "limit_unknown"),
        ({"limits": {"import_cap_w": "many"}}, 0, "limit_unknown"),
        ({"limits": []}, 0, "limit_unknown"),
    ],
)
async def test_an_import_limit_holds_before_its_entity_is_back(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    kept: dict[str, Any],
    set_a: float,
    factor: str,
) -> None:
    """It counts as it was stated before; what was not is taken for the worst."""
    remember(hass_storage)
    hass_storage["ev_lb.home"]["data"] |= kept
    entry = make_entry(site={"import_limit_entity": "sensor.limit"})
    home = Home(hass, freezer, entry)
    await home.install_charger(18)
    home.meter(920 + 18 * 230)
    await home.start()
    await home.pass_time(5, 920 + 18 * 230)
    assert home.set_a <= set_a
    await home.pass_time(40, 920 + home.set_a * 230)
    assert home.set_a == set_a
    assert home.charger_state("sensor", "limiting_factor") == factor

    hass.states.async_set("sensor.limit", "2300", {"unit_of_measurement": "W"})
    await hass.async_block_till_done()
    await home.pass_time(2)
    stored = hass_storage["ev_lb.home"]["data"]["limits"]
    assert stored["import_cap_w"] == 2300.0
