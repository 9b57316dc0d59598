"""What a car makes of its allowance: on which phases, and how much of it."""

from math import inf
from typing import Final

from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    Phase,
)
from custom_components.ev_lb.engine.model.request import ceil_to_step
from custom_components.ev_lb.engine.model.set_points import settled_s
from custom_components.ev_lb.engine.model.state import ChargerState
from custom_components.ev_lb.engine.wakeups import Wakeups

IDLE_PHASE_A: Final = 0.5
BUSY_PHASE_A: Final = 3.0
SHOWN_S: Final = 30.0
"""How long a car must show which phases it uses, s."""
MARGIN_A: Final = 2.0
"""What a car that takes less keeps on top of that, A (evcc's margin)."""
FULL_USE_A: Final = 1.0
"""A car this near to its set-point takes what it is given, A."""
TAKES_LESS_S: Final = 60.0
"""How long a car must take less before the rest goes to others, s (openWB)."""


def watch_usage(
    charger: Charger,
    state: ChargerState,
    reading: ChargerReading | None,
    wakeups: Wakeups,
) -> ChargerState:
    """Note since when a car uses only some phases, or less than it is given.

    A stopped car is taken to use the phases that it used before.
    """
    uses: tuple[Phase, ...] = ()
    since_s, less_s = None, None
    if state.measurements and charger.phases:
        told = state.measurements[-1]
        amps = [told.current_a[phase] for phase in charger.phases]
        highest_a = max(amps)
        if highest_a < BUSY_PHASE_A:
            uses, since_s = state.uses_phases, state.uses_since_s
        elif min(amps) <= IDLE_PHASE_A:
            uses = tuple(
                phase
                for phase in charger.phases
                if told.current_a[phase] > IDLE_PHASE_A
            )
            since_s = state.uses_since_s if uses == state.uses_phases else told.time_s
        less_s = _less_since_s(charger, state, highest_a, wakeups)
    elif _takes_nothing(state, reading):
        less_s = state.draws_less_since_s
        if less_s is None:
            less_s = _settled_since_s(charger, state, wakeups)
    if less_s == state.draws_less_since_s and since_s == state.uses_since_s:
        return state
    return state._replace(
        uses_phases=uses, uses_since_s=since_s, draws_less_since_s=less_s
    )


def _takes_nothing(state: ChargerState, reading: ChargerReading | None) -> bool:
    """Tell whether an unmeasured car is said not to take what it is given."""
    if state.set_a <= 0 or reading is None or not reading.available:
        return False
    return reading.status in (ChargerStatus.CONNECTED, ChargerStatus.FAULTED)


def _settled_since_s(
    charger: Charger, state: ChargerState, wakeups: Wakeups
) -> float | None:
    """Return from when on a car that goes on taking nothing could take its allowance."""
    end_s = settled_s(charger, state)
    return None if end_s == inf else max(wakeups.now_s, end_s)


def _less_since_s(
    charger: Charger, state: ChargerState, takes_a: float, wakeups: Wakeups
) -> float | None:
    """Return since when a car takes less than it is given.

    It begins further from the set-point than it ends, so that the margin it
    keeps does not count as full use. A charger that reports changes only is
    silent while its car takes nothing.
    """
    if state.set_a <= 0:
        return None
    since_s = state.draws_less_since_s
    if since_s is not None:
        return since_s if takes_a < state.set_a - FULL_USE_A else None
    if takes_a > state.set_a - MARGIN_A:
        return None
    told_s = state.measurements[-1].time_s
    if told_s >= settled_s(charger, state):
        return told_s
    if takes_a > IDLE_PHASE_A:
        return None
    return _settled_since_s(charger, state, wakeups)


def used_phases(
    charger: Charger, state: ChargerState, wakeups: Wakeups
) -> tuple[Phase, ...]:
    """Return the phases that the car loads; all until it has shown otherwise."""
    since_s = state.uses_since_s
    if since_s is None or not wakeups.passed(since_s + SHOWN_S):
        return charger.phases
    uses = tuple(phase for phase in charger.phases if phase in state.uses_phases)
    return uses or charger.phases


def takes_nothing(state: ChargerState, wakeups: Wakeups) -> bool:
    """Tell whether a car has drawn nothing of its allowance for a while: it is full."""
    since_s = state.draws_less_since_s
    if since_s is None or not wakeups.passed(since_s + TAKES_LESS_S):
        return False
    if not state.measurements:
        return True
    return max(state.measurements[-1].current_a) <= IDLE_PHASE_A


def charges(state: ChargerState, reading: ChargerReading | None) -> bool:
    """Tell whether a car clearly takes current, by what is measured or said of it."""
    if state.measurements:
        return max(state.measurements[-1].current_a) >= BUSY_PHASE_A
    return reading is not None and reading.status is ChargerStatus.CHARGING


def worth_a(charger: Charger, state: ChargerState, wakeups: Wakeups) -> float:
    """Return how much is worth giving to the car, A; infinity where nothing bounds it.

    What it has is left as it is while that is near enough, so that not every
    tenth of an ampere is a command.
    """
    since_s = state.draws_less_since_s
    if since_s is None or not wakeups.passed(since_s + TAKES_LESS_S):
        return inf
    takes_a = max(state.measurements[-1].current_a) if state.measurements else 0.0
    worth = takes_a + MARGIN_A
    if takes_a + FULL_USE_A < state.set_a < worth + FULL_USE_A:
        worth = state.set_a
    lowest_a = ceil_to_step(charger.min_current_a, charger.step_a)
    return max(worth, lowest_a)
