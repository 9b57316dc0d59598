"""The unbalance limit at the grid: by how much two phases may differ, house included."""

from collections.abc import Iterator, Sequence
from itertools import permutations
from math import inf

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.model import LimitingFactor, MeterKind, Phase, Site
from custom_components.ev_lb.engine.model.request import Limit

from .constraint import Constraint, Supply, on_phase, worst_of


def grid_unbalance(
    site: Site, supply: Supply, demands: Sequence[Demand]
) -> Iterator[Constraint]:
    """Yield for each two phases what cars may draw that are on the first one only.

    Cars on the other one may stop at any moment, so they make no headroom. A house
    that is over the limit by itself leaves nothing to those that would add to it.
    """
    limit_a = site.grid_unbalance_limit_a
    if limit_a is None or limit_a == inf:
        return
    limit_a = worst_of(limit_a)
    for phase, other in permutations(site.phases, 2):
        weights = on_phase(
            row for row in demands if phase in row.phases and other not in row.phases
        )
        if weights:
            free_a = limit_a - _house_difference_a(supply, phase, other)
            # A cut for the house teaches to hold, as at a fuse.
            root = supply.root
            factor = LimitingFactor.UNBALANCE
            limit = Limit(free_a, factor, phase, root, limit_a)
            yield Constraint(limit, weights)


def _house_difference_a(supply: Supply, phase: Phase, other: Phase) -> float:
    """Return by how much the house may draw more on one phase than on the other, A.

    The highest load of the first and the least of the other, at this moment also where
    the past counts; nothing where its meter is lost. A meter of the total
    does not tell phases apart: then cars alone count, also with what they draw and do
    not ask for.
    """
    if supply.site.meter.kind is MeterKind.TOTAL:
        return sum(
            row.current_a
            for row in supply.excesses
            if phase in row.phases and other not in row.phases
        )
    lowest_a = supply.least_house_a[other]
    if supply.problems[other] is not None:
        lowest_a = min(lowest_a, 0.0)
    return supply.loads.house_a[phase] - lowest_a
