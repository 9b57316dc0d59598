"""From what is known to what holds from now on: `decide`."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import Final

from .backstop import is_cut_in_vain
from .cars import Source
from .conclusion import Facts, conclude, may_rest, rest
from .draw import is_heard, is_untold
from .evidence import is_shown
from .explain import balancer_state, missing_w
from .feeds import NO_PROBLEMS
from .look import View, look, resume
from .memo import keep, recall
from .memory import ChargerState, State
from .model import (
    ChargerDecision,
    Decision,
    LimitingFactor,
    MeterLossBehavior,
    Site,
    Snapshot,
)
from .modes import Refusal, Wish
from .offers import Table, lay_out
from .others import from_anywhere_a, is_risen, once_others_yield, within_others
from .outcome import next_state, overloads, tariff_w, told
from .pace import Offer, Paced, Pacer, pace, release, stop
from .request import Share, ceil_to_step
from .reserved import Fuses, told_to_draw_a
from .sane import sane_snapshot, sane_time
from .shown import as_taken
from .switching import more_phases_since_s, switch
from .tolerance import LONGEST_S, tolerated_until_s
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
    state, timetable = recall(state, now_s)
    plan = timetable.run(plan_of, "", site)
    site = plan.site
    view = look(plan, state, snapshot, timetable)
    table = lay_out(view)
    decisions, chargers = _decide_chargers(view, table)
    doing = balancer_state(view, decisions, chargers)
    circuits = tuple(told(site, feed) for feed in view.feeds)
    house_a = circuits[0].house_a
    first, second, third = (
        None if load_a is None else limit_a - load_a
        for load_a, limit_a in zip(house_a, view.limit_a, strict=True)
    )
    after = next_state(view, table, decisions, chargers, doing)
    return Decision(
        time_s=now_s,
        state=keep(after, timetable),
        balancer_state=doing,
        chargers=decisions,
        house_a=house_a,
        available_a=(first, second, third),
        problems=view.problems,
        meter_ok=view.problems == NO_PROBLEMS,
        fallback_active=site.enabled
        and any(row.problems != NO_PROBLEMS for row in circuits),
        overload=any(row.overload for row in circuits),
        next_look_s=timetable.next_s,
        circuits=circuits[1:],
        tariff_limit_w=tariff_w(view),
        overloads=overloads(site, view.feeds),
    )


def _decide_chargers(
    view: View, table: Table
) -> tuple[tuple[ChargerDecision, ...], tuple[ChargerState, ...]]:
    """Decide on all chargers: cuts first, then raises into what they leave.

    A raise never counts on current that another car is still drawing.
    """
    pacer = Pacer(
        view.timetable,
        view.site.ramp_up_time_s,
        view.state.resumed_s,
        view.site.meter.delay_s,
    )
    offers = table.offers
    order: Iterable[str] = view.source_of
    reserved_a: dict[str, float] = {}
    fuses = None
    if _somebody_rises(view, offers):
        if len(view.sources) > 1:
            fuses = Fuses(view, table.beside)
        reserved_a = _reserve(view, table)
        first = sorted(table.candidates, key=lambda row: row.rank)
        order = dict.fromkeys((*(row.name for row in first), *order))
    rows: dict[str, tuple[ChargerDecision, ChargerState]] = {}
    for charger_id in order:
        source = view.source_of[charger_id]
        offer = offers.get(charger_id)
        wish = table.askings[charger_id].wish
        if offer is not None and fuses is not None:
            has_a = reserved_a[charger_id]
            offer = within_others(table, fuses, source, wish, offer, has_a)
            if not is_risen(offer, source.state.set_a):
                offer = once_others_yield(view, table, fuses, source, offer, reserved_a)
        row, state = _decide_charger(view, table, pacer, source, offer)
        rows[charger_id] = row, state
        if fuses is not None and row.set_a > reserved_a[charger_id]:
            more_a = row.set_a - reserved_a[charger_id]
            table.lasting.rise(charger_id, more_a)
            fuses.take(charger_id, row.set_a)
    decided = [rows[charger_id] for charger_id in view.source_of]
    return tuple(row[0] for row in decided), tuple(row[1] for row in decided)


def _somebody_rises(view: View, offers: Mapping[str, Offer]) -> bool:
    """Tell whether anybody may get more, so that it matters what others leave."""
    if view.plan.switches:
        return True
    for charger_id, source in view.source_of.items():
        if not view.timetable.now_s >= source.settled_s:
            return True
        offer = offers.get(charger_id)
        if offer is not None:
            set_a = source.state.set_a
            if offer.lasting.current_a > set_a or offer.now.current_a > set_a:
                return True
    return False


def _reserve(view: View, table: Table) -> dict[str, float]:
    """Take off the limits what each charger has or may still draw, A."""
    reserved_a = {}
    for charger_id, source in view.source_of.items():
        reserved_a[charger_id] = told_to_draw_a(source, view.timetable)
        table.lasting.take(charger_id, reserved_a[charger_id])
        offer = table.offers.get(charger_id)
        if offer is None or max(offer.lasting.current_a, offer.now.current_a) <= 0:
            continue
        wish = table.askings[charger_id].wish
        more_a = from_anywhere_a(wish, reserved_a[charger_id])
        if more_a > 0:
            table.lasting.promise(charger_id, more_a)
    return reserved_a


def _decide_charger(
    view: View, table: Table, pacer: Pacer, source: Source, offer: Offer | None
) -> tuple[ChargerDecision, ChargerState]:
    charger, timetable = source.charger, view.timetable
    asking = table.askings[charger.charger_id]
    wish = asking.wish
    missing = missing_w(view, table, charger)
    if may_rest(view, source, wish, offer):
        most = None if offer is None else offer.most
        return timetable.run(
            rest, charger.charger_id, view.plan, source, wish, most, missing
        )
    other = table.others.get(charger.charger_id)
    unpaid = charger.charger_id in table.unpaid
    paced = _pace(view, pacer, source, wish, offer, other, unpaid=unpaid)
    allowed_a = paced.set_a if offer is None else offer.most.current_a
    paced = as_taken(pacer, source, paced, allowed_a)
    lost = view.lost(charger)
    facts = Facts(
        enabled=view.site.enabled,
        overload=view.is_overloaded(charger),
        unseen=view.plan.is_unseen(charger),
        lost=None if lost is None else lost.circuit_id,
        lacking=isinstance(wish, Wish) and wish.drive in table.lacking,
        on_all_wires=asking.on_all_wires,
        more_phases_since_s=more_phases_since_s(
            source, offer, other, view.site.voltage_v, timetable.now_s
        ),
        missing_w=missing,
    )
    return conclude(timetable, view.plan, source, wish, offer, paced, facts)


def _pace(
    view: View,
    pacer: Pacer,
    source: Source,
    wish: Wish | Refusal,
    offer: Offer | None,
    other: Share | None,
    *,
    unpaid: bool,
) -> Paced:
    """Decide when the offer becomes the set-point."""
    charger, state = source[:2]
    if not view.site.enabled:
        return Paced(state, state.set_a)
    if isinstance(wish, Refusal):
        return release(state)
    lost = view.lost(charger) is not None
    if lost and view.site.meter_loss.behavior is MeterLossBehavior.IGNORE:
        return Paced(state, min(state.set_a, wish.max_current_a))
    if not lost and is_untold(state, source.reading):
        # It draws what it draws; what it is to have is decided when it is back.
        return Paced(state, state.set_a)
    if offer is None:
        return stop(pacer, state)
    other = None if lost else other
    switched = switch(pacer, source, offer, other, unpaid=unpaid)
    if switched is not None:
        return switched
    read_s, newest_s = view.read_between_s(charger)
    if lost:
        read_s = inf if view.meter_seen else -inf
    if state.set_a > 0 and offer.most.current_a <= 0:
        tolerated = _tolerate(view, pacer, source, wish, offer)
        if tolerated is not None:
            return tolerated
    if not is_heard(source.reading) and state.set_a <= offer.most.current_a:
        # A raise that nobody hears would be counted on in vain.
        return Paced(state, state.set_a)
    return pace(
        pacer,
        charger,
        state,
        offer,
        read_s,
        overload=view.is_overloaded(charger),
        in_vain=view.overloaded and is_cut_in_vain(view.feeds, source),
        settled_s=source.settled_s,
        fresh=lost or view.timetable.now_s <= newest_s + JUST_NOW_S,
        shown=lost or is_shown(view, source),
    )


def _tolerate(
    view: View, pacer: Pacer, source: Source, wish: Wish, offer: Offer
) -> Paced | None:
    """Let a car go on at its minimum while the main fuse bears it.

    Only a stop for the main fuse may wait, and only as long as it spends no
    more than the site's part of the fuse's reserve with all running cars at
    their minimum.
    """
    charger, state = source[:2]
    if offer.most.factor is not LimitingFactor.FUSE or not view.site.fuse_tolerance > 0:
        return None
    since_s = state.tolerated_since_s
    since_s = view.timetable.now_s if since_s is None else since_s
    until_s = since_s + LONGEST_S
    house_a = view.house_to_cut_by_a()
    for phase in charger.phases:
        load_a = house_a[phase] + sum(
            ceil_to_step(row.charger.min_current_a, row.charger.step_a)
            for row in view.sources
            if row.state.set_a > 0 and phase in row.charger.phases
        )
        if load_a > view.limit_a[phase]:
            part = view.site.fuse_tolerance
            heat = view.heats[phase]
            limit_a = view.limit_a[phase]
            until_s = min(until_s, tolerated_until_s(heat, load_a, limit_a, part))
    if view.timetable.passed(until_s):
        return None
    state = state._replace(tolerated_since_s=since_s, last_cut_s=pacer.timetable.now_s)
    lowest_a = ceil_to_step(wish.min_current_a, charger.step_a)
    return Paced(state, min(state.set_a, lowest_a), tolerated_until_s=until_s)
