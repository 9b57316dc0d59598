"""What the sun is expected to give, scaled by what the roof gives and gave.

Read in sources: what the Energy dashboard gets (`wh_hours`: energy by the start of its
period, of unequal length, the nights missing), Solcast's rows (mean power in kW), the
`wh_period` and `watts` of Open-Meteo and of Forecast.Solar's action.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from itertools import pairwise
from math import inf, isfinite
from typing import Final

from custom_components.ev_lb.engine.planning.forecast import QUARTER_S, Sunshine
from custom_components.ev_lb.engine.planning.request import covering

from .rows import MOST_ROWS
from .values import HOUR_S, moment, number

type SunRows = tuple[Sunshine, ...]

ENERGIES: Final = ("wh_hours", "wh_period")
"""Energy of a period by its start, Wh."""
ROWS: Final = ("detailedForecast", "detailedHourly")
"""Rows with a start and a mean power, kW."""
MOST_W: Final = 1e7

FADE_QUARTERS: Final = 4
"""Within an hour what the roof gives now says nothing any more."""
HIGHEST_RATIO: Final = 3.0
LEAST_SHARE: Final = 0.05
"""Of the forecast's highest power: less is too little to compare by."""
LEAST_W: Final = 100.0

LEARNED_FROM_WH: Final = 5000.0
"""So much must have been forecast before a roof's own factor counts."""
LEARNED_RANGE: Final = (0.3, 1.5)


def sunshine(forecasts: Iterable[object], zone: tzinfo) -> SunRows:
    """Return the mean power of all roofs together, in order and disjoint."""
    roofs = [rows for forecast in forecasts if (rows := _roof(forecast, zone))]
    edges = sorted({edge for rows in roofs for row in rows for edge in row[:2]})
    changes = dict.fromkeys(edges, 0.0)
    covered = dict.fromkeys(edges, 0)
    for row in (row for rows in roofs for row in rows):
        changes[row.start_s] += row.power_w
        changes[row.end_s] -= row.power_w
        covered[row.start_s] += 1
        covered[row.end_s] -= 1
    found, power_w, count = [], 0.0, 0
    for start_s, end_s in pairwise(edges):
        power_w, count = power_w + changes[start_s], count + covered[start_s]
        if count:
            found.append(Sunshine(start_s, end_s, max(power_w, 0.0)))
    return tuple(found)


def _roof(forecast: object, zone: tzinfo) -> list[Sunshine]:
    """Return the mean power of one roof, out of the first series that can be read."""
    if not isinstance(forecast, Mapping):
        return []
    for name in ENERGIES:
        if energies := _by_start(_timed(forecast.get(name), zone)):
            return [
                Sunshine(start_s, end_s, min(wh * HOUR_S / (end_s - start_s), MOST_W))
                for start_s, end_s, wh in energies
            ]
    for name in ROWS:
        rows = forecast.get(name)
        if isinstance(rows, list | tuple):
            powers = _by_start(
                (moment(row.get("period_start"), zone), number(row.get("pv_estimate")))
                for row in rows[:MOST_ROWS]
                if isinstance(row, Mapping)
            )
            if powers:
                return [
                    Sunshine(*row[:2], min(row[2] * 1000, MOST_W)) for row in powers
                ]
    return [
        Sunshine(start_s, end_s, min(power_w, MOST_W))
        for start_s, end_s, power_w in _by_start(_timed(forecast.get("watts"), zone))
    ]


def _timed(value: object, zone: tzinfo) -> Iterable[tuple[float | None, float | None]]:
    if not isinstance(value, Mapping):
        return ()
    return [
        (moment(key, zone), number(amount))
        for key, amount in list(value.items())[:MOST_ROWS]
        if isinstance(key, str | datetime)
    ]


def _by_start(
    items: Iterable[tuple[float | None, float | None]],
) -> list[tuple[float, float, float]]:
    """Return start, end and amount of each period.

    A period ends with the next, but lasts no longer than most do: the evening's last
    is not spread over the night.
    """
    amounts = {
        start_s: max(amount, 0.0)
        for start_s, amount in items
        if start_s is not None and amount is not None
    }
    starts = sorted(amounts)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    steps = Counter(gap for gap in gaps if gap <= HOUR_S)
    step_s = max(steps, key=lambda gap: (steps[gap], gap), default=HOUR_S)
    ends = [*starts[1:], inf]
    return [
        (start_s, min(end_s, start_s + step_s), amounts[start_s])
        for start_s, end_s in zip(starts, ends, strict=False)
    ]


def scaled(
    forecast: Sequence[Sunshine],
    now_s: float,
    measured_w: float | None = None,
    learned: float = 1.0,
) -> tuple[Sunshine, ...]:
    """Return the forecast as the roof makes it likely.

    `learned` is what the roof gave of what was forecast; the next hour begins with what
    it gives now (`measured_w`, mean of the last quarter-hour) and fades to that.
    """
    learned = _within(learned, LEARNED_RANGE) if isfinite(learned) else 1.0
    ratio = _ratio_now(forecast, now_s, measured_w)
    if ratio is None:
        return tuple(row._replace(power_w=row.power_w * learned) for row in forecast)
    edges = [now_s + place * QUARTER_S for place in range(FADE_QUARTERS + 1)]
    found = []
    for row in forecast:
        inner = [edge for edge in edges if row.start_s < edge < row.end_s]
        for start_s, end_s in pairwise([row.start_s, *inner, row.end_s]):
            place = (start_s - now_s) / QUARTER_S
            share = 0.0 if place < 0 else min(int(place) / FADE_QUARTERS, 1.0)
            if end_s <= now_s:
                share = 1.0
            factor = ratio * (1 - share) + learned * share
            found.append(Sunshine(start_s, end_s, row.power_w * factor))
    return tuple(found)


def power_at(forecast: Sequence[Sunshine], time_s: float) -> float:
    """Return what is forecast for a moment, W; 0 where nothing is."""
    row = covering(forecast, time_s)
    return 0.0 if row is None else row.power_w


def _ratio_now(
    forecast: Sequence[Sunshine], now_s: float, measured_w: float | None
) -> float | None:
    """Return what the roof gives of what was forecast for now; None if that is little."""
    expected_w = power_at(forecast, now_s)
    most_w = max((row.power_w for row in forecast), default=0.0)
    if measured_w is None or not measured_w >= 0:
        return None
    if expected_w < max(LEAST_SHARE * most_w, LEAST_W):
        return None
    return min(measured_w / expected_w, HIGHEST_RATIO)


def learned_factor(seen: Iterable[tuple[float, float]]) -> float:
    """Return what a roof gave of what was forecast, of pairs of both for quarter-hours.

    In W, forecast first; 1 where too little was forecast to tell.
    """
    pairs = [
        (forecast_w, measured_w)
        for forecast_w, measured_w in seen
        if 0 <= forecast_w <= MOST_W and 0 <= measured_w <= MOST_W
    ]
    forecast_w = sum(pair[0] for pair in pairs)
    if forecast_w * QUARTER_S / HOUR_S < LEARNED_FROM_WH:
        return 1.0
    return _within(sum(pair[1] for pair in pairs) / forecast_w, LEARNED_RANGE)


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])
