"""All that is known of one price: as it was published, compared, and kept."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from math import floor
from typing import Any, Final

from custom_components.ev_lb.engine.planning.forecast import QUARTER_S, Price

from .comparison import FEWEST_PAIRS, Compared, Worth, compare
from .horizon import kept_prices
from .price_list import PriceList
from .unit import PriceProblem, Shown
from .values import EARLIEST_S, LATEST_S, number

KNOWN: Final = "known"
WORTH: Final = "worth"


class PriceBook:
    """Keeps the prices of one sensor over the loss of their source."""

    def __init__(self) -> None:
        """Begin without any price."""
        self.known: tuple[Price, ...] = ()
        """Of the last week and to come, in order and disjoint."""
        self.problem: PriceProblem | None = None
        self.compared: Compared | None = None
        """The last comparison."""
        self._worth: Worth | None = None

    @property
    def lasting_problem(self) -> PriceProblem | None:
        """Return what is wrong and will stay so.

        For a few hours it may still be found out what a sensor adds to its series.
        """
        pairs = () if self.compared is None else self.compared.pairs
        if self.problem is PriceProblem.MISMATCH and (
            len({pair.amount for pair in pairs}) < FEWEST_PAIRS
        ):
            return None
        return self.problem

    def forget(self) -> None:
        """Begin anew, with another sensor."""
        self.known, self.problem, self.compared, self._worth = (), None, None, None

    def take(
        self,
        lists: Sequence[PriceList],
        sensor: Shown | PriceProblem,
        now_s: float,
        zone: tzinfo,
    ) -> None:
        """Take in what is published and shown now.

        A sensor without a series is noted itself, quarter-hour by quarter-hour: after a
        week what it will show can be guessed.
        """
        shown = sensor if isinstance(sensor, Shown) else None
        pairs = self.compared.pairs if self.compared is not None else ()
        found = compare(lists, shown, now_s, zone, pairs, self._worth)
        self.compared, self.problem = found, found.problem
        if sensor is PriceProblem.WRONG_UNIT:
            self.problem = sensor
            return
        prices = found.prices
        if found.problem is PriceProblem.NO_SERIES and shown is not None:
            start_s = floor(now_s / QUARTER_S) * QUARTER_S
            prices = (Price(start_s, start_s + QUARTER_S, shown.price),)
        if found.proven:
            self._worth = found.worth
        self.known = kept_prices(self.known, prices, now_s)

    def reaches_s(self) -> float:
        """Return until when prices are known, s since the epoch."""
        return max((row.end_s for row in self.known if not row.guessed), default=0.0)

    def stored(self) -> dict[str, Any]:
        """Return what is to be remembered over a restart."""
        return {
            KNOWN: [
                [row.start_s, row.end_s, row.price]
                for row in self.known
                if not row.guessed
            ],
            WORTH: None if self._worth is None else list(self._worth),
        }

    def restore(self, stored: object) -> None:
        """Take what was remembered; rows that cannot be right are left out."""
        if not isinstance(stored, Mapping):
            return
        rows = [found for row in _rows(stored.get(KNOWN)) if (found := _price(row))]
        disjoint: list[Price] = []
        for row in sorted(rows):
            if not disjoint or disjoint[-1].end_s <= row.start_s:
                disjoint.append(row)
        self.known = tuple(disjoint)
        worth = _numbers(stored.get(WORTH))
        self._worth = Worth(*worth) if len(worth) == 2 else None


def _rows(value: object) -> Sequence[object]:
    return value[:MOST_ROWS] if isinstance(value, list | tuple) else ()


MOST_ROWS: Final = 4000


def _numbers(value: object) -> list[float]:
    return [found for item in _rows(value) if (found := number(item)) is not None]


def _price(value: object) -> Price | None:
    numbers = _numbers(value)
    if len(numbers) != 3:
        return None
    row = Price(numbers[0], numbers[1], numbers[2])
    return row if EARLIEST_S <= row.start_s < row.end_s <= LATEST_S else None
