"""One question of what is free, and the split that answers it."""

from typing import Final, NamedTuple

from custom_components.ev_lb.engine.constraints.constraint import Constraint
from custom_components.ev_lb.engine.constraints.limits import constraints
from custom_components.ev_lb.engine.demand.demand import Demand, Drive
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import DistributionMode, LimitingFactor
from custom_components.ev_lb.engine.model.metered import Loads
from custom_components.ev_lb.engine.model.request import Limit, Request, Share
from custom_components.ev_lb.engine.model.sun import Sun, sun
from custom_components.ev_lb.engine.wakeups import Wakeups

from .in_time import split_in_time

DRIVES: Final = tuple(Drive)
"""In the order in which they are served."""


type Uses = dict[str, list[tuple[int, float]]]
"""For each charger the limits that it uses, with what its current counts with."""


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

    def __init__(self, estimate: Estimate, kept: list[Demand]) -> None:
        """Begin with what is the same for all questions: also who keeps what it has."""
        self.estimate = estimate
        self._kept = kept

    def split(
        self, demands: list[Demand], loads: Loads, power: Sun | None = None
    ) -> Split:
        """Return who gets what beside what else hangs on the circuits.

        A floor in a pool is there only for the car that it is the minimum of. So
        those that get nothing bring none, and all is split again without theirs.
        """
        estimate, kept = self.estimate, self._kept
        if power is None:
            power = sun(estimate.site, estimate.battery, estimate.sun, loads.house_a)
        mode = estimate.site.distribution_mode
        while True:
            rows = constraints(estimate, loads, power, (*demands, *kept))
            found = estimate.wakeups.run(_split, "", mode, rows, demands, kept)
            more = {
                row.charger_id
                for row in demands
                if _has_floor(row)
                and not row.unserved
                and found.shares[row.charger_id].current_a <= 0
            }
            if not more or len(demands) + len(kept) < 2:
                return found
            demands = [
                row._replace(unserved=True) if row.charger_id in more else row
                for row in demands
            ]

    def share_instead(
        self,
        demands: list[Demand],
        row: Demand,
        other: Demand,
        loads: Loads,
        power: Sun | None = None,
    ) -> Share:
        """Return what one of them would get if it asked for something else."""
        rows = [other if each is row else each for each in demands]
        return self.split(rows, loads, power).shares[other.charger_id]


def _has_floor(row: Demand) -> bool:
    """Tell whether a car may have its minimum where the sun does not give it."""
    drive = row.counts_as
    lends = row.graced or drive in (Drive.MINIMUM, Drive.EXPORT)
    return lends and drive is not Drive.GRID and not row.sun_only


def _split(
    _: Wakeups,
    mode: DistributionMode,
    constraints: tuple[Constraint, ...],
    demands: list[Demand],
    kept: list[Demand],
) -> Split:
    """Split what the constraints leave beside what is kept."""
    limits = [row.limit for row in constraints]
    uses: Uses = {row.charger_id: [] for row in (*demands, *kept)}
    for place, constraint in enumerate(constraints):
        for charger_id, weight in constraint.weights:
            uses[charger_id].append((place, weight))
    for row in kept:
        for place, weight in uses[row.charger_id]:
            kept_a = 0.0 if row.reservation is None else row.reservation.current_a
            free_a = limits[place].capacity_a - weight * kept_a
            limits[place] = limits[place]._replace(capacity_a=free_a)
    # What is kept is already taken off.
    uses = {row.charger_id: uses[row.charger_id] for row in demands}
    requests = [_request(row, uses[row.charger_id]) for row in demands]
    pressed = {
        row.charger_id: row.deadline for row in demands if row.deadline is not None
    }
    shares = split_in_time(requests, limits, mode, pressed)
    left_a = [row.capacity_a for row in limits]
    return Split(shares, left_a, uses, _drains(demands, limits, uses))


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
