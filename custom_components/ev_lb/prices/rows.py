"""Reads price lists in any shape that integrations and templates are known to use.

Lists of rows with a start, an end and amounts under many names; lists of bare numbers
for a day; pairs of time and amount; amounts by their time; and all of that one or two
levels deeper. What cannot be read is left out.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, tzinfo
import json
from typing import Any, Final, NamedTuple

from .bare import hour_attributes, numbered
from .price_list import PriceList, PriceRow
from .values import (
    at_local_time,
    exists,
    local_day,
    moment,
    number,
    time_of_day,
)

MOST_ROWS: Final = 3000
LONGEST_TEXT: Final = 500_000
DEEPEST: Final = 3

LIST_NAMES: Final = (
    "forecast",
    "forecasts",
    "today",
    "tomorrow",
    "data",
    "rates",
    "prices",
    "pricestoday",
    "pricestomorrow",
    "todayprices",
    "tomorrowprices",
    "todayintervalprices",
    "tomorrowintervalprices",
    "rawtoday",
    "rawtomorrow",
)
"""Attributes that hold the series, those last that count where several cover a time."""

STARTS: Final = (
    "start",
    "starttime",
    "startsat",
    "starttimestamp",
    "timestart",
    "startdate",
    "validfrom",
    "intervalstart",
    "periodstart",
    "from",
    "datetime",
    "timestamp",
    "time",
    "hour",
    "date",
)
ENDS: Final = (
    "end",
    "endtime",
    "endsat",
    "endtimestamp",
    "timeend",
    "enddate",
    "validto",
    "intervalend",
    "periodend",
    "till",
    "until",
    "to",
)
DURATION: Final = "duration"
"""How long a row lasts, min."""

AMOUNTS: Final = (
    "total",
    "value",
    "price",
    "perkwh",
    "priceperkwh",
    "valueincvat",
    "valueinclvat",
    "electricityprice",
    "pricetaxincluded",
    "pricectperkwh",
    "marketprice",
    "cost",
    "rate",
    "amount",
)
"""Names of the amount, the likeliest first: the sensor's state says which it is."""


def price_lists(
    attributes: Mapping[str, object], zone: tzinfo, now_s: float
) -> tuple[PriceList, ...]:
    """Return the price lists that an entity has in its attributes.

    Attributes of other names count only where none has a known one.
    """
    today = local_day(now_s, zone)
    found = {
        short: _lists(value, str(name), zone, today)
        for name, value in attributes.items()
        if (short := _short(name))
    }
    known = [
        row
        for name in LIST_NAMES
        if name in found
        for row in found.pop(name)
        if row.rows
    ]
    if hours := hour_attributes(attributes, zone, today):
        known.append(PriceList("price_00h", hours))
    if not known and (rows := _side_by_side(attributes, zone)):
        known.append(PriceList("", rows))
    if not known:
        known = [row for rows in found.values() for row in rows if row.rows]
    certain = any(not _short(row.name).startswith("forecast") for row in known)
    return tuple(
        row._replace(is_forecast=certain and _short(row.name).startswith("forecast"))
        for row in known
    )


def lists_in(answer: object, zone: tzinfo, worth: float = 1.0) -> tuple[PriceList, ...]:
    """Return the price lists in the answer of an action."""
    return tuple(
        row._replace(worth=worth) for row in _lists(answer, "", zone, None) if row.rows
    )


def windows(rows: object, zone: tzinfo) -> tuple[tuple[float, float], ...]:
    """Return start and end of each row that has both, as dispatches do."""
    if not isinstance(rows, list | tuple):
        return ()
    found = []
    for item in rows[:MOST_ROWS]:
        read = _row(item, None)
        if read is None:
            continue
        start_s, end_s = moment(read.start, zone), moment(read.end, zone)
        if start_s is not None and end_s is not None and start_s < end_s:
            found.append((start_s, end_s))
    return tuple(found)


def _lists(
    value: object, name: str, zone: tzinfo, today: date | None, depth: int = DEEPEST
) -> list[PriceList]:
    """Return the lists in a value: itself, or what it holds by name."""
    if isinstance(value, str):
        value = _decoded(value)
    if isinstance(value, Mapping):
        if rows := _by_time(value, zone) or _side_by_side(value, zone):
            return [PriceList(name, rows)]
        return [
            found
            for key, inner in list(value.items())[:MOST_ROWS]
            if depth > 0 and isinstance(inner, Mapping | list | tuple)
            for found in _lists(inner, f"{name}.{key}", zone, today, depth - 1)
        ]
    if not isinstance(value, list | tuple):
        return []
    items = value[:MOST_ROWS]
    day = None if today is None else _day_of(_short(name), today)
    if today is not None and all(_is_bare(item) for item in items):
        # What does not name its day, and fills one, is of today.
        return [PriceList(name, numbered(items, day or today, zone))]
    return [PriceList(name, _in_order((_row(item, day) for item in items), zone))]


def _is_bare(item: object) -> bool:
    return item is None or number(item) is not None


UNSURE: Final = "?"
"""Before the name of an amount of which nobody but the sensor can say what it is."""
HINTS: Final = (
    *("price", "preis", "prijs", "pris", "prix", "precio", "cost", "kost", "rate"),
    *("kwh", "mwh", "net", "gross", "brutto", "incl", "inkl", "total", "tarif"),
)
"""Parts of names that sound like a price."""
NO_AMOUNTS: Final = frozenset({*AMOUNTS, *STARTS, *ENDS, DURATION})


class _Read(NamedTuple):
    """A row before it is known which of two equal local times it means."""

    start: object
    end: object
    duration_s: float | None
    amounts: Mapping[str, float]
    day: date | None


def _row(item: object, day: date | None) -> _Read | None:
    if isinstance(item, Mapping):
        fields = {_short(key): value for key, value in list(item.items())[:100]}
        minutes = number(fields.get(DURATION))
        return _Read(
            _first(fields, STARTS),
            _first(fields, ENDS),
            minutes * 60 if minutes is not None and minutes > 0 else None,
            _amounts(fields),
            _date(fields.get("date")) or day,
        )
    if isinstance(item, list | tuple) and len(item) == 2:
        amount = number(item[1])
        return _Read(item[0], None, None, {} if amount is None else {"": amount}, day)
    return None


def _date(value: object) -> date | None:
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _first(fields: Mapping[str, object], names: Iterable[str]) -> object:
    return next((fields[name] for name in names if fields.get(name) is not None), None)


def _amounts(fields: Mapping[str, object]) -> dict[str, float]:
    """Return what may be the price, the likeliest first.

    One number of an unknown name is it, if it has no rival. Several are unsure: only
    what the sensor shows tells which it is, of those that sound like a price.
    """
    found = {
        name: amount
        for name in AMOUNTS
        if name in fields and (amount := amount_in(fields[name])) is not None
    }
    others = {
        name: amount
        for name, value in fields.items()
        if name not in NO_AMOUNTS and (amount := amount_in(value)) is not None
    }
    if not found and len(others) == 1:
        return others
    unsure = {
        UNSURE + name: amount
        for name, amount in others.items()
        if any(hint in name for hint in HINTS)
    }
    return found | unsure


def amount_in(value: object) -> float | None:
    """Return a number, or the one that a record of an amount and its currency holds."""
    if isinstance(value, Mapping):
        inner = {_short(key): number(item) for key, item in list(value.items())[:20]}
        return next(
            (inner[name] for name in AMOUNTS if inner.get(name) is not None), None
        )
    if isinstance(value, str) and " " in value:
        # With its unit.
        value = value.split()[0]
    return number(value)


def _in_order(items: Iterable[_Read | None], zone: tzinfo) -> tuple[PriceRow, ...]:
    """Return rows, of two that start at one local time the second an hour later."""
    rows: list[PriceRow] = []
    seen: set[float] = set()
    for item in items:
        if item is None or not item.amounts:
            continue
        start_s, end_s = _moment(item.start, item, zone), _moment(item.end, item, zone)
        if start_s in seen:
            start_s = _moment(item.start, item, zone, fold=1)
        if start_s is not None and end_s is not None and end_s <= start_s:
            end_s = _moment(item.end, item, zone, fold=1)
        if start_s is None and end_s is not None and item.duration_s is not None:
            start_s = end_s - item.duration_s
        if start_s is None:
            continue
        seen.add(start_s)
        if end_s is None and item.duration_s is not None:
            end_s = start_s + item.duration_s
        rows.append(PriceRow(start_s, end_s, item.amounts))
    return tuple(rows)


def _moment(value: object, item: _Read, zone: tzinfo, fold: int = 0) -> float | None:
    found = moment(value, zone, fold)
    if (
        found is None
        and item.day is not None
        and (at := time_of_day(value)) is not None
    ):
        return (
            at_local_time(item.day, at, zone, fold)
            if exists(item.day, at, zone)
            else None
        )
    return found


def _by_time(value: Mapping[object, object], zone: tzinfo) -> tuple[PriceRow, ...]:
    """Return rows of amounts that stand under their time."""
    items = list(value.items())[:MOST_ROWS]
    return _in_order(
        (
            _Read(key, None, None, {"": amount}, None)
            for key, item in items
            if isinstance(key, str | datetime)
            and (amount := amount_in(item)) is not None
        ),
        zone,
    )


def _side_by_side(value: Mapping[Any, object], zone: tzinfo) -> tuple[PriceRow, ...]:
    """Return rows of a list of times beside one of amounts, as market data has them."""
    lists = [
        item[:MOST_ROWS] for item in value.values() if isinstance(item, list | tuple)
    ]
    for times in lists:
        if len(times) < 2 or any(moment(item, zone) is None for item in times):
            continue
        for amounts in lists:
            if amounts is times or len(amounts) != len(times):
                continue
            if all(_is_bare(item) for item in amounts):
                pairs = zip(times, amounts, strict=True)
                return _in_order((_row(pair, None) for pair in pairs), zone)
    return ()


def _decoded(text: str) -> object:
    """Return what a text holds that is written as JSON; the text where it is not."""
    if not text.lstrip().startswith(("[", "{")) or len(text) > LONGEST_TEXT:
        return text
    try:
        return json.loads(text)
    except ValueError, RecursionError:
        return text


def _short(name: object) -> str:
    """Return a name without what spellings differ in."""
    if not isinstance(name, str):
        return ""
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


def _day_of(short: str, today: date) -> date | None:
    """Return which day a list is of by its name."""
    if "tomorrow" in short or "nextday" in short:
        return today + timedelta(days=1)
    return today if "today" in short or "currentday" in short else None
