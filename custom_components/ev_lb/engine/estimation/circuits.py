"""What hangs on each metered circuit besides the cars.

The grid connection always has a meter; a circuit further down may have one for
what else hangs on it: a heat pump in the garage, a neighbour's flat.
"""

from collections.abc import Iterable
from math import inf
from typing import NamedTuple

from custom_components.ev_lb.engine.model import (
    Charger,
    CircuitReading,
    Meter,
    MeterKind,
    PerPhase,
    Phase,
    Site,
    Snapshot,
)
from custom_components.ev_lb.engine.model.house_load import HouseLoad, worst_house_a
from custom_components.ev_lb.engine.model.state import CircuitState, PhaseState
from custom_components.ev_lb.engine.topology import behind_of, sane_limit_a
from custom_components.ev_lb.engine.wakeups import Wakeups

from .cars import Source
from .frozen import is_contradicted
from .house import estimate_house
from .readings import Problems, phase_readings

NO_PROBLEMS = (None, None, None)

type Phases = tuple[PhaseState, PhaseState, PhaseState]


class MeteredCircuit(NamedTuple):
    """A circuit with a meter, and what is known of its load."""

    circuit_id: str
    meter: Meter
    limit_a: PerPhase
    phases: Phases
    problems: Problems
    behind: frozenset[str]
    """The circuits whose current passes this meter, itself among them."""

    def is_lost(self, charger: Charger) -> bool:
        """Tell whether this meter is lost on a phase of a charger behind it."""
        if self.problems == NO_PROBLEMS or charger.circuit_id not in self.behind:
            return False
        return any(self.problems[phase] is not None for phase in charger.phases)

    def is_contradicted(self, phase: Phase) -> bool:
        """Tell whether this meter should have shown by now what the cars do."""
        memory = self.phases[phase]
        read_s = -inf if memory.reading is None else memory.reading.time_s
        return is_contradicted(memory.watch, read_s, self.meter.delay_s)

    def is_overloaded(self, phases: Iterable[int]) -> bool:
        """Tell whether one of these phases was read to carry too much."""
        return any(self.phases[row].load_a > self.limit_a[row] for row in phases)


def house_of(metered: MeteredCircuit, site: Site, load_of: HouseLoad) -> PerPhase:
    """Return a circuit's house load per phase; the worst lately where it is lost."""
    loads = [0.0, 0.0, 0.0]
    for phase in site.phases:
        memory = metered.phases[phase]
        if metered.problems[phase] is not None:
            loads[phase] = max(worst_house_a(memory), 0.0)
        else:
            loads[phase] = load_of(memory, metered.limit_a[phase])
    return (loads[0], loads[1], loads[2])


def loads_of(
    metered_circuits: tuple[MeteredCircuit, ...], site: Site, load_of: HouseLoad
) -> Loads:
    """Return what hangs on the grid connection and on each circuit.

    A circuit without a meter carries what its nearest metered ones carry, and
    no less than nothing: it may be fed on one of them only.
    """
    house_a = house_of(metered_circuits[0], site, load_of)
    if len(metered_circuits) == 1:
        return Loads(house_a)
    beside: dict[str, PerPhase] = {}
    for metered in metered_circuits[1:]:
        load_a = house_of(metered, site, load_of)
        if metered.meter.kind is MeterKind.TOTAL:
            load_a = (max(load_a[0], 0.0), max(load_a[1], 0.0), max(load_a[2], 0.0))
        beside[metered.circuit_id] = load_a
    root = site.circuits[0].circuit_id
    for circuit in reversed(site.circuits):
        parent_id = circuit.parent_id
        load_a = beside.get(circuit.circuit_id, (0.0, 0.0, 0.0))
        if (
            parent_id is None
            or parent_id == root
            or _is_metered(metered_circuits, parent_id)
        ):
            continue
        upper_a = beside.get(parent_id, (0.0, 0.0, 0.0))
        beside[parent_id] = (
            upper_a[0] + max(load_a[0], 0.0),
            upper_a[1] + max(load_a[1], 0.0),
            upper_a[2] + max(load_a[2], 0.0),
        )
    return Loads(house_a, tuple(beside.items()))


def _is_metered(metered_circuits: tuple[MeteredCircuit, ...], circuit_id: str) -> bool:
    return any(metered.circuit_id == circuit_id for metered in metered_circuits)


def read_circuits(
    site: Site,
    circuits: tuple[CircuitState, ...],
    snapshot: Snapshot,
    sources: tuple[Source, ...],
    battery_a: float | None,
    wakeups: Wakeups,
) -> tuple[MeteredCircuit, ...]:
    """Take in what the meters of circuits tell, but the grid connection's.

    `battery_a` is what a home battery takes, A at one phase.
    """
    metered = [row for row in site.circuits[1:] if row.meter is not None]
    if not metered:
        return ()
    memories = {row.circuit_id: row for row in circuits}
    told = {row.circuit_id: row for row in snapshot.circuits}
    metered_circuits: dict[str, MeteredCircuit] = {}
    for circuit in metered:
        circuit_id, meter = circuit.circuit_id, circuit.meter
        if meter is None or circuit_id in metered_circuits:
            continue
        limit_a = sane_limit_a(circuit.limit_a, site.phases)
        reading = told.get(circuit_id) or CircuitReading(circuit_id=circuit_id)
        memory = memories.get(circuit_id) or CircuitState(circuit_id=circuit_id)
        behind = behind_of(site, circuit_id)
        cars = tuple(row for row in sources if row.charger.circuit_id in behind)
        readings, problems = phase_readings(site, meter, limit_a, reading, wakeups)
        phases, problems = estimate_house(
            site,
            meter,
            limit_a,
            memory.phases,
            cars,
            readings,
            problems,
            battery_a,
            wakeups,
        )
        metered_circuits[circuit_id] = MeteredCircuit(
            circuit_id, meter, limit_a, phases, problems, behind
        )
    return tuple(metered_circuits.values())


class Loads(NamedTuple):
    """What hangs on the circuits besides the cars, A per phase."""

    house_a: PerPhase
    """On the grid connection."""
    circuits: tuple[tuple[str, PerPhase], ...] = ()
    """On each circuit further down of which anything is known."""
