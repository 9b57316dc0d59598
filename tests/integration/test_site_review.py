"""What looks wrong with a site is shown before it is saved."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest

from .flows import Walk, add_site, change_site
from .sites import CURRENT_A, EQUIPMENT, METER_LOSS, add_entry, set_entities

pytestmark = pytest.mark.usefixtures("mock_setup_entry")

POWER_W = {"unit_of_measurement": "W", "device_class": "power"}


async def add(
    hass: HomeAssistant,
    kind: str,
    readings: dict[str, str],
    *,
    fuse_a: float = 25.0,
    **meter: Any,
) -> Walk:
    """Add a home whose sensors show these values, in the order of the fields."""
    for entity_id, value in readings.items():
        unit = CURRENT_A if kind == "phase_current" else POWER_W
        hass.states.async_set(entity_id, value, unit)
    fields = ["power_entity"] if kind == "total_power" else ["l1_entity"]
    if len(readings) > 1:
        fields = ["l1_entity", "l2_entity", "l3_entity"]
    walk = await add_site(hass)
    await walk.choose("home")
    await walk.send(
        {"name": "My home", "meter_kind": kind, "service_current_a": fuse_a}
        | ({} if len(readings) > 1 or kind == "total_power" else {"phases": "1"})
    )
    await walk.send(dict(zip(fields, readings, strict=True)) | meter)
    await walk.send(dict(METER_LOSS))
    await walk.send(dict(EQUIPMENT))
    return walk


def phases(stem: str, *values: float) -> dict[str, str]:
    return {f"{stem}_l{row}": str(value) for row, value in enumerate(values, 1)}


GOOD = phases("sensor.home_power", 1200, -300, 0)
CURRENTS = phases("sensor.home_current", 5, 3, 0)


@pytest.mark.parametrize(
    ("kind", "readings", "more"),
    [
        ("phase_power", GOOD, {"can_export": True}),
        ("phase_power", phases("sensor.p1_power", 15, 0, 900), {}),
        ("phase_power", phases("sensor.home_power", 0, 0, 0), {}),
        ("phase_current", CURRENTS, {}),
        ("phase_current", CURRENTS, {"can_export": True, "invert_sign": True}),
        (
            "phase_current",
            phases("sensor.home_current", 5, -3, 0),
            {"can_export": True},
        ),
        ("total_power", {"sensor.grid_power": "17000"}, {}),
        ("phase_power", {"sensor.home_power": "400"}, {}),
    ],
)
async def test_what_looks_right_is_saved_at_once(
    hass: HomeAssistant, kind: str, readings: dict[str, str], more: dict[str, Any]
) -> None:
    walk = await add(hass, kind, readings, **more)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("kind", "readings", "more", "sentence"),
    [
        ("phase_current", CURRENTS, {"can_export": True}, "has no sign as a rule"),
        (
            "phase_power",
            phases("sensor.solar_inverter_power", 5, 300, 7),
            {},
            "production or export",
        ),
        ("total_power", {"sensor.power_returned": "700"}, {}, "production or export"),
        ("total_power", {"sensor.wallbox_power": "700"}, {}, "a sensor of a charger"),
        (
            "phase_power",
            {
                "sensor.power_l2": "700",
                "sensor.power_l1": "600",
                "sensor.power_l3": "6",
            },
            {},
            "Phase L1, sensor.power_l2: this is named after L2",
        ),
        ("phase_power", phases("sensor.power", 1.2, 0.3, 0.9), {}, "next to nothing"),
        ("phase_power", phases("sensor.power", 90000, 3, 9), {}, "several times"),
        ("phase_current", phases("sensor.current", 400, 3, 9), {}, "several times"),
        ("phase_power", GOOD, {"fuse_a": 5.0}, "A main fuse of 5 A"),
        ("phase_power", GOOD, {"fuse_a": 400.0}, "A main fuse of 400 A"),
    ],
)
async def test_what_looks_wrong_is_shown(
    hass: HomeAssistant,
    kind: str,
    readings: dict[str, str],
    more: dict[str, Any],
    sentence: str,
) -> None:
    walk = await add(hass, kind, readings, **more)
    assert walk.result["step_id"] == "review"
    shown = walk.result["description_placeholders"]
    assert sentence in shown["doubts"]
    for entity_id, value in readings.items():
        assert f"{value} " in shown["readings"]
        assert entity_id in shown["readings"]

    await walk.send({"next": "save"})
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_sensor_of_a_charger_is_known_by_its_integration(
    hass: HomeAssistant,
) -> None:
    entry = er.async_get(hass).async_get_or_create(
        "sensor", "easee", "x", suggested_object_id="power"
    )
    walk = await add(hass, "total_power", {entry.entity_id: "700"})
    assert "a charger" in walk.result["description_placeholders"]["doubts"]


async def test_it_leads_back_to_what_is_wrong(hass: HomeAssistant) -> None:
    walk = await add(hass, "phase_power", phases("sensor.power", 1.2, 0.3, 0.9))
    await walk.send({"next": "meter"})
    assert walk.result["step_id"] == "meter"
    hass.states.async_set("sensor.power_l1", "1200", POWER_W)
    await walk.send({})
    await walk.send(dict(METER_LOSS))
    await walk.send(dict(EQUIPMENT))
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_it_leads_back_to_the_fuse_and_reads_again(hass: HomeAssistant) -> None:
    walk = await add(hass, "phase_power", GOOD, fuse_a=400.0)
    hass.states.async_set("sensor.home_power_l1", "1300", POWER_W)
    await walk.send({"next": "read"})
    assert "1300 W" in walk.result["description_placeholders"]["readings"]
    await walk.send({"next": "home"})
    assert walk.shown()["service_current_a"] == 400
    await walk.send({"service_current_a": 40})
    for step in ({}, METER_LOSS, EQUIPMENT):
        await walk.send(dict(step))
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


async def test_what_was_agreed_to_is_not_asked_again(hass: HomeAssistant) -> None:
    set_entities(hass)
    site = add_entry(hass, can_export=True)
    walk = await change_site(hass, site)
    await walk.choose("limits")
    await walk.send({})
    assert walk.result["reason"] == "reconfigure_successful"
