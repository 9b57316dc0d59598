"""Time of one split, for many chargers under few and many circuits.

Run `python -m benchmarks.split_time`. Chargers use one to three phases, have different
weights and minima, and more is wanted than there is, so that the circuits, the connection
and the remainder of whole steps all come into play. Processor time is measured, so that
whatever else the machine does is not counted.
"""

import argparse
import gc
import random
from statistics import median
import time

from custom_components.ev_lb.engine.allocation.split import Limit, Request, split
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    DistributionMode,
    LimitingFactor,
)

CHARGERS = (1, 3, 12, 50, 200, 1000)
CIRCUITS = (1, 20)
PHASE_MAPS = ((0, 1, 2), (0, 1, 2), (0,), (1,), (2,))

type Uses = tuple[tuple[int, float], ...]
"""On which limits a charger draws, and how many of its amperes."""


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.5, help="time per figure")
    arguments = parser.parse_args()
    print("median time of one split, µs")
    titles = "".join(f"{mode.value:>23}" for mode in DistributionMode)
    print(f"chargers circuits{titles}")
    for circuit_count in CIRCUITS:
        for charger_count in CHARGERS:
            requests, limits = crowded_site(charger_count, circuit_count)
            times_us = "".join(
                f"{split_time_us(requests, limits, mode, arguments.seconds):>23.1f}"
                for mode in DistributionMode
            )
            print(f"{charger_count:>8} {circuit_count:>8}{times_us}")


def crowded_site(
    charger_count: int, circuit_count: int
) -> tuple[list[Request], list[Limit]]:
    """Return chargers that want about twice of what their circuits carry.

    One circuit is the connection alone; more hang below it, and want about a
    third more than it carries.
    """
    chance = random.Random(charger_count * 100 + circuit_count)
    per_circuit_a = 10.0 * charger_count / circuit_count + 6.0
    limits = [
        Limit(9.0 * charger_count + 6.0, LimitingFactor.FUSE, phase, "grid")
        for phase in ALL_PHASES
    ]
    if circuit_count > 1:
        for number in range(circuit_count):
            capacity_a = per_circuit_a * chance.uniform(0.5, 1.5)
            limits += [
                Limit(capacity_a, LimitingFactor.CIRCUIT, phase, f"circuit {number}")
                for phase in ALL_PHASES
            ]
    lines: dict[tuple[int, tuple[int, ...]], Uses] = {}
    requests = []
    for number in range(charger_count):
        phases = chance.choice(PHASE_MAPS)
        circuit = number % circuit_count
        below = 3 * (circuit + 1)
        if (circuit, phases) not in lines:
            grid = tuple((phase, 1.0) for phase in phases)
            own = tuple((below + phase, 1.0) for phase in phases)
            lines[circuit, phases] = grid + own if circuit_count > 1 else grid
        requests.append(_request(chance, number, lines[circuit, phases]))
    return requests, limits


def _request(chance: random.Random, number: int, uses: Uses) -> Request:
    return Request(
        charger_id=f"charger {number}",
        min_current_a=6.0,
        max_current_a=chance.choice((16.0, 20.0, 32.0)),
        step_a=chance.choice((1.0, 1.0, 0.1)),
        weight=float(chance.randint(1, 5)),
        uses=uses,
        urgency=chance.choice((0, 0, 0, 1)),
        priority=chance.randint(1, 3),
        turn=chance.random(),
        running=chance.random() < 0.5,
        own_limit=LimitingFactor.CHARGER_MAX,
    )


def split_time_us(
    requests: list[Request],
    limits: list[Limit],
    mode: DistributionMode,
    seconds: float,
) -> float:
    """Return the median time of one split, µs."""
    times_us: list[float] = []
    end_s = time.monotonic() + seconds
    # A collection in the middle of a split says nothing of the split.
    gc.disable()
    while time.monotonic() < end_s:
        started_ns = time.thread_time_ns()
        split(requests, limits, mode)
        times_us.append((time.thread_time_ns() - started_ns) / 1000)
    gc.enable()
    return median(times_us)


if __name__ == "__main__":
    main()
