"""What each car has shown that it takes: planned at 11 kW, one that takes 7 is late."""

from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import (
    ChargerDecision,
    ChargerReading,
    ChargerStatus,
)

CHARGES_A: Final = 3.0
"""A car that takes less on its fullest wire does not show what it can take, A."""
FLOWS_A: Final = 1.0
"""Less on a wire is none, A; a car that takes by less more or less takes the same."""


class KnownCar(NamedTuple):
    """What a car has shown since it was plugged in."""

    phase_count: int | None = None
    """On how many phases it charges."""
    takes_a: float | None = None
    """What it takes where it is given more, A."""


class KnownCars:
    """Learns of each charger's car, until it leaves."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._cars: dict[str, KnownCar] = {}

    def of(self, charger_id: str) -> KnownCar:
        """Return what is known of a charger's car."""
        return self._cars.get(charger_id, KnownCar())

    def learn(self, reading: ChargerReading, row: ChargerDecision | None) -> bool:
        """Take in what a charger tells, and what limits it; tell whether that is news."""
        charger_id = reading.charger_id
        before = self.of(charger_id)
        if reading.status is ChargerStatus.DISCONNECTED:
            self._cars.pop(charger_id, None)
            return False
        count = _phase_count(reading)
        takes_a = None if row is None else row.limiting.takes_a
        after = before
        if count is not None and count > (before.phase_count or 0):
            after = after._replace(phase_count=count)
        if takes_a is not None and takes_a >= CHARGES_A:
            known_a = before.takes_a
            if known_a is None or abs(takes_a - known_a) >= FLOWS_A:
                after = after._replace(takes_a=takes_a)
        self._cars[charger_id] = after
        return after != before


def _phase_count(reading: ChargerReading) -> int | None:
    """Return on how many phases a car charges; None where it does not show that."""
    values = [
        row.value
        for row in reading.measured_a
        if row is not None and row.problem is None
    ]
    if len(values) < 2 or max(values) < CHARGES_A:
        return None
    return sum(value >= FLOWS_A for value in values)
