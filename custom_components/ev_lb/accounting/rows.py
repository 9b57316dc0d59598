"""A finished session as people and automations read it, and as a line of a CSV file."""

from collections.abc import Iterable, Mapping
import csv
from datetime import datetime, tzinfo
import io
from typing import Any, Final

from .amounts import Amounts
from .ledger import Account
from .log import Entry

COLUMNS: Final[Mapping[str, str]] = {
    "started": "Created",
    "finished": "Finished",
    "charger": "Charging point",
    "meter_start_kwh": "Meter start (kWh)",
    "meter_stop_kwh": "Meter stop (kWh)",
    "energy_kwh": "Energy (kWh)",
    "duration_s": "Duration",
    "solar_percent": "Solar (%)",
    "cost": "Cost",
    "price_per_kwh": "Price/kWh",
    "currency": "Currency",
    "grid_kwh": "Grid (kWh)",
    "solar_kwh": "Solar (kWh)",
    "battery_kwh": "Battery (kWh)",
    "grid_cost": "Grid cost",
    "solar_cost": "Solar cost",
    "saved": "Saved",
    "charging_s": "Charging time",
    "estimated_kwh": "Estimated (kWh)",
    "unpriced_kwh": "Without price (kWh)",
}
"""The columns of the file: those that evcc has, too, under its names, then our own."""
DURATIONS: Final = frozenset({"duration_s", "charging_s"})


def amounts_row(amounts: Amounts) -> dict[str, Any]:
    """Return amounts as numbers of which each digit means something."""
    share = amounts.solar_share
    return {
        "energy_kwh": round(amounts.energy_kwh, 3),
        "grid_kwh": round(amounts.grid_kwh, 3),
        "solar_kwh": round(amounts.solar_kwh, 3),
        "battery_kwh": round(amounts.battery_kwh, 3),
        "solar_percent": None if share is None else round(100 * share, 1),
        "cost": _rounded(amounts.cost),
        "grid_cost": round(amounts.grid_cost, 4),
        "solar_cost": round(amounts.solar_cost, 4),
        "price_per_kwh": _rounded(amounts.price_per_kwh),
        "charging_s": round(amounts.charging_s),
        "estimated_kwh": round(amounts.estimated_kwh, 3),
        "unpriced_kwh": round(amounts.unpriced_kwh, 3),
    }


def session_row(entry: Entry, zone: tzinfo) -> dict[str, Any]:
    """Return a finished session; times are ISO 8601 with the offset of a zone."""
    stay, length_s = entry.stay, entry.stay.length_s
    stop_kwh = stay.meter_start_kwh + stay.amounts.energy_kwh
    return {
        "charger_id": entry.charger_id,
        "charger": entry.name,
        "started": _moment(stay.started_s, zone),
        "finished": _moment(entry.finished_s, zone),
        "duration_s": None if length_s is None else round(length_s),
        **amounts_row(stay.amounts),
        "saved": _rounded(stay.saved),
        "currency": entry.currency,
        "meter_start_kwh": round(stay.meter_start_kwh, 3),
        "meter_stop_kwh": round(stop_kwh, 3),
    }


def month_rows(account: Account) -> list[dict[str, Any]]:
    """Return what each month came to, the newest first."""
    return [
        {"month": month, **amounts_row(account.months[month])}
        for month in sorted(account.months, reverse=True)
    ]


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return sessions as a CSV file: commas, decimal points, one header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS.values())
    for row in rows:
        writer.writerow(_cell(key, row[key]) for key in COLUMNS)
    return text.getvalue()


def _cell(key: str, value: Any) -> str:
    if value is None:
        return ""
    if key in DURATIONS:
        minutes, seconds = divmod(round(value), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}"
    if isinstance(value, str):
        # A spreadsheet takes what begins like this for a formula.
        return f"'{value}" if value.startswith(tuple("=+-@\t\r")) else value
    return f"{value}"


def _moment(time_s: float | None, zone: tzinfo) -> str | None:
    if time_s is None:
        return None
    return datetime.fromtimestamp(round(time_s), zone).isoformat()


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
