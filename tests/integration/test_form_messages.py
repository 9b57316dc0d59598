"""What a form answers to what no field of it would send, and to what is gone."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import (
    async_mock_service,
)

from custom_components.ev_lb.flows.validation import LONGEST_NAME

from .flows import Walk, add_charger, add_circuit, change_charger, change_circuit
from .sites import CHARGER_DATA, add_entry, set_entities

pytestmark = pytest.mark.usefixtures("mock_setup_entry")

SET_CURRENT = [{"action": "charger.set_limit", "data": {"limit": "{{ current_a }}"}}]
ACTIONS: dict[str, Any] = {"name": "Garage", "set_current_action": SET_CURRENT}
CIRCUIT: dict[str, Any] = {
    "name": "Barn",
    "circuit_limit_a": 20.0,
    "phases": ["l1", "l2", "l3"],
    "meter_kind": "none",
}
CHARGER: dict[str, dict[str, Any]] = {
    "entities": {"name": "Garage", "current_entity": "number.charger_current"},
    "charger": {"max_current_a": 16, "min_current_a": 6},
}


@pytest.fixture(autouse=True)
def entities(hass: HomeAssistant) -> None:
    """Have a charger's entities and actions."""
    set_entities(hass)
    async_mock_service(hass, "charger", "set_limit")


@pytest.mark.parametrize(
    "field", ["set_current_action", "stop_charging_action", "start_charging_action"]
)
@pytest.mark.parametrize(
    "junk",
    [
        pytest.param("charger.set_limit", id="text"),
        pytest.param(16, id="number"),
        pytest.param({"action": "charger.set_limit"}, id="mapping"),
        pytest.param(["charger.set_limit"], id="list of texts"),
        pytest.param([[SET_CURRENT]], id="list of lists"),
        pytest.param([{}], id="empty action"),
        pytest.param([{"action": 5}], id="number for a name"),
        pytest.param("x" * 10_000, id="long text"),
    ],
)
async def test_an_action_field_answers_what_is_no_sequence_of_actions(
    hass: HomeAssistant, field: str, junk: Any
) -> None:
    """The message quotes what was sent, in short, and it can be corrected."""
    walk = await add_charger(hass, add_entry(hass))
    await walk.choose("actions")

    await walk.send(ACTIONS | {field: junk})
    assert walk.errors == {field: "actions_invalid"}
    assert 0 < len(walk.message(field)) < 1000

    await walk.send(ACTIONS)
    assert walk.result["step_id"] == "charger"


async def send_on(walk: Walk, inputs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Send one form after the other, until the flow ends."""
    while walk.result["type"] is FlowResultType.FORM:
        await walk.send(inputs[walk.result["step_id"]])
        if walk.result["type"] is FlowResultType.FORM:
            assert walk.errors == {}
    return walk.result


@pytest.mark.parametrize("steps", [0, 1])
async def test_a_charger_that_was_removed_meanwhile_ends_its_form(
    hass: HomeAssistant, steps: int
) -> None:
    """At whatever step its form stands; nothing is added in its place."""
    site = add_entry(hass, CHARGER_DATA)
    (charger_id,) = site.subentries
    walk = await change_charger(hass, site, charger_id)
    if walk.result["type"] is FlowResultType.MENU:
        await walk.choose("entities")
    for _ in range(steps):
        await walk.send(CHARGER[walk.result["step_id"]])
    hass.config_entries.async_remove_subentry(site, charger_id)

    result = await send_on(walk, CHARGER)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "gone"
    assert dict(site.subentries) == {}


async def test_a_circuit_that_was_removed_meanwhile_ends_its_form(
    hass: HomeAssistant,
) -> None:
    site = add_entry(hass)
    await (await add_circuit(hass, site)).send(CIRCUIT)
    (circuit_id,) = site.subentries
    walk = await change_circuit(hass, site, circuit_id)
    hass.config_entries.async_remove_subentry(site, circuit_id)

    result = await send_on(walk, {"circuit": CIRCUIT})

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "gone"
    assert dict(site.subentries) == {}


@pytest.mark.parametrize("name", ["x" * LONGEST_NAME, f"  {'ö' * LONGEST_NAME} "])
async def test_the_longest_name_is_taken(hass: HomeAssistant, name: str) -> None:
    """One character more is refused; what stands around it does not count."""
    site = add_entry(hass)
    walk = await add_circuit(hass, site)
    await walk.send(CIRCUIT | {"name": f"{name.strip()}x"})
    assert walk.errors == {"name": "name_too_long"}
    assert str(LONGEST_NAME) in walk.message("name")
    await walk.send(CIRCUIT | {"name": name})
    assert walk.result["title"] == name.strip()

    walk = await add_charger(hass, site)
    await walk.choose("entities")
    other = name.strip()[1:] + "y"
    await walk.send(CHARGER["entities"] | {"name": f"{other}x"})
    assert walk.errors == {"name": "name_too_long"}
    await walk.send(CHARGER["entities"] | {"name": other})
    await walk.send(CHARGER["charger"])
    assert walk.result["title"] == other
