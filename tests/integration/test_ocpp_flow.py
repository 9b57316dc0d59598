"""A charger that the `ocpp` integration controls, from its form to its fuse."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from tests.doubles.ocpp_integration import ChargePoint, OcppIntegration

from .flows import add_charger, change_charger
from .sites import LIMITS, add_entry, set_entities

pytestmark = pytest.mark.usefixtures("mock_setup_entry")

ADVANCED: dict[str, Any] = {
    "response_time_s": 15,
    "pause_s": 180,
    "lease_s": 120,
    "stack_level": 8,
    "rate_unit": "current",
    "profile_validity": "absolute",
}
SHARING = {"charging_mode": "site", "priority": 1, "weight": 1}
LIMITS_OF_OCPP: dict[str, Any] = LIMITS | {
    "phases": "l1_l2_l3",
    "left_alone_current_a": 6,
    "advanced": ADVANCED,
    "sharing": SHARING,
}
CHARGER: dict[str, Any] = {
    "driver": "ocpp",
    "ocpp_cpid": "garage",
    "ocpp_connector": 1,
    "stack_level": 8,
    "rate_unit": "current",
    "profile_validity": "absolute",
    "lease_s": 120.0,
    "left_alone_current_a": 6.0,
    "phases": ["l1", "l2", "l3"],
    "max_current_a": 16.0,
    "min_current_a": 6.0,
    "response_time_s": 15.0,
    "pause_s": 180.0,
    "charging_mode": "site",
    "priority": 1,
    "weight": 1.0,
}


async def test_ocpp_is_offered_only_where_there_is_a_charge_point(
    hass: HomeAssistant,
) -> None:
    set_entities(hass)
    entry = add_entry(hass)
    walk = await add_charger(hass, entry)
    assert "ocpp" not in walk.result["menu_options"]

    OcppIntegration(hass, ChargePoint())
    walk = await add_charger(hass, entry)
    assert walk.result["menu_options"][0] == "ocpp"


@pytest.mark.parametrize(
    ("typed", "title"), [({"name": "Carport"}, "Carport"), ({}, "garage")]
)
async def test_what_the_charger_told_is_filled_in(
    hass: HomeAssistant, typed: dict[str, str], title: str
) -> None:
    set_entities(hass)
    entry = add_entry(hass)
    OcppIntegration(hass, ChargePoint(rate_units="Power", max_stack_level="3"))
    walk = await add_charger(hass, entry)
    await walk.choose("ocpp")
    await walk.send({**typed, "ocpp_charger": "garage/1"})

    assert walk.shown()["rate_unit"] == "power"
    assert walk.shown()["stack_level"] == 3
    result = await walk.send(
        LIMITS_OF_OCPP
        | {"advanced": ADVANCED | {"rate_unit": "power", "stack_level": 2}}
    )

    assert result["type"] is FlowResultType.CREATE_ENTRY
    (subentry,) = entry.subentries.values()
    assert dict(subentry.data) == CHARGER | {"rate_unit": "power", "stack_level": 2}
    assert subentry.title == title


async def test_each_socket_is_one_charger(hass: HomeAssistant) -> None:
    set_entities(hass)
    entry = add_entry(hass, CHARGER)
    OcppIntegration(hass, ChargePoint(number_of_connectors=2))
    walk = await add_charger(hass, entry)
    await walk.choose("ocpp")
    await walk.send({"name": "Second", "ocpp_charger": "garage/1"})
    assert walk.errors == {"ocpp_charger": "ocpp_in_use"}

    await walk.send({"name": "Second", "ocpp_charger": "garage/2"})
    result = await walk.send(LIMITS_OF_OCPP)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert list(entry.subentries.values())[1].data["ocpp_connector"] == 2


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        (
            {"left_alone_current_a": 17},
            {"left_alone_current_a": "left_alone_current_a_range"},
        ),
        ({"advanced": ADVANCED | {"lease_s": 5}}, {"advanced": "lease_s_range"}),
        (
            {"advanced": ADVANCED | {"stack_level": -1}},
            {"advanced": "stack_level_range"},
        ),
    ],
)
async def test_what_cannot_be_is_refused_and_can_be_fixed(
    hass: HomeAssistant, changes: dict[str, Any], errors: dict[str, str]
) -> None:
    set_entities(hass)
    entry = add_entry(hass)
    OcppIntegration(hass, ChargePoint())
    walk = await add_charger(hass, entry)
    await walk.choose("ocpp")
    await walk.send({"name": "Garage", "ocpp_charger": "garage/1"})
    await walk.send(LIMITS_OF_OCPP | changes)
    assert walk.errors == errors

    result = await walk.send(LIMITS_OF_OCPP)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_change_keeps_what_was_set_by_hand(hass: HomeAssistant) -> None:
    set_entities(hass)
    entry = add_entry(hass, CHARGER | {"stack_level": 2})
    double = OcppIntegration(hass, ChargePoint())
    walk = await change_charger(hass, entry, next(iter(entry.subentries)))
    await walk.choose("ocpp")
    await walk.send({"name": "Garage", "ocpp_charger": "garage/1"})

    assert walk.shown()["stack_level"] == 2
    assert double.calls == []
    result = await walk.send(
        LIMITS_OF_OCPP
        | {"advanced": ADVANCED | {"stack_level": 2, "profile_validity": "relative"}}
    )
    assert result["reason"] == "reconfigure_successful"
    (subentry,) = entry.subentries.values()
    assert subentry.data["profile_validity"] == "relative"
    assert subentry.data["stack_level"] == 2


async def test_a_charge_point_that_is_gone_can_still_be_changed(
    hass: HomeAssistant,
) -> None:
    set_entities(hass)
    entry = add_entry(hass, CHARGER)
    walk = await change_charger(hass, entry, next(iter(entry.subentries)))
    await walk.choose("ocpp")
    await walk.send({"name": "Garage", "ocpp_charger": "garage/1"})
    result = await walk.send(LIMITS_OF_OCPP)
    assert result["reason"] == "reconfigure_successful"
