"""On how many phases a charger charges, where it can switch."""

from dataclasses import replace

from . import Charger, ChargerReading, Phase
from .state import ChargerState


def used_count(charger: Charger, state: ChargerState) -> int | None:
    """Return on how many phases a charger charges; None when it cannot switch."""
    if charger.phase_switching is None:
        return None
    return state.phase_count or len(charger.phases)


def told_count(charger: Charger, state: ChargerState) -> int | None:
    """Return on how many phases a charger is told to charge; None where it can't."""
    if state.switch_told_s is not None:
        return state.switching_to
    return used_count(charger, state)


def shown_count(charger: Charger, reading: ChargerReading | None) -> int | None:
    """Return on how many phases a charger shows that it is set; None if it does not."""
    if reading is None or not reading.available:
        return None
    return (
        reading.phase_count if reading.phase_count in (1, len(charger.phases)) else None
    )


def as_shown(
    charger: Charger, state: ChargerState, reading: ChargerReading | None
) -> ChargerState:
    """Count on the phases that a charger shows, whoever switched it."""
    if charger.phase_switching is None or state.switching_to is not None:
        return state
    shown = shown_count(charger, reading)
    if shown is None or shown == used_count(charger, state):
        return state
    return state._replace(phase_count=shown)


def on_used_phases(charger: Charger, state: ChargerState) -> Charger:
    """Return a charger as it is on the phases that it uses now."""
    count = used_count(charger, state)
    if count is None or count >= len(charger.phases):
        return charger
    return replace(charger, phases=charger.phases[:count])


def other_phases(charger: Charger, state: ChargerState) -> tuple[Phase, ...]:
    """Return the phases that a charger would use after switching."""
    count = used_count(charger, state) or len(charger.phases)
    return charger.phases[:1] if count > 1 else charger.phases
