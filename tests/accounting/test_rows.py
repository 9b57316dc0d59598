"""A session as a row, and as a line that pandas and spreadsheets read."""

import csv
from datetime import UTC, datetime
import io
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_lb.accounting.amounts import Amounts
from custom_components.ev_lb.accounting.log import Entry
from custom_components.ev_lb.accounting.rows import COLUMNS, csv_text, session_row
from custom_components.ev_lb.accounting.stay import Stay

BERLIN = ZoneInfo("Europe/Berlin")
START_S = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()


def entry(name: str = "Garage", **amounts: float) -> Entry:
    stay = Stay(
        started_s=START_S,
        seen_s=START_S + 7384,
        amounts=Amounts(**{"grid_kwh": 1.0, **amounts}),
        meter_start_kwh=100.5,
    )
    return Entry(charger_id="a", name=name, currency="EUR", stay=stay)


def test_the_night_in_which_the_clock_is_set_back_keeps_its_offsets() -> None:
    row = session_row(entry(), BERLIN)
    assert row["started"] == "2026-10-25T02:30:00+02:00"
    assert row["finished"] == "2026-10-25T03:33:04+01:00"
    assert row["duration_s"] == 7384


def test_a_line_has_decimal_points_and_hours_minutes_seconds() -> None:
    told = entry(solar_kwh=3.0, grid_cost=0.25, solar_cost=-0.5, charging_s=3599.0)
    (row,) = csv.DictReader(io.StringIO(csv_text([session_row(told, BERLIN)])))
    assert row["Duration"] == "2:03:04"
    assert row["Charging time"] == "0:59:59"
    assert (row["Energy (kWh)"], row["Solar (%)"], row["Cost"]) == (
        "4.0",
        "75.0",
        "-0.25",
    )
    assert (row["Meter start (kWh)"], row["Meter stop (kWh)"]) == ("100.5", "104.5")


def test_what_is_not_known_is_empty() -> None:
    unknown = entry(unpriced_kwh=1.0)
    (row,) = csv.DictReader(io.StringIO(csv_text([session_row(unknown, BERLIN)])))
    assert (row["Cost"], row["Price/kWh"], row["Saved"]) == ("", "", "")


@given(st.lists(st.text(max_size=12), max_size=4))
def test_whatever_a_charger_is_called_each_session_is_one_line(
    names: list[str],
) -> None:
    rows = [session_row(entry(name), UTC) for name in names]
    found = list(csv.DictReader(io.StringIO(csv_text(rows), newline="")))
    assert len(found) == len(names)
    assert all(row.keys() == set(COLUMNS.values()) for row in found)


@pytest.mark.parametrize("name", ["=1+1", "@sum", "+1", "-1"])
def test_no_name_is_a_formula(name: str) -> None:
    (row,) = csv.DictReader(io.StringIO(csv_text([session_row(entry(name), UTC)])))
    assert row["Charging point"] == f"'{name}"
