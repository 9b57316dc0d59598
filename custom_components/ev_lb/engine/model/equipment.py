"""What a site may have besides its fuses: sun, a battery, and caps in power."""

from dataclasses import dataclass
from math import isfinite
from typing import Final

EXTERNAL_CAP_W: Final = 4200.0
"""What a dimmed charger may still draw (section 14a EnWG), W."""
SHORTEST_PERIOD_S: Final = 60.0
"""Shortest period of a capacity tariff that makes sense, s."""
EVERY_DAY: Final = (0, 1, 2, 3, 4, 5, 6)
"""The days of a week; Monday is 0."""
FIRST_WEEKDAY: Final = 3
"""Day 0 of the clock, 1 January 1970, was a Thursday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A home battery with a controller of its own, which is not to be fought."""

    max_charge_power_w: float = 5000.0
    max_discharge_power_w: float = 5000.0
    soc_min_percent: float = 20.0
    """Below it the battery gives nothing to a car."""
    soc_target_percent: float = 80.0
    """Below it the battery comes before a car that charges from the sun."""
    soc_hysteresis_percent: float = 3.0
    """How far the charge must fall below a threshold to have left it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityTariff:
    """A price on the highest mean import of a clock period.

    15 minutes in Belgium, an hour in the Nordics.
    """

    limit_w: float
    """The mean import that is not to be exceeded, W."""
    period_s: float = 900.0
    follows_peak: bool = False
    """Whether the month's peak, once spent, becomes the limit."""

    @property
    def length_s(self) -> float:
        """Return the length of a period, s; a quarter-hour where it makes no sense."""
        makes_sense = isfinite(self.period_s) and self.period_s >= SHORTEST_PERIOD_S
        return self.period_s if makes_sense else 900.0

    def end_s(self, number: int) -> float:
        """Return when a period ends by the wall clock, s."""
        return (number + 1) * self.length_s


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalCap:
    """A cap that the grid operator sets by a signal, for the cars together."""

    power_w: float = EXTERNAL_CAP_W
    """What holds while the signal is on, or is lost, W."""
    per_charger: bool = False
    """Whether each charger may draw that much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSwitching:
    """How a charger may go from three phases to one and back.

    The contactors wear and some cars take offence, so switching is rationed
    (EVerest: at once down, up after 600 s, 10 s pause, a number per session).
    """

    up_margin_w: float = 200.0
    """How much more three phases must give than one, W."""
    up_after_s: float = 600.0
    """How long they must give that, s."""
    pause_s: float = 10.0
    """How long the car is stopped while the charger switches, s."""
    most_per_session: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWindow:
    """A time of the day at which an import limit holds."""

    start_s: float
    """Local time, s after midnight."""
    end_s: float
    """The same; at or before the start it is on the next day."""
    power_w: float
    weekdays: tuple[int, ...] = EVERY_DAY
    """The days on which it begins, Monday is 0; all of them where it names none."""

    def begins_on(self, day: int) -> bool:
        """Tell whether it begins on a day, which is counted from 1970."""
        weekdays = [row for row in self.weekdays if row in EVERY_DAY]
        return not weekdays or (day + FIRST_WEEKDAY) % len(EVERY_DAY) in weekdays
