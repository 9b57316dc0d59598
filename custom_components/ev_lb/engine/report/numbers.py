"""The numbers of a reason: what a limit allows, and what the house takes of it."""

from typing import Final, NamedTuple

from custom_components.ev_lb.engine.allocation.allowances import Allocation
from custom_components.ev_lb.engine.demand.demand import Demand, NoDemand
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import (
    Basis,
    ChargerDecision,
    LimitingFactor,
    Phase,
    Reason,
)
from custom_components.ev_lb.engine.model.allowance import Allowance
from custom_components.ev_lb.engine.model.house_load import (
    HouseLoad,
    held_a,
    now_a,
    to_cut_by_a,
)
from custom_components.ev_lb.engine.model.metered import (
    NOTHING_A,
    Loads,
    at_main_fuse_a,
    house_power_w,
    loads_of,
)
from custom_components.ev_lb.engine.model.request import Limit, Share

ELSEWHERE: Final = frozenset(
    {
        LimitingFactor.DISABLED,
        LimitingFactor.UNREACHABLE,
        LimitingFactor.METER_LOST,
        LimitingFactor.PLAN,
    }
)
"""Where these hold a charger, no limit does."""
ROUNDING: Final = 1e-6
"""What is reserved is a difference of sums: less than this is nothing."""


class LoadChoice(NamedTuple):
    """Which house load a limit was worked out with."""

    basis: Basis
    load_of: HouseLoad


class Numbers:
    """Adds numbers to the reasons of one decision."""

    def __init__(self, estimate: Estimate, allocation: Allocation) -> None:
        """Take what the decision rests on."""
        self._estimate = estimate
        self._left_over_w = allocation.left_over_w
        self._loads: dict[HouseLoad, Loads] = {to_cut_by_a: estimate.cut_by}
        self._known: dict[tuple[Limit, LoadChoice], Reason] = {}

    def added(
        self,
        row: ChargerDecision,
        demand: Demand | NoDemand,
        allowance: Allowance | None,
        share: Share | None,
    ) -> ChargerDecision:
        """Return a decision whose reason has the numbers of the share that limits it."""
        reason = row.limiting
        if reason.factor is LimitingFactor.SOLAR:
            if isinstance(demand, NoDemand) or demand.drive not in self._left_over_w:
                return row
            left_w = self._left_over_w[demand.drive]
            reason = reason._replace(capacity_w=left_w, limit=LimitingFactor.SOLAR)
            return row._replace(limiting=reason)
        if share is None or share.limit is None or allowance is None:
            return row
        if reason.factor in ELSEWHERE:
            return row
        if share.limit.whole_a is None:
            return row
        numbers = self._of(share.limit, _read(allowance, share))
        ends_s = (reason.until_s, numbers.limit_ends_s)
        return row._replace(
            limiting=numbers._replace(
                factor=reason.factor,
                phase=reason.phase,
                circuit_id=reason.circuit_id,
                since_s=reason.since_s,
                until_s=min([row for row in ends_s if row is not None], default=None),
                takes_a=reason.takes_a,
            )
        )

    def _of(self, limit: Limit, read: LoadChoice) -> Reason:
        """Return the numbers of a limit, as a reason without place and time."""
        known = self._known.get((limit, read))
        if known is None:
            on_phase = limit.phase is not None
            known = (
                self._on_phase(limit, read) if on_phase else self._power(limit, read)
            )
            self._known[limit, read] = known
        return known

    def _on_phase(self, limit: Limit, read: LoadChoice) -> Reason:
        """Return the numbers of a limit in ampere on one phase."""
        whole_a = limit.whole_a or 0.0
        load_a = None
        if limit.factor is LimitingFactor.UNBALANCE:
            # Of two phases at the grid: by how much the house draws more on this one.
            load_a = whole_a - limit.capacity_a if limit.circuit_id else None
        elif limit.circuit_id is not None and limit.phase is not None:
            load_a = self._load_a(limit.circuit_id, limit.phase, read.load_of)
        return Reason(
            limit.factor,
            limit=limit.factor,
            basis=read.basis,
            window_s=self._window_s(limit, read.basis),
            capacity_a=whole_a,
            load_a=load_a,
            reserved_a=_reserved(whole_a, load_a, limit.capacity_a),
        )

    def _power(self, limit: Limit, read: LoadChoice) -> Reason:
        """Return the numbers of a limit in watt."""
        estimate = self._estimate
        volts = estimate.site.volts
        whole_w, left_w = (limit.whole_a or 0.0) * volts, limit.capacity_a * volts
        load_w, basis = None, read.basis
        period = estimate.period
        if limit.factor is LimitingFactor.CAPACITY_TARIFF and period is not None:
            basis, load_w = Basis.TARIFF, period.house_w
        elif limit.factor is LimitingFactor.IMPORT_CAP:
            load_w = self._house_w(read.load_of)
        else:
            basis = Basis.NOW
        return Reason(
            limit.factor,
            limit_ends_s=limit.ends_s,
            limit=limit.factor,
            basis=basis,
            window_s=self._window_s(limit, basis),
            capacity_w=whole_w,
            load_w=load_w,
            reserved_w=_reserved(whole_w, load_w, left_w),
        )

    def _loads_of(self, load_of: HouseLoad) -> Loads:
        if load_of not in self._loads:
            self._loads[load_of] = loads_of(
                self._estimate.metered_circuits, self._estimate.site, load_of
            )
        return self._loads[load_of]

    def _load_a(self, circuit_id: str, phase: Phase, load_of: HouseLoad) -> float:
        """Return what the house takes on a circuit, A."""
        site, loads = self._estimate.site, self._loads_of(load_of)
        if circuit_id != self._estimate.plan.root:
            return dict(loads.circuits).get(circuit_id, NOTHING_A)[phase]
        return at_main_fuse_a(site, loads.house_a, phase)

    def _house_w(self, load_of: HouseLoad) -> float:
        return house_power_w(self._estimate.site, self._loads_of(load_of).house_a)

    def _window_s(self, limit: Limit, basis: Basis) -> float | None:
        """Return how long the load of a limit is held, s; None where it is not."""
        if basis is not Basis.HOLD_WINDOW:
            return None
        estimate = self._estimate
        circuit_id = limit.circuit_id or estimate.plan.root
        metered = next(
            (row for row in estimate.metered_circuits if row.circuit_id == circuit_id),
            estimate.metered_circuits[0],
        )
        phases = estimate.site.phases if limit.phase is None else (limit.phase,)
        learned_s = (metered.phases[row].hold.window_s for row in phases)
        return max(metered.window_s, *learned_s)


def _read(allowance: Allowance, share: Share) -> LoadChoice:
    """Return which house load the limit of a share was worked out with."""
    keep, start, raise_to = allowance.keep, allowance.start, allowance.raise_to
    if allowance.held_by is LimitingFactor.SHARE or share.limit is keep.limit:
        return LoadChoice(Basis.NOW, to_cut_by_a)
    if share.limit is raise_to.limit:
        return LoadChoice(Basis.HOLD_WINDOW, held_a)
    return LoadChoice(Basis.NOW, now_a if share.limit is start.limit else to_cut_by_a)


def _reserved(whole: float, load: float | None, left: float) -> float:
    """Return what is missing to a limit beside the house."""
    reserved = whole - (load or 0.0) - left
    return reserved if reserved > ROUNDING else 0.0
