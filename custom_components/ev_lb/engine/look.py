"""Takes in a snapshot: what the chargers tell, what the house draws."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf, isfinite
from typing import NamedTuple

from .draw import MEASUREMENT_DELAY_S, observe
from .house import Source, estimate, held_house_a, worst_house_a
from .limits import sane_limit_a
from .memory import ChargerState, PhaseState, SetPoint, State
from .model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    MeterKind,
    PerPhase,
    Site,
    Snapshot,
)
from .readings import Problems, phase_readings
from .timetable import Timetable


class View(NamedTuple):
    """What one decision knows before it decides on the chargers."""

    site: Site
    state: State
    timetable: Timetable
    limit_a: PerPhase
    """The grid connection's fuse."""
    phases: tuple[PhaseState, PhaseState, PhaseState]
    problems: Problems
    sources: tuple[Source, ...]
    meter_seen: bool

    def is_lost(self, charger: Charger) -> bool:
        """Tell whether the meter is lost on a phase of the charger."""
        return any(self.problems[phase] is not None for phase in charger.phases)

    def read_s(self, charger: Charger) -> float:
        """Return when the oldest reading on the charger's phases came."""
        readings = (self.phases[phase].reading for phase in charger.phases)
        return min((row.time_s for row in readings if row is not None), default=-inf)

    def house_to_cut_by_a(self) -> PerPhase:
        """Return the house load that no set-point may stand against, A.

        While a phase is overloaded, a change that may still turn out to be a
        car's counts as the house's.
        """
        return self._house(
            lambda memory, limit_a: (
                max(memory.house_a, memory.house_face_a)
                if memory.load_a > limit_a
                else memory.house_a
            )
        )

    def house_now_a(self) -> PerPhase:
        """Return the highest house load that the newest readings allow, A."""
        return self._house(lambda memory, _: memory.house_high_a)

    def house_held_a(self) -> PerPhase:
        """Return the highest house load of the hold window, A."""
        return self._house(lambda memory, _: held_house_a(memory))

    def _house(self, load: Callable[[PhaseState, float], float]) -> PerPhase:
        """Collect a house load per phase; the worst lately where it is lost.

        With the spread over the phases unknown, an export on one phase may
        hide an import on another: then no phase counts as exporting.
        """
        kind = self.site.meter.kind
        unknown = kind is MeterKind.TOTAL and len(self.site.phases) > 1
        loads = [0.0, 0.0, 0.0]
        for phase in self.site.phases:
            memory = self.phases[phase]
            if self.problems[phase] is not None:
                loads[phase] = max(worst_house_a(memory), 0.0)
            else:
                load_a = load(memory, self.limit_a[phase])
                loads[phase] = max(load_a, 0.0) if unknown else load_a
        return (loads[0], loads[1], loads[2])


def resume(site: Site, set_a: Mapping[str, float], now_s: float) -> State:
    """Return the state after a restart, from the last set-points by charger.

    The chargers are taken to be where they were left. Nothing is raised before
    the meter has been read anew.
    """
    chargers = []
    for charger in site.chargers:
        current_a = set_a.get(charger.charger_id, 0.0)
        state = ChargerState(charger_id=charger.charger_id)
        if isfinite(current_a) and current_a > 0:
            state = replace(
                state,
                set_a=current_a,
                set_points=(SetPoint(current_a, -inf),),
                connected=True,
                started=True,
            )
        chargers.append(state)
    return State(chargers=tuple(chargers), resumed_s=now_s)


def look(site: Site, state: State, snapshot: Snapshot, timetable: Timetable) -> View:
    """Take in the readings of chargers and meter."""
    limit_a = (0.0, 0.0, 0.0)
    if site.circuits:
        limit_a = sane_limit_a(site.circuits[0].limit_a, site.phases)
    sources = _sources(site, state, snapshot)
    readings, problems = phase_readings(site, limit_a, snapshot, timetable)
    phases, problems = estimate(site, state, sources, readings, problems, timetable)
    seen = state.meter_seen
    for phase in site.phases:
        reading = readings[phase]
        if reading is not None and problems[phase] is None:
            seen = seen or reading.time_s >= state.resumed_s
    return View(site, state, timetable, limit_a, phases, problems, sources, seen)


def _sources(site: Site, state: State, snapshot: Snapshot) -> tuple[Source, ...]:
    """Join configuration, memory and reading of each charger."""
    memories = {memory.charger_id: memory for memory in state.chargers}
    told = {reading.charger_id: reading for reading in snapshot.chargers}
    sources: dict[str, Source] = {}
    keep_s = site.meter.delay_s + MEASUREMENT_DELAY_S
    for charger in site.chargers:
        charger_id = charger.charger_id
        if charger_id in sources:
            continue
        reading = told.get(charger_id)
        memory = memories.get(charger_id) or ChargerState(charger_id=charger_id)
        memory = _plugged(observe(charger, memory, reading, keep_s), reading)
        sources[charger_id] = Source(charger, memory, reading)
    return tuple(sources.values())


def _plugged(state: ChargerState, reading: ChargerReading | None) -> ChargerState:
    """Note whether a car is there; a new one starts afresh."""
    if reading is None or not reading.available:
        return state
    connected = reading.status is not ChargerStatus.DISCONNECTED
    if connected == state.connected:
        return state
    return replace(state, connected=connected, started=state.set_a > 0, stopped_s=None)
