"""What is expected of a night: prices, house and sun together."""

from custom_components.ev_lb.engine.planning.forecast import Price, Sunshine
from custom_components.ev_lb.prices.history import QuarterHistory
from custom_components.ev_lb.prices.slots import Expected

from .shapes import OSLO

START_S = 900.0 * 1_900_000
DAY_S = 86400.0
NOW_S = START_S + 7 * DAY_S


def seen(width: int, values) -> QuarterHistory:
    """Return a week in which `values` held by the hour."""
    history = QuarterHistory(width)
    for minute in range(0, 7 * 1440 + 1, 5):
        history.observe(START_S + 60 * minute, values(minute // 60 % 24))
    return history


PRICES = [
    Price(NOW_S + 3600 * hour, NOW_S + 3600 * (hour + 1), float(hour))
    for hour in range(-48, 12)
]
# At night the house draws 2 A, for six hours at noon the sun gives 3 kW and 10 A flow out.
HOUSE = seen(3, lambda hour: (-8.0, 2.0, 2.0) if 6 <= hour < 12 else (2.0, 2.0, 2.0))
ROOF = seen(2, lambda hour: (3000.0, 2300.0) if 6 <= hour < 12 else (0.0, 0.0))
NO_ROOF = QuarterHistory(2)
SUNSHINE = (Sunshine(NOW_S + 6 * 3600, NOW_S + 12 * 3600, 3000.0),)


def test_the_house_draws_what_it_drew_at_that_hour() -> None:
    expected = Expected(zone=OSLO, prices=PRICES, house=HOUSE, roof=NO_ROOF)
    slots = expected.slots(NOW_S, NOW_S + DAY_S)
    assert len(slots) == 96
    assert {slot.house_a for slot in slots[:24]} == {(2.0, 2.0, 2.0)}
    assert {slot.house_a for slot in slots[24:48]} == {(-8.0, 2.0, 2.0)}
    assert [slot.guessed for slot in slots] == [False] * 48 + [True] * 48


def test_a_forecast_of_the_sun_takes_the_place_of_last_weeks() -> None:
    expected = Expected(
        zone=OSLO,
        prices=PRICES,
        house=HOUSE,
        roof=ROOF,
        sunshine=SUNSHINE,
        phases=(0,),
    )
    slots = expected.slots(NOW_S, NOW_S + DAY_S)
    # The roof gave 2300 W of 3000: so it will again, on top of a house of 2 A.
    assert {tuple(round(a, 6) for a in slot.house_a) for slot in slots[24:48]} == {
        (-8.0, 2.0, 2.0)
    }
    cloudy = Expected(
        zone=OSLO,
        prices=PRICES,
        house=HOUSE,
        roof=ROOF,
        sunshine=(SUNSHINE[0]._replace(power_w=300.0),),
        phases=(0,),
    )
    first = cloudy.slots(NOW_S, NOW_S + DAY_S)[30]
    assert round(first.house_a[0], 6) == 1.0


def test_a_forecast_counts_for_nothing_where_the_roof_is_not_measured() -> None:
    """Its sun is in what the house drew: it would count twice."""
    expected = Expected(
        zone=OSLO, prices=PRICES, house=HOUSE, roof=NO_ROOF, sunshine=SUNSHINE
    )
    without = Expected(zone=OSLO, prices=PRICES, house=HOUSE, roof=NO_ROOF)
    assert expected.slots(NOW_S, NOW_S + DAY_S) == without.slots(NOW_S, NOW_S + DAY_S)


def test_without_a_price_there_is_nothing_to_plan_with() -> None:
    expected = Expected(zone=OSLO, prices=(), house=HOUSE, roof=ROOF)
    assert expected.slots(NOW_S, NOW_S + DAY_S) == ()
