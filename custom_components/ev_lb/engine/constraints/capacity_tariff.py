"""The capacity tariff: what the rest of its period may import on average."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Final

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.model import LimitingFactor, Site

from .constraint import Constraint, Supply, on_power

NEXT_PERIOD_WITHIN_S: Final = 120.0
"""Near a tariff period's end the next one counts, too, s: what is left over at
the very end is not worth a jump of the cars."""
TARIFF_MARGIN: Final = 0.01
"""The part of a tariff limit that stays free for what comes unforeseen."""
TARIFF_EASE: Final = 0.05
"""The part of a tariff limit that lacks before a car is cut: the rest of the
period makes up for it."""


def capacity_tariff(
    site: Site, supply: Supply, demands: Sequence[Demand]
) -> Iterator[Constraint]:
    """Yield two limits: one steers, with a margin and at ease; one holds the limit."""
    period, limit_w = supply.period, supply.tariff_limit_w
    if site.capacity_tariff is None or period is None:
        return
    if not isfinite(limit_w):
        return
    length_s = site.capacity_tariff.length_s
    end_s = site.capacity_tariff.end_s(period.number) + supply.clock_ahead_s
    remaining_s = max(end_s - period.read_s, 1.0)
    left_ws = limit_w * length_s - period.energy_ws
    beyond_s = max(NEXT_PERIOD_WITHIN_S - remaining_s, 0.0)
    aimed_ws = left_ws + limit_w * (beyond_s - TARIFF_MARGIN * length_s)
    house_w = supply.house_w if period.house_w is None else period.house_w
    drawn_w = sum(row.counted_a * len(row.phases) for row in demands) * site.volts
    # What steers keeps a margin: it is a part of what the period allows.
    whole_w = max(left_ws / remaining_s, 0.0)
    for mean_w, ease_w in (
        (max(aimed_ws / (remaining_s + beyond_s), 0.0), TARIFF_EASE * limit_w),
        (whole_w, 0.0),
    ):
        left_w = mean_w - house_w
        if drawn_w - ease_w <= left_w < drawn_w:
            left_w = drawn_w
        factor = LimitingFactor.CAPACITY_TARIFF
        yield from on_power(site, demands, left_w, factor, whole_w, end_s)
