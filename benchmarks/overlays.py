"""Appliances that the measured homes do not have: synthetic, seeded, per phase.

Each returns what it draws, A, as an array of shape (3, seconds). They cover
what breaks a naive controller: loads that come all at once on all phases, and
loads that cycle faster than a controller settles.
"""

from collections.abc import Callable, Sequence
from math import log
from typing import Final

import numpy as np

from .data import DAY_S, Floats

type Generator = np.random.Generator
type Hours = Sequence[tuple[float, float]]


def overlay(kind: str, days: int, seed: int) -> Floats:
    """Return what an appliance draws, A per phase and second."""
    random = np.random.default_rng([seed, sum(map(ord, kind))])
    current_a = np.zeros((3, DAY_S * days))
    if kind == HEAT_PUMP:
        _heat_pump(current_a, random, days)
        return current_a
    for day in range(days):
        APPLIANCES[kind](current_a, random, DAY_S * day)
    return current_a


def _second(random: Generator, day_s: int, hours: Hours) -> int:
    """Draw when in the day something begins, around hours with their weights."""
    weights = np.array([weight for _, weight in hours])
    place = random.choice(len(hours), p=weights / weights.sum())
    hour = float(np.clip(random.normal(hours[place][0], 1.0), 0, 23.5))
    return day_s + int(3600 * hour)


def _instantaneous_heater(current_a: Floats, random: Generator, day_s: int) -> None:
    """Heat water as it flows: 12 or 18 kW on all phases, for a minute or so."""
    for _ in range(random.poisson(14)):
        start = _second(random, day_s, ((7, 3), (12.5, 1), (19, 3)))
        length = int(np.clip(random.lognormal(log(75), 1.0), 8, 600))
        current_a[:, start : start + length] = random.choice((17.4, 26.0))


def _hob(current_a: Floats, random: Generator, day_s: int) -> None:
    """Cook on L1 and L2, with power steps of a few seconds."""
    seconds = current_a.shape[1]
    for _ in range(random.poisson(1.6)):
        start = _second(random, day_s, ((7.3, 1), (12.5, 1), (18.2, 4)))
        length = int(random.uniform(10, 45) * 60)
        both = random.random() < 0.7
        phases = (0, 1) if both else (int(random.integers(0, 2)),)
        for phase in phases:
            steps = start + int(random.uniform(60, 300))
            current_a[phase, start:steps] += 16.0
            period, duty = int(random.integers(3, 9)), random.uniform(0.25, 0.8)
            end = min(seconds, start + length)
            within = np.arange(max(0, end - steps)) % period
            current_a[phase, steps : steps + len(within)] += 16.0 * (
                within < duty * period
            )


def _oven(current_a: Floats, random: Generator, day_s: int) -> None:
    """Bake on L3 with a thermostat."""
    if random.random() >= 0.6:
        return
    start = _second(random, day_s, ((18, 3), (12, 1)))
    end = start + int(random.uniform(30, 75) * 60)
    second = start + int(random.uniform(7, 12) * 60)
    current_a[2, start:second] += 14.8
    while second < end:
        second += int(random.uniform(50, 130))
        length = int(random.uniform(25, 70))
        current_a[2, second : second + length] += 14.8
        second += length


def _heat_pump(current_a: Floats, random: Generator, days: int) -> None:
    """Heat on all phases in cycles, with a surge at each start."""
    seconds = current_a.shape[1]
    second = int(random.uniform(0, 1800))
    while second < DAY_S * days:
        length = min(int(random.uniform(15, 45) * 60), seconds - second)
        run_a = random.uniform(4.5, 8.5)
        current_a[:, second : second + length] += run_a
        current_a[:, second : second + min(2, length)] += 0.6 * run_a
        second += length + int(random.uniform(15, 60) * 60)


def _sauna(current_a: Floats, random: Generator, day_s: int) -> None:
    """Heat a sauna twice a week: 8 kW on all phases, then cycling."""
    if random.random() >= 2 / 7:
        return
    start = _second(random, day_s, ((18.5, 1),))
    current_a[:, start : start + 2400] += 11.6
    for second in range(start + 2400, start + 5400, 240):
        current_a[:, second : second + 130] += 11.6


HEAT_PUMP: Final = "heatpump"
APPLIANCES: Final[dict[str, Callable[[Floats, Generator, int], None]]] = {
    "dle18": _instantaneous_heater,
    "hob": _hob,
    "oven": _oven,
    "sauna": _sauna,
}
