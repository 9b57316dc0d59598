"""The power buffer: what standard mode keeps free, and lends from no empty battery."""

from collections.abc import Iterator, Sequence
from math import isfinite

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.model import LimitingFactor, Site
from custom_components.ev_lb.engine.model.request import Limit

from .constraint import Constraint, Supply, on_phase


def power_buffer(
    site: Site, supply: Supply, demands: Sequence[Demand]
) -> Iterator[Constraint]:
    """Yield what the main fuse leaves to standard mode on each phase."""
    members = [row for row in demands if row.standard]
    kept_w = supply.power.leaning_w
    if isfinite(site.power_buffer_w):
        kept_w += max(site.power_buffer_w, 0.0)
    if not members or kept_w <= 0 or not site.phases:
        return
    kept_a = kept_w / site.volts / len(site.phases)
    factor = LimitingFactor.FUSE
    # A cut for the buffer is one for the house: it teaches to hold, as at a fuse.
    circuit_id: str | None = supply.root
    if supply.power.leaning_w > 0:
        factor, circuit_id = LimitingFactor.BATTERY, None
    for phase in site.phases:
        weights = on_phase(row for row in members if phase in row.phases)
        if weights:
            limit_a = supply.limit_a[phase]
            free_a = limit_a - supply.at_fuse_a(phase) - kept_a
            limit = Limit(free_a, factor, phase, circuit_id, limit_a)
            yield Constraint(limit, weights)
