"""Every sentence that the code asks for is there, with the words that it needs."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from custom_components.ev_lb.engine.model import LimitingFactor, ReadingProblem

from .metadata import PLACEHOLDER, Source, english

SOURCE = Source()
TEXTS = english()["selector"]


def asked() -> Iterator[tuple[str, str, str | None, set[str] | None]]:
    """Yield place, table, key and words of each sentence that the code asks for.

    The key is None where it is put together, the words where they are passed on.
    """
    for path, node in SOURCE.nodes():
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr="get"),
                args=[table, key, *_],
            ) if owner == "texts":
                pass
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr=owner), attr="get"),
                args=[table, key, *_],
            ) if owner in ("texts", "_texts"):
                pass
            case _:
                continue
        # TABLE stands for another table in each module.
        name = _table(path, table)
        words = {keyword.arg for keyword in node.keywords if keyword.arg}
        passed_on = any(keyword.arg is None for keyword in node.keywords)
        yield (
            SOURCE.place(path, key),
            name,
            str(key.value) if isinstance(key, ast.Constant) else None,
            None if passed_on else words,
        )


def _table(module: Path, table: ast.expr) -> str:
    if isinstance(table, ast.Constant):
        return str(table.value)
    for node in SOURCE.trees[module].body:
        match node:
            case ast.AnnAssign(target=ast.Name(id="TABLE"), value=ast.Constant(value)):
                return str(value)
    pytest.fail(f"{module} has no table")


def test_the_code_asks_for_sentences_that_are_there() -> None:
    found = list(asked())
    assert len(found) >= 8, "this test looks in the wrong place"
    wrong = []
    for place, table, key, words in found:
        options = TEXTS[table]["options"]
        if key is None:
            continue
        if key not in options:
            wrong.append(f"{place}: {table}.{key}")
        elif words is not None and not set(PLACEHOLDER.findall(options[key])) <= words:
            wrong.append(f"{place}: {table}.{key} needs more words")
    assert wrong == []


def test_every_limit_has_words_with_its_numbers() -> None:
    """Else a reason would be the key of a text that is not there."""
    named = {
        LimitingFactor[node.attr]
        for path, node in SOURCE.nodes()
        if path.parent.name == "constraints"
        and isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "LimitingFactor"
    }
    assert len(named) > 5, "this test looks in the wrong place"
    # What sun and battery leave is said by their own sentences, and a limit that is not
    # known has no numbers.
    with_numbers = named - {
        LimitingFactor.SOLAR,
        LimitingFactor.BATTERY,
        LimitingFactor.LIMIT_UNKNOWN,
    }
    reasons = TEXTS["explanation"]["options"]
    assert {f"{factor.value}_now" for factor in with_numbers} <= set(reasons)


def test_every_factor_and_problem_has_words() -> None:
    reasons = TEXTS["explanation"]["options"]
    assert {factor.value for factor in LimitingFactor} <= set(reasons)
    known = {"phase", "circuit", "missing", "shown"}
    for factor in LimitingFactor:
        assert set(PLACEHOLDER.findall(reasons[factor.value])) <= known
    problems = TEXTS["reading_problem"]["options"]
    assert {problem.value for problem in ReadingProblem} <= set(problems)
