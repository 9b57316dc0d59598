"""Deadlines in the split: what is needed in time comes first."""

from collections.abc import Mapping, Sequence
from typing import Final

from custom_components.ev_lb.engine.demand.deadlines import Deadline
from custom_components.ev_lb.engine.model import DistributionMode
from custom_components.ev_lb.engine.model.request import (
    Limit,
    Request,
    Share,
    ceil_to_step,
)

from .split import split

SEQUENTIAL: Final = (
    DistributionMode.SEQUENTIAL_OPTIMIZED,
    DistributionMode.SEQUENTIAL_STRICT,
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
