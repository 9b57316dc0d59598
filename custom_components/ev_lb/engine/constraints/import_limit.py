"""The import limit: what the whole site may take from the grid."""

from collections.abc import Iterable, Sequence
from math import inf

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.model import LimitingFactor, Site

from .constraint import Constraint, Supply, on_power, worst_of


def import_limit(
    site: Site, supply: Supply, demands: Sequence[Demand]
) -> Iterable[Constraint]:
    """Return what the lower of the site's limit and an entity's leaves the cars.

    One that is not known yet counts for the worst, and is told as that.
    """
    stated = supply.stated
    stated_w = (stated.import_cap_w, site.import_cap_w)
    limit_w = min((worst_of(row) for row in stated_w if row is not None), default=inf)
    left_w = limit_w - supply.house_w
    factor = LimitingFactor.IMPORT_CAP
    if not stated.import_cap_known:
        factor = LimitingFactor.LIMIT_UNKNOWN
    return on_power(site, demands, left_w, factor, limit_w)
