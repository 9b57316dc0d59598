"""From what is known to what holds from now on: `decide`."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import Final

from .allocation.allowance import Allowance
from .allocation.allowances import Allocation, allocate
from .demand.demand import Demand, NoDemand
from .estimation.backstop import is_cut_in_vain
from .estimation.cars import Source
from .estimation.circuits import NO_PROBLEMS
from .estimation.estimate import Estimate, estimate_site, resume
from .estimation.evidence import is_shown, shown_a
from .memo import keep, recall
from .model import (
    ChargerDecision,
    Decision,
    LimitingFactor,
    MeterLossBehavior,
    Site,
    Snapshot,
)
from .model.fuse_heat import LONGEST_S, tolerated_until_s
from .model.request import Share, ceil_to_step
from .model.sanitize import sane_snapshot, sane_time
from .model.set_points import is_heard, is_untold
from .model.state import ChargerState, State
from .report.conclusion import Facts, conclude, may_rest, rest
from .report.outcome import next_state, overloads, tariff_w, told
from .report.reasons import balancer_state, missing_w
from .setpoint.accepted import as_taken
from .setpoint.others import from_anywhere_a, is_risen, once_others_yield, within_others
from .setpoint.pace import Paced, Pacer, pace, release, stop, take_back
from .setpoint.phase_switching import more_phases_since_s, switch
from .setpoint.reserved import Fuses, told_to_draw_a
from .topology import plan_of

__all__ = ["decide", "resume"]

JUST_NOW_S: Final = 2.0
"""So old a reading may be at most that a raise rests on, s: it is looked at as it
comes, but phases may be told one after the other."""


def decide(site: Site, state: State, snapshot: Snapshot, now_s: float) -> Decision:
    """Return what every charger may draw from now on, and why.

    Total and deterministic: any input gives a safe decision, and the same
    inputs give the same one. Until `next_look_s` time alone changes nothing.
    """
    now_s, snapshot = sane_time(now_s), sane_snapshot(snapshot)
    decision = _decide(site, state, snapshot, now_s)
    if any(row.send for row in decision.chargers):
        # A command starts clocks (its effect, a ramp-up, a pause) that the steps of
        # this decision had passed already when it was decided on. Each step tells
        # of its own clocks from the state: so the new state is asked once.
        after = _decide(site, decision.state, snapshot, now_s)
        decision = decision._replace(next_look_s=after.next_look_s)
    return decision


def _decide(site: Site, state: State, snapshot: Snapshot, now_s: float) -> Decision:
    state, wakeups = recall(state, now_s)
    plan = wakeups.run(plan_of, "", site)
    site = plan.site
    estimate = estimate_site(plan, state, snapshot, wakeups)
    allocation = allocate(estimate)
    decisions, chargers = _decide_chargers(estimate, allocation)
    doing = balancer_state(estimate, decisions, chargers)
    circuits = tuple(told(site, metered) for metered in estimate.metered_circuits)
    house_a = circuits[0].house_a
    first, second, third = (
        None if load_a is None else limit_a - load_a
        for load_a, limit_a in zip(house_a, estimate.limit_a, strict=True)
    )
    after = next_state(estimate, allocation, decisions, chargers, doing)
    return Decision(
        time_s=now_s,
        state=keep(after, wakeups),
        balancer_state=doing,
        chargers=decisions,
        house_a=house_a,
        available_a=(first, second, third),
        problems=estimate.problems,
        meter_ok=estimate.problems == NO_PROBLEMS,
        fallback_active=site.enabled
        and any(row.problems != NO_PROBLEMS for row in circuits),
        overload=any(row.overload for row in circuits),
        next_look_s=wakeups.next_s,
        circuits=circuits[1:],
        tariff_limit_w=tariff_w(estimate),
        overloads=overloads(site, estimate.metered_circuits),
    )


def _decide_chargers(
    estimate: Estimate, allocation: Allocation
) -> tuple[tuple[ChargerDecision, ...], tuple[ChargerState, ...]]:
    """Decide on all chargers: cuts first, then raises into what they leave.

    A raise never counts on current that another car is still drawing.
    """
    pacer = Pacer(
        estimate.wakeups,
        estimate.site.ramp_up_time_s,
        estimate.state.resumed_s,
        estimate.site.meter.delay_s,
    )
    allowances = allocation.allowances
    order: Iterable[str] = estimate.source_of
    reserved_a: dict[str, float] = {}
    fuses = None
    if _somebody_rises(estimate, allowances):
        if len(estimate.sources) > 1:
            fuses = Fuses(estimate, allocation.beside)
        reserved_a = _reserve(estimate, allocation)
        first = sorted(allocation.taking_part, key=lambda row: row.rank)
        order = dict.fromkeys((*(row.charger_id for row in first), *order))
    rows: dict[str, tuple[ChargerDecision, ChargerState]] = {}
    for charger_id in order:
        source = estimate.source_of[charger_id]
        allowance = allowances.get(charger_id)
        demand = allocation.demands[charger_id]
        if allowance is not None and fuses is not None:
            has_a = reserved_a[charger_id]
            allowance = within_others(
                allocation, fuses, source, demand, allowance, has_a
            )
            if not is_risen(allowance, source.state.set_a):
                allowance = once_others_yield(
                    estimate, allocation, fuses, source, allowance, reserved_a
                )
        row, state = _decide_charger(estimate, allocation, pacer, source, allowance)
        rows[charger_id] = row, state
        if fuses is not None and row.set_a > reserved_a[charger_id]:
            more_a = row.set_a - reserved_a[charger_id]
            allocation.headroom.rise(charger_id, more_a)
            fuses.take(charger_id, row.set_a)
    decided = [rows[charger_id] for charger_id in estimate.source_of]
    return tuple(row[0] for row in decided), tuple(row[1] for row in decided)


def _somebody_rises(estimate: Estimate, allowances: Mapping[str, Allowance]) -> bool:
    """Tell whether anybody may get more, so that it matters what others leave."""
    if estimate.plan.switches:
        return True
    for charger_id, source in estimate.source_of.items():
        if not estimate.wakeups.now_s >= source.settled_s:
            return True
        allowance = allowances.get(charger_id)
        if allowance is not None:
            set_a = source.state.set_a
            if (
                allowance.raise_to.current_a > set_a
                or allowance.start.current_a > set_a
            ):
                return True
    return False


def _reserve(estimate: Estimate, allocation: Allocation) -> dict[str, float]:
    """Take off the limits what each charger has or may still draw, A."""
    reserved_a = {}
    for charger_id, source in estimate.source_of.items():
        reserved_a[charger_id] = told_to_draw_a(source, estimate.wakeups)
        allocation.headroom.take(charger_id, reserved_a[charger_id])
        allowance = allocation.allowances.get(charger_id)
        if (
            allowance is None
            or max(allowance.raise_to.current_a, allowance.start.current_a) <= 0
        ):
            continue
        demand = allocation.demands[charger_id]
        more_a = from_anywhere_a(demand, reserved_a[charger_id])
        if more_a > 0:
            allocation.headroom.promise(charger_id, more_a)
    return reserved_a


def _decide_charger(
    estimate: Estimate,
    allocation: Allocation,
    pacer: Pacer,
    source: Source,
    allowance: Allowance | None,
) -> tuple[ChargerDecision, ChargerState]:
    charger, wakeups = source.charger, estimate.wakeups
    demand = allocation.demands[charger.charger_id]
    missing = missing_w(estimate, allocation, charger)
    if may_rest(estimate, source, demand, allowance):
        most = None if allowance is None else allowance.keep
        return wakeups.run(
            rest, charger.charger_id, estimate.plan, source, demand, most, missing
        )
    other = allocation.others.get(charger.charger_id)
    unpaid = charger.charger_id in allocation.unpaid
    more_since_s = more_phases_since_s(
        source, allowance, other, estimate.site.voltage_v, wakeups.now_s
    )
    paced = _pace(
        estimate, pacer, source, demand, allowance, other, more_since_s, unpaid=unpaid
    )
    allowed_a = paced.set_a if allowance is None else allowance.keep.current_a
    paced = as_taken(pacer, source, paced, allowed_a)
    lost = estimate.lost(charger)
    facts = Facts(
        enabled=estimate.site.enabled,
        overload=estimate.is_overloaded(charger),
        unseen=estimate.plan.is_unseen(charger),
        lost=None if lost is None else lost.circuit_id,
        lacking=isinstance(demand, Demand) and demand.drive in allocation.lacking,
        on_all_wires=demand.on_all_wires,
        more_phases_since_s=more_since_s,
        missing_w=missing,
    )
    return conclude(wakeups, estimate.plan, source, demand, allowance, paced, facts)


def _pace(
    estimate: Estimate,
    pacer: Pacer,
    source: Source,
    demand: Demand | NoDemand,
    allowance: Allowance | None,
    other: Share | None,
    more_since_s: float | None,
    *,
    unpaid: bool,
) -> Paced:
    """Decide when the allowance becomes the set-point."""
    charger, state = source[:2]
    if not estimate.site.enabled:
        return Paced(state, state.set_a)
    if isinstance(demand, NoDemand):
        return release(state)
    lost = estimate.lost(charger) is not None
    if lost and estimate.site.meter_loss.behavior is MeterLossBehavior.IGNORE:
        return Paced(state, min(state.set_a, demand.wanted_a))
    if not lost and is_untold(state, source.reading):
        # It draws what it draws; what it is to have is decided when it is back.
        return Paced(state, state.set_a)
    if allowance is None:
        return stop(pacer, state)
    back_a = inf if lost else shown_a(estimate, source)
    if back_a < min(state.set_a, allowance.keep.current_a):
        return take_back(pacer, charger, state, back_a)
    other = None if lost else other
    switched = switch(pacer, source, allowance, other, more_since_s, unpaid=unpaid)
    if switched is not None:
        return switched
    read_s, newest_s = estimate.read_between_s(charger)
    if lost:
        read_s = inf if estimate.meter_seen else -inf
    if state.set_a > 0 and allowance.keep.current_a <= 0:
        tolerated = _tolerate(estimate, pacer, source, demand, allowance)
        if tolerated is not None:
            return tolerated
    if not is_heard(source.reading) and state.set_a <= allowance.keep.current_a:
        # A raise that nobody hears would be counted on in vain.
        return Paced(state, state.set_a)
    return pace(
        pacer,
        charger,
        state,
        allowance,
        read_s,
        overload=estimate.is_overloaded(charger),
        in_vain=estimate.overloaded
        and is_cut_in_vain(estimate.metered_circuits, source),
        settled_s=source.settled_s,
        fresh=lost or estimate.wakeups.now_s <= newest_s + JUST_NOW_S,
        # Only a raise asks for it, and it looks at all cars.
        shown=lost
        or not is_risen(allowance, state.set_a)
        or is_shown(estimate, source),
    )


def _tolerate(
    estimate: Estimate,
    pacer: Pacer,
    source: Source,
    demand: Demand,
    allowance: Allowance,
) -> Paced | None:
    """Let a car go on at its minimum while the main fuse bears it.

    Only a stop for the main fuse may wait, and only as long as it spends no
    more than the site's part of the fuse's reserve with all running cars at
    their minimum.
    """
    charger, state = source[:2]
    if (
        allowance.keep.factor is not LimitingFactor.FUSE
        or not estimate.site.fuse_tolerance > 0
    ):
        return None
    since_s = state.tolerated_since_s
    since_s = estimate.wakeups.now_s if since_s is None else since_s
    until_s = since_s + LONGEST_S
    house_a = estimate.house_to_cut_by_a()
    for phase in charger.phases:
        load_a = house_a[phase] + sum(
            ceil_to_step(row.charger.min_current_a, row.charger.step_a)
            for row in estimate.sources
            if row.state.set_a > 0 and phase in row.charger.phases
        )
        if load_a > estimate.limit_a[phase]:
            part = estimate.site.fuse_tolerance
            heat = estimate.heats[phase]
            limit_a = estimate.limit_a[phase]
            until_s = min(until_s, tolerated_until_s(heat, load_a, limit_a, part))
    if estimate.wakeups.passed(until_s):
        return None
    state = state._replace(tolerated_since_s=since_s, last_cut_s=pacer.wakeups.now_s)
    lowest_a = ceil_to_step(demand.min_current_a, charger.step_a)
    return Paced(state, min(state.set_a, lowest_a), tolerated_until_s=until_s)
