"""A meter of several phases, made of one sensor or one for each phase."""

from collections.abc import Mapping

from custom_components.ev_lb.engine.model import Phase, Reading

from .sensor import Sensor

type PhaseReadings = tuple[Reading | None, Reading | None, Reading | None]


class SiteMeter:
    """Keeps the last reading of each sensor of a connection or of a circuit.

    The meter has either one sensor for the power of all phases together, W, or
    one for the current of each phase, A.
    """

    def __init__(
        self,
        *,
        total: Sensor | None = None,
        phases: Mapping[Phase, Sensor] | None = None,
    ) -> None:
        """Take the sensors that make up the meter."""
        self._total = total
        self._phases = dict(phases or {})

    @property
    def sensors(self) -> tuple[Sensor, ...]:
        """Return the sensors it reads."""
        total = () if self._total is None else (self._total,)
        return (*total, *self._phases.values())

    def phase_currents_a(self) -> PhaseReadings:
        """Return each phase's current, A; None where no sensor tells it."""
        first, second, third = (
            None if (sensor := self._phases.get(phase)) is None else sensor.reading
            for phase in Phase
        )
        return first, second, third

    def total_power_w(self) -> Reading | None:
        """Return the power of all phases, W; None when no sensor tells it."""
        return None if self._total is None else self._total.reading

    def entity_of(self, phase: Phase) -> str | None:
        """Return the sensor that tells of a phase."""
        sensor = self._phases.get(phase, self._total)
        return None if sensor is None else sensor.entity_id
