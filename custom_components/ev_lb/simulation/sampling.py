"""What a device reports of a value that changes: late, and now and then."""

from collections import deque
from dataclasses import dataclass
from math import floor
from random import Random


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


@dataclass(frozen=True, slots=True)
class Sample[T]:
    """A value and when it arrived."""

    value: T
    time_s: float


class Sampler[T]:
    """Remembers a value's course for as long as reports of it are under way.

    Before the plant's start the value is taken as what it was then.
    """

    def __init__(self, sampling: Sampling, seed: str, value: T) -> None:
        """Start with a value that has always been so."""
        self._sampling = sampling
        self._seed = seed
        self._course: deque[tuple[float, T]] = deque([(0.0, value)])
        self._horizon_s = sampling.period_s * 2 + sampling.latency_s + sampling.jitter_s

    def record(self, time_s: float, value: T) -> None:
        """Take note that the value is another from now on."""
        course = self._course
        course.append((time_s, value))
        while len(course) > 1 and course[1][0] <= time_s - self._horizon_s:
            course.popleft()

    def latest(self, now_s: float) -> Sample[T]:
        """Return the newest report that has arrived."""
        look = self._newest_look(now_s)
        look_s = self._look_s(look)
        value = self._course[0][1]
        for time_s, later in self._course:
            if time_s > look_s:
                break
            value = later
        return Sample(value, self._arrival_s(look))

    def next_s(self, now_s: float) -> float:
        """Return when the next report arrives."""
        look = self._newest_look(now_s) + 1
        newest_s = self._look_s(look) + self._sampling.latency_s
        candidates = [self._arrival_s(look)]
        # Later looks can overtake only by their jitter.
        while newest_s < candidates[0]:
            look += 1
            newest_s += self._sampling.period_s
            candidates.append(self._arrival_s(look))
        return min(candidates)

    def _newest_look(self, now_s: float) -> int:
        sampling = self._sampling
        elapsed_s = now_s - sampling.latency_s - sampling.offset_s
        look = floor(elapsed_s / sampling.period_s)
        while self._arrival_s(look) > now_s:
            look -= 1
        # The division may round down across a whole period.
        while self._arrival_s(look + 1) <= now_s:
            look += 1
        return look

    def _look_s(self, look: int) -> float:
        return self._sampling.offset_s + look * self._sampling.period_s

    def _arrival_s(self, look: int) -> float:
        sampling = self._sampling
        arrival_s = self._look_s(look) + sampling.latency_s
        if sampling.jitter_s:
            arrival_s += sampling.jitter_s * Random(f"{self._seed} {look}").random()
        return arrival_s
