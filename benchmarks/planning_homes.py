"""Random nights to plan: homes, cars, real prices and real loads, all from a seed."""

from dataclasses import dataclass
import gzip
from math import cos, inf, pi
import random
from typing import Final

import numpy as np

from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    CapacityTariff,
    Charger,
    Circuit,
    ImportWindow,
    Phase,
    Site,
)
from custom_components.ev_lb.engine.planning.request import Goal, PlanRequest, Slot

from .data import SHIPPED, DataFolder, Floats

QUARTER_S: Final = 900
PHASE_SHARES: Final = (0.5, 0.3, 0.2)
VOLTAGE_V: Final = 230.0
FEED_IN_PRICE: Final = 0.08
PRICES: Final = "price_de_lu_15min_*.csv.gz"


@dataclass(frozen=True, slots=True)
class Recorded:
    """Real prices and loads, a value for each quarter-hour."""

    retail: Floats
    """EUR/kWh."""
    house_w: Floats


def recorded(folder: DataFolder | None = None) -> Recorded:
    """Read what the nights are made of; raises DataMissingError."""
    folder = folder or DataFolder(SHIPPED)
    with gzip.open(folder.find(PRICES), "rt") as file:
        next(file)
        spot = np.array([float(line) for line in file]) / 1000
    minutes = folder.minute_means_w("load_refit20_*.csv.gz", days=30)["total"]
    quarters = len(minutes) // 15
    house_w = minutes[: quarters * 15].reshape(quarters, 15).mean(axis=1)
    # What a household pays for what the exchange asks: fee, taxes, network.
    return Recorded((spot + 0.015) * 1.19 + 0.165, house_w)


def random_request(recorded: Recorded, seed: int) -> PlanRequest:
    """Draw a home with one to ten cars, and 96 to 192 slots to plan."""
    chance = random.Random(seed)
    car_count = chance.choice((1, 1, 2, 2, 3, 3, 3, 4, 5, 6, 8, 10))
    slot_count = chance.choice((96, 96, 144, 192))
    fuse_a = chance.choice((16.0, 20.0, 25.0, 35.0) if car_count < 4 else (35.0, 63.0))
    circuits = [Circuit(circuit_id="grid", limit_a=(fuse_a,) * 3)]
    if chance.random() < 0.4:
        limit_a = round(fuse_a * chance.uniform(0.5, 0.9))
        circuits.append(
            Circuit(circuit_id="garage", limit_a=(limit_a,) * 3, parent_id="grid")
        )
    chargers = tuple(_charger(chance, place, circuits) for place in range(car_count))
    slots = _slots(recorded, chance, slot_count)
    # Drawn apart, so that all else of a seed stays as it was.
    other = random.Random(f"limits {seed}")
    windows = tuple(
        ImportWindow(
            start_s=other.randrange(96) * QUARTER_S + other.choice((0, 0, 300)),
            end_s=other.randrange(96) * QUARTER_S,
            power_w=fuse_a * other.uniform(200, 500),
        )
        for _ in range(other.choice((0, 0, 0, 1, 2)))
    )
    site = Site(
        circuits=tuple(circuits),
        chargers=chargers,
        import_cap_w=fuse_a * 460.0 if chance.random() < 0.2 else None,
        capacity_tariff=CapacityTariff(limit_w=fuse_a * chance.uniform(300, 600))
        if chance.random() < 0.2
        else None,
        unbalance_limit_a=20.0 if chance.random() < 0.2 else None,
        grid_unbalance_limit_a=20.0 if other.random() < 0.2 else None,
        import_windows=windows,
    )
    tightness = chance.choice((0.3, 0.6, 1.0, 1.5, 2.5, 4.0))
    priorities = chance.choice(((1,), (1,), (1, 2), (1, 2, 3)))
    goals = tuple(
        _goal(chance, charger, slots, tightness, chance.choice(priorities))
        for charger in chargers
    )
    now_s = slots[0].start_s
    return PlanRequest(site=site, slots=slots, goals=goals, now_s=now_s, start_kwh=0.0)


def _charger(chance: random.Random, place: int, circuits: list[Circuit]) -> Charger:
    one: tuple[Phase, ...] = (chance.choice(ALL_PHASES),)
    phases = ALL_PHASES if place == 0 or chance.random() < 0.5 else one
    return Charger(
        charger_id=f"charger {place}",
        circuit_id=chance.choice(circuits).circuit_id,
        phases=phases,
        max_current_a=16.0 if len(phases) == 3 else chance.choice((16.0, 32.0)),
    )


def _slots(recorded: Recorded, chance: random.Random, count: int) -> tuple[Slot, ...]:
    first_price = chance.randrange(len(recorded.retail) - count)
    first_house = chance.randrange(len(recorded.house_w) - count)
    sun_kw = chance.choice((0.0, 0.0, 5.0, 8.0)) * chance.uniform(0.3, 1.0)
    # The series begins at midnight, of the clock of its country.
    noon = 48 - first_price % 96
    dimmed = chance.random() < 0.15
    dimmed_from = chance.randrange(count)
    slots = []
    for place in range(count):
        height = cos((place - noon) % 96 / 96 * 2 * pi)
        solar_w = max(0.0, height) ** 1.5 * sun_kw * 1000
        solar_w *= chance.uniform(0.6, 1.0)
        house_w = recorded.house_w[first_house + place]
        first, second, third = (
            float(house_w * share - solar_w / 3) / VOLTAGE_V for share in PHASE_SHARES
        )
        start_s = 1_790_000_100.0 + place * QUARTER_S
        is_dimmed = dimmed and dimmed_from <= place < dimmed_from + 8
        slots.append(
            Slot(
                start_s=start_s,
                end_s=start_s + QUARTER_S,
                price=float(recorded.retail[first_price + place]),
                feed_in_price=FEED_IN_PRICE,
                house_a=(first, second, third),
                external_cap_w=4200.0 if is_dimmed else inf,
            )
        )
    return tuple(slots)


def _goal(
    chance: random.Random,
    charger: Charger,
    slots: tuple[Slot, ...],
    tightness: float,
    priority: int,
) -> Goal:
    count = len(slots)
    begin = chance.randrange(count // 2)
    end = chance.randrange(begin + 16, count + 1)
    full_kw = VOLTAGE_V * len(charger.phases) * charger.max_current_a / 1000
    hours = (end - begin) / 4
    return Goal(
        charger_id=charger.charger_id,
        needed_kwh=round(full_kw * hours * tightness * chance.uniform(0.1, 0.6), 2)
        + 0.5,
        from_s=slots[begin].start_s + chance.choice((0, 0, 400)),
        ready_s=slots[end - 1].end_s - chance.choice((0, 0, 300)),
        priority=priority,
    )
