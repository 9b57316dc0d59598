"""What the amounts of a series are worth: what covers now equals what the sensor shows.

That one rule finds cents, prices per MWh and the odd units of some integrations, the
right one of several amounts in a row, and the series that belongs to the sensor. Where
the sensor adds fees and tax to a bare market price, a line through what both showed at
several times says how much.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta, tzinfo
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.planning.forecast import Price

from .price_list import PriceList
from .rows import UNSURE
from .timeline import Entry, Piece, at, laid_out, mean
from .unit import PriceProblem, Shown
from .values import BIGGEST, HOUR_S, local_day, midnight

FACTORS: Final = (1.0, 0.01, 1e-3, 1e-5, 1e-7, 100.0, 1e3)
"""What an amount may be worth in currency per kWh: also in cents, per MWh or Wh, cents
per MWh, and ten-millionths, as Zonneplan counts."""

TOLERANCE: Final = 0.01
FEWEST_PAIRS: Final = 4
"""So many different amounts must have been seen before a line is drawn."""
MOST_PAIRS: Final = 96


class Worth(NamedTuple):
    """What an amount comes to: factor times amount, plus offset, currency per kWh."""

    factor: float
    offset: float = 0.0

    def price(self, amount: float) -> float:
        """Return the price that an amount stands for."""
        return self.factor * amount + self.offset


class Pair(NamedTuple):
    """What series and sensor said at one time."""

    start_s: float
    """When the amount began to hold."""
    amount: float
    price: float


class Compared(NamedTuple):
    """The prices of a sensor, and how they were found."""

    prices: tuple[Price, ...]
    problem: PriceProblem | None = None
    worth: Worth | None = None
    """None where there are no prices."""
    proven: bool = False
    """Whether sensor and series were seen to agree."""
    amount_now: float | None = None
    """What the series says for now, in its own unit."""
    pairs: tuple[Pair, ...] = ()
    """What to give to the next comparison."""


class _Match(NamedTuple):
    """One amount of one list, and what it is worth by the sensor."""

    source: PriceList
    name: str
    worth: Worth


def compare(
    lists: Sequence[PriceList],
    sensor: Shown | None,
    now_s: float,
    zone: tzinfo,
    pairs: Sequence[Pair] = (),
    known: Worth | None = None,
) -> Compared:
    """Return the prices in the lists, in currency per kWh.

    `sensor` is None where the entity shows no price, as events do, or none just now.
    `pairs` and `known` are those of the comparison before.
    """
    if not any(source.rows for source in lists):
        return Compared((), PriceProblem.NO_SERIES, pairs=tuple(pairs))
    covering = [
        (source, name, amounts)
        for source in lists
        for name in _names(source)
        if (amounts := _amounts_now(_pieces([source], name), now_s, zone))
    ]
    sure = [row for row in covering if not row[1].startswith(UNSURE)]
    first = sure[0] if sure else None
    kept = _with_now(pairs, first, sensor, now_s)
    amount_now = first[2][0].amount if first else None
    unsure = [row for row in covering if row not in sure]
    match = _best_match(sure, sensor, known) or _best_match(unsure, sensor, known)
    proven = True
    if match is None and sensor is not None and first is not None:
        worth = line(kept)
        if worth is None:
            return Compared(
                (), PriceProblem.MISMATCH, amount_now=amount_now, pairs=kept
            )
        match = _Match(first[0], first[1], worth)
    elif match is None:
        match, proven = _usual(lists, known), False
    if match is None:
        return Compared((), PriceProblem.NO_SERIES, pairs=kept)
    prices = _prices(_belonging(lists, covering, match, sensor), match, now_s)
    problem = None if any(row.end_s > now_s for row in prices) else PriceProblem.ENDED
    return Compared(prices, problem, match.worth, proven, amount_now, kept)


def _usual(lists: Sequence[PriceList], known: Worth | None) -> _Match | None:
    """Return what counts where no comparison can tell: the likeliest amount."""
    for source in lists:
        for name in _names(source):
            if not name.startswith(UNSURE):
                return _Match(source, name, known or Worth(source.worth))
    return None


def line(pairs: Sequence[Pair]) -> Worth | None:
    """Return factor and offset that make all amounts the prices seen; None if none do.

    Least squares, and no pair off by more than 1 % of the highest price.
    """
    pairs = [
        pair
        for pair in pairs
        if abs(pair.amount) <= BIGGEST and abs(pair.price) <= BIGGEST
    ]
    if len({pair.amount for pair in pairs}) < FEWEST_PAIRS:
        return None
    count = len(pairs)
    mean_amount = sum(pair.amount for pair in pairs) / count
    mean_price = sum(pair.price for pair in pairs) / count
    spread = sum((pair.amount - mean_amount) ** 2 for pair in pairs)
    if spread <= 0:
        return None
    factor = (
        sum((pair.amount - mean_amount) * (pair.price - mean_price) for pair in pairs)
        / spread
    )
    worth = Worth(factor, mean_price - factor * mean_amount)
    allowed = TOLERANCE * max(abs(pair.price) for pair in pairs)
    fits = all(abs(worth.price(pair.amount) - pair.price) <= allowed for pair in pairs)
    return worth if factor > 0 and fits else None


def _names(source: PriceList) -> list[str]:
    """Return the names of the amounts in a list, those first that most rows lead with."""
    names: dict[str, int] = {}
    for row in source.rows:
        for place, name in enumerate(row.amounts):
            names[name] = min(names.get(name, place), place)
    return sorted(names, key=lambda name: names[name])


def _pieces(sources: Iterable[PriceList], name: str) -> list[Piece]:
    return laid_out(
        Entry(row.start_s, row.end_s, row.amounts[name], source.is_forecast)
        for source in sources
        for row in source.rows
        if name in row.amounts
    )


def _amounts_now(pieces: Sequence[Piece], now_s: float, zone: tzinfo) -> list[Piece]:
    """Return what a sensor may show now, the likeliest first.

    The amount that holds; that of a moment ago, for a sensor that is late; the means
    of this clock hour and of the day, for a sensor of such a mean.
    """
    now = at(pieces, now_s)
    if now is None:
        soon = next((row for row in pieces if row.start_s > now_s), None)
        return [soon] if soon is not None and soon.start_s <= now_s + HOUR_S else []
    found = [now]
    if (before := at(pieces, now.start_s - 1)) is not None:
        found.append(before)
    hour_s = now_s // HOUR_S * HOUR_S
    today = local_day(now_s, zone)
    ends = midnight(today, zone), midnight(today + timedelta(days=1), zone)
    for from_s, until_s in ((hour_s, hour_s + HOUR_S), ends):
        if (middle := mean(pieces, from_s, until_s)) is not None:
            found.append(Piece(from_s, until_s, middle))
    return found


type _Covering = tuple[PriceList, str, list[Piece]]


def _best_match(
    covering: Sequence[_Covering], sensor: Shown | None, known: Worth | None
) -> _Match | None:
    """Return the amount that the sensor shows, the likeliest if it may be several."""
    if sensor is None:
        return None
    places = max((len(amounts) for _, _, amounts in covering), default=0)
    for place in range(places):
        for source, name, amounts in covering:
            if place >= len(amounts):
                continue
            usual = (
                [Worth(source.worth)] if known is None else [known, Worth(source.worth)]
            )
            worth = _worth(amounts[place].amount, sensor, usual)
            if worth is not None:
                return _Match(source, name, worth)
    return None


def _worth(amount: float, sensor: Shown, usual: Sequence[Worth]) -> Worth | None:
    """Return what makes an amount the price shown, the usual worth if that does.

    A price of so few digits that any small amount would do proves no other.
    """
    others = [Worth(factor) for factor in FACTORS] if _tells_enough(sensor) else []
    return next(
        (worth for worth in (*usual, *others) if _agree(worth.price(amount), sensor)),
        None,
    )


def _tells_enough(sensor: Shown) -> bool:
    """Tell whether a price has the digits to find its unit by."""
    return abs(sensor.price) > 2 * sensor.rounding


def _agree(price: float, sensor: Shown) -> bool:
    allowed = max(TOLERANCE * abs(sensor.price), sensor.rounding)
    return abs(price - sensor.price) <= allowed + 1e-9


def _belonging(
    lists: Sequence[PriceList],
    covering: Sequence[_Covering],
    match: _Match,
    sensor: Shown | None,
) -> list[PriceList]:
    """Return the lists with prices of the sensor, not those of feed-in or of gas.

    One that covers now must agree with the sensor; one of another time, a list of
    tomorrow say, belongs to it if it has the same kind of rows.
    """
    belonging = []
    for source in lists:
        rows = [row for row in source.rows if match.name in row.amounts]
        now = [
            amounts
            for other, name, amounts in covering
            if other is source and name == match.name
        ]
        agrees = source is match.source or sensor is None or not now
        if not agrees and sensor is not None:
            agrees = any(
                _agree(match.worth.price(piece.amount), sensor) for piece in now[0]
            )
        if rows and agrees:
            belonging.append(source._replace(rows=tuple(rows)))
    return belonging


def _prices(
    sources: Sequence[PriceList], match: _Match, now_s: float
) -> tuple[Price, ...]:
    return tuple(
        Price(
            row.start_s,
            row.end_s,
            match.worth.price(row.amount),
            guessed=row.guessed,
        )
        for row in _pieces(sources, match.name)
        if abs(row.start_s - now_s) <= AROUND_S
    )


AROUND_S: Final = 10 * 24 * HOUR_S
"""What is further from now than that is of no use, s."""


def _with_now(
    pairs: Sequence[Pair],
    first: _Covering | None,
    sensor: Shown | None,
    now_s: float,
) -> tuple[Pair, ...]:
    """Return the pairs, with that of now, the newest of the last two days."""
    kept = {pair.start_s: pair for pair in pairs if now_s - pair.start_s <= 2 * 86400}
    if first is not None and sensor is not None:
        piece = first[2][0]
        kept[piece.start_s] = Pair(piece.start_s, piece.amount, sensor.price)
    newest = sorted(kept.values())[-MOST_PAIRS:]
    return tuple(newest)
