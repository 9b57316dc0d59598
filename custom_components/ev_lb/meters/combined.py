"""Readings that several sensors make up together."""

from copy import replace
from math import copysign
from typing import Final, Protocol

from custom_components.ev_lb.engine.model import Reading

from .sensor import Sensor

VOLTAGE_TOLERANCE: Final = 0.25
"""The part by which a measured voltage may differ from the nominal one; EN 50160
allows 15 % for a moment. Further off, the sensor measures something else."""
WHOLE_AMPERE_A: Final = 0.5
"""How much less than a rounded whole ampere the true current may be, A."""


class Source(Protocol):
    """The source of one value: one sensor or several."""

    @property
    def sensors(self) -> tuple[Sensor, ...]:
        """Return the sensors it reads, the telling one first."""

    @property
    def reading(self) -> Reading | None:
        """Return its value; None until all its sensors have been observed."""


class NetPower:
    """What is imported less what is exported, each by a sensor of its own, W."""

    def __init__(self, imported: Sensor, exported: Sensor, factor: float = 1.0) -> None:
        """Take both sensors; a factor of -1 swaps them."""
        self._imported = imported
        self._exported = exported
        self._factor = factor

    @property
    def sensors(self) -> tuple[Sensor, ...]:
        """Return both sensors."""
        return (self._imported, self._exported)

    @property
    def reading(self) -> Reading | None:
        """Return the difference, positive while power is imported.

        One direction always rests at zero, and many integrations do not repeat
        a value that stays: only what is not zero must be fresh. Export is taken
        without its sign, since some show it negative.
        """
        imported, exported = self._imported.reading, self._exported.reading
        if imported is None or exported is None:
            return None
        for part in (imported, exported):
            if part.problem is not None:
                return part
        import_w, export_w = max(0.0, imported.value), abs(exported.value)
        moving = [
            row.time_s
            for row, power_w in ((imported, import_w), (exported, export_w))
            if power_w > 0
        ]
        time_s = min(moving or (imported.time_s, exported.time_s))
        return Reading(self._factor * (import_w - export_w), time_s)


class PhaseCurrent:
    """A phase's current with its sign, from its power and its other sensors, A.

    A power alone is divided by the voltage. Where a sensor shows the current, too,
    that one has no sign in most meters, and P1 meters show it in whole ampere (DSMR
    P1 companion standard 5.0.2, objects 31.7.0 to 71.7.0): the power gives both.
    """

    def __init__(
        self,
        power: Source,
        nominal_voltage_v: float,
        *,
        current: Sensor | None = None,
        voltage: Sensor | None = None,
    ) -> None:
        """Take the power's source; the voltage counts where no sensor shows it."""
        self._power = power
        self._nominal_voltage_v = nominal_voltage_v
        self._current = current
        self._voltage = voltage

    @property
    def sensors(self) -> tuple[Sensor, ...]:
        """Return the sensors it reads."""
        current = () if self._current is None else (self._current,)
        voltage = () if self._voltage is None else (self._voltage,)
        return (*current, *self._power.sensors, *voltage)

    @property
    def reading(self) -> Reading | None:
        """Return the current; lost as soon as current or power is."""
        power = self._power.reading
        if power is None or power.problem is not None:
            return power
        active_a = power.value / self._voltage_v()
        if self._current is None:
            return replace(power, value=active_a)
        current = self._current.reading
        if current is None or current.problem is not None:
            return current
        return Reading(
            copysign(_magnitude_a(abs(current.value), abs(active_a)), active_a),
            min(current.time_s, power.time_s),
        )

    def _voltage_v(self) -> float:
        """Return the measured voltage where one is plausible, V."""
        nominal_v = self._nominal_voltage_v
        measured = None if self._voltage is None else self._voltage.reading
        if measured is None or measured.problem is not None:
            return nominal_v
        far_off = abs(measured.value - nominal_v) > VOLTAGE_TOLERANCE * nominal_v
        return nominal_v if far_off else measured.value


def _magnitude_a(current_a: float, active_a: float) -> float:
    """Return how much flows, from a current and from what its power comes to, A.

    The power never stands for more than flows. So it says more than a current in
    whole ampere, unless it is far below: then the load is reactive, or the power is
    older, and the current counts.
    """
    is_whole = current_a == round(current_a)
    if is_whole and active_a > current_a - WHOLE_AMPERE_A:
        return active_a
    return max(current_a, active_a)
