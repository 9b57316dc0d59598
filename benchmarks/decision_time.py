"""Time of one decision for one charger, with a state that has a past.

Run `python -m benchmarks.decision_time`. A meter reports each second, the house changes as
a household does, and the car draws what it was told. Only `decide` is timed, in processor
time, so that whatever else the machine does is not counted.
"""

import argparse
import gc
import random
from statistics import median, quantiles
import time

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Reading,
    Site,
    Snapshot,
)

SERVICE_CURRENT_A = 25.0
CHARGER_ID = "charger"


def main() -> None:
    """Measure, and print a small table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=20_000)
    parser.add_argument("--warm-up", type=int, default=2_000)
    arguments = parser.parse_args()
    for measures_current in (True, False):
        times_us = decision_times_us(
            arguments.decisions, arguments.warm_up, measures_current=measures_current
        )
        source = "with" if measures_current else "without"
        print(
            f"one charger, three phases, {source} a measured current: "
            f"median {median(times_us):.0f} µs, "
            f"p99 {quantiles(times_us, n=100)[98]:.0f} µs, "
            f"longest {max(times_us):.0f} µs ({len(times_us)} decisions)"
        )


def decision_times_us(
    decisions: int, warm_up: int, *, measures_current: bool
) -> list[float]:
    """Return how long each decision of a closed loop took, µs."""
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(SERVICE_CURRENT_A,) * 3),),
        chargers=(
            Charger(
                charger_id=CHARGER_ID,
                circuit_id="grid",
                measures_current=measures_current,
            ),
        ),
    )
    state = resume(site, {CHARGER_ID: 0.0}, 0.0)
    chance = random.Random(0)
    house_a = [2.0, 4.0, 8.0]
    set_a = 0.0
    times_us: list[float] = []
    # A collection in the middle of a decision says nothing of the decision.
    gc.disable()
    for second in range(1, decisions + warm_up + 1):
        if chance.random() < 0.1:
            house_a[chance.randrange(3)] = chance.uniform(0.0, 20.0)
        snapshot = _snapshot(float(second), house_a, set_a, measures_current)
        started_ns = time.thread_time_ns()
        decision = decide(site, state, snapshot, float(second))
        ended_ns = time.thread_time_ns()
        state = decision.state
        set_a = decision.chargers[0].set_a
        if second > warm_up:
            times_us.append((ended_ns - started_ns) / 1000)
    gc.enable()
    return times_us


def _snapshot(
    now_s: float, house_a: list[float], car_a: float, measures_current: bool
) -> Snapshot:
    l1, l2, l3 = (Reading(load_a + car_a, now_s) for load_a in house_a)
    measured = (Reading(car_a, now_s),) if measures_current else ()
    return Snapshot(
        phase_currents_a=(l1, l2, l3),
        chargers=(
            ChargerReading(
                charger_id=CHARGER_ID,
                status=ChargerStatus.CHARGING if car_a else ChargerStatus.CONNECTED,
                measured_a=measured,
                accepted=Reading(car_a, now_s),
            ),
        ),
    )


if __name__ == "__main__":
    main()
