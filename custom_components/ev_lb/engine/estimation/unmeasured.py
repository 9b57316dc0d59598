"""What cars take that a meter of the total power alone cannot tell apart.

On three phases such a meter shows what a car draws on all its wires together. A
charger that tells one value, or none, leaves open on how many wires that is, and
whether the car takes all that it may. It is believed to do both until the total
shows otherwise: then any change without a command is the house's, and any change
that goes with a command is the car's.
"""

from math import ceil
from typing import Final

from custom_components.ev_lb.engine.model.state import Untold

from .proof import SHOWN_PART

CLEAR_RISE_A: Final = 12.0
"""A smaller rise over all wires shows nothing of them: the house may do that, A."""
AGREED_A: Final = 1.5
"""Measurements this near to each other tell the same, A over all wires."""
MOVED_A: Final = 0.05
"""A smaller change of what the cars may take is none, A."""


def rises_too_little(untold: Untold, told_a: float, taken_a: float) -> bool:
    """Tell whether measured cars have risen, and the total by less than half of it.

    `told_a` is what they tell on all wires, `taken_a` what the total leaves them. So
    a car on one wire is found out also where the sun may lower the total.
    """
    rise_a = told_a - untold.told_a
    return rise_a >= CLEAR_RISE_A and taken_a - untold.told_a < rise_a / 2


def follow_untold(
    untold: Untold,
    rest_a: float,
    before_a: float,
    low_a: float,
    high_a: float,
    *,
    too_little: bool,
    can_export: bool,
) -> tuple[Untold, float, float]:
    """Return what the total shows now, and the range of what these cars drew.

    `rest_a` is the total without the cars that are measured, `before_a` the house's
    part of it until now; `low_a` and `high_a` the range of the other cars, taken to
    draw all they may: all in A over all wires. `too_little` tells that the total is
    clearly less than the cars would draw.
    """
    shown_a, offered_a = untold.shown_a, untold.offered_a
    most_a = high_a if can_export else max(0.0, min(rest_a, high_a))
    taken_a = max(0.0, min(rest_a - before_a, most_a))
    now = untold._replace(one_wire=untold.one_wire or too_little, offered_a=low_a)
    if shown_a is None:
        rises = low_a > offered_a + MOVED_A
        if too_little or (rises and taken_a < SHOWN_PART * low_a):
            return now._replace(shown_a=taken_a), taken_a, taken_a
        return now, low_a, high_a
    # A car follows no further than it is told to.
    highest_a = min(shown_a + max(0.0, high_a - offered_a), most_a)
    least_a = max(0.0, min(shown_a - max(0.0, offered_a - low_a), highest_a))
    if high_a - low_a > MOVED_A:
        return now._replace(offered_a=offered_a), least_a, highest_a
    shown_a = max(least_a, min(taken_a, highest_a))
    if low_a > offered_a + MOVED_A and shown_a >= SHOWN_PART * low_a:
        return now._replace(shown_a=None), low_a, high_a
    return now._replace(shown_a=shown_a), shown_a, shown_a


def wires_of(untold: Untold, high_a: float, wires: int) -> int:
    """Return on how many of its wires at least each car counts by what it takes."""
    if untold.shown_a is None or high_a <= MOVED_A:
        return wires
    return min(wires, max(1, ceil(wires * untold.shown_a / high_a)))
