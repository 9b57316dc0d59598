"""A limit on charger currents, and what it is worked out from."""

from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import NamedTuple

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.estimation.stated_limits import Limits
from custom_components.ev_lb.engine.model import (
    LimitingFactor,
    PerPhase,
    Phase,
    Site,
    TariffPeriod,
)
from custom_components.ev_lb.engine.model.metered import (
    Loads,
    Problems,
    at_main_fuse_a,
    house_power_w,
)
from custom_components.ev_lb.engine.model.request import Limit
from custom_components.ev_lb.engine.model.state import BatteryLevel
from custom_components.ev_lb.engine.model.sun import Sun

from .reservation import Excess


class Constraint(NamedTuple):
    """One limit on a weighted sum of charger currents, with its reason."""

    limit: Limit
    weights: tuple[tuple[str, float], ...]
    """What a charger's current counts with, by charger id."""


class OpenWindow(NamedTuple):
    """An import limit of a time of the day, which holds now."""

    power_w: float
    ends_s: float | None
    """When it closes, s; None for one that never does."""


class Supply(NamedTuple):
    """All that limits rest on, under one house load and one power of sun and battery.

    The same limits are asked for several loads: what counts for a cut, what is free
    at this moment, and what has been free for the whole hold window. Nothing in it
    is the present moment, so that limits are worked out anew only when it changes.
    """

    loads: Loads
    """What hangs on the circuits besides the cars."""
    power: Sun
    least_house_a: PerPhase
    """The least that the house may draw on each phase."""
    site: Site
    root: str
    """The grid connection."""
    limit_a: PerPhase
    """Its fuse."""
    problems: Problems
    """Why readings of its meter are not believed."""
    level: BatteryLevel
    stated: Limits
    """Those that entities state."""
    open_windows: tuple[OpenWindow, ...]
    period: TariffPeriod | None
    tariff_limit_w: float
    """The mean that the tariff period is to stay under, W; infinity without one."""
    clock_ahead_s: float
    excesses: tuple[Excess, ...]
    """What cars draw beyond what they ask for; for limits on the cars alone."""

    @property
    def house_w(self) -> float:
        """Return what the house draws, W."""
        return house_power_w(self.site, self.loads.house_a)

    def at_fuse_a(self, phase: Phase) -> float:
        """Return the house load that counts at the main fuse, A."""
        return at_main_fuse_a(self.site, self.loads.house_a, phase)


type ConstraintFunction = Callable[
    [Site, Supply, Sequence[Demand]], Iterable[Constraint]
]
"""Returns the constraints of one kind, for all chargers that ask for anything."""


def on_phase(demands: Iterable[Demand]) -> tuple[tuple[str, float], ...]:
    """Return the weights of a limit on the current of one phase."""
    return tuple([(row.charger_id, 1.0) for row in demands])


def on_power(
    site: Site,
    demands: Iterable[Demand],
    power_w: float,
    factor: LimitingFactor,
    whole_w: float | None = None,
    ends_s: float | None = None,
) -> Iterable[Constraint]:
    """Return the limit on the power of some chargers together, if there is one.

    A charger counts once per phase, and the capacity is in ampere over all phases.
    `whole_w` is what is allowed with the house; None where it has no part in that.
    `ends_s` is when the limit ends by time alone, s.
    """
    weights = tuple([(row.charger_id, float(len(row.phases))) for row in demands])
    if not weights or power_w == inf:
        return ()
    if factor is LimitingFactor.LIMIT_UNKNOWN:
        # There is nothing to tell but that.
        return (Constraint(Limit(power_w / site.volts, factor), weights),)
    free_a = power_w / site.volts
    whole_a = free_a if whole_w is None else whole_w / site.volts
    limit = Limit(free_a, factor, whole_a=whole_a, ends_s=ends_s)
    return (Constraint(limit, weights),)


def worst_of(limit: float) -> float:
    """Return a limit that can be compared with: nothing where it is no number."""
    return limit if limit > 0 else 0.0
