"""The import limit: what the whole site may take from the grid."""

from collections.abc import Iterable, Sequence
from math import inf

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.model import LimitingFactor, Site

from .constraint import Constraint, Supply, on_power


def import_limit(
    site: Site, supply: Supply, demands: Sequence[Demand]
) -> Iterable[Constraint]:
    """Return what the lower of the site's limit and an entity's leaves the cars."""
    stated_w = (supply.import_cap_w, site.import_cap_w)
    limits_w = [row for row in stated_w if row is not None and row < inf]
    limit_w = min(limits_w, default=inf)
    limit_w = max(limit_w, 0.0)
    left_w = limit_w - supply.house_w
    return on_power(site, demands, left_w, LimitingFactor.IMPORT_CAP, limit_w)
