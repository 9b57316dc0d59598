"""Prices of a local day without times: bare numbers in a list, an attribute an hour."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta, tzinfo
import re
from typing import Final

from .price_list import PriceRow
from .values import at_local_time, exists, midnight, number

DAY_S: Final = 86400.0

WHOLE_DAY_COUNTS: Final = {
    **dict.fromkeys((23, 24, 25), 3600.0),
    **dict.fromkeys((46, 48, 50), 1800.0),
    **dict.fromkeys((92, 96, 100), 900.0),
}
"""How long each number of a bare list lasts, s."""

HOUR_ATTRIBUTE: Final = re.compile(r"price_(next_day_)?([01]\d|2[0-3])h(_d)?")
"""An attribute of its own for each hour; `_d` is the second of two equal ones."""


def numbered(items: Sequence[object], day: date, zone: tzinfo) -> tuple[PriceRow, ...]:
    """Return rows of bare numbers, the first of which begins at midnight.

    A list has the day's true length, or that of a clock on the wall: 24 hours on each.
    """
    step_s = WHOLE_DAY_COUNTS.get(len(items))
    if step_s is None:
        return ()
    begin_s, end_s = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    starts: list[float | None] = [
        begin_s + place * step_s for place in range(len(items))
    ]
    if len(items) * step_s == DAY_S != end_s - begin_s:
        starts = [
            _on_the_wall(day, start * step_s, zone) for start in range(len(items))
        ]
    placed = [
        (start_s, number(item))
        for start_s, item in zip(starts, items, strict=True)
        if start_s is not None and start_s < end_s
    ]
    following = [start_s for start_s, _ in placed[1:]]
    last_s = min(placed[-1][0] + step_s, end_s)
    return tuple(
        PriceRow(start_s, until_s, {"": amount})
        for (start_s, amount), until_s in zip(placed, [*following, last_s], strict=True)
        if amount is not None
    )


def _on_the_wall(day: date, second: float, zone: tzinfo) -> float | None:
    """Return when the clock shows a second of the day; None where it never does."""
    at = time(int(second // 3600), int(second % 3600 // 60))
    return at_local_time(day, at, zone) if exists(day, at, zone) else None


def hour_attributes(
    attributes: Mapping[str, object], zone: tzinfo, today: date
) -> tuple[PriceRow, ...]:
    """Return rows of attributes with an hour in their names."""
    rows = []
    for name, value in attributes.items():
        match = HOUR_ATTRIBUTE.fullmatch(name) if isinstance(name, str) else None
        amount = number(value)
        if match is None or amount is None:
            continue
        day = today + timedelta(days=1) if match[1] else today
        at = time(int(match[2]))
        if exists(day, at, zone):
            start_s = at_local_time(day, at, zone, fold=1 if match[3] else 0)
            rows.append(PriceRow(start_s, start_s + 3600.0, {"": amount}))
    return tuple(sorted(rows, key=lambda row: row.start_s))
