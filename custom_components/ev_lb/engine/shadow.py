"""What control would do while the cars do what somebody else lets them.

Two engines watch the same home. One only sees: it tells the house from the cars,
by what they really draw. The other one controls an imagined home: the same house,
with cars that follow what it would set. So what it would set is what control
would have set, with all its waiting times, and not an answer to a car that
does not listen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Final

from .decide import decide, resume
from .model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    CircuitReading,
    Decision,
    MeterKind,
    Phase,
    Site,
    Snapshot,
)
from .model.set_points import with_set_point
from .model.state import ChargerState, Reading, State

TAKES_LESS_A: Final = 2.0
"""A car this far below what it may have takes no more than that, A."""
LONGEST_STEP_S: Final = 60.0
"""What was seen this long ago does not count any longer, s."""
WS_PER_KWH: Final = 3.6e6


@dataclass(frozen=True, slots=True)
class Step:
    """What an imagined car draws at most from a moment on, A."""

    from_s: float
    current_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What control would have changed since a moment."""

    since_s: float
    overload_s: float = 0.0
    """How long the site was over its limit, s."""
    prevented_s: float = 0.0
    """How much of that control would have prevented, s. Its cars follow only after
    their whole response time, so this is no more than what it would have been."""
    energy_kwh: float = 0.0
    """What control would have given the cars more (or, negative, less), kWh."""
    commands: int = 0
    """How often it would have told a charger something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowState:
    """What one look at a home that is not controlled hands to the next."""

    seen: State
    """Of the engine that only sees."""
    imagined: State
    """Of the engine that controls the imagined home."""
    steps: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    """What each imagined car draws, the newest last."""
    tally: Tally
    time_s: float
    overload: bool = False
    would_overload: bool = False
    more_w: float = 0.0
    """What the imagined cars draw more than the real ones, W."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowDecision:
    """What control would do, and what really is."""

    state: ShadowState
    imagined: Decision
    """The answer for the imagined home, and to what it is the answer."""
    asked_state: State
    asked_snapshot: Snapshot
    shown: Decision
    """What would be set and why, beside what house and meter really are."""


def begin(site: Site, stands_a: Mapping[str, float], now_s: float) -> ShadowState:
    """Return where control would begin: the cars draw what they are left with."""
    return ShadowState(
        seen=resume(site, stands_a, now_s),
        imagined=resume(site, stands_a, now_s),
        steps={
            charger.charger_id: (Step(-inf, stands_a.get(charger.charger_id, 0.0)),)
            for charger in site.chargers
        },
        tally=Tally(since_s=now_s),
        time_s=now_s,
    )


def imagine(
    site: Site,
    state: ShadowState,
    snapshot: Snapshot,
    stands_a: Mapping[str, float],
    now_s: float,
) -> ShadowDecision:
    """Return what control would do now.

    `stands_a` is what the chargers are set to by whoever sets them, A, where it
    is known. A car that neither is measured nor has a known set-point counts as
    part of the house.
    """
    before = replace(state.seen, chargers=_as_they_stand(state.seen, stands_a, now_s))
    seen = decide(replace(site, enabled=False), before, snapshot, now_s)
    readings = {row.charger_id: row for row in snapshot.chargers}
    cars = [
        _Car(
            charger,
            readings.get(charger.charger_id),
            stands_a.get(charger.charger_id),
            state.steps.get(charger.charger_id, ()),
        )
        for charger in site.chargers
    ]
    asked = _imagined_snapshot(site, seen, snapshot, cars, state.imagined)
    imagined = decide(site, state.imagined, asked, now_s)
    steps = _followed(site, state, imagined, now_s)
    looks_s = [row.next_look_s for row in (seen, imagined) if row.next_look_s]
    tally = _added_up(state, imagined, now_s)
    more_a = sum(car.would_draw_a(now_s) - car.draws_a() for car in cars)
    return ShadowDecision(
        state=ShadowState(
            seen=seen.state,
            imagined=imagined.state,
            steps=steps,
            tally=tally,
            time_s=now_s,
            overload=seen.overload,
            would_overload=_would_overload(site, seen, cars, now_s),
            more_w=more_a * site.volts,
        ),
        imagined=imagined,
        asked_state=state.imagined,
        asked_snapshot=asked,
        shown=imagined._replace(
            house_a=seen.house_a,
            available_a=seen.available_a,
            overload=seen.overload,
            next_look_s=min(looks_s, default=None),
        ),
    )


class _Car:
    """A real car, and the one that is imagined in its place."""

    def __init__(
        self,
        charger: Charger,
        reading: ChargerReading | None,
        stands_a: float | None,
        steps: tuple[Step, ...],
    ) -> None:
        self.charger = charger
        self.reading = reading
        self._stands_a = stands_a
        self._steps = steps
        self._wires = range(len(charger.phases))

    def draws_on_wire_a(self, wire: int) -> float:
        """Return what the real car draws, as far as anything tells."""
        measured_a = self._measured_a(wire)
        if measured_a is not None:
            return measured_a
        if self._is_idle():
            return 0.0
        return self._stands_a or 0.0

    def would_draw_on_wire_a(self, wire: int, time_s: float) -> float:
        """Return what the imagined car draws: no more than the real one can."""
        allowed_a = 0.0
        for step in self._steps:
            if step.from_s <= time_s:
                allowed_a = step.current_a
        return min(allowed_a, self._appetite_a(wire))

    def draws_a(self) -> float:
        """Return what the real car draws on all its wires together, A."""
        return sum(map(self.draws_on_wire_a, self._wires))

    def would_draw_a(self, time_s: float) -> float:
        """Return the same of the imagined car."""
        return sum(self.would_draw_on_wire_a(wire, time_s) for wire in self._wires)

    def on_phase(self, phase: Phase, time_s: float) -> float:
        """Return what the imagined car draws on a phase of the site, A."""
        if phase not in self.charger.phases:
            return 0.0
        return self.would_draw_on_wire_a(self.charger.phases.index(phase), time_s)

    def draws_on_phase_a(self, phase: Phase) -> float:
        """Return what the real car draws on a phase of the site."""
        if phase not in self.charger.phases:
            return 0.0
        return self.draws_on_wire_a(self.charger.phases.index(phase))

    def imagined_reading(
        self, accepted: Reading | None, time_s: float
    ) -> ChargerReading | None:
        """Return what the charger would tell if it were controlled."""
        if self.reading is None:
            return None
        measured = []
        for wire, row in enumerate(self.reading.measured_a):
            if row is None or row.problem is not None:
                measured.append(row)
            else:
                would_a = self.would_draw_on_wire_a(wire, row.time_s)
                measured.append(Reading(would_a, row.time_s))
        return replace(self.reading, measured_a=tuple(measured), accepted=accepted)

    def _measured_a(self, wire: int) -> float | None:
        rows = () if self.reading is None else self.reading.measured_a
        row = rows[wire] if wire < len(rows) else rows[0] if rows else None
        if row is None or row.problem is not None:
            return None
        return max(row.value, 0.0)

    def _is_idle(self) -> bool:
        status = None if self.reading is None else self.reading.status
        return status not in (None, ChargerStatus.CHARGING)

    def _appetite_a(self, wire: int) -> float:
        """Return the most that the car would take; infinity while it takes all."""
        if self._status_is(ChargerStatus.DISCONNECTED):
            return 0.0
        if not self._stands_a:
            # Held back by somebody else: what it would take is not known.
            return inf
        draws_a = self.draws_on_wire_a(wire)
        return draws_a if draws_a < self._stands_a - TAKES_LESS_A else inf

    def _status_is(self, status: ChargerStatus) -> bool:
        return self.reading is not None and self.reading.status is status


def _as_they_stand(
    state: State, stands_a: Mapping[str, float], now_s: float
) -> tuple[ChargerState, ...]:
    """Return the chargers' memories with the set-points that others gave them."""
    return tuple(
        _standing_at(row, stands_a.get(row.charger_id, 0.0), now_s)
        for row in state.chargers
    )


def _standing_at(state: ChargerState, current_a: float, now_s: float) -> ChargerState:
    if current_a == state.set_a:
        return state
    state = with_set_point(state, current_a, now_s)
    newest = state.set_points[-1]._replace(accepted_s=now_s)
    return state._replace(set_points=(*state.set_points[:-1], newest))


def _imagined_snapshot(
    site: Site,
    seen: Decision,
    snapshot: Snapshot,
    cars: list[_Car],
    imagined: State,
) -> Snapshot:
    """Return what meter and chargers would tell in the imagined home."""
    phases = [_imagined_phase(seen, snapshot, cars, phase) for phase in Phase]
    total = snapshot.total_power_w
    if site.meter.kind is MeterKind.TOTAL and total is not None:
        first = site.phases[0] if site.phases else Phase.L1
        house_a, problem = seen.house_a[first], seen.problems[first]
        if problem is not None or house_a is None:
            total = total._replace(problem=problem or total.problem)
        else:
            amps = house_a + sum(car.would_draw_a(total.time_s) for car in cars)
            total = Reading(amps * site.volts, total.time_s)
    accepted = {}
    for row in imagined.chargers:
        if row.set_points:
            newest = row.set_points[-1]
            accepted[row.charger_id] = Reading(newest.current_a, newest.decided_s)
    chargers = [
        car.imagined_reading(accepted.get(car.charger.charger_id), seen.time_s)
        for car in cars
    ]
    return replace(
        snapshot,
        phase_currents_a=(phases[0], phases[1], phases[2]),
        total_power_w=total,
        circuits=tuple(_imagined_circuit(site, row, cars) for row in snapshot.circuits),
        chargers=tuple(row for row in chargers if row is not None),
    )


def _imagined_phase(
    seen: Decision, snapshot: Snapshot, cars: list[_Car], phase: Phase
) -> Reading | None:
    reading = snapshot.phase_currents_a[phase]
    if reading is None:
        return None
    house_a, problem = seen.house_a[phase], seen.problems[phase]
    if problem is not None or house_a is None:
        return reading._replace(problem=problem or reading.problem)
    load_a = house_a + sum(car.on_phase(phase, reading.time_s) for car in cars)
    return Reading(load_a, reading.time_s)


def _imagined_circuit(
    site: Site, reading: CircuitReading, cars: list[_Car]
) -> CircuitReading:
    """Return what a circuit's own meter would tell: other cars hang on it."""
    fed = {reading.circuit_id}
    for circuit in site.circuits:
        if circuit.parent_id in fed:
            fed.add(circuit.circuit_id)
    behind = [car for car in cars if car.charger.circuit_id in fed]

    def imagined(told: Reading | None, more_a: float) -> Reading | None:
        if told is None or told.problem is not None:
            return told
        return Reading(told.value + more_a, told.time_s)

    phases = []
    for phase, told in zip(Phase, reading.phase_currents_a, strict=True):
        time_s = 0.0 if told is None else told.time_s
        more_a = sum(
            car.on_phase(phase, time_s) - car.draws_on_phase_a(phase) for car in behind
        )
        phases.append(imagined(told, more_a))
    total = reading.total_power_w
    time_s = 0.0 if total is None else total.time_s
    more_a = sum(car.would_draw_a(time_s) - car.draws_a() for car in behind)
    return replace(
        reading,
        phase_currents_a=(phases[0], phases[1], phases[2]),
        total_power_w=imagined(total, more_a * site.volts),
    )


def _followed(
    site: Site, state: ShadowState, decision: Decision, now_s: float
) -> dict[str, tuple[Step, ...]]:
    """Let the imagined cars follow, each after its charger's response time."""
    delays_s = {row.charger_id: row.response.dead_time_s for row in site.chargers}
    steps = {}
    for row in decision.chargers:
        known = state.steps.get(row.charger_id, ())
        if not known or known[-1].current_a != row.set_a:
            from_s = now_s + delays_s[row.charger_id]
            known = (*known, Step(from_s, row.set_a))
        over = [place for place, step in enumerate(known) if step.from_s <= now_s]
        # A meter's reading may be older than the newest step that holds.
        steps[row.charger_id] = known[max(over[-1] - 1, 0) if over else 0 :]
    return steps


def _would_overload(site: Site, seen: Decision, cars: list[_Car], now_s: float) -> bool:
    limit_a = site.circuits[0].limit_a if site.circuits else (0.0, 0.0, 0.0)
    for phase in site.phases:
        house_a = seen.house_a[phase]
        if house_a is None:
            continue
        would_a = house_a + sum(car.on_phase(phase, now_s) for car in cars)
        if would_a > limit_a[phase]:
            return True
    return False


def _added_up(state: ShadowState, decision: Decision, now_s: float) -> Tally:
    """Add the time since the last look, which went on as it was then."""
    elapsed_s = min(max(now_s - state.time_s, 0.0), LONGEST_STEP_S)
    before = {row.charger_id: row.set_a for row in state.imagined.chargers}
    told = sum(
        row.send and row.set_a != before.get(row.charger_id, 0.0)
        for row in decision.chargers
    )
    over_s = elapsed_s if state.overload else 0.0
    prevented_s = 0.0 if state.would_overload else over_s
    return replace(
        state.tally,
        overload_s=state.tally.overload_s + over_s,
        prevented_s=state.tally.prevented_s + prevented_s,
        energy_kwh=state.tally.energy_kwh + state.more_w * elapsed_s / WS_PER_KWH,
        commands=state.tally.commands + told,
    )
