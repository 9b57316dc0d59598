"""One question of what is free, and the split that answers it."""

from typing import Final, NamedTuple

from custom_components.ev_lb.engine.constraints.limits import (
    Supply,
    Uses,
    has_floor,
    limits,
)
from custom_components.ev_lb.engine.constraints.power_caps import (
    external_cap_w,
    import_caps,
)
from custom_components.ev_lb.engine.demand.demand import Demand, Drive
from custom_components.ev_lb.engine.estimation.circuits import Loads
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import (
    LimitingFactor,
    MeterKind,
    PerPhase,
    Site,
)
from custom_components.ev_lb.engine.model.request import Limit, Request, Share
from custom_components.ev_lb.engine.model.sun import Sun, sun
from custom_components.ev_lb.engine.wakeups import Wakeups

from .in_time import split_in_time

NOBODY: Final[frozenset[str]] = frozenset()
DRIVES: Final = tuple(Drive)
"""In the order in which they are served."""


class Split(NamedTuple):
    """What came out of one split."""

    shares: dict[str, Share]
    free_a: list[float]
    """What each limit leaves beside what is kept."""
    uses: Uses
    """Which limits those with a share use."""
    drains: Uses
    """What is left over for others and grows less when one of them is raised."""


class Splitter:
    """Asks what each gets; in a calm home all questions of a decision are one."""

    def __init__(self, estimate: Estimate) -> None:
        """Begin with what is the same for all questions."""
        self._view = estimate
        self._caps = import_caps(
            estimate.site, estimate.period, estimate.import_cap_w, estimate.snapshot
        )
        self._external_w = external_cap_w(estimate.site, estimate.snapshot)

    def split(
        self,
        demands: list[Demand],
        kept: list[Demand],
        loads: Loads,
        power: Sun | None = None,
    ) -> Split:
        """Return who gets what beside what else hangs on the circuits."""
        estimate = self._view
        if power is None:
            power = sun(estimate.site, estimate.battery, estimate.sun, loads.house_a)
        supply = Supply(
            limit_a=estimate.limit_a,
            house_a=loads.house_a,
            house_w=_house_w(estimate, loads.house_a),
            circuits_a=dict(loads.circuits),
            power=power,
            level=estimate.level,
            caps=self._caps,
            external_w=self._external_w,
        )
        return estimate.wakeups.run(_split, "", estimate.site, supply, demands, kept)


def _split(
    _: Wakeups, site: Site, supply: Supply, demands: list[Demand], kept: list[Demand]
) -> Split:
    """Split; a floor in a pool is there only for the car that it is the minimum of.

    So those that get nothing bring none, and all is split again without theirs.
    """
    unserved: frozenset[str] = NOBODY
    while True:
        found = _split_beside(site, supply, demands, kept, unserved)
        more = {
            row.charger_id
            for row in demands
            if has_floor(row) and found.shares[row.charger_id].current_a <= 0
        }
        if more <= unserved or len(demands) + len(kept) < 2:
            return found
        unserved |= more


def _split_beside(
    site: Site,
    supply: Supply,
    demands: list[Demand],
    kept: list[Demand],
    unserved: frozenset[str],
) -> Split:
    """Split what there is, with no floor for the unserved."""
    rows, uses = limits(site, (*demands, *kept), supply, unserved)
    for row in kept:
        for place, coefficient in uses[row.charger_id]:
            free_a = rows[place].capacity_a - coefficient * (row.kept_a or 0.0)
            rows[place] = rows[place]._replace(capacity_a=free_a)
    # What is kept is already taken off.
    uses = {row.charger_id: uses[row.charger_id] for row in demands}
    requests = [_request(row, uses[row.charger_id]) for row in demands]
    pressed = {
        row.charger_id: row.deadline for row in demands if row.deadline is not None
    }
    shares = split_in_time(requests, rows, site.distribution_mode, pressed)
    free = [row.capacity_a for row in rows]
    drains = _drains(demands, rows, uses)
    return Split(shares, free, uses, drains)


def _request(demand: Demand, uses: list[tuple[int, float]]) -> Request:
    """Return what a demand asks of the split."""
    return Request(
        charger_id=demand.charger_id,
        min_current_a=demand.min_current_a,
        max_current_a=demand.max_current_a,
        step_a=demand.step_a,
        weight=demand.weight,
        uses=tuple(uses),
        urgency=demand.urgency,
        priority=demand.priority,
        turn=demand.turn,
        running=demand.running,
        own_limit=demand.own_limit,
    )


def _drains(demands: list[Demand], rows: list[Limit], uses: Uses) -> Uses:
    """Return what is left over for others that a raise of each takes away.

    For all whose mode comes after its own.
    """
    pools = {
        place for place, row in enumerate(rows) if row.factor is LimitingFactor.SOLAR
    }
    if not pools:
        return {}
    first: dict[int, int] = {}
    for row in demands:
        order = DRIVES.index(row.counts_as)
        for place, _ in uses[row.charger_id]:
            if place in pools:
                first[place] = min(first.get(place, order), order)
    return {
        row.charger_id: [
            (place, float(len(row.phases)))
            for place, order in first.items()
            if order > DRIVES.index(row.counts_as)
        ]
        for row in demands
    }


def _house_w(estimate: Estimate, house_a: PerPhase) -> float:
    if estimate.site.meter.kind is MeterKind.TOTAL:
        return house_a[0] * estimate.site.voltage_v
    return sum(house_a) * estimate.site.voltage_v
