"""A site with all there is: its entities, and what they do."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.ev_lb.engine.model import LimitingFactor

from .big_site import CIRCUIT_ID, ENTRY_ID, BigSite, big_entry


@pytest.fixture
async def site(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> BigSite:
    freezer.move_to("2026-11-20T12:00:30+00:00")
    site = BigSite(hass, freezer, big_entry())
    await site.start()
    return site


def number(site: BigSite, key: str, owner: str = ENTRY_ID) -> float:
    return float(site.state("sensor", key, owner))


async def test_entities_are_what_they_were(
    site: BigSite, entity_registry: er.EntityRegistry, snapshot: SnapshotAssertion
) -> None:
    await site.pass_time(2)
    entries = er.async_entries_for_config_entry(entity_registry, ENTRY_ID)
    table = {}
    for entry in sorted(entries, key=lambda entry: entry.entity_id):
        state = site.hass.states.get(entry.entity_id)
        shown = {} if state is None else state.attributes
        table[entry.entity_id] = {
            "unique_id": entry.unique_id,
            "subentry": entry.config_subentry_id,
            "category": entry.entity_category,
            "device_class": entry.original_device_class,
            "unit": entry.unit_of_measurement,
            "capabilities": entry.capabilities,
            "disabled_by": entry.disabled_by,
            "name": shown.get("friendly_name"),
            "state": None if state is None else state.state,
        }
    assert table == snapshot


async def test_what_a_site_does_not_have_is_not_shown(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entity_registry: er.EntityRegistry,
) -> None:
    entry = big_entry()
    bare = BigSite(hass, freezer, entry)
    entry.add_to_hass(hass)
    data = {key: value for key, value in entry.data.items() if "battery" not in key}
    hass.config_entries.async_update_entry(
        entry,
        data={
            key: value
            for key, value in data.items()
            if key not in ("can_export", "solar_power_entity")
        },
        options={"service_current_a": 40.0},
    )
    bare.report()
    assert await hass.config_entries.async_setup(ENTRY_ID)
    await hass.async_block_till_done()

    keys = {
        row.unique_id.removeprefix(f"{ENTRY_ID}_")
        for row in er.async_entries_for_config_entry(entity_registry, ENTRY_ID)
    }
    assert not keys & {
        "allow_grid_charging",
        "capacity_tariff_mean",
        "capacity_tariff_room",
        "excess_threshold",
        "home_battery_soc_min",
        "home_battery_soc_target",
        "import_limit",
        "surplus_power",
    }
    assert not [key for key in keys if key.endswith("session_solar_share")]
    assert "power_buffer" in keys


async def test_the_circuit_shows_what_its_fuse_carries(site: BigSite) -> None:
    site.plugged_in.discard("garage")
    await site.pass_time(90)
    # 20 A for the two cars of the barn; the grid leaves more.
    assert site.limits_a["left"] + site.limits_a["right"] == 20
    assert number(site, "circuit_load_l1", CIRCUIT_ID) == 20
    assert number(site, "circuit_headroom_l1", CIRCUIT_ID) == 0
    assert site.state("sensor", "limiting_circuit") == "Barn"
    assert site.state("sensor", "limiting_factor", "left") in ("circuit", "share")


async def test_house_and_reason_are_shown(
    site: BigSite, entity_registry: er.EntityRegistry
) -> None:
    house = site.entity_id("sensor", "house_current_l1")
    entity_registry.async_update_entity(house, disabled_by=None)
    assert await site.hass.config_entries.async_reload(ENTRY_ID)
    await site.pass_time(60)
    assert number(site, "house_current_l1") == pytest.approx(4, abs=0.2)
    assert number(site, "available_current") == pytest.approx(36, abs=0.2)
    reason = site.state("sensor", "reason", "garage")
    assert reason.startswith(f"{site.limits_a['garage']:g} A: ")
    assert "Garage \u2013 " in site.state("sensor", "reason")


async def test_a_charger_is_turned_off_and_on(site: BigSite) -> None:
    await site.pass_time(30)
    assert site.limits_a["garage"] > 0
    await site.call("switch", "turn_off", "enabled", "garage")
    assert site.limits_a["garage"] == 0
    assert site.state("sensor", "reason", "garage") == "stopped, it is turned off"
    await site.call("switch", "turn_on", "enabled", "garage")
    await site.pass_time(5)
    assert site.limits_a["garage"] > 0


async def test_modes_are_chosen_for_the_site_and_for_a_charger(site: BigSite) -> None:
    await site.pass_time(30)
    await site.call("select", "select_option", "charging_mode", option="solar")
    await site.pass_time(1)
    # Without any sun, and below the battery's target.
    assert set(site.limits_a.values()) == {0}
    assert site.state("sensor", "limiting_factor", "garage") == "battery"
    await site.call(
        "select", "select_option", "charging_mode", "garage", option="standard"
    )
    await site.pass_time(10)
    assert site.limits_a["garage"] > 0
    assert site.limits_a["left"] == 0
    assert site.entry.options["charging_mode"] == "solar"
    assert site.entry.subentries["garage"].data["charging_mode"] == "standard"


async def test_distribution_follows_priority(site: BigSite) -> None:
    await site.call("select", "select_option", "distribution_mode", option="priority")
    await site.call("number", "set_value", "priority", "left", value=2)
    await site.call("number", "set_value", "priority", "garage", value=3)
    await site.pass_time(90)
    assert site.entry.subentries["left"].data["priority"] == 2
    assert site.limits_a["right"] > site.limits_a["left"]
    assert site.limits_a["right"] == 14


async def test_a_goal_lasts_until_the_car_leaves(site: BigSite) -> None:
    session = "garage"
    await site.pass_time(30)
    await site.call(
        "datetime",
        "set_value",
        "departure",
        session,
        datetime="2026-11-20T18:00:00+00:00",
    )
    await site.call("number", "set_value", "energy_needed", session, value=5)
    assert site.state("datetime", "departure", session) == "2026-11-20T18:00:00+00:00"
    await site.pass_time(60)
    assert 4.5 < float(site.state("number", "energy_needed", session)) < 5
    site.plugged_in.discard("garage")
    await site.pass_time(2)
    assert site.state("datetime", "departure", session) == "unknown"
    assert float(site.state("number", "energy_needed", session)) == 0


async def test_a_car_that_must_leave_comes_first(site: BigSite) -> None:
    await site.pass_time(5)
    assert site.limits_a["garage"] <= 10
    await site.call(
        "datetime",
        "set_value",
        "departure",
        "garage",
        datetime="2026-11-20T12:30:00+00:00",
    )
    await site.call("number", "set_value", "energy_needed", "garage", value=5)
    await site.pass_time(90)
    # 10 kW, where 28 A for all would give each 6.4 kW.
    assert site.limits_a["garage"] >= 14
    assert site.limits_a["left"] <= 8


async def test_reset_forgets_what_was_set_by_hand(site: BigSite) -> None:
    await site.pass_time(30)
    await site.hass.services.async_call(
        "ev_lb", "set_limit", {"current_a": 6}, blocking=True
    )
    await site.pass_time(2)
    assert site.state("sensor", "limiting_factor", "garage") == "manual"
    site.limits_a["garage"] = 11.0  # by somebody else
    await site.call("button", "press", "reset", "garage")
    await site.pass_time(2)
    assert site.state("sensor", "limiting_factor", "garage") != "manual"
    assert site.limits_a["garage"] == number(site, "current_set", "garage")


async def test_a_session_adds_up_what_the_car_has_had(site: BigSite) -> None:
    await site.pass_time(30)
    before_kwh = number(site, "session_energy", "garage")
    limit_a = site.limits_a["garage"]
    await site.pass_time(120)
    had_kwh = number(site, "session_energy", "garage") - before_kwh
    assert had_kwh == pytest.approx(limit_a * 690 * 120 / 3.6e6, abs=0.11)
    assert number(site, "session_solar_share", "garage") == 0
    site.plugged_in.discard("garage")
    await site.pass_time(2)
    site.plugged_in.add("garage")
    await site.pass_time(2)
    assert number(site, "session_energy", "garage") == 0


async def test_an_overload_is_shown(site: BigSite) -> None:
    await site.pass_time(30)
    assert site.state("binary_sensor", "overload") == "off"
    site.house_a = (41.0, 2.0, 2.0)
    await site.pass_time(1)
    assert site.state("binary_sensor", "overload") == "on"
    assert site.state("binary_sensor", "following", "garage") in ("on", "off")


async def test_a_charger_tells_what_happened_to_it(site: BigSite) -> None:
    await site.pass_time(60)
    site.house_a = (33.0, 2.0, 2.0)
    await site.pass_time(1)
    stopped = {name for name, limit_a in site.limits_a.items() if limit_a == 0}
    assert len(stopped) == 2
    for charger_id in site.limits_a:
        state = site.hass.states.get(site.entity_id("event", "incident", charger_id))
        assert state is not None
        happened = state.attributes["event_type"] == "overload_stop"
        assert happened is (charger_id in stopped)
    notified = site.hass.data["persistent_notification"]
    assert set(notified) == {
        f"ev_lb_overload_stop_{ENTRY_ID}_{charger_id}" for charger_id in stopped
    }


async def test_the_tariff_shows_its_mean_and_room(site: BigSite) -> None:
    await site.pass_time(60)
    mean_w = number(site, "capacity_tariff_mean")
    room_w = number(site, "capacity_tariff_room")
    assert 0 < mean_w <= 27000
    # 90 s of the quarter are over.
    assert room_w == pytest.approx((20000 * 900 - mean_w * 90) / 810, rel=0.05)


async def act(site: BigSite, name: str, **data: Any) -> Any:
    answers = name == "explain"
    answer = await site.hass.services.async_call(
        "ev_lb", name, data, blocking=True, return_response=answers
    )
    await site.hass.async_block_till_done()
    return answer


def device(site: BigSite, charger_id: str) -> str:
    found = dr.async_get(site.hass).async_get_device_by_identifier(
        ("ev_lb", charger_id), ENTRY_ID
    )
    assert found is not None
    return found.id


async def test_modes_are_set_by_actions(site: BigSite) -> None:
    await act(site, "set_charging_mode", mode="eco")
    await act(site, "set_charging_mode", mode="off", device_id=device(site, "left"))
    await act(site, "set_distribution_mode", mode="shared", entry_id=ENTRY_ID)

    assert site.state("select", "charging_mode") == "eco"
    assert site.state("select", "charging_mode", "left") == "off"
    assert site.state("select", "charging_mode", "right") == "site"
    assert site.state("select", "distribution_mode") == "shared"
    await site.pass_time(5)
    assert site.limits_a["left"] == 0

    await act(site, "set_charging_mode", mode="site", device_id=device(site, "left"))
    assert site.state("select", "charging_mode", "left") == "site"


async def test_a_range_is_set_by_an_action(site: BigSite) -> None:
    await act(
        site,
        "set_current_range",
        min_current_a=8,
        max_current_a=10,
        device_id=[device(site, "left"), device(site, "right")],
    )
    await site.pass_time(60)

    assert float(site.state("number", "max_charger_current", "right")) == 10
    assert float(site.state("number", "min_ev_current", "garage")) == 6
    assert max(site.limits_a["left"], site.limits_a["right"]) <= 10


@pytest.mark.parametrize(
    ("name", "data", "key"),
    [
        ("set_charging_mode", {"mode": "site"}, "mode_of_chargers_only"),
        ("set_charging_mode", {"mode": "eco", "entry_id": "x"}, "unknown_site"),
        ("set_charging_mode", {"mode": "eco", "device_id": "x"}, "unknown_charger"),
        ("set_current_range", {}, "no_current_given"),
        ("set_current_range", {"min_current_a": 20}, "minimum_above_maximum"),
        ("reset_charger", {"device_id": "x"}, "unknown_charger"),
        ("explain", {"entry_id": "x"}, "unknown_site"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    site: BigSite, name: str, data: dict[str, Any], key: str
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await act(site, name, **data)
    assert refused.value.translation_key == key


async def test_it_explains_in_words_and_as_data(site: BigSite) -> None:
    await site.pass_time(90)
    site.house_a = (33.0, 2.0, 2.0)
    await site.pass_time(3)
    answer = await act(site, "explain")

    (told,) = answer["sites"]
    assert told["name"] == "Estate"
    chargers = {row["charger_id"]: row for row in told["chargers"]}
    # 7 A are left on L1: one car charges, the others wait.
    charging = [row for row in chargers.values() if row["current_set_a"] > 0]
    assert len(charging) == 1
    assert charging[0]["phase"] == "L1"
    assert charging[0]["limiting_factor"] == "fuse"
    assert charging[0]["sentence"].startswith("7 A: L1 carries 33 of 40 A")
    waiting = [row for row in chargers.values() if row["current_set_a"] == 0]
    assert all(row["sentence"].startswith("stopped, ") for row in waiting)
    for row in chargers.values():
        assert f"{row['name']} \u2013 " in told["sentence"]


async def test_every_factor_can_be_said(site: BigSite) -> None:
    texts = site.entry.runtime_data.controller.texts
    for factor in LimitingFactor:
        said = texts.get(
            "explanation", factor, phase="L1", circuit="B", missing="1", shown="6"
        )
        assert said != factor


@pytest.mark.parametrize(
    ("house_l1_a", "left_a"),
    [
        # 20 A behind the barn's fuse: not 12 A for both.
        (4.0, {"garage": 12, "left": 12, "right": 8}),
        # 20 A for all: 12 A, 8 A, and nothing that would be enough for the third.
        (20.0, {"garage": 12, "left": 8, "right": 0}),
    ],
)
async def test_all_fallback_currents_together_fit_when_they_are_left_alone(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    house_l1_a: float,
    left_a: dict[str, float],
) -> None:
    entry = big_entry()
    site = BigSite(hass, freezer, entry)
    site.house_a = (house_l1_a, 2.0, 2.0)
    fallback = {"meter_loss_behavior": "set_current", "fallback_current_a": 12.0}
    await site.start(data={**entry.data, **fallback})
    await site.pass_time(60)
    assert await hass.config_entries.async_unload(ENTRY_ID)

    assert site.limits_a == left_a


async def test_shadow_mode_is_a_switch(site: BigSite) -> None:
    await site.pass_time(60)
    before_a = dict(site.limits_a)
    await site.call("switch", "turn_on", "shadow_mode")
    site.house_a = (33.0, 2.0, 2.0)
    await site.pass_time(5)
    assert site.state("sensor", "balancer_state") == "shadow"
    assert site.state("binary_sensor", "overload") == "on"
    assert site.limits_a == before_a
    would_a = [number(site, "current_set", name) for name in before_a]
    assert sorted(would_a) == [0, 0, 7]

    await site.call("switch", "turn_off", "shadow_mode")
    await site.pass_time(2)
    assert sorted(site.limits_a.values()) == [0, 0, 7]
