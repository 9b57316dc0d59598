"""What electricity costs in the simulated home, for each hour."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

CENTS: Final = (
    *(24, 23, 22, 21, 21, 23, 28, 34, 33, 29, 25, 22),
    *(20, 19, 20, 23, 28, 36, 39, 37, 33, 30, 27, 25),
)
"""A day with an evening peak and a cheap night, for each hour of local time."""
WEEKEND: Final = 0.85
"""What the weekend's prices are of a workday's."""
PUBLISHED_AT: Final = 13
"""From this hour of local time on tomorrow's prices are known, as on the market."""


def hourly_prices(
    time_s: float, zone: tzinfo
) -> Iterator[tuple[datetime, datetime, float]]:
    """Yield begin, end and price of a kWh of each hour that is known at a time.

    Args:
        time_s: seconds since the epoch.
        zone: the local time of the home.
    """
    now = datetime.fromtimestamp(time_s, zone)
    days = 2 if now.hour >= PUBLISHED_AT else 1
    for day in range(days):
        date = now.date() + timedelta(days=day)
        starts = [datetime.combine(date, time(hour), zone) for hour in range(24)]
        ends = [*starts[1:], datetime.combine(date + timedelta(days=1), time(), zone)]
        for start, end in zip(starts, ends, strict=True):
            yield start, end, _price(start)


def price_at(time_s: float, zone: tzinfo) -> float:
    """Return what a kWh costs at a time, s since the epoch."""
    return _price(datetime.fromtimestamp(time_s, zone))


def _price(local: datetime) -> float:
    share = WEEKEND if local.weekday() >= 5 else 1.0
    return round(CENTS[local.hour] * share / 100, 4)
