"""What hangs on each metered circuit besides the cars.

The grid connection always has a meter; a circuit further down may have one for
what else hangs on it: a heat pump in the garage, a neighbour's flat.
"""

from math import inf

from custom_components.ev_lb.engine.model import (
    CircuitReading,
    Meter,
    PerPhase,
    Phase,
    Site,
    Snapshot,
)
from custom_components.ev_lb.engine.model.metered import MeteredCircuit, Phases
from custom_components.ev_lb.engine.model.state import CircuitState
from custom_components.ev_lb.engine.topology import behind_of, sane_limit_a
from custom_components.ev_lb.engine.wakeups import Wakeups

from .cars import Source
from .frozen import is_contradicted
from .house import estimate_house, hold_window_s
from .readings import PhaseReadings, phase_readings


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
        told_a = phase_readings(site, meter, limit_a, reading, memory.phases, wakeups)
        metered_circuits[circuit_id] = read_meter(
            site,
            circuit_id,
            meter,
            limit_a,
            behind,
            told_a,
            memory.phases,
            cars,
            cars,
            battery_a,
            wakeups,
        )
    return tuple(metered_circuits.values())


def read_meter(
    site: Site,
    circuit_id: str,
    meter: Meter,
    limit_a: PerPhase,
    behind: frozenset[str],
    told: PhaseReadings,
    before: Phases,
    shown: tuple[Source, ...],
    cars: tuple[Source, ...],
    battery_a: float | None,
    wakeups: Wakeups,
) -> MeteredCircuit:
    """Take in what a meter tells, and return what is known of its circuit.

    `before` is what was known of its phases, `shown` those of the cars behind it that
    it shows, `battery_a` what a home battery takes, A at one phase.
    """
    phases, problems = estimate_house(
        site, meter, limit_a, before, shown, told, battery_a, wakeups
    )
    return MeteredCircuit(
        circuit_id=circuit_id,
        meter=meter,
        limit_a=limit_a,
        phases=phases,
        problems=problems,
        behind=behind,
        window_s=hold_window_s(site, cars),
        settled_s=max((row.settled_s for row in cars), default=-inf),
    )


def is_contradicted_on(metered: MeteredCircuit, phase: Phase) -> bool:
    """Tell whether a meter should have shown by now what the cars do."""
    memory = metered.phases[phase]
    read_s = -inf if memory.reading is None else memory.reading.time_s
    return is_contradicted(memory.watch, read_s, metered.meter.delay_s)
