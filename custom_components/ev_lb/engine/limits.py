"""What each circuit may carry now, and what that leaves for the cars."""

from math import isfinite

from .model import LimitingFactor, PerPhase, Phase, Site

type Room = dict[str, list[float]]
"""For each circuit, what the cars on it may draw together on each phase, A."""


def sane_limit_a(limit_a: PerPhase, phases: tuple[Phase, ...]) -> PerPhase:
    """Return a limit with 0 A where there is no phase or no sensible number."""
    first, second, third = (
        limit_a[phase]
        if phase in phases and isfinite(limit_a[phase]) and limit_a[phase] > 0
        else 0.0
        for phase in Phase
    )
    return (first, second, third)


def room(site: Site, limit_a: PerPhase, house_a: PerPhase) -> Room:
    """Return what each circuit leaves for its cars under a house load.

    `limit_a` is the grid connection's. The house hangs on the grid connection;
    the other circuits carry chargers only.
    """
    rooms: Room = {}
    for circuit in site.circuits:
        if rooms:
            rooms[circuit.circuit_id] = list(sane_limit_a(circuit.limit_a, site.phases))
        else:
            rooms[circuit.circuit_id] = [
                limit - load for limit, load in zip(limit_a, house_a, strict=True)
            ]
    return rooms


def lines(site: Site) -> dict[str, tuple[str, ...]]:
    """Return for each circuit the fuses its current passes, itself first.

    A circuit whose parents do not lead to the grid connection is left out, so
    that nothing on it is ever given current.
    """
    found: dict[str, tuple[str, ...]] = {}
    for circuit in site.circuits:
        if not found:
            found[circuit.circuit_id] = (circuit.circuit_id,)
        elif circuit.parent_id in found and circuit.circuit_id not in found:
            found[circuit.circuit_id] = (
                circuit.circuit_id,
                *found[circuit.parent_id],
            )
    return found


def factor_of(site: Site, circuit_id: str) -> LimitingFactor:
    """Tell whether a circuit's fuse is the main fuse or another."""
    if circuit_id == site.circuits[0].circuit_id:
        return LimitingFactor.FUSE
    return LimitingFactor.CIRCUIT
