"""The blueprints that come with the integration do what they say."""

from datetime import datetime
from pathlib import Path
import shutil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint import models
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util, yaml as yaml_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.ev_lb.const import CHARGER_CHARGING_MODES

from .big_site import BigSite, big_entry

FOLDER = Path(__file__).parents[2] / "blueprints" / "automation" / "ev_lb"
PRICE = "sensor.price"


@pytest.fixture
async def site(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> BigSite:
    """Return a running site with sun and battery."""
    freezer.move_to("2026-06-15 05:00:00+00:00")
    await hass.config.async_set_time_zone("UTC")
    site = BigSite(hass, freezer, big_entry())
    await site.start()
    await site.pass_time(60)
    return site


@pytest.fixture
def configuration(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return a configuration folder into which the blueprints were imported."""
    folder = tmp_path / "blueprints" / "automation" / "ev_lb"
    shutil.copytree(FOLDER, folder)
    hass.config.config_dir = str(tmp_path)
    return tmp_path


async def automate(hass: HomeAssistant, blueprint: str, **inputs: Any) -> None:
    """Make an automation of a blueprint as its form does."""
    automation = {
        "alias": blueprint,
        "use_blueprint": {"path": f"ev_lb/{blueprint}.yaml", "input": inputs},
    }
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    await hass.async_block_till_done()
    state = hass.states.get(f"automation.{blueprint}")
    assert state is not None
    assert state.state == "on"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda p: p.stem)
def test_a_blueprint_is_whole(path: Path) -> None:
    blueprint = models.Blueprint(
        yaml_util.load_yaml_dict(path),
        expected_domain="automation",
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )
    assert blueprint.validate() is None
    assert blueprint.metadata["source_url"].endswith(f"automation/ev_lb/{path.name}")


async def test_the_phone_is_told_why_a_car_is_limited(
    site: BigSite, configuration: Path
) -> None:
    told = async_mock_service(site.hass, "notify", "phone")
    await automate(
        site.hass,
        "car_limited",
        limiting_factor=site.entity_id("sensor", "limiting_factor", "garage"),
        reason=site.entity_id("sensor", "reason", "garage"),
        lasts={"seconds": 60},
        actions=[{"action": "notify.phone", "data": {"message": "{{ message }}"}}],
    )
    site.house_a = (30.0, 2.0, 2.0)
    await site.pass_time(30)
    assert site.state("sensor", "limiting_factor", "garage") == "fuse"
    assert told == []
    await site.pass_time(60)
    assert [call.data["message"] for call in told] == [
        site.state("sensor", "reason", "garage")
    ]


async def test_a_car_charges_in_cheap_hours(site: BigSite, configuration: Path) -> None:
    hass = site.hass
    mode = site.entity_id("select", "charging_mode", "garage")
    hass.states.async_set(PRICE, "0.30")
    await automate(
        hass,
        "cheap_hours",
        charging_mode=mode,
        price=PRICE,
        cheap_below=0.2,
        dear_mode="eco",
    )
    for price, expected in (
        ("0.31", "eco"),
        ("0.12", "standard"),
        ("unavailable", "standard"),
        ("0.25", "eco"),
    ):
        hass.states.async_set(PRICE, price)
        await hass.async_block_till_done()
        assert site.state("select", "charging_mode", "garage") == expected, price


async def test_the_sun_charges_by_day_and_the_grid_by_night(
    site: BigSite, configuration: Path
) -> None:
    hass = site.hass
    await automate(
        hass, "solar_by_day", charging_mode=site.entity_id("select", "charging_mode")
    )
    for moment, expected in (("07:00:01", "solar"), ("22:00:01", "standard")):
        time = datetime.fromisoformat(f"2026-06-15T{moment}").replace(
            tzinfo=dt_util.UTC
        )
        site.freezer.move_to(time)
        async_fire_time_changed(hass, time)
        await hass.async_block_till_done()
        assert site.state("select", "charging_mode") == expected
    # It would wait for the next morning.
    await hass.services.async_call(
        "automation",
        "turn_off",
        {"entity_id": "automation.solar_by_day"},
        blocking=True,
    )


def test_all_modes_that_are_offered_exist() -> None:
    for path in FOLDER.glob("*.yaml"):
        inputs = yaml_util.load_yaml_dict(path)["blueprint"]["input"]
        for name, content in inputs.items():
            if name.endswith("_mode") and "default" in content:
                offered = content["selector"]["select"]["options"]
                assert set(offered) <= set(CHARGER_CHARGING_MODES), path.name


async def test_the_phone_is_told_of_a_session(
    site: BigSite, configuration: Path
) -> None:
    told = async_mock_service(site.hass, "notify", "phone")
    message = [{"action": "notify.phone", "data": {"message": "{{ message }}"}}]
    await automate(site.hass, "session_finished", actions=message)
    row = {"charger": "Garage", "energy_kwh": 21.42, "currency": "EUR"}
    for more in (
        {"cost": 4.618, "solar_percent": 62.6},
        {"cost": None, "solar_percent": None},
        {"cost": 1.0, "solar_percent": 0.0, "energy_kwh": 0.2},
    ):
        site.hass.bus.async_fire("ev_lb_session_finished", {**row, **more})
        await site.hass.async_block_till_done()
    assert [call.data["message"] for call in told] == [
        "Garage: 21.4 kWh, 4.62 EUR, 63 % ☀",
        "Garage: 21.4 kWh",
    ]
