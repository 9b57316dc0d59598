"""Whether a car is there, where what is said of its plug may blink.

A contact that bounces, a cloud that hiccups and an integration that restarts say for a
moment that the car has left, or that one has come. A car that is said to have left
for a moment is neither stopped nor a new one when it is back, so its pause goes on.
One that came and left within a moment was perhaps none: the next one is believed
once it has stayed.
"""

from dataclasses import replace
from typing import Final

from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
)
from custom_components.ev_lb.engine.model.state import ChargerState, Plug
from custom_components.ev_lb.engine.wakeups import Wakeups

from .draw import measured_on_phases, still_drawing_a

BLINK_S: Final = 30.0
"""What is said of a plug for less time may be a blink, s: nobody changes cars in it."""

IDLE_A: Final = 0.5
"""A car that is measured to draw less draws nothing, A."""


def with_plug(
    charger: Charger,
    state: ChargerState,
    reading: ChargerReading | None,
    wakeups: Wakeups,
) -> tuple[ChargerState, ChargerReading | None]:
    """Note what is said of the plug; return the reading without its blinks.

    What a car draws that is said to have left for a moment is not known then, unless
    its sensor says as well that it draws nothing. One that may still be drawing is
    there, however often it has come and left.
    """
    if reading is None or not reading.available:
        return state, reading
    present = reading.status is not ChargerStatus.DISCONNECTED
    if state.plug is None and reading.status is None:
        return state, reading
    # What is said first is believed at once.
    plug = state.plug or Plug(present)
    if plug.present != present:
        plug = _turned(state, plug, wakeups.now_s)
    if present:
        stays = plug.blinked and wakeups.passed(plug.since_s + BLINK_S)
        plug = plug._replace(said=reading.status, blinked=plug.blinked and not stays)
    if plug != state.plug:
        state = state._replace(plug=plug)
    draws = still_drawing_a(charger, state, wakeups) > 0
    if present and plug.blinked and not (state.connected or draws):
        return state, replace(reading, status=ChargerStatus.DISCONNECTED)
    if is_blinking(state) and not wakeups.passed(plug.since_s + BLINK_S):
        drawn = measured_on_phases(charger, replace(reading, status=plug.said))
        idle = drawn is not None and max(drawn.current_a) <= IDLE_A
        rows = reading.measured_a if idle else ()
        return state, replace(reading, status=plug.said, measured_a=rows)
    return state, reading


def is_blinking(state: ChargerState) -> bool:
    """Tell whether a car is said to have left that still counts as there."""
    return state.connected and state.plug is not None and not state.plug.present


def absent_since_s(state: ChargerState) -> float | None:
    """Return since when no car is there, s; None where one may be."""
    plug = state.plug
    gone = plug is not None and not plug.present and not state.connected
    return plug.since_s if plug is not None and gone else None


def _turned(state: ChargerState, plug: Plug, now_s: float) -> Plug:
    """Return a plug of which something else is said from now on."""
    if not plug.present:
        return plug._replace(present=True, since_s=now_s)
    brief = not state.connected or now_s < plug.since_s + BLINK_S
    return plug._replace(present=False, since_s=now_s, blinked=brief)


def plugged(state: ChargerState, reading: ChargerReading | None) -> ChargerState:
    """Note whether a car is there; a new one starts afresh."""
    if reading is None or not reading.available:
        return state
    connected = reading.status is not ChargerStatus.DISCONNECTED
    if connected == state.connected:
        return state
    return state._replace(
        connected=connected,
        started=state.set_a > 0,
        stopped_s=None,
        uses_phases=(),
        uses_since_s=None,
        asked_again_s=None,
        answers=(),
    )
