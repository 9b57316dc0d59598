"""What a charger's own steps have shown of the meter over it."""

from math import inf
from typing import NamedTuple

from .enums import PerPhase


class DrewThen(NamedTuple):
    """What another car was measured to draw, A on each phase."""

    charger_id: str
    drew_a: PerPhase


class MeterBaseline(NamedTuple):
    """What was known when a charger was told something else."""

    time_s: float
    set_a: float
    """What it was set to before, A."""
    drew_a: PerPhase
    meter_a: tuple[float | None, float | None, float | None]
    battery_a: float | None = None
    """What a home battery took, A at one phase."""
    others: tuple[DrewThen, ...] = ()
    """Of those that are measured."""


class PhaseStep(NamedTuple):
    """A step on one phase, A."""

    measured_a: float
    meter_a: float
    others_a: float
    """What other cars did at the same time."""
    doubtful_a: float
    """The same of those that the meter may not show."""


class StepsShown(NamedTuple):
    """What a step came to, or several the same way that are small."""

    set_a: float
    """What the charger was set to before the first, A."""
    commanded_a: float
    since_s: float
    rows: tuple[PhaseStep, ...]
    """On each phase."""


class UnseenStep(NamedTuple):
    """A step of a charger that the meter did not show, A on the phase it loads most."""

    commanded_a: float
    measured_a: float
    meter_a: float


class MeterTrial(NamedTuple):
    """What a charger's own steps have shown of the main meter (`meter_trial.py`)."""

    decided_s: float = -inf
    """When the newest step was decided."""
    baseline: MeterBaseline | None = None
    """None where no step is open."""
    small: StepsShown | None = None
    """What small steps have come to, until they are enough to be judged."""
    unseen: int = 0
    """How many steps in a row the meter has not shown."""
    halves: int = 0
    """How many steps in a row, made together with another car, it has shown in part."""
    unseen_s: float | None = None
    """When that was last found."""
    back_a: float = inf
    """What the charger had before the raise that was not shown, A."""
    step: UnseenStep | None = None
    """The last one."""
    beside: bool = False
    """Whether the car counts beside what the meter shows."""
