"""What a decision tells besides its set-points, and what it hands to the next."""

from collections.abc import Iterable
from math import isfinite

from .caps import tariff_limit_w
from .deadlines import SEQUENTIAL
from .feeds import NO_PROBLEMS, Feed
from .holding import learned
from .look import View
from .memory import ChargerState, CircuitState
from .model import (
    BalancerState,
    ChargerDecision,
    CircuitDecision,
    DistributionMode,
    LimitingFactor,
    Overload,
    Site,
    State,
)
from .offers import Table
from .pace import Offer


def next_state(
    view: View,
    table: Table,
    decisions: tuple[ChargerDecision, ...],
    chargers: tuple[ChargerState, ...],
    doing: BalancerState,
) -> State:
    """Return what the next decision is to remember."""
    before = view.state
    lost_since_s = None
    if view.problems != NO_PROBLEMS:
        lost_since_s = before.meter_lost_since_s
        lost_since_s = view.timetable.now_s if lost_since_s is None else lost_since_s
    phases, *below = learned(view, decisions)
    return State(
        phases=phases,
        circuits=tuple(
            CircuitState(circuit_id=feed.circuit_id, phases=learnt)
            for feed, learnt in zip(view.feeds[1:], below, strict=True)
        ),
        chargers=chargers,
        resumed_s=before.resumed_s,
        meter_lost_since_s=lost_since_s,
        meter_seen=view.meter_seen,
        balancer_state=doing,
        battery=view.battery,
        sun=view.sun,
        period=view.period,
        import_cap_w=view.import_cap_w,
        turns_number=view.turns_number,
        heats=view.heats,
        queued=_is_queued(view.site.distribution_mode, table.offers.values()),
    )


def told(site: Site, feed: Feed) -> CircuitDecision:
    """Return what the meter of a circuit comes to."""
    house: list[float | None] = [None, None, None]
    known = [phase for phase in site.phases if feed.problems[phase] is None]
    for phase in known:
        house[phase] = feed.phases[phase].house_a
    return CircuitDecision(
        circuit_id=feed.circuit_id,
        house_a=(house[0], house[1], house[2]),
        problems=feed.problems,
        overload=feed.is_overloaded(known),
    )


def overloads(site: Site, feeds: tuple[Feed, ...]) -> tuple[Overload, ...]:
    """Return which fuses carry more than they may."""
    return tuple(
        Overload(feed.circuit_id, phase, load_a, feed.limit_a[phase])
        for feed in feeds
        for phase in site.phases
        if feed.problems[phase] is None
        and (load_a := feed.phases[phase].load_a) > feed.limit_a[phase]
    )


def tariff_w(view: View) -> float | None:
    """Return the limit of the tariff period, W, where there is one."""
    if view.period is None:
        return None
    limit_w = tariff_limit_w(view.site, view.period, view.snapshot)
    return limit_w if isfinite(limit_w) else None


def _is_queued(mode: DistributionMode, offers: Iterable[Offer]) -> bool:
    """Tell whether somebody had more if another made way, so that turns go round.

    Where one is filled after the other, that is so for all who have less than they
    could use; else only for who has nothing.
    """
    factors = {LimitingFactor.QUEUE}
    if mode in SEQUENTIAL:
        factors.add(LimitingFactor.SHARE)
    return any(
        row.most.factor in factors or row.lasting.factor in factors for row in offers
    )
