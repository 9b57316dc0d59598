"""What chargers ask of the split, what bounds them, and what they are given.

Currents are in ampere per phase of the charger.
"""

from math import floor, isfinite
from typing import Final, NamedTuple

from . import LimitingFactor, Phase

SMALLEST_STEP_A: Final = 0.001
STEP_TOLERANCE: Final = 1e-6


class Limit(NamedTuple):
    """What some chargers may carry together: sum(coefficient * current) <= capacity.

    A fuse on one phase counts each charger on that phase once. A cap on power
    counts each charger once per phase, with its capacity in ampere times phases.
    """

    capacity_a: float
    """Below zero, infinite or not a number: no headroom."""
    factor: LimitingFactor
    phase: Phase | None = None
    circuit_id: str | None = None
    whole_a: float | None = None
    """What it allows in all, A: the fuse, or a power over the voltage. What the house
    takes of it and what is reserved is missing to that."""
    ends_s: float | None = None
    """When it ends by time alone, s; None where it holds until something changes."""


class Request(NamedTuple):
    """A charger that wants current."""

    charger_id: str
    """One request per charger."""
    min_current_a: float
    max_current_a: float
    step_a: float
    """Currents are whole steps from 0; the minimum is rounded up, the maximum
    down. A step below 0.001 A or without sense counts as 0.001 A."""
    weight: float
    """Its share against the others, 1e-6 to 1e6; 0 or less: no charging."""
    uses: tuple[tuple[int, float], ...]
    """The limits its current passes: (place in the limits, coefficient >= 0).
    Equal chargers should share one tuple, which saves time."""
    urgency: int
    """Classes with a smaller one are served first."""
    priority: int
    """1 goes first."""
    turn: float
    """Among equals the smaller one goes first."""
    running: bool
    """Whether it goes before those of its urgency and priority that wait."""
    own_limit: LimitingFactor
    """What keeps it from more than its maximum."""


class Share(NamedTuple):
    """What a charger is given, and what keeps it from more.

    `factor` is the request's own limit where the maximum is reached; the factor
    of a limit that the charger alone fills; `SHARE` where a limit is full with
    what others have beside it, or where its weight is 0; `QUEUE` where it waits
    though its minimum alone would fit. `phase` and `circuit_id` are those of the
    limit that is in the way, which is `limit`.
    """

    current_a: float
    factor: LimitingFactor
    phase: Phase | None = None
    circuit_id: str | None = None
    limit: Limit | None = None


def floor_to_step(current_a: float, step_a: float) -> float:
    """Round down to a whole number of steps, none of them below 0.001 A."""
    if not isfinite(current_a):
        return current_a
    step = step_a if isfinite(step_a) and step_a > SMALLEST_STEP_A else SMALLEST_STEP_A
    return round(floor(current_a / step + STEP_TOLERANCE) * step, 6)


def ceil_to_step(current_a: float, step_a: float) -> float:
    """Round up to a whole number of steps."""
    below_a = floor_to_step(current_a, step_a)
    if below_a >= current_a:
        return below_a
    return floor_to_step(below_a + max(step_a, SMALLEST_STEP_A), step_a)
