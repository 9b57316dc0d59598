"""The meter of the grid connection: what it reports, when, and its faults."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf

from custom_components.ev_lb.engine.model import PerPhase

from .sampling import Sampler, Sampling


class MeterContent(StrEnum):
    """What a meter tells."""

    PHASE_CURRENT = "phase_current"
    """A per phase."""
    PHASE_POWER = "phase_power"
    """W per phase."""
    TOTAL_POWER = "total_power"
    """W over all phases."""


class MeterFault(StrEnum):
    """What is wrong with a meter."""

    LOST = "lost"
    """It is known to be unavailable."""
    FROZEN = "frozen"
    """It goes on to report, always the same."""
    SILENT = "silent"
    """It reports nothing more; its last value stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterConfiguration:
    """A meter."""

    content: MeterContent = MeterContent.PHASE_CURRENT
    resolution: float = 0.1
    """Values are multiples of this, A or W."""
    sampling: Sampling = field(default_factory=lambda: Sampling(latency_s=1.0))


@dataclass(frozen=True, slots=True)
class MeterReading:
    """What the meter last reported."""

    values: tuple[float, ...] | None
    """A or W: one per phase, or one total; None while it is unavailable."""
    time_s: float
    """When this arrived, or when the meter became unavailable."""


class Meter:
    """A meter that looks at the connection's currents."""

    def __init__(
        self,
        configuration: MeterConfiguration,
        voltage_v: float,
        seed: int,
        currents_a: PerPhase,
    ) -> None:
        """Start without a fault; the currents have been so for long."""
        self.fault: MeterFault | None = None
        self._configuration = configuration
        self._voltage_v = voltage_v
        self._sampler = Sampler[PerPhase](
            configuration.sampling, f"{seed} meter", currents_a
        )
        self._held = MeterReading(None, -inf)
        self._changed_s = -inf

    def record(self, time_s: float, currents_a: PerPhase) -> None:
        """Take note of the connection's currents from now on, A per phase."""
        self._sampler.record(time_s, currents_a)

    def set_fault(self, now_s: float, fault: MeterFault | None) -> None:
        """Begin a fault, or end it: then the next report is a good one."""
        self._held = self.reading(now_s)
        self._changed_s = now_s
        self.fault = fault

    def reading(self, now_s: float) -> MeterReading:
        """Return what was last reported."""
        sample = self._sampler.latest(now_s)
        arrived = sample.time_s > self._changed_s
        match self.fault:
            case MeterFault.LOST:
                return MeterReading(None, self._changed_s)
            case MeterFault.FROZEN if arrived:
                return replace(self._held, time_s=sample.time_s)
            case None if arrived:
                return MeterReading(self._values(sample.value), sample.time_s)
            case _:
                return self._held

    def next_s(self, now_s: float) -> float:
        """Return when the next report arrives; inf if none will."""
        if self.fault in (MeterFault.LOST, MeterFault.SILENT):
            return inf
        return self._sampler.next_s(now_s)

    def _values(self, currents_a: PerPhase) -> tuple[float, ...]:
        match self._configuration.content:
            case MeterContent.PHASE_CURRENT:
                values: tuple[float, ...] = currents_a
            case MeterContent.PHASE_POWER:
                values = tuple(current * self._voltage_v for current in currents_a)
            case MeterContent.TOTAL_POWER:
                values = (sum(currents_a) * self._voltage_v,)
        step = self._configuration.resolution
        return tuple(round(round(value / step) * step, 6) for value in values)
