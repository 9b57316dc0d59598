"""What house and sun give and take: powers that change at whole seconds."""

from bisect import bisect_right
from collections.abc import Sequence
import csv
from dataclasses import dataclass
from functools import cache
import gzip
from math import inf, pi, sin
from pathlib import Path
from typing import Any, Final, overload

from custom_components.ev_lb.engine.model import PerPhase

DAY_S: Final = 86400
SUNRISE_S: Final = 6 * 3600
SUNSET_S: Final = 20 * 3600
SOLAR_STEP_S: Final = 60
RECORDED_DAY: Final = Path(__file__).parent / "data" / "household_day.csv.gz"


@dataclass(frozen=True, slots=True)
class Course[T]:
    """A power over a stretch of time, after which it repeats or stays.

    `seconds` rise from 0 and are where `powers_w` change; `length_s` is after
    which the first one follows again, None for never. Sequences of any kind
    will do; for millions of changes a `memoryview` of an array needs least.
    """

    seconds: Sequence[int]
    powers_w: Sequence[T]
    length_s: int | None = DAY_S

    def power_w(self, second: int) -> T:
        """Return the power in a second, W."""
        return self.stretch(second)[0]

    def next_change_s(self, second: int) -> float:
        """Return the first second after this one with another power; may be inf."""
        return self.stretch(second)[1]

    def stretch(self, second: int) -> tuple[T, float]:
        """Return the power in a second, W, and until before which second it holds.

        Before the first second a course that does not repeat is as at first.
        """
        seconds, length_s = self.seconds, self.length_s
        turn_s = 0
        if length_s is not None:
            turn_s = second // length_s * length_s
        place = bisect_right(seconds, second - turn_s)
        power_w = self.powers_w[max(place - 1, 0)]
        if place < len(seconds):
            return power_w, turn_s + seconds[place]
        if length_s is None or len(seconds) == 1:
            return power_w, inf
        return power_w, turn_s + length_s


class HouseholdLoad(Course[PerPhase]):
    """What the house draws, W per phase."""

    __slots__ = ()


class SolarOutput(Course[float]):
    """What the sun gives, W over all of the site's phases; never below 0."""

    __slots__ = ()


def clear_day(peak_w: float) -> SolarOutput:
    """Return what the sun gives on a day without clouds, half a sine wave, W."""
    seconds = range(SUNRISE_S, SUNSET_S, SOLAR_STEP_S)
    daylight_s = SUNSET_S - SUNRISE_S
    powers_w = (
        peak_w * sin(pi * (second - SUNRISE_S) / daylight_s) for second in seconds
    )
    return SolarOutput((0, *seconds, SUNSET_S), (0.0, *powers_w, 0.0))


class PhaseColumns(Sequence[PerPhase]):
    """Three columns of numbers, one per phase, read as rows.

    A year of changes each second fits: give columns that hold plain floats
    tightly, such as `memoryview(numpy_array)` or `array("f")`.
    """

    __slots__ = ("_columns",)

    def __init__(
        self, l1: Sequence[float], l2: Sequence[float], l3: Sequence[float]
    ) -> None:
        """Take columns of one length; ValueError if they are not."""
        if not len(l1) == len(l2) == len(l3):
            raise ValueError("the columns are not of one length")
        self._columns = (l1, l2, l3)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._columns[0])

    @overload
    def __getitem__(self, place: int) -> PerPhase: ...
    @overload
    def __getitem__(self, place: slice) -> PhaseColumns: ...
    def __getitem__(self, place: int | slice) -> Any:
        """Return a row, or some of them."""
        l1, l2, l3 = self._columns
        if isinstance(place, slice):
            return PhaseColumns(l1[place], l2[place], l3[place])
        return (l1[place], l2[place], l3[place])


@cache
def recorded_day() -> HouseholdLoad:
    """Read the real day that ships with the integration (see data/README.md).

    Reads a file the first time: call it in an executor where that matters.
    """
    with gzip.open(RECORDED_DAY, "rt", newline="") as file:
        _, *rows = csv.reader(file)
    return HouseholdLoad(
        seconds=tuple(int(row[0]) for row in rows),
        powers_w=tuple((float(a), float(b), float(c)) for _, a, b, c in rows),
    )
