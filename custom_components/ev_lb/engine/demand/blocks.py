"""When a car in smart mode may draw from the grid: in planned blocks."""

from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.wakeups import Wakeups

from .deadlines import deadline


def may_draw(source: Source, watts_per_a: float, wakeups: Wakeups) -> bool:
    """Tell whether a car may draw from the grid now.

    Where nobody has planned, it begins when it must, to be ready in time at all that
    its charger can give; and what has begun goes on.
    """
    charger, state, reading = source[:3]
    if reading is None:
        return False
    until_s = reading.may_draw_until_s
    if until_s is not None and not wakeups.passed(until_s):
        return True
    if reading.next_block is not None:
        # Whoever says when it begins says then that it has begun.
        wakeups.passed(reading.next_block.start_s)
    if reading.planned_left_s is not None:
        return False
    due = deadline(reading, watts_per_a, charger.max_current_a, wakeups)
    if due is None:
        return False
    return state.in_block or due.needed_a >= charger.max_current_a
