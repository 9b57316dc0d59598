"""Keeps the notes of the why log over a restart."""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from custom_components.ev_lb.building.stored_numbers import finite
from custom_components.ev_lb.const import DOMAIN
from custom_components.ev_lb.engine.codec import (
    DocumentError,
    from_document,
    to_document,
)
from custom_components.ev_lb.engine.model import ChargerDecision

STORE_VERSION: Final = 1
SAVE_DELAY_S: Final = 60.0
NOTES: Final = "notes"

type Row = tuple[float, float | None, ChargerDecision]
"""When, the set-point before, A, and what was decided."""


def _store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    return Store(hass, STORE_VERSION, f"{DOMAIN}.{entry_id}.why")


async def async_remove_notes(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what a site left of its why log."""
    await _store(hass, entry_id).async_remove()


class NoteStore:
    """Keeps the notes of one site on the disk, at most a minute behind."""

    def __init__(
        self, hass: HomeAssistant, entry_id: str, collect: Callable[[], list[Row]]
    ) -> None:
        """Take the site, and what collects its notes."""
        self._store = _store(hass, entry_id)
        self._collect = collect

    async def async_load(self, now_s: float) -> list[Row]:
        """Return the notes of before; none from later than now, in the site's time."""
        stored = await self._store.async_load()
        rows = stored.get(NOTES) if isinstance(stored, dict) else None
        found = [_read(row) for row in rows] if isinstance(rows, list) else []
        return [row for row in found if row is not None and row[0] <= now_s]

    @callback
    def async_changed(self) -> None:
        """Write the notes down within a minute."""
        self._store.async_delay_save(self._document, SAVE_DELAY_S)

    async def async_save(self) -> None:
        """Write the notes down at once."""
        await self._store.async_save(self._document())

    def _document(self) -> dict[str, Any]:
        rows = [
            {"time_s": time_s, "before_a": before_a, "decided": to_document(decided)}
            for time_s, before_a, decided in self._collect()
        ]
        return {NOTES: rows}


def _read(row: object) -> Row | None:
    """Return one note; None where it is of another version, or broken."""
    if not isinstance(row, dict) or (time_s := finite(row.get("time_s"))) is None:
        return None
    try:
        decided = from_document(ChargerDecision, row.get("decided"))
    except DocumentError:
        return None
    return time_s, finite(row.get("before_a")), decided
