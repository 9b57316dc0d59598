"""Prices by a number or by a week's schedule, also on days without 24 hours."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_lb.prices.tariffs import (
    WEEKDAYS,
    fixed_prices,
    scheduled_prices,
)

from .shapes import AUTUMN, OSLO, SPRING
from .test_junk import NOW_S, values

NIGHT = {
    name: [
        {"from": "00:00:00", "to": "06:00:00", "data": {"price": 0.18}},
        {"from": time(22), "to": "24:00:00", "data": {"price": "0,18"}},
    ]
    for name in WEEKDAYS
}


def local(day: date, hour: int, minute: int = 0) -> float:
    at = datetime.combine(day, time(hour, minute), OSLO)
    return at.timestamp()


def price_at(rows, time_s: float) -> float:
    (found,) = [row.price for row in rows if row.start_s <= time_s < row.end_s]
    return found


@pytest.mark.parametrize("day", [AUTUMN, SPRING, date(2026, 11, 30)], ids=str)
def test_a_night_price_follows_the_clock_on_the_wall(day: date) -> None:
    begin_s = local(day - timedelta(days=1), 12)
    rows = scheduled_prices(NIGHT, begin_s, begin_s + 2 * 86400, OSLO, outside=0.3)
    for hour, price in [(0, 0.18), (5, 0.18), (6, 0.3), (21, 0.3), (22, 0.18)]:
        assert price_at(rows, local(day, hour, 30)) == price
    assert price_at(rows, local(day, 5, 59)) == 0.18
    assert price_at(rows, local(day, 6, 0)) == 0.3
    assert price_at(rows, local(day, 23, 59)) == 0.18


def test_blocks_without_a_price_cost_what_all_else_does() -> None:
    week = {"monday": [{"from": "07:00:00", "to": "23:00:00"}]}
    monday = date(2026, 11, 30)
    begin_s = local(monday, 0)
    rows = scheduled_prices(week, begin_s, begin_s + 86400, OSLO, outside=0.2)
    assert [(row.end_s - row.start_s, row.price) for row in rows] == [(86400, 0.2)]


def test_a_fixed_price_covers_all_of_the_time() -> None:
    begin_s = local(AUTUMN, 3)
    rows = fixed_prices(-0.05, begin_s, begin_s + 3 * 86400, OSLO)
    assert {row.price for row in rows} == {-0.05}
    assert rows[0].start_s == begin_s
    assert rows[-1].end_s == begin_s + 3 * 86400
    assert all(first.end_s == later.start_s for first, later in pairwise(rows))


def test_there_is_no_price_for_no_time() -> None:
    begin_s = datetime(2026, 11, 30, tzinfo=UTC).timestamp()
    assert fixed_prices(0.3, begin_s, begin_s, OSLO) == ()


@given(st.dictionaries(st.sampled_from(WEEKDAYS), values), st.floats())
def test_no_schedule_makes_it_raise(week, until_s) -> None:
    rows = scheduled_prices(week, NOW_S, until_s, OSLO, outside=0.3)
    assert all(first.end_s == later.start_s for first, later in pairwise(rows))


@given(
    st.lists(
        st.fixed_dictionaries(
            {"from": st.times(), "to": st.times()},
            optional={"data": st.just({"price": 0.1})},
        ),
        max_size=4,
    )
)
def test_every_moment_has_one_price(blocks) -> None:
    week = dict.fromkeys(WEEKDAYS, blocks)
    rows = scheduled_prices(week, NOW_S, NOW_S + 2 * 86400, OSLO, outside=0.3)
    assert rows[0].start_s == NOW_S
    assert rows[-1].end_s == NOW_S + 2 * 86400
    assert all(first.end_s == later.start_s for first, later in pairwise(rows))
