"""The demo, run as its user runs it."""

from pathlib import Path
import subprocess

import pytest

from tools.home_assistant_process import ROOT

pytestmark = pytest.mark.e2e


def test_a_short_demo_ends_with_a_summary_and_no_trip(tmp_path: Path) -> None:
    finished = subprocess.run(
        [
            *("scripts/demo", "--minutes", "0.5", "--speed", "20", "--headless"),
            *("--folder", str(tmp_path / "demo")),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    decisions, _, summary = finished.stdout.partition("\n\n")
    assert "house" in decisions
    assert "fuse" in decisions
    assert "Breaker trips caused by the car" in summary


def test_wrong_arguments_end_with_one_sentence() -> None:
    finished = subprocess.run(
        ["scripts/demo", "--minutes", "-1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 2
    assert "must be more than 0" in finished.stderr
