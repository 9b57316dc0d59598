"""What the meters over each charger come to, worked out once for all later stages."""

from math import inf
from typing import NamedTuple

from custom_components.ev_lb.engine.model import Phase
from custom_components.ev_lb.engine.model.metered import NO_PROBLEMS, MeteredCircuit

from .backstop import (
    bound_by_meters_a,
    is_cut_in_vain,
    loads_idle_phase,
    overloads_over,
)
from .cars import Source


class MetersOver(NamedTuple):
    """What the meters over a charger, on its phases, come to."""

    lost: str | None
    """The circuit whose meter is lost, the uppermost of several."""
    overloaded: bool
    """Whether a fuse carries too much."""
    read_s: float
    """When the oldest reading came, s; minus infinity where there is none."""
    newest_s: float
    """The same of the newest one."""
    in_grace: bool = False
    """Whether one counts on with an old reading, for its last one was bad."""
    bound_a: float = inf
    """The highest set-point that overloaded meters leave the charger, A."""
    cut_in_vain: bool = False
    """Whether an overload stands though a cut has had its time."""
    on_all_wires: bool = False
    """Whether the car may be what overloads a phase that it seems not to use."""


def meters_over(
    metered_circuits: tuple[MeteredCircuit, ...], sources: tuple[Source, ...]
) -> dict[str, MetersOver]:
    """Return by charger what the meters over it come to."""
    # Chargers on the same circuit and phases have the same meters over them.
    places: dict[tuple[str, tuple[Phase, ...]], MetersOver] = {}
    found = {}
    for source in sources:
        charger = source.charger
        place = charger.circuit_id, charger.phases
        over = places.get(place)
        if over is None:
            over = places[place] = _over(metered_circuits, *place)
        if over.overloaded:
            overloads = tuple(overloads_over(metered_circuits, source))
            over = over._replace(
                bound_a=bound_by_meters_a(overloads),
                cut_in_vain=is_cut_in_vain(metered_circuits, source),
                on_all_wires=loads_idle_phase(overloads, source.state.uses_phases),
            )
        found[charger.charger_id] = over
    return found


def _over(
    metered_circuits: tuple[MeteredCircuit, ...],
    circuit_id: str,
    phases: tuple[Phase, ...],
) -> MetersOver:
    """Return what the meters over a circuit come to on some phases."""
    lost, overloaded, in_grace = None, False, False
    read_s, newest_s = inf, -inf
    for metered in metered_circuits:
        if circuit_id not in metered.behind:
            continue
        if lost is None and metered.problems != NO_PROBLEMS:
            is_lost = any(metered.problems[phase] is not None for phase in phases)
            lost = metered.circuit_id if is_lost else None
        overloaded = overloaded or metered.is_overloaded(phases)
        for phase in phases:
            memory = metered.phases[phase]
            reading = memory.reading
            in_grace = in_grace or memory.bad_since_s is not None
            if reading is not None:
                read_s = min(read_s, reading.time_s)
                newest_s = max(newest_s, reading.time_s)
    read_s = -inf if newest_s == -inf else read_s
    return MetersOver(lost, overloaded, read_s, newest_s, in_grace and lost is None)
