"""What is counted beside the plant's exact sums, also over kills."""

import pytest

from benchmarks.session_month import SAVED_S, booked_home
from custom_components.ev_lb.accounting.amounts import Amounts

DAY_S = 86400.0
PARTS = ("grid_kwh", "solar_kwh", "battery_kwh")


def assert_is_near(counted: Amounts, exact: Amounts) -> None:
    """Half a percent of what the charger gave is the most that a sum is off."""
    bound_kwh = 0.005 * exact.energy_kwh
    assert counted.energy_kwh == pytest.approx(exact.energy_kwh, abs=bound_kwh)
    for part in PARTS:
        found, expected = getattr(counted, part), getattr(exact, part)
        assert found == pytest.approx(expected, abs=2 * bound_kwh), part
    assert counted.cost == pytest.approx(exact.cost, rel=0.01)
    assert counted.estimated_kwh == 0
    assert counted.unpriced_kwh == pytest.approx(0)


def test_a_day_of_three_cars_is_counted_to_half_a_percent() -> None:
    home = booked_home(1, seed=1, period_s=10.0)
    home.until(DAY_S)
    assert len(home.exact) == 3
    for charger_id, exact in home.exact.items():
        assert exact.energy_kwh > 1
        assert_is_near(home.sessions.account(charger_id).total, exact)


@pytest.mark.parametrize("seed", [5, 6])
def test_kills_lose_half_a_minute_each_and_count_nothing_twice(seed: int) -> None:
    home = booked_home(1, seed=seed, kills=8, period_s=20.0)
    home.until(DAY_S)
    assert home.kills_s == []
    for charger_id, exact in home.exact.items():
        counted_kwh = home.sessions.account(charger_id).total.energy_kwh
        lost_kwh = 8 * (SAVED_S + 20.0) * 11.04 / 3600
        assert counted_kwh < 1.005 * exact.energy_kwh
        assert counted_kwh > 0.995 * exact.energy_kwh - lost_kwh
        stays = {stay.started_s: stay for key, stay in home.stays if key == charger_id}
        stay_kwh = sum(stay.amounts.energy_kwh for stay in stays.values())
        assert stay_kwh < counted_kwh + 0.001
