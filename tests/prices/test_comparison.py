"""What amounts are worth, by what the sensor shows."""

from datetime import timedelta

import pytest

from custom_components.ev_lb.prices.comparison import Pair, Worth, compare, line
from custom_components.ev_lb.prices.price_list import PriceList, PriceRow
from custom_components.ev_lb.prices.rows import price_lists
from custom_components.ev_lb.prices.unit import (
    PriceProblem,
    Shown,
    shown,
    unit_worth,
)

from .shapes import AMSTERDAM, ORDINARY, day_of

DAY = day_of(ORDINARY, AMSTERDAM, 60)
HOUR = list(DAY)[12]
NOW_S = HOUR.timestamp() + 1234


def listed(factor: float = 1.0, offset: float = 0.0, name: str = "prices") -> PriceList:
    return PriceList(
        name,
        tuple(
            PriceRow(begin.timestamp(), None, {"price": price * factor + offset})
            for begin, price in DAY.items()
        ),
    )


@pytest.mark.parametrize(
    ("unit", "worth"),
    [
        ("EUR/kWh", 1.0),
        ("€/kWh", 1.0),
        ("NOK/kWh", 1.0),
        ("kr/kWh", 1.0),
        ("ct/kWh", 0.01),
        ("Öre/kWh", 0.01),
        ("øre/kWh", 0.01),
        ("snt/kWh", 0.01),
        ("p/kWh", 0.01),
        ("¢/kWh", 0.01),
        ("EUR/MWh", 0.001),
        ("ct / kWh", 0.01),
        ("EUR per kWh", 1.0),
        ("EUR", 1.0),
        ("", 1.0),
        (None, 1.0),
        ("€/m³", None),
        ("kWh", None),
        ("%", None),
        ("W", None),
        ("EUR/l", None),
        ("kWh/EUR", None),
    ],
)
def test_units(unit: str | None, worth: float | None) -> None:
    assert unit_worth(unit) == worth


@pytest.mark.parametrize(
    ("state", "unit", "found"),
    [
        ("0.25", "EUR/kWh", Shown(0.25, pytest.approx(0.005))),
        ("25", "ct/kWh", Shown(0.25, pytest.approx(0.005))),
        ("-1.5e-2", "EUR/kWh", Shown(-0.015, pytest.approx(0.0005))),
        ("0,253", "EUR/kWh", Shown(0.253, pytest.approx(0.0005))),
        ("253", "EUR/MWh", Shown(pytest.approx(0.253), pytest.approx(0.0005))),
        ("unknown", "EUR/kWh", PriceProblem.UNAVAILABLE),
        ("nan", "EUR/kWh", PriceProblem.UNAVAILABLE),
        (None, "EUR/kWh", PriceProblem.UNAVAILABLE),
        ("21.5", "°C", PriceProblem.WRONG_UNIT),
    ],
)
def test_what_a_sensor_shows(state, unit, found) -> None:
    assert shown(state, unit) == found


@pytest.mark.parametrize(
    "factor", [1, 100, 1000, 1e5, 1e7, 0.01], ids=lambda factor: f"x{factor:g}"
)
def test_the_unit_is_found_by_what_the_sensor_shows(factor: float) -> None:
    found = compare([listed(factor)], Shown(DAY[HOUR], 5e-6), NOW_S, AMSTERDAM)
    assert found.proven
    assert found.worth == Worth(pytest.approx(1 / factor))
    by_start = {row.start_s: row.price for row in found.prices}
    assert by_start == {
        begin.timestamp(): pytest.approx(price) for begin, price in DAY.items()
    }


@pytest.mark.parametrize("factor", [2.0, 1.21, 1.1, 30.0])
def test_what_agrees_in_no_unit_is_a_problem(factor: float) -> None:
    found = compare([listed(factor)], Shown(DAY[HOUR], 5e-6), NOW_S, AMSTERDAM)
    assert found.problem is PriceProblem.MISMATCH
    assert found.prices == ()
    assert found.amount_now == pytest.approx(DAY[HOUR] * factor)


def test_a_price_of_nought_proves_no_unit() -> None:
    """A sensor of two digits shows 0.00: any small amount would do."""
    rows = (PriceRow(HOUR.timestamp(), None, {"price": 0.2}),)
    found = compare([PriceList("prices", rows)], Shown(0.0, 0.005), NOW_S, AMSTERDAM)
    assert found.problem is PriceProblem.MISMATCH
    small = (PriceRow(HOUR.timestamp(), None, {"price": 0.003}),)
    found = compare([PriceList("prices", small)], Shown(0.0, 0.005), NOW_S, AMSTERDAM)
    assert found.worth == Worth(1.0)


def test_what_was_proven_before_counts_where_the_sensor_shows_nothing() -> None:
    known = compare([listed(100)], Shown(DAY[HOUR], 5e-6), NOW_S, AMSTERDAM).worth
    found = compare([listed(100)], None, NOW_S + 3600, AMSTERDAM, known=known)
    assert found.worth == known
    assert not found.proven


def test_a_sensor_may_be_late_by_a_slot() -> None:
    late = DAY[HOUR - timedelta(hours=1)]
    assert compare([listed(100)], Shown(late, 5e-6), NOW_S, AMSTERDAM).proven


def test_a_sensor_may_show_the_mean_of_the_day() -> None:
    """As ENTSO-e's does: only its sensor of the average has the series."""
    average = sum(DAY.values()) / 24
    found = compare([listed(1000)], Shown(average, 5e-6), NOW_S, AMSTERDAM)
    assert found.worth == Worth(0.001)


def test_a_sensor_of_hours_may_have_a_series_of_quarters() -> None:
    quarters = day_of(ORDINARY, AMSTERDAM, 15)
    rows = tuple(
        PriceRow(begin.timestamp(), None, {"price": price})
        for begin, price in quarters.items()
    )
    hour = list(quarters.values())[48:52]
    found = compare(
        [PriceList("prices", rows)], Shown(sum(hour) / 4, 5e-6), NOW_S, AMSTERDAM
    )
    assert found.proven


def test_a_forecast_may_begin_with_the_next_slot() -> None:
    rows = tuple(row for row in listed(1).rows if row.start_s > NOW_S)
    found = compare(
        [PriceList("forecasts", rows)],
        Shown(DAY[HOUR + timedelta(hours=1)], 5e-6),
        NOW_S,
        AMSTERDAM,
    )
    assert found.proven


def test_lists_of_something_else_are_left_out() -> None:
    """Feed-in or gas beside it, and tomorrow's prices in a list of their own."""
    tomorrow = PriceList(
        "raw_tomorrow",
        tuple(
            row._replace(start_s=row.start_s + 86400, end_s=None)
            for row in listed(100).rows
        ),
    )
    found = compare(
        [listed(100), listed(37, name="feed_in"), tomorrow],
        Shown(DAY[HOUR], 5e-6),
        NOW_S,
        AMSTERDAM,
    )
    today = {begin.timestamp(): price for begin, price in DAY.items()}
    assert {row.start_s: row.price for row in found.prices} == {
        start_s + day_s: pytest.approx(price)
        for day_s in (0, 86400)
        for start_s, price in today.items()
    }


def test_fees_and_tax_are_found_by_several_hours() -> None:
    """The sensor adds a fee and tax to a bare market price per MWh."""
    pairs: tuple[Pair, ...] = ()
    problems = []
    for begin, price in list(DAY.items())[:8]:
        found = compare(
            [listed(1000)],
            Shown((price + 0.015) * 1.19 + 0.165, 5e-6),
            begin.timestamp() + 60,
            AMSTERDAM,
            pairs,
        )
        pairs = found.pairs
        problems.append(found.problem)
    assert problems[:3] == [PriceProblem.MISMATCH] * 3
    assert problems[3:] == [None] * 5
    assert found.worth == Worth(pytest.approx(1.19e-3), pytest.approx(0.18285))
    first = list(DAY.values())[20]
    at_20 = next(
        row.price for row in found.prices if row.start_s == list(DAY)[20].timestamp()
    )
    assert at_20 == pytest.approx((first + 0.015) * 1.19 + 0.165, rel=0.01)


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [Pair(0, 1, 1)] * 9,
        [Pair(n, n, (n * 7919) % 13) for n in range(9)],
        [Pair(n, n, -n) for n in range(9)],
        [Pair(n, 1e13, 1e13) for n in range(9)],
    ],
    ids=["none", "one amount", "no line", "falling", "one huge amount"],
)
def test_no_line_is_drawn_through(pairs: list[Pair]) -> None:
    assert line(pairs) is None


def test_a_series_that_has_ended_says_so() -> None:
    found = compare([listed()], Shown(0.2, 5e-6), NOW_S + 3 * 86400, AMSTERDAM)
    assert found.problem is PriceProblem.ENDED


def test_the_first_known_amount_counts_without_a_sensor() -> None:
    rows = [
        {"startsAt": begin.isoformat(), "tax": 0.1, "energy": 0.2, "total": price}
        for begin, price in DAY.items()
    ]
    found = compare(
        price_lists({"today": rows}, AMSTERDAM, NOW_S), None, NOW_S, AMSTERDAM
    )
    assert [row.price for row in found.prices] == list(DAY.values())
