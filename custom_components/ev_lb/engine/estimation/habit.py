"""How long the values of a meter usually stand, and whether they stand too long now.

A meter that looks trembles: the house never draws the same for long. What stands
clearly longer than it has of late may have frozen. That is a suspicion, no verdict:
nothing but a car that moves without being shown proves it (`frozen.py`).
"""

from collections.abc import Iterable
from math import exp2, inf, isfinite
from typing import Final

from custom_components.ev_lb.engine.model.state import PhaseState, ValueWatch

STILL_TIMES: Final = 3.0
"""Values that stand so many times as long as they have of late are still."""
STILL_REPORTS: Final = 3
"""So many reports must have told nothing new before that means anything."""
HALF_S: Final = 600.0
"""After so long a standing counts half, s: a house is calmer by night."""
LEAST_S: Final = 5.0
"""Nothing shorter is learned step by step, s: a meter trembles within that or has no
habit yet."""
MOST_S: Final = 60.0
"""No meter may stand for longer by habit, s: a raise by a probe costs little."""


def stood_s(watches: Iterable[ValueWatch], new_s: float) -> float:
    """Return how long a meter's values have stood at most lately, s.

    `new_s` is when it told something new of any phase just now, s, not finite where
    it did not or nobody knows. A freeze that is over must not pass for a habit, so
    one standing teaches no more than what would have been still.
    """
    rows = tuple(watches)
    before_s = max((row.stood_s for row in rows), default=0.0)
    since_s = max((row.since_s for row in rows), default=-inf)
    standing_s = new_s - since_s
    if not isfinite(standing_s) or standing_s <= 0:
        return before_s
    learned_s = min(standing_s, STILL_TIMES * max(before_s, LEAST_S), MOST_S)
    return max(learned_s, before_s * exp2(-standing_s / HALF_S))


def is_still(phases: Iterable[PhaseState]) -> bool:
    """Tell whether all values of a meter have stood for longer than its habit."""
    rows = [row for row in phases if row.reading is not None]
    if any(row.watch.reports < STILL_REPORTS for row in rows):
        return False
    read_s = max((row.reading.time_s for row in rows if row.reading), default=-inf)
    since_s = max((row.watch.since_s for row in rows), default=inf)
    usual_s = max((row.watch.stood_s for row in rows), default=0.0)
    return read_s - since_s > STILL_TIMES * usual_s
