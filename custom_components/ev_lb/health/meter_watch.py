"""Whether a meter may be frozen: it shows the value from before a car changed."""

from typing import Final

from custom_components.ev_lb.engine.model import ChargerReading, Snapshot

MOVED_A: Final = 2.0
"""A car that changes by this much must show in the meter, A."""
LATE_S: Final = 15.0
"""How much later than the car the meter may show the change, s."""

type _Values = tuple[float, ...]


class MeterWatch:
    """Tells from a car's first change on that its meter does not move with it."""

    def __init__(self) -> None:
        """Begin without having seen anything."""
        self._shown: _Values = ()
        self._drawn_a: dict[str, float] = {}
        self._moved_s: float | None = None

    def suspects(self, snapshot: Snapshot, now_s: float) -> bool:
        """Take in what is known now; return whether the meter may be frozen."""
        shown = _shown(snapshot)
        drawn_a = {
            row.charger_id: value
            for row in snapshot.chargers
            if (value := _drawn_a(row)) is not None
        }
        if shown != self._shown:
            self._shown, self._drawn_a, self._moved_s = shown, drawn_a, None
            return False
        moved = any(
            abs(value - self._drawn_a.setdefault(charger_id, value)) >= MOVED_A
            for charger_id, value in drawn_a.items()
        )
        if not moved:
            self._moved_s = None
            return False
        self._moved_s = now_s if self._moved_s is None else self._moved_s
        return now_s - self._moved_s >= LATE_S


def _shown(snapshot: Snapshot) -> _Values:
    """Return all that the meter shows."""
    rows = (*snapshot.phase_currents_a, snapshot.total_power_w)
    return tuple(row.value for row in rows if row is not None and row.problem is None)


def _drawn_a(reading: ChargerReading) -> float | None:
    """Return what a car is measured to draw on its busiest phase, A."""
    if not reading.available:
        return None
    return max(
        (
            row.value
            for row in reading.measured_a
            if row is not None and row.problem is None
        ),
        default=None,
    )
