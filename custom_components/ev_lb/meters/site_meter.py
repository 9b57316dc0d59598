"""A meter of several phases, made of one sensor or one for each phase."""

from collections.abc import Mapping

from homeassistant.core import State

from custom_components.ev_lb.engine.model import Phase, Reading

from .combined import Source
from .sensor import Sensor
from .signs import heartbeat_s

type PhaseReadings = tuple[Reading | None, Reading | None, Reading | None]


class SiteMeter:
    """Keeps the last reading of each sensor of a connection or of a circuit.

    The meter has either one source of the power of all phases together, W, or
    one of the current of each phase, A.
    """

    def __init__(
        self,
        *,
        total: Source | None = None,
        phases: Mapping[Phase, Source] | None = None,
        heartbeat_ids: frozenset[str] = frozenset(),
    ) -> None:
        """Take the sources that make up the meter.

        `heartbeat_ids` are entities that the owner picked for a meter that reports only
        what has changed: while any of them reports, the values of its sensors hold.
        """
        self._total = total
        self._phases = dict(phases or {})
        self.heartbeat_ids = heartbeat_ids

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return the sources of all phases together, or of each."""
        total = () if self._total is None else (self._total,)
        return (*total, *self._phases.values())

    @property
    def sensors(self) -> tuple[Sensor, ...]:
        """Return the sensors it reads."""
        return tuple(sensor for source in self.sources for sensor in source.sensors)

    def observe(self, entity_id: str, state: State | None, time_s: float) -> None:
        """Take what an entity reported at that time; ignore other entities."""
        for sensor in self.sensors:
            if sensor.entity_id == entity_id:
                sensor.observe(state, time_s)
        if entity_id not in self.heartbeat_ids:
            return
        if (beat_s := heartbeat_s(state, time_s)) is not None:
            for sensor in self.sensors:
                sensor.confirm(beat_s)

    def phase_currents_a(self) -> PhaseReadings:
        """Return each phase's current, A; None where no sensor shows it."""
        first, second, third = (
            None if (source := self._phases.get(phase)) is None else source.reading
            for phase in Phase
        )
        return first, second, third

    def total_power_w(self) -> Reading | None:
        """Return the power of all phases, W; None when no sensor shows it."""
        return None if self._total is None else self._total.reading

    def entity_of(self, phase: Phase) -> str | None:
        """Return the first sensor of a phase."""
        source = self._phases.get(phase, self._total)
        return None if source is None else source.sensors[0].entity_id
