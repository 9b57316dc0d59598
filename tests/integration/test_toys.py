"""What can be switched in the simulated home, and what the balancer makes of it."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_lb.dashboard.live_document import LiveDocument

from .simulated_site import SECOND_ID, SimulatedSite


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> SimulatedSite:
    """Return a home whose car charges."""
    home = SimulatedSite(hass, freezer)
    await home.start()
    await home.pass_plant_time(60)
    assert set_a(home) == 16
    return home


def set_a(home: SimulatedSite) -> float:
    return float(home.charger("sensor", "current_set"))


def car_a(home: SimulatedSite) -> float:
    return float(home.plant("sensor", "car_current"))


async def test_the_oven_leaves_the_car_less(home: SimulatedSite) -> None:
    await home.switch("oven", "turn_on")
    await home.pass_plant_time(10)

    assert float(home.plant("sensor", "house_l2")) > 15
    assert 6 <= set_a(home) <= 10
    assert home.charger("sensor", "limiting_factor") == "fuse"
    assert car_a(home) == set_a(home)

    await home.switch("oven", "turn_off")
    await home.pass_plant_time(180)
    assert set_a(home) == 16


async def test_the_kettle_is_on_another_phase(home: SimulatedSite) -> None:
    before = float(home.plant("sensor", "house_l1"))

    await home.switch("kettle", "turn_on")
    await home.pass_plant_time(2)

    assert float(home.plant("sensor", "house_l1")) == pytest.approx(before + 9.6, abs=1)
    assert home.plant("switch", "kettle") == "on"


async def test_a_frozen_meter_is_found_out(home: SimulatedSite) -> None:
    await home.switch("meter_frozen", "turn_on")
    # What a car drew when the meter last moved is certain once its charger has
    # reported after that, however late.
    await home.pass_plant_time(30)
    frozen = home.plant("sensor", "meter_l1")
    await home.switch("car_plugged_in", "turn_off")
    # The freshness limit, from when the charger has told that its car is gone.
    await home.pass_plant_time(70)

    assert home.plant("sensor", "meter_l1") == frozen
    assert home.site("binary_sensor", "meter_status") == "off"

    await home.switch("meter_frozen", "turn_off")
    await home.pass_plant_time(30)
    assert home.site("binary_sensor", "meter_status") == "on"


async def test_a_lost_meter_shows_no_other_fault(home: SimulatedSite) -> None:
    await home.switch("meter_connected", "turn_off")
    await home.switch("meter_frozen", "turn_on")
    assert home.plant("sensor", "meter_l1") == "unavailable"

    await home.switch("meter_connected", "turn_on")
    assert home.plant("sensor", "meter_l1") != "unavailable"
    assert home.plant("switch", "meter_frozen") == "on"


async def test_an_offline_charger_is_told_when_it_is_back(home: SimulatedSite) -> None:
    await home.switch("charger_online", "turn_off")
    for platform, key in (
        ("number", "charger_limit"),
        ("switch", "charger_enabled"),
        ("sensor", "car_current"),
        ("sensor", "car_status"),
    ):
        assert home.plant(platform, key) == "unavailable"

    await home.switch("oven", "turn_on")
    await home.pass_plant_time(30)
    assert home.plant("sensor", "car_current") == "unavailable"

    await home.switch("charger_online", "turn_on")
    await home.pass_plant_time(30)
    assert car_a(home) <= 10


async def test_a_deaf_charger_does_not_follow(home: SimulatedSite) -> None:
    await home.switch("charger_deaf", "turn_on")
    await home.switch("oven", "turn_on")
    await home.pass_plant_time(60)

    assert car_a(home) == 16
    assert set_a(home) < 16
    assert home.charger("binary_sensor", "following") == "off"

    await home.switch("charger_deaf", "turn_off")
    await home.pass_plant_time(60)
    assert car_a(home) <= 10
    assert home.charger("binary_sensor", "following") == "on"


async def test_the_card_counts_a_deaf_charger_once(home: SimulatedSite) -> None:
    """The engine counts what it takes beyond its set-point as the house's."""
    await home.switch("charger_deaf", "turn_on")
    await home.switch("oven", "turn_on")
    for _ in range(6):
        await home.pass_plant_time(30)
        controller = home.entry.runtime_data.controller
        document = LiveDocument(home.hass, controller, controller.texts, None)
        sections = document.sections()
        shown = {row["name"]: row["house_a"] for row in sections["phases"]}
        (car,) = sections["chargers"].values()
        assert car["drawn_a"] == [16, 16, 16]
        carried_a = float(home.plant("sensor", "meter_l2"))
        assert shown["L2"] + 16 == pytest.approx(carried_a, abs=1.5)
    assert home.charger("binary_sensor", "following") == "off"


async def test_each_charger_has_faults_of_its_own(home: SimulatedSite) -> None:
    await home.add_second_charger()
    await home.switch("charger_online", "turn_off", SECOND_ID)

    assert home.plant("switch", "charger_online") == "on"
    assert home.plant("number", "charger_limit") != "unavailable"


async def test_a_cloud_takes_the_sun_from_the_car(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = SimulatedSite(hass, freezer, simulated_solar=True, can_export=True)
    await home.start()
    await home.choose_mode("solar")
    await home.pass_plant_time(240)
    sunny_w = float(home.plant("sensor", "solar_power"))
    assert sunny_w > 5000
    assert set_a(home) >= 6

    await home.switch("cloud", "turn_on")
    await home.pass_plant_time(400)
    assert float(home.plant("sensor", "solar_power")) == pytest.approx(
        0.15 * sunny_w, rel=0.05
    )
    assert home.charger("sensor", "limiting_factor") == "solar"
    assert set_a(home) == 0


async def test_a_battery_takes_what_the_sun_leaves(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = SimulatedSite(
        hass, freezer, simulated_solar=True, simulated_battery=True, can_export=True
    )
    await home.start()
    await home.switch("car_plugged_in", "turn_off")
    await home.pass_plant_time(60)

    assert float(home.plant("sensor", "battery_power")) > 1000
    assert float(home.plant("sensor", "battery_soc")) > 50
    assert home.site("number", "home_battery_soc_min") != "unavailable"
