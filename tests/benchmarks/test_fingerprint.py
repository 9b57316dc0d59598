"""A drill shows whether the engine decides to the last digit as it did before."""

import json
from pathlib import Path

from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.fingerprint import differences, with_decision
from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import Charger, Circuit, Site, Snapshot, State

QUICK_SEED = 20  # two hours of a car, and a slow meter


def drill(file: Path) -> tuple[int, str]:
    """Drill one quick home as on the command line; return exit code and output."""
    result = CliRunner().invoke(
        app,
        [
            *("--drill", "1", "--first-seed", str(QUICK_SEED), "--jobs", "1"),
            *("--same-as", str(file)),
        ],
    )
    return result.exit_code, result.output


def test_a_drill_is_the_same_as_itself_and_tells_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "before.jsonl"
    assert drill(file)[0] == 0
    (line,) = file.read_text().splitlines()
    row = json.loads(line)
    assert row["seed"] == QUICK_SEED
    assert row["decisions"] > 0
    assert len(row["set_points"]) == 64
    code, output = drill(file)
    assert (code, "0 differences" in output) == (0, True)
    assert file.read_text().splitlines() == [line]
    before_kwh = row["energy_kwh"] * (1 + 2**-52)
    file.write_text(json.dumps({**row, "energy_kwh": before_kwh}) + "\n")
    code, output = drill(file)
    assert code == 1
    assert f"seed {QUICK_SEED}: energy_kwh {before_kwh!r} before" in output
    assert "1 differences" in output


def test_a_home_that_the_file_lacks_is_a_difference(tmp_path: Path) -> None:
    file = tmp_path / "before.jsonl"
    assert differences(file, [{"seed": 1, "commands": 3}]) == []
    later: list[dict[str, object]] = [
        {"seed": 1, "commands": 4},
        {"seed": 2, "commands": 3},
    ]
    assert differences(file, later) == [
        "seed 1: commands 3 before, 4 now",
        f"seed 2: not in {file}",
    ]


def test_every_set_point_counts_and_when_it_was_decided() -> None:
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25.0, 25.0, 25.0)),),
        chargers=(Charger(charger_id="garage", circuit_id="grid"),),
    )
    decision = decide(site, State(), Snapshot(), 100.0)
    (row,) = decision.chargers
    raised = decision._replace(chargers=(row._replace(set_a=row.set_a + 1e-9),))
    later = decision._replace(time_s=decision.time_s + 1e-6)
    digests = {with_decision(b"", each) for each in (decision, raised, later)}
    assert len(digests) == 3
    assert with_decision(b"", decision) == with_decision(b"", decision)


def test_fingerprints_are_only_of_drilled_homes(tmp_path: Path) -> None:
    """Without a drill nothing would be compared, and that would look like success."""
    result = CliRunner().invoke(app, ["--same-as", str(tmp_path / "before.jsonl")])
    assert result.exit_code == 2
    assert "--drill" in result.output
