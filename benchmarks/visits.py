"""When cars come and go, and what they need."""

from dataclasses import dataclass
from enum import StrEnum

from .data import DAY_S, DataFolder, Stay


class Demand(StrEnum):
    """When cars are there, and what they need."""

    HUNGRY = "hungry"
    """From 17 to 8 o'clock, never full: tells algorithms apart by energy."""
    SESSIONS = "sessions"
    """As a real driver came and went, with what was really charged."""
    DAYTIME = "daytime"
    """From 8 to 20 o'clock, never full: for charging from the sun."""
    WORKPLACE = "workplace"
    """As cars came and went at a real car park."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A car that is plugged in, in seconds from the first midnight."""

    charger: int
    start_s: int
    end_s: int
    need_kwh: float | None


def visits(
    demand: Demand, data: DataFolder, *, chargers: int, weeks: int, days: int
) -> tuple[Visit, ...]:
    """Return who comes when, of so many chargers; raises DataMissingError.

    `weeks` is how many weeks of a car park's sessions come at once.
    """
    match demand:
        case Demand.HUNGRY:
            # The night before the first day counts from its midnight on.
            spans = [(day * 24 + 17, day * 24 + 32) for day in range(-1, days)]
        case Demand.DAYTIME:
            spans = [(day * 24 + 8, day * 24 + 20) for day in range(days)]
        case Demand.SESSIONS:
            stays = data.home_stays()
            return tuple(
                visit
                for place in range(chargers)
                for visit in _placed(stays, place, 14 * place, days)
            )
        case Demand.WORKPLACE:
            return _car_park_visits(data.workplace_stays(), chargers, weeks, days)
    return tuple(
        Visit(place, max(0, start * 3600), min(end * 3600, days * DAY_S), None)
        for start, end in spans
        for place in range(chargers)
    )


def _placed(stays: list[Stay], place: int, from_day: int, days: int) -> list[Visit]:
    """Return the stays of some days as visits to one charger, from day 0 on."""
    placed: list[Visit] = []
    for stay in sorted(stays, key=lambda row: row.arrival_s):
        start_s = stay.arrival_s - from_day * DAY_S
        end_s = min(stay.departure_s - from_day * DAY_S, days * DAY_S)
        if not 0 <= start_s < end_s:
            continue
        if placed and start_s <= placed[-1].end_s:
            continue
        placed.append(Visit(place, start_s, end_s, stay.need_kwh))
    return placed


def _car_park_visits(
    stays: list[Stay], chargers: int, weeks: int, days: int
) -> tuple[Visit, ...]:
    """Give each of our stations the stays of one of the car park's busiest.

    Where there are more of ours, they get those of later weeks.
    """
    per_week = chargers // weeks
    found = []
    for week in range(weeks):
        first_s, last_s = 7 * week * DAY_S, (7 * week + days) * DAY_S
        here: dict[str, list[Stay]] = {}
        for stay in stays:
            if first_s <= stay.arrival_s < last_s:
                here.setdefault(stay.station, []).append(stay)
        busiest = sorted(here, key=lambda name: (-len(here[name]), name))[:per_week]
        for place, name in enumerate(sorted(busiest)):
            found += _placed(here[name], week * per_week + place, 7 * week, days)
    return tuple(found)
