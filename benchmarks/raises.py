"""Counts raises that overload a fuse by what was known when they were decided.

Worked out from what went in and came out of each decision alone: the house that
it tells, and for each car the most that it may still draw by the commands that
it was given, when they were taken, and what it was measured to draw.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerDecision,
    ChargerReading,
    ChargerStatus,
    Decision,
    MeterKind,
    Phase,
    Site,
    Snapshot,
)

TOLERANCE_A: Final = 0.05
FOLLOWS_A: Final = 1.0
"""A measurement this near to a set-point shows that it is followed, A."""
SHOWN_AFTER_S: Final = 2.0
"""How much older than its report a measurement may be, s."""
IDLE_A: Final = 0.5
BUSY_A: Final = 3.0


class Raise(NamedTuple):
    """A raise or start that a fuse does not bear by what was known."""

    time_s: float
    charger_id: str
    circuit_id: str
    phase: Phase
    load_a: float
    limit_a: float


@dataclass(slots=True)
class _Told:
    """A set-point that a charger was told, and when it took it."""

    current_a: float
    decided_s: float
    accepted_s: float = inf


@dataclass(slots=True)
class _Car:
    """What is known of one charger's car."""

    told: list[_Told] = field(default_factory=lambda: [_Told(0.0, -inf, -inf)])
    measured_a: float | None = None
    measured_s: float = -inf
    idle: frozenset[Phase] = frozenset()
    """The phases that the car does not load though it loads others."""
    phases: tuple[Phase, ...] = ()
    """The phases that it may be drawing on."""
    connected: bool = True

    def most_a(self, charger: Charger, now_s: float) -> float:
        """Return the most that the car may draw now, A."""
        newest = self.told[-1]
        most_a = newest.current_a
        if not self.connected:
            return most_a
        over_s = -inf
        for before, after in zip(self.told[-2::-1], self.told[:0:-1], strict=True):
            over_s = self._over_s(charger, after)
            if now_s >= over_s:
                break
            most_a = max(most_a, before.current_a)
        if self.measured_a is not None and self.measured_s >= over_s:
            exceeds = self.measured_a > newest.current_a + FOLLOWS_A
            most_a = max(most_a, self.measured_a) if exceeds else most_a
        return most_a

    def _over_s(self, charger: Charger, told: _Told) -> float:
        """Return when nothing from before a set-point counts any more, s."""
        over_s = told.accepted_s + charger.response.dead_time_s
        if (
            self.measured_a is not None
            and self.measured_s > told.accepted_s + SHOWN_AFTER_S
            and abs(self.measured_a - told.current_a) <= FOLLOWS_A
        ):
            over_s = min(over_s, self.measured_s)
        return over_s


@dataclass(slots=True)
class Raises:
    """The raises of a history, and those among them that overload a fuse."""

    count: int = 0
    unforced: list[Raise] = field(default_factory=list)
    _cars: dict[str, _Car] = field(default_factory=dict)

    def note(self, site: Site, snapshot: Snapshot, decision: Decision) -> None:
        """Take in one decision and what it was made of."""
        now_s = decision.time_s
        readings = {row.charger_id: row for row in snapshot.chargers}
        raised = []
        for charger, row in zip(site.chargers, decision.chargers, strict=True):
            car = self._cars.setdefault(row.charger_id, _Car())
            _read(car, charger, readings.get(row.charger_id))
            car.phases = _phases(charger, row)
            newest = car.told[-1]
            if row.set_a == newest.current_a:
                continue
            # Less than what it may be giving still, since it has not taken less yet, adds
            # nothing: a car that comes to a charger which refused its last stop.
            if row.set_a > max(newest.current_a, car.most_a(charger, now_s)):
                raised.append(charger)
            car.told.append(_Told(row.set_a, now_s))
        if not site.enabled:
            return
        self.count += len(raised)
        for charger in raised:
            self.unforced += list(self._over(site, decision, charger))[:1]

    def _over(
        self, site: Site, decision: Decision, charger: Charger
    ) -> Iterator[Raise]:
        """Yield the fuses that a raised charger's new set-point overloads."""
        for circuit_id, house_a in _line(site, decision, charger):
            circuit = next(row for row in site.circuits if row.circuit_id == circuit_id)
            behind = {circuit_id}
            for below in site.circuits:
                if below.parent_id in behind:
                    behind.add(below.circuit_id)
            raised = self._cars[charger.charger_id]
            for phase in set(raised.phases) - raised.idle:
                beside_a = house_a[phase]
                if beside_a is None:
                    continue
                load_a = beside_a + sum(
                    car.most_a(row, decision.time_s)
                    for row in site.chargers
                    if row.circuit_id in behind
                    for car in (self._cars[row.charger_id],)
                    if phase in car.phases and phase not in car.idle
                )
                limit_a = circuit.limit_a[phase]
                if load_a > limit_a + TOLERANCE_A:
                    yield Raise(
                        decision.time_s,
                        charger.charger_id,
                        circuit_id,
                        phase,
                        load_a,
                        limit_a,
                    )


def _read(car: _Car, charger: Charger, reading: ChargerReading | None) -> None:
    """Take in what a charger tells."""
    if reading is None:
        return
    if reading.available:
        car.connected = reading.status is not ChargerStatus.DISCONNECTED
    newest = car.told[-1]
    taken = reading.accepted
    if (
        taken is not None
        and newest.accepted_s == inf
        and abs(taken.value - newest.current_a) < TOLERANCE_A
        and taken.time_s >= newest.decided_s
    ):
        newest.accepted_s = taken.time_s
    values = reading.measured_a if reading.available else ()
    known = [row for row in values if row is not None and row.problem is None]
    if not known or len(known) < len(values):
        car.measured_a = None
        return
    car.measured_a = max(row.value for row in known)
    car.measured_s = min(row.time_s for row in known)
    if len(known) >= len(charger.phases) > 1 and car.measured_a >= BUSY_A:
        car.idle = frozenset(
            phase
            for phase, row in zip(charger.phases, known, strict=False)
            if row.value <= IDLE_A
        )


def _phases(charger: Charger, row: ChargerDecision) -> tuple[Phase, ...]:
    """Return the phases that a charger is told to charge on."""
    return charger.phases[: row.phase_count or len(charger.phases)]


def _line(
    site: Site, decision: Decision, charger: Charger
) -> Iterator[tuple[str, tuple[float | None, ...]]]:
    """Yield each fuse that a charger's current passes, and what else is on it."""
    parents = {row.circuit_id: row.parent_id for row in site.circuits}
    beside = {row.circuit_id: row for row in decision.circuits}
    meters = {row.circuit_id: row.meter for row in site.circuits}
    circuit_id: str | None = charger.circuit_id
    while circuit_id is not None:
        house_a: tuple[float | None, ...] = (0.0, 0.0, 0.0)
        meter = meters[circuit_id]
        if parents[circuit_id] is None:
            house_a, meter = decision.house_a, site.meter
        elif circuit_id in beside:
            house_a = beside[circuit_id].house_a
        if meter is not None and meter.kind is MeterKind.TOTAL:
            house_a = tuple(None if a is None else max(a, 0.0) for a in house_a)
        yield circuit_id, house_a
        circuit_id = parents[circuit_id]
