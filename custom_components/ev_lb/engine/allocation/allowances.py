"""Splits what is free among those that want it, for each degree of certainty.

At most (what may stay), for certain now (where a first start begins), and for
the whole hold window (how far a raise goes).
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.constraints.left_over import (
    eased,
    left_beside_w,
    short_w,
)
from custom_components.ev_lb.engine.constraints.reservation import (
    MayDraw,
    may_draw,
    unseen,
    with_reservations,
    with_stopping,
)
from custom_components.ev_lb.engine.demand.demand import Demand, Drive, NoDemand
from custom_components.ev_lb.engine.demand.demands import SUNNY
from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import Charger, LimitingFactor, PerPhase
from custom_components.ev_lb.engine.model.allowance import Allowance
from custom_components.ev_lb.engine.model.house_load import (
    HouseLoad,
    held_a,
    now_a,
)
from custom_components.ev_lb.engine.model.metered import NOTHING_A, Loads, loads_of
from custom_components.ev_lb.engine.model.phase_setting import other_phases
from custom_components.ev_lb.engine.model.request import Share, floor_to_step
from custom_components.ev_lb.engine.model.reservation import Reservation
from custom_components.ev_lb.engine.model.set_points import is_heard, is_refused
from custom_components.ev_lb.engine.model.sun import Sun, lately, sun

from .lasting import first_fit_s
from .splitter import Split, Splitter

NOBODY: Final[frozenset[str]] = frozenset()
DISBELIEVED_S: Final = 600.0
"""A car that is measured above its set-point for so long is no longer held there, s."""


class Allocation(NamedTuple):
    """Who wants what, and what there is."""

    demands: dict[str, Demand | NoDemand]
    taking_part: list[Demand]
    """Those that the split gives something, or nothing."""
    allowances: dict[str, Allowance]
    raising: Split
    """What may be raised into."""
    beside: Loads
    """What hangs on the circuits besides the cars, as it counts for a cut."""
    short_w: Mapping[Drive, float]
    """By how much the sun does not do for those that run on it, W."""
    left_over_w: dict[Drive, float]
    others: dict[str, Share]
    """What chargers that can switch phases would get on the other phases; on more
    phases only what the sun pays for, where they live on it."""
    unpaid: frozenset[str]
    """Those on several phases that the sun does not pay for."""
    may_draw: dict[str, MayDraw]
    """What the car of each charger may draw now, whatever it is given from now on."""
    reservations: tuple[Reservation, ...] = ()
    """What flows, or may flow, though it is not allocated."""


class _Shares(NamedTuple):
    """What each gets, by how certain it is to be free."""

    keep: dict[str, Share]
    start: dict[str, Share]
    raise_to: dict[str, Share]
    raising: Split
    held: Loads
    """What hangs on the circuits as it counts for a raise."""


def allocate(estimate: Estimate, found: dict[str, Demand | NoDemand]) -> Allocation:
    """Return what each charger is offered of what it wants."""
    if not estimate.site.circuits:
        return _nothing(estimate, found)
    asked = [row for row in found.values() if isinstance(row, Demand)]
    everyone = [row for row in asked if row.takes_part]
    kept = [row for row in asked if row.reservation is not None]
    hidden = unseen(estimate)
    cut_by = estimate.cut_by.with_more(estimate.plan.root, hidden.on_circuits_a)
    power = _power_lately(estimate, everyone, cut_by)
    stubborn = _stubborn_allowances(Splitter(estimate, kept), everyone, cut_by, power)
    if stubborn:
        refusing = [row for row in everyone if row.charger_id in stubborn]
        kept = [*kept, *with_reservations(estimate, refusing)]
    reserved = with_stopping(estimate, hidden, (*everyone, *kept))
    candidates = [row for row in everyone if row.charger_id not in stubborn]
    splitter = Splitter(estimate, kept)
    leaving_a = reserved.on_circuits_a
    shares = _shares(splitter, candidates, cut_by, power, leaving_a)
    allowances = {
        row.charger_id: _allowance(splitter, candidates, shares, leaving_a, row)
        for row in candidates
    }
    others = _elsewhere(splitter, candidates, shares.held)
    unpaid = _unpaid(splitter, candidates, cut_by, power, allowances)
    left_w, lacks_w = _left_over(estimate, everyone, power, cut_by)
    keeping = (row.reservation for row in kept if row.reservation is not None)
    return Allocation(
        demands=found,
        taking_part=everyone,
        allowances={**allowances, **stubborn},
        raising=shares.raising,
        beside=cut_by,
        short_w=lacks_w,
        left_over_w=left_w,
        others=others,
        unpaid=unpaid,
        may_draw=reserved.may_draw,
        reservations=(*keeping, *reserved.rows),
    )


def _shares(
    splitter: Splitter,
    candidates: list[Demand],
    cut_by: Loads,
    power: Sun,
    leaving_a: Mapping[str, PerPhase],
) -> _Shares:
    """Split for each degree of certainty that somebody needs.

    Those that are not ready are asked about beside all, and take nothing from those
    that are.
    """
    estimate = splitter.estimate
    ready = [row for row in candidates if row.ready]
    keeping = raising = splitter.split(ready, cut_by, power)
    keep = start = raise_to = keeping.shares
    held = cut_by
    waits = len(ready) < len(candidates)
    rises = any(_set_a(estimate, row) < keep[row.charger_id].current_a for row in ready)
    if any(_set_a(estimate, row) <= 0 for row in candidates):
        start = splitter.split(candidates, _loads(estimate, now_a, leaving_a)).shares
    if rises or waits or estimate.plan.switches:
        held = _loads(estimate, held_a, leaving_a)
    if rises:
        raising = splitter.split(ready, held)
        raise_to = raising.shares
    if waits:
        keep = {**splitter.split(candidates, cut_by).shares, **keep}
        start = {**keep, **start}
        raise_to = {**splitter.split(candidates, held).shares, **raise_to}
    return _Shares(keep, start, raise_to, raising, held)


def _loads(
    estimate: Estimate, load_of: HouseLoad, leaving_a: Mapping[str, PerPhase]
) -> Loads:
    """Return what hangs on the circuits with what cars may still draw there."""
    loads = loads_of(estimate.metered_circuits, estimate.site, load_of)
    return loads.with_more(estimate.plan.root, leaving_a)


def _set_a(estimate: Estimate, demand: Demand) -> float:
    """Return the set-point of a charger, A."""
    return estimate.source_of[demand.charger_id].state.set_a


def _power_lately(estimate: Estimate, asking: list[Demand], loads: Loads) -> Sun:
    """Return what sun and battery have left over lately, under a house load."""
    site, level, memory = estimate.site, estimate.battery, estimate.sun
    power = lately(memory, sun(site, level, memory, loads.house_a))
    return eased(site, asking, level, power) if estimate.plan.watches_sun else power


def _allowance(
    splitter: Splitter,
    candidates: list[Demand],
    shares: _Shares,
    leaving_a: Mapping[str, PerPhase],
    demand: Demand,
) -> Allowance:
    """Return what a charger may keep, start with and be raised to."""
    estimate, name = splitter.estimate, demand.charger_id
    state = estimate.source_of[name].state
    keep, start, raise_to = shares.keep[name], shares.start[name], shares.raise_to[name]
    promised_a = start.current_a
    if state.started and demand.counts_as in SUNNY:
        # Sun that has just come out is no reason to start again.
        start = raise_to
    set_a = state.set_a
    needed, load = (
        (raise_to, held_a) if set_a > 0 or start is raise_to else (start, now_a)
    )
    if not needed.current_a <= set_a < keep.current_a:
        return Allowance(keep, start, raise_to, promised_a)
    who = [row for row in candidates if row.ready] if demand.ready else candidates

    def fits(later: Loads) -> bool:
        loads = later.with_more(estimate.plan.root, leaving_a)
        return splitter.split(who, loads).shares[name].current_a > set_a

    solar = needed.factor is LimitingFactor.SOLAR
    return Allowance(
        keep,
        start,
        raise_to,
        promised_a,
        first_fit_s(estimate, load, fits),
        LimitingFactor.SOLAR if solar else None,
    )


def _nothing(estimate: Estimate, asked: dict[str, Demand | NoDemand]) -> Allocation:
    """Return what a site without a fuse gives: nothing."""
    loads, split = Loads(NOTHING_A), Split({}, [], {}, {})
    draws = may_draw(estimate)
    return Allocation(asked, [], {}, split, loads, {}, {}, {}, NOBODY, draws)


def _left_over(
    estimate: Estimate, asking: list[Demand], power: Sun, loads: Loads
) -> tuple[dict[Drive, float], dict[Drive, float]]:
    """Return what is left over for each drive, and by how much that is short, W."""
    if not estimate.plan.watches_sun:
        return {}, {}
    site, level = estimate.site, estimate.battery
    left_w = left_beside_w(site, asking, level, power)
    now = eased(site, asking, level, sun(site, level, estimate.sun, loads.house_a))
    now_w = short_w(site, asking, left_beside_w(site, asking, level, now))
    lately_w = short_w(site, asking, left_w)
    # What was there lately may be kept, but a spike makes up for no longer than it held.
    short = {
        drive: lacks_w if lacks_w > 0 else min(now_w[drive], 0.0)
        for drive, lacks_w in lately_w.items()
    }
    return left_w, short


def _stubborn_allowances(
    splitter: Splitter, candidates: list[Demand], loads: Loads, power: Sun
) -> dict[str, Allowance]:
    """Return what those may keep that draw more than they were given.

    Also those that may, for they cannot hear what a lost meter demands. It is as if
    they followed, so that the right set-point is sent. What they draw is there for
    no other charger.
    """
    estimate = splitter.estimate
    names = {row.charger_id for row in candidates if _is_stubborn(estimate, row)}
    if not names:
        return {}
    who = [row for row in candidates if row.ready or row.charger_id in names]
    shares = splitter.split(who, loads, power).shares
    allowances = {}
    for row in candidates:
        if row.charger_id not in names:
            continue
        share, source = shares[row.charger_id], estimate.source_of[row.charger_id]
        if is_refused(source.state):
            bound_a = estimate.meters_over[row.charger_id].bound_a
        else:
            bound_a = source.state.set_a
        if share.current_a > bound_a:
            share = share._replace(current_a=_stepped_a(source.charger, bound_a))
        allowances[row.charger_id] = Allowance(share, share, share, share.current_a)
    return allowances


def _stepped_a(charger: Charger, most_a: float) -> float:
    """Return the highest set-point of a charger up to a bound, A; 0 below its minimum."""
    current_a = floor_to_step(most_a, charger.step_a)
    return current_a if current_a >= charger.min_current_a else 0.0


def _is_stubborn(estimate: Estimate, row: Demand) -> bool:
    """Tell whether a car is measured to draw more than it was given, or not reached.

    A charger that goes on to say so for long, though the meter shows no overload, is
    more likely to measure wrongly: then the meter alone tells what is free for it.
    """
    source = estimate.source_of[row.charger_id]
    state = source.state
    if (
        not is_heard(source.reading)
        and estimate.meters_over[row.charger_id].lost is not None
    ):
        return True
    if state.missed_since_s is None or not state.measurements:
        return False
    if is_refused(state) or estimate.meters_over[row.charger_id].overloaded:
        return True
    return not estimate.wakeups.passed(state.missed_since_s + DISBELIEVED_S)


def _elsewhere(
    splitter: Splitter, candidates: list[Demand], loads: Loads
) -> dict[str, Share]:
    """Return what chargers that switch would get on one phase, or on all again.

    On all only what the sun pays for, where the car lives on it: more phases serve
    its mode only if they take no more from the grid.
    """
    shares: dict[str, Share] = {}
    for row, source in _switching(splitter.estimate, candidates):
        phases = other_phases(source.configured, source.state)
        other = row._replace(phases=phases)
        if len(phases) > 1:
            other = _on_sun_only(other)
        shares[row.charger_id] = splitter.share_instead(candidates, row, other, loads)
    return shares


def _unpaid(
    splitter: Splitter,
    candidates: list[Demand],
    loads: Loads,
    power: Sun,
    allowances: dict[str, Allowance],
) -> frozenset[str]:
    """Find those on several phases that the sun does not pay for, though it should.

    One phase would take less from the grid.
    """
    names = set()
    for row, source in _switching(splitter.estimate, candidates):
        kept_a = allowances[row.charger_id].keep.current_a
        on_several = len(source.charger.phases) > 1
        if not on_several or row.counts_as is Drive.GRID or kept_a <= 0:
            continue
        # What was left over lately is for cars that charge, not for one that starts.
        paying = power if source.state.set_a > 0 else None
        other = _on_sun_only(row)
        share = splitter.share_instead(candidates, row, other, loads, paying)
        if share.current_a <= 0:
            names.add(row.charger_id)
    return frozenset(names)


def _switching(
    estimate: Estimate, candidates: list[Demand]
) -> Iterator[tuple[Demand, Source]]:
    """Yield those whose charger can switch phases."""
    for row in candidates if estimate.plan.switches else ():
        source = estimate.source_of[row.charger_id]
        if source.configured.phase_switching is not None:
            yield row, source


def _on_sun_only(demand: Demand) -> Demand:
    """Return a demand to which no minimum comes from anywhere but the sun."""
    on_sun = demand.counts_as is not Drive.GRID
    return demand._replace(graced=False, sun_only=on_sun)
