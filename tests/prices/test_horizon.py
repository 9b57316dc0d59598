"""Prices kept, put together with those of export and dispatches, guessed where missing."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_lb.engine.planning.forecast import Price
from custom_components.ev_lb.prices.horizon import (
    in_windows,
    kept_prices,
    prices_until,
    with_feed_in,
)
from custom_components.ev_lb.prices.rows import windows

from .shapes import AUTUMN, LONDON, ORDINARY, OSLO, SPRING, day_of

QUARTER = 900.0


def known(day, days: int = 1, zone=OSLO) -> list[Price]:
    """Return prices that say which local quarter-hour they are of."""
    return [
        Price(
            begin.timestamp(),
            begin.timestamp() + QUARTER,
            float(begin.astimezone(zone).hour),
        )
        for count in range(days)
        for begin in day_of(day + timedelta(days=count), zone, 15)
    ]


def hour_of(time_s: float) -> float:
    return float(datetime.fromtimestamp(time_s, OSLO).hour)


def all_covered(rows, from_s: float, until_s: float) -> bool:
    return (
        rows[0].start_s == from_s
        and rows[-1].end_s == until_s
        and all(first.end_s == later.start_s for first, later in pairwise(rows))
    )


@pytest.mark.parametrize("day", [ORDINARY, AUTUMN, SPRING], ids=str)
def test_a_missing_tomorrow_is_guessed_by_the_local_clock(day) -> None:
    week = known(day - timedelta(days=7), 7)
    now_s = week[-40].start_s
    until_s = now_s + 36 * 3600
    rows = prices_until(week, now_s, until_s, OSLO)
    assert all_covered(rows, now_s, until_s)
    end_s = week[-1].end_s
    assert {row.guessed for row in rows if row.start_s < end_s} == {False}
    guesses = [row for row in rows if row.start_s >= end_s]
    assert all(row.guessed for row in guesses)
    assert all(row.price == hour_of(row.start_s) for row in guesses)


def test_a_gap_is_guessed_and_what_lies_behind_is_kept() -> None:
    """A day of which only the evening is published, and a hole in it."""
    week = known(ORDINARY - timedelta(days=7), 8)
    holes = [row for place, row in enumerate(week) if not 700 <= place < 720]
    now_s = week[680].start_s
    rows = prices_until(holes, now_s, week[-1].end_s, OSLO)
    assert all_covered(rows, now_s, week[-1].end_s)
    assert [row for row in rows if row.guessed] == [
        Price(row.start_s, row.end_s, hour_of(row.start_s), guessed=True)
        for row in week[700:720]
    ]


def test_what_covers_now_may_be_missing() -> None:
    week = known(ORDINARY)
    now_s = week[0].start_s - 5 * QUARTER
    rows = prices_until(week, now_s, week[4].end_s, OSLO)
    assert all_covered(rows, now_s, week[4].end_s)
    assert [row.guessed for row in rows] == [True] * 5 + [False] * 5


def test_nothing_is_guessed_out_of_nothing() -> None:
    assert prices_until([], 1.79e9, 1.79e9 + 86400, OSLO) == ()


def test_what_was_published_stays_known() -> None:
    """An answer of today only, and one that corrects it."""
    week = known(ORDINARY - timedelta(days=6), 7)
    now_s = week[-1].start_s
    today = [row._replace(price=99.0) for row in week[-96:]]
    kept = kept_prices(week, today, now_s)
    assert list(kept) == [*week[:-96], *today]
    assert kept_prices(kept, [], now_s) == kept


def test_an_hour_that_is_corrected_replaces_its_quarters() -> None:
    quarters = known(ORDINARY)[:8]
    hour = Price(quarters[2].start_s, quarters[5].end_s, 7.0)
    assert list(kept_prices(quarters, [hour], hour.start_s)) == [
        *quarters[:2],
        hour,
        *quarters[6:],
    ]


def test_what_is_old_or_was_guessed_is_forgotten() -> None:
    week = known(ORDINARY - timedelta(days=20), 20)
    guess = Price(week[-1].end_s, week[-1].end_s + 900, 1.0, guessed=True)
    now_s = week[-1].end_s
    kept = kept_prices([*week, guess], [], now_s)
    assert kept[0].end_s > now_s - 8 * 86400
    assert kept[-1] == week[-1]


def test_an_export_price_counts_by_its_own_slots() -> None:
    hour = Price(0.0, 3600.0, 0.3)
    export = [Price(900.0, 1800.0, 0.08), Price(1800.0, 2700.0, -0.01)]
    assert with_feed_in([hour], export) == (
        Price(0.0, 900.0, 0.3),
        Price(900.0, 1800.0, 0.3, 0.08),
        Price(1800.0, 2700.0, 0.3, -0.01),
        Price(2700.0, 3600.0, 0.3),
    )


def test_dispatches_cost_the_night_price() -> None:
    begin = min(day_of(ORDINARY, LONDON, 30))
    attribute = [
        {
            "start": (begin + timedelta(minutes=10)).isoformat(),
            "end": (begin + timedelta(minutes=40)).isoformat(),
            "charge_in_kwh": -1.2,
            "source": "smart-charge",
            "location": None,
        },
        {"start": None, "end": None},
        {"start": begin.isoformat(), "end": begin.isoformat()},
        "junk",
    ]
    spans = windows(attribute, LONDON)
    start_s = begin.timestamp()
    assert spans == ((start_s + 600, start_s + 2400),)
    halves = [
        Price(start_s, start_s + 1800, 0.27),
        Price(start_s + 1800, start_s + 3600, 0.05),
    ]
    assert in_windows(halves, spans, 0.07) == (
        Price(start_s, start_s + 600, 0.27),
        Price(start_s + 600, start_s + 1800, 0.07),
        Price(start_s + 1800, start_s + 2400, 0.05),
        Price(start_s + 2400, start_s + 3600, 0.05),
    )


spans = st.lists(st.integers(0, 60), min_size=2, max_size=14, unique=True).map(sorted)
series = st.builds(
    lambda edges, prices: [
        Price(1.79e9 + 300 * begin, 1.79e9 + 300 * end, price)
        for (begin, end), price in zip(pairwise(edges), prices, strict=False)
        if price < 9
    ],
    spans,
    st.lists(st.floats(-1, 10), min_size=14, max_size=14),
)


@given(series, series, st.integers(0, 60), st.integers(0, 80))
def test_all_time_is_covered_once_where_anything_is_known(older, newer, now, later):
    now_s, until_s = 1.79e9 + 300 * now, 1.79e9 + 300 * (now + later)
    kept = kept_prices(older, newer, now_s)
    assert all(first.end_s <= second.start_s for first, second in pairwise(kept))
    assert set(newer) <= set(kept)
    rows = prices_until(kept, now_s, until_s, OSLO)
    assert (rows and all_covered(rows, now_s, until_s)) or not kept or not later
    earned = with_feed_in(rows, older)
    assert sum(row.end_s - row.start_s for row in earned) == pytest.approx(
        sum(row.end_s - row.start_s for row in rows)
    )
    assert all(
        row.feed_in_price in {0.0, *(one.price for one in older)} for row in earned
    )
