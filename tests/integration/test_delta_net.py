"""A net without neutral: 230 V between phases, and sqrt(3) x 230 V for three of them."""

from math import sqrt
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.ev_lb.building.meters import build_sensors
from custom_components.ev_lb.building.site import build_site
from custom_components.ev_lb.engine.model import Phase

from .flows import add_site, change_site
from .homes import CURRENTS, PHASE_SITE, POWER, Home, make_entry
from .sites import EQUIPMENT, METER_LOSS, set_entities

WHOLE_W = sqrt(3) * 230.0
"""What an ampere on each of three phases comes to, W."""
DELTA = {"delta_net": True}
THREE = {"phases": ["l1", "l2", "l3"], "max_current_a": 32.0}
TOTAL = {"phases": 3, "meter_kind": "total_power", "power_entity": POWER}


async def settled(home: Home, house_a: float, total: bool = False) -> float:
    """Return what the car gets beside a house that draws so much on each phase."""
    for entity_id in (POWER,) if total else CURRENTS:
        home.meter(0, "W" if total else "A", entity_id)
    await home.install_charger()
    await home.start()
    for _ in range(240):
        load_a = house_a + home.told_a
        if total:
            home.meter(round(load_a * WHOLE_W, 1))
        for entity_id in () if total else CURRENTS:
            home.meter(round(load_a, 3), "A", entity_id)
        await home.pass_time(1)
    return home.told_a


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize(
    ("limit_w", "house_a", "expected_a"),
    [(9000.0, 2.0, 20.0), (5000.0, 5.0, 7.0), (7000.0, 0.0, 17.0), (4400.0, 5.0, 6.0)],
)
async def test_an_import_limit_leaves_what_the_line_currents_come_to(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    limit_w: float,
    house_a: float,
    expected_a: float,
    total: bool,
) -> None:
    site = (TOTAL if total else PHASE_SITE) | DELTA
    entry = make_entry(site, {"import_limit_w": limit_w}, THREE)
    home = Home(hass, freezer, entry)

    got_a = await settled(home, house_a, total)

    assert got_a == expected_a
    assert (got_a + house_a) * WHOLE_W <= limit_w
    assert float(home.charger_state("sensor", "power_set")) == pytest.approx(
        got_a * WHOLE_W, abs=0.1
    )


async def test_the_fuse_is_one_of_line_currents(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A total of sqrt(3) x 230 V x 2.9 A is 8.7 A, if all of it is on one phase."""
    entry = make_entry(TOTAL | DELTA, {"service_current_a": 25.0}, THREE)
    assert await settled(Home(hass, freezer, entry), 2.9, total=True) == 16


@pytest.mark.parametrize(
    ("data", "volts"),
    [
        (DELTA, 230 / sqrt(3)),
        (DELTA | {"voltage_v": 240.0}, 240 / sqrt(3)),
        ({"delta_net": False}, 230.0),
        ({}, 230.0),
        # One phase of such a net is a pair of wires with 230 V between them.
        (DELTA | {"phases": 1}, 230.0),
        ({"delta_net": "what"}, 230.0),
    ],
)
def test_volts(data: dict[str, Any], volts: float) -> None:
    site = build_site(make_entry(PHASE_SITE | data, None, THREE), {})
    assert site.volts == pytest.approx(volts)


def test_a_power_for_each_phase_becomes_its_line_current(hass: HomeAssistant) -> None:
    data = PHASE_SITE | DELTA | {"meter_kind": "phase_power"}
    entry = make_entry(data)
    hass.states.async_set(CURRENTS[1], "1328", {"unit_of_measurement": "W"})
    sensors = build_sensors(hass, entry)
    sensors.observe(CURRENTS[1], hass.states.get(CURRENTS[1]), 1.0)
    reading = sensors.grid.phase_currents_a()[Phase.L2]
    assert reading is not None
    assert reading.value == pytest.approx(10, abs=0.01)


@pytest.mark.usefixtures("mock_setup_entry")
async def test_the_form_asks_for_it(hass: HomeAssistant) -> None:
    set_entities(hass)
    walk = await add_site(hass)
    await walk.choose("home")
    await walk.send({"meter_kind": "total_power", "advanced": {"delta_net": True}})
    meter = {"power_entity": "sensor.grid_power"}
    await walk.send(meter)
    await walk.send(METER_LOSS)
    await walk.send(EQUIPMENT)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert walk.result["data"]["delta_net"] is True

    walk = await change_site(hass, walk.result["result"])
    await walk.choose("home")
    assert walk.shown()["delta_net"] is True
    await walk.send({"advanced": {"delta_net": False}})
    await walk.send(meter)
    [entry] = hass.config_entries.async_entries("ev_lb")
    assert "delta_net" not in entry.data
