"""Reload, disable, enable, remove: nothing of a site stays that is not needed."""

from collections import Counter
import gc
from typing import Any
import weakref

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
import pytest

from custom_components.ev_lb.const import DOMAIN
from custom_components.ev_lb.control.handover import HANDOVERS

from .big_site import CIRCUIT_ID, ENTRY_ID, BigSite, big_entry
from .running import tasks, timers

STORE = f"{DOMAIN}.{ENTRY_ID}"


@pytest.fixture
async def site(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> BigSite:
    """Return a site whose three cars charge."""
    site = BigSite(hass, freezer, big_entry())
    await site.start()
    await site.pass_time(90)
    assert all(site.limits_a.values())
    return site


def listeners(hass: HomeAssistant) -> Counter[str]:
    """Return how many listen to each kind of event."""
    return Counter(hass.bus.async_listeners())


async def store_all(hass: HomeAssistant) -> None:
    """Let everything be stored that waits for it: how much that is changes all the time."""
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()


def notifications_of(hass: HomeAssistant) -> dict[str, Any]:
    shown: dict[str, Any] = hass.data.get("persistent_notification", {})
    return shown


def issues(hass: HomeAssistant) -> list[str]:
    return [
        issue_id for domain, issue_id in ir.async_get(hass).issues if domain == DOMAIN
    ]


def states(hass: HomeAssistant) -> set[str]:
    """Return our entities that have a state of their own."""
    return {
        row.entity_id
        for row in er.async_entries_for_config_entry(er.async_get(hass), ENTRY_ID)
        if (state := hass.states.get(row.entity_id)) is not None
        and not state.attributes.get("restored")
    }


def registered(hass: HomeAssistant) -> set[str]:
    return {
        row.unique_id
        for row in er.async_entries_for_config_entry(er.async_get(hass), ENTRY_ID)
    }


def devices(hass: HomeAssistant) -> set[str]:
    return {
        identifier
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), ENTRY_ID)
        for _, identifier in device.identifiers
    }


async def make_trouble(site: BigSite) -> None:
    """Let there be a repair issue and a notification of everything in the site."""
    site.hass.states.async_remove("sensor.left_current")
    site.freezer.tick(400)
    for _ in range(3):
        await site.pass_time(1)
        site.hass.states.async_remove("sensor.left_current")
        site.hass.states.async_set("sensor.grid_l1", "unavailable")
        await site.hass.async_block_till_done()
    # Longer than the last good reading of the meter counts.
    await site.stay_silent(11)
    assert issues(site.hass)
    assert notifications_of(site.hass)


def assert_nothing_runs(hass: HomeAssistant) -> None:
    assert tasks() == []
    assert timers(hass) == []
    assert issues(hass) == []
    assert notifications_of(hass) == {}
    assert states(hass) == set()
    assert not hass.data.get(HANDOVERS)


async def test_a_disabled_site_leaves_nothing_behind(site: BigSite) -> None:
    hass = site.hass
    await make_trouble(site)
    await hass.config_entries.async_set_disabled_by(ENTRY_ID, ConfigEntryDisabler.USER)
    await hass.async_block_till_done()
    assert_nothing_runs(hass)
    left_a = dict(site.limits_a)
    assert left_a == dict.fromkeys(left_a, 0.0)
    await site.pass_time(30)
    assert site.limits_a == left_a
    assert_nothing_runs(hass)


async def test_a_site_that_is_enabled_again_is_what_it_was(site: BigSite) -> None:
    hass = site.hass
    before = (states(hass), registered(hass), devices(hass))
    await hass.config_entries.async_set_disabled_by(ENTRY_ID, ConfigEntryDisabler.USER)
    await hass.async_block_till_done()
    await hass.config_entries.async_set_disabled_by(ENTRY_ID, None)
    await hass.async_block_till_done()
    await site.pass_time(120)
    assert (states(hass), registered(hass), devices(hass)) == before
    assert all(site.limits_a.values())


async def test_reloads_heap_nothing_up(site: BigSite) -> None:
    hass = site.hass
    await site.pass_time(1)
    await store_all(hass)
    before = (listeners(hass), states(hass), registered(hass), devices(hass))
    running = (len(timers(hass)), tasks(), issues(hass))
    assert timers(hass)
    gone = [weakref.ref(site.entry.runtime_data.controller)]
    for _ in range(3):
        assert await hass.config_entries.async_reload(ENTRY_ID)
        await hass.async_block_till_done()
        gone.append(weakref.ref(site.entry.runtime_data.controller))
    await site.pass_time(120)
    await store_all(hass)
    after = (listeners(hass), states(hass), registered(hass), devices(hass))
    assert after == before
    assert (len(timers(hass)), tasks(), issues(hass)) == running
    gc.collect()
    assert [controller() is None for controller in gone] == [True, True, True, False]


async def test_a_removed_site_was_never_there(
    site: BigSite, hass_storage: dict[str, Any]
) -> None:
    hass = site.hass
    await make_trouble(site)
    await site.pass_time(2)
    assert STORE in hass_storage
    # What is changed right before still waits to be stored.
    await site.call("number", "set_value", "energy_needed", "left", value=9)
    await hass.config_entries.async_remove(ENTRY_ID)
    await hass.async_block_till_done()
    await site.pass_time(30)
    assert_nothing_runs(hass)
    assert registered(hass) == devices(hass) == set()
    assert STORE not in hass_storage
    assert set(site.limits_a.values()) == {0.0}


async def test_a_site_that_is_removed_while_disabled_leaves_no_store(
    site: BigSite, hass_storage: dict[str, Any]
) -> None:
    hass = site.hass
    await hass.config_entries.async_set_disabled_by(ENTRY_ID, ConfigEntryDisabler.USER)
    await hass.async_block_till_done()
    assert STORE in hass_storage
    await hass.config_entries.async_remove(ENTRY_ID)
    await site.pass_time(5)
    assert STORE not in hass_storage
    assert registered(hass) == devices(hass) == set()


async def test_a_removed_charger_is_forgotten_and_the_others_run_on(
    site: BigSite, hass_storage: dict[str, Any]
) -> None:
    hass = site.hass
    await make_trouble(site)
    assert any("left" in issue_id for issue_id in issues(hass))
    hass.config_entries.async_remove_subentry(site.entry, "left")
    await hass.async_block_till_done()
    site.plugged_in.discard("left")
    await site.pass_time(120)
    assert site.limits_a["left"] == 0
    assert site.limits_a["garage"] > 0
    assert [
        unique_id for unique_id in registered(hass) if unique_id.startswith("left_")
    ] == []
    assert "left" not in devices(hass)
    assert issues(hass) == []
    assert notifications_of(hass) == {}
    assert "left" not in hass_storage[STORE]["data"]["chargers"]
    assert "left" not in site.entry.runtime_data.controller.all_set_a


async def test_a_removed_circuit_is_forgotten(site: BigSite) -> None:
    hass = site.hass
    hass.config_entries.async_remove_subentry(site.entry, CIRCUIT_ID)
    await hass.async_block_till_done()
    await site.pass_time(60)
    assert CIRCUIT_ID not in devices(hass)
    assert [key for key in registered(hass) if key.startswith(CIRCUIT_ID)] == []
    assert site.limits_a["garage"] > 0


async def test_what_a_home_no_longer_has_loses_its_entities(site: BigSite) -> None:
    hass = site.hass
    had = registered(hass)
    data = {
        key: value
        for key, value in site.entry.data.items()
        if "battery" not in key and "solar" not in key
    }
    hass.config_entries.async_update_entry(site.entry, data=data)
    await hass.async_block_till_done()
    await site.pass_time(2)
    lost = {key.removeprefix(f"{ENTRY_ID}_") for key in had - registered(hass)}
    assert {"home_battery_soc_target", "home_battery_soc_min"} <= lost
    rows = er.async_entries_for_config_entry(er.async_get(hass), ENTRY_ID)
    shown = {row.entity_id for row in rows if row.disabled_by is None}
    assert shown == states(hass)


async def test_a_limit_from_before_a_removal_comes_back_for_nobody(
    site: BigSite, hass_storage: dict[str, Any]
) -> None:
    hass = site.hass
    await hass.config_entries.async_set_disabled_by(ENTRY_ID, ConfigEntryDisabler.USER)
    await hass.async_block_till_done()
    # It went while nobody could forget it.
    hass.config_entries.async_remove_subentry(site.entry, "left")
    hass_storage[STORE]["data"]["chargers"]["left"]["set_a"] = 16.0
    await hass.config_entries.async_set_disabled_by(ENTRY_ID, None)
    await hass.async_block_till_done()
    assert "left" not in site.entry.runtime_data.controller.all_set_a


async def test_a_site_that_is_disabled_while_it_reloads_lets_no_charger_run_on(
    site: BigSite,
) -> None:
    hass = site.hass
    hass.config_entries.async_remove_subentry(site.entry, "left")
    await hass.config_entries.async_set_disabled_by(ENTRY_ID, ConfigEntryDisabler.USER)
    await hass.async_block_till_done()
    assert_nothing_runs(hass)
    assert set(site.limits_a.values()) == {0.0}


async def test_a_site_that_is_removed_while_it_reloads_lets_no_charger_run_on(
    site: BigSite, hass_storage: dict[str, Any]
) -> None:
    hass = site.hass
    hass.config_entries.async_remove_subentry(site.entry, "left")
    await hass.config_entries.async_remove(ENTRY_ID)
    await hass.async_block_till_done()
    await site.pass_time(5)
    assert_nothing_runs(hass)
    assert STORE not in hass_storage
    assert set(site.limits_a.values()) == {0.0}


async def test_a_charger_that_is_removed_while_its_site_starts_breaks_no_entity(
    site: BigSite, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant removes the charger at once, and starts the site anew later."""
    hass = site.hass
    had = states(hass)

    @callback
    def remove_it(event: Event[EventStateChangedData]) -> None:
        entity_id, state = event.data["entity_id"], event.data["new_state"]
        if entity_id not in had or state is None or state.state == "unavailable":
            return
        stop()
        hass.config_entries.async_remove_subentry(site.entry, "left")

    stop = hass.bus.async_listen(EVENT_STATE_CHANGED, remove_it)
    await hass.config_entries.async_reload(ENTRY_ID)
    await hass.async_block_till_done()
    await site.pass_time(10)
    assert [
        row.getMessage() for row in caplog.records if row.levelname == "ERROR"
    ] == []
    assert {
        row for row in had if er.async_get(hass).async_get(row) is not None
    } == states(hass)
