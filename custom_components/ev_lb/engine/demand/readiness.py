"""When a charger could use current."""

from custom_components.ev_lb.engine.model import Charger, Site
from custom_components.ev_lb.engine.model.set_points import after_s, start_gate_s
from custom_components.ev_lb.engine.model.state import ChargerState
from custom_components.ev_lb.engine.wakeups import Wakeups


def is_ready(
    charger: Charger, state: ChargerState, ramp_up_time_s: float, wakeups: Wakeups
) -> bool:
    """Tell whether a charger could use current now.

    One that waits for its pause or for headroom that lasts must not make others
    yield yet.
    """
    if state.set_a > 0 or not state.started:
        return True
    if state.room_since_s is None:
        return False
    paused = not wakeups.passed(after_s(state.stopped_s, charger.pause_s))
    gate_s = start_gate_s(charger, state, state.room_since_s, ramp_up_time_s)
    return wakeups.passed(gate_s) and not paused


def is_graced(site: Site, state: ChargerState, wakeups: Wakeups) -> bool:
    """Tell whether a running car may go on at its minimum without sun.

    Not one whose planned block has just ended: the sun had no part in that.
    """
    if state.set_a <= 0 or state.in_block:
        return False
    since_s = state.lacking_since_s
    if since_s is None:
        return True
    return not wakeups.passed(since_s + site.solar_grace_s)
