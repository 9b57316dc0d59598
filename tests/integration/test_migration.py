"""Config entries of earlier versions, and of the predecessor, are taken over."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache,
)

from .homes import CHARGER, OPTIONS, SITE, make_entry
from .sites import POWER_W

METER = "sensor.house_power"
OLD_DATA: dict[str, Any] = {
    "power_meter_entity": METER,
    "voltage": 240,
    "unavailable_behavior": "set_current",
    "unavailable_fallback_current": 8,
    "action_set_current": "script.charger_set",
    "action_stop_charging": "script.charger_stop",
    "action_start_charging": "script.charger_start",
    "charger_status_entity": "sensor.charger_status",
}


def predecessor(hass: HomeAssistant, **changes: Any) -> MockConfigEntry:
    """Return an entry as the predecessor left it."""
    entry = MockConfigEntry(
        domain="ev_lb",
        version=1,
        minor_version=1,
        entry_id="old",
        unique_id=METER,
        title=f"EV Load Balancing ({METER})",
        data={**OLD_DATA, **changes},
        options={"unavailable_fallback_current": 9},
    )
    entry.add_to_hass(hass)
    return entry


def remember(
    hass: HomeAssistant, entry: MockConfigEntry, states: dict[str, str]
) -> dict[str, str]:
    """Give the predecessor entities, and Home Assistant their last states."""
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("ev_lb", "old device")}
    )
    registry = er.async_get(hass)
    ids = {}
    for name in states:
        platform, _, suffix = name.partition(".")
        ids[name] = registry.async_get_or_create(
            platform,
            "ev_lb",
            f"{entry.entry_id}_{suffix}",
            suggested_object_id=f"my_{suffix}",
            config_entry=entry,
            device_id=device.id,
        ).entity_id
    mock_restore_cache(
        hass, [State(ids[name], value) for name, value in states.items()]
    )
    return ids


async def start(hass: HomeAssistant, entry: MockConfigEntry) -> list[dict[str, Any]]:
    """Set the entry up beside its meter and scripts; return what those were told."""
    calls: list[dict[str, Any]] = []

    async def told(call: ServiceCall) -> None:
        calls.append({"script": call.service, **call.data})

    for script in ("charger_set", "charger_stop", "charger_start"):
        hass.services.async_register("script", script, told)
    hass.states.async_set(METER, "2400", POWER_W)
    hass.states.async_set("sensor.charger_status", "Charging")
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return calls


async def test_the_first_version_is_taken_over(hass: HomeAssistant) -> None:
    """All that it wrote down holds as before."""
    first = make_entry()
    entry = MockConfigEntry(
        domain="ev_lb",
        version=1,
        minor_version=1,
        title="Home",
        data=SITE,
        options=OPTIONS,
        subentries_data=[
            {
                "data": CHARGER,
                "subentry_type": "charger",
                "title": "Garage",
                "unique_id": None,
            }
        ],
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert (entry.version, entry.minor_version) == (first.version, first.minor_version)
    assert (entry.data, entry.options) == (SITE, OPTIONS)
    assert [dict(row.data) for row in entry.subentries.values()] == [CHARGER]


async def test_a_newer_version_is_left_alone(hass: HomeAssistant) -> None:
    """Nobody knows what a later version will have meant."""
    entry = MockConfigEntry(domain="ev_lb", version=3, data=SITE)
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.MIGRATION_ERROR
    assert entry.data == SITE


async def test_a_later_minor_version_can_be_used(hass: HomeAssistant) -> None:
    """After a step back to an older release the site goes on."""
    entry = MockConfigEntry(
        domain="ev_lb", version=2, minor_version=9, title="Home", data=SITE
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert (entry.version, entry.minor_version) == (2, 9)


async def test_the_predecessor_is_taken_over_with_its_settings(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    """Forms, numbers and switch mean the same; the scripts are told all."""
    entry = predecessor(hass)
    ids = remember(
        hass,
        entry,
        {
            "number.max_service_current": "40",
            "number.max_charger_current": "20",
            "number.min_ev_current": "7",
            "number.ramp_up_time": "45",
            "number.ramp_up_step": "4",
            "sensor.current_set": "16",
            "sensor.action_latency": "12",
            "switch.enabled": "on",
        },
    )
    calls = await start(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert entry.title == "EV Load Balancing"
    assert entry.unique_id is None
    assert entry.data == {
        "meter_kind": "total_power",
        "power_entity": METER,
        "phases": 1,
        "invert_sign": False,
        "can_export": True,
        "voltage_v": 240.0,
        "freshness_limit_s": 60.0,
        "meter_loss_behavior": "set_current",
        "fallback_current_a": 9.0,
    }
    assert entry.options == {
        "service_current_a": 40.0,
        "ramp_up_time_s": 45.0,
        "enabled": True,
    }
    (charger,) = entry.subentries.values()
    assert charger.data["max_current_a"] == 20.0
    assert charger.data["min_current_a"] == 7.0
    assert charger.data["enabled"] is True
    assert charger.data["charging_states"] == ["Charging"]
    # It starts from a known state, as after every first start.
    assert calls[0]["script"] == "charger_stop"
    assert set(calls[0]) == {"script", "charger_id", "current_a", "current_w"}

    for name, owner, key in (
        ("number.max_service_current", "old", "service_current"),
        ("number.ramp_up_time", "old", "ramp_up_time"),
        ("switch.enabled", "old", "enabled"),
        ("number.max_charger_current", charger.subentry_id, "max_charger_current"),
        ("sensor.current_set", charger.subentry_id, "current_set"),
    ):
        row = entity_registry.async_get(ids[name])
        assert row is not None
        assert row.unique_id == f"{owner}_{key}"
        assert hass.states.get(ids[name]) is not None
    assert entity_registry.async_get(ids["number.ramp_up_step"]) is None
    assert entity_registry.async_get(ids["sensor.action_latency"]) is None
    names = [
        device.name
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), "old")
    ]
    assert sorted(names, key=str) == ["EV Load Balancing", "EV charger"]


async def test_a_predecessor_that_says_nothing_has_its_defaults(
    hass: HomeAssistant,
) -> None:
    """Without remembered states and scripts it goes on as it was: it only tells."""
    entry = MockConfigEntry(
        domain="ev_lb",
        version=1,
        title="Mine",
        data={"power_meter_entity": METER, "max_service_current": 16},
    )
    entry.add_to_hass(hass)
    await start(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert entry.title == "Mine"
    assert entry.data["meter_loss_behavior"] == "stop"
    assert entry.options == {
        "service_current_a": 16.0,
        "ramp_up_time_s": 15.0,
        "enabled": True,
    }
    (charger,) = entry.subentries.values()
    assert charger.data["max_current_a"] == 32.0
    assert charger.data["min_current_a"] == 6.0
    assert "status_entity" not in charger.data


@pytest.mark.parametrize(
    ("states", "changes", "expected"),
    [
        # 0 A stood for a charger that does not charge.
        (
            {"number.max_charger_current": "0"},
            {},
            {"enabled": False, "max_current_a": 32.0},
        ),
        (
            {"number.max_charger_current": "4", "number.min_ev_current": "1"},
            {},
            {"enabled": True, "max_current_a": 6.0, "min_current_a": 6.0},
        ),
        ({"number.max_charger_current": "unavailable"}, {}, {"max_current_a": 32.0}),
        ({"switch.enabled": "off"}, {}, {"options": {"enabled": False}}),
    ],
)
async def test_what_means_something_else_now(
    hass: HomeAssistant,
    states: dict[str, str],
    changes: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    """Values that ours cannot have become the nearest that mean the same."""
    entry = predecessor(hass, **changes)
    remember(hass, entry, states)
    await start(hass, entry)
    (charger,) = entry.subentries.values()
    options = expected.pop("options", {})
    assert expected.items() <= charger.data.items()
    assert options.items() <= entry.options.items()


@pytest.mark.parametrize(
    ("behavior", "becomes"), [("set_current", "stop"), ("ignore", "ignore")]
)
async def test_a_fallback_below_the_minimum_is_a_stop(
    hass: HomeAssistant, behavior: str, becomes: str
) -> None:
    """Less than a car can use was no charging at all."""
    entry = predecessor(hass, unavailable_behavior=behavior)
    hass.config_entries.async_update_entry(
        entry, options={"unavailable_fallback_current": 3}
    )
    await start(hass, entry)
    assert entry.data["meter_loss_behavior"] == becomes
    assert entry.data["fallback_current_a"] == 6.0


async def test_a_renamed_script_is_found(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    """A script's action keeps its name when the entity is renamed."""
    entity_registry.async_get_or_create(
        "script", "script", "charger_set", suggested_object_id="renamed"
    )
    entry = predecessor(hass, action_set_current="script.renamed")
    await start(hass, entry)
    (charger,) = entry.subentries.values()
    assert charger.data["set_current_action"] == [{"action": "script.charger_set"}]
