"""The entities: what they are called, what they are, and when they change."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import Event, EventStateChangedData, HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    icon,
    translation,
)
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ev_lb.engine.codec import (
    DecisionInput,
    from_document,
    to_document,
)
from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import BalancerState, LimitingFactor

from .homes import CHARGER_ID, CURRENTS, ENTRY_ID, NUMBER, SWITCH, Home, make_entry

SITE_KEYS = {
    "available_current",
    "available_current_l1",
    "available_current_l2",
    "available_current_l3",
    "balancer_state",
    "charging_mode",
    "configured_fallback",
    "left_alone_current",
    "distribution_mode",
    "enabled",
    "fallback_active",
    "house_current_l1",
    "house_current_l2",
    "house_current_l3",
    "incident",
    "limiting_circuit",
    "max_available_current",
    "meter_status",
    "overload",
    "power_buffer",
    "ramp_up_time",
    "reason",
    "service_current",
    "shadow_energy_change",
    "shadow_mode",
    "shadow_overload_time",
    "shadow_prevented_time",
}
SURPLUS_KEYS = {"allow_grid_charging", "excess_threshold", "surplus_power"}
CHARGER_KEYS = {
    "active",
    "allocated_charge_current",
    "charging_mode",
    "charging_power",
    "current_set",
    "departure",
    "enabled",
    "energy_needed",
    "following",
    "incident",
    "limiting_factor",
    "max_charger_current",
    "min_ev_current",
    "next_change",
    "power_set",
    "priority",
    "queue_position",
    "reason",
    "remaining_time",
    "reset",
    "session_charging_time",
    "session_energy",
    "target_charge_current",
    "total_energy",
    "weight",
}


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home with three phases."""
    phases = {f"l{number}_entity": CURRENTS[number - 1] for number in (1, 2, 3)}
    site = {"meter_kind": "phase_current", "phases": 3, **phases}
    charger = {"phases": ["l1", "l2", "l3"]}
    home = Home(hass, freezer, make_entry(site, charger=charger))
    await home.install_charger()
    for entity_id in CURRENTS:
        home.meter(14, "A", entity_id)
    await home.start()
    return home


async def test_unique_ids_never_change(
    home: Home, entity_registry: er.EntityRegistry
) -> None:
    entities = er.async_entries_for_config_entry(entity_registry, ENTRY_ID)

    assert {entity.unique_id for entity in entities} == {
        *(f"{ENTRY_ID}_{key}" for key in SITE_KEYS),
        *(f"{CHARGER_ID}_{key}" for key in CHARGER_KEYS),
    }
    for entity in entities:
        of_charger = entity.unique_id.startswith(CHARGER_ID)
        assert entity.config_subentry_id == (CHARGER_ID if of_charger else None)


async def test_the_charger_belongs_to_the_site(
    home: Home, device_registry: dr.DeviceRegistry
) -> None:
    site = device_registry.async_get_device_by_identifier(("ev_lb", ENTRY_ID), ENTRY_ID)
    charger = device_registry.async_get_device_by_identifier(
        ("ev_lb", CHARGER_ID), ENTRY_ID
    )

    assert site is not None
    assert charger is not None
    assert site.entry_type is dr.DeviceEntryType.SERVICE
    assert charger.via_device_id == site.id
    assert (site.name, charger.name) == ("Home", "Garage")


async def test_every_entity_has_a_name_and_an_icon(
    hass: HomeAssistant, home: Home, entity_registry: er.EntityRegistry
) -> None:
    texts = await translation.async_get_translations(hass, "en", "entity", {"ev_lb"})
    icons = (await icon.async_get_icons(hass, "entity", {"ev_lb"}))["ev_lb"]

    for entity in er.async_entries_for_config_entry(entity_registry, ENTRY_ID):
        key = entity.translation_key
        assert f"component.ev_lb.entity.{entity.domain}.{key}.name" in texts
        assert key in icons[entity.domain], key


@pytest.mark.parametrize(
    ("key", "values"),
    [("limiting_factor", LimitingFactor), ("balancer_state", BalancerState)],
)
async def test_every_value_of_an_enum_has_words(
    hass: HomeAssistant,
    key: str,
    values: type[LimitingFactor | BalancerState],
) -> None:
    texts = await translation.async_get_translations(hass, "en", "entity", {"ev_lb"})

    for value in values:
        assert f"component.ev_lb.entity.sensor.{key}.state.{value.value}" in texts


async def test_entities_write_only_what_changed(
    hass: HomeAssistant, home: Home
) -> None:
    await home.pass_time(2)
    written: list[Event[EventStateChangedData]] = async_capture_events(
        hass, "state_changed"
    )
    for _ in range(5):
        for entity_id in CURRENTS:
            home.meter(14, "A", entity_id)
        await home.pass_time(1)

    own = [e.data["entity_id"] for e in written if "garage" in e.data["entity_id"]]
    assert own == []


async def test_entities_stay_when_the_meter_is_lost(
    hass: HomeAssistant, home: Home, entity_registry: er.EntityRegistry
) -> None:
    for entity_id in CURRENTS:
        home.meter("unavailable", "A", entity_id)
    await hass.async_block_till_done()

    for entity in er.async_entries_for_config_entry(entity_registry, ENTRY_ID):
        assert not hass.states.is_state(entity.entity_id, "unavailable")


async def test_diagnostics_hold_what_replays_the_last_decisions(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, home: Home
) -> None:
    await home.pass_time(2)
    found = await get_diagnostics_for_config_entry(hass, hass_client, home.entry)

    assert found["options"]["service_current_a"] == 32.0
    assert found["timing"]["decisions"] > 0
    assert found["explanations"][CHARGER_ID]["current_set_a"] == 18.0
    assert 1 <= len(found["decisions"]) <= 10
    for decided in found["decisions"]:
        asked = from_document(DecisionInput, decided["asked"])
        again = decide(asked.site, asked.state, asked.snapshot, asked.now_s)
        assert to_document(again) == decided["answered"]
    assert decided["answered"]["chargers"][0]["set_a"] == 18.0


async def test_diagnostics_name_nothing_that_the_owner_named(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, home: Home
) -> None:
    actions = {"driver": "actions", "set_current_action": [{"action": "rest.secret"}]}
    hass.config_entries.async_update_subentry(
        home.entry,
        home.entry.subentries[CHARGER_ID],
        data={**home.entry.subentries[CHARGER_ID].data, **actions},
        title="Grandma's car",
    )
    await hass.async_block_till_done()
    found = str(await get_diagnostics_for_config_entry(hass, hass_client, home.entry))

    assert "decisions" in found
    for word in (*CURRENTS, NUMBER, SWITCH, "secret", "Grandma", home.entry.title):
        assert word not in found


async def test_sensors_show_no_more_digits_than_mean_something(
    home: Home, entity_registry: er.EntityRegistry
) -> None:
    for entity in er.async_entries_for_config_entry(entity_registry, ENTRY_ID):
        shown = entity.domain == "sensor" and not entity.disabled
        if shown and entity.unit_of_measurement:
            assert "suggested_display_precision" in entity.options["sensor"], (
                entity.entity_id
            )
