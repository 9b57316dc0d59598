"""One number, one moment: as text, as what it is, in local time or with a zone."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from math import isfinite
import re
from typing import Final

from custom_components.ev_lb.engine.planning.request import ClockChange

BIGGEST: Final = 1e13
"""No amount is beyond it, nor a moment in milliseconds."""

DAY_FIRST: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
"""A date as it is written by hand in much of Europe."""

HOUR_S: Final = 3600.0
EARLIEST_S: Final = 1e9
LATEST_S: Final = 1e10
"""Moments lie between 2001 and 2286; a number beyond counts milliseconds."""


def number(value: object) -> float | None:
    """Return a number, also out of a text with a decimal comma; None for all else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip()
        if "." not in value:
            value = value.replace(",", ".")
    elif not isinstance(value, int | float | Decimal):
        return None
    try:
        found = float(value)
    except ValueError, OverflowError:
        return None
    return found if isfinite(found) and abs(found) <= BIGGEST else None


def moment(value: object, zone: tzinfo, fold: int = 0) -> float | None:
    """Return a moment in seconds since the epoch; None for what is none.

    A time without a zone is local; `fold` says which of two equal ones is meant.
    """
    if isinstance(value, str):
        text = value.strip()
        parsed = None if text.isdecimal() else _parsed(text)
        if parsed is not None:
            return _seconds(parsed, zone, fold)
        value = number(text)
    if isinstance(value, date):
        if not isinstance(value, datetime):
            value = datetime.combine(value, time())
        return _seconds(value, zone, fold)
    found = number(value)
    if found is None:
        return None
    if found > LATEST_S:
        found /= 1000
    return found if EARLIEST_S <= found <= LATEST_S else None


def time_of_day(value: object) -> time | None:
    """Return a time of day: of 7, "7", "07:00", "07:00:00", and of the first of two."""
    if isinstance(value, datetime):
        return None
    if isinstance(value, time):
        return value.replace(tzinfo=None)
    if isinstance(value, str) and ":" in value:
        value = value.partition("-")[0]
        if value.strip().startswith("24"):
            return None
        try:
            return time.fromisoformat(value.strip().zfill(5)).replace(tzinfo=None)
        except ValueError:
            return None
    hour = number(value)
    if hour is None or not 0 <= hour < 24 or hour != int(hour):
        return None
    return time(int(hour))


def local_day(time_s: float, zone: tzinfo) -> date:
    """Return the local date of a moment."""
    bounded_s = min(max(time_s, EARLIEST_S), LATEST_S) if isfinite(time_s) else 0.0
    return datetime.fromtimestamp(bounded_s, zone).date()


def at_local_time(day: date, at: time, zone: tzinfo, fold: int = 0) -> float:
    """Return when a clock on the wall shows a time, in seconds since the epoch."""
    return datetime.combine(day, at).replace(tzinfo=zone, fold=fold).timestamp()


def exists(day: date, at: time, zone: tzinfo) -> bool:
    """Tell whether a clock on the wall ever shows that time on that day."""
    shown = datetime.fromtimestamp(at_local_time(day, at, zone), zone)
    return shown.time() == at


def midnight(day: date, zone: tzinfo) -> float:
    """Return when a local day begins, in seconds since the epoch."""
    return at_local_time(day, time(), zone)


def clock_changes(zone: tzinfo, from_s: float, until_s: float) -> list[ClockChange]:
    """Return how far the local clock is ahead of UTC over some time, and its changes."""
    changes: list[ClockChange] = []
    for second in _hours(from_s, until_s):
        offset = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
        offset_s = (offset or timedelta()).total_seconds()
        if not changes or changes[-1].offset_s != offset_s:
            changes.append(ClockChange(second, offset_s))
    return changes


def _hours(from_s: float, until_s: float) -> Iterable[float]:
    """Return the full hours of some time, of sixty days at most."""
    if not (EARLIEST_S <= from_s <= LATEST_S and isfinite(until_s)):
        return ()
    first, last = int(from_s // HOUR_S), int(min(until_s, LATEST_S) // HOUR_S)
    return [hour * HOUR_S for hour in range(first, min(last + 1, first + 60 * 24))]


def _parsed(text: str) -> datetime | None:
    if match := DAY_FIRST.match(text):
        text = f"{match[3]}-{match[2]:0>2}-{match[1]:0>2}{text[match.end() :]}"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _seconds(value: datetime, zone: tzinfo, fold: int) -> float | None:
    try:
        if value.tzinfo is None:
            value = value.replace(tzinfo=zone, fold=fold)
        found = value.timestamp()
    except ValueError, OverflowError, OSError:
        return None
    return found if EARLIEST_S <= found <= LATEST_S else None
