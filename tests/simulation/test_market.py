"""The prices of the simulated home."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from custom_components.ev_lb.simulation.market import hourly_prices, price_at

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        ("2026-11-30T09:15", 24),
        ("2026-11-30T13:00", 48),
        # Local time is set: an hour more, an hour less.
        ("2026-10-25T14:00", 49),
        ("2026-03-29T14:00", 47),
    ],
)
def test_they_follow_each_other_without_a_gap(now: str, hours: int) -> None:
    now_s = datetime.fromisoformat(now).replace(tzinfo=BERLIN).timestamp()
    rows = [*hourly_prices(now_s, BERLIN)]
    assert all(
        one[1].timestamp() == other[0].timestamp() for one, other in pairwise(rows)
    )
    assert rows[-1][1].timestamp() - rows[0][0].timestamp() == 3600 * hours
    assert price_at(now_s, BERLIN) in {price for _, _, price in rows}


def test_nights_are_cheap_and_evenings_dear() -> None:
    def price(hour: int) -> float:
        day = datetime(2026, 11, 30, hour, 30, tzinfo=BERLIN)
        return price_at(day.timestamp(), BERLIN)

    assert price(3) < price(8) < price(18)
