"""Shadow mode: everything is worked out and shown, nothing is commanded."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.ev_lb.const import DOMAIN

from .homes import MEASURED, Home, make_entry


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a watched home whose car draws 16 A beside a house of 13 A."""
    home = Home(
        hass,
        freezer,
        make_entry(
            options={"shadow_mode": True},
            charger={"measured_current_entity": MEASURED},
        ),
    )
    await home.install_charger(16)
    draw(home, 16)
    home.meter(3000 + 16 * 230)
    await home.start()
    return home


def draw(home: Home, current_a: float) -> None:
    home.hass.states.async_set(
        MEASURED, str(current_a), {"unit_of_measurement": "A"}, force_update=True
    )


async def watch(home: Home, seconds: int, house_w: float, car_a: float = 16) -> None:
    """Let time go on with a car that nobody of us controls."""
    for _ in range(seconds):
        draw(home, car_a)
        home.meter(house_w + car_a * 230)
        await home.pass_time(1)


async def switch(home: Home, on: bool) -> None:
    """Turn shadow mode on or off; the home's charger answers all switch services."""
    home.hass.config_entries.async_update_entry(
        home.entry, options={**home.entry.options, "shadow_mode": on}
    )
    await home.hass.async_block_till_done()


async def test_it_shows_what_it_would_set_and_sets_nothing(home: Home) -> None:
    assert home.state("sensor", "balancer_state") == "shadow"
    await watch(home, 60, 3000)
    # 32 A less 13 A of the house.
    assert home.set_a == 18
    await watch(home, 3, 5000)
    assert home.set_a == 10
    assert home.charger_state("sensor", "limiting_factor") == "fuse"
    await watch(home, 3, 8000)
    assert home.set_a == 0

    assert home.calls == []


async def test_it_says_nothing_of_what_does_not_happen(home: Home) -> None:
    events = [
        async_capture_events(home.hass, f"ev_lb_{name}")
        for name in ("overload_stop", "charging_resumed", "fallback_activated")
    ]
    await watch(home, 5, 8000)
    home.meter("unavailable")
    await home.pass_time(2)

    assert home.state("binary_sensor", "meter_status") == "off"
    assert events == [[], [], []]
    assert home.calls == []


async def test_it_leaves_the_charger_alone_at_the_end(home: Home) -> None:
    await watch(home, 5, 8000)
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)

    assert home.calls == []
    assert home.told_a == 16


async def test_control_begins_where_the_charger_stands(home: Home) -> None:
    await watch(home, 30, 5000)
    assert (home.set_a, home.told_a) == (10, 16)
    await switch(home, False)
    await watch(home, 1, 5000)

    assert home.state("sensor", "balancer_state") != "shadow"
    assert (home.set_a, home.told_a) == (10, 10)


async def test_control_ends_at_once(home: Home) -> None:
    await switch(home, False)
    await watch(home, 3, 5000)
    home.failing = True
    await watch(home, 2, 8000, 10)
    assert home.calls[-1][0] == "turn_off"
    before = len(home.calls)
    await switch(home, True)
    home.failing = False
    await watch(home, 120, 8000, 10)

    assert len(home.calls) == before


async def test_a_summary_comes_after_a_day(home: Home) -> None:
    summaries = async_capture_events(home.hass, "ev_lb_shadow_summary")
    await watch(home, 40, 5000)
    home.freezer.tick(timedelta(hours=24))
    async_fire_time_changed(home.hass)
    await watch(home, 2, 1000)

    assert len(summaries) == 1
    told: dict[str, Any] = dict(summaries[0].data)
    assert told["hours"] == 24.0
    # 37.7 A on 32 A; 15 s go by before a car follows.
    assert 38 <= told["overload_s"] <= 101
    assert 20 <= told["prevented_s"] <= told["overload_s"] - 15
    assert told["energy_kwh"] < 0
    assert "persistent_notification" in home.hass.data
    assert home.state("event", "incident") not in ("unknown", "unavailable")


async def test_a_restart_does_not_end_the_day(home: Home) -> None:
    summaries = async_capture_events(home.hass, "ev_lb_shadow_summary")
    await watch(home, 40, 5000)
    assert await home.hass.config_entries.async_reload(home.entry.entry_id)
    await home.hass.async_block_till_done()
    home.freezer.tick(timedelta(hours=24))
    await watch(home, 2, 1000)

    assert len(summaries) == 1
    assert 38 <= summaries[0].data["overload_s"] <= 101
    assert home.calls == []


SIMULATED_CHARGER = {
    "driver": "simulated",
    "phases": ["l1", "l2", "l3"],
    "max_current_a": 16.0,
    "min_current_a": 6.0,
    "response_time_s": 15.0,
    "pause_s": 180.0,
}


def simulated(name: str, **options: Any) -> MockConfigEntry:
    return MockConfigEntry(
        domain=DOMAIN,
        entry_id=name,
        title=name,
        data={
            "meter_kind": "phase_current",
            "phases": 3,
            "simulated": True,
            "simulation_speed": 10.0,
        },
        options={"service_current_a": 20.0, **options},
        subentries_data=[
            ConfigSubentryDataWithId(
                data=SIMULATED_CHARGER,
                subentry_id=f"{name}_charger",
                subentry_type="charger",
                title=f"{name} charger",
                unique_id=None,
            )
        ],
    )


async def test_it_shows_what_control_sets(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Two simulated homes alike: one is controlled, one is charged at 16 A."""
    entries = [simulated("controlled"), simulated("watched", shadow_mode=True)]
    for entry in entries:
        entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup("controlled")
    await hass.async_block_till_done()

    def entity_id(platform: str, unique_id: str) -> str:
        found = er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id)
        assert found is not None
        return found

    limit = entity_id("number", "watched_charger_simulated_charger_limit")
    data = {ATTR_ENTITY_ID: limit, "value": 16}
    await hass.services.async_call("number", "set_value", data, blocking=True)

    def set_a(name: str) -> float:
        state = hass.states.get(entity_id("sensor", f"{name}_charger_current_set"))
        assert state is not None
        return float(state.state)

    same = 0
    for _ in range(1200):
        freezer.tick(timedelta(seconds=0.1))
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        same += set_a("watched") == set_a("controlled")
    assert same >= 0.97 * 1200
    assert hass.states.is_state(limit, "16.0")
