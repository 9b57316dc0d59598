"""Time of one decision, for one to many chargers under few and many circuits.

Run `python -m benchmarks.decision_time`. The house changes as a household does, the cars
draw what they were told, and one report comes after the other: each second one of the
meter, and some of chargers in between. Each report costs one decision; only `decide` is
timed, in processor time, so that whatever else the machine does is not counted.
"""

import argparse
from dataclasses import replace
import gc
import random
from statistics import median
import time

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Phase,
    Reading,
    Site,
    Snapshot,
)

CHARGERS = (1, 3, 12, 50, 200, 1000)
CIRCUITS = (1, 20)
PHASE_MAPS = (ALL_PHASES, ALL_PHASES, (Phase.L1,), (Phase.L2,), (Phase.L3,))
REPORTS_PER_SECOND = 4
"""Of chargers, one after the other."""
SETTLING_S = 30


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=4000, help="per run, divided")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    print("median time of one decision, µs")
    print("chargers circuits   after a meter report   after a charger's report")
    for circuit_count in CIRCUITS:
        for charger_count in CHARGERS:
            seconds = max(arguments.decisions // (charger_count + 4), 8)
            runs = [
                Garage(charger_count, circuit_count, seed).live(seconds)
                for seed in range(arguments.runs)
            ]
            meter_us, charger_us = (
                median(times_us) for times_us in zip(*runs, strict=True)
            )
            print(
                f"{charger_count:>8} {circuit_count:>8} {meter_us:>22.0f} "
                f"{charger_us:>26.0f}",
                flush=True,
            )


class Garage:
    """Chargers whose cars want about twice of what there is."""

    def __init__(self, charger_count: int, circuit_count: int, seed: int) -> None:
        """Build the site, with every car plugged in and nothing charging yet."""
        self.site = crowded_site(charger_count, circuit_count)
        self.state = resume(self.site, {}, 0.0)
        self.chance = random.Random(seed)
        self.house_a = [2.0, 4.0, 8.0]
        self.meter: tuple[Reading | None, Reading | None, Reading | None] = (None,) * 3
        self.told = {
            row.charger_id: ChargerReading(
                charger_id=row.charger_id,
                status=ChargerStatus.CONNECTED,
                measured_a=(Reading(0.0, 0.0),),
            )
            for row in self.site.chargers
        }
        self.set_a = dict.fromkeys(self.told, 0.0)

    def live(self, seconds: int) -> tuple[float, float]:
        """Return the median time of a decision after each sort of report, µs."""
        meter_us: list[float] = []
        charger_us: list[float] = []
        turn = 0
        # A collection in the middle of a decision says nothing of the decision.
        gc.disable()
        for second in range(1, SETTLING_S + seconds + 1):
            now_s = float(second)
            self._report_meter(now_s)
            meter_us.append(self._decide_us(now_s))
            settling = second <= SETTLING_S
            reports = len(self.told) if settling else REPORTS_PER_SECOND
            for number in range(1, reports + 1):
                charger = self.site.chargers[turn % len(self.told)]
                turn += 1
                at_s = now_s + number / (reports + 1)
                self._report_charger(charger.charger_id, at_s)
                if not settling:
                    charger_us.append(self._decide_us(at_s))
        gc.enable()
        return median(meter_us[SETTLING_S:]), median(charger_us)

    def _report_meter(self, now_s: float) -> None:
        if self.chance.random() < 0.1:
            self.house_a[self.chance.randrange(3)] = self.chance.uniform(0.0, 20.0)
        load_a = list(self.house_a)
        for charger in self.site.chargers:
            for phase in charger.phases:
                load_a[phase] += self.set_a[charger.charger_id]
        l1, l2, l3 = (Reading(value, now_s) for value in load_a)
        self.meter = (l1, l2, l3)

    def _report_charger(self, charger_id: str, now_s: float) -> None:
        measured = (Reading(self.set_a[charger_id], now_s),)
        self.told[charger_id] = replace(self.told[charger_id], measured_a=measured)

    def _decide_us(self, now_s: float) -> float:
        """Decide, do what was decided, and return what the decision took, µs."""
        snapshot = Snapshot(
            phase_currents_a=self.meter, chargers=tuple(self.told.values())
        )
        started_ns = time.thread_time_ns()
        decision = decide(self.site, self.state, snapshot, now_s)
        ended_ns = time.thread_time_ns()
        self.state = decision.state
        for row in decision.chargers:
            if row.send:
                self.set_a[row.charger_id] = row.set_a
                self.told[row.charger_id] = replace(
                    self.told[row.charger_id],
                    accepted=Reading(row.set_a, now_s),
                    status=(
                        ChargerStatus.CHARGING if row.set_a else ChargerStatus.CONNECTED
                    ),
                )
        return (ended_ns - started_ns) / 1000


def crowded_site(charger_count: int, circuit_count: int) -> Site:
    """Return a site whose cars want about twice of what it carries."""
    limit_a = 9.0 * charger_count + 16.0
    circuits = [Circuit(circuit_id="grid", limit_a=(limit_a,) * 3)]
    if circuit_count > 1:
        limit_a = 12.0 * charger_count / circuit_count + 16.0
        circuits += [
            Circuit(
                circuit_id=f"circuit {number}",
                limit_a=(limit_a,) * 3,
                parent_id="grid",
            )
            for number in range(circuit_count)
        ]
    below = circuits[1:] or circuits
    return Site(
        circuits=tuple(circuits),
        chargers=tuple(
            Charger(
                charger_id=f"charger {number}",
                circuit_id=below[number % len(below)].circuit_id,
                phases=PHASE_MAPS[number % len(PHASE_MAPS)],
                max_current_a=16.0 if number % 2 else 32.0,
                weight=float(1 + number % 3),
                measures_current=True,
            )
            for number in range(charger_count)
        ),
    )


if __name__ == "__main__":
    main()
