"""Import limits by time of day, as the times at which they hold during a plan."""

from bisect import bisect_right
from collections.abc import Sequence
from math import floor, inf, isfinite
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import ImportWindow

from .request import DAY_S, ClockChange

MOST_DAYS: Final = 16


class OpenTime(NamedTuple):
    """A time in which an import limit holds."""

    start_s: float
    end_s: float
    power_w: float


def offset_s(time_s: float, clock: Sequence[ClockChange]) -> float:
    """Return how far the local clock is ahead of UTC at a moment, s.

    `clock` is in order; before its first change that one's offset counts.
    """
    if not clock:
        return 0.0
    place = bisect_right([change.from_s for change in clock], time_s) - 1
    found_s = clock[max(place, 0)].offset_s
    return found_s if isfinite(found_s) else 0.0


def open_times(
    windows: Sequence[ImportWindow],
    clock: Sequence[ClockChange],
    from_s: float,
    until_s: float,
) -> list[OpenTime]:
    """Return when the windows are open during some time.

    As in a decision, one whose times make no sense always is, and a power that is no
    number is none. A day begins by the offset that holds where it begins.
    """
    found = []
    for window in windows:
        power_w = window.power_w if window.power_w > 0 else 0.0
        if not isfinite(window.start_s) or not isfinite(window.end_s):
            found.append(OpenTime(-inf, inf, power_w))
            continue
        length_s = (window.end_s - window.start_s) % DAY_S or DAY_S
        first = floor((from_s + offset_s(from_s, clock)) / DAY_S) - 1
        last = floor((until_s + offset_s(until_s, clock)) / DAY_S)
        for day in range(first, min(last, first + MOST_DAYS) + 1):
            local_s = day * DAY_S + window.start_s % DAY_S
            start_s = _at_local(local_s, clock)
            end_s = _at_local(local_s + length_s, clock)
            if window.begins_on(day) and start_s < until_s and end_s > from_s:
                found.append(OpenTime(start_s, end_s, power_w))
    return found


def _at_local(local_s: float, clock: Sequence[ClockChange]) -> float:
    """Return the moment of a local time; of a time that comes twice the first one."""
    guess_s = local_s - offset_s(local_s, clock)
    return local_s - offset_s(guess_s, clock)


def cap_w(times: Sequence[OpenTime], start_s: float, end_s: float) -> float:
    """Return the lowest power of what is open in the middle of a time, W."""
    middle_s = (start_s + end_s) / 2
    return min(
        (row.power_w for row in times if row.start_s <= middle_s < row.end_s),
        default=inf,
    )
