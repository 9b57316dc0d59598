"""How often a decision passes from one stage to another."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
import sys
from types import FrameType

import pytest

from benchmarks.decision_time import Garage
from custom_components.ev_lb import engine

ENGINE = Path(engine.__file__).parent
STAGES = (
    "estimation",
    "demand",
    "constraints",
    "allocation",
    "setpoint",
    "report",
)
MOST_CHANGES = 16


class StageChanges:
    """Counts the stage changes of each run through the stages.

    The stage is that of the file whose code runs: on each call that of the function
    called, on each return that of the one returned to. A change is one from a file of
    a stage's folder to one of another's. What belongs to no stage (decide, the model,
    wakeups, memo, topology) counts as none: whoever calls it stays where it is. A
    decision that sends a command runs through the stages a second time, to learn of
    the clocks that the command starts: each run counts by itself.
    """

    def __init__(self) -> None:
        """Begin before the first run."""
        self.runs: list[list[str]] = []

    def note(self, frame: FrameType, event: str, _: object) -> None:
        """Take in one event of the profile."""
        if event == "call":
            if frame.f_code.co_name == "_decide":
                self.runs.append([])
        elif event == "return" and frame.f_back is not None:
            frame = frame.f_back
        else:
            return
        stage = stage_of(frame.f_code.co_filename)
        if stage and self.runs and self.runs[-1][-1:] != [stage]:
            self.runs[-1].append(stage)

    @property
    def most(self) -> int:
        """The stage changes of the run with the most."""
        return max(len(stages) - 1 for stages in self.runs)


@cache
def stage_of(file: str) -> str | None:
    """Return the stage that a file belongs to."""
    path = Path(file)
    if not path.is_relative_to(ENGINE):
        return None
    folder = path.relative_to(ENGINE).parts[0]
    return folder if folder in STAGES else None


@contextmanager
def counted() -> Iterator[StageChanges]:
    """Count the stage changes of all decisions meanwhile."""
    changes, before = StageChanges(), sys.getprofile()
    sys.setprofile(changes.note)
    try:
        yield changes
    finally:
        sys.setprofile(before)


def changes_in_a_garage(charger_count: int) -> StageChanges:
    """Return the stage changes while cars plug in, start, and share what there is."""
    with counted() as changes:
        Garage(charger_count, 1, seed=0).live(seconds=4)
    return changes


@pytest.mark.parametrize("charger_count", [1, 3, 20])
def test_a_run_changes_its_stage_seldom(charger_count: int) -> None:
    changes = changes_in_a_garage(charger_count)
    assert len(changes.runs) > 30
    assert changes.most <= MOST_CHANGES


def test_more_chargers_change_the_stage_no_more_often() -> None:
    assert changes_in_a_garage(20).most == changes_in_a_garage(1).most


def test_the_stages_come_in_their_order() -> None:
    for stages in changes_in_a_garage(3).runs:
        # Constraints come when the allocation asks for them.
        firsts = [stages.index(row) for row in STAGES if row != "constraints"]
        assert firsts == sorted(firsts)
        assert stages[-1] == "report"


def test_a_change_is_found_on_call_and_on_return() -> None:
    changes = StageChanges()
    code = compile("def f():\n    g()\n", str(ENGINE / "demand" / "f.py"), "exec")
    other = compile("def g():\n    pass\n", str(ENGINE / "estimation" / "g.py"), "exec")
    names: dict[str, object] = {}
    exec(other, names)
    exec(code, names)
    changes.runs.append([])
    sys.setprofile(changes.note)
    try:
        names["f"]()  # type: ignore[operator] # a function
    finally:
        sys.setprofile(None)
    assert changes.runs[-1] == ["demand", "estimation", "demand"]
    assert changes.most == 2
