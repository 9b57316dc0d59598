"""Cars that must leave: what they need at least, the most pressed first."""

from collections.abc import Mapping, Sequence
from math import floor, isfinite
from typing import Final, NamedTuple

from .model import ChargerReading, DistributionMode
from .request import Limit, Request, Share, ceil_to_step
from .split import split
from .timetable import Timetable

LOOK_S: Final = 60.0
"""Deadlines are looked at on whole minutes, so that they move in steps."""
RESERVE: Final = 1.1
"""Asked for on top, for losses and for times without room."""

SEQUENTIAL: Final = (
    DistributionMode.SEQUENTIAL_OPTIMIZED,
    DistributionMode.SEQUENTIAL_STRICT,
)


class Deadline(NamedTuple):
    """What a car needs to be ready in time."""

    laxity_s: float
    """How long it could wait, charging at its maximum from then on, s."""
    needed_a: float
    """What it needs on average from now on, A."""


def deadline(
    reading: ChargerReading | None,
    watts_per_a: float,
    max_current_a: float,
    timetable: Timetable,
) -> Deadline | None:
    """Return a car's deadline; None without one, or when it has passed."""
    if reading is None:
        return None
    needed_kwh, departure_s = reading.energy_needed_kwh, reading.departure_s
    if needed_kwh is None or departure_s is None or watts_per_a <= 0:
        return None
    if not isfinite(needed_kwh) or not isfinite(departure_s) or needed_kwh <= 0:
        return None
    minute = floor(timetable.now_s / LOOK_S)
    left_s = departure_s - minute * LOOK_S
    if left_s <= 0 or max_current_a <= 0:
        return None
    timetable.passed((minute + 1) * LOOK_S)
    needed_ws = needed_kwh * 3.6e6
    return Deadline(
        laxity_s=left_s - needed_ws / (watts_per_a * max_current_a),
        needed_a=min(RESERVE * needed_ws / left_s / watts_per_a, max_current_a),
    )


def split_in_time(
    requests: Sequence[Request],
    limits: Sequence[Limit],
    mode: DistributionMode,
    pressed: Mapping[str, Deadline],
) -> dict[str, Share]:
    """Split so that cars with a deadline have first what they need for it.

    Those with the least laxity come first. What is left is split as ever, with
    that as their minimum. In the sequential modes, where minima do not come first,
    they have it before all others. Without deadlines this is the split itself.
    """
    if not pressed:
        return split(requests, limits, mode)
    order = sorted(pressed, key=lambda name: (pressed[name].laxity_s, name))
    rank = {name: place for place, name in enumerate(order)}
    first = [
        row._replace(
            urgency=-1,
            priority=rank[row.charger_id],
            max_current_a=_needed_a(row, pressed[row.charger_id]),
        )
        if row.charger_id in rank
        else row
        for row in requests
    ]
    if mode in SEQUENTIAL:
        first = [row for row in first if row.charger_id in rank]
        floors = split(first, limits, DistributionMode.PRIORITY)
        ahead_a = {name: share.current_a for name, share in floors.items()}
        return split(requests, limits, mode, ahead_a)
    floors = split(first, limits, DistributionMode.PRIORITY)
    running = [
        row._replace(min_current_a=floors[row.charger_id].current_a)
        if row.charger_id in rank
        else row
        for row in requests
        if floors[row.charger_id].current_a > 0
    ]
    return floors | split(running, limits, mode)


def _needed_a(row: Request, due: Deadline) -> float:
    """Return what is needed in whole steps, within the charger's limits, A."""
    needed_a = ceil_to_step(max(due.needed_a, row.min_current_a), row.step_a)
    return min(needed_a, row.max_current_a)
