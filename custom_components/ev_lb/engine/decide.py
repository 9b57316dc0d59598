"""From what is known to what holds from now on: `decide`."""

from dataclasses import replace
from math import inf, isfinite

from .allocation import Request, Share, allocate
from .draw import with_set_point
from .explain import balancer_state, limiting
from .follow import must_send_again, watch
from .house import Source
from .limits import lines, room
from .look import View, look, resume
from .memory import ChargerState, State
from .model import (
    ChargerDecision,
    Decision,
    LimitingFactor,
    MeterLossBehavior,
    PerPhase,
    Site,
    Snapshot,
)
from .modes import wanted
from .pace import Offer, Paced, Pacer, pace, release, stop
from .timetable import Timetable

__all__ = ["decide", "resume"]

type Wishes = dict[str, Request | LimitingFactor]
"""What each charger wants, or why it wants nothing."""


def decide(site: Site, state: State, snapshot: Snapshot, now_s: float) -> Decision:
    """Return what every charger may draw from now on, and why.

    Total and deterministic: any input gives a safe decision, and the same
    inputs give the same one. Until `next_look_s` time alone changes nothing.
    """
    now_s = now_s if isfinite(now_s) else 0.0
    decision = _decide(site, state, snapshot, now_s)
    if any(row.send for row in decision.chargers):
        # What was just done starts clocks that only the new state knows of.
        after = _decide(site, decision.state, snapshot, now_s)
        decision = replace(decision, next_look_s=after.next_look_s)
    return decision


def _decide(site: Site, state: State, snapshot: Snapshot, now_s: float) -> Decision:
    timetable = Timetable(now_s)
    view = look(site, state, snapshot, timetable)
    decisions, chargers = _decide_chargers(view)
    doing = balancer_state(view, decisions, chargers)
    lost = [phase for phase in site.phases if view.problems[phase] is not None]
    lost_since_s = None
    if lost:
        before_s = state.meter_lost_since_s
        lost_since_s = timetable.now_s if before_s is None else before_s
    house: list[float | None] = [None, None, None]
    available: list[float | None] = [None, None, None]
    overload = False
    for phase in site.phases:
        if phase not in lost:
            memory = view.phases[phase]
            house[phase] = memory.house_a
            available[phase] = view.limit_a[phase] - memory.house_a
            overload = overload or memory.load_a > view.limit_a[phase]
    return Decision(
        time_s=timetable.now_s,
        state=State(
            phases=view.phases,
            chargers=chargers,
            resumed_s=state.resumed_s,
            meter_lost_since_s=lost_since_s,
            meter_seen=view.meter_seen,
            balancer_state=doing,
        ),
        balancer_state=doing,
        chargers=decisions,
        house_a=(house[0], house[1], house[2]),
        available_a=(available[0], available[1], available[2]),
        problems=view.problems,
        meter_ok=not lost,
        fallback_active=bool(lost) and site.enabled,
        overload=overload,
        next_look_s=timetable.next_s,
    )


def _decide_chargers(
    view: View,
) -> tuple[tuple[ChargerDecision, ...], tuple[ChargerState, ...]]:
    line_of = lines(view.site)
    wishes: Wishes = {}
    for charger, state, _ in view.sources:
        line = line_of.get(charger.circuit_id, ())
        wishes[charger.charger_id] = wanted(
            charger, line, state.connected, view.site.phases
        )
    offers = _offers(view, wishes)
    rows = [_decide_charger(view, source, wishes, offers) for source in view.sources]
    return tuple(row[0] for row in rows), tuple(row[1] for row in rows)


def _offers(view: View, wishes: Wishes) -> dict[str, Offer]:
    """Split what is free among those that want and may have something.

    A charger that a lost meter leaves as it is takes its share off first.
    """
    loss = view.site.meter_loss
    requests: list[Request] = []
    kept: list[tuple[Request, float]] = []
    for charger, state, _ in view.sources:
        request = wishes[charger.charger_id]
        if not isinstance(request, Request):
            continue
        if not view.is_lost(charger):
            requests.append(request)
        elif loss.behavior is MeterLossBehavior.IGNORE:
            kept.append((request, state.set_a))
        elif loss.behavior is MeterLossBehavior.SET_CURRENT:
            highest_a = min(loss.fallback_current_a, request.max_current_a)
            if highest_a >= request.min_current_a:
                requests.append(request._replace(max_current_a=highest_a))

    def split(house_a: PerPhase) -> dict[str, Share]:
        left = room(view.site, view.limit_a, house_a)
        for request, set_a in kept:
            for circuit_id in request.line:
                for phase in request.phases:
                    left[circuit_id][phase] -= set_a
        return allocate(view.site, tuple(requests), left)

    most = split(view.house_to_cut_by_a())
    now = split(view.house_now_a())
    lasting = split(view.house_held_a())
    return {
        charger_id: Offer(share, now[charger_id], lasting[charger_id])
        for charger_id, share in most.items()
    }


def _decide_charger(
    view: View, source: Source, wishes: Wishes, offers: dict[str, Offer]
) -> tuple[ChargerDecision, ChargerState]:
    charger, before, _ = source
    wish = wishes[charger.charger_id]
    offer = offers.get(charger.charger_id)
    paced = _pace(view, source, wish, offer)
    state = paced.state
    changed = paced.set_a != before.set_a
    if changed:
        state = with_set_point(state, paced.set_a, view.timetable.now_s)
    state, following = watch(charger, state, view.timetable)
    send = view.site.enabled and (
        changed or must_send_again(charger, state, following, view.timetable)
    )
    if send:
        state = replace(state, sent_s=view.timetable.now_s)
    refused = None if isinstance(wish, Request) else wish
    limit = limiting(view, source, paced, offer, refused)
    state = replace(state, limiting=limit)
    decision = ChargerDecision(
        charger_id=charger.charger_id,
        wanted_a=(
            (wish.min_current_a, wish.max_current_a)
            if isinstance(wish, Request)
            else (0.0, 0.0)
        ),
        allocated_a=paced.set_a if offer is None else offer.most.current_a,
        set_a=paced.set_a,
        send=send,
        limiting=limit,
        following=following,
        next_change_s=paced.next_change_s,
    )
    return decision, state


def _pace(
    view: View, source: Source, wish: Request | LimitingFactor, offer: Offer | None
) -> Paced:
    """Decide when the offer becomes the set-point."""
    charger, state, _ = source
    if not view.site.enabled:
        return Paced(state, state.set_a)
    if not isinstance(wish, Request):
        return release(state)
    pacer = Pacer(
        view.timetable,
        view.site.ramp_up_time_s,
        view.state.resumed_s,
        view.site.meter.delay_s,
    )
    lost = view.is_lost(charger)
    if lost and view.site.meter_loss.behavior is MeterLossBehavior.IGNORE:
        return Paced(state, min(state.set_a, wish.max_current_a))
    if offer is None:
        return stop(pacer, state)
    read_s = view.read_s(charger)
    if lost:
        read_s = inf if view.meter_seen else -inf
    return pace(pacer, charger, state, offer, read_s)
