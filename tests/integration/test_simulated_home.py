"""The simulated home: a plant that lives by itself, balanced like a real one."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from .simulated_site import CHARGER_ID, ENTRY_ID, SECOND_ID, SimulatedSite


@pytest.fixture
async def site(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> SimulatedSite:
    site = SimulatedSite(hass, freezer)
    await site.start()
    return site


async def test_the_car_charges_within_the_fuse(site: SimulatedSite) -> None:
    await site.pass_plant_time(300)

    set_a = float(site.charger("sensor", "current_set"))
    assert 6 <= set_a <= 16
    assert float(site.plant("number", "charger_limit")) == set_a
    assert float(site.plant("sensor", "car_current")) > 5
    assert site.plant("sensor", "car_status") == "charging"
    assert float(site.plant("sensor", "energy_delivered")) > 0
    assert int(site.plant("sensor", "car_breaker_trips")) == 0
    assert int(site.plant("sensor", "commands")) >= 2


async def test_a_cut_off_meter_stops_the_car_until_it_is_back(
    site: SimulatedSite,
) -> None:
    await site.pass_plant_time(120)

    await site.switch("meter_connected", "turn_off")
    assert site.plant("sensor", "meter_l1") == "unavailable"
    # What it showed last counts on for its grace of 10 s.
    await site.pass_plant_time(12)
    assert float(site.charger("sensor", "current_set")) == 0
    assert site.charger("sensor", "limiting_factor") == "meter_lost"

    await site.switch("meter_connected", "turn_on")
    await site.pass_plant_time(240)
    assert float(site.charger("sensor", "current_set")) >= 6


async def test_a_car_that_leaves_ends_its_charge(site: SimulatedSite) -> None:
    await site.pass_plant_time(120)

    await site.switch("car_plugged_in", "turn_off")
    # For half a minute it may be a blink of the plug.
    await site.pass_plant_time(35)
    assert site.plant("sensor", "car_status") == "disconnected"
    assert site.charger("sensor", "limiting_factor") == "car"
    assert float(site.charger("sensor", "current_set")) == 0

    await site.switch("car_plugged_in", "turn_on")
    await site.pass_plant_time(60)
    assert float(site.charger("sensor", "current_set")) >= 6


async def test_its_entities_may_be_renamed(
    hass: HomeAssistant, site: SimulatedSite, entity_registry: er.EntityRegistry
) -> None:
    old = site.plant_id("sensor", "meter_l1")
    entity_registry.async_update_entity(old, new_entity_id="sensor.renamed")
    await hass.async_block_till_done()
    await site.pass_plant_time(120)

    assert site.charger("sensor", "limiting_factor") != "meter_lost"
    assert float(site.charger("sensor", "current_set")) >= 6


async def test_nothing_is_left_after_it_is_removed(
    hass: HomeAssistant, site: SimulatedSite
) -> None:
    await site.pass_plant_time(30)

    await hass.config_entries.async_remove(ENTRY_ID)
    await hass.async_block_till_done()

    assert not er.async_entries_for_config_entry(er.async_get(hass), ENTRY_ID)
    own = [s.entity_id for s in hass.states.async_all() if "simulated" in s.entity_id]
    assert own == []


async def test_a_restart_finds_charger_and_car_where_they_were(
    hass: HomeAssistant, site: SimulatedSite
) -> None:
    await site.pass_plant_time(120)
    set_a = float(site.charger("sensor", "current_set"))
    assert set_a >= 6

    hass.config_entries.async_update_entry(
        site.entry, data={**site.entry.data, "simulation_speed": 20.0}
    )
    await hass.async_block_till_done()

    assert float(site.charger("sensor", "current_set")) == set_a
    assert float(site.plant("number", "charger_limit")) == set_a
    assert float(site.plant("sensor", "car_current")) == set_a
    assert site.plant("sensor", "car_status") == "charging"


async def test_a_second_charger_interrupts_no_charge(site: SimulatedSite) -> None:
    await site.pass_plant_time(120)
    assert float(site.charger("sensor", "current_set")) >= 6

    await site.add_second_charger()

    for _ in range(30):
        assert float(site.charger("sensor", "current_set")) >= 6
        assert float(site.plant("sensor", "car_current")) >= 6
        await site.pass_plant_time(1)
    assert float(site.charger("sensor", "current_set", SECOND_ID)) >= 6


async def test_each_charger_has_its_own_hardware_that_goes_with_it(
    hass: HomeAssistant,
    site: SimulatedSite,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    before = {entity.entity_id for entity in entity_registry.entities.values()}
    await site.add_second_charger()

    assert site.plant_id("number", "charger_limit") == (
        "number.simulated_charger_hardware_charger_limit"
    )
    assert site.plant_id("number", "charger_limit", SECOND_ID) == (
        "number.second_charger_hardware_charger_limit"
    )

    hass.config_entries.async_remove_subentry(site.entry, SECOND_ID)
    await hass.async_block_till_done()

    assert {entity.entity_id for entity in entity_registry.entities.values()} == before
    assert all(
        SECOND_ID not in identifier
        for device in dr.async_entries_for_config_entry(device_registry, ENTRY_ID)
        for _, identifier in device.identifiers
    )


async def test_the_first_charger_may_go(
    hass: HomeAssistant, site: SimulatedSite
) -> None:
    await site.add_second_charger()
    await site.pass_plant_time(120)
    limit = site.plant_id("number", "charger_limit", SECOND_ID)

    hass.config_entries.async_remove_subentry(site.entry, CHARGER_ID)
    await hass.async_block_till_done()

    assert site.plant_id("number", "charger_limit", SECOND_ID) == limit
    await site.pass_plant_time(120)
    assert float(site.charger("sensor", "current_set", SECOND_ID)) >= 6
