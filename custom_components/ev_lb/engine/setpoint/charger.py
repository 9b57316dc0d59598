"""When what one charger is allowed becomes its command."""

from math import inf
from typing import Final

from custom_components.ev_lb.engine.allocation.allowances import Allocation
from custom_components.ev_lb.engine.demand.demand import Demand, Drive, NoDemand
from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.estimation.evidence import Evidence
from custom_components.ev_lb.engine.estimation.meters_over import MetersOver
from custom_components.ev_lb.engine.model import LimitingFactor, MeterLossBehavior
from custom_components.ev_lb.engine.model.allowance import Allowance
from custom_components.ev_lb.engine.model.fuse_heat import LONGEST_S, tolerated_until_s
from custom_components.ev_lb.engine.model.request import Share, ceil_to_step
from custom_components.ev_lb.engine.model.set_points import (
    is_heard,
)
from custom_components.ev_lb.engine.topology import Layout
from custom_components.ev_lb.engine.wakeups import Wakeups

from .accepted import as_taken
from .command import Command, Facts, commanded
from .pace import Paced, Pacer, pace, release, stop, take_back
from .phase_switching import more_phases_since_s, switch

JUST_NOW_S: Final = 2.0
"""So old a reading may be at most that a raise rests on, s: it is looked at as it
comes, but phases may be told one after the other."""


def command(
    estimate: Estimate,
    allocation: Allocation,
    pacer: Pacer,
    source: Source,
    allowance: Allowance | None,
    evidence: Evidence,
) -> Command:
    """Return what becomes of an allowance at this moment."""
    charger, wakeups = source.charger, estimate.wakeups
    charger_id = charger.charger_id
    over = estimate.meters_over[charger_id]
    demand = allocation.demands[charger_id]
    if _is_steady(estimate, source, over, demand, allowance):
        # The limit has other numbers with each reading, which change nothing here.
        most = None if allowance is None else allowance.keep._replace(limit=None)
        in_block = isinstance(demand, Demand) and demand.in_block
        return wakeups.run(_steady, charger_id, estimate.plan, source, most, in_block)
    other = allocation.others.get(charger_id)
    more_since_s = more_phases_since_s(
        source, allowance, other, estimate.site.volts, wakeups.now_s
    )
    paced = _paced(
        estimate, allocation, pacer, source, allowance, evidence, more_since_s
    )
    allowed_a = paced.set_a if allowance is None else allowance.keep.current_a
    paced = as_taken(pacer, source, paced, allowed_a)
    facts = Facts(
        enabled=estimate.site.enabled,
        overload=over.overloaded,
        unseen=estimate.plan.is_unseen(charger),
        short_w=allocation.short_w.get(demand.drive)
        if isinstance(demand, Demand)
        else None,
        in_block=isinstance(demand, Demand) and demand.in_block,
        on_all_wires=demand.on_all_wires,
        more_phases_since_s=more_since_s,
    )
    return commanded(wakeups, source, allowance, paced, facts)


def _is_steady(
    estimate: Estimate,
    source: Source,
    over: MetersOver,
    demand: Demand | NoDemand,
    allowance: Allowance | None,
) -> bool:
    """Tell whether a charger has what it is to have, whatever the meter tells."""
    if not estimate.site.enabled or over.overloaded or estimate.contradicted:
        return False
    if allowance is None:
        return isinstance(demand, NoDemand)
    set_a = source.state.set_a
    return (
        0 < set_a == allowance.keep.current_a
        and allowance.raise_to.current_a <= set_a
        and source.configured.phase_switching is None
        and isinstance(demand, Demand)
        and demand.drive not in (Drive.SUN, Drive.EXPORT)
        and over.lost is None
    )


def _steady(
    wakeups: Wakeups, plan: Layout, source: Source, most: Share | None, in_block: bool
) -> Command:
    """Leave a charger what it has; `most` is None for one that wants nothing."""
    facts = Facts(
        enabled=True,
        overload=False,
        unseen=plan.is_unseen(source.charger),
        short_w=None,
        in_block=in_block,
        on_all_wires=False,
        more_phases_since_s=None,
    )
    allowance, paced = None, release(source.state)
    if most is not None:
        allowance = Allowance(most, most, most, most.current_a)
        paced = Paced(source.state, source.state.set_a)
    found = commanded(wakeups, source, allowance, paced, facts)
    return found._replace(steady=True)


def _paced(
    estimate: Estimate,
    allocation: Allocation,
    pacer: Pacer,
    source: Source,
    allowance: Allowance | None,
    evidence: Evidence,
    more_since_s: float | None,
) -> Paced:
    """Decide when the allowance becomes the set-point.

    What stands first counts first. Whoever wants nothing or cannot be told anything
    needs no allowance; a stop waits for nothing. A raise that the meter should have
    shown is taken back before anything is built on it. A switch of phases stops the
    car anyway, so it comes before a cut, and a cut that the fuse bears for a while
    before one that it does not. Only then may anything rise.
    """
    charger, state = source[:2]
    charger_id = charger.charger_id
    over, demand = estimate.meters_over[charger_id], allocation.demands[charger_id]
    lost = over.lost is not None
    unasked = _unasked(estimate, source, demand, lost=lost)
    if unasked is not None:
        return unasked
    assert isinstance(demand, Demand)
    if allowance is None:
        return stop(pacer, state)
    back_a = inf if lost else evidence.back_a.get(charger_id, inf)
    if back_a < min(state.set_a, allowance.keep.current_a):
        return take_back(pacer, charger, state, back_a)
    other = None if lost else allocation.others.get(charger_id)
    unpaid = charger_id in allocation.unpaid
    switched = switch(pacer, source, allowance, other, more_since_s, unpaid=unpaid)
    if switched is not None:
        return switched
    if state.set_a > 0 and allowance.keep.current_a <= 0:
        tolerated = _tolerate(estimate, pacer, source, demand, allowance)
        if tolerated is not None:
            return tolerated
    if not is_heard(source.reading) and state.set_a <= allowance.keep.current_a:
        # A raise that nobody hears would be counted on in vain.
        return Paced(state, state.set_a)
    return _cut_or_raised(estimate, pacer, source, allowance, evidence)


def _cut_or_raised(
    estimate: Estimate,
    pacer: Pacer,
    source: Source,
    allowance: Allowance,
    evidence: Evidence,
) -> Paced:
    """Cut, raise or start by what the meters over the charger tell.

    A lost meter tells nothing to wait for: what is allowed then is a fixed current.
    """
    charger, state = source[:2]
    over = estimate.meters_over[charger.charger_id]
    lost = over.lost is not None
    read_s = over.read_s
    if lost:
        read_s = inf if estimate.meter_seen else -inf
    return pace(
        pacer,
        charger,
        state,
        allowance,
        read_s,
        overload=over.overloaded,
        in_vain=over.cut_in_vain,
        settled_s=source.settled_s,
        fresh=lost or estimate.wakeups.now_s <= over.newest_s + JUST_NOW_S,
        shown=lost
        or not allowance.rises_from(state.set_a)
        or charger.charger_id in evidence.shown,
    )


def _unasked(
    estimate: Estimate, source: Source, demand: Demand | NoDemand, *, lost: bool
) -> Paced | None:
    """Return what holds whatever the split gives; None where that counts."""
    state = source.state
    if not estimate.site.enabled:
        return Paced(state, state.set_a)
    if isinstance(demand, NoDemand):
        return release(state)
    if lost and estimate.site.meter_loss.behavior is MeterLossBehavior.IGNORE:
        return Paced(state, min(state.set_a, demand.wanted_a))
    if not lost and source.keeps_set_point:
        # It draws what it draws; what it is to have is decided when it is back.
        return Paced(state, state.set_a)
    return None


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
        # What a car before the meter warms the fuse with is not known.
        or any(row.before_meter for row in estimate.sources)
    ):
        return None
    since_s = state.tolerated_since_s
    since_s = estimate.wakeups.now_s if since_s is None else since_s
    until_s = since_s + LONGEST_S
    for phase in charger.phases:
        load_a = estimate.cut_by.house_a[phase] + sum(
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
