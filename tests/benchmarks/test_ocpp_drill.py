"""`scripts/bench --ocpp-drill` plays mixtures of stations and prints a row for each."""

from typer.testing import CliRunner

from benchmarks.__main__ import app


def test_a_mixture_is_played_and_told_of() -> None:
    result = CliRunner().invoke(app, ["--ocpp-drill", "1", "--stations", "1"])
    assert result.exit_code == 0, result.output
    assert "| 0 | 1 |" in result.output
    assert "1 passed" in result.output
