"""Whether a car may draw more at any moment, though nothing tells it to.

A car that begins later than it is expected to is measured to draw nothing until just
before. On a meter of the total power it then looks like a load of the house.
"""

from itertools import pairwise

from custom_components.ev_lb.engine.model.set_points import START_TIME_S
from custom_components.ev_lb.engine.model.state import ChargerState

from .proof import STILL_A


def is_rising(state: ChargerState) -> bool:
    """Tell whether a car drew more when its charger told last than the time before."""
    return any(
        later - earlier > STILL_A
        for before, after in pairwise(state.measurements[-2:])
        for earlier, later in zip(before.current_a, after.current_a, strict=True)
    )


def may_begin(state: ChargerState, read_s: float) -> bool:
    """Tell whether a measured car may be about to take what it has been given.

    It draws nothing yet, has just risen, or was given more within the longest time
    that cars take to begin.
    """
    if not state.measurements:
        return False
    if max(state.measurements[-1].current_a) <= STILL_A or is_rising(state):
        return True
    return any(
        after.current_a > before.current_a and read_s < after.decided_s + START_TIME_S
        for before, after in pairwise(state.set_points[-2:])
    )
