"""What the `ocpp` integration shows of a car's current, with its traps.

The state is the average of the phases that are not zero; the attributes L1 to L3
hold each phase where the charger reports them. A suspended charge zeroes the state
at once, while the attributes keep their values and the car still ramps down.
"""

from math import isfinite
from typing import Final

from homeassistant.core import State

from custom_components.ev_lb.engine.model import Reading

PHASE_ATTRIBUTES: Final = ("L1", "L2", "L3")
RAMP_DOWN_S: Final = 10.0
"""A car may still draw for this long after its charge was suspended."""
IN_USE_A: Final = 1.0
"""What counts as a phase that a car uses."""


def number_of(state: State | None) -> float | None:
    """Return a state as a number, if it is one."""
    return None if state is None else _number(state.state)


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if isfinite(number) else None


class MeasuredCurrent:
    """Keeps what a car draws on each of its charger's wires."""

    def __init__(self, wires: int) -> None:
        """Take how many phases the charger is wired to."""
        self._wires = wires
        self._currents_a: tuple[float, ...] = ()
        self._time_s = 0.0
        self._zero_since_s: float | None = None

    @property
    def phases_in_use(self) -> int | None:
        """Return on how many phases the car draws; None while that does not show."""
        if len(self._currents_a) != self._wires:
            return None
        return sum(current_a > IN_USE_A for current_a in self._currents_a) or None

    def observe(self, state: State | None, time_s: float) -> None:
        """Take what the integration showed at that time."""
        total_a = number_of(state)
        if state is None or total_a is None:
            self._currents_a = ()
            return
        by_phase = [
            _number(state.attributes.get(name))
            for name in PHASE_ATTRIBUTES[: self._wires]
        ]
        currents_a = tuple(value for value in by_phase if value is not None)
        told = len(currents_a) == self._wires
        self._time_s = time_s
        if total_a > 0:
            self._zero_since_s = None
            self._currents_a = currents_a if told else (total_a,)
        elif told and not any(currents_a):
            self._zero_since_s = None
            self._currents_a = currents_a
        elif self._zero_since_s is None:
            self._zero_since_s = time_s

    def readings(self, now_s: float) -> tuple[Reading, ...]:
        """Return what the car draws, A; just after a sudden zero what it drew."""
        currents_a, time_s = self._currents_a, self._time_s
        if self._zero_since_s is not None:
            down_s = self._zero_since_s + RAMP_DOWN_S
            if now_s >= down_s:
                currents_a, time_s = (0.0,), max(time_s, down_s)
        return tuple(Reading(current_a, time_s) for current_a in currents_a)
