"""What a charger can take now, or was lowered to."""

from math import inf

from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.model import LimitingFactor

from .demand import Demand, NoDemand


def within_reach(demand: Demand, source: Source) -> Demand | NoDemand:
    """Bound what a charger would take to what it can take now, or was lowered to."""
    state, reading = source.state, source.reading
    least_a, most_a = demand.min_current_a, demand.max_current_a
    known = None if reading is None else reading.current_range
    if known is not None and known.most_a >= least_a:
        most_a = min(most_a, known.most_a)
        if least_a < known.least_a <= most_a:
            least_a = known.least_a
    for row in state.answers:
        if row.asked_a == inf and row.took_a < least_a:
            if row.took_a <= 0:
                return NoDemand(LimitingFactor.CHARGER)
            least_a = most_a = row.took_a
        elif row.asked_a >= demand.max_current_a and row.took_a >= least_a:
            most_a = min(most_a, row.took_a)
    if (least_a, most_a) == (demand.min_current_a, demand.max_current_a):
        return demand
    limit = demand.own_limit
    if most_a < demand.max_current_a:
        limit = LimitingFactor.CHARGER
    return demand._replace(
        min_current_a=least_a,
        max_current_a=most_a,
        wanted_a=most_a,
        own_limit=limit,
    )
