"""How long an overload may stand before a car is stopped for the main fuse.

Off unless a site asks for it. The fuse is taken for the fastest breaker that
the standard allows: two first-order heats of the squared current, tripping
together at a threshold (calibrated to IEC 60898-1: never at 1.13 In, 61 s at
1.45 In, 5 s at 2.55 In).
"""

from math import exp, inf
from typing import Final

from custom_components.ev_lb.engine.model.state import FuseHeat, PhaseState

THRESHOLD: Final = 1.2769
FAST_PART: Final = 0.40
FAST_S: Final = 7.8
SLOW_S: Final = 142.0
LONGEST_S: Final = 900.0
"""No overload is tolerated for longer than this, s."""
STEP_S: Final = 5.0
HIGHEST_LOAD: Final = 1000.0
"""As a multiple of the rating; a higher one trips the fuse no sooner."""


def warmed(
    heat: FuseHeat | None, before: PhaseState, after: PhaseState, limit_a: float
) -> FuseHeat | None:
    """Return the fuse's heat when a phase was last read.

    Between two readings the higher one holds: the safe reading. A fuse that
    was not watched before is as warm as its load leaves it in the end.
    """
    reading = after.reading
    if reading is None or limit_a <= 0:
        return heat
    square = _square(after.load_a, limit_a)
    if heat is None:
        return FuseHeat(square, square, reading.time_s)
    elapsed_s = reading.time_s - heat.time_s
    if elapsed_s <= 0:
        return heat
    square = max(square, _square(before.load_a, limit_a))
    fast, slow = _after(heat, square, elapsed_s)
    return FuseHeat(fast, slow, reading.time_s)


def _square(load_a: float, limit_a: float) -> float:
    return min(max(load_a, 0.0) / limit_a, HIGHEST_LOAD) ** 2


def _after(heat: FuseHeat, square: float, elapsed_s: float) -> tuple[float, float]:
    return (
        square + (heat.fast - square) * exp(-elapsed_s / FAST_S),
        square + (heat.slow - square) * exp(-elapsed_s / SLOW_S),
    )


def tolerated_until_s(
    heat: FuseHeat | None, load_a: float, limit_a: float, part: float
) -> float:
    """Return until when a load may stand, spending a part of the reserve.

    The reserve is what lies between full load for ever and tripping. Minus
    infinity when the load may not stand at all.
    """
    if heat is None or limit_a <= 0 or not 0 < part <= 1:
        return -inf
    square = _square(load_a, limit_a)
    allowed = 1.0 + part * (THRESHOLD - 1.0)
    elapsed_s = 0.0
    while elapsed_s < LONGEST_S:
        fast, slow = _after(heat, square, elapsed_s + STEP_S)
        if FAST_PART * fast + (1 - FAST_PART) * slow >= allowed:
            break
        elapsed_s += STEP_S
    return heat.time_s + elapsed_s if elapsed_s > 0 else -inf
