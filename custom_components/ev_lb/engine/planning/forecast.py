"""Slots out of what is known: prices, what the house draws, what the sun will give.

What nobody knows is guessed by what was at the same quarter-hour of the local clock on
the last seven days. Everything is in UTC seconds; the local clock is needed only to say
which quarter-hours are the same.
"""

from bisect import bisect_right
from collections.abc import Sequence
from math import ceil, floor, isfinite
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import PerPhase

from .request import DAY_S, ClockChange, Slot
from .windows import offset_s

QUARTER_S: Final = 900.0
DAYS: Final = 7
MOST_QUARTERS: Final = 800
FAR_S: Final = 1e12
"""Times beyond it are no times, s."""


class Price(NamedTuple):
    """What a kWh costs for some time."""

    start_s: float
    end_s: float
    price: float
    feed_in_price: float = 0.0
    guessed: bool = False


class Load(NamedTuple):
    """What the house draws on average for some time, without cars and sun."""

    start_s: float
    end_s: float
    current_a: PerPhase


class Sunshine(NamedTuple):
    """What the sun gives on average for some time, W."""

    start_s: float
    end_s: float
    power_w: float


def quarter_of_day(time_s: float, clock: Sequence[ClockChange] = ()) -> int:
    """Return which quarter-hour of its local day a moment lies in, 0 to 95.

    `clock` is in order of time; before its first change that one's offset counts.
    """
    local_s = time_s + offset_s(time_s, clock)
    if not isfinite(local_s):
        return 0
    return floor(local_s % DAY_S / QUARTER_S) % 96


def guessed_prices(
    known: Sequence[Price],
    until_s: float,
    clock: Sequence[ClockChange] = (),
    *,
    from_s: float,
) -> list[Price]:
    """Return prices for the time without a known one, marked as guesses.

    From `from_s` on, also in the gaps. Each is the mean of the same quarter-hour on
    the last seven known days; where that was never seen, of all known prices. Nothing
    is guessed out of nothing.
    """
    usable = [row for row in known if _is_sane(row) and isfinite(row.price)]
    if not usable:
        return []
    end_s = max(row.end_s for row in usable)
    week = [row for row in usable if row.end_s > end_s - DAYS * DAY_S]
    by_quarter: dict[int, list[Price]] = {}
    for row in week:
        for start_s in quarters(row.start_s, row.end_s):
            by_quarter.setdefault(quarter_of_day(start_s, clock), []).append(row)
    guesses = []
    for gap_s, gap_end_s in _gaps(usable, from_s, until_s):
        for start_s in quarters(gap_s, gap_end_s):
            same = by_quarter.get(quarter_of_day(start_s, clock), week)
            guesses.append(
                Price(
                    start_s=max(start_s, gap_s),
                    end_s=min(start_s + QUARTER_S, gap_end_s),
                    price=sum(row.price for row in same) / len(same),
                    feed_in_price=sum(row.feed_in_price for row in same) / len(same),
                    guessed=True,
                )
            )
    return guesses


def _gaps(
    rows: Sequence[Price], from_s: float, until_s: float
) -> list[tuple[float, float]]:
    """Return each time from one moment to another that no row covers."""
    gaps, covered_s = [], from_s
    for row in sorted(rows):
        if row.start_s >= until_s:
            break
        if row.start_s > covered_s:
            gaps.append((covered_s, row.start_s))
        covered_s = max(covered_s, row.end_s)
    if covered_s < until_s:
        gaps.append((covered_s, until_s))
    return gaps


def house_forecast(
    seen: Sequence[Load],
    from_s: float,
    until_s: float,
    clock: Sequence[ClockChange] = (),
) -> list[Load]:
    """Return what the house will draw: the mean of the last seven days before.

    Of the same quarter-hour; where that was never seen, of all quarter-hours; nothing
    where none was.
    """
    usable = [
        row
        for row in seen
        if _is_sane(row)
        and isfinite(sum(row.current_a))
        and from_s - DAYS * DAY_S <= row.start_s < from_s
    ]
    if not usable:
        return []
    by_quarter: dict[int, list[Load]] = {}
    for row in usable:
        for start_s in quarters(row.start_s, row.end_s):
            by_quarter.setdefault(quarter_of_day(start_s, clock), []).append(row)
    return [
        Load(
            max(start_s, from_s),
            min(start_s + QUARTER_S, until_s),
            _mean_a(by_quarter.get(quarter_of_day(start_s, clock), usable)),
        )
        for start_s in quarters(from_s, until_s)
    ]


def slots_of(
    prices: Sequence[Price],
    house: Sequence[Load] = (),
    sun: Sequence[Sunshine] = (),
    *,
    sun_phases: Sequence[int] = (0, 1, 2),
    voltage_v: float = 230.0,
) -> tuple[Slot, ...]:
    """Return slots of 15 min, or of the prices' own length where that is shorter.

    What the forecasts do not cover counts as no load and no sun.
    """
    volts = voltage_v if 1 <= voltage_v < 1e5 else 230.0
    loads = [
        _Series([(*row[:2], row[2][phase]) for row in house]) for phase in range(3)
    ]
    shine = _Series([(*row,) for row in sun])
    slots = []
    for row in prices:
        if not _is_sane(row):
            continue
        for quarter_s in quarters(row.start_s, row.end_s):
            start_s = max(quarter_s, row.start_s)
            end_s = min(quarter_s + QUARTER_S, row.end_s)
            solar_a = shine.mean(start_s, end_s) / volts / max(len(sun_phases), 1)
            first_a, second_a, third_a = (
                load.mean(start_s, end_s) - solar_a * (phase in sun_phases)
                for phase, load in enumerate(loads)
            )
            slots.append(
                Slot(
                    start_s=start_s,
                    end_s=end_s,
                    price=row.price,
                    feed_in_price=row.feed_in_price,
                    guessed=row.guessed,
                    house_a=(first_a, second_a, third_a),
                )
            )
    return tuple(slots)


class _Series:
    """Values over time, none over another; 0 where there is none."""

    def __init__(self, rows: list[tuple[float, float, float]]) -> None:
        self.rows = sorted(
            row for row in rows if isfinite(sum(row)) and row[0] < row[1]
        )
        self.starts_s = [row[0] for row in self.rows]

    def mean(self, start_s: float, end_s: float) -> float:
        """Return the mean over some time."""
        place = max(bisect_right(self.starts_s, start_s) - 1, 0)
        total = 0.0
        for from_s, until_s, value in self.rows[place:]:
            if from_s >= end_s:
                break
            total += value * max(0.0, min(until_s, end_s) - max(from_s, start_s))
        return total / max(end_s - start_s, 1e-9)


def _is_sane(row: Price | Load) -> bool:
    return (
        abs(row.start_s) < FAR_S and abs(row.end_s) < FAR_S and row.start_s < row.end_s
    )


def quarters(start_s: float, end_s: float) -> list[float]:
    """Return when the quarter-hours begin that lie in some time, if only partly."""
    if not isfinite(start_s) or not isfinite(end_s):
        return []
    first, last = floor(start_s / QUARTER_S), ceil(end_s / QUARTER_S)
    return [
        number * QUARTER_S for number in range(first, min(last, first + MOST_QUARTERS))
    ]


def _mean_a(rows: Sequence[Load]) -> PerPhase:
    first, second, third = (
        sum(row.current_a[phase] for row in rows) / len(rows) for phase in range(3)
    )
    return (first, second, third)
