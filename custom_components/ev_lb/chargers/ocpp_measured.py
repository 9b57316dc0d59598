"""What the `ocpp` integration shows of a car's current, with its traps.

The state is the average of the phases that are not zero; the attributes L1 to L3
hold each phase where the charger reports them. A suspended charge zeroes the state
at once, while the attributes keep their values and the car still ramps down. It zeroes
currents as well that the charger never reports: then its power is what is measured.
"""

from math import isfinite
from typing import Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import State

from custom_components.ev_lb.engine.model import Reading

PHASE_ATTRIBUTES: Final = ("L1", "L2", "L3")
RAMP_DOWN_S: Final = 10.0
"""A car may still draw for this long after its charge was suspended."""
IN_USE_A: Final = 1.0
"""What counts as a phase that a car uses."""
LEAST_A: Final = 5.5
"""No car charges with less on each of its phases, A: 6 A by IEC 61851-1, less what a
sensor is off."""
W_PER_UNIT: Final = {"W": 1.0, "kW": 1000.0}


def phases_of_power(
    power_w: float, voltage_v: float, wires: int, told_a: float | None
) -> int:
    """Return on how many phases a power flows most likely.

    On all wires, where each would have what a car needs at least; else on one, where
    that is no more than it was told, A.
    """
    if power_w / voltage_v / wires >= LEAST_A or wires == 1:
        return wires
    told = told_a is None or power_w / voltage_v <= told_a + IN_USE_A
    return 1 if told else min(2, wires)


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

    def __init__(self, wires: int, voltage_v: float) -> None:
        """Take how many phases the charger is wired to, and their voltage."""
        self._wires = wires
        self._voltage_v = voltage_v
        self._of_power: Reading | None = None
        self._currents_a: tuple[float, ...] = ()
        self._time_s = 0.0
        self._zero_since_s: float | None = None
        self._is_told = False
        """Whether a current was ever reported: the integration zeroes others as well."""

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
        self._is_told = self._is_told or total_a > 0 or told
        if not self._is_told:
            return
        if total_a > 0:
            self._zero_since_s = None
            self._currents_a = currents_a if told else (total_a,)
        elif told and not any(currents_a):
            self._zero_since_s = None
            self._currents_a = currents_a
        elif self._zero_since_s is None:
            self._zero_since_s = time_s

    def observe_power(
        self, state: State | None, time_s: float, told: Reading | None
    ) -> None:
        """Take what power the integration showed at that time; `told` is the limit, A."""
        power, self._of_power = number_of(state), None
        if state is None or power is None:
            return
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        power_w = power * W_PER_UNIT.get(unit or "kW", 1000.0)
        told_a = None if told is None else told.value
        phases = phases_of_power(power_w, self._voltage_v, self._wires, told_a)
        self._of_power = Reading(power_w / self._voltage_v / phases, time_s)

    def readings(self, now_s: float) -> tuple[Reading, ...]:
        """Return what the car draws, A; just after a sudden zero what it drew.

        By its power where no current shows that.
        """
        if self._of_power is not None and (
            not self._currents_a
            or (self._zero_since_s is not None and self._of_power.value > IN_USE_A)
        ):
            return (self._of_power,)
        currents_a, time_s = self._currents_a, self._time_s
        if self._zero_since_s is not None:
            down_s = self._zero_since_s + RAMP_DOWN_S
            if now_s >= down_s:
                currents_a, time_s = (0.0,), max(time_s, down_s)
        return tuple(Reading(current_a, time_s) for current_a in currents_a)
