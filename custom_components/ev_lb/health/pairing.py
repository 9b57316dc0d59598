"""Finds which phases of the meter a charger's wires hang on, by what its cars do.

Pure: standard library and the engine's words. A car's step shows on the phases that
its wires hang on. A car on fewer phases than its charger uses the first wires, so a
one-phase car tells the first one. A car that loads all wires alike cannot tell their
order: then nothing but the set of phases is known, and the finding says so.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from math import inf
from typing import Final

from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    Phase,
    Site,
    Snapshot,
)

STEP_A: Final = 4.0
"""A car that changes by this much must show in the meter, A."""
STEADY_A: Final = 1.0
"""A car that changes by less is steady, A."""
STEADY_S: Final = 10.0
"""How long a car is steady before and after a step, s."""
METER_LATE_S: Final = 5.0
"""How much later than the car the meter may show a step, s."""
CAR_LATE_S: Final = 20.0
"""How much later than the meter the car may show a step that nobody commanded, s."""
OTHERS_CALM_S: Final = 60.0
"""How long other cars must have been left alone before a step, s: they may answer to a
command, or tell of that, late."""
REMEMBERED_S: Final = 180.0
"""How long the meter's readings are kept, and how long a step may take, s."""
ANSWERS: Final = 0.35
"""The part of a step that the house may add or take on a phase that answers."""
QUIET: Final = 0.35
"""The part of a step that the house may do on a phase that does not answer."""
WINDOW: Final = 12
"""How many of the last answers count."""
VOTES: Final = 4
"""How many steps must agree."""
SHARE: Final = 0.75
"""Which part of the answers must agree."""

type Order = tuple[Phase, ...]
"""The phases that a charger's wires hang on, its first wire first."""
type Answer = frozenset[Phase]
type _Values = tuple[float, ...]
type _Others = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What a car did, and what the meter made of it."""

    time_s: float
    """When the car had settled."""
    change_a: float
    phase_changes_a: Mapping[Phase, float]

    def answer(self) -> Answer | None:
        """Return the phases that answered; None where the house has moved as well."""
        parts = {
            phase: change_a / self.change_a
            for phase, change_a in self.phase_changes_a.items()
        }
        answering = {phase for phase, part in parts.items() if abs(part - 1) <= ANSWERS}
        quiet = {phase for phase, part in parts.items() if abs(part) <= QUIET}
        clear = answering and len(answering) + len(quiet) == len(parts)
        return frozenset(answering) if clear else None


@dataclass(frozen=True, slots=True)
class PairingFinding:
    """What the steps of a charger's cars have shown so far."""

    orders: tuple[Order, ...]
    """The orders that are possible; all of them while nothing is known."""
    votes: int
    """How many steps agree."""
    of: int
    """How many steps could be read."""

    @property
    def order(self) -> Order | None:
        """Return the order if there is no doubt about it."""
        return self.orders[0] if len(self.orders) == 1 else None

    def contradicts(self, order: Order) -> bool:
        """Return whether an order cannot be the right one."""
        return order not in self.orders

    def nearest(self, order: Order) -> Order:
        """Return the possible order that an installer would most likely have made.

        Wires are rotated rather than swapped: a swap turns motors round.
        """
        return max(
            self.orders,
            key=lambda other: (
                other == order,
                _turns_alike(other, order),
                [a == b for a, b in zip(other, order, strict=True)],
            ),
        )


def _turns_alike(one: Order, other: Order) -> bool:
    """Return whether one order is the other one, rotated."""
    turns = range(len(one))
    return any(one[turn:] + one[:turn] == other for turn in turns)


class Finder:
    """Collects what the steps of one charger's cars show."""

    def __init__(self, phases: Sequence[Phase], wires: int) -> None:
        """Take the site's phases, and how many wires the charger has."""
        self._orders = tuple(permutations(phases, wires))
        self._wires = wires
        self._answers: deque[Answer] = deque(maxlen=WINDOW)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answers that count, the oldest first."""
        return tuple(self._answers)

    def recall(self, answers: Iterable[Answer]) -> None:
        """Go on with answers that were seen before."""
        self._answers.extend(answers)

    def add(self, step: Step) -> None:
        """Take in a step; one that shows nothing clear counts for nothing."""
        answer = step.answer()
        # A car on all wires does not show their order.
        if answer is not None and (len(answer) < self._wires or self._wires == 1):
            self._answers.append(answer)

    def finding(self) -> PairingFinding:
        """Return what is known by now."""
        votes = Counter(self._answers)
        total = sum(votes.values())
        best, count = votes.most_common(1)[0] if votes else (frozenset[Phase](), 0)
        told = len(best) <= self._wires
        if count < VOTES or count < SHARE * total or not told:
            return PairingFinding(self._orders, count, total)
        orders = tuple(
            order for order in self._orders if best == frozenset(order[: len(best)])
        )
        return PairingFinding(orders, count, total)


@dataclass(slots=True)
class StepReader:
    """Reads steps out of the reports of meter and chargers."""

    charger_id: str
    _level_a: float | None = None
    _since_s: float = 0.0
    _rest_a: float | None = None
    _others: _Others = ()
    _others_moved_s: float = -inf
    _left_s: float | None = None
    _rest_told_s: float = -inf
    """Last report of the car at rest, s."""
    _phases: tuple[Phase, ...] = ()
    _meter: deque[tuple[float, _Values]] = field(default_factory=deque)

    @property
    def resting(self) -> bool:
        """Return whether the car is steady, and the meter shows where."""
        return self._rest_a is not None and self._left_s is None

    def look(self, site: Site, snapshot: Snapshot, now_s: float) -> Step | None:
        """Take in what is known now; return a step that has just become readable."""
        self._remember(site, snapshot, now_s)
        self._watch_others(snapshot, now_s)
        row = next(
            (row for row in snapshot.chargers if row.charger_id == self.charger_id),
            None,
        )
        current_a = drawn_a(row)
        if row is None or current_a is None:
            self._level_a = self._rest_a = self._left_s = None
            return None
        if self._level_a is None or abs(current_a - self._level_a) > STEADY_A:
            self._level_a, self._since_s = current_a, now_s
            if self._left_s is None:
                self._left_s = now_s
        if self._left_s is None:
            self._rest_told_s = max(
                (part.time_s for part in row.measured_a if part is not None),
                default=now_s,
            )
        settled = now_s - self._since_s >= STEADY_S
        if not settled or not self._meter_has_caught_up():
            return None
        return self._settle(snapshot, current_a)

    @property
    def idle(self) -> bool:
        """Return whether no car is known to draw anything."""
        return self._level_a is None or self._level_a <= STEADY_A

    def _remember(self, site: Site, snapshot: Snapshot, now_s: float) -> None:
        self._phases = site.phases
        rows = [snapshot.phase_currents_a[phase] for phase in site.phases]
        if any(row is None or row.problem is not None for row in rows):
            return
        time_s = min(row.time_s for row in rows if row is not None)
        values = tuple(row.value for row in rows if row is not None)
        if not self._meter or time_s > self._meter[-1][0]:
            self._meter.append((time_s, values))
        while self._meter and self._meter[0][0] < now_s - REMEMBERED_S:
            self._meter.popleft()

    def _meter_has_caught_up(self) -> bool:
        return bool(self._meter) and (
            self._meter[-1][0] >= self._since_s + METER_LATE_S
        )

    def _watch_others(self, snapshot: Snapshot, now_s: float) -> None:
        """Note when another car was told something else, or told that it moved."""
        told = tuple(
            value_a
            for row in snapshot.chargers
            if row.charger_id != self.charger_id
            for value_a in (
                0.0 if row.accepted is None else row.accepted.value,
                drawn_a(row) or 0.0,
            )
        )
        if len(told) != len(self._others) or any(
            abs(new_a - old_a) > STEADY_A
            for new_a, old_a in zip(told, self._others, strict=True)
        ):
            self._others, self._others_moved_s = told, now_s

    def _settle(self, snapshot: Snapshot, current_a: float) -> Step | None:
        """Rest at a new level; return the step that led to it."""
        rest_a, left_s = self._rest_a, self._left_s
        self._rest_a, self._left_s = current_a, None
        if rest_a is None or left_s is None or abs(current_a - rest_a) < STEP_A:
            return None
        if self._others_moved_s > left_s - OTHERS_CALM_S:
            return None
        steps = [
            self._step(began_s, current_a - rest_a)
            for began_s in self._beginnings_s(snapshot, left_s)
        ]
        clear = [step for step in steps if step is not None and step.answer()]
        return clear[0] if clear else steps[-1]

    def _step(self, began_s: float, change_a: float) -> Step | None:
        """Return what the meter made of a step that began at a moment."""
        before = next(
            (values for time_s, values in reversed(self._meter) if time_s < began_s),
            None,
        )
        if before is None:
            return None
        after_s, after = self._meter[-1]
        changes_a = {
            phase: new - old
            for phase, old, new in zip(self._phases, before, after, strict=True)
        }
        return Step(after_s, change_a, changes_a)

    def _beginnings_s(self, snapshot: Snapshot, left_s: float) -> Iterator[float]:
        """Yield when a step may have begun: at the command, or before the car told.

        The shorter time leaves the house less room; but a command that came after
        the step has nothing to do with it. When the car last told that it rested,
        the step had not begun, but for how late it tells.
        """
        rested_s = self._rest_told_s - METER_LATE_S
        earliest_s = min(left_s - CAR_LATE_S, rested_s)
        for row in snapshot.chargers:
            if row.charger_id == self.charger_id and row.accepted is not None:
                commanded_s = row.accepted.time_s
                if earliest_s < commanded_s <= left_s:
                    yield commanded_s
        yield rested_s
        yield left_s - CAR_LATE_S


def drawn_a(reading: ChargerReading | None) -> float | None:
    """Return what a car draws: as measured, or what it was set to while it charges."""
    if reading is None or not reading.available:
        return None
    told = [row for row in reading.measured_a if row is not None]
    if told:
        values = [row.value for row in told if row.problem is None]
        return max(values, default=None)
    if reading.status is ChargerStatus.CHARGING and reading.accepted is not None:
        return reading.accepted.value
    return None if reading.status in (None, ChargerStatus.CHARGING) else 0.0


class PairingWatch:
    """Watches the cars of a whole site."""

    def __init__(self) -> None:
        """Begin without having seen anything."""
        self._readers: dict[tuple[str, int], tuple[StepReader, Finder]] = {}
        self._on_all_wires: set[str] = set()
        """Chargers whose car has shown that it loads all wires, since it began."""

    def look(self, site: Site, snapshot: Snapshot, now_s: float) -> None:
        """Take in what meter and cars show now."""
        for charger in site.chargers:
            reader, finder = self._of(site, charger)
            step = reader.look(site, snapshot, now_s)
            if reader.idle:
                self._on_all_wires.discard(charger.charger_id)
            if step is not None and not self._is_hidden(charger, step):
                finder.add(step)

    def _is_hidden(self, charger: Charger, step: Step) -> bool:
        """Tell whether a step only seems to be on fewer wires than the car loads.

        A car is cut because the house rose, and raised because it fell: what moved by
        as much on one phase hides the car there.
        """
        answer = step.answer()
        if answer is not None and len(answer) == len(charger.phases):
            self._on_all_wires.add(charger.charger_id)
            return False
        return charger.charger_id in self._on_all_wires

    def finding(self, site: Site, charger: Charger) -> PairingFinding:
        """Return what is known of a charger."""
        return self.finder(site, charger).finding()

    def finder(self, site: Site, charger: Charger) -> Finder:
        """Return what collects the steps of a charger's cars."""
        return self._of(site, charger)[1]

    def _of(self, site: Site, charger: Charger) -> tuple[StepReader, Finder]:
        key = charger.charger_id, len(charger.phases)
        if key not in self._readers:
            finder = Finder(site.phases, len(charger.phases))
            self._readers[key] = StepReader(charger.charger_id), finder
        return self._readers[key]
