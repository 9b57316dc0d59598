"""What was read of prices: rows of one origin, in an order and a unit of their own."""

from collections.abc import Mapping
from typing import NamedTuple


class PriceRow(NamedTuple):
    """What one row says, in its own unit."""

    start_s: float
    end_s: float | None
    """None where the row does not say."""
    amounts: Mapping[str, float]
    """Each number that may be the price, by its name, the likeliest first."""


class PriceList(NamedTuple):
    """Rows of one origin and one unit."""

    name: str
    rows: tuple[PriceRow, ...]
    is_forecast: bool = False
    """Whether others are known for certain: these are what its maker expects."""
    worth: float = 1.0
    """What an amount of 1 is in currency per kWh, where no comparison can tell."""
