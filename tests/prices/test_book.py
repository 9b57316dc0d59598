"""What is kept of a price, over the loss of its source and over a restart."""

from itertools import pairwise
import json

from hypothesis import given, strategies as st

from custom_components.ev_lb.engine.planning.forecast import Price
from custom_components.ev_lb.prices.book import PriceBook
from custom_components.ev_lb.prices.rows import lists_in
from custom_components.ev_lb.prices.unit import PriceProblem, Shown

from .shapes import ORDINARY, OSLO, day_of
from .test_actions import nordpool
from .test_junk import NOW_S, values

DAY = day_of(ORDINARY, OSLO, 15)
BEGIN = list(DAY)[50]
LISTS = lists_in(nordpool(DAY), OSLO)
SHOWN = Shown(DAY[BEGIN], 5e-6)


def taken() -> PriceBook:
    book = PriceBook()
    book.take(LISTS, SHOWN, BEGIN.timestamp(), OSLO)
    assert book.known
    return book


def test_the_same_again_is_no_news() -> None:
    book = taken()
    before = book.known, book.lasting_problem
    book.take(LISTS, SHOWN, BEGIN.timestamp() + 60, OSLO)
    assert (book.known, book.lasting_problem) == before


def test_a_lost_source_changes_nothing() -> None:
    book = taken()
    known = book.known
    later_s = BEGIN.timestamp() + 3600
    book.take((), PriceProblem.UNAVAILABLE, later_s, OSLO)
    assert book.known == known
    assert book.problem is PriceProblem.NO_SERIES


def test_the_unit_found_holds_while_the_sensor_shows_nothing() -> None:
    """Also where nothing was said of the unit: the day after is read alike."""
    book = taken()
    after = lists_in(nordpool({k: v + 1 for k, v in DAY.items()}), OSLO)
    book.take(after, PriceProblem.UNAVAILABLE, BEGIN.timestamp(), OSLO)
    assert abs(book.known[50].price - DAY[BEGIN] - 1) < 1e-6


def test_a_sensor_without_a_series_is_noted_by_quarters() -> None:
    book = PriceBook()
    for quarter in range(4):
        price = Shown(0.1 * quarter, 0.0)
        book.take((), price, BEGIN.timestamp() + 900 * quarter + 30, OSLO)
    assert [row[:3] for row in book.known] == [
        (BEGIN.timestamp() + 900 * q, BEGIN.timestamp() + 900 * (q + 1), 0.1 * q)
        for q in range(4)
    ]
    assert book.lasting_problem is PriceProblem.NO_SERIES


def test_storage_gives_back_what_was_known() -> None:
    book, again = taken(), PriceBook()
    again.restore(json.loads(json.dumps(book.stored())))
    assert again.known == book.known
    assert again.stored() == book.stored()


@given(values, st.lists(st.tuples(st.floats(), st.floats(), st.floats())))
def test_no_storage_makes_it_raise(junk, rows) -> None:
    book = PriceBook()
    for stored in (junk, {"known": rows, "worth": junk}, {"known": junk}):
        book.restore(stored)
        assert all(isinstance(row, Price) for row in book.known)
        assert all(one.end_s <= two.start_s for one, two in pairwise(book.known))
    book.take(LISTS, SHOWN, NOW_S, OSLO)
