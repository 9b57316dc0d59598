"""What a device reports of a value that changes: late, and now and then."""

from collections import deque
from dataclasses import dataclass
from math import ceil, floor, log
from random import Random
from typing import Final, NamedTuple

NEVER_SO_MANY: Final = 1e-12
"""Chance of a row of missing reports that is too long to be remembered."""

_64_BITS: Final = 2**64 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """When a device looks at its value, and when the report arrives."""

    period_s: float = 1.0
    latency_s: float = 0.0
    """From the look to the report's arrival, s."""
    jitter_s: float = 0.0
    """The latency is longer by up to this, evenly spread, s."""
    offset_s: float = 0.0
    """When the first look is, s; from 0 to the period."""
    missing: float = 0.0
    """Part of the reports that never arrive, from 0 to below 1."""


class Sample[T](NamedTuple):
    """A value, when it arrived, and when it was looked at."""

    value: T
    time_s: float
    look_s: float


class Sampler[T]:
    """Remembers a value's course for as long as reports of it are under way.

    Before the plant's start the value is taken as what it was then.
    """

    def __init__(
        self, sampling: Sampling, seed: str, value: T, memory_s: float = 0.0
    ) -> None:
        """Start with a value that has always been so.

        `memory_s` is how far before the newest time somebody may ask, s.
        """
        self._sampling = sampling
        random = Random(seed)
        self._jitter_seed = random.getrandbits(64)
        self._missing_seed = random.getrandbits(64)
        self._course: deque[tuple[float, T]] = deque([(0.0, value)])
        looks = 2 + _missing_in_a_row(sampling.missing)
        self._horizon_s = sampling.period_s * looks + sampling.latency_s
        self._horizon_s += sampling.jitter_s + memory_s
        self._since_s = self._until_s = 0.0
        self._newest = 0

    def record(self, time_s: float, value: T) -> None:
        """Take note that the value is another from now on."""
        course = self._course
        course.append((time_s, value))
        while len(course) > 1 and course[1][0] <= time_s - self._horizon_s:
            course.popleft()

    def latest(self, now_s: float) -> Sample[T]:
        """Return the newest report that has arrived."""
        self._come_to(now_s)
        look = self._newest
        look_s = self._look_s(look)
        return Sample(self.at(look_s), self._arrival_s(look), look_s)

    def at(self, time_s: float) -> T:
        """Return the value at a moment that is still remembered."""
        for since_s, value in reversed(self._course):
            if since_s <= time_s:
                return value
        return self._course[0][1]

    def next_s(self, now_s: float) -> float:
        """Return when the next report arrives."""
        self._come_to(now_s)
        return self._until_s

    def _come_to(self, now_s: float) -> None:
        """Find the newest report, unless it still is the one that was asked for."""
        if not self._since_s <= now_s < self._until_s:
            self._newest = self._newest_look(now_s)
            self._since_s = now_s
            self._until_s = self._next_arrival_s(self._newest + 1)

    def _next_arrival_s(self, look: int) -> float:
        """Return when the first report from this look on arrives."""
        while self._is_missing(look):
            look += 1
        next_s = self._arrival_s(look)
        # Later looks can overtake only by their jitter.
        while self._look_s(look + 1) + self._sampling.latency_s < next_s:
            look += 1
            if not self._is_missing(look):
                next_s = min(next_s, self._arrival_s(look))
        return next_s

    def _newest_look(self, now_s: float) -> int:
        sampling = self._sampling
        elapsed_s = now_s - sampling.latency_s - sampling.offset_s
        # The division may round down across a whole period.
        look = floor(elapsed_s / sampling.period_s) + 1
        while self._arrival_s(look) > now_s or self._is_missing(look):
            look -= 1
        return look

    def _is_missing(self, look: int) -> bool:
        missing = self._sampling.missing
        return missing > 0 and _part(self._missing_seed, look) < missing

    def _look_s(self, look: int) -> float:
        return self._sampling.offset_s + look * self._sampling.period_s

    def _arrival_s(self, look: int) -> float:
        sampling = self._sampling
        arrival_s = self._look_s(look) + sampling.latency_s
        if sampling.jitter_s:
            arrival_s += sampling.jitter_s * _part(self._jitter_seed, look)
        return arrival_s


def _missing_in_a_row(missing: float) -> int:
    return ceil(log(NEVER_SO_MANY) / log(missing)) if missing > 0 else 0


def _part(seed: int, number: int) -> float:
    """Return a number's own chance, from 0 to below 1.

    The generator SplitMix64 (Steele, Lea and Flood, 2014) at this place of its
    sequence: no state to keep, and a twentieth of the time that seeding takes.
    """
    mixed = (seed + number * 0x9E3779B97F4A7C15) & _64_BITS
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _64_BITS
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _64_BITS
    return ((mixed ^ (mixed >> 31)) >> 11) / 2**53
