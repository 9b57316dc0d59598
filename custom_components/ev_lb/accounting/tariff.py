"""What a kWh costs and earns, over the time in which it flowed."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Priced(Protocol):
    """What a kWh costs for some time; times in s since the epoch."""

    @property
    def start_s(self) -> float:
        """Return from when it costs that."""
        raise NotImplementedError

    @property
    def end_s(self) -> float:
        """Return until when it costs that."""
        raise NotImplementedError

    @property
    def price(self) -> float:
        """Return what a kWh costs."""
        raise NotImplementedError


type PricedTimes = Sequence[Priced]
"""In order and disjoint."""


class Tariff(NamedTuple):
    """The prices of one site, as they are known now."""

    bought: PricedTimes = ()
    """What a kWh from the grid costs."""
    earned: PricedTimes = ()
    """What a kWh of the sun would have earned; free where nobody says."""


class Mean(NamedTuple):
    """The price of some time."""

    price: float = 0.0
    """The mean over the part of the time whose price is known."""
    known: float = 0.0
    """That part, 0 to 1."""


def mean_price(times: PricedTimes, from_s: float, until_s: float) -> Mean:
    """Return the mean price between two moments, s since the epoch."""
    length_s = until_s - from_s
    if length_s <= 0:
        return Mean()
    place = max(bisect_right(times, from_s, key=_start_s) - 1, 0)
    weighed = known_s = 0.0
    while place < len(times) and times[place].start_s < until_s:
        row = times[place]
        if row.start_s <= from_s and until_s <= row.end_s:
            # To the last digit, however short the time is.
            return Mean(row.price, 1.0)
        part_s = min(row.end_s, until_s) - max(row.start_s, from_s)
        if part_s > 0:
            weighed += row.price * part_s
            known_s += part_s
        place += 1
    if known_s <= 0:
        return Mean()
    return Mean(weighed / known_s, min(known_s / length_s, 1.0))


def _start_s(row: Priced) -> float:
    return row.start_s
