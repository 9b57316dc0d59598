"""Where a run loses: overload and energy, by what caused them."""

from collections import defaultdict
from itertools import pairwise
from typing import Final

import numpy as np

from .bound import greedy_a
from .data import DAY_S
from .plant_loop import Flow, course_a
from .scenarios import Case
from .scoring import runs_of

RAISE: Final = "raise"
"""The overload began with the car's current, not the house's."""
HOUSE: Final = "house"
"""The house rose, and the cut was still on its way."""
LATE: Final = "late"
"""The overload went on longer than a cut takes."""


def overload_causes(flow: Flow, limit_a: float, reaction_s: int) -> dict[str, float]:
    """Return the cars' overload by cause, A s a day.

    `reaction_s` is how long the fastest cut takes to have its effect.
    """
    days = flow.house_a.shape[1] / DAY_S
    sums: defaultdict[str, float] = defaultdict(float)
    for phase in range(3):
        house_a, cars_a = flow.house_a[phase], flow.cars_a[phase]
        caused_a = np.minimum(np.maximum(0, house_a + cars_a - limit_a), cars_a)
        for start, end in runs_of(caused_a > 1e-9):
            raised = start > 0 and (
                cars_a[start] - cars_a[start - 1] > house_a[start] - house_a[start - 1]
            )
            soon = float(caused_a[start : min(end, start + reaction_s)].sum())
            sums[RAISE if raised else HOUSE] += soon
            sums[LATE] += float(caused_a[start:end].sum()) - soon
    return {name: value / days for name, value in sums.items()}


def energy_causes(
    case: Case, flow: Flow, reasons: list[tuple[float, str]]
) -> dict[str, float]:
    """Return what one car lacked against the bound, by limiting factor, A s a day."""
    seconds = flow.house_a.shape[1]
    current_a = course_a(flow.currents[0], seconds)
    lacking_a = np.maximum(0, greedy_a(case) - current_a)
    lost: defaultdict[str, float] = defaultdict(float)
    rows = [*reasons, (float(seconds), "")]
    for (start_s, reason), (end_s, _) in pairwise(rows):
        stretch = slice(int(start_s), int(end_s))
        state = "on" if current_a[stretch].any() else "off"
        lost[f"{reason} ({state})"] += float(lacking_a[stretch].sum())
    days = seconds / DAY_S
    most = sorted(lost, key=lambda name: -lost[name])
    return {name: lost[name] / days for name in most if lost[name] > 1}
