"""The meter's last word on an overload, whatever the chargers tell."""

from collections.abc import Iterator
from itertools import pairwise
from math import inf
from typing import Final

from .cars import Source
from .draw import UNTOLD_S, most_commanded_a
from .feeds import Feed
from .model import Phase

PHASES_DOUBTED_S: Final = 600.0
"""How long a car counts on all its wires after one that it seems not to use carried
too much, s."""


def bound_by_meters_a(feeds: tuple[Feed, ...], source: Source) -> float:
    """Return the highest set-point that overloaded meters leave a charger, A.

    What was commanded when the meter was read, less the excess that it showed.
    Infinity where no fuse over the charger is overloaded.
    """
    bounds_a = (
        commanded_a - excess_a for _, excess_a, commanded_a in _overloads(feeds, source)
    )
    return min(bounds_a, default=inf)


def loads_idle_phase(
    feeds: tuple[Feed, ...], source: Source, used: tuple[Phase, ...]
) -> bool:
    """Tell whether a car may be what overloads a phase that it seems not to use.

    Not where the overload is more than the car was allowed.
    """
    return bool(used) and any(
        phase not in used and excess_a <= commanded_a
        for phase, excess_a, commanded_a in _overloads(feeds, source)
    )


def is_cut_in_vain(feeds: tuple[Feed, ...], source: Source) -> bool:
    """Tell whether a cut has had its time, and an overload has hardly fallen.

    Then the car takes less than its set-point, nobody knows how much less, and
    feeling the way down would leave the overload standing.
    """
    cuts = [
        (later.decided_s, end_s)
        for (before, later), end_s in zip(
            pairwise(source.state.set_points), _overdue_s(source)[1:], strict=True
        )
        if later.current_a < before.current_a
    ]
    for feed in feeds if cuts else ():
        if source.charger.circuit_id not in feed.behind:
            continue
        for phase in source.charger.phases:
            memory = feed.phases[phase]
            reading, overload = memory.reading, memory.overload
            if reading is None or overload is None or feed.problems[phase] is not None:
                continue
            value_s = reading.time_s - feed.meter.delay_s
            excess_a = memory.load_a - feed.limit_a[phase]
            if excess_a > overload.most_a / 2 and any(
                overload.since_s <= decided_s and end_s < value_s
                for decided_s, end_s in cuts
            ):
                return True
    return False


def _overdue_s(source: Source) -> tuple[float, ...]:
    """Return when each set-point has had its effect, s, though nobody confirms it."""
    overdue_s = source.charger.response.dead_time_s + UNTOLD_S
    return tuple(
        min(end_s, point.decided_s + overdue_s)
        for point, end_s in zip(source.state.set_points, source.ends_s, strict=True)
    )


def _overloads(
    feeds: tuple[Feed, ...], source: Source
) -> Iterator[tuple[Phase, float, float]]:
    """Yield each overloaded phase over a charger, and the excess, A.

    Also what the charger was allowed when the meter was read, A: a command that
    nobody confirms counts once it is overdue.
    """
    charger, state = source[:2]
    ends_s = _overdue_s(source)
    for feed in feeds:
        if charger.circuit_id not in feed.behind:
            continue
        for phase in charger.phases:
            memory = feed.phases[phase]
            reading, excess_a = memory.reading, memory.load_a - feed.limit_a[phase]
            if reading is None or feed.problems[phase] is not None or excess_a <= 0:
                continue
            allowed_a = most_commanded_a(
                state, ends_s, reading.time_s, feed.meter.delay_s
            )
            yield phase, excess_a, allowed_a
