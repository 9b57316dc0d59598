"""The meter of the grid connection: what it reports, when, and its faults."""

from dataclasses import dataclass, field
from enum import StrEnum
from math import inf, nextafter
from typing import NamedTuple

from custom_components.ev_lb.engine.model import PerPhase

from .sampling import Sample, Sampler, Sampling


class MeterContent(StrEnum):
    """What a meter reports."""

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
    LATE = "late"
    """Its reports take longer by a while."""
    THOUSANDTH = "thousandth"
    """Its unit is a thousand times too large: kW for W."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterConfiguration:
    """A meter."""

    content: MeterContent = MeterContent.PHASE_CURRENT
    resolution: float = 0.1
    """Values are multiples of this, A or W; many smart meters report whole ampere."""
    averages: bool = False
    """Whether it reports the mean since its last sample, not the value just then."""
    sampling: Sampling = field(default_factory=lambda: Sampling(latency_s=1.0))
    late_s: float = 30.0
    """How much longer a report takes while the meter is late, s."""


class MeterReading(NamedTuple):
    """What the meter last reported."""

    values: tuple[float, ...] | None
    """A or W: one per phase, or one total; None while it is unavailable."""
    time_s: float
    """When this arrived, or when the meter became unavailable."""


class _Flow(NamedTuple):
    """What flows from a moment on, and what has flown until then."""

    time_s: float
    currents_a: PerPhase
    charge_as: PerPhase

    def charge_until_as(self, time_s: float) -> PerPhase:
        seconds = time_s - self.time_s
        l1, l2, l3 = self.charge_as
        a, b, c = self.currents_a
        return (l1 + a * seconds, l2 + b * seconds, l3 + c * seconds)


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
        memory_s = configuration.late_s
        if configuration.averages:
            memory_s += configuration.sampling.period_s
        self._flow = _Flow(0.0, currents_a, (0.0, 0.0, 0.0))
        self._sampler = Sampler(
            configuration.sampling, f"{seed} meter", self._flow, memory_s
        )
        self._held = MeterReading(None, -inf)
        self._changed_s = -inf

    def record(self, time_s: float, currents_a: PerPhase) -> None:
        """Take note of the connection's currents from now on, A per phase."""
        charge_as = self._flow.charge_as
        if self._configuration.averages:
            charge_as = self._flow.charge_until_as(time_s)
        self._flow = _Flow(time_s, currents_a, charge_as)
        self._sampler.record(time_s, self._flow)

    def set_fault(self, now_s: float, fault: MeterFault | None) -> None:
        """Begin a fault, or end it: then the next report is a good one."""
        self._held = self.reading(now_s)
        if fault is MeterFault.FROZEN and self._held.values is None:
            # One that was away freezes at its present value.
            values = self._values(self._flow.currents_a)
            self._held = MeterReading(values, now_s)
        self._changed_s = now_s
        self.fault = fault

    def reading(self, now_s: float) -> MeterReading:
        """Return what was last reported."""
        late_s = self._late_s()
        sample = self._sampler.latest(now_s - late_s)
        if self.fault is MeterFault.LOST:
            return MeterReading(None, self._changed_s)
        if sample.time_s <= self._changed_s or self.fault is MeterFault.SILENT:
            return self._held
        time_s = sample.time_s + late_s
        match self.fault:
            case MeterFault.FROZEN:
                return self._held._replace(time_s=time_s)
            case MeterFault.THOUSANDTH:
                values = tuple(row / 1000 for row in self._values(self._seen_a(sample)))
            case _:
                values = self._values(self._seen_a(sample))
        return MeterReading(values, time_s)

    def next_s(self, now_s: float) -> float:
        """Return when the next report arrives; inf if none will."""
        if self.fault in (MeterFault.LOST, MeterFault.SILENT):
            return inf
        late_s = self._late_s()
        next_s = self._sampler.next_s(max(now_s - late_s, self._changed_s)) + late_s
        # The sum may round down to the present, and time would stand still.
        return max(next_s, nextafter(now_s, inf))

    def _late_s(self) -> float:
        return self._configuration.late_s if self.fault is MeterFault.LATE else 0.0

    def _seen_a(self, sample: Sample[_Flow]) -> PerPhase:
        """Return what it found when it looked, A per phase."""
        if not self._configuration.averages:
            return sample.value.currents_a
        period_s = self._configuration.sampling.period_s
        now_as = sample.value.charge_until_as(sample.look_s)
        before = self._sampler.at(sample.look_s - period_s)
        before_as = before.charge_until_as(sample.look_s - period_s)
        l1, l2, l3 = zip(before_as, now_as, strict=True)
        return (
            (l1[1] - l1[0]) / period_s,
            (l2[1] - l2[0]) / period_s,
            (l3[1] - l3[0]) / period_s,
        )

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
