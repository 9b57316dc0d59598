"""Prices that nobody publishes as a series: fixed ones, those of a week's schedule."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta, tzinfo
from typing import Final

from custom_components.ev_lb.engine.planning.forecast import Price

from .rows import amount_in
from .timeline import Entry, laid_out
from .values import at_local_time, local_day, midnight, time_of_day

WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
MOST_DAYS: Final = 20
END_OF_DAY: Final = time(23, 59, 59)
"""Home Assistant's schedules end at the latest a moment before midnight."""


def fixed_prices(
    price: float, from_s: float, until_s: float, zone: tzinfo
) -> tuple[Price, ...]:
    """Return a price that is always the same, a row for each local day."""
    return scheduled_prices({}, from_s, until_s, zone, outside=price)


def scheduled_prices(
    week: Mapping[str, object],
    from_s: float,
    until_s: float,
    zone: tzinfo,
    *,
    outside: float,
) -> tuple[Price, ...]:
    """Return the prices of a week's schedule, as the action `get_schedule` tells it.

    A block costs what stands in its data, `price: 0.21` say; one that
    says nothing, and all time without a block, costs `outside`.
    """
    entries: list[Entry] = []
    day = local_day(from_s, zone)
    for _ in range(MOST_DAYS):
        begin_s = midnight(day, zone)
        if not begin_s < until_s:
            break
        end_s = midnight(day + timedelta(days=1), zone)
        entries.append(Entry(begin_s, end_s, outside))
        blocks = week.get(WEEKDAYS[day.weekday()])
        if isinstance(blocks, Sequence) and not isinstance(blocks, str):
            entries += _blocks(blocks, day, zone)
        day += timedelta(days=1)
    return tuple(
        Price(max(row.start_s, from_s), min(row.end_s, until_s), row.amount)
        for row in laid_out(entries)
        if max(row.start_s, from_s) < min(row.end_s, until_s)
    )


def _blocks(blocks: Sequence[object], day: date, zone: tzinfo) -> list[Entry]:
    entries = []
    for block in blocks[:100]:
        if not isinstance(block, Mapping):
            continue
        price = amount_in(block.get("data"))
        begin, end = time_of_day(block.get("from")), _end(block.get("to"))
        if begin is None or price is None:
            continue
        begin_s = at_local_time(day, begin, zone)
        end_s = midnight(day + timedelta(days=1), zone)
        if end is not None:
            end_s = at_local_time(day, end, zone)
        if begin_s < end_s:
            entries.append(Entry(begin_s, end_s, price))
    return entries


def _end(value: object) -> time | None:
    """Return when a block ends; None for the end of the day, 24:00."""
    end = time_of_day(value)
    return None if end is None or end == time() or end >= END_OF_DAY else end
