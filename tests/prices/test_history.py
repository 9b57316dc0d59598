"""Means of quarter-hours, of what house and roof did."""

from math import nan

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_lb.prices.history import QuarterHistory, without_sun

from .test_junk import numbers, values

START_S = 900.0 * 1_900_000


def fed(readings) -> QuarterHistory:
    history = QuarterHistory(1)
    for time_s, value in readings:
        history.observe(START_S + time_s, None if value is None else (value,))
    return history


def test_a_quarter_has_the_mean_of_what_held() -> None:
    history = fed([(0, 1.0), (300, 2.0), (600, 3.0), (900, 9.0), (1200, 9.0)])
    assert history.means == {START_S: (2.0,)}


def test_what_was_not_seen_counts_for_nothing() -> None:
    """Five minutes long a value holds, then nobody knows; half a quarter is enough."""
    assert fed([(0, 4.0), (250, 8.0), (900, 0.0)]).means == {
        START_S: (pytest.approx((4 * 250 + 8 * 300) / 550),)
    }
    assert fed([(0, 4.0), (900, 0.0)]).means == {}
    assert fed([(0, 4.0), (200, None), (700, 4.0), (900, 0.0)]).means == {}


def test_values_over_the_edge_of_a_quarter_count_in_both() -> None:
    history = fed(
        [(450, 1.0), (700, 1.0), (800, 5.0), (1050, 5.0), (1350, 5.0), (1801, 0)]
    )
    assert history.means == {
        START_S: (pytest.approx((350 * 1 + 100 * 5) / 450),),
        START_S + 900: (pytest.approx(5.0),),
    }


def test_a_week_and_a_day_are_kept() -> None:
    history = fed((60.0 * minute, minute // 15) for minute in range(15 * 96 * 10 + 1))
    assert len(history.means) == 8 * 96 + 1
    assert min(history.means) == START_S + 86400 * 10 - 900 - 8 * 86400


def test_a_clock_that_is_set_back_spoils_nothing() -> None:
    history = fed(
        [
            (0, 1.0),
            (300, 1.0),
            (600, 1.0),
            (100, 7.0),
            (400, 7.0),
            (700, 7.0),
            (900, 0.0),
        ]
    )
    assert set(history.means) == {START_S}
    assert history.means[START_S] == (7.0,)


def test_storage_gives_back_what_was_seen() -> None:
    history = QuarterHistory(3)
    for minute in range(60):
        history.observe(START_S + 60 * minute, (1.234567, -2.0, minute))
    again = QuarterHistory(3)
    again.restore(history.stored())
    assert again.stored() == history.stored()
    assert again.means[START_S] == (1.23, -2.0, 7.0)


def test_the_sun_does_not_count_twice() -> None:
    assert without_sun((-8.0, 1.0, -5.0), 6900.0, (0, 1, 2), 230.0) == (2.0, 11.0, 5.0)
    assert without_sun((1.0, -8.0, 3.0), 2300.0, (1,), 230.0) == (1.0, 2.0, 3.0)
    assert without_sun((1.0, 2.0, 3.0), nan, (1,), 230.0) == (1.0, 2.0, 3.0)


@given(
    st.lists(
        st.tuples(
            st.one_of(numbers, st.floats(START_S, START_S + 1e6)),
            st.one_of(st.none(), st.lists(numbers, max_size=3)),
        ),
        max_size=30,
    ),
    values,
)
def test_no_reading_and_no_storage_makes_it_raise(readings, stored) -> None:
    history = QuarterHistory(2)
    for time_s, value in readings:
        history.observe(time_s, value)
    history.restore(stored)
    history.restore(history.stored())
    assert all(start_s % 900 == 0 for start_s in history.means)
    assert list(history.means) == sorted(history.means)


@given(st.lists(st.tuples(st.floats(1, 2000), st.floats(-50, 50)), max_size=60))
def test_a_mean_lies_within_what_was_seen(steps) -> None:
    history, time_s = QuarterHistory(1), START_S
    seen = []
    for step_s, value in steps:
        time_s += step_s
        seen.append(value)
        history.observe(time_s, (value,))
    for (mean,) in history.means.values():
        assert min(seen) - 1e-9 <= mean <= max(seen) + 1e-9
