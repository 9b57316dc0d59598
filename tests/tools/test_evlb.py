"""Documents in, decisions out: what users of the command line see."""

import json
from pathlib import Path
import re

import pytest
from typer.testing import CliRunner

from tools.evlb.__main__ import app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "decide-document.md"
SCHEMA = ROOT / "docs" / "decide-document.schema.json"
EXAMPLES = ROOT / "docs" / "examples" / "decide"


def run(*arguments: str, given: str | bytes = "") -> tuple[str, str, int]:
    """Return what the command line prints, what it complains of, and its exit code."""
    result = CliRunner().invoke(app, list(arguments), input=given)
    return result.stdout, result.stderr, result.exit_code


def example(name: str) -> dict:
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


def decisions(document: object) -> list:
    """Return the decisions that a document asks for."""
    output, complaint, code = run("decide", "-", given=json.dumps(document))
    assert (complaint, code) == ("", 0)
    return json.loads(output)


def test_one_document_gives_one_decision() -> None:
    output, complaint, code = run("decide", str(EXAMPLES / "one-car.json"))
    assert (complaint, code) == ("", 0)
    decision = json.loads(output)
    assert decision["time_s"] == 100
    (garage,) = decision["chargers"]
    assert garage["set_a"] == 12
    assert (garage["limiting"]["factor"], garage["limiting"]["phase"]) == ("fuse", "l1")


def test_a_history_goes_on_from_decision_to_decision() -> None:
    history = example("kettle.json")
    lived = decisions(history)
    assert [row["chargers"][0]["set_a"] for row in lived] == [16, 16, 13]

    last = history["snapshots"].pop()
    again = decisions({**last, "site": history["site"], "state": lived[-2]["state"]})
    assert again == lived[-1]
    assert decisions(history) == lived[:-1]


def test_a_list_gives_an_answer_to_each() -> None:
    first, second = decisions(example("meter-lost.json"))
    assert first["problems"] == ["stale"] * 3
    assert first["chargers"][0]["set_a"] == 0
    assert second["problems"] == ["not_a_number", None, None]
    assert second["chargers"][0]["set_a"] == 16
    one = example("one-car.json")
    assert decisions([one, example("kettle.json")]) == [
        decisions(one),
        decisions(example("kettle.json")),
    ]
    assert decisions([]) == []


def test_lines_are_for_people() -> None:
    output, _, code = run("decide", str(EXAMPLES / "kettle.json"), "--format", "text")
    assert code == 0
    lines = output.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("100 s: garage 16 A (charger_max); next look in ")
    carries = "L1 carries 12 of 25 A"
    assert lines[2].startswith(f"140 s: garage 13 A (fuse grid: {carries}); next look")

    empty = {"site": {"circuits": []}, "snapshot": {}, "now_s": 0.5}
    output, _, _ = run("decide", "-", "--format", "text", given=json.dumps(empty))
    assert output.startswith("0.5 s: no chargers; ")


WRONG_FIELD = 'site.chargers[0].min_current_a: expected a number, got "six"'


def with_wrong_field() -> dict:
    document = example("one-car.json")
    document["site"]["chargers"][0]["min_current_a"] = "six"
    return document


def with_time_going_back() -> dict:
    document = example("kettle.json")
    document["snapshots"][2]["now_s"] = 5
    return document


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (json.dumps(with_wrong_field()), f"{WRONG_FIELD}."),
        (
            json.dumps([example("one-car.json"), with_wrong_field()]),
            f"[1].{WRONG_FIELD}.",
        ),
        (
            json.dumps(with_time_going_back()),
            "snapshots[2].now_s: 5.0 is before 130.0; snapshots stand in time order.",
        ),
        (
            json.dumps([with_time_going_back()]),
            (
                "[0].snapshots[2].now_s: 5.0 is before 130.0; "
                "snapshots stand in time order."
            ),
        ),
        (
            json.dumps({**example("kettle.json"), "now_s": 5}),
            "now_s: there is no such field; there are site, state, snapshots.",
        ),
        ("5", "expected an object, got 5."),
        ("[[]]", "[0]: expected an object, got a list."),
        (
            '{"now_s": }',
            "this is not JSON: Expecting value: line 1 column 11 (char 10).",
        ),
        ("", "this is not JSON: Expecting value: line 1 column 1 (char 0)."),
        (
            '{"now_s": NaN}',
            'NaN is not JSON; there are "inf", "-inf" and "nan".',
        ),
        (
            '{"now_s": 1, "site": {}, "now_s": 2}',
            "an object has the field now_s more than once.",
        ),
        ("[" * 200_000, "the lists and objects are too deep."),
        (b"\xff\xfe", "- is not UTF-8 text."),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(
    given: str | bytes, message: str
) -> None:
    assert run("decide", "-", given=given) == ("", f"Error: {message}\n", 2)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    file = tmp_path / "none.json"
    message = f"Error: {file} cannot be read: No such file or directory.\n"
    assert run("decide", str(file)) == ("", message, 2)


def test_the_schema_in_the_docs_is_that_of_the_code() -> None:
    output, _, code = run("schema")
    assert code == 0
    assert SCHEMA.read_text(encoding="utf-8") == output, (
        "renew it with: scripts/evlb schema > docs/decide-document.schema.json"
    )


def test_the_schema_explains_its_fields() -> None:
    definitions = json.loads(run("schema")[0])["$defs"]
    assert definitions["Lease"]["description"].startswith("How long a command holds")
    step = definitions["DecisionInput"]["properties"]["now_s"]
    assert step["description"].startswith("The moment of the decision, s")


def test_the_page_shows_what_the_examples_give() -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = re.findall(
        r"```console\n\$ scripts/evlb ([^\n]*)\n(.*?)```", page, flags=re.DOTALL
    )
    assert shown, "the page shows no example"
    for command, expected in shown:
        arguments = [
            str(ROOT / word) if word.startswith("docs/") else word
            for word in command.split()
        ]
        output, complaint, _ = run(*arguments)
        assert output + complaint == expected
    documents = re.findall(r"```json\n(.*?)```", page, flags=re.DOTALL)
    assert (EXAMPLES / "one-car.json").read_text(encoding="utf-8") in documents
