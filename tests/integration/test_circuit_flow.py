"""The subentry flow that adds or changes a circuit."""

from typing import Any, NamedTuple

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .flows import CIRCUIT_TEXTS, Walk, add_circuit, change_circuit
from .sites import CHARGER_DATA, CURRENT_A, add_entry, set_entities

pytestmark = pytest.mark.usefixtures("mock_setup_entry")

CIRCUIT: dict[str, Any] = {
    "name": "Garage",
    "circuit_limit_a": 20.0,
    "phases": ["l1", "l2", "l3"],
    "meter_kind": "none",
}
METER = {f"l{number}_entity": f"sensor.garage_l{number}" for number in (1, 2, 3)}


@pytest.fixture(autouse=True)
def entities(hass: HomeAssistant) -> None:
    """Have the meters of a home and of its garage."""
    set_entities(hass)
    for entity_id in METER.values():
        hass.states.async_set(entity_id, "2", CURRENT_A)
    hass.states.async_set("sensor.garage_power", "500", {"unit_of_measurement": "W"})


@pytest.fixture
def site(hass: HomeAssistant) -> MockConfigEntry:
    """A home without circuits."""
    return add_entry(hass)


async def new_circuit(
    hass: HomeAssistant, site: MockConfigEntry, **changes: Any
) -> str:
    """Add a circuit without a meter; return its id."""
    walk = await add_circuit(hass, site)
    await walk.send(CIRCUIT | changes)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY, walk.errors
    return list(site.subentries)[-1]


async def test_circuit_without_a_meter(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    """A name and a fuse are enough."""
    walk = await add_circuit(hass, site)
    assert walk.shown() == {
        "circuit_limit_a": 16.0,
        "phases": ["l1", "l2", "l3"],
        "meter_kind": "none",
    }
    await walk.send(CIRCUIT | {"name": " Garage ", "phases": ["l3", "l1"]})

    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert walk.result["title"] == "Garage"
    assert walk.result["data"] == {"circuit_limit_a": 20.0, "phases": ["l1", "l3"]}


@pytest.mark.parametrize(
    ("kind", "phases", "meter"),
    [
        ("phase_current", ["l1", "l2", "l3"], METER),
        ("phase_current", ["l2"], {"l2_entity": METER["l2_entity"]}),
        ("total_power", ["l1"], {"power_entity": "sensor.garage_power"}),
    ],
)
async def test_circuit_with_a_meter(
    hass: HomeAssistant,
    site: MockConfigEntry,
    kind: str,
    phases: list[str],
    meter: dict[str, str],
) -> None:
    """Its meter is asked for the phases that it has, and may be changed away."""
    walk = await add_circuit(hass, site)
    await walk.send(CIRCUIT | {"meter_kind": kind, "phases": phases})
    shown = {"invert_sign": False, "freshness_limit_s": 60.0}
    sections = {"more_sensors", "advanced"}
    assert set(walk.result["data_schema"].schema) - sections == {*meter, "invert_sign"}
    await walk.send(meter)
    data = {"circuit_limit_a": 20.0, "phases": phases, "meter_kind": kind}
    assert walk.result["data"] == data | meter | shown

    (circuit_id,) = site.subentries
    walk = await change_circuit(hass, site, circuit_id)
    assert walk.shown() == CIRCUIT | {"meter_kind": kind, "phases": phases}
    await walk.send(walk.shown())
    assert walk.shown() == meter | shown
    await walk.send({})
    assert walk.result["reason"] == "reconfigure_successful"
    assert site.subentries[circuit_id].data == data | meter | shown

    walk = await change_circuit(hass, site, circuit_id)
    await walk.send(CIRCUIT | {"phases": phases})
    assert site.subentries[circuit_id].data == {
        "circuit_limit_a": 20.0,
        "phases": phases,
    }


async def test_the_delay_of_a_meter_may_be_entered_and_emptied(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    """One that is emptied is found out again, and one of another meter is forgotten."""
    walk = await add_circuit(hass, site)
    await walk.send(CIRCUIT | {"meter_kind": "phase_current"})
    await walk.send(METER | {"advanced": {"meter_delay_s": 12}})
    (circuit_id,) = site.subentries
    assert site.subentries[circuit_id].data["meter_delay_s"] == 12

    walk = await change_circuit(hass, site, circuit_id)
    await walk.send(walk.shown())
    assert walk.shown()["meter_delay_s"] == 12
    await walk.send(METER | {"advanced": {}})
    assert "meter_delay_s" not in site.subentries[circuit_id].data

    walk = await change_circuit(hass, site, circuit_id)
    await walk.send(walk.shown())
    await walk.send(METER | {"advanced": {"meter_delay_s": 12}})
    walk = await change_circuit(hass, site, circuit_id)
    await walk.send(CIRCUIT | {"meter_kind": "total_power"})
    assert "meter_delay_s" not in walk.shown()


async def test_circuits_nest(hass: HomeAssistant, site: MockConfigEntry) -> None:
    """A circuit is fed by another, never by itself or by what it feeds."""
    barn = await new_circuit(hass, site, name="Barn")
    garage = await new_circuit(hass, site, parent_circuit=barn)
    assert site.subentries[garage].data["parent_circuit"] == barn

    walk = await change_circuit(hass, site, garage)
    feeders = walk.result["data_schema"].schema["parent_circuit"].config["options"]
    assert [feeder["label"] for feeder in feeders] == ["My home", "Barn"]
    await walk.send(CIRCUIT | {"parent_circuit": "grid"})
    assert "parent_circuit" not in site.subentries[garage].data
    await _change(hass, site, garage, parent_circuit=barn)

    walk = await change_circuit(hass, site, barn)
    assert "parent_circuit" not in walk.result["data_schema"].schema
    await walk.send(CIRCUIT | {"name": "Barn"})
    assert walk.result["reason"] == "reconfigure_successful"


async def _change(
    hass: HomeAssistant, site: MockConfigEntry, circuit_id: str, **changes: Any
) -> Walk:
    walk = await change_circuit(hass, site, circuit_id)
    await walk.send(CIRCUIT | changes)
    return walk


async def test_phases_come_from_what_feeds_and_stay_for_what_is_fed(
    hass: HomeAssistant,
) -> None:
    """No phase may end between the grid connection and a charger."""
    site = add_entry(hass, CHARGER_DATA | {"phases": ["l2"], "circuit": "barn"})
    barn = await new_circuit(hass, site, name="Barn", phases=["l1", "l2"])
    (charger,) = site.get_subentries_of_type("charger")
    hass.config_entries.async_update_subentry(
        site, charger, data={**charger.data, "circuit": barn}
    )
    walk = await add_circuit(hass, site)
    await walk.send(CIRCUIT | {"parent_circuit": barn})
    assert walk.errors == {"phases": "phases_not_fed"}
    assert "Barn" in walk.message("phases")
    await walk.send(CIRCUIT | {"parent_circuit": barn, "phases": ["l1"]})
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY

    walk = await _change(hass, site, barn, name="Barn", phases=["l3"])
    assert walk.errors == {"phases": "phases_needed"}
    assert "Charger 1, Garage" in walk.message("phases")
    await walk.send(CIRCUIT | {"name": "Barn"})
    assert walk.result["reason"] == "reconfigure_successful"


async def test_one_phase_site_asks_for_no_phases(hass: HomeAssistant) -> None:
    """On one phase there is nothing to choose."""
    site = add_entry(hass, phases=1)
    walk = await add_circuit(hass, site)
    assert "phases" not in walk.shown()
    await walk.send({"name": "Garage", "circuit_limit_a": 20, "meter_kind": "none"})
    assert walk.result["data"] == {"circuit_limit_a": 20, "phases": ["l1"]}


class BadInput(NamedTuple):
    """A wrong entry, and where which message is shown."""

    step: str
    changes: dict[str, Any]
    field: str
    error: str
    told: str = ""
    kind: str = "phase_current"


BAD_INPUT = [
    BadInput("circuit", {"name": " "}, "name", "name_missing"),
    BadInput("circuit", {"name": "charger 1"}, "name", "name_taken"),
    BadInput("circuit", {"name": "x" * 101}, "name", "name_too_long", "100"),
    BadInput(
        "circuit",
        {"circuit_limit_a": 0},
        "circuit_limit_a",
        "circuit_limit_a_range",
        "1 - 400 A",
    ),
    BadInput("circuit", {"phases": []}, "phases", "phases_missing"),
    BadInput("meter", {"l1_entity": "sensor.gone"}, "l1_entity", "entity_not_found"),
    BadInput("meter", {"l1_entity": "switch.charger"}, "l1_entity", "not_a_sensor"),
    BadInput(
        "meter", {"l1_entity": "sensor.garage_power"}, "l1_entity", "not_a_current"
    ),
    BadInput("meter", {"l1_entity": METER["l2_entity"]}, "l2_entity", "entity_twice"),
    BadInput("meter", {"l1_entity": "sensor.words_a"}, "l1_entity", "not_numeric"),
    BadInput(
        "meter",
        {"l1_entity": "sensor.grid_current_l1"},
        "l1_entity",
        "entity_in_use",
        "My home",
    ),
    BadInput(
        "meter",
        {"power_entity": "sensor.outdoor"},
        "power_entity",
        "not_a_power",
        "sensor.outdoor",
        "total_power",
    ),
    BadInput(
        "meter",
        {"advanced": {"freshness_limit_s": 1}},
        "advanced",
        "freshness_limit_s_range",
    ),
    BadInput(
        "meter",
        {"advanced": {"freshness_limit_s": 60, "meter_delay_s": 301}},
        "advanced",
        "meter_delay_s_range",
    ),
]


@pytest.mark.parametrize("bad", BAD_INPUT)
async def test_bad_input_is_told_at_its_field(
    hass: HomeAssistant, bad: BadInput
) -> None:
    """Each wrong entry shows its own message, and can be corrected."""
    site = add_entry(hass, CHARGER_DATA)
    walk = await add_circuit(hass, site)
    inputs = {
        "circuit": CIRCUIT | {"meter_kind": bad.kind},
        "meter": METER | {"advanced": {"freshness_limit_s": 60}}
        if bad.kind == "phase_current"
        else {"power_entity": "sensor.garage_power"},
    }
    if bad.step == "meter":
        await walk.send(inputs["circuit"])

    await walk.send(inputs[bad.step] | bad.changes)
    assert walk.result["step_id"] == bad.step
    assert walk.errors == {bad.field: bad.error}
    assert bad.told in walk.message(bad.field)

    while walk.result["type"] is FlowResultType.FORM:
        await walk.send(inputs[walk.result["step_id"]])
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


def test_every_error_text_is_used() -> None:
    """No text is left of an error that cannot happen any more."""
    tested = {bad.error for bad in BAD_INPUT} | {
        # The same checks as in the other forms.
        "entity_disabled",
        "entity_is_own",
        "not_a_voltage",
        "phase_power_missing",
        "phases_needed",
        "phases_not_fed",
    }
    assert tested == set(CIRCUIT_TEXTS["error"])
