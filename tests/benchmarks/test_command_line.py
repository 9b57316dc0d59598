"""`scripts/bench` runs, writes its figures and its report, and says what it lacks."""

import gzip
import json
from math import pi, sin
from pathlib import Path

from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.data import SHIPPED

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


def write_sunny_days(folder: Path) -> None:
    """Write two days of clear sky, and the shipped home that has panels."""
    home = next(SHIPPED.glob("load_refit2_*"))
    (folder / home.name).write_bytes(home.read_bytes())
    with gzip.open(folder / "irradiance_made-06_1min.csv.gz", "wt") as file:
        file.write("minute_since_2018-06-01T00:00:00Z,ghi,dhi,air_c\n")
        for minute in range(2 * 1440):
            height = max(0.0, sin(pi * (minute % 1440 - 240) / 960))
            file.write(f"{minute},{900 * height:.1f},{100 * height:.1f},20.0\n")


def test_who_waits_for_the_sun_is_measured_by_the_grid(tmp_path: Path) -> None:
    write_sunny_days(tmp_path)
    figures, folder = tmp_path / "figures.json", tmp_path / "report"
    result = CliRunner().invoke(
        app,
        [
            *("--scenarios", "DE3x35-solar", "--data", str(tmp_path), *SHORT),
            *("--algorithms", "plain,engine"),
            *("--json", str(figures), "--report", str(folder)),
        ],
    )
    assert result.exit_code == 0, result.output
    assert "grid kWh/d" in result.output
    (table,) = json.loads(figures.read_text())["tables"]
    plain, engine = table["rows"]
    for row in (plain, engine):
        least = {name: part["mean"] for name, part in row["least_import"].items()}
        grid_kwh = row["sources"]["import_kwh"]["mean"]
        assert least["house_alone"] <= least["as_served"] <= least["all_served"]
        assert least["as_served"] <= grid_kwh
    assert engine["sources"]["car_import_kwh"]["mean"] < 2
    assert plain["sources"]["car_import_kwh"]["mean"] > 50
    assert engine["energy_kwh"]["mean"] > 20
    page = (folder / "benchmark.html").read_text()
    assert "The house alone needs at least" in page
    assert "Where the energy came from" in page
    assert "commands apart, s" in page


def test_slow_commands_come_with_each_meter() -> None:
    result = CliRunner().invoke(
        app,
        [
            *("--scenarios", "NL25", "--demand", "hungry", *SHORT[:4], "--jobs", "1"),
            *("--algorithms", "fixed", "--meter-s", "10,60"),
        ],
    )
    assert result.exit_code == 0, result.output
    for meter in ("10 s meter", "60 s meter"):
        assert f"NL25, hungry, {meter} (" in result.output
        assert f"NL25, hungry, {meter}, slow commands (" in result.output


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
