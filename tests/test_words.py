"""One word for one thing, as the glossary has them: what must not come back."""

import ast
from collections.abc import Iterator
from pathlib import Path
import re

import pytest

from .metadata import english, leaves

ROOT = Path(__file__).parent.parent
ENGINE = ROOT / "custom_components" / "ev_lb" / "engine"
# Words that stand nowhere: codespell finds them in texts.
NEVER_WRITTEN = frozenset(
    line.partition("->")[0]
    for line in (ROOT / "tools" / "forbidden_words.txt").read_text("utf-8").splitlines()
)

NEVER_NAMES = frozenset(
    {
        "feed",
        "feeds",
        "look",
        "looks",
        "offer",
        "offered",
        "offers",
        "rest",
        "rests",
        "room",
        "rooms",
        "table",
        "tables",
        "told",
        "untold",
        "view",
        "views",
        "wish",
        "wishes",
        "worked",
    }
)
# What is left of earlier words. This list only shrinks: rename, then take it off.
STILL_THERE = frozenset(
    {
        "LOOK_S",
        "Untold",
        "_Offer",
        "_hand_out_rest",
        "_offers",
        "at_rest",
        "follow_untold",
        "looks_s",
        "next_look_s",
        "offer",
        "offered",
        "offered_a",
        "offers",
        "rest_a",
        "rest_kwh",
        "room_a",
        "room_since_s",
        "room_under",
        "switch_told_s",
        "told",
        "told_a",
        "told_count",
        "told_high_a",
        "told_low_a",
        "told_s",
        "untold",
        "untold_high",
        "untold_high_a",
        "untold_low",
        "untold_low_a",
    }
)
# Rooms beside the engine without any of these words.
CLEAN_ROOMS = ("accounting", "building", "flows", "meters")
# The price of what is fed into the grid, as tariffs call it.
FIELD_WORDS = re.compile(r"feed_in")
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

# What a thing was called beside its one name, which follows it.
OTHER_NAMES = {
    "service current": "Main fuse",
    "import cap": "Import limit",
    "external cap": "Grid operator's signal",
    "signal of the grid operator": "Grid operator's signal",
    "signal of the operator": "Grid operator's signal",
    "when left alone": "Failsafe current",
    "^as the (home|site)$": "Same as site",
}
PAGES = (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))


def names_in(tree: ast.AST) -> Iterator[str]:
    """Yield each name of a module's code, as often as it stands there."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.keyword(arg=str(name)) | ast.alias(name=name):
                yield name


def is_forbidden(name: str) -> bool:
    """Tell whether a word of a name is one that says too little."""
    words = {word.lower() for word in PART.findall(FIELD_WORDS.sub("", name))}
    return not words.isdisjoint(NEVER_NAMES | NEVER_WRITTEN)


def other_names(text: str) -> set[str]:
    """Return the names in a text that are not the one name of their thing."""
    plain = re.sub(r"`[^`]*`", "", text).casefold()
    return {name for name in OTHER_NAMES if re.search(name, plain)}


def test_names_of_the_engine_are_words_of_the_glossary() -> None:
    found = {
        name
        for path in ENGINE.rglob("*.py")
        for name in names_in(ast.parse(path.read_text(encoding="utf-8")))
        if is_forbidden(name)
    }
    assert len(list(ENGINE.rglob("*.py"))) > 30, "this test looks in the wrong place"
    assert sorted(found - STILL_THERE) == [], "take a word of docs/glossary.md"
    assert sorted(STILL_THERE - found) == [], "well done: take it off STILL_THERE"


@pytest.mark.parametrize("room", CLEAN_ROOMS)
def test_names_of_a_room_that_is_done_stay_words_of_the_glossary(room: str) -> None:
    paths = [*(ENGINE.parent / room).rglob("*.py")]
    found = {
        f"{path.name}: {name}"
        for path in paths
        for name in names_in(ast.parse(path.read_text(encoding="utf-8")))
        if is_forbidden(name)
    }
    assert paths, "this test looks in the wrong place"
    assert sorted(found) == [], "take a word of docs/glossary.md"


@pytest.mark.parametrize(
    ("name", "forbidden"),
    [
        ("told_a", True),
        ("Untold", True),
        ("LOOK_S", True),
        ("is_untold", True),
        ("feed_a", True),
        ("feed_in_price", False),
        ("headroom_a", False),
        ("restart_s", False),
        ("is_stable", False),
    ],
)
def test_a_name_is_judged_by_its_words(name: str, forbidden: bool) -> None:
    assert is_forbidden(name) is forbidden


def test_a_thing_has_one_name_in_all_texts() -> None:
    assert {
        path: found
        for path, text in leaves(english()).items()
        if (found := other_names(text))
    } == {}


def test_a_thing_has_one_name_in_all_pages() -> None:
    assert {
        path.relative_to(ROOT).as_posix(): found
        for path in PAGES
        if (found := other_names(path.read_text(encoding="utf-8")))
    } == {}
