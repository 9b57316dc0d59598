"""Settings that change while the site runs, and what of them is kept."""

import asyncio
from types import MappingProxyType
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigSubentry,
)
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from .homes import (
    CHARGER,
    CHARGER_ID,
    ENTRY_ID,
    NUMBER,
    POWER,
    SWITCH,
    Home,
    make_entry,
)


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home whose car charges at 18 A."""
    home = Home(hass, freezer, make_entry())
    await home.start_charging()
    home.calls.clear()
    return home


async def set_number(home: Home, key: str, value: float, owner: str = "") -> None:
    # The charger's own number has taken over the service: ours is asked directly.
    entity_id = home.entity_id("number", key, owner)
    entity = home.hass.data["entity_components"]["number"].get_entity(entity_id)
    assert entity is not None
    await entity.async_set_native_value(value)
    await home.hass.async_block_till_done()


async def turn(home: Home, service: str) -> None:
    entity_id = home.entity_id("switch", "enabled")
    entity = home.hass.data["entity_components"]["switch"].get_entity(entity_id)
    assert entity is not None
    await getattr(entity, f"async_{service}")()
    await home.hass.async_block_till_done()


async def rewire(home: Home, **changes: Any) -> None:
    """Change what takes a reload."""
    data = {**home.entry.data, "freshness_limit_s": 90.0, **changes}
    home.hass.config_entries.async_update_entry(home.entry, data=data)
    await home.hass.async_block_till_done()


async def test_a_setting_leaves_the_others_as_they_are_stored(home: Home) -> None:
    """An entity that was left empty may be stored as nothing; that is no change."""
    charger = home.entry.subentries[CHARGER_ID]
    data = {**charger.data, "status_entity": None}
    home.hass.config_entries.async_update_subentry(home.entry, charger, data=data)
    await home.hass.async_block_till_done()
    runtime = home.entry.runtime_data

    await set_number(home, "max_charger_current", 10, CHARGER_ID)

    stored = home.entry.subentries[CHARGER_ID].data
    rated = {"max_current_a": 10, "rated_max_current_a": data["max_current_a"]}
    assert stored == data | rated
    assert home.entry.runtime_data is runtime


async def test_a_lower_service_current_cuts_at_once(home: Home) -> None:
    runtime = home.entry.runtime_data

    await set_number(home, "service_current", 25)

    assert home.set_a == 11
    assert home.told_a == 11
    assert home.entry.options["service_current_a"] == 25
    assert home.state("number", "service_current") == "25.0"
    assert home.entry.runtime_data is runtime


async def test_a_lower_maximum_cuts_at_once(home: Home) -> None:
    runtime = home.entry.runtime_data

    await set_number(home, "max_charger_current", 10, CHARGER_ID)

    assert home.told_a == 10
    assert home.charger_state("sensor", "limiting_factor") == "charger_max"
    assert home.entry.subentries[CHARGER_ID].data["max_current_a"] == 10
    assert home.entry.runtime_data is runtime


async def test_a_higher_minimum_stops_a_car_that_cannot_have_it(home: Home) -> None:
    await set_number(home, "min_ev_current", 20, CHARGER_ID)

    assert home.told_a == 0


async def test_a_minimum_above_the_maximum_is_refused(home: Home) -> None:
    await set_number(home, "max_charger_current", 10, CHARGER_ID)

    with pytest.raises(ServiceValidationError, match="minimum"):
        await set_number(home, "min_ev_current", 11, CHARGER_ID)

    assert home.charger_state("number", "min_ev_current") == "6.0"


async def test_a_shorter_ramp_up_time_holds_at_once(home: Home) -> None:
    await home.report(5000 + 18 * 230)
    assert home.set_a == 10
    await set_number(home, "ramp_up_time", 300)
    await home.pass_time(60, 3000 + 10 * 230)
    assert home.set_a == 10

    await set_number(home, "ramp_up_time", 5)
    await home.pass_time(1, 3000 + 10 * 230)

    assert home.set_a == 18


async def test_switched_off_it_leaves_the_charger_alone(home: Home) -> None:
    await turn(home, "turn_off")
    assert home.state("sensor", "balancer_state") == "disabled"
    await home.report(9000 + 18 * 230)
    assert home.calls == []
    assert home.entry.options["enabled"] is False

    await turn(home, "turn_on")
    assert home.told_a == 0
    assert home.charger_state("binary_sensor", "active") == "off"


async def test_the_services_of_home_assistant_reach_the_settings(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = Home(hass, freezer, make_entry())
    home.meter(3000)
    await home.start()

    await hass.services.async_call(
        "number",
        "set_value",
        {ATTR_ENTITY_ID: home.entity_id("number", "service_current"), "value": 16},
        blocking=True,
    )
    await hass.services.async_call(
        "switch",
        "turn_off",
        {ATTR_ENTITY_ID: home.entity_id("switch", "enabled")},
        blocking=True,
    )

    assert home.entry.options["service_current_a"] == 16
    assert home.entry.options["enabled"] is False


@pytest.mark.parametrize(
    ("behavior", "left_a", "told"),
    [
        ("stop", 0, [("turn_off", None)]),
        ("set_current", 8, [("set_value", 8.0)]),
        ("ignore", 18, []),
    ],
)
@pytest.mark.parametrize("end", ["unload", "disable", "remove", "shutdown"])
async def test_the_charger_is_left_at_a_defined_current(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    behavior: str,
    left_a: float,
    told: list[Any],
    end: str,
) -> None:
    site = {"meter_loss_behavior": behavior, "fallback_current_a": 8.0}
    home = Home(hass, freezer, make_entry(site))
    await home.start_charging()
    home.calls.clear()

    if end == "unload":
        assert await hass.config_entries.async_unload(ENTRY_ID)
    elif end == "disable":
        await hass.config_entries.async_set_disabled_by(
            ENTRY_ID, ConfigEntryDisabler.USER
        )
    elif end == "remove":
        await hass.config_entries.async_remove(ENTRY_ID)
    else:
        await hass.async_stop(force=True)

    assert home.told_a == left_a
    assert home.calls == told


async def test_the_fallback_is_left_only_where_the_fuse_has_room(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = Home(hass, freezer, make_entry({"meter_loss_behavior": "set_current"}))
    await home.start_charging()
    await home.report(7000 + 18 * 230)
    assert home.told_a == 0

    await hass.config_entries.async_unload(ENTRY_ID)

    assert home.told_a == 0


async def test_a_charger_that_does_not_answer_does_not_hold_up_the_end(
    hass: HomeAssistant, home: Home
) -> None:
    hass.states.async_set(SWITCH, "unavailable")

    unloading = hass.async_create_task(hass.config_entries.async_unload(ENTRY_ID))
    for _ in range(12):
        home.freezer.tick(1)
        async_fire_time_changed(hass)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert await unloading

    assert home.entry.state is ConfigEntryState.NOT_LOADED


async def test_new_wiring_reloads_and_keeps_the_charge(
    hass: HomeAssistant, home: Home
) -> None:
    runtime = home.entry.runtime_data

    await rewire(home)

    assert home.entry.runtime_data is not runtime
    await home.pass_time(40, 3000 + 18 * 230)
    assert home.calls == []
    assert home.set_a == 18


async def test_a_reload_forgets_no_wait(hass: HomeAssistant, home: Home) -> None:
    await home.report(9000 + 18 * 230)
    assert home.told_a == 0
    await home.pass_time(170, 3000)

    await rewire(home)
    await home.pass_time(8, 3000)
    assert home.told_a == 0  # the shortest pause is 180 s

    await home.pass_time(5, 3000)
    assert home.told_a == 18


async def test_a_command_on_its_way_survives_a_reload(home: Home) -> None:
    home.failing = True
    await home.report(9000 + 18 * 230)
    assert home.told_a == 18

    await rewire(home)
    home.failing = False
    await home.pass_time(1, 9000 + 18 * 230)

    assert home.told_a == 0


async def test_a_meter_of_another_sign_is_believed_anew(home: Home) -> None:
    """What was known of the house was wrong; the car goes on till the meter tells."""
    await rewire(home, invert_sign=True)
    assert home.told_a == 18

    await home.pass_time(40, -3000 - 18 * 230)

    assert home.calls == []
    assert home.set_a == 18
    assert home.state("binary_sensor", "meter_status") == "on"


async def test_a_second_charger_interrupts_no_charge(
    hass: HomeAssistant, home: Home
) -> None:
    second = {"driver": "actions", "set_current_action": [{"event": "second_set"}]}
    hass.config_entries.async_add_subentry(
        home.entry,
        ConfigSubentry(
            data=MappingProxyType({**CHARGER, **second}),
            subentry_id="second",
            subentry_type="charger",
            title="Second",
            unique_id=None,
        ),
    )
    await hass.async_block_till_done()

    assert home.set_a >= 6
    for _ in range(20):
        await home.pass_time(1, 3000 + home.told_a * 230)
        assert home.told_a >= 6
    assert ("turn_off", None) not in home.calls


async def test_a_charger_that_leaves_and_a_circuit_that_comes_interrupt_no_charge(
    hass: HomeAssistant, home: Home
) -> None:
    second = {"driver": "actions", "set_current_action": [{"event": "second_set"}]}
    for kind, subentry_id, data in (
        ("charger", "second", {**CHARGER, **second, "enabled": False}),
        ("circuit", "barn", {"circuit_limit_a": 20.0, "phases": ["l1"]}),
    ):
        hass.config_entries.async_add_subentry(
            home.entry,
            ConfigSubentry(
                data=MappingProxyType(data),
                subentry_id=subentry_id,
                subentry_type=kind,
                title=kind,
                unique_id=None,
            ),
        )
        await hass.async_block_till_done()
    assert hass.config_entries.async_remove_subentry(home.entry, "second")
    await home.pass_time(40, 3000 + 18 * 230)

    circuits = home.entry.runtime_data.controller.site.circuits
    assert [circuit.circuit_id for circuit in circuits] == ["grid", "barn"]
    assert home.calls == []
    assert home.set_a == 18


async def test_a_circuit_bounds_what_hangs_on_it(
    hass: HomeAssistant, home: Home
) -> None:
    circuit = ConfigSubentry(
        data=MappingProxyType({"circuit_limit_a": 20.0}),
        subentry_id="barn",
        subentry_type="circuit",
        title="Barn",
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(home.entry, circuit)
    garage = home.entry.subentries[CHARGER_ID]
    hass.config_entries.async_update_subentry(
        home.entry, garage, data={**garage.data, "circuit": "barn"}
    )
    await home.pass_time(5, 3000 + 18 * 230)
    assert home.calls == []
    runtime = home.entry.runtime_data

    barn = home.entry.subentries["barn"]
    hass.config_entries.async_update_subentry(
        home.entry, barn, data={"circuit_limit_a": 10.0}
    )
    await hass.async_block_till_done()

    assert home.told_a == 10
    assert home.charger_state("sensor", "limiting_factor") == "circuit"
    assert home.entry.runtime_data is runtime

    assert hass.config_entries.async_remove_subentry(home.entry, "barn")
    for _ in range(60):
        await home.pass_time(1, 3000 + home.told_a * 230)
    assert home.told_a == 18


async def test_a_charger_that_leaves_the_site_is_left_defined(
    hass: HomeAssistant, home: Home, device_registry: dr.DeviceRegistry
) -> None:
    assert hass.config_entries.async_remove_subentry(home.entry, CHARGER_ID)
    await hass.async_block_till_done()

    assert home.told_a == 0
    devices = dr.async_entries_for_config_entry(device_registry, ENTRY_ID)
    assert [device.name for device in devices] == ["Home"]


async def test_a_charger_that_is_wired_otherwise_leaves_the_old_one_defined(
    hass: HomeAssistant, home: Home
) -> None:
    subentry = home.entry.subentries[CHARGER_ID]
    hass.states.async_set("switch.other", "on")

    hass.config_entries.async_update_subentry(
        home.entry, subentry, data={**subentry.data, "switch_entity": "switch.other"}
    )
    await hass.async_block_till_done()

    assert home.calls[0] == ("turn_off", None)


async def test_a_renamed_meter_is_followed(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entity_registry: er.EntityRegistry,
) -> None:
    meter = entity_registry.async_get_or_create(
        "sensor", "test", "meter", suggested_object_id="old"
    )
    home = Home(hass, freezer, make_entry({"power_entity": meter.entity_id}))
    await home.install_charger()
    home.meter(3000, entity_id=meter.entity_id)
    await home.start()

    hass.states.async_remove(meter.entity_id)
    entity_registry.async_update_entity(meter.entity_id, new_entity_id="sensor.new")
    home.meter(3000 + 18 * 230, entity_id="sensor.new")
    await hass.async_block_till_done()

    assert home.entry.data["power_entity"] == "sensor.new"
    home.freezer.tick(1)
    home.meter(9000 + 18 * 230, entity_id="sensor.new")
    await hass.async_block_till_done()
    assert home.told_a == 0


async def test_a_missing_entity_is_an_issue_until_it_is_there(
    hass: HomeAssistant, home: Home
) -> None:
    issue = f"entity_missing_{ENTRY_ID}_{POWER}"
    hass.states.async_remove(POWER)
    await home.pass_time(1)
    assert ir.async_get(hass).async_get_issue("ev_lb", issue) is not None

    await home.report(3000)
    assert ir.async_get(hass).async_get_issue("ev_lb", issue) is None


async def test_nothing_listens_after_an_unload(hass: HomeAssistant, home: Home) -> None:
    await hass.config_entries.async_unload(ENTRY_ID)
    home.calls.clear()

    await home.pass_time(120, 3000)

    assert home.calls == []
    assert hass.states.get(NUMBER) is not None
