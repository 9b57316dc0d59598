"""The notes of the why log as a document, which outlives a restart."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from custom_components.ev_lb.building.stored_numbers import finite
from custom_components.ev_lb.engine.codec import (
    DocumentError,
    from_document,
    to_document,
)
from custom_components.ev_lb.engine.model import ChargerDecision

NOTES: Final = "notes"

type Row = tuple[float, float | None, ChargerDecision]
"""When, the set-point before, A, and what was decided."""


def notes_document(rows: Iterable[Row]) -> dict[str, Any]:
    """Return notes as a document."""
    return {
        NOTES: [
            {"time_s": time_s, "before_a": before_a, "decided": to_document(decided)}
            for time_s, before_a, decided in rows
        ]
    }


def read_notes(document: Mapping[str, Any], now_s: float) -> list[Row]:
    """Return the notes of a document; none from later than now, in the site's time."""
    rows = document.get(NOTES)
    found = [_read(row) for row in rows] if isinstance(rows, list) else []
    return [row for row in found if row is not None and row[0] <= now_s]


def _read(row: object) -> Row | None:
    """Return one note; None where it is of another version, or broken."""
    if not isinstance(row, dict) or (time_s := finite(row.get("time_s"))) is None:
        return None
    try:
        decided = from_document(ChargerDecision, row.get("decided"))
    except DocumentError:
        return None
    return time_s, finite(row.get("before_a")), decided
