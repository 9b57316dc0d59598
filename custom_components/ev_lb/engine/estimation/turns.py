"""Whose turn it is, while there is no headroom for all."""

from collections.abc import Iterable
from math import floor, inf
from typing import Final

from custom_components.ev_lb.engine.model import Charger, ChargerReading, Site
from custom_components.ev_lb.engine.model.set_points import had_as
from custom_components.ev_lb.engine.model.state import ChargerState, State
from custom_components.ev_lb.engine.wakeups import Wakeups

from .usage import charges, takes_nothing

SHORTEST_PERIOD_S: Final = 1.0
"""Turns that are shorter than this are none, s."""
ASKED_AGAIN_S: Final = 3600.0
"""How long a full car that was stopped waits behind those that want current, s."""


def turns_number(site: Site, state: State, wakeups: Wakeups) -> tuple[int, bool]:
    """Return the number of the rotation period, and whether turns are given anew.

    Turns change only while somebody waits, so that nothing changes for nothing.
    """
    period_s = site.rotation_period_s
    if not SHORTEST_PERIOD_S <= period_s < inf:
        return 0, False
    number = floor(wakeups.now_s / period_s)
    if not state.queued:
        return number, False
    wakeups.passed((number + 1) * period_s)
    return number, state.turns_number is not None and number != state.turns_number


def joined(
    state: ChargerState, everybody: Iterable[ChargerState], wakeups: Wakeups
) -> ChargerState:
    """Begin to count what a car has had, or end it.

    One that has just come stands behind all others until turns are given
    anew; it has had as much as they have.
    """
    if state.connected == (state.had_s is not None):
        return state
    if not state.connected:
        return state._replace(had_s=None)
    turns = (row.turn for row in everybody if row.connected and row.turn < inf)
    last_turn = max(turns, default=0.0)
    return state._replace(had_s=wakeups.now_s, had_as=last_turn, turn=last_turn)


def with_place(
    charger: Charger,
    state: ChargerState,
    reading: ChargerReading | None,
    wakeups: Wakeups,
) -> ChargerState:
    """Let a car that takes nothing stand behind all that could use the current.

    Whatever its priority and mode, until it draws again. One that was stopped cannot
    show that: an hour later it gets its place back, and counts as having had its
    minimum meanwhile, so that nobody is stopped every other minute to see whether it
    is still full.
    """
    until_s = state.asked_again_s
    if until_s is None and state.draws_less_since_s is None:
        return state
    now_s = wakeups.now_s
    if state.set_a > 0:
        if takes_nothing(state, wakeups):
            return state if until_s == inf else state._replace(asked_again_s=inf)
        if until_s is not None and charges(state, reading):
            return state._replace(asked_again_s=None)
        return state
    if until_s == inf:
        until_s = now_s + ASKED_AGAIN_S
        state = state._replace(asked_again_s=until_s)
    if until_s is None or not wakeups.passed(until_s):
        return state
    had = had_as(charger, state, now_s) + charger.min_current_a * ASKED_AGAIN_S
    return state._replace(asked_again_s=None, turn=had, had_as=had, had_s=now_s)


def keeps_place(charger: Charger, state: ChargerState, wakeups: Wakeups) -> bool:
    """Tell whether a running car is not sent away for another's turn yet."""
    if state.set_a <= 0 or state.running_since_s is None:
        return False
    if takes_nothing(state, wakeups):
        return False
    return not wakeups.passed(state.running_since_s + charger.minimum_on_s)
