"""What may be drawn: the list of all limits. A new one is a file, and a line here."""

from math import inf
from typing import Final

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import PerPhase, Site
from custom_components.ev_lb.engine.model.house_load import least_a
from custom_components.ev_lb.engine.model.metered import NOTHING_A, Loads, house_of
from custom_components.ev_lb.engine.model.sun import Sun
from custom_components.ev_lb.engine.model.tariff import tariff_limit_w
from custom_components.ev_lb.engine.wakeups import Wakeups

from .capacity_tariff import capacity_tariff
from .constraint import Constraint, ConstraintFunction, Supply
from .external_cap import external_cap
from .fuses import fuses
from .grid_unbalance import grid_unbalance
from .import_limit import import_limit
from .import_windows import import_windows, open_windows
from .pools import pools
from .power_buffer import power_buffer
from .reservation import excesses
from .unbalance import unbalance

LIMITS: Final[tuple[ConstraintFunction, ...]] = (
    fuses,
    import_limit,
    import_windows,
    capacity_tariff,
    external_cap,
    power_buffer,
    unbalance,
    grid_unbalance,
    pools,
)
"""Of limits that are equally tight the first is named as the reason."""


def constraints(
    estimate: Estimate, loads: Loads, power: Sun, demands: tuple[Demand, ...]
) -> tuple[Constraint, ...]:
    """Return all limits under one house load, for all that ask for anything."""
    site, snapshot, period = estimate.site, estimate.snapshot, estimate.period
    mean_w = inf if period is None else tariff_limit_w(site, period, snapshot)
    supply = Supply(
        loads=loads,
        power=power,
        least_house_a=_least_house_a(estimate),
        site=site,
        root=estimate.plan.root,
        limit_a=estimate.limit_a,
        problems=estimate.problems,
        level=estimate.level,
        stated=estimate.limits,
        open_windows=open_windows(site, snapshot, estimate.wakeups),
        period=period,
        tariff_limit_w=mean_w,
        clock_ahead_s=snapshot.clock_ahead_s,
        excesses=excesses(estimate, demands) if _bounds_cars_alone(site) else (),
    )
    return estimate.wakeups.run(_constraints, "", supply, demands)


def _least_house_a(estimate: Estimate) -> PerPhase:
    """Return the least that the house may draw now, for those limits that need it."""
    if estimate.site.grid_unbalance_limit_a is None:
        return NOTHING_A
    return house_of(estimate.metered_circuits[0], estimate.site, least_a)


def _bounds_cars_alone(site: Site) -> bool:
    """Tell whether a limit counts cars, but not what else a meter shows."""
    limits_a = (site.unbalance_limit_a, site.grid_unbalance_limit_a)
    return site.external_cap is not None or any(row is not None for row in limits_a)


def _constraints(
    _: Wakeups, supply: Supply, demands: tuple[Demand, ...]
) -> tuple[Constraint, ...]:
    """Return what each kind of limit comes to."""
    site = supply.site
    return tuple([row for limit in LIMITS for row in limit(site, supply, demands)])
