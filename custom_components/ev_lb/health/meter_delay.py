"""Finds how much older than its reports a meter's values are, by what cars do.

Pure: no Home Assistant, no clock. Once a car has told that it draws another
current, each report of the meter that still shows the former one is older than that. So
steps only ever show that a meter is later than assumed, never that it is faster: the car
may have told late itself. One step may be an accident of the house; several agree.

A car that soon goes back has made a pulse. A late meter shows that, too, and may show
nothing else: a raise that does not show in time is taken back.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from heapq import nlargest
from math import inf
from operator import itemgetter
from typing import Final, NamedTuple

from custom_components.ev_lb.building.topology import behind
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    CircuitReading,
    Meter,
    Reading,
    Site,
    Snapshot,
)

STEP_A: Final = 4.0
"""A car that changes by this much must show in the meter, A."""
STEADY_A: Final = 1.0
"""A car that changes by less is steady, A."""
SETTLED_S: Final = 75.0
"""How long after a step all is compared, s: no meter in use is later."""
REMEMBERED_S: Final = 240.0
"""How long the meter's readings are kept, s."""
OTHERS_CALM_S: Final = 60.0
"""How long other cars must have been left alone before a step, s."""
SHOWN: Final = 0.85
"""The part of a step that shows that a value is of after it."""
NOISE: Final = 0.3
"""The part of a step that the house may add or take meanwhile."""
RISE_S: Final = 10.0
"""For longer than this, what is between is no car on its way, s."""
PULSE_TOLERANCE_S: Final = 10.0
"""How late a charger may report its car's rise, or its fall, s."""
BACK: Final = 0.5
"""A car that keeps no more of its step than this part has made a pulse of it."""
WINDOW: Final = 24
"""How many of the last steps count."""
VOTES: Final = 3
"""How many of them must show at least so much."""
MARGIN_S: Final = 1.0
"""How much later the meter may be than was ever seen, s: it was looked at in between."""


class MeterValue(NamedTuple):
    """A reading of the phases of a charger together."""

    time_s: float
    current_a: float


class Told(NamedTuple):
    """The measured current of a car on each wire that it uses."""

    time_s: float
    current_a: float


@dataclass(slots=True)
class _Step:
    """A change of a car's current that is under way or being waited for."""

    before_a: float
    rested_s: float
    """Last report of the former current, s."""
    told_s: float
    """First report of the present one, s."""
    current_a: float
    peak: Told | None = None
    """What it drew when it first turned back."""
    again: bool = False
    """Whether it has gone the first way once more: another pulse may show then."""

    def move(self, told: Told) -> bool:
        """Take in another current; return whether a pulse ends where it was so far."""
        outward_a = (self.peak or self).current_a - self.before_a
        is_outward = (told.current_a - self.current_a) * outward_a > 0
        if self.peak is None:
            if not is_outward:
                self.peak = Told(self.told_s, self.current_a)
            return False
        ends = is_outward and not self.again
        self.again = self.again or ends
        return ends


@dataclass(slots=True)
class DelayReader:
    """Reads from the steps of one car how old a meter's values are at least."""

    _meter: deque[MeterValue] = field(default_factory=deque)
    _rest: Told | None = None
    _step: _Step | None = None

    def look(
        self,
        meter: MeterValue | None,
        told: Told | None,
        others_moved_s: float,
        wires: int,
    ) -> float | None:
        """Take in what is known now; return what a step that can be read has shown, s.

        `others_moved_s` is when another car was last told anything or drew anything
        else, `wires` how many the charger has.
        """
        if meter is None or told is None:
            self._meter.clear()
            self._rest = self._step = None
            return None
        self._remember(meter)
        step = self._step
        unshown_s = None
        if step is not None and abs(told.current_a - step.current_a) > STEADY_A:
            if step.move(told):
                unshown_s = _pulse_unshown_s(self._meter, step, wires)
            step.told_s, step.current_a = told.time_s, told.current_a
        elif step is None:
            self._rest_or_step(told)
        elif meter.time_s >= step.told_s + SETTLED_S:
            self._step = None
            self._rest = told
            unshown_s = _unshown_s(self._meter, step, wires)
            if unshown_s is None and not step.again:
                unshown_s = _pulse_unshown_s(self._meter, step, wires)
        if step is None or others_moved_s > step.rested_s - OTHERS_CALM_S:
            return None
        return unshown_s

    def _remember(self, meter: MeterValue) -> None:
        rows = self._meter
        if rows and meter.time_s <= rows[-1].time_s:
            # Its parts come one after the other: the last one makes it whole.
            if meter.time_s == rows[-1].time_s:
                rows[-1] = meter
            return
        rows.append(meter)
        while rows[0].time_s < meter.time_s - REMEMBERED_S:
            rows.popleft()

    def _rest_or_step(self, told: Told) -> None:
        """Note where the car rests, or that it begins to draw something else."""
        rest = self._rest
        if rest is None or abs(told.current_a - rest.current_a) <= STEADY_A:
            level_a = told.current_a if rest is None else rest.current_a
            self._rest = Told(told.time_s, level_a)
        else:
            self._step = _Step(rest.current_a, rest.time_s, told.time_s, told.current_a)


def _unshown_s(meter: Iterable[MeterValue], step: _Step, wires: int) -> float | None:
    """Return for how long reports still came of before a step, s; 0 for none.

    None where the step is small, or where the house has moved as well.
    """
    change_a = step.current_a - step.before_a
    earlier = [row.current_a for row in meter if row.time_s <= step.rested_s]
    since = [row for row in meter if row.time_s > step.told_s]
    if abs(change_a) < STEP_A or not earlier or not since:
        return None
    used = round((since[-1].current_a - earlier[-1]) / change_a)
    if not 1 <= used <= wires:
        return None
    whole_a = used * change_a
    unshown_s, shown = 0.0, False
    for row in since:
        part = (row.current_a - earlier[-1]) / whole_a
        if not -NOISE <= part <= 1 + NOISE or (shown and part < 1 - NOISE):
            return None
        if part >= SHOWN:
            shown = True
        elif not shown:
            unshown_s = row.time_s - step.told_s
    return unshown_s if shown else None


def _pulse_unshown_s(
    meter: Iterable[MeterValue], step: _Step, wires: int
) -> float | None:
    """Return for how long reports still came of before a pulse, s; 0 for none.

    None where there was none, or where the meter does not show it whole: its rise,
    and that the car has gone back.
    """
    peak = step.peak
    if peak is None:
        return None
    change_a = peak.current_a - step.before_a
    kept = (step.current_a - step.before_a) / change_a
    earlier = [row.current_a for row in meter if row.time_s <= step.rested_s]
    since = [row for row in meter if row.time_s > peak.time_s]
    if abs(change_a) < STEP_A or kept > BACK or not earlier or not since:
        return None
    parts = [(row.current_a - earlier[-1]) / change_a for row in since]
    used = round(max(parts))
    if not 1 <= used <= wires:
        return None
    times_s = [row.time_s - peak.time_s for row in since]
    rows = [(row_s, wired / used) for row_s, wired in zip(times_s, parts, strict=True)]
    return _late_pulse_s(rows, step.told_s - peak.time_s, max(kept, 0.0) + NOISE)


def _late_pulse_s(
    rows: list[tuple[float, float]], length_s: float, back: float
) -> float | None:
    """Return when a meter's last report before a pulse came, s after it; 0 for none.

    None where what it shows is not this pulse, only later: it rises at once, stays for
    as long as the car's, and is back then.

    Args:
        rows: When each report came, s after the car's rise, and what part of it it shows.
        length_s: How long the car had risen.
        back: The part that is shown at most once the car has gone back.
    """
    unshown_s, rising_s, risen_s, last_risen_s = 0.0, inf, inf, 0.0
    for row_s, part in rows:
        if risen_s < inf and part <= back:
            shortest_s = last_risen_s - risen_s - PULSE_TOLERANCE_S
            longest_s = row_s - unshown_s + PULSE_TOLERANCE_S
            return unshown_s if shortest_s <= length_s <= longest_s else None
        if not -NOISE <= part <= 1 + NOISE or unshown_s > SETTLED_S:
            return None
        if part >= SHOWN:
            risen_s, last_risen_s = min(risen_s, row_s), row_s
        elif risen_s == inf:
            unshown_s = row_s
            if part > NOISE:
                rising_s = min(rising_s, row_s)
            if row_s - rising_s > RISE_S:
                return None
    return None


class DelayWatch:
    """Watches all cars of a site behind each of its meters."""

    def __init__(self) -> None:
        """Begin without having seen anything."""
        self._readers: dict[tuple[str, str], DelayReader] = {}
        self._seen: dict[str, deque[float]] = {}
        self._draws_a: dict[str, tuple[float, float]] = {}
        """Draw and set-point of each car when it last moved, A."""
        self._moved_s: dict[str, float] = {}

    def look(self, site: Site, snapshot: Snapshot, now_s: float) -> bool:
        """Take in what is known now; return whether a step has been read."""
        told = {row.charger_id: _told(row) for row in snapshot.chargers}
        self._note_moves(snapshot, told, now_s)
        # Of two, so that each charger has the latest of the others.
        latest = nlargest(2, self._moved_s.items(), key=itemgetter(1))
        by_circuit = {row.circuit_id: row for row in snapshot.circuits}
        read = False
        for circuit in site.circuits:
            source: Snapshot | CircuitReading | None = snapshot
            if circuit.parent_id is not None:
                source = by_circuit.get(circuit.circuit_id)
            if source is None or (circuit.parent_id and circuit.meter is None):
                continue
            for charger in behind(site, circuit.circuit_id):
                charger_id = charger.charger_id
                reader = self._readers.setdefault(
                    (circuit.circuit_id, charger_id), DelayReader()
                )
                unshown_s = reader.look(
                    _meter_value(site, source, charger),
                    told.get(charger_id),
                    next((row_s for key, row_s in latest if key != charger_id), -inf),
                    len(charger.phases),
                )
                if unshown_s is not None:
                    self.seen(circuit.circuit_id).append(unshown_s)
                    read = True
        return read

    def _note_moves(
        self, snapshot: Snapshot, told: Mapping[str, Told | None], now_s: float
    ) -> None:
        """Note which cars have another draw or another set-point than before."""
        for row in snapshot.chargers:
            charger_id, drawn = row.charger_id, told[row.charger_id]
            drawn_a = 0.0 if drawn is None else drawn.current_a
            set_a = 0.0 if row.accepted is None else row.accepted.value
            before_a = self._draws_a.setdefault(charger_id, (drawn_a, set_a))
            if abs(before_a[0] - drawn_a) > STEADY_A or before_a[1] != set_a:
                self._draws_a[charger_id] = drawn_a, set_a
                self._moved_s[charger_id] = now_s

    def seen(self, circuit_id: str) -> deque[float]:
        """Return what the last steps have shown of a circuit's meter, s."""
        return self._seen.setdefault(circuit_id, deque(maxlen=WINDOW))

    def applied(self, site: Site) -> Site:
        """Return the site with meters at least as late as they were seen to be."""
        seen_s = self.delays_s()
        if not seen_s:
            return site
        return replace(
            site,
            meter=_at_least(site.meter, seen_s.get(site.circuits[0].circuit_id)),
            circuits=tuple(
                row
                if row.meter is None
                else replace(
                    row, meter=_at_least(row.meter, seen_s.get(row.circuit_id))
                )
                for row in site.circuits
            ),
        )

    def delays_s(self) -> dict[str, float]:
        """Return how late the meters are at least, by their circuits, s."""
        found = {key: found_delay_s(rows) for key, rows in self._seen.items()}
        return {key: delay_s for key, delay_s in found.items() if delay_s > 0}


def found_delay_s(seen_s: Iterable[float]) -> float:
    """Return how late a meter is by what steps have shown, s; 0 for nothing."""
    highest = sorted(seen_s, reverse=True)[:VOTES]
    if len(highest) < VOTES or highest[-1] <= 0:
        return 0.0
    return highest[-1] + MARGIN_S


def _at_least(meter: Meter, seen_s: float | None) -> Meter:
    if seen_s is None or seen_s <= meter.delay_s:
        return meter
    return replace(meter, delay_s=seen_s)


def _told(row: ChargerReading) -> Told | None:
    """Return what a car is measured to draw; None without a good reading."""
    if not row.available or not row.measured_a:
        return None
    parts = [part for part in row.measured_a if part is not None]
    if not parts or any(part.problem is not None for part in parts):
        return None
    return Told(min(part.time_s for part in parts), max(part.value for part in parts))


def _meter_value(
    site: Site, source: Snapshot | CircuitReading, charger: Charger
) -> MeterValue | None:
    """Return what a meter shows of a charger's phases together, A."""
    total = source.total_power_w
    parts: list[Reading | None] = [total]
    factor = 1.0 / site.volts
    if total is None:
        parts = [source.phase_currents_a[phase] for phase in charger.phases]
        factor = 1.0
    good = [part for part in parts if part is not None and part.problem is None]
    if not good or len(good) < len(parts):
        return None
    return MeterValue(
        min(part.time_s for part in good), factor * sum(part.value for part in good)
    )
