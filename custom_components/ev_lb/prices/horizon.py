"""Prices over all the time that a plan covers: kept, put together, guessed where unknown."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Final

from custom_components.ev_lb.engine.planning.forecast import (
    DAYS,
    Price,
    guessed_prices,
)
from custom_components.ev_lb.engine.planning.request import DAY_S, covering

from .values import clock_changes

type Prices = tuple[Price, ...]

KEPT_S: Final = (DAYS + 1) * DAY_S
"""How long a price is kept to guess others by, s."""


def kept_prices(
    older: Sequence[Price], newer: Sequence[Price], now_s: float
) -> tuple[Price, ...]:
    """Return all that was published in the last week, the newer where both say.

    So what was known stays known though its source is lost, and an answer of today
    only takes nothing from yesterday's.
    """
    covered = _Cover(newer)
    left = [
        row
        for row in _cut(older, covered.edges())
        if not row.guessed and covered.at(row.start_s) is None
    ]
    return tuple(sorted(row for row in (*left, *newer) if row.end_s > now_s - KEPT_S))


def prices_until(
    known: Sequence[Price], now_s: float, until_s: float, zone: tzinfo
) -> tuple[Price, ...]:
    """Return the prices from now on, those that nobody knows guessed and marked.

    Guessed is what was at the same quarter-hour of the last week: also in a gap, and
    also now. Nothing is guessed out of nothing.
    """
    clock = clock_changes(zone, now_s - KEPT_S, until_s)
    coming = [
        row._replace(start_s=max(row.start_s, now_s), end_s=min(row.end_s, until_s))
        for row in known
        if row.end_s > now_s and row.start_s < until_s
    ]
    guesses = guessed_prices(known, until_s, clock, from_s=now_s)
    return tuple(sorted((*coming, *guesses)))


def with_feed_in(prices: Sequence[Price], export: Sequence[Price]) -> tuple[Price, ...]:
    """Return the prices with what a kWh of surplus earns, 0 where nobody says."""
    earned = _Cover(export)
    return tuple(
        row._replace(feed_in_price=found.price if found else 0.0)
        for row in _cut(prices, earned.edges())
        for found in [earned.at(row.start_s)]
    )


def in_windows(
    prices: Sequence[Price], windows: Iterable[tuple[float, float]], price: float
) -> tuple[Price, ...]:
    """Return the prices, at most that price within the windows.

    Octopus lets a car charge at its night price also in dispatches by day.
    """
    spans = [(begin_s, end_s) for begin_s, end_s in windows if begin_s < end_s]
    edges = sorted({edge for span in spans for edge in span})
    return tuple(
        row._replace(price=min(row.price, price))
        if any(begin_s <= row.start_s < end_s for begin_s, end_s in spans)
        else row
        for row in _cut(prices, edges)
    )


class _Cover:
    """Finds the row that covers a moment, of rows in order and disjoint."""

    def __init__(self, rows: Sequence[Price]) -> None:
        self.rows = sorted(rows)

    def edges(self) -> list[float]:
        """Return where rows begin and end, in order."""
        return sorted({edge for row in self.rows for edge in row[:2]})

    def at(self, time_s: float) -> Price | None:
        """Return what covers a moment."""
        return covering(self.rows, time_s)


def _cut(rows: Iterable[Price], edges: Sequence[float]) -> Iterable[Price]:
    """Return the rows, each cut at the edges that lie within it."""
    for row in rows:
        start_s = row.start_s
        for edge_s in edges[bisect_right(edges, start_s) :]:
            if edge_s >= row.end_s:
                break
            yield row._replace(start_s=start_s, end_s=edge_s)
            start_s = edge_s
        yield row._replace(start_s=start_s)
