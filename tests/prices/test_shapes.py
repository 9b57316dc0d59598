"""Prices as each integration shapes them, on ordinary days and on both change days."""

from datetime import date, timedelta

import pytest

from custom_components.ev_lb.prices.comparison import compare
from custom_components.ev_lb.prices.rows import price_lists
from custom_components.ev_lb.prices.unit import PriceProblem, Shown, shown

from .shapes import AUTUMN, ORDINARY, SHAPES, SPRING, Prices, Shape, day_of

named = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)


def read(
    shape: Shape, today: Prices, tomorrow: Prices, hour: int = 10
) -> tuple[dict[float, float], bool]:
    """Return what the sensor's series says at each slot's middle, and whether proven."""
    now = list(today)[hour * 60 // shape.minutes] + timedelta(minutes=7)
    now_price = list(today.values())[hour * 60 // shape.minutes]
    sensor = shown(f"{now_price / shape.per_kwh:.5f}", shape.unit)
    assert isinstance(sensor, Shown)
    lists = price_lists(
        shape.attributes(today, tomorrow, shape.zone), shape.zone, now.timestamp()
    )
    found = compare(lists, sensor, now.timestamp(), shape.zone)
    assert found.problem is None
    middles = [
        moment.timestamp() + shape.minutes * 30.0 for moment in (today | tomorrow)
    ]
    return {
        middle: row.price
        for middle in middles
        for row in found.prices
        if row.start_s <= middle < row.end_s
    }, found.proven


def expected(shape: Shape, prices: Prices) -> dict[float, float]:
    return {
        moment.timestamp() + shape.minutes * 30.0: pytest.approx(price, abs=2e-5)
        for moment, price in prices.items()
    }


@named
@pytest.mark.parametrize("day", [ORDINARY, AUTUMN, SPRING], ids=str)
def test_every_slot_has_its_price(shape: Shape, day: date) -> None:
    today = day_of(day, shape.zone, shape.minutes)
    tomorrow = day_of(day + timedelta(days=1), shape.zone, shape.minutes)
    found, proven = read(shape, today, tomorrow)
    wanted = expected(shape, today | tomorrow)
    assert found == wanted
    assert proven


@named
@pytest.mark.parametrize("day", [AUTUMN, SPRING], ids=str)
def test_tomorrow_may_be_the_odd_day(shape: Shape, day: date) -> None:
    today = day_of(day - timedelta(days=1), shape.zone, shape.minutes)
    tomorrow = day_of(day, shape.zone, shape.minutes)
    found, _ = read(shape, today, tomorrow)
    assert found == expected(shape, today | tomorrow)


@named
def test_tomorrow_may_be_missing(shape: Shape) -> None:
    today = day_of(ORDINARY, shape.zone, shape.minutes)
    found, proven = read(shape, today, {})
    assert found == expected(shape, today)
    assert proven


@named
def test_the_slots_are_in_order_and_disjoint(shape: Shape) -> None:
    today = day_of(ORDINARY, shape.zone, shape.minutes)
    now_s = list(today)[40 * 15 // shape.minutes].timestamp()
    lists = price_lists(shape.attributes(today, {}, shape.zone), shape.zone, now_s)
    now_price = list(today.values())[40 * 15 // shape.minutes]
    prices = compare(lists, Shown(now_price, 5e-6), now_s, shape.zone).prices
    assert prices
    assert all(row.start_s < row.end_s for row in prices)
    ends = [row.end_s for row in prices[:-1]]
    assert all(
        end_s <= row.start_s for end_s, row in zip(ends, prices[1:], strict=True)
    )


def test_what_its_maker_expects_is_marked_as_guessed() -> None:
    shape = next(shape for shape in SHAPES if shape.name == "Energi Data Service")
    today = day_of(ORDINARY, shape.zone, 60)
    now_s = list(today)[9].timestamp()
    lists = price_lists(shape.attributes(today, {}, shape.zone), shape.zone, now_s)
    prices = compare(lists, None, now_s, shape.zone).prices
    end_s = list(today)[-1].timestamp() + 3600
    assert {row.guessed for row in prices if row.start_s < end_s} == {False}
    assert {row.guessed for row in prices if row.start_s >= end_s} == {True}


def test_a_sensor_without_a_series_says_so() -> None:
    found = compare(
        price_lists({"unit_of_measurement": "EUR/kWh"}, SHAPES[0].zone, 1.77e9),
        Shown(0.2, 0.005),
        1.77e9,
        SHAPES[0].zone,
    )
    assert found.problem is PriceProblem.NO_SERIES
    assert found.prices == ()


def test_of_several_unknown_amounts_none_is_taken_unproven() -> None:
    """Nor one that does not sound like a price, though its number would fit."""
    shape = next(shape for shape in SHAPES if shape.name == "unknown names")
    today = day_of(ORDINARY, shape.zone, 60)
    now_s = list(today)[9].timestamp()
    lists = price_lists(shape.attributes(today, {}, shape.zone), shape.zone, now_s)
    for sensor in (None, Shown(0.3, 0.0005), Shown(7.0, 0.05)):
        found = compare(lists, sensor, now_s, shape.zone)
        assert found.problem is PriceProblem.NO_SERIES
        assert found.prices == ()
