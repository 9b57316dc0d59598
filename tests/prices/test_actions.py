"""Prices out of the answers of actions, in the shape that each integration gives."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.ev_lb.prices.actions import ACTIONS, questions
from custom_components.ev_lb.prices.comparison import compare
from custom_components.ev_lb.prices.rows import lists_in
from custom_components.ev_lb.prices.unit import Shown

from .shapes import (
    AMSTERDAM,
    AUTUMN,
    BRISBANE,
    HELSINKI,
    MADRID,
    ORDINARY,
    OSLO,
    SPRING,
    Prices,
    day_of,
)


def starts_and_ends(prices: Prices, minutes: int, factor: float) -> list[object]:
    return [
        {
            "start": begin.isoformat(),
            "end": (begin + timedelta(minutes=minutes)).isoformat(),
            "price": price * factor,
        }
        for begin, price in prices.items()
    ]


def nordpool(prices: Prices) -> object:
    return {"NO1": starts_and_ends(prices, 15, 1000)}


def tibber(prices: Prices) -> object:
    return {
        "prices": {
            "Vitahuset": [
                {"start_time": begin.astimezone(OSLO).isoformat(), "price": price}
                for begin, price in prices.items()
            ]
        }
    }


def energyzero(prices: Prices) -> object:
    return {
        "prices": [
            {
                "price": price,
                "timestamp": str(begin),
                "start": str(begin),
                "end": str(begin + timedelta(minutes=15)),
            }
            for begin, price in prices.items()
        ]
    }


def easyenergy(prices: Prices) -> object:
    return {
        "prices": [
            {"timestamp": str(begin), "price": price} for begin, price in prices.items()
        ]
    }


def omie(prices: Prices) -> object:
    return {
        "es": starts_and_ends(prices, 15, 1),
        "pt": starts_and_ends(dict.fromkeys(prices, 9.0), 15, 1),
    }


def amber(prices: Prices) -> object:
    return {
        "forecasts": [
            {
                "duration": 30,
                "date": begin.astimezone(BRISBANE).date().isoformat(),
                "nem_date": (begin + timedelta(minutes=30)).isoformat(),
                "per_kwh": price,
                "spot_per_kwh": price / 3,
                "start_time": (begin + timedelta(seconds=1)).isoformat(),
                "end_time": (begin + timedelta(minutes=30)).isoformat(),
                "renewables": 40,
                "spike_status": "none",
                "descriptor": "neutral",
                "advanced_price_predicted": 0.2,
            }
            for begin, price in prices.items()
        ]
    }


def ecosmart(prices: Prices) -> object:
    return {
        "forecasts": [
            {"start_time": begin.isoformat(), "price": price * 100}
            for begin, price in prices.items()
        ]
    }


def entsoe(prices: Prices) -> object:
    return {
        "prices": [
            {"timestamp": begin.isoformat(), "price": price}
            for begin, price in prices.items()
        ]
    }


ANSWERS = [
    ("nordpool", nordpool, OSLO, 15),
    ("tibber", tibber, OSLO, 15),
    ("energyzero", energyzero, AMSTERDAM, 15),
    ("easyenergy", easyenergy, AMSTERDAM, 15),
    ("omie", omie, MADRID, 15),
    (
        "green_planet_energy",
        lambda row: {"prices": starts_and_ends(row, 15, 1)},
        OSLO,
        15,
    ),
    ("amberelectric", amber, BRISBANE, 30),
    ("ecosmart", ecosmart, OSLO, 30),
    ("entsoe", entsoe, AMSTERDAM, 60),
]


def test_every_action_has_its_answer_here() -> None:
    assert {domain for domain, *_ in ANSWERS} == set(ACTIONS)


@pytest.mark.parametrize("day", [ORDINARY, AUTUMN, SPRING], ids=str)
@pytest.mark.parametrize("shown", [True, False], ids=["shown", "unavailable"])
@pytest.mark.parametrize(
    ("domain", "answer", "zone", "minutes"), ANSWERS, ids=[row[0] for row in ANSWERS]
)
def test_prices_are_per_kwh(domain, answer, zone, minutes, shown, day) -> None:
    """Also while the sensor shows nothing: then by what the sources say of the unit."""
    prices = day_of(day, zone, minutes)
    now = list(prices)[50 * 15 // minutes]
    sensor = Shown(prices[now], 5e-6) if shown else None
    lists = lists_in(answer(prices), zone, ACTIONS[domain].worth)
    found = compare(lists, sensor, now.timestamp() + 60, zone)
    assert found.problem is None
    assert found.proven is shown
    by_start = {row.start_s: row.price for row in found.prices}
    if domain == "omie" and not shown:
        return
    assert by_start == {
        begin.timestamp(): pytest.approx(price) for begin, price in prices.items()
    }


def test_of_two_countries_that_counts_which_the_sensor_shows() -> None:
    prices = day_of(ORDINARY, MADRID, 15)
    now = list(prices)[50]
    found = compare(
        lists_in(omie(prices), MADRID),
        Shown(9.0, 0.005),
        now.timestamp(),
        MADRID,
    )
    assert {row.price for row in found.prices} == {9.0}


def test_a_day_that_is_not_published_yet_is_an_empty_list() -> None:
    assert lists_in({"FI": []}, HELSINKI) == ()


def wall_clock(prices: Prices, zone: ZoneInfo) -> object:
    """Answer as Green Planet Energy does: by adding to the time on the wall."""
    wall = min(prices).astimezone(zone).replace(tzinfo=None)
    known = {
        moment.astimezone(zone).replace(tzinfo=None): price
        for moment, price in prices.items()
    }
    rows, last = [], 0.0
    for place in range(96):
        moment = wall + timedelta(minutes=15 * place)
        last = known.get(moment, last)
        rows.append(
            {
                "start": moment.replace(tzinfo=zone).isoformat(),
                "end": (moment + timedelta(minutes=15))
                .replace(tzinfo=zone)
                .isoformat(),
                "price": last,
            }
        )
    return {"prices": rows, "hours_requested": 24.0}


@pytest.mark.parametrize("day", [AUTUMN, SPRING], ids=str)
def test_an_answer_by_the_clock_on_the_wall_is_still_read(day) -> None:
    prices = day_of(day, OSLO, 15)
    now_s = list(prices)[70].timestamp()
    found = compare(lists_in(wall_clock(prices, OSLO), OSLO), None, now_s, OSLO)
    by_start = {row.start_s: row.price for row in found.prices}
    changes_s = datetime(day.year, day.month, day.day, 1, tzinfo=UTC).timestamp()
    wrong = [
        begin
        for begin, price in prices.items()
        if by_start.get(begin.timestamp()) != price
        and abs(begin.timestamp() - changes_s) > 3600
    ]
    assert wrong == []
    ends = [row.end_s for row in found.prices[:-1]]
    assert ends == [row.start_s for row in found.prices[1:]]


@pytest.mark.parametrize("domain", sorted(ACTIONS))
def test_each_question_names_what_it_needs(domain: str) -> None:
    now_s = datetime(2026, 11, 30, 14, tzinfo=UTC).timestamp()
    asked = questions(domain, now_s, OSLO, entry_id="01K", device_id="dev")
    assert asked
    known = ACTIONS[domain]
    for question in asked:
        assert (question.domain, question.action) == (domain, known.action)
        if known.entry_field:
            assert question.data[known.entry_field] == "01K"
        if known.device_field:
            assert question.data[known.device_field] == "dev"


def test_days_are_asked_for_one_by_one() -> None:
    now_s = datetime(2026, 11, 30, 14, tzinfo=UTC).timestamp()
    asked = questions("nordpool", now_s, HELSINKI, entry_id="01K")
    assert [row.data["date"] for row in asked] == [
        "2026-11-29",
        "2026-11-30",
        "2026-12-01",
    ]


def test_an_export_price_is_asked_for_where_there_is_one() -> None:
    now_s = datetime(2026, 11, 30, 14, tzinfo=UTC).timestamp()
    (first, *_) = questions("easyenergy", now_s, AMSTERDAM, export=True)
    assert first.action == "get_energy_return_prices"
    assert questions("nordpool", now_s, OSLO, export=True) == ()


def test_an_integration_without_an_action_is_asked_nothing() -> None:
    assert questions("essent", 1.79e9, AMSTERDAM) == ()
