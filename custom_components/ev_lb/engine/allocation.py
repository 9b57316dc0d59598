"""The split: who gets how much under all limits."""

from math import floor, isfinite
from typing import Final, NamedTuple

from .limits import Room, factor_of
from .model import LimitingFactor, Phase, Site

STEP_TOLERANCE: Final = 1e-6
"""So that 18 A of room, computed in floating point, gives 18 A."""

SMALLEST_STEP_A: Final = 0.001


class Request(NamedTuple):
    """A charger that wants current."""

    charger_id: str
    line: tuple[str, ...]
    """The fuses its current passes."""
    phases: tuple[Phase, ...]
    min_current_a: float
    max_current_a: float
    step_a: float
    own_limit: LimitingFactor
    """What keeps it from more than its maximum."""


class Share(NamedTuple):
    """What a charger is given, and what keeps it from more."""

    current_a: float
    factor: LimitingFactor
    phase: Phase | None = None
    circuit_id: str | None = None


def floor_to_step(current_a: float, step_a: float) -> float:
    """Round down to a whole number of steps, none of them below 0.001 A."""
    step = step_a if isfinite(step_a) and step_a > SMALLEST_STEP_A else SMALLEST_STEP_A
    return round(floor(current_a / step + STEP_TOLERANCE) * step, 6)


def allocate(site: Site, requests: tuple[Request, ...], room: Room) -> dict[str, Share]:
    """Serve the requests in their order, each up to its maximum."""
    left = {circuit_id: list(amps) for circuit_id, amps in room.items()}
    shares: dict[str, Share] = {}
    for request in requests:
        share = _most(site, request, left)
        shares[request.charger_id] = share
        for circuit_id in request.line:
            for phase in request.phases:
                left[circuit_id][phase] -= share.current_a
    return shares


def _most(site: Site, request: Request, left: Room) -> Share:
    """Return the most that a request can have of what is left."""
    free_a = request.max_current_a
    factor, phase, circuit_id = request.own_limit, None, None
    for fuse in request.line:
        for wire in request.phases:
            if left[fuse][wire] < free_a:
                free_a = left[fuse][wire]
                factor, phase, circuit_id = factor_of(site, fuse), wire, fuse
    current_a = floor_to_step(free_a, request.step_a)
    if current_a < request.min_current_a:
        current_a = 0.0
    return Share(current_a, factor, phase, circuit_id)
