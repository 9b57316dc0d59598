"""`scripts/bench` runs, writes its figures and its report, and says what it lacks."""

import json
from pathlib import Path

from typer.testing import CliRunner

from benchmarks.__main__ import app

SHORT = ("--days", "1", "--seeds", "1", "--meter-s", "60", "--no-slow", "--jobs", "1")


def test_one_day_of_one_scenario(tmp_path: Path) -> None:
    figures, folder = tmp_path / "figures.json", tmp_path / "report"
    result = CliRunner().invoke(
        app,
        [
            *("--scenarios", "NL25", "--demand", "hungry", *SHORT),
            *("--algorithms", "plain,hold-20,engine,frontier-20"),
            *("--json", str(figures), "--report", str(folder)),
        ],
    )
    assert result.exit_code == 0, result.output
    assert "NL25, hungry, 60 s meter" in result.output
    assert "gate held" in result.output
    (table,) = json.loads(figures.read_text())["tables"]
    rows = {row["algorithm"]: row for row in table["rows"]}
    assert list(rows) == ["plain", "hold-20", "engine", "frontier-20"]
    assert 90 < rows["engine"]["bound_percent"]["mean"] <= 100
    assert table["verdict"]["gate"] is True
    page = (folder / "benchmark.html").read_text()
    assert page.count("<svg") == 3
    assert "data:image/png;base64," in page
    assert "http://" not in page.replace("http://www.w3.org", "").replace(
        "http://purl.org", ""
    ).replace("http://creativecommons.org", "").replace("http://matplotlib.org", "")


def test_scenario_without_data_is_left_out_and_named() -> None:
    result = CliRunner().invoke(app, ["--scenarios", "UK60", *SHORT])
    assert result.exit_code == 1
    assert "UK60 is left out: no file load_ideal65" in result.output


def test_unknown_name_is_refused() -> None:
    result = CliRunner().invoke(app, ["--scenarios", "NL26", *SHORT])
    assert result.exit_code == 2
    assert "no scenario is called NL26" in " ".join(result.output.split())


def test_engine_runs_with_other_settings_beside_its_own() -> None:
    result = CliRunner().invoke(
        app,
        [
            *("--scenarios", "NL25", "--demand", "sessions", *SHORT),
            *("--algorithms", "engine", "--sweep", "hold_window_s=5,90"),
        ],
    )
    assert result.exit_code == 0, result.output
    for name in ("engine", "engine hold_window_s=5", "engine hold_window_s=90"):
        assert f"│ {name} " in result.output


def test_unknown_setting_is_refused() -> None:
    result = CliRunner().invoke(app, ["--sweep", "hold_window=5", *SHORT])
    assert result.exit_code == 2
    assert "hold_window is no setting" in " ".join(result.output.split())
