"""Guesses and slots, also on the days that have no 24 hours."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf, nan

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.planning.forecast import (
    Load,
    Price,
    Sunshine,
    guessed_prices,
    house_forecast,
    quarter_of_day,
    slots_of,
)
from custom_components.ev_lb.engine.planning.request import ClockChange
from tests.searching import examples


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


# Central Europe: summer time ends on 2026-10-25 and begins on 2027-03-28, at 01:00 UTC.
CLOCK = (
    ClockChange(moment("2026-03-29T01:00"), 7200),
    ClockChange(moment("2026-10-25T01:00"), 3600),
    ClockChange(moment("2027-03-28T01:00"), 7200),
)


@pytest.mark.parametrize(
    ("text", "quarter"),
    [
        ("2026-10-25T00:15", 9),
        ("2026-10-25T01:15", 9),
        ("2026-10-24T22:00", 0),
        ("2026-10-25T22:45", 95),
        ("2027-03-28T00:45", 7),
        ("2027-03-28T01:00", 12),
    ],
)
def test_the_local_quarter_hour(text: str, quarter: int) -> None:
    assert quarter_of_day(moment(text), CLOCK) == quarter


@pytest.mark.parametrize(
    ("begin", "end", "quarters"),
    [
        ("2026-10-24T22:00", "2026-10-25T23:00", 100),
        ("2027-03-27T23:00", "2027-03-28T22:00", 92),
        ("2026-11-30T23:00", "2026-12-01T23:00", 96),
    ],
)
def test_days_have_as_many_quarters_as_they_have(
    begin: str, end: str, quarters: int
) -> None:
    prices = [Price(moment(begin), moment(end), 0.2)]
    slots = slots_of(prices)
    assert len(slots) == quarters
    assert all(slot.end_s - slot.start_s == 900 for slot in slots)
    assert all(a.end_s == b.start_s for a, b in pairwise(slots))


def day_of_prices(begin: str, hours: int = 24) -> list[Price]:
    """Return prices that tell the local quarter-hour that they are of."""
    first_s = moment(begin)
    starts_s = [first_s + 900 * number for number in range(hours * 4)]
    return [Price(s, s + 900, float(quarter_of_day(s, CLOCK))) for s in starts_s]


def test_a_price_is_guessed_by_the_same_local_time_of_the_week() -> None:
    known = day_of_prices("2026-10-19T22:00", 5 * 24)
    end_s = known[-1].end_s
    guesses = guessed_prices(known, end_s + 25 * 3600, CLOCK, from_s=end_s)
    assert len(guesses) == 100
    for guess in guesses:
        assert guess.guessed
        assert guess.price == quarter_of_day(guess.start_s, CLOCK)


def test_a_guess_is_the_mean_of_seven_days() -> None:
    first_s = moment("2026-11-01T00:00")
    known = [
        Price(first_s + 86400 * day, first_s + 86400 * (day + 1), float(day))
        for day in range(10)
    ]
    end_s = first_s + 10 * 86400
    (guess,) = guessed_prices(known, end_s + 900, from_s=end_s)
    assert guess.price == pytest.approx(6.0)


def test_nothing_is_guessed_out_of_nothing() -> None:
    assert guessed_prices([], moment("2026-11-01T00:00"), from_s=0.0) == []
    assert house_forecast([], 0.0, 9000.0) == []


def test_the_house_is_as_it_was() -> None:
    now_s = moment("2026-11-20T18:00")
    seen = [
        Load(now_s - 86400 * day, now_s - 86400 * day + 900, (float(day), 0.0, 1.0))
        for day in range(1, 10)
    ]
    first, second = house_forecast(seen, now_s, now_s + 1800)
    assert first.current_a == pytest.approx((4.0, 0.0, 1.0))
    assert second.current_a == pytest.approx((4.0, 0.0, 1.0))


def test_sun_and_house_come_together_in_a_slot() -> None:
    start_s = moment("2026-06-01T12:00")
    (first, *_, last) = slots_of(
        [Price(start_s, start_s + 3600, 0.3, 0.08)],
        [Load(start_s, start_s + 3600, (1.0, 2.0, 3.0))],
        [Sunshine(start_s + 450, start_s + 900, 6900.0)],
    )
    assert first.house_a == pytest.approx((-4.0, -3.0, -2.0))
    assert last.house_a == pytest.approx((1.0, 2.0, 3.0))
    assert (last.price, last.feed_in_price) == (0.3, 0.08)


def test_shorter_prices_stay_as_short() -> None:
    slots = slots_of([Price(300.0 * n, 300.0 * (n + 1), 0.1 * n) for n in range(6)])
    assert [slot.end_s - slot.start_s for slot in slots] == [300.0] * 6


numbers = st.floats() | st.sampled_from([nan, inf, -inf, 1e308, 0.0, 1e9])


@given(
    st.lists(st.builds(Price, numbers, numbers, numbers, numbers)),
    st.lists(st.builds(Load, numbers, numbers, st.tuples(numbers, numbers, numbers))),
    st.lists(st.builds(Sunshine, numbers, numbers, numbers)),
    numbers,
)
@settings(max_examples=examples(100), deadline=None)
def test_nonsense_gives_something(
    prices: list[Price], house: list[Load], sun: list[Sunshine], until_s: float
) -> None:
    guessed_prices(prices, until_s, from_s=1e9)
    house_forecast(house, 1e9, until_s)
    slots_of(prices, house, sun)


def test_every_quarter_of_the_recorded_days_has_its_price() -> None:
    first = datetime(2026, 10, 24, 22, tzinfo=UTC)
    starts = [first + timedelta(minutes=15 * number) for number in range(100)]
    prices = [Price(s.timestamp(), s.timestamp() + 900, 0.1) for s in starts]
    assert len(slots_of(prices)) == 100


def test_gaps_are_guessed_where_one_asks_from_before() -> None:
    day_s = 86400.0
    known = [
        Price(quarter * 900.0, quarter * 900.0 + 900, float(quarter % 96))
        for quarter in range(192)
        if not 100 <= quarter < 104
    ]
    guesses = guessed_prices(known, 2 * day_s + 900, from_s=day_s)
    assert [(row.start_s, row.price) for row in guesses] == [
        (quarter * 900.0, float(quarter % 96)) for quarter in (100, 101, 102, 103, 192)
    ]
    assert all(row.guessed for row in guesses)
