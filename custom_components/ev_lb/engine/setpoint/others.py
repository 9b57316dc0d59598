"""What an allowance comes to beside what all others have, or may still draw."""

from collections.abc import Mapping
from math import inf

from custom_components.ev_lb.engine.allocation.allowances import Allocation
from custom_components.ev_lb.engine.demand.demand import Demand, Drive, NoDemand
from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import Charger, LimitingFactor
from custom_components.ev_lb.engine.model.allowance import Allowance
from custom_components.ev_lb.engine.model.request import (
    STEP_TOLERANCE,
    Share,
    ceil_to_step,
    floor_to_step,
)

from .fuses import Fuses
from .headroom import Headroom


def within_others(
    headroom: Headroom,
    fuses: Fuses,
    source: Source,
    demand: Demand | NoDemand,
    allowance: Allowance,
    has_a: float,
) -> Allowance:
    """Return what an allowance comes to beside what all others have or may still draw.

    `has_a` is what the charger itself has, or may still draw, A.
    """
    charger_id = source.charger.charger_id
    now_a = fuses.left_a(charger_id)
    lowest_a = from_anywhere_a(demand, has_a)
    lasting_a = min(headroom.left_a(charger_id, lowest_a) + has_a, now_a)
    now_a = min(now_a, headroom.left_over_a(charger_id, lowest_a) + has_a)
    return allowance._replace(
        start=_within(allowance.start, now_a, source.charger),
        raise_to=_within(allowance.raise_to, lasting_a, source.charger),
    )


def once_others_yield(
    estimate: Estimate,
    allocation: Allocation,
    headroom: Headroom,
    fuses: Fuses,
    source: Source,
    allowance: Allowance,
    reserved_a: Mapping[str, float],
) -> Allowance:
    """Tell when others that make way leave a charger more, and where they are in its way.

    That is when their commands have had their effect, or when the house has left the
    hold window, whichever is later. A car that is measured may show it sooner.
    """
    charger, state = source[:2]
    charger_id, has_a = charger.charger_id, reserved_a[source.charger.charger_id]
    least_a = state.set_a + charger.step_a
    if state.set_a <= 0:
        least_a = ceil_to_step(charger.min_current_a, charger.step_a)
    by_window = not allocation.allowances[charger_id].rises_from(state.set_a)

    by_fuse = fuses.left_a(charger_id) + STEP_TOLERANCE < least_a

    def fits(freed_a: Mapping[str, float]) -> bool:
        left_a = fuses.left_a(charger_id, freed_a)
        if not by_fuse and not by_window:
            left_a = headroom.left_a(charger_id, 0.0, freed_a) + has_a
        return left_a + STEP_TOLERANCE >= least_a

    if least_a > allowance.keep.current_a or fits({}):
        return allowance
    if by_window and allowance.raise_from_s is None:
        return allowance
    freed_a: dict[str, float] = {}
    for other in sorted(estimate.sources, key=lambda row: row.settled_s):
        other_id = other.charger.charger_id
        more_a = reserved_a[other_id] - other.state.set_a
        if other is source or more_a <= 0 or other.settled_s == inf:
            continue
        freed_a[other_id] = more_a
        if fits(freed_a):
            from_s = max(other.settled_s, allowance.raise_from_s or -inf)
            return _held_by_others(fuses, charger_id, allowance, from_s)
    return allowance._replace(raise_from_s=None)


def _held_by_others(
    fuses: Fuses, charger_id: str, allowance: Allowance, from_s: float
) -> Allowance:
    """Return an allowance that waits for others, with the place where they are in its way."""
    limit = fuses.tightest(charger_id)
    lasting = allowance.raise_to
    if limit is not None:
        lasting = lasting._replace(
            circuit_id=limit.circuit_id, phase=limit.phase, limit=limit
        )
    return allowance._replace(
        raise_to=lasting, raise_from_s=from_s, held_by=LimitingFactor.SHARE
    )


def from_anywhere_a(demand: Demand | NoDemand, has_a: float) -> float:
    """Return what a charger may be raised by, whatever the sun leaves over, A."""
    if not isinstance(demand, Demand) or demand.drive is not Drive.MINIMUM:
        return 0.0
    return demand.min_current_a - has_a


def _within(share: Share, most_a: float, charger: Charger) -> Share:
    """Bound what may be raised to by what others leave."""
    if share.current_a <= most_a + 1e-6:
        return share
    bound_a = floor_to_step(most_a, charger.step_a)
    if bound_a < charger.min_current_a:
        bound_a = 0.0
    return share._replace(current_a=bound_a)
