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
    power_w = supply.stated.external_cap_w
    factor = LimitingFactor.EXTERNAL_CAP
    groups = [list(demands)]
    if site.external_cap.per_charger:
        groups = [[row] for row in demands]
    for group in groups:
        excess_w = _excess_w(site, supply, group)
        free_w = max(power_w - excess_w, 0.0)
        yield from on_power(site, group, free_w, factor, power_w)


def _excess_w(site: Site, supply: Supply, group: Sequence[Demand]) -> float:
    """Return what cars draw of the cap that they do not ask for, W.

    Under a cap for each charger its own only.
    """
    names = {row.charger_id for row in group}
    per_charger = site.external_cap is not None and site.external_cap.per_charger
    return sum(
        row.current_a * len(row.phases) * site.volts
        for row in supply.excesses
        if not per_charger or row.charger_id in names
    )
