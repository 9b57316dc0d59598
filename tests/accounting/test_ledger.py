"""What a charger gave in all and by month."""

from datetime import UTC, datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_lb.accounting.amounts import NOTHING, Amounts
from custom_components.ev_lb.accounting.ledger import Account, month_of, together

KWH = st.floats(0, 100)
PORTIONS = st.lists(
    st.tuples(st.sampled_from(["2026-11", "2026-12", "2027-01"]), KWH), max_size=20
)


def booked(portions: list[tuple[str, float]]) -> Account:
    account = Account()
    for month, energy_kwh in portions:
        account = account.plus(Amounts(grid_kwh=energy_kwh), month, 5.0)
    return account


@given(PORTIONS)
def test_the_months_sum_up_to_the_whole(portions: list[tuple[str, float]]) -> None:
    account = booked(portions)
    summed = NOTHING
    for amounts in account.months.values():
        summed = summed.plus(amounts)
    assert summed == pytest.approx(account.total)


@given(PORTIONS, PORTIONS)
def test_two_chargers_together_are_the_sum_of_both(
    one: list[tuple[str, float]], two: list[tuple[str, float]]
) -> None:
    both = together([booked(one), booked(two)])
    expected = booked([*one, *two])
    assert both.total == pytest.approx(expected.total)
    assert both.months.keys() == expected.months.keys()


def test_a_month_is_that_of_the_local_calendar() -> None:
    time_s = datetime(2026, 11, 30, 23, 30, tzinfo=UTC).timestamp()
    assert month_of(time_s, 0.0) == "2026-11"
    assert month_of(time_s, 3600.0) == "2026-12"


def test_the_oldest_months_go_first() -> None:
    account = booked([(f"{2000 + n // 12}-{n % 12 + 1:02}", 1.0) for n in range(700)])
    assert len(account.months) == 600
    assert max(account.months) == "2058-04"
    assert account.total.grid_kwh == 700
