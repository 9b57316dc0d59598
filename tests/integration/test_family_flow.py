"""Known chargers and plugs, from the form to their first command."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_lb.chargers.facts import Role
from custom_components.ev_lb.chargers.families import FAMILIES
from tests.doubles.family_integration import FamilyCharger

from .flows import Walk, add_charger, change_charger
from .sites import LIMITS, add_entry, set_entities

pytestmark = pytest.mark.usefixtures("mock_setup_entry")

SHARING = {"charging_mode": "site", "priority": 1, "weight": 1}
ADVANCED: dict[str, Any] = {"response_time_s": 15, "pause_s": 180}
FORM: dict[str, Any] = LIMITS | {"sharing": SHARING, "phases": "l1_l2_l3"}


def put_up(
    hass: HomeAssistant,
    family: str,
    *disabled: Role,
    kind: str = "charger",
    owner: str = "x1",
) -> FamilyCharger:
    """Have a charger in Home Assistant."""
    return FamilyCharger(
        hass,
        FAMILIES[family],
        kind,
        lambda: 0.0,
        owner=owner,
        disabled=frozenset(disabled),
    )


async def pick(
    hass: HomeAssistant, site: MockConfigEntry, charger: str, name: str = "Garage"
) -> Walk:
    """Come to the form of a charger's limits, or to what is wrong."""
    walk = await add_charger(hass, site)
    await walk.choose("family")
    await walk.send({"name": name, "family_charger": charger})
    return walk


@pytest.fixture
def site(hass: HomeAssistant) -> MockConfigEntry:
    """A home without a charger."""
    set_entities(hass)
    return add_entry(hass)


async def test_known_chargers_are_offered_only_where_there_are_any(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    walk = await add_charger(hass, site)
    # The first that fits is to be taken, so what fits everything comes last.
    assert walk.result["menu_options"] == ["entities", "plug", "actions"]

    put_up(hass, "peblar")
    put_up(hass, "wallbox")
    walk = await add_charger(hass, site)
    assert walk.result["menu_options"][0] == "family"
    await walk.choose("family")
    assert walk.choices("family_charger") == [
        {"value": "peblar/x1", "label": "Peblar: Garage"},
        {"value": "wallbox/x1", "label": "Wallbox: Garage"},
    ]


async def test_a_charger_needs_no_entities_picked(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    charger = put_up(hass, "peblar")
    walk = await pick(hass, site, "peblar/x1")
    shown = walk.result["description_placeholders"]
    assert shown["charger"] == "Garage"
    assert charger.ids[Role.CURRENT] in shown["found"]
    assert charger.ids[Role.RUN] in shown["found"]

    result = await walk.send(FORM | {"advanced": ADVANCED, "switch_phases": False})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (subentry,) = site.subentries.values()
    assert dict(subentry.data) == {
        "driver": "family",
        "family": "peblar",
        "family_owner": "x1",
        "limit_kind": "charger",
        "measures_current": True,
        "phases": ["l1", "l2", "l3"],
        "max_current_a": 16.0,
        "min_current_a": 6.0,
        "response_time_s": 15.0,
        "pause_s": 180.0,
        "charging_mode": "site",
        "priority": 1,
        "weight": 1.0,
    }


@pytest.mark.parametrize("typed", [{}, {"name": " "}])
async def test_a_charger_without_a_typed_name_has_its_own(
    hass: HomeAssistant, site: MockConfigEntry, typed: dict[str, str]
) -> None:
    put_up(hass, "peblar")
    put_up(hass, "wallbox")
    for charger in ("peblar/x1", "wallbox/x1"):
        walk = await add_charger(hass, site)
        await walk.choose("family")
        await walk.send({**typed, "family_charger": charger})
        if charger == "peblar/x1":
            await walk.send(FORM | {"advanced": ADVANCED, "switch_phases": False})
    # Both are called the same in Home Assistant.
    assert walk.errors == {"name": "name_taken"}
    assert [row.title for row in site.subentries.values()] == ["Garage"]


async def test_what_is_disabled_and_needed_is_named(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    charger = put_up(hass, "easee", Role.SHOWN, Role.CIRCUIT_CURRENT)
    walk = await pick(hass, site, "easee/x1")
    assert walk.result["step_id"] == "enable"
    for role in (Role.SHOWN, Role.CIRCUIT_CURRENT):
        assert charger.ids[role] in walk.result["description_placeholders"]["sensors"]
    await walk.send({"enable": False})
    assert walk.errors == {"family_charger": "entities_disabled"}
    assert charger.ids[Role.SHOWN] in walk.message("family_charger")

    er.async_get(hass).async_update_entity(charger.ids[Role.SHOWN], disabled_by=None)
    await walk.send({"name": "Garage", "family_charger": "easee/x1"})
    # What is of use only is offered, too.
    assert walk.result["step_id"] == "enable"
    await walk.send({"enable": False})
    assert walk.result["step_id"] == "family_charger"
    assert walk.shown()["limit_kind"] == "charger"

    await walk.send(FORM | {"advanced": ADVANCED, "limit_kind": "circuit"})
    assert walk.errors == {"limit_kind": "entities_disabled"}
    assert charger.ids[Role.CIRCUIT_CURRENT] in walk.message("limit_kind")
    result = await walk.send(FORM | {"advanced": ADVANCED, "limit_kind": "charger"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_what_is_disabled_is_enabled(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    charger = put_up(hass, "easee", Role.SHOWN, Role.CIRCUIT_CURRENT)
    walk = await pick(hass, site, "easee/x1")
    await walk.send({"enable": True})
    for role in (Role.SHOWN, Role.CIRCUIT_CURRENT):
        hass.states.async_set(charger.ids[role], "16")
    await walk.wait(hass)
    assert walk.result["step_id"] == "family_charger"
    assert walk.shown()["limit_kind"] == "charger"


async def test_what_is_missing_is_named(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    charger = put_up(hass, "openevse")
    er.async_get(hass).async_remove(charger.ids[Role.SHOWN])
    walk = await pick(hass, site, "openevse/x1")

    assert walk.errors == {"family_charger": "entities_missing"}
    assert "current_capacity" in walk.message("family_charger")


async def test_what_a_maker_asks_for_is_filled_in(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    put_up(hass, "zaptec")
    walk = await pick(hass, site, "zaptec/x1")
    assert walk.shown()["raise_interval_s"] == 900
    assert walk.shown()["response_time_s"] == 30
    assert walk.shown()["limit_kind"] == "circuit"

    await walk.send(
        FORM
        | {
            "advanced": ADVANCED | {"raise_interval_s": 9000},
            "limit_kind": "circuit",
        }
    )
    assert walk.errors == {"advanced": "raise_interval_s_range"}
    await walk.send(
        FORM
        | {"advanced": ADVANCED | {"raise_interval_s": 300}, "limit_kind": "circuit"}
    )
    (subentry,) = site.subentries.values()
    assert subentry.data["raise_interval_s"] == 300


async def test_one_charger_is_one_charger(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    put_up(hass, "zaptec")
    walk = await pick(hass, site, "zaptec/x1")
    form = FORM | {"advanced": ADVANCED | {"raise_interval_s": 900}}
    await walk.send(form | {"limit_kind": "circuit"})

    walk = await pick(hass, site, "zaptec/x1", "Second")
    assert walk.errors == {"family_charger": "family_in_use"}


async def test_one_limit_has_one_master(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    first = put_up(hass, "zaptec", kind="circuit")
    second = put_up(hass, "zaptec", kind="circuit", owner="x2")
    # Both hang on one installation.
    registry = er.async_get(hass)
    registry.async_remove(second.ids[Role.CIRCUIT_CURRENT])
    shared = registry.async_get(first.ids[Role.CIRCUIT_CURRENT])
    assert shared is not None
    dr.async_get(hass).async_update_device(
        second.device.id, via_device_id=shared.device_id
    )
    form = FORM | {"advanced": ADVANCED | {"raise_interval_s": 900}}
    walk = await pick(hass, site, "zaptec/x1")
    await walk.send(form | {"limit_kind": "circuit"})

    walk = await pick(hass, site, "zaptec/x2", "Second")
    await walk.send(form | {"limit_kind": "circuit"})
    assert walk.errors == {"limit_kind": "limit_in_use"}
    result = await walk.send(form | {"limit_kind": "charger"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


LEASED = ADVANCED | {"lease_s": 600, "left_alone_current_a": 16}


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"min_current_a": 6}, {"min_current_a": "min_with_lease"}),
        ({"limit_kind": "circuit"}, {"advanced": "lease_not_possible"}),
        (
            {"advanced": LEASED | {"lease_s": 60}},
            {"advanced": "lease_s_range"},
        ),
        (
            {"advanced": LEASED | {"left_alone_current_a": 20}},
            {"advanced": "left_alone_current_a_range"},
        ),
        (
            {"advanced": ADVANCED | {"lease_s": 600}},
            {"advanced": "left_alone_current_a_missing"},
        ),
    ],
)
async def test_a_limit_with_an_end_has_its_conditions(
    hass: HomeAssistant,
    site: MockConfigEntry,
    changes: dict[str, Any],
    errors: dict[str, str],
) -> None:
    put_up(hass, "easee")
    walk = await pick(hass, site, "easee/x1")
    assert walk.shown()["left_alone_current_a"] == 32
    right = FORM | {
        "limit_kind": "charger",
        "min_current_a": 7,
        "advanced": LEASED,
    }
    await walk.send(right | changes)
    assert walk.errors == errors

    result = await walk.send(right)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (subentry,) = site.subentries.values()
    assert subentry.data["lease_s"] == 600
    assert subentry.data["left_alone_current_a"] == 16


async def test_a_known_charger_can_be_changed(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    put_up(hass, "wallbox")
    put_up(hass, "peblar")
    walk = await pick(hass, site, "wallbox/x1")
    await walk.send(FORM | {"advanced": ADVANCED | {"raise_interval_s": 90}})
    (subentry_id,) = site.subentries

    walk = await change_charger(hass, site, subentry_id)
    await walk.choose("family")
    assert walk.shown()["family_charger"] == "wallbox/x1"
    await walk.send({"name": "Carport", "family_charger": "peblar/x1"})
    await walk.send(FORM | {"advanced": ADVANCED, "switch_phases": False})

    changed = site.subentries[subentry_id]
    assert changed.title == "Carport"
    assert changed.data["family"] == "peblar"
    assert "raise_interval_s" not in changed.data


async def test_phases_are_switched_where_that_is_wanted(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    charger = put_up(hass, "go_e")
    walk = await pick(hass, site, "go_e/x1")
    assert walk.shown()["switch_phases"] is False
    form = FORM | {"advanced": ADVANCED, "switch_phases": True}
    await walk.send(form | {"phases": "l1"})
    assert walk.errors == {"switch_phases": "phases_needed"}
    await walk.send(form)

    ((subentry_id, subentry),) = site.subentries.items()
    assert subentry.data["phases_entity"] == charger.ids[Role.PHASES]
    assert subentry.data["one_phase_state"] == "1"
    assert subentry.data["all_phases_state"] == "2"

    walk = await change_charger(hass, site, subentry_id)
    await walk.choose("family")
    await walk.send({"name": "Garage", "family_charger": "go_e/x1"})
    assert walk.shown()["switch_phases"] is True
    await walk.send(form | {"switch_phases": False})
    assert "phases_entity" not in site.subentries[subentry_id].data


async def test_a_plug_has_one_current(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    walk = await add_charger(hass, site)
    await walk.choose("plug")
    plug = {
        "name": "Granny",
        "switch_entity": "switch.charger",
        "phases": "l1",
        "max_current_a": 50,
        "sharing": SHARING,
        "advanced": ADVANCED,
    }
    await walk.send(plug)
    assert walk.errors == {"max_current_a": "plug_current_range"}
    assert "0.5 - 32" in walk.message("max_current_a")

    await walk.send(plug | {"max_current_a": 8.7})
    (subentry,) = site.subentries.values()
    assert subentry.data["driver"] == "plug"
    assert subentry.data["switch_entity"] == "switch.charger"
    assert subentry.data["max_current_a"] == subentry.data["min_current_a"] == 8.7
