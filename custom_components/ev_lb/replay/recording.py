"""What was recorded of a home, and the home that is rebuilt from it.

Pure: whoever reads a database or a file hands over what stood in it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from custom_components.ev_lb.engine.model import Charger, ChargerStatus, PerPhase


class RecordingError(Exception):
    """What a recording lacks: `source` is a phase's name, or `total`."""

    def __init__(self, source: str) -> None:
        """Name the part of the meter that never reported."""
        super().__init__(f"nothing is recorded of {source}")
        self.source = source


@dataclass(frozen=True, slots=True)
class Report:
    """The value of a source from one moment on."""

    time_s: float
    value: float | None
    """A or W; None without a value that can be used."""
    until_s: float
    """When it was last heard with this value."""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The status of a car from one moment on."""

    time_s: float
    status: ChargerStatus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarRecord:
    """What was recorded of one charger; an empty part was not recorded."""

    currents_a: tuple[Report, ...] = ()
    """What the car drew, A per phase that it used."""
    statuses: tuple[StatusReport, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A stretch of a home's history, in time order; times in s since the epoch."""

    start_s: float
    end_s: float
    meter: tuple[tuple[Report, ...], ...]
    """A for each phase of the site in its order, or W of all of them together."""
    cars: Mapping[str, CarRecord] = field(default_factory=dict)
    """By the charger's id."""

    def at_speed(self, speed: float) -> Recording:
        """Return it as lived by a clock that was so many times faster than ours."""

        def lived_s(time_s: float) -> float:
            return self.start_s + (time_s - self.start_s) * speed

        def reports(rows: Iterable[Report]) -> tuple[Report, ...]:
            return tuple(
                Report(lived_s(row.time_s), row.value, lived_s(row.until_s))
                for row in rows
            )

        return Recording(
            start_s=self.start_s,
            end_s=lived_s(self.end_s),
            meter=tuple(map(reports, self.meter)),
            cars={
                charger_id: CarRecord(
                    currents_a=reports(car.currents_a),
                    statuses=tuple(
                        replace(row, time_s=lived_s(row.time_s)) for row in car.statuses
                    ),
                )
                for charger_id, car in self.cars.items()
            },
        )


@dataclass(frozen=True, slots=True)
class Course:
    """A value that changes at whole seconds after the recording's start."""

    seconds: Sequence[int]
    values: Sequence[float]

    def at(self, second: int) -> float:
        """Return the value in a second; before the first one that one."""
        return self.values[max(0, bisect_right(self.seconds, second) - 1)]


@dataclass(frozen=True, slots=True)
class Stay:
    """A car that was connected, in seconds after the recording's start."""

    start_s: int
    end_s: int
    need_kwh: float | None
    """What it took until it was full; None if it would have taken more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuiltCar:
    """What follows from the record of one charger."""

    charger: Charger
    measured: bool
    """Whether its current was recorded."""
    tells_status: bool
    phase_count: int
    """On how many of the charger's phases the car draws."""
    lag_s: int
    """How much later than the car's sensor the meter shows the same change, s."""
    course: Course
    """What it drew, A per phase in use."""
    stays: tuple[Stay, ...]
    most_a: float
    """The most that it draws, A: by default what it was seen to draw at most, or the
    charger's maximum where nothing was recorded."""
    period_s: float
    """How often its sensor reports, s."""

    def currents_a(self, second: int) -> PerPhase:
        """Return its draw in the second that the meter shows, A per phase."""
        current_a = self.course.at(second - self.lag_s)
        currents_a = [0.0, 0.0, 0.0]
        for phase in self.charger.phases[: self.phase_count]:
            currents_a[phase] = current_a
        return (currents_a[0], currents_a[1], currents_a[2])


@dataclass(frozen=True, slots=True)
class Heard:
    """A report of the meter, and of which of its parts."""

    time_s: float
    """After the recording's start."""
    part: int
    lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """A home without its cars, and the cars apart."""

    seconds: int
    house: tuple[Course, Course, Course]
    """A per phase."""
    heard: tuple[Heard, ...]
    """All reports of the meter in time order."""
    cars: tuple[RebuiltCar, ...]

    def house_a(self, second: int) -> PerPhase:
        """Return what the house drew, A per phase."""
        l1, l2, l3 = self.house
        return (l1.at(second), l2.at(second), l3.at(second))
