"""The vocabulary of planning: slots, goals, and what one plan follows from.

Times are in seconds since the epoch, UTC: a slot is as long as it is, so the days
of 92 and of 100 quarter-hours need no care. Prices are in any one currency per kWh.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final, NamedTuple, Protocol

from custom_components.ev_lb.engine.model import PerPhase, Site

DAY_S: Final = 86400.0


class ClockChange(NamedTuple):
    """From when on the local clock is so far ahead of UTC."""

    from_s: float
    offset_s: float


class Span(Protocol):
    """What holds for a time."""

    @property
    def start_s(self) -> float:
        """Return when it begins."""

    @property
    def end_s(self) -> float:
        """Return when it ends."""


def covering[Row: Span](rows: Sequence[Row], time_s: float) -> Row | None:
    """Return the row that covers a moment, of rows in order and disjoint."""
    place = bisect_right(rows, time_s, key=_start_s) - 1
    row = rows[place] if place >= 0 else None
    return row if row is not None and time_s < row.end_s else None


def _start_s(row: Span) -> float:
    return row.start_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A stretch of time with one price and one forecast, 15 min or shorter."""

    start_s: float
    end_s: float
    price: float
    """What a kWh from the grid costs; below zero where one is paid for it."""
    feed_in_price: float = 0.0
    """What a kWh of surplus would have earned; above `price` it counts as that."""
    guessed: bool = False
    """Whether the price is a guess: nobody has published it yet."""
    house_a: PerPhase = (0.0, 0.0, 0.0)
    """Forecast of house and sun together, A per phase; export is negative. What is
    exported over all phases is the surplus that cars may use."""
    import_cap_w: float = inf
    """What the site may take from the grid then, W."""
    external_cap_w: float = inf
    """What the grid operator leaves the cars then, W."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a car is to have, and by when."""

    charger_id: str
    needed_kwh: float
    """At the plug, losses included, kWh."""
    ready_s: float
    from_s: float = -inf
    """From when on the car is there."""
    price_limit: float = inf
    """It takes nothing from the grid that costs more; the surplus it may use."""
    priority: int = 1
    """1 comes first: its goal is met before any other's is considered."""
    phase_count: int | None = None
    """On how many phases the car charges; None for all of the charger's."""
    max_current_a: float = inf
    """What the car itself takes at most, A."""
    running: bool = False
    """Whether it charges now: to go on is then no new start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """All that one plan follows from."""

    site: Site
    slots: tuple[Slot, ...]
    goals: tuple[Goal, ...]
    now_s: float
    clock: tuple[ClockChange, ...] = ()
    """The local clock while the plan lasts, in order: import limits by time of day go
    by it. None for UTC."""
    start_kwh: float = 0.2
    """A start is avoided where that costs less than so many kWh at the mean price:
    0.2 kWh leave a night with one or two blocks, for 0.3 % of its money."""
    month_peak_w: float | None = None
    """The highest mean import of a tariff period so far this month, W."""
    peak_price: float | None = None
    """What a kW more of the month's peak costs; None where the capacity tariff's
    limit is simply held."""
