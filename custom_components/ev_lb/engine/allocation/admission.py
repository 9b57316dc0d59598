"""Who runs at all: chargers in rank order, each if its minimum fits.

Headroom is a list with what each limit has left, A. It starts with a tolerance of
1e-9 of the capacity, so that 18 A of headroom, computed in floating point, are 18 A.
"""

from collections.abc import Sequence
from math import ceil, inf, isnan
from typing import Final

from custom_components.ev_lb.engine.model.request import SMALLEST_STEP_A, Limit, Request

TOLERANCE: Final = 1e-9
HIGHEST_CURRENT_A: Final = 1e6
"""More than this is not believed, so that no sum overflows."""
HIGHEST_CAPACITY_A: Final = 1e9
SMALLEST_COEFFICIENT: Final = 1e-6
"""Less than this, but more than nothing, counts as this: the safe side."""
HIGHEST_COEFFICIENT: Final = 1e6
SMALLEST_WEIGHT: Final = 1e-6
HIGHEST_WEIGHT: Final = 1e6

type Line = tuple[tuple[int, float], ...]
"""The limits that a current passes, each once, with their coefficients > 0."""


class Candidate:
    """A request that can be served, in whole steps; steps is what it has."""

    __slots__ = (
        "line",
        "max_a",
        "max_steps",
        "min_a",
        "min_steps",
        "rank",
        "request",
        "step_a",
        "steps",
        "weight",
    )

    def __init__(
        self,
        request: Request,
        line: Line,
        step_a: float,
        min_steps: int,
        max_steps: int,
        weight: float,
    ) -> None:
        """Take a request whose numbers make sense."""
        self.request = request
        self.line = line
        self.step_a = float(step_a)
        self.min_steps = min_steps
        self.max_steps = max_steps
        self.weight = weight
        self.min_a = min_steps * self.step_a
        self.max_a = max_steps * self.step_a
        self.steps = 0
        self.rank = 0

    @property
    def standing(self) -> tuple[int, float, str, int]:
        """Return its place among those that run, however long they have.

        Else a spare step would move whenever a car's minimum on-time ends.
        """
        request = self.request
        turn = inf if isnan(request.turn) else request.turn
        return request.priority, turn, request.charger_id, self.rank


def room_under(limits: Sequence[Limit]) -> list[float]:
    """Return what each limit has headroom for, A."""
    return [
        min(limit.capacity_a, HIGHEST_CAPACITY_A) * (1.0 + TOLERANCE)
        if 0.0 < limit.capacity_a < inf
        else 0.0
        for limit in limits
    ]


def ranked(requests: Sequence[Request], limit_count: int) -> list[Candidate]:
    """Return those that can be served at all, the first to be served first."""
    lines: dict[Line, Line | None] = {}
    equals: dict[tuple[int, int, bool], list[tuple[float, str, int, Candidate]]] = {}
    for place, request in enumerate(requests):
        _, low_a, high_a, step_a, weight, uses, urgency, priority, turn, runs, _ = (
            request
        )
        if not (0.0 <= low_a <= high_a <= HIGHEST_CURRENT_A and 0.0 < weight < inf):
            continue
        try:
            line = lines[uses]
        except KeyError:
            line = lines[uses] = _line(uses, limit_count)
        if line is None:
            continue
        if not SMALLEST_STEP_A <= step_a < inf:
            step_a = SMALLEST_STEP_A
        min_steps = ceil(low_a / step_a * (1.0 - TOLERANCE))
        max_steps = int(high_a / step_a * (1.0 + TOLERANCE))
        if max_steps < min_steps:
            continue
        if not SMALLEST_WEIGHT <= weight <= HIGHEST_WEIGHT:
            weight = min(max(weight, SMALLEST_WEIGHT), HIGHEST_WEIGHT)
        candidate = Candidate(request, line, step_a, min_steps, max_steps, weight)
        # Who says nothing of its turn is the last.
        entry = (inf if isnan(turn) else turn, request[0], place, candidate)
        key = (urgency, priority, not runs)
        if key in equals:
            equals[key].append(entry)
        else:
            equals[key] = [entry]
    result: list[Candidate] = []
    for key in sorted(equals):
        among_equals = equals[key]
        among_equals.sort()
        result += [entry[3] for entry in among_equals]
    for rank, candidate in enumerate(result):
        candidate.rank = rank
    return result


def _line(uses: Line, limit_count: int) -> Line | None:
    """Return the limits in use, each once; None where one is not there."""
    for limit, coefficient in uses:
        if not (
            0 <= limit < limit_count
            and SMALLEST_COEFFICIENT <= coefficient <= HIGHEST_COEFFICIENT
        ):
            break
    else:
        if len(dict(uses)) == len(uses):
            return uses
    coefficients: dict[int, float] = {}
    for limit, coefficient in uses:
        if not (0 <= limit < limit_count and 0.0 <= coefficient <= HIGHEST_COEFFICIENT):
            return None
        coefficients[limit] = coefficients.get(limit, 0.0) + coefficient
    return tuple(
        (limit, max(coefficient, SMALLEST_COEFFICIENT))
        for limit, coefficient in coefficients.items()
        if coefficient > 0.0
    )


def fits(line: Line, current_a: float, headroom: Sequence[float]) -> bool:
    """Return whether every limit of a line has headroom for so much more."""
    # all() over a generator takes several times as long.
    for limit, coefficient in line:
        if headroom[limit] < coefficient * current_a:
            return False
    return True


def take(line: Line, current_a: float, headroom: list[float]) -> None:
    """Take so much from the headroom of every limit of a line."""
    for limit, coefficient in line:
        headroom[limit] -= coefficient * current_a


def free_a(line: Line, headroom: Sequence[float]) -> float:
    """Return how much more every limit of a line has headroom for, A."""
    free = inf
    for limit, coefficient in line:
        if headroom[limit] < free * coefficient:
            free = headroom[limit] / coefficient
    return free


def admit(candidates: list[Candidate], headroom: list[float]) -> list[Candidate]:
    """Give each its minimum whose minimum fits beside those before it.

    Who does not fit is passed over and blocks nobody. Takes the minima from headroom.
    """
    together = headroom.copy()
    minima_a: dict[Line, float] = {}
    for candidate in candidates:
        line = candidate.line
        minima_a[line] = minima_a.get(line, 0.0) + candidate.min_a
    for line, current_a in minima_a.items():
        take(line, current_a, together)
    if not together or min(together) >= 0.0:
        admitted = candidates
        headroom[:] = together
    else:
        admitted = []
        for candidate in candidates:
            if fits(candidate.line, candidate.min_a, headroom):
                take(candidate.line, candidate.min_a, headroom)
                admitted.append(candidate)
    for candidate in admitted:
        candidate.steps = candidate.min_steps
    return admitted
