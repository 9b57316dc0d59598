"""The unbalance limit: what cars on less than all phases may draw on one phase."""

from collections.abc import Iterator, Sequence
from math import inf

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.model import LimitingFactor, Site
from custom_components.ev_lb.engine.model.request import Limit

from .constraint import Constraint, Supply, on_phase, worst_of


def unbalance(
    site: Site, supply: Supply, demands: Sequence[Demand]
) -> Iterator[Constraint]:
    """Yield a limit for each phase.

    The other phases may carry nothing, so this alone keeps the difference.
    """
    limit_a = site.unbalance_limit_a
    if limit_a is None or limit_a == inf or len(site.phases) < 2:
        return
    limit_a = worst_of(limit_a)
    uneven = [row for row in demands if len(row.phases) < len(site.phases)]
    for phase in site.phases:
        weights = on_phase(row for row in uneven if phase in row.phases)
        if weights:
            excess_a = sum(
                row.current_a
                for row in supply.excesses
                if phase in row.phases and len(row.phases) < len(site.phases)
            )
            free_a = limit_a - excess_a
            limit = Limit(free_a, LimitingFactor.UNBALANCE, phase, whole_a=limit_a)
            yield Constraint(limit, weights)
