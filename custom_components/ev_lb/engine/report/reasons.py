"""Why a charger has what it has, and what the site is doing."""

from math import inf
from typing import Final

from custom_components.ev_lb.engine.allocation.allowances import Allocation
from custom_components.ev_lb.engine.demand.demand import Demand, Drive, NoDemand
from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import (
    BalancerState,
    Basis,
    Charger,
    ChargerDecision,
    Limiting,
    LimitingFactor,
    Reason,
)
from custom_components.ev_lb.engine.model.allowance import Allowance
from custom_components.ev_lb.engine.model.request import Share
from custom_components.ev_lb.engine.model.set_points import settled_s
from custom_components.ev_lb.engine.model.state import ChargerState
from custom_components.ev_lb.engine.setpoint.pace import Paced
from custom_components.ev_lb.engine.topology import Layout
from custom_components.ev_lb.engine.wakeups import Wakeups

OWN: Final = frozenset(
    {LimitingFactor.CHARGER_MAX, LimitingFactor.MANUAL, LimitingFactor.CHARGER}
)
"""What bounds one charger alone: its owner's settings, and itself."""


def binding(
    demand: Demand | NoDemand,
    allowance: Allowance | None,
    paced: Paced,
    lost: str | None,
) -> Share | None:
    """Return the share that keeps a charger from more; None where no limit does."""
    if isinstance(demand, NoDemand) or allowance is None or lost is not None:
        return None
    if paced.held is None:
        short = paced.set_a < allowance.keep.current_a
        return allowance.raise_to if short else allowance.keep
    rises = paced.set_a > 0 or allowance.held_by is not None
    share = allowance.raise_to if rises else allowance.start
    waits = paced.held is LimitingFactor.RAMP_UP and share.current_a <= paced.set_a
    return share if waits else None


def limiting(
    wakeups: Wakeups,
    plan: Layout,
    source: Source,
    paced: Paced,
    allowance: Allowance | None,
    demand: Demand | NoDemand,
    *,
    enabled: bool,
    lost: str | None,
) -> Limiting:
    """Return what keeps a charger from more, where, and since when.

    `enabled` tells whether the site is, `lost` the circuit over the charger whose
    meter is lost.
    """
    before = source.state.limiting
    share = binding(demand, allowance, paced, lost)
    phase, circuit_id = None, None
    if not enabled:
        factor = LimitingFactor.DISABLED
    elif isinstance(demand, NoDemand):
        factor = demand.factor
    elif lost is None and _keeps_its_set_point(source, paced):
        factor = LimitingFactor.UNREACHABLE
    elif allowance is None and lost is None and _is_doubted(source):
        factor = LimitingFactor.DOUBTED
    elif allowance is None and lost is None and before is not None:
        # A charger that cannot be told keeps what it was last told, and why.
        return before
    elif allowance is None or lost is not None:
        factor = LimitingFactor.METER_LOST
        if lost != plan.root:
            circuit_id = lost
    elif share is None:
        factor = paced.held or LimitingFactor.RAMP_UP
    else:
        factor, phase, circuit_id = share[1:4]
        held_by = allowance.held_by
        if paced.held is not None:
            factor = held_by or paced.held
        elif held_by is not None and paced.next_change_s is not None:
            factor = held_by
    if factor is LimitingFactor.SOLAR and _waits(wakeups, source, demand, paced):
        factor = LimitingFactor.PLAN
    if before is not None and (before.factor, before.phase, before.circuit_id) == (
        factor,
        phase,
        circuit_id,
    ):
        return before
    return Limiting(
        factor=factor,
        phase=phase,
        circuit_id=circuit_id,
        since_s=wakeups.now_s,
    )


def _waits(
    wakeups: Wakeups, source: Source, demand: Demand | NoDemand, paced: Paced
) -> bool:
    """Tell whether a car without sun waits for a planned block."""
    if isinstance(demand, NoDemand) or not demand.waits_for_block or paced.set_a > 0:
        return False
    reading = source.reading
    if reading is None or reading.next_block is None:
        return False
    return not wakeups.passed(reading.next_block.start_s)


def _keeps_its_set_point(source: Source, paced: Paced) -> bool:
    """Tell whether a charger out of reach keeps what it was last told."""
    reading = source.reading
    out_of_reach = reading is not None and not reading.available
    return out_of_reach and paced.set_a == source.state.set_a


def reasoned(
    source: Source, demand: Demand | NoDemand, paced: Paced, limit: Limiting
) -> Reason:
    """Return the reason of a charger, with the numbers that are its own."""
    reading = source.reading
    if limit.factor is LimitingFactor.PLAN and reading and reading.next_block:
        start_s, price, price_now, done_s = reading.next_block
        return Reason(
            *limit,
            until_s=start_s,
            basis=Basis.PLAN,
            price=price,
            price_now=price_now,
            done_s=done_s,
        )
    capacity_a, takes_a = None, None
    if limit.factor in OWN and not isinstance(demand, NoDemand):
        capacity_a = demand.wanted_a
        state = source.state
        if state.draws_less_since_s is not None and paced.set_a > 0:
            takes_a = 0.0
            if state.measurements:
                takes_a = max(state.measurements[-1].current_a)
    until_s = paced.next_change_s
    if until_s is None:
        until_s = paced.tolerated_until_s
    return Reason(*limit, until_s=until_s, capacity_a=capacity_a, takes_a=takes_a)


def balancer_state(
    estimate: Estimate,
    decisions: tuple[ChargerDecision, ...],
    chargers: tuple[ChargerState, ...],
) -> BalancerState:
    """Return what the site as a whole is doing."""
    if not estimate.site.enabled:
        return BalancerState.DISABLED
    if all(decision.set_a <= 0 for decision in decisions):
        return BalancerState.STOPPED
    for source, row in zip(estimate.sources, decisions, strict=True):
        if row.set_a != source.state.set_a:
            return BalancerState.ADJUSTING
    if any(
        row.set_a > 0
        and (row.limiting.factor is LimitingFactor.RAMP_UP or row.next_change_s)
        for row in decisions
    ):
        return BalancerState.RAMP_UP_HOLD
    for source, state in zip(estimate.sources, chargers, strict=True):
        end_s = source.settled_s
        if state is not source.state:
            end_s = settled_s(source.charger, state)
        if end_s == inf or not estimate.wakeups.passed(end_s):
            return BalancerState.ADJUSTING
    return BalancerState.ACTIVE


def missing_w(estimate: Estimate, allocation: Allocation, charger: Charger) -> float:
    """Return what the sun must give more for what a car's mode waits for, W."""
    demand = allocation.demands[charger.charger_id]
    if isinstance(demand, NoDemand) or demand.drive is Drive.MINIMUM:
        return 0.0
    if demand.drive not in allocation.left_over_w:
        return 0.0
    left_w = allocation.left_over_w[demand.drive]
    if demand.drive is Drive.EXPORT:
        return max(-left_w, 0.0)
    needed_w = demand.min_current_a * len(charger.phases) * estimate.site.volts
    return max(needed_w - left_w, 0.0)


def _is_doubted(source: Source) -> bool:
    """Tell whether a charger is held for something that is found to be wrong."""
    return source.doubted or source.trial_most_a < source.charger.min_current_a
