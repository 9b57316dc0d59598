"""Whose turn it is, while there is not room for all."""

from dataclasses import replace
from math import floor, isfinite

from .memory import ChargerState, State
from .model import Charger, Site
from .timetable import Timetable


def turns_number(site: Site, state: State, timetable: Timetable) -> tuple[int, bool]:
    """Return the number of the rotation period, and whether turns are given anew.

    Turns change only while somebody waits, so that nothing changes for nothing.
    """
    period_s = site.rotation_period_s
    if not isfinite(period_s) or period_s <= 0:
        return 0, False
    number = floor(timetable.now_s / period_s)
    if not state.queued:
        return number, False
    timetable.passed((number + 1) * period_s)
    return number, state.turns_number is not None and number != state.turns_number


def keep_count(
    charger: Charger, state: ChargerState, last_turn: float, now_s: float
) -> ChargerState:
    """Add up what a charger has had against its weight.

    One whose car has just come stands behind all others until turns are given
    anew; it has had as much as they have.
    """
    if not state.connected:
        return state if state.had_s is None else replace(state, had_s=None)
    if state.had_s is None:
        return replace(state, had_s=now_s, had_as=last_turn, turn=last_turn)
    elapsed_s = now_s - state.had_s
    if elapsed_s <= 0 or not charger.weight > 0:
        return state
    had_as = state.had_as + state.set_a * elapsed_s / charger.weight
    return replace(state, had_s=now_s, had_as=had_as)


def keeps_place(charger: Charger, state: ChargerState, timetable: Timetable) -> bool:
    """Tell whether a running car is not sent away for another's turn yet."""
    if state.set_a <= 0 or state.running_since_s is None:
        return False
    return not timetable.passed(state.running_since_s + charger.minimum_on_s)
