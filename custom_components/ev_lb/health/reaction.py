"""How a charger, its car and the meter answered to commands that were a test.

Pure: standard library and the engine's words.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from custom_components.ev_lb.engine.model import (
    Charger,
    PerPhase,
    Reading,
    Site,
    Snapshot,
)

from .pairing import (
    STEADY_A,
    VOTES,
    Answer,
    Finder,
    PairingFinding,
    Step,
    StepReader,
    drawn_a,
)

FASTEST_RAMP_A_PER_S: Final = 10.0
"""A rise that is over within one report looks like a faster one, A/s."""

MARGIN: Final = 1.5
"""A test is short: now and then a command takes longer."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """How long one command took to show."""

    car_s: float
    """From the accepted command until the first report of a change, s."""
    meter_s: float
    """Until the meter showed half of the step, s."""
    ramp_a_per_s: float | None
    """How fast the car rose; None where it fell, or was there at once."""


@dataclass(frozen=True, slots=True)
class _Sample:
    """What was known at one moment."""

    time_s: float
    accepted: Reading | None
    drawn_a: float
    meter_s: float
    meter_a: PerPhase


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What a test has shown."""

    answer: Answer
    """The phases that answered; none where that is not sure."""
    votes: int
    steps: int
    finding: PairingFinding
    reactions: tuple[Reaction, ...]

    @property
    def dead_time_s(self) -> float | None:
        """Return the longest time from a command to its first effect, with a margin."""
        first_s = [min(row.car_s, row.meter_s) for row in self.reactions]
        return float(max(1, ceil(MARGIN * max(first_s)))) if first_s else None

    @property
    def loop_s(self) -> float | None:
        """Return the longest time from a command until the meter showed it, s."""
        return max((row.meter_s for row in self.reactions), default=None)

    @property
    def ramp_a_per_s(self) -> float | None:
        """Return the slowest rise, A/s; None where none could be measured."""
        rises = [row.ramp_a_per_s for row in self.reactions if row.ramp_a_per_s]
        return min(rises, default=None)


@dataclass(slots=True)
class Trial:
    """Follows one charger through the steps of a test."""

    site: Site
    charger: Charger
    _reader: StepReader = field(init=False)
    _finder: Finder = field(init=False)
    _answers: list[Answer] = field(default_factory=list)
    _steps: int = 0
    _reactions: list[Reaction] = field(default_factory=list)
    _samples: list[_Sample] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin without having seen anything."""
        self._reader = StepReader(self.charger.charger_id)
        self._finder = Finder(self.site.phases, len(self.charger.phases))

    @property
    def resting(self) -> bool:
        """Return whether the car is steady, so that a step can be read."""
        return self._reader.resting

    @property
    def decided(self) -> bool:
        """Return whether enough steps agree."""
        return self.result().votes >= VOTES

    def begin(self) -> None:
        """Note that a command is about to be given."""
        del self._samples[:-1]

    def look(self, snapshot: Snapshot, now_s: float) -> bool:
        """Take in what is known now; return whether a step has just been read."""
        self._note(snapshot, now_s)
        step = self._reader.look(self.site, snapshot, now_s)
        if step is None:
            return False
        self._steps += 1
        self._finder.add(step)
        if answer := step.answer():
            self._answers.append(answer)
            reaction = _reaction(self._samples, step, answer)
            if reaction is not None:
                self._reactions.append(reaction)
        return True

    def result(self) -> TrialResult:
        """Return what has been seen so far."""
        counted = Counter(self._answers).most_common(1)
        answer, votes = counted[0] if counted else (frozenset(), 0)
        sure = votes >= VOTES and 2 * votes > self._steps
        return TrialResult(
            answer=answer if sure else frozenset(),
            votes=votes,
            steps=self._steps,
            finding=self._finder.finding(),
            reactions=tuple(self._reactions),
        )

    def _note(self, snapshot: Snapshot, now_s: float) -> None:
        row = next(
            row
            for row in snapshot.chargers
            if row.charger_id == self.charger.charger_id
        )
        current_a = drawn_a(row)
        meter = [snapshot.phase_currents_a[phase] for phase in self.site.phases]
        told = [part for part in meter if part is not None and part.problem is None]
        if current_a is None or len(told) < len(meter):
            return
        values = [0.0, 0.0, 0.0]
        for phase, part in zip(self.site.phases, told, strict=True):
            values[phase] = part.value
        self._samples.append(
            _Sample(
                now_s,
                row.accepted,
                current_a,
                min(part.time_s for part in told),
                (values[0], values[1], values[2]),
            )
        )


def _reaction(
    samples: Sequence[_Sample], step: Step, answer: Answer
) -> Reaction | None:
    """Return how long a step took, from what was seen since it was commanded."""
    first, last = samples[0], samples[-1]
    set_a = None if first.accepted is None else first.accepted.value
    commanded = next(
        (
            row.accepted
            for row in samples
            if row.accepted and row.accepted.value != set_a
        ),
        None,
    )
    if commanded is None:
        return None
    began_s = commanded.time_s
    before_a = sum(first.meter_a[phase] for phase in answer)
    half_a = abs(step.change_a) * len(answer) / 2
    moved = [row for row in samples if abs(row.drawn_a - first.drawn_a) > STEADY_A]
    shown_s = [
        row.meter_s
        for row in samples
        if row.meter_s > began_s
        and abs(sum(row.meter_a[phase] for phase in answer) - before_a) > half_a
    ]
    if not moved or not shown_s or moved[0].time_s <= began_s:
        return None
    there = next(row for row in moved if abs(row.drawn_a - last.drawn_a) <= STEADY_A)
    rise_a, rise_s = there.drawn_a - moved[0].drawn_a, there.time_s - moved[0].time_s
    ramp = None
    if rise_a > STEADY_A and rise_s > 0:
        ramp = min(FASTEST_RAMP_A_PER_S, rise_a / rise_s)
    return Reaction(moved[0].time_s - began_s, shown_s[0] - began_s, ramp)
