"""Cars that must leave: what they need at least, the most pressed first."""

from math import floor, isfinite
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import ChargerReading
from custom_components.ev_lb.engine.wakeups import Wakeups

LOOK_S: Final = 60.0
"""Deadlines are looked at on whole minutes, so that they move in steps."""
RESERVE: Final = 1.1
"""Asked for on top, for losses and for times without headroom."""


class Deadline(NamedTuple):
    """What a car needs to be ready in time."""

    laxity_s: float
    """How long it could wait, charging at its maximum from then on, s."""
    needed_a: float
    """What it needs on average from now on, in a plan while that lets it charge, A."""


def deadline(
    reading: ChargerReading | None,
    watts_per_a: float,
    max_current_a: float,
    wakeups: Wakeups,
) -> Deadline | None:
    """Return a car's deadline; None without one, or when it has passed.

    Where a plan says how long the car may still charge, that is what it has left: it
    waits for the hours between.
    """
    if reading is None:
        return None
    needed_kwh, departure_s = reading.energy_needed_kwh, reading.departure_s
    if needed_kwh is None or departure_s is None or watts_per_a <= 0:
        return None
    if not isfinite(needed_kwh) or not isfinite(departure_s) or needed_kwh <= 0:
        return None
    minute = floor(wakeups.now_s / LOOK_S)
    left_s = departure_s - minute * LOOK_S
    if left_s <= 0 or max_current_a <= 0:
        return None
    wakeups.passed((minute + 1) * LOOK_S)
    if reading.planned_left_s is not None:
        left_s = min(left_s, max(reading.planned_left_s, LOOK_S))
    needed_ws = needed_kwh * 3.6e6
    return Deadline(
        laxity_s=left_s - needed_ws / (watts_per_a * max_current_a),
        needed_a=min(RESERVE * needed_ws / left_s / watts_per_a, max_current_a),
    )
