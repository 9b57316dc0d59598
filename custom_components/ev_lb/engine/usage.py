"""What a car makes of its offer: on which phases, and how much of it."""

from dataclasses import replace
from typing import Final

from .draw import settled_s
from .memory import ChargerState
from .model import Charger, Phase
from .timetable import Timetable

IDLE_PHASE_A: Final = 0.5
BUSY_PHASE_A: Final = 3.0
SHOWN_S: Final = 30.0
"""How long a car must show which phases it uses, s."""
MARGIN_A: Final = 2.0
"""What a car that takes less keeps on top of that, A (evcc's margin)."""
TAKES_LESS_S: Final = 60.0
"""How long a car must take less before the rest goes to others, s (openWB)."""


def watch_usage(charger: Charger, state: ChargerState) -> ChargerState:
    """Note since when a car uses only some phases, or less than it is given."""
    one_s, less_s = None, None
    if state.measurements and charger.phases:
        told = state.measurements[-1]
        highest_a = max(told.current_a[phase] for phase in charger.phases)
        lowest_a = min(told.current_a[phase] for phase in charger.phases)
        if lowest_a <= IDLE_PHASE_A and highest_a >= BUSY_PHASE_A:
            one_s = state.one_phase_since_s
            one_s = told.time_s if one_s is None else one_s
        if state.set_a > 0 and highest_a <= state.set_a - MARGIN_A:
            less_s = state.draws_less_since_s
            if less_s is None and told.time_s >= settled_s(charger, state):
                less_s = told.time_s
    if (one_s, less_s) == (state.one_phase_since_s, state.draws_less_since_s):
        return state
    return replace(state, one_phase_since_s=one_s, draws_less_since_s=less_s)


def used_phases(
    charger: Charger, state: ChargerState, timetable: Timetable
) -> tuple[Phase, ...]:
    """Return the phases that the car loads; all until it has shown otherwise."""
    since_s = state.one_phase_since_s
    if since_s is None or not timetable.passed(since_s + SHOWN_S):
        return charger.phases
    amps = state.measurements[-1].current_a
    return tuple(phase for phase in charger.phases if amps[phase] > IDLE_PHASE_A)


def worth_a(
    charger: Charger, state: ChargerState, highest_a: float, timetable: Timetable
) -> float:
    """Return how much of its maximum is worth giving to the car, A."""
    since_s = state.draws_less_since_s
    if since_s is None or not timetable.passed(since_s + TAKES_LESS_S):
        return highest_a
    takes_a = max(state.measurements[-1].current_a)
    return min(highest_a, max(takes_a + MARGIN_A, charger.min_current_a))
