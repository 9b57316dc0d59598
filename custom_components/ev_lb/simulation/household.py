"""What the house draws: a recorded day that repeats."""

from bisect import bisect_right
from collections.abc import Sequence
import csv
from dataclasses import dataclass
from functools import cache
import gzip
from math import inf
from pathlib import Path
from typing import Final

from custom_components.ev_lb.engine.model import PerPhase

DAY_S: Final = 86400
RECORDED_DAY: Final = Path(__file__).parent / "data" / "household_day.csv.gz"


@dataclass(frozen=True, slots=True)
class HouseholdLoad:
    """Power per phase over a stretch of time that repeats.

    `seconds` rise from 0 and are where `powers_w` change; `length_s` is after
    which the first one follows again.
    """

    seconds: Sequence[int]
    powers_w: Sequence[PerPhase]
    length_s: int = DAY_S

    def power_w(self, second: int) -> PerPhase:
        """Return the power in a second, W per phase."""
        return self.powers_w[bisect_right(self.seconds, second % self.length_s) - 1]

    def next_change_s(self, second: int) -> float:
        """Return the first second after this one with another power; may be inf."""
        if len(self.seconds) == 1:
            return inf
        turn, within = divmod(second, self.length_s)
        place = bisect_right(self.seconds, within)
        if place == len(self.seconds):
            return (turn + 1) * self.length_s
        return turn * self.length_s + self.seconds[place]


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
