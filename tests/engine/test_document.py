"""What a document says is what the engine gets, to the last bit."""

from collections.abc import Iterator
from dataclasses import dataclass
import json
from math import inf, nan
from pathlib import Path

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.codec import (
    DecisionInput,
    DocumentError,
    decision_document,
    from_document,
    json_schema,
    to_document,
)
from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Charger,
    Circuit,
    Decision,
    Lease,
    Phase,
    Reading,
    ReadingProblem,
    Site,
    Snapshot,
    State,
)
from tests.searching import examples

from .strategies import sites, snapshots


def through_json(value: object) -> object:
    """Return a value's document after it went through a file."""
    return json.loads(json.dumps(to_document(value), allow_nan=False))


def read_back(value: object) -> object:
    return from_document(type(value), through_json(value))


@pytest.mark.parametrize("kind", [DecisionInput, Decision])
@given(data=st.data())
@settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_whatever_a_field_may_hold_comes_back(kind: type, data: st.DataObject) -> None:
    """The text of a value, unlike the value, equals itself with not-a-number in it."""
    value = data.draw(st.from_type(kind))
    assert repr(read_back(value)) == repr(value)


@given(st.data())
@settings(max_examples=examples(80))
def test_a_decision_can_be_made_again_elsewhere(data: st.DataObject) -> None:
    site = data.draw(sites())
    state = State()
    now_s = 1e9
    for step_s in data.draw(st.lists(st.sampled_from([0.5, 3, 31, 200]), max_size=5)):
        now_s += step_s
        snapshot = data.draw(snapshots(site, now_s))
        decision = decide(site, state, snapshot, now_s)
        assert repr(read_back(decision.state)) == repr(decision.state)

        text = json.dumps(decision_document(site, state, snapshot, now_s))
        asked = from_document(DecisionInput, json.loads(text))
        assert (asked.site, asked.state) == (site, state)
        again = decide(asked.site, asked.state, asked.snapshot, asked.now_s)
        assert to_document(again) == to_document(decision)
        state = decision.state


def test_a_document_reads_like_what_it_says() -> None:
    charger = Charger(
        charger_id="garage",
        circuit_id="grid",
        phases=(Phase.L2, Phase.L3),
        lease=Lease(duration_s=inf, fallback_current_a=6),
    )
    document = to_document(charger)
    assert isinstance(document, dict)
    assert document["phases"] == ["l2", "l3"]
    assert document["lease"] == {"duration_s": "inf", "fallback_current_a": 6}
    assert document["manual_limit_a"] is None
    reading = Reading(nan, -inf, ReadingProblem.NOT_A_NUMBER)
    assert to_document(reading) == {
        "value": "nan",
        "time_s": "-inf",
        "problem": "not_a_number",
    }


def test_what_is_left_out_has_its_default() -> None:
    document = {"charger_id": "garage", "circuit_id": "grid", "max_current_a": 20}
    charger = from_document(Charger, document)
    assert charger == Charger(
        charger_id="garage", circuit_id="grid", max_current_a=20.0
    )
    assert isinstance(charger.max_current_a, float)
    asked = from_document(
        DecisionInput, {"site": {"circuits": []}, "snapshot": {}, "now_s": 1}
    )
    assert asked == DecisionInput(
        site=Site(circuits=()), state=State(), snapshot=Snapshot(), now_s=1.0
    )


def site_with(**charger: object) -> dict[str, object]:
    return {
        "circuits": [{"circuit_id": "grid", "limit_a": [25, 25, 25]}],
        "chargers": [{"charger_id": "a", "circuit_id": "grid", **charger}],
    }


@pytest.mark.parametrize(
    ("site", "message"),
    [
        (
            site_with(min_current_a="six"),
            'site.chargers[0].min_current_a: expected a number, got "six"',
        ),
        (
            site_with(min_current_a=None),
            "site.chargers[0].min_current_a: expected a number, got null",
        ),
        (
            site_with(min_current_a=True),
            "site.chargers[0].min_current_a: expected a number, got true",
        ),
        (
            site_with(manual_limit_a=[6]),
            "site.chargers[0].manual_limit_a: expected a number, got a list",
        ),
        (
            site_with(min_current_a=10**400),
            (
                "site.chargers[0].min_current_a: not a finite number; "
                'there are "inf", "-inf", "nan"'
            ),
        ),
        (
            site_with(min_current_a=inf),
            (
                "site.chargers[0].min_current_a: not a finite number; "
                'there are "inf", "-inf", "nan"'
            ),
        ),
        (
            site_with(enabled=1),
            "site.chargers[0].enabled: expected true or false, got 1",
        ),
        (
            site_with(charger_id=5),
            "site.chargers[0].charger_id: expected a text, got 5",
        ),
        (
            site_with(charger_id=10**5000),
            "site.chargers[0].charger_id: expected a text, got a huge number",
        ),
        (
            site_with(phases=["l1", "L2"]),
            'site.chargers[0].phases[1]: expected one of "l1", "l2", "l3", got "L2"',
        ),
        (
            site_with(phases=[0]),
            'site.chargers[0].phases[0]: expected one of "l1", "l2", "l3", got 0',
        ),
        (
            site_with(phases="l1"),
            'site.chargers[0].phases: expected a list, got "l1"',
        ),
        (
            site_with(lease={"duration_s": 60}),
            "site.chargers[0].lease.fallback_current_a: this field is missing",
        ),
        (
            site_with(response=3.5),
            "site.chargers[0].response: expected an object, got 3.5",
        ),
        (
            site_with(charger_id={}),
            "site.chargers[0].charger_id: expected a text, got an object",
        ),
        (
            {"circuits": [{"circuit_id": "grid", "limit_a": [25, 25]}]},
            "site.circuits[0].limit_a: expected 3 values, got 2",
        ),
        (
            {"circuits": [{"circuit_id": "grid", "limit_a": [25, 25, "x\n" * 50]}]},
            "site.circuits[0].limit_a[2]: expected a number, "
            'got "' + r"x\n" * 20 + '..."',
        ),
        (
            {"circuits": [], "a fuse": 25},
            'site["a fuse"]: there is no such field; there are circuits, chargers, ',
        ),
        ({}, "site.circuits: this field is missing"),
    ],
)
def test_what_is_wrong_is_refused_by_its_path(
    site: dict[str, object], message: str
) -> None:
    document = {"site": site, "snapshot": {}, "now_s": 1}
    with pytest.raises(DocumentError) as caught:
        from_document(DecisionInput, document)
    assert str(caught.value).startswith(message)
    assert message.startswith(caught.value.path)
    assert "\n" not in str(caught.value)


def test_the_path_begins_where_the_document_stands() -> None:
    with pytest.raises(DocumentError, match=r"^\[3\]\.limit_a: this field is missing"):
        from_document(Circuit, {"circuit_id": "grid"}, "[3]")
    with pytest.raises(DocumentError, match=r"^expected an object, got null"):
        from_document(Circuit, None)


@dataclass(frozen=True)
class Counted:
    count: int
    named: str = "none"


def test_whole_numbers_stay_whole() -> None:
    assert from_document(Counted, {"count": 3.0}) == Counted(3)
    for wrong in (3.5, "3", False):
        with pytest.raises(DocumentError, match=r"^count: expected a whole number"):
            from_document(Counted, {"count": wrong})


def test_the_schema_says_what_is_read() -> None:
    assert json_schema(Counted) == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "#/$defs/Counted",
        "$defs": {
            "Counted": {
                "type": "object",
                "properties": {
                    "count": {"type": "integer"},
                    "named": {"type": "string", "default": "none"},
                },
                "required": ["count"],
                "additionalProperties": False,
            }
        },
    }
    definitions = json_schema(Circuit)["$defs"]
    assert isinstance(definitions, dict)
    circuit = definitions["Circuit"]
    assert isinstance(circuit, dict)
    number = {"$ref": "#/$defs/Number"}
    assert circuit["properties"] == {
        "circuit_id": {"type": "string"},
        "limit_a": {
            "type": "array",
            "prefixItems": [number, number, number],
            "minItems": 3,
            "items": False,
        },
        "parent_id": {
            "anyOf": [{"type": "string"}, {"type": "null"}],
            "default": None,
        },
        "meter": {
            "anyOf": [{"$ref": "#/$defs/Meter"}, {"type": "null"}],
            "default": None,
        },
    }


@dataclass(frozen=True)
class Foreign:
    value: set[str]


def test_a_type_that_no_document_holds_is_told_at_once() -> None:
    with pytest.raises(TypeError, match="set"):
        from_document(Foreign, {"value": []})
    with pytest.raises(TypeError, match="cannot hold"):
        to_document(Foreign({"a"}))


def test_a_decision_of_before_reasons_had_numbers_is_found_again() -> None:
    """All that it told is told still, and the state that it left can be gone on from."""
    root = Path(__file__).parents[2]
    asked = json.loads((root / "docs/examples/decide/kettle.json").read_text())
    before = json.loads(
        (root / "tests/engine/data/kettle-decided-before.json").read_text()
    )
    state = State()
    for snapshot, told in zip(asked["snapshots"], before, strict=True):
        document = {"site": asked["site"]} | snapshot
        question = from_document(DecisionInput, document)
        now = to_document(
            decide(question.site, state, question.snapshot, question.now_s)
        )
        assert list(_missing(told, now)) == []
        state = from_document(State, told["state"])


def _missing(before: object, now: object, path: str = "") -> Iterator[str]:
    """Yield what a document has that another one lacks, or tells otherwise."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name, value in before.items():
            yield from _missing(value, now.get(name), f"{path}.{name}")
    elif isinstance(before, list) and isinstance(now, list):
        for place, value in enumerate(before):
            yield from _missing(value, now[place], f"{path}[{place}]")
    elif before != now:
        yield f"{path}: {before} was told, now {now}"
