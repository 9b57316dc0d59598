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
from custom_components.ev_lb.engine.demand.demands import Candidate, Demand, Kept
from custom_components.ev_lb.engine.demand.modes import Drive
from custom_components.ev_lb.engine.estimation.circuits import Loads
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.estimation.surplus import Sun, sun
from custom_components.ev_lb.engine.model import (
    LimitingFactor,
    MeterKind,
    PerPhase,
    Site,
)
from custom_components.ev_lb.engine.model.request import Limit, Share
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
        candidates: list[Candidate],
        kept: list[Kept],
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
        demands = [row.demand for row in candidates]
        return estimate.wakeups.run(_split, "", estimate.site, supply, demands, kept)


def _split(
    _: Wakeups, site: Site, supply: Supply, demands: list[Demand], kept: list[Kept]
) -> Split:
    """Split; a floor in a pool is there only for the car that it is the minimum of.

    So those that get nothing bring none, and all is split again without theirs.
    """
    unserved: frozenset[str] = NOBODY
    while True:
        found = _split_beside(site, supply, demands, kept, unserved)
        more = {
            row.wiring.charger_id
            for row in demands
            if has_floor(row.wiring)
            and found.shares[row.wiring.charger_id].current_a <= 0
        }
        if more <= unserved or len(demands) + len(kept) < 2:
            return found
        unserved |= more


def _split_beside(
    site: Site,
    supply: Supply,
    demands: list[Demand],
    kept: list[Kept],
    unserved: frozenset[str],
) -> Split:
    """Split what there is, with no floor for the unserved."""
    wirings = (*(row.wiring for row in demands), *(wiring for wiring, _ in kept))
    rows, uses = limits(site, wirings, supply, unserved)
    for wiring, set_a in kept:
        for place, coefficient in uses[wiring.charger_id]:
            free_a = rows[place].capacity_a - coefficient * set_a
            rows[place] = rows[place]._replace(capacity_a=free_a)
    # What is kept is already taken off.
    uses = {row.request.charger_id: uses[row.request.charger_id] for row in demands}
    requests = [
        row.request._replace(uses=tuple(uses[row.request.charger_id]))
        for row in demands
    ]
    pressed = {
        row.request.charger_id: row.deadline
        for row in demands
        if row.deadline is not None
    }
    shares = split_in_time(requests, rows, site.distribution_mode, pressed)
    free = [row.capacity_a for row in rows]
    drains = _drains(demands, rows, uses)
    return Split(shares, free, uses, drains)


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
        order = DRIVES.index(row.wiring.wish.drive)
        for place, _ in uses[row.request.charger_id]:
            if place in pools:
                first[place] = min(first.get(place, order), order)
    return {
        row.request.charger_id: [
            (place, float(len(row.wiring.phases)))
            for place, order in first.items()
            if order > DRIVES.index(row.wiring.wish.drive)
        ]
        for row in demands
    }


def _house_w(estimate: Estimate, house_a: PerPhase) -> float:
    if estimate.site.meter.kind is MeterKind.TOTAL:
        return house_a[0] * estimate.site.voltage_v
    return sum(house_a) * estimate.site.voltage_v
