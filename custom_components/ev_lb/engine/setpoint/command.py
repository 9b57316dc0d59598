"""What a charger is told, whether it is sent, and what is remembered of it."""

from typing import NamedTuple

from custom_components.ev_lb.engine.estimation.backstop import PHASES_DOUBTED_S
from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.model.allowance import Allowance
from custom_components.ev_lb.engine.model.phase_setting import told_count
from custom_components.ev_lb.engine.model.set_points import counted, with_set_point
from custom_components.ev_lb.engine.model.shortage import Shortage
from custom_components.ev_lb.engine.model.state import ChargerState
from custom_components.ev_lb.engine.wakeups import Wakeups

from .accepted import as_sent, shows_more
from .following import must_send_again, watch
from .pace import Paced


class Command(NamedTuple):
    """What a charger is told from now on, and what it was allowed."""

    allowance: Allowance | None
    paced: Paced
    allowed_a: float
    state: ChargerState
    """What is remembered of it, but for the reason."""
    following: bool
    """Whether the car stays within what it was given."""
    send: bool
    steady: bool = False
    """Whether the charger has what it is to have, whatever the meter tells."""


class Facts(NamedTuple):
    """What is to be known of a charger besides its own memory and reading."""

    enabled: bool
    """Whether the site is."""
    overload: bool
    """Whether a fuse over it carries too much."""
    unseen: bool
    """Whether a fuse over it has no meter."""
    short_w: float | None
    """By how much the sun leaves its mode less than the minimum, W; None where it has
    no part in it."""
    in_block: bool
    """Whether its plan lets it draw from the grid."""
    on_all_wires: bool
    """Whether it counts on all its wires, whatever it seems to use."""
    more_phases_since_s: float | None
    """Since when all phases would give clearly more."""


def commanded(
    wakeups: Wakeups,
    source: Source,
    allowance: Allowance | None,
    paced: Paced,
    facts: Facts,
) -> Command:
    """Return the command, and what is remembered of the charger."""
    charger, before = source[:2]
    allowed_a = paced.set_a if allowance is None else allowance.keep.current_a
    state = paced.state
    if paced.set_a != before.set_a:
        state = counted(charger, state, wakeups.now_s)
        state = with_set_point(state, paced.set_a, wakeups.now_s)
    state = _with_clocks(wakeups, state, before, paced, facts)
    if facts.on_all_wires:
        state = state._replace(uses_since_s=wakeups.now_s + PHASES_DOUBTED_S)
    state, following, send = _sent(wakeups, source, state, allowed_a, facts)
    return Command(allowance, paced, allowed_a, state, following, send)


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


def _with_clocks(
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
    lacking_since_s, shortage = _lacking(wakeups, state, before, facts.short_w)
    tolerated = paced.tolerated_until_s is not None
    tolerated_since_s = state.tolerated_since_s if tolerated else None
    more_since_s = facts.more_phases_since_s
    in_block = facts.in_block and state.set_a > 0
    noted = (running_since_s, lacking_since_s, tolerated_since_s, more_since_s)
    if (*noted, shortage, in_block) == (
        state.running_since_s,
        state.lacking_since_s,
        state.tolerated_since_s,
        state.more_phases_since_s,
        state.shortage,
        state.in_block,
    ):
        return state
    return state._replace(
        running_since_s=running_since_s,
        lacking_since_s=lacking_since_s,
        shortage=shortage,
        tolerated_since_s=tolerated_since_s,
        more_phases_since_s=more_since_s,
        in_block=in_block,
    )


def _lacking(
    wakeups: Wakeups, state: ChargerState, before: ChargerState, short_w: float | None
) -> tuple[float | None, Shortage]:
    """Return since when the sun lacks, on average, and what it has owed since then."""
    if state.set_a <= 0 or short_w is None:
        return None, Shortage()
    now_s, since_s = wakeups.now_s, before.lacking_since_s
    owed_ws = 0.0 if since_s is None else before.shortage.until(now_s)
    if owed_ws <= 0 and short_w <= 0:
        return None, Shortage()
    if owed_ws < 0 or since_s is None:
        since_s, owed_ws = now_s, 0.0
    if owed_ws > 0 and short_w < 0:
        # From then on nothing is owed any more.
        wakeups.passed(now_s - owed_ws / short_w)
    return since_s, Shortage(owed_ws, short_w, now_s)
