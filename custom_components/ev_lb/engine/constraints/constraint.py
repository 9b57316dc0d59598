"""A limit on charger currents, and what it is worked out from."""

from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import NamedTuple

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import (
    LimitingFactor,
    MeterKind,
    Phase,
    Site,
)
from custom_components.ev_lb.engine.model.metered import Loads
from custom_components.ev_lb.engine.model.request import Limit
from custom_components.ev_lb.engine.model.sun import Sun


class Constraint(NamedTuple):
    """One limit on a weighted sum of charger currents, with its reason."""

    limit: Limit
    weights: tuple[tuple[str, float], ...]
    """What a charger's current counts with, by charger id."""


class Supply(NamedTuple):
    """The estimate under one house load, and one power of sun and battery.

    The same limits are asked for several loads: what counts for a cut, what is free
    at this moment, and what has been free for the whole hold window.
    """

    estimate: Estimate
    loads: Loads
    """What hangs on the circuits besides the cars."""
    power: Sun

    @property
    def house_w(self) -> float:
        """Return what the house draws, W."""
        estimate, house_a = self.estimate, self.loads.house_a
        if estimate.site.meter.kind is MeterKind.TOTAL:
            return house_a[0] * estimate.site.voltage_v
        return sum(house_a) * estimate.site.voltage_v

    def at_fuse_a(self, phase: Phase) -> float:
        """Return the house load that counts at the main fuse, A.

        With the spread over the phases unknown, an export on one phase may hide an
        import on another: then no phase counts as exporting.
        """
        site, house_a = self.estimate.site, self.loads.house_a[phase]
        if site.meter.kind is MeterKind.TOTAL and len(site.phases) > 1:
            return max(house_a, 0.0)
        return house_a


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
) -> Iterable[Constraint]:
    """Return the limit on the power of some chargers together, if there is one.

    A charger counts once per phase, and the capacity is in ampere over all phases.
    `whole_w` is what is allowed with the house; None where it has no part in that.
    """
    weights = tuple([(row.charger_id, float(len(row.phases))) for row in demands])
    if not weights or power_w == inf:
        return ()
    free_a = power_w / volts(site)
    whole_a = free_a if whole_w is None else whole_w / volts(site)
    return (Constraint(Limit(free_a, factor, whole_a=whole_a), weights),)


def volts(site: Site) -> float:
    """Return the voltage from phase to neutral, V; the usual one where it makes no sense."""
    return site.voltage_v if site.voltage_v > 0 else 230.0
