"""The stays that are over, the newest last."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Final

from .stay import Stay

MOST_ENTRIES: Final = 1000
LEAST_KWH: Final = 0.01
"""A stay without more is a blink of the plug, or a car that only stood there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One stay that is over."""

    charger_id: str
    name: str
    """What the charger was called then."""
    currency: str
    stay: Stay

    @property
    def finished_s(self) -> float:
        """Return when it ended, s since the epoch."""
        return self.stay.seen_s or 0.0

    @property
    def key(self) -> tuple[str, float]:
        """Return what no other stay has."""
        started_s = self.stay.started_s
        return self.charger_id, self.finished_s if started_s is None else started_s


def is_worth_logging(stay: Stay) -> bool:
    """Tell whether a stay is one that an owner wants to read of."""
    return stay.amounts.energy_kwh >= LEAST_KWH


def merged(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the newest entries in order, each once: the last that is told of it."""
    distinct = {entry.key: entry for entry in entries}
    rows = sorted(distinct.values(), key=lambda entry: entry.finished_s)
    return tuple(rows[-MOST_ENTRIES:])


def selected(
    entries: Iterable[Entry],
    *,
    charger_ids: Container[str] | None,
    from_s: float | None,
    until_s: float | None,
) -> list[Entry]:
    """Return the entries of some chargers that touch a time, the newest first."""
    found = [
        entry
        for entry in entries
        if (charger_ids is None or entry.charger_id in charger_ids)
        and (from_s is None or entry.finished_s >= from_s)
        and (until_s is None or (entry.stay.started_s or 0.0) < until_s)
    ]
    return found[::-1]
