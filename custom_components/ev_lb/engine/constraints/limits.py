"""What may be drawn: the list of all limits. A new one is a file, and a line here."""

from collections.abc import Sequence
from typing import Final

from custom_components.ev_lb.engine.demand.demand import Demand

from .capacity_tariff import capacity_tariff
from .constraint import Constraint, ConstraintFunction, Supply
from .external_cap import external_cap
from .fuses import fuses
from .grid_unbalance import grid_unbalance
from .import_limit import import_limit
from .import_windows import import_windows
from .pools import pools
from .power_buffer import power_buffer
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


def constraints(supply: Supply, demands: Sequence[Demand]) -> tuple[Constraint, ...]:
    """Return all limits under one house load, for all that ask for anything."""
    site = supply.estimate.site
    return tuple([row for limit in LIMITS for row in limit(site, supply, demands)])
