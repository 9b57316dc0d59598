"""The pools of the sun: what is left over, for the modes that live on it."""

from collections.abc import Iterator, Sequence

from custom_components.ev_lb.engine.demand.demand import Demand, Drive
from custom_components.ev_lb.engine.model import LimitingFactor, Site

from .constraint import Constraint, Supply, on_power
from .left_over import left_beside_w, power_of_w


def pools(
    site: Site, supply: Supply, demands: Sequence[Demand]
) -> Iterator[Constraint]:
    """Yield what is left over, shared among the modes that live on it.

    Eco's minimum comes from wherever; so does that of a car in its grace, and
    of one when there is any export above the threshold.
    """
    if site.allow_grid_charging and all(row.counts_as is Drive.GRID for row in demands):
        return
    groups: dict[Drive, list[Demand]] = {drive: [] for drive in Drive}
    floors_w = dict.fromkeys(Drive, 0.0)
    left_w = left_beside_w(site, demands, supply.level, supply.power)
    for row in demands:
        drive, minimum_w = row.counts_as, power_of_w(site, row, row.min_current_a)
        groups[drive].append(row)
        if row.sun_only:
            yield from on_power(site, [row], left_w[drive], LimitingFactor.SOLAR)
        elif row.graced or drive is Drive.MINIMUM:
            if not row.unserved:
                floors_w[drive] += minimum_w
            # Its minimum may come from wherever, but that of another is not its own.
            most_w = max(left_w[drive], minimum_w)
            yield from on_power(site, [row], most_w, LimitingFactor.SOLAR)
    for row in groups[Drive.EXPORT]:
        if left_w[Drive.EXPORT] > 0 and not row.sun_only and not row.unserved:
            minimum_w = power_of_w(site, row, row.min_current_a)
            floors_w[Drive.EXPORT] = max(floors_w[Drive.EXPORT], minimum_w)
    on_sun = [row for drive in tuple(Drive)[1:] for row in groups[drive]]
    on_sun_w = max(left_w[Drive.MINIMUM], sum(floors_w.values()))
    for members, power_w in (
        (groups[Drive.GRID], left_w[Drive.GRID]),
        (groups[Drive.SUN], max(left_w[Drive.SUN], floors_w[Drive.SUN])),
        (groups[Drive.EXPORT], max(left_w[Drive.EXPORT], floors_w[Drive.EXPORT])),
        (on_sun, on_sun_w),
    ):
        yield from on_power(site, members, power_w, LimitingFactor.SOLAR)
