"""The page of all options says what the forms say."""

import re

import pytest

from tests.metadata import ROOT, english, step_tables

PAGE = (ROOT / "docs" / "options.md").read_text(encoding="utf-8")
STEPS = dict(step_tables(english()))


def rows_of(key: str) -> list[str]:
    """Return the page's rows of a field."""
    return [line for line in PAGE.splitlines() if line.endswith(f"| `{key}` |")]


@pytest.mark.parametrize("path", STEPS)
def test_every_field_is_explained_as_in_its_form(path: str) -> None:
    step = STEPS[path]
    explained = step.get("data_description", {})
    missing = {
        key: label
        for key, label in step.get("data", {}).items()
        if not any(
            row.startswith(f"| **{label}** | {explained[key]} |")
            for row in rows_of(key)
        )
    }
    assert missing == {}


def test_the_page_has_no_field_that_is_gone() -> None:
    known = {key for step in STEPS.values() for key in step.get("data", {})}
    assert set(re.findall(r"\| `(\w+)` \|$", PAGE, re.MULTILINE)) == known


def test_every_field_that_has_a_range_tells_it() -> None:
    texts = english()
    errors = [
        *texts["config"]["error"],
        *texts["options"]["error"],
        *(key for flow in texts["config_subentries"].values() for key in flow["error"]),
    ]
    ranged = {key.removesuffix("_range") for key in errors if key.endswith("_range")}
    silent = {
        key
        for key in ranged
        for row in rows_of(key)
        if not re.search(r"\| [\d.]+ to [\d.]+[^|]* \(\S+\) \|", row)
    }
    assert silent == set()


def test_every_choice_of_how_to_balance_is_named() -> None:
    options = english()["selector"]
    for choice in ("charging_mode", "distribution_mode"):
        for value, label in options[choice]["options"].items():
            assert f"- `{value}`: {label}" in PAGE
