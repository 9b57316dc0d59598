"""One car's stay: what it had, and what it saved against charging at once."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_lb.accounting.amounts import Flow, amounts_of
from custom_components.ev_lb.accounting.sources import ALL_GRID
from custom_components.ev_lb.accounting.stay import Stay, began, went_on
from custom_components.ev_lb.accounting.tariff import Tariff
from custom_components.ev_lb.engine.planning.forecast import Price

TARIFF = Tariff((Price(0, 3600, 0.40), Price(3600, 7200, 0.10), Price(7200, 1e6, 0.20)))


def stayed(powers_w: list[float], step_s: float, tariff: Tariff = TARIFF) -> Stay:
    """Return the stay of a car that drew these powers, each for one step."""
    stay, now_s = began(0.0, 12.0), 0.0
    for power_w in powers_w:
        flow = Flow(power_w, True)
        amounts = amounts_of(flow, ALL_GRID, tariff, now_s, now_s + step_s)
        now_s += step_s
        stay = went_on(stay, flow, amounts, tariff, now_s)
    return stay


def test_who_waits_for_the_cheap_hour_saves_the_difference() -> None:
    stay = stayed([0.0] * 60 + [10_000.0] * 60, 60)
    assert stay.amounts.energy_kwh == pytest.approx(10)
    assert stay.amounts.cost == pytest.approx(1.0)
    # At once would have been the first hour: 10 kWh for 0.40.
    assert stay.saved == pytest.approx(3.0)
    assert (stay.length_s, stay.amounts.charging_s) == (7200, 3600)


def test_who_charges_at_once_saves_nothing() -> None:
    assert stayed([10_000.0] * 90 + [0.0] * 500, 60).saved == pytest.approx(0)


def test_who_waits_for_a_dearer_hour_loses() -> None:
    tariff = Tariff((Price(0, 3600, 0.10), Price(3600, 7200, 0.40)))
    saved = stayed([0.0] * 60 + [10_000.0] * 60, 60, tariff).saved
    assert saved == pytest.approx(-3.0)


def test_nothing_is_said_to_be_saved_where_a_price_is_missing() -> None:
    assert stayed([10_000.0] * 60, 60, Tariff()).saved is None
    late = Tariff((Price(3600, 7200, 0.40),))
    assert stayed([0.0] * 60 + [10_000.0] * 60, 60, late).saved is None
    assert stayed([], 60).saved is None


@given(
    st.lists(st.sampled_from([0.0, 1400.0, 11_000.0]), min_size=1, max_size=60),
    st.integers(1, 9),
)
def test_how_often_it_is_counted_changes_nothing(
    powers_w: list[float], parts: int
) -> None:
    often = stayed([row for row in powers_w for _ in range(parts)], 300 / parts)
    once = stayed(powers_w, 300)
    assert often.amounts == pytest.approx(once.amounts)
    assert often.seen_s == pytest.approx(once.seen_s)
    if once.saved is None:
        assert often.saved is None
    else:
        assert often.saved == pytest.approx(once.saved, abs=1e-6)


def test_a_stay_of_weeks_keeps_a_bounded_number_of_prices() -> None:
    prices = tuple(Price(900.0 * n, 900.0 * (n + 1), 0.1 + n % 7) for n in range(2000))
    stay = stayed([11_000.0] * 8 + [0.0] * 1900, 900, Tariff(prices))
    assert len(stay.spells) <= 400
    assert stay.saved == pytest.approx(0)
