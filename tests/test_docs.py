"""The documentation: examples parse and run, links lead somewhere, nothing is forgotten."""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any, NamedTuple
from urllib.parse import unquote

from homeassistant.components.automation.config import (
    async_validate_config_item,
)
from homeassistant.components.automation.const import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
import yaml

from custom_components.ev_lb.chargers.actions import SET_CURRENT, ActionsDriver
from custom_components.ev_lb.chargers.driver import CommandError
from custom_components.ev_lb.const import DOMAIN
from custom_components.ev_lb.engine.model import (
    BalancerState,
    LimitingFactor,
    ReadingProblem,
)
from custom_components.ev_lb.flows.validation import FormCheck, check_current_is_used
from custom_components.ev_lb.health.events import EVENT_TYPES

from .metadata import INTEGRATION, ROOT, english

DOCS = ROOT / "docs"
PAGES = sorted(
    {
        *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
        *DOCS.rglob("*.md"),
    }
)

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
WATTS_PER_AMPERE = 690.0


class Block(NamedTuple):
    """A fenced block, and where it stands."""

    page: str
    heading: str
    text: str


def page_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def without_blocks(text: str) -> str:
    return FENCED.sub("", text)


def slug(heading: str) -> str:
    """Return a heading's anchor, as GitHub makes it."""
    plain = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return plain.replace(" ", "-")


def anchors(path: Path) -> set[str]:
    text = without_blocks(path.read_text(encoding="utf-8"))
    return {slug(heading) for heading in HEADING.findall(text)}


def blocks(language: str) -> Iterator[Block]:
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for found in FENCED.finditer(text):
            if found[1] == language:
                headings = HEADING.findall(without_blocks(text[: found.start()]))
                yield Block(page_name(path), headings[-1], found[2])


def parsed() -> Iterator[tuple[Block, Any]]:
    for block in blocks("yaml"):
        yield block, yaml.safe_load(block.text)


def example(heading: str) -> list[dict[str, Any]]:
    """Return the first list of actions under a heading of the action scripts."""
    found: list[dict[str, Any]] = next(
        content
        for block, content in parsed()
        if block.page == "docs/action-scripts.md"
        and block.heading == heading
        and isinstance(content, list)
    )
    return found


def driver(hass: HomeAssistant, heading: str) -> ActionsDriver:
    """Return a charger that the example controls."""
    return ActionsDriver(
        hass,
        "Garage",
        DOMAIN,
        "garage",
        WATTS_PER_AMPERE,
        {SET_CURRENT: example(heading)},
    )


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def entity_names() -> set[str]:
    return {
        entity["name"]
        for platform in english()["entity"].values()
        for entity in platform.values()
    }


@pytest.mark.parametrize("block", blocks("yaml"), ids=lambda block: block.heading)
def test_yaml_of_the_examples_is_valid(block: Block) -> None:
    assert yaml.safe_load(block.text), f"{block.page}: nothing in the block"


@pytest.mark.parametrize("block", blocks("yaml"), ids=lambda block: block.heading)
async def test_actions_are_what_home_assistant_takes(
    hass: HomeAssistant, block: Block
) -> None:
    content = yaml.safe_load(block.text)
    if isinstance(content, list):
        assert cv.SCRIPT_SCHEMA(content)
    elif "triggers" not in content and "action" in content:
        assert cv.SCRIPT_SCHEMA([content])


async def test_automations_are_what_home_assistant_takes(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, AUTOMATION_DOMAIN, {})
    found = [content for _, content in parsed() if "triggers" in content]
    assert found
    for content in found:
        checked = await async_validate_config_item(hass, content["alias"], content)
        assert checked is not None
        assert checked.validation_error is None


@pytest.mark.parametrize("path", PAGES, ids=page_name)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for link in LINK.findall(without_blocks(path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = unquote(link).partition("#")
        linked = path.parent / target if target else path
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            broken.append(link)
    assert broken == []


def test_every_page_can_be_reached_from_the_index() -> None:
    index = page("README.md") + page("development/README.md")
    forgotten = [
        page_name(path)
        for path in DOCS.rglob("*.md")
        if path.name != "README.md"
        and f"({path.name})" not in index
        and f"({path.relative_to(DOCS).as_posix()})" not in index
    ]
    assert forgotten == []


def test_design_notes_are_named_by_their_day() -> None:
    names = {path.name for path in (DOCS / "development").iterdir()} - {"README.md"}
    pattern = re.compile(r"\d{4}-\d{2}-\d{2}(-[a-z0-9]+)+\.md")
    assert {name for name in names if not pattern.fullmatch(name)} == set()


def test_every_entity_is_described() -> None:
    text = page("entities.md")
    assert {name for name in entity_names() if f"**{name}**" not in text} == set()


def test_every_service_and_each_of_its_fields_is_described() -> None:
    text = page("actions.md")
    services = yaml.safe_load((INTEGRATION / "services.yaml").read_text("utf-8"))
    expected = {f"`{DOMAIN}.{name}`" for name in services} | {
        f"`{field}`" for service in services.values() for field in service["fields"]
    }
    assert {name for name in expected if name not in text} == set()


@pytest.mark.parametrize("name", ["entities.md", "events.md"])
def test_every_event_is_described(name: str) -> None:
    text = page(name)
    assert {kind for kind in EVENT_TYPES if f"`{DOMAIN}_{kind}`" not in text} == set()


def test_every_limiting_factor_and_state_is_explained() -> None:
    sensors = english()["entity"]["sensor"]
    text = page("how-it-works.md")
    names = [
        sensors["limiting_factor"]["state"][factor.value] for factor in LimitingFactor
    ] + [sensors["balancer_state"]["state"][state.value] for state in BalancerState]
    assert [name for name in names if name not in text] == []


def test_every_problem_of_a_meter_has_a_cure() -> None:
    text = page("troubleshooting.md")
    assert [kind for kind in ReadingProblem if f"| `{kind.value}` |" not in text] == []


def test_every_repair_is_explained() -> None:
    text = page("troubleshooting.md")
    titles = [issue["title"] for issue in english()["issues"].values()]
    shown = [re.sub(r"\{\w+\}", "...", title) for title in titles]
    assert [title for title in shown if f"| {title} |" not in text] == []


def test_closed_loop_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = (row for row in blocks("python") if row.heading == "The closed loop")
    exec(compile(block.text, block.page, "exec"), {})
    commands, overload_s = capsys.readouterr().out.split()
    assert int(commands) > 0
    assert float(overload_s) >= 0


@pytest.mark.parametrize(
    ("heading", "service", "data"),
    [
        ("Modbus", "modbus.write_register", {"value": 130}),
        ("MQTT", "mqtt.publish", {"payload": 13}),
        (
            "A charger that sets power, not current",
            "number.set_value",
            {"value": 8970},
        ),
        ("A switch only", "switch.turn_on", {}),
        (
            "A script of your own",
            "script.charger_current",
            {"current_a": 13.0, "current_w": 8970, "charger_id": "garage"},
        ),
    ],
)
async def test_example_sets_the_current(
    hass: HomeAssistant, heading: str, service: str, data: dict[str, Any]
) -> None:
    calls = async_mock_service(hass, *service.split("."))
    await driver(hass, heading).async_set_current(13.0, 0.0)
    assert len(calls) == 1
    assert calls[0].data.items() >= data.items()


@pytest.mark.parametrize(
    "heading",
    [
        "OCPP",
        "REST",
        "Modbus",
        "MQTT",
        "A charger that sets power, not current",
        "A switch only",
        "A script of your own",
    ],
)
def test_form_takes_the_example(heading: str) -> None:
    check = FormCheck()
    check_current_is_used(check, SET_CURRENT, example(heading))
    assert check.errors == {}


async def test_switch_goes_off_without_room(hass: HomeAssistant) -> None:
    calls = async_mock_service(hass, "switch", "turn_off")
    await driver(hass, "A switch only").async_set_current(0.0, 10.0)
    assert len(calls) == 1


async def test_ocpp_names_charger_and_connector(hass: HomeAssistant) -> None:
    calls = async_mock_service(hass, "ocpp", "set_charge_rate")
    hass.states.async_set("sensor.garage_status_connector", "Charging")
    await driver(hass, "OCPP").async_set_current(13.0, 0.0)
    (call,) = calls
    assert call.data["devid"] == "garage"
    assert call.data["conn_id"] == 1
    profile = call.data["custom_profile"]
    limit = profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"]
    # A text would never be sent.
    assert isinstance(limit, float)
    assert limit == 13.0


async def test_ocpp_sends_nothing_to_an_absent_charger(hass: HomeAssistant) -> None:
    calls = async_mock_service(hass, "ocpp", "set_charge_rate")
    hass.states.async_set("sensor.garage_status_connector", "unavailable")
    with pytest.raises(CommandError):
        await driver(hass, "OCPP").async_set_current(13.0, 0.0)
    assert calls == []


@pytest.mark.parametrize(("status", "taken"), [(200, True), (404, False)])
async def test_rest_believes_the_answer(
    hass: HomeAssistant, status: int, taken: bool
) -> None:
    currents = []

    async def answer(call: ServiceCall) -> dict[str, Any]:
        currents.append(call.data["ampere"])
        return {"status": status}

    hass.services.async_register(
        "rest_command",
        "garage_current",
        answer,
        supports_response=SupportsResponse.OPTIONAL,
    )
    charger = driver(hass, "REST")
    if taken:
        await charger.async_set_current(13.0, 0.0)
    else:
        with pytest.raises(CommandError):
            await charger.async_set_current(13.0, 0.0)
    assert currents == [13]
