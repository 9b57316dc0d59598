"""Known chargers are found by what their integrations call them, never by entity ids.

The unique ids are written out here as the integrations make them.
"""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_lb.chargers.facts import Role
from custom_components.ev_lb.chargers.families import FAMILIES
from custom_components.ev_lb.chargers.find import find, owners

NUMBER, SELECT, SENSOR = Platform.NUMBER, Platform.SELECT, Platform.SENSOR
SWITCH, BINARY_SENSOR = Platform.SWITCH, Platform.BINARY_SENSOR

type Ids = dict[Role, tuple[Platform, str]]

KNOWN: dict[str, tuple[str, Ids]] = {
    "alfen": (
        "alfen",
        {
            Role.CURRENT: (NUMBER, "alfen_maxCurrent_socket_1"),
            Role.SHOWN: (SENSOR, "alfen_socket_1_actualMaxCurrent"),
            Role.STATUS: (SENSOR, "alfen_socket_1_mode3state"),
            Role.MEASURED_L3: (SENSOR, "alfen_socket_1_currentL3"),
        },
    ),
    "amina": (
        "0x0c4314fffe1234",
        {
            Role.CURRENT: (NUMBER, "0x0c4314fffe1234_charge_limit_zigbee2mqtt"),
            Role.RUN: (SWITCH, "0x0c4314fffe1234_switch_zigbee2mqtt"),
            Role.MEASURED_L1: (SENSOR, "0x0c4314fffe1234_current_zigbee2mqtt"),
        },
    ),
    "easee": (
        "EH123456",
        {
            Role.SHOWN: (SENSOR, "EH123456_dynamic_charger_limit"),
            Role.CIRCUIT_CURRENT: (SENSOR, "EH123456_dynamic_circuit_limit"),
            Role.STATUS: (SENSOR, "EH123456_status"),
            Role.ONLINE: (BINARY_SENSOR, "EH123456_online"),
            Role.MEASURED: (SENSOR, "EH123456_current"),
        },
    ),
    "go_e": (
        "goecharger_api2.goe_123456",
        {
            Role.CURRENT: (NUMBER, "goecharger_api2.goe_123456_amp"),
            Role.RUN: (SELECT, "goecharger_api2.goe_123456_frc"),
            Role.STATUS: (SENSOR, "goecharger_api2.goe_123456_car"),
            Role.MEASURED_L1: (SENSOR, "goecharger_api2.goe_123456_nrg_4"),
        },
    ),
    "keba": (
        "12345678",
        {
            Role.SHOWN: (SENSOR, "keba_wallbox_12345678_max_current"),
            Role.RUN: (BINARY_SENSOR, "keba_wallbox_12345678_charging_state"),
        },
    ),
    "keba_custom": (
        "12345678",
        {
            Role.SHOWN: (SENSOR, "keba-12345678-Curr user"),
            Role.RUN: (BINARY_SENSOR, "keba-12345678-State_on"),
        },
    ),
    "lektrico": (
        "500006",
        {
            Role.CURRENT: (NUMBER, "500006_dynamic_limit"),
            Role.STATUS: (SENSOR, "500006_state"),
            Role.MEASURED_L2: (SENSOR, "500006_current_l2"),
        },
    ),
    "openevse": (
        "deadbeeffeed",
        {
            Role.CURRENT: (NUMBER, "deadbeeffeed-charge_rate"),
            Role.RUN: (SELECT, "deadbeeffeed-override_state"),
            Role.SHOWN: (SENSOR, "deadbeeffeed-current_capacity"),
        },
    ),
    "peblar": (
        "23-45-A4O-MOF",
        {
            Role.CURRENT: (NUMBER, "23-45-A4O-MOF_charge_current_limit"),
            Role.RUN: (SWITCH, "23-45-A4O-MOF_charge"),
            Role.STATUS: (SENSOR, "23-45-A4O-MOF_cp_state"),
        },
    ),
    "smartevse": (
        "SmartEVSE-1234",
        {
            Role.CURRENT: (NUMBER, "SmartEVSE-1234-ChargeCurrentOverride"),
            Role.RUN: (SELECT, "SmartEVSE-1234-Mode"),
            Role.STATUS: (SENSOR, "SmartEVSE-1234-State"),
        },
    ),
    "teslemetry": (
        "LRW3F7EK4NC700000",
        {
            Role.CURRENT: (
                NUMBER,
                "LRW3F7EK4NC700000-charge_state_charge_current_request",
            ),
            Role.RUN: (
                SWITCH,
                "LRW3F7EK4NC700000-charge_state_user_charge_enable_request",
            ),
            Role.STATUS: (SENSOR, "LRW3F7EK4NC700000-charge_state_charging_state"),
        },
    ),
    "wallbox": (
        "12345",
        {
            Role.CURRENT: (NUMBER, "max_charging_current-12345"),
            Role.RUN: (SWITCH, "paused-12345"),
            Role.STATUS: (SENSOR, "status_description-12345"),
        },
    ),
}


def put_up(hass: HomeAssistant, family: str, ids: Ids) -> dict[Role, str]:
    """Register a charger's entities under names that say nothing."""
    platform = FAMILIES[family].platform
    entry = MockConfigEntry(domain=platform)
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(platform, "x")},
        manufacturer=FAMILIES[family].manufacturer,
        name="In the garage",
    )
    registry = er.async_get(hass)
    return {
        role: registry.async_get_or_create(
            domain, platform, unique_id, device_id=device.id, config_entry=entry
        ).entity_id
        for role, (domain, unique_id) in ids.items()
    }


@pytest.mark.parametrize("family", KNOWN)
def test_a_charger_is_found_with_its_entities(hass: HomeAssistant, family: str) -> None:
    owner, ids = KNOWN[family]
    entity_ids = put_up(hass, family, ids)

    assert list(owners(hass, FAMILIES[family])) == [owner]
    found = find(hass, FAMILIES[family], owner)
    assert found.name == "In the garage"
    assert found.entities == entity_ids


def test_each_family_is_looked_for_where_its_own_entities_are(
    hass: HomeAssistant,
) -> None:
    for family, (_, ids) in KNOWN.items():
        put_up(hass, family, ids)

    found = {name: list(owners(hass, row)) for name, row in FAMILIES.items()}
    assert {name: rows for name, rows in found.items() if rows} == {
        name: [owner] for name, (owner, _) in KNOWN.items()
    }


def test_entities_of_another_name_are_none_of_it(hass: HomeAssistant) -> None:
    _, ids = KNOWN["go_e"]
    others: Ids = {
        Role.CURRENT: (NUMBER, "goecharger_api2.goe_123456_lot_amp"),
        Role.STATUS: (SENSOR, "goecharger_api2.goe_123456_cara"),
    }
    put_up(hass, "go_e", {Role.RUN: ids[Role.RUN], **others})

    assert set(find(hass, FAMILIES["go_e"], "goecharger_api2.goe_123456").entities) == {
        Role.RUN
    }


def test_other_makers_behind_mqtt_are_left_alone(hass: HomeAssistant) -> None:
    _, ids = KNOWN["amina"]
    put_up(hass, "amina", ids)
    (device,) = dr.async_get(hass).devices
    dr.async_get(hass).async_update_device(device.id, manufacturer="Somebody")

    assert list(owners(hass, FAMILIES["amina"])) == []


def test_the_limit_of_an_installation_is_on_the_device_above(
    hass: HomeAssistant,
) -> None:
    entry = MockConfigEntry(domain="zaptec")
    entry.add_to_hass(hass)
    devices, registry = dr.async_get(hass), er.async_get(hass)
    installation = devices.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("zaptec", "installation")}
    )
    charger = devices.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={("zaptec", "charger")},
        via_device_id=installation.id,
    )
    available = registry.async_get_or_create(
        NUMBER, "zaptec", "installation_available_current", device_id=installation.id
    )
    registry.async_get_or_create(
        NUMBER, "zaptec", "charger_charger_max_current", device_id=charger.id
    )

    (owner,) = owners(hass, FAMILIES["zaptec"])
    found = find(hass, FAMILIES["zaptec"], owner)
    assert owner == "charger"
    assert found.entities[Role.CIRCUIT_CURRENT] == available.entity_id


def test_disabled_entities_are_told_from_missing_ones(hass: HomeAssistant) -> None:
    _, ids = KNOWN["easee"]
    entity_ids = put_up(
        hass, "easee", {role: ids[role] for role in (Role.SHOWN, Role.ONLINE)}
    )
    er.async_get(hass).async_update_entity(
        entity_ids[Role.SHOWN], disabled_by=er.RegistryEntryDisabler.USER
    )

    family = FAMILIES["easee"]
    found = find(hass, family, "EH123456")
    assert found.lacks(family.limits["charger"]) == (
        [Role.STATUS],
        [entity_ids[Role.SHOWN]],
    )
