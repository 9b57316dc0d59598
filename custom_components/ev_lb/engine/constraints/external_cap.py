"""The grid operator's signal: what it leaves the cars."""

from collections.abc import Iterator, Sequence

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.model import LimitingFactor, Site

from .constraint import Constraint, Supply, on_power


def external_cap(
    site: Site, supply: Supply, demands: Sequence[Demand]
) -> Iterator[Constraint]:
    """Yield the cap, for all chargers together or for each.

    A signal that is lost counts as on: that is its failsafe.
    """
    if site.external_cap is None:
        return
    signal = supply.external_cap_w
    power_w = site.external_cap.power_w
    if signal is not None and signal.problem is None and signal.value == signal.value:
        power_w = signal.value
    groups = [list(demands)]
    if site.external_cap.per_charger:
        groups = [[row] for row in demands]
    for group in groups:
        yield from on_power(site, group, max(power_w, 0.0), LimitingFactor.EXTERNAL_CAP)
