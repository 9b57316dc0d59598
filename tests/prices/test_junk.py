"""No junk makes the readers raise, and what they return is always in order."""

from datetime import UTC, date, datetime, time
from itertools import pairwise
from math import inf, isfinite, nan
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st

from custom_components.ev_lb.engine.planning.forecast import Price
from custom_components.ev_lb.prices.comparison import Pair, Worth, compare, line
from custom_components.ev_lb.prices.rows import (
    AMOUNTS,
    ENDS,
    LIST_NAMES,
    STARTS,
    lists_in,
    price_lists,
)
from custom_components.ev_lb.prices.timeline import Entry, laid_out, mean
from custom_components.ev_lb.prices.unit import Shown, shown
from custom_components.ev_lb.prices.values import (
    clock_changes,
    local_day,
    moment,
    number,
    time_of_day,
)

ZONES = st.sampled_from(
    [
        ZoneInfo("Europe/Oslo"),
        ZoneInfo("Australia/Lord_Howe"),
        ZoneInfo("Asia/Kathmandu"),
        UTC,
    ]
)
NOW_S = datetime(2026, 10, 25, 0, 40, tzinfo=UTC).timestamp()
moments = st.one_of(
    st.datetimes(datetime(2026, 10, 23), datetime(2026, 10, 27)).map(
        lambda found: found.replace(second=0, microsecond=0)
    ),
    st.datetimes(
        datetime(2026, 10, 24), datetime(2026, 10, 27), timezones=st.just(UTC)
    ),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(0, 23),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["0,25", "[[1, 2]]", "{]", "nan", "1e999", "2026-10-25", "24:00", "7", "-1", ""]
    ),
    st.dates(),
    st.times(),
    moments,
    moments.map(str),
    moments.map(datetime.isoformat),
    moments.map(lambda found: found.replace(tzinfo=UTC).timestamp() * 1000),
    st.sampled_from([datetime.min, datetime.max, date.min, time.max, 10**400, 1e300]),
)
keys = st.one_of(
    st.sampled_from([*STARTS, *ENDS, *AMOUNTS, "duration", "Start_Time", "x"]),
    st.text(max_size=4),
    moments.map(str),
    st.integers(),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=8),
        st.tuples(inner, inner),
        st.dictionaries(keys, inner, max_size=6),
    ),
    max_leaves=25,
)
attributes = st.dictionaries(
    st.one_of(
        st.sampled_from(
            [*LIST_NAMES, "raw_today", "price_02h", "price_next_day_02h_d"]
        ),
        st.text(max_size=5),
    ),
    values,
    max_size=5,
)
numbers = st.one_of(
    st.floats(), st.floats(-1, 1), st.sampled_from([0.0, -0.0, inf, nan, 1e308])
)


def in_order(prices: tuple[Price, ...]) -> bool:
    return all(
        row.start_s < row.end_s and isfinite(row.start_s + row.end_s + row.price)
        for row in prices
    ) and all(first.end_s <= later.start_s for first, later in pairwise(prices))


@given(attributes, ZONES, st.one_of(st.none(), numbers), st.floats(0, 1))
def test_no_attribute_makes_it_raise(found, zone, price, rounding) -> None:
    sensor = None if price is None or not isfinite(price) else Shown(price, rounding)
    lists = price_lists(found, zone, NOW_S)
    assert in_order(compare(lists, sensor, NOW_S, zone).prices)


@given(values, ZONES, numbers)
def test_no_answer_makes_it_raise(answer, zone, now_s) -> None:
    assert in_order(compare(lists_in(answer, zone), None, NOW_S, zone).prices)
    compare(lists_in(answer, zone), Shown(0.1, 0.0), now_s, zone)


@given(scalars, ZONES, numbers, numbers)
def test_no_value_makes_it_raise(value, zone, from_s, until_s) -> None:
    found = number(value)
    assert found is None or isfinite(found)
    when = moment(value, zone)
    assert when is None or isfinite(when)
    time_of_day(value)
    local_day(from_s, zone)
    changes = clock_changes(zone, from_s, until_s)
    assert len(changes) < 100


@given(st.one_of(st.none(), st.text()), st.one_of(st.none(), st.text()))
def test_no_state_makes_it_raise(state, unit) -> None:
    shown(state, unit)


@given(
    st.lists(
        st.builds(
            Entry,
            st.integers(0, 40).map(lambda place: NOW_S + 450.0 * place),
            st.one_of(
                st.none(),
                numbers,
                st.integers(0, 40).map(lambda place: NOW_S + 450.0 * place),
            ),
            numbers,
            st.booleans(),
        ),
        max_size=20,
    )
)
def test_what_is_laid_out_is_disjoint_and_from_an_entry(entries) -> None:
    pieces = laid_out(entries)
    assert in_order(tuple(Price(*piece[:3], guessed=piece.guessed) for piece in pieces))
    amounts = {entry.amount for entry in entries}
    assert all(piece.amount in amounts for piece in pieces)
    mean(pieces, NOW_S, NOW_S + 3600)
    for entry in entries:
        if isfinite(entry.amount) and not entry.guessed:
            # Where something known begins, nothing guessed counts.
            assert all(
                not piece.guessed
                for piece in pieces
                if piece.start_s <= round(entry.start_s / 60) * 60 < piece.end_s
            )


@given(st.lists(st.builds(Pair, numbers, numbers, numbers), max_size=12))
def test_no_pairs_make_it_raise(pairs) -> None:
    found = line(pairs)
    assert found is None or isinstance(found, Worth)
