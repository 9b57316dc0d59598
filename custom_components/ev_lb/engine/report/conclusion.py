"""What a set-point comes to: its command, its reason, and what is remembered of it."""

from typing import NamedTuple

from custom_components.ev_lb.engine.allocation.allowance import Allowance
from custom_components.ev_lb.engine.demand.demand import Demand, Drive, NoDemand
from custom_components.ev_lb.engine.estimation.backstop import PHASES_DOUBTED_S
from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import ChargerDecision
from custom_components.ev_lb.engine.model.phase_setting import told_count
from custom_components.ev_lb.engine.model.request import Share
from custom_components.ev_lb.engine.model.set_points import counted, with_set_point
from custom_components.ev_lb.engine.model.state import ChargerState
from custom_components.ev_lb.engine.setpoint.accepted import as_sent, shows_more
from custom_components.ev_lb.engine.setpoint.following import must_send_again, watch
from custom_components.ev_lb.engine.setpoint.pace import Paced, release
from custom_components.ev_lb.engine.topology import Plan
from custom_components.ev_lb.engine.wakeups import Wakeups

from .reasons import limiting


class Facts(NamedTuple):
    """What is to be known of a charger besides its own memory and reading."""

    enabled: bool
    """Whether the site is."""
    overload: bool
    """Whether a fuse over it carries too much."""
    unseen: bool
    """Whether a fuse over it has no meter."""
    lost: str | None
    """The circuit over it whose meter is lost."""
    lacking: bool
    """Whether the sun leaves its mode less than the minimum."""
    on_all_wires: bool
    """Whether it counts on all its wires, whatever it seems to use."""
    more_phases_since_s: float | None
    """Since when all phases would give clearly more."""
    missing_w: float
    """What the sun must give more for what its mode waits for."""


def may_rest(
    estimate: Estimate,
    source: Source,
    demand: Demand | NoDemand,
    allowance: Allowance | None,
) -> bool:
    """Tell whether a charger has what it is to have, whatever the meter tells."""
    if not estimate.site.enabled or estimate.contradicted:
        return False
    if estimate.is_overloaded(source.charger):
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
        and estimate.lost(source.charger) is None
    )


def rest(
    wakeups: Wakeups,
    plan: Plan,
    source: Source,
    demand: Demand | NoDemand,
    most: Share | None,
    missing_w: float,
) -> tuple[ChargerDecision, ChargerState]:
    """Decide on a charger that has what it is to have, or wants nothing.

    `most` is what it is offered; None for one that wants nothing.
    """
    facts = Facts(
        enabled=True,
        overload=False,
        unseen=plan.is_unseen(source.charger),
        lost=None,
        lacking=False,
        on_all_wires=False,
        more_phases_since_s=None,
        missing_w=missing_w,
    )
    allowance, paced = None, release(source.state)
    if most is not None:
        allowance = Allowance(most, most, most, most.current_a)
        paced = Paced(source.state, source.state.set_a)
    return conclude(wakeups, plan, source, demand, allowance, paced, facts)


def conclude(
    wakeups: Wakeups,
    plan: Plan,
    source: Source,
    demand: Demand | NoDemand,
    allowance: Allowance | None,
    paced: Paced,
    facts: Facts,
) -> tuple[ChargerDecision, ChargerState]:
    """Return the decision on a charger, and what is remembered of it."""
    charger, before = source[:2]
    allowed_a = paced.set_a if allowance is None else allowance.keep.current_a
    state = paced.state
    if paced.set_a != before.set_a:
        state = counted(charger, state, wakeups.now_s)
        state = with_set_point(state, paced.set_a, wakeups.now_s)
    state = _noted(wakeups, state, before, paced, facts)
    if facts.on_all_wires:
        state = state._replace(uses_since_s=wakeups.now_s + PHASES_DOUBTED_S)
    state, following, send = _sent(wakeups, source, state, allowed_a, facts)
    limit = limiting(
        wakeups,
        plan,
        source,
        paced,
        allowance,
        demand,
        enabled=facts.enabled,
        lost=facts.lost,
    )
    if limit is not state.limiting:
        state = state._replace(limiting=limit)
    if state is not before and state == before:
        state = before
    wanted_a = (0.0, 0.0)
    if not isinstance(demand, NoDemand):
        wanted_a = (demand.min_current_a, demand.wanted_a)
    decision = ChargerDecision(
        charger_id=charger.charger_id,
        wanted_a=wanted_a,
        allocated_a=allowed_a,
        set_a=paced.set_a,
        send=send,
        limiting=limit,
        following=following,
        next_change_s=paced.next_change_s,
        tolerated_until_s=paced.tolerated_until_s,
        phase_count=told_count(source.configured, state),
        missing_w=facts.missing_w,
    )
    return decision, state


def _sent(
    wakeups: Wakeups,
    source: Source,
    state: ChargerState,
    allowed_a: float,
    facts: Facts,
) -> tuple[ChargerState, bool, bool]:
    """Return also whether the car follows, and whether to send the set-point.

    Where the charger shows more than it may have, A, it is told again.
    """
    charger, before = source[:2]
    state, following = watch(
        charger, state, source.reading, wakeups, overload=facts.overload
    )
    send = facts.enabled and (
        state.set_a != before.set_a
        or told_count(source.configured, state) != told_count(source.configured, before)
        or shows_more(charger, state, allowed_a, wakeups)
        or must_send_again(
            charger,
            state,
            wakeups,
            following=following,
            overload=facts.overload,
            unseen=facts.unseen and not state.measurements,
        )
    )
    if send:
        state = as_sent(state._replace(sent_s=wakeups.now_s))
    return state, following, send


def _noted(
    wakeups: Wakeups,
    state: ChargerState,
    before: ChargerState,
    paced: Paced,
    facts: Facts,
) -> ChargerState:
    """Note since when a car runs, and since when the sun does not do."""
    running_since_s = before.running_since_s
    if state.set_a <= 0:
        running_since_s = None
    elif running_since_s is None:
        running_since_s = wakeups.now_s
    lacking_since_s = None
    if state.set_a > 0 and facts.lacking:
        lacking_since_s = before.lacking_since_s
        if lacking_since_s is None:
            lacking_since_s = wakeups.now_s
    tolerated = paced.tolerated_until_s is not None
    tolerated_since_s = state.tolerated_since_s if tolerated else None
    more_since_s = facts.more_phases_since_s
    noted = (running_since_s, lacking_since_s, tolerated_since_s, more_since_s)
    if noted == (
        state.running_since_s,
        state.lacking_since_s,
        state.tolerated_since_s,
        state.more_phases_since_s,
    ):
        return state
    return state._replace(
        running_since_s=running_since_s,
        lacking_since_s=lacking_since_s,
        tolerated_since_s=tolerated_since_s,
        more_phases_since_s=more_since_s,
    )
