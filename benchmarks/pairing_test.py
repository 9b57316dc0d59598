"""How well a charger's test finds its phases: every order, every car, noisy houses.

Run `python -m benchmarks.pairing_test`. The house is that of a home of the drill, in its
busiest hour; the charger, the car and the meter are usual ones. The test is the one that the
charger's form offers: down to the minimum and up again, until enough steps agree.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise, permutations
from random import Random
from statistics import median
from typing import Annotated, Final

import typer

from custom_components.ev_lb.engine.model import ALL_PHASES, Snapshot
from custom_components.ev_lb.health.charger_trial import CUT_S, CYCLES, RAISE_S, REST_S
from custom_components.ev_lb.health.pairing import STEP_A, Order
from custom_components.ev_lb.health.reaction import Trial
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import HouseholdLoad
from custom_components.ev_lb.simulation.meter import MeterConfiguration
from custom_components.ev_lb.simulation.plant import (
    Plant,
    PlantConfiguration,
    PlantView,
)
from custom_components.ev_lb.simulation.sampling import Sampling

from .closed_loop import Run, site_for
from .drill_homes import random_home

SETTLING_S: Final = 180.0
LOOK_S: Final = 1.0
MINIMUM_A: Final = 6.0


@dataclass(slots=True)
class TrialRun(Run):
    """A closed loop in which a charger is tested."""

    trial: Trial | None = None

    def _snapshot(self, view: PlantView) -> Snapshot:
        snapshot = super()._snapshot(view)
        if self.trial is not None:
            self.trial.look(snapshot, view.time_s)
        return snapshot

    def until_true(self, holds: Callable[[], bool], longest_s: float) -> None:
        """Live on until something holds, or for as long as that."""
        end_s = self.plant.now_s + longest_s
        while not holds() and self.plant.now_s < end_s:
            self.until(self.plant.now_s + LOOK_S)

    def limit(self, limit_a: float | None) -> None:
        """Limit the charger by hand."""
        (charger,) = self.site.chargers
        self.site = replace(
            self.site, chargers=(replace(charger, manual_limit_a=limit_a),)
        )


def busiest_hour(household: HouseholdLoad) -> float:
    """Return the hour of the day in which a house moves most."""
    moved_w = [0.0] * 24
    rows = zip(household.seconds, household.powers_w, strict=True)
    for (_, before_w), (second, power_w) in pairwise(rows):
        moved_w[second // 3600] += sum(
            abs(after - before) for before, after in zip(before_w, power_w, strict=True)
        )
    return float(moved_w.index(max(moved_w)))


def tested(seed: int, order: Order, used: int) -> tuple[str, float]:
    """Return what a test comes to, and how long it took, s."""
    plant = usual_home(seed, order, used)
    site = site_for(plant)
    told = replace(site.chargers[0], phases=ALL_PHASES[: len(order)])
    run = TrialRun(replace(site, chargers=(told,)), Plant(plant), tells_status=True)
    run.until(SETTLING_S)
    if run.plant.view().chargers[0].measured_a < MINIMUM_A + STEP_A:
        return "not possible", 0.0
    trial = run.trial = Trial(run.site, told)
    began_s = run.plant.now_s
    run.until_true(lambda: trial.resting, REST_S)
    for _ in range(CYCLES):
        for limit_a, longest_s in ((MINIMUM_A, CUT_S), (None, RAISE_S)):
            steps = trial.result().steps
            trial.begin()
            run.limit(limit_a)
            run.until_true(lambda: trial.result().steps > steps, longest_s)  # noqa: B023 - called within the turn
        if trial.decided:
            break
    answer = trial.result().answer
    outcome = "wrong"
    if answer == frozenset(order[:used]):
        outcome = "right"
    elif not answer:
        outcome = "unsure"
    return outcome, run.plant.now_s - began_s


def usual_home(seed: int, order: Order, used: int) -> PlantConfiguration:
    """Return a house in its busiest hour, a meter and a charger as many have them."""
    random = Random(seed)
    household = random_home(random).plant.household
    meter = MeterConfiguration(
        resolution=random.choice((0.1, 1.0)),
        sampling=Sampling(period_s=random.choice((1.0, 5.0, 10.0)), latency_s=1.0),
    )
    charger = ChargerConfiguration(
        phases=order,
        report=Sampling(period_s=random.choice((1.0, 5.0, 10.0))),
        car=CarConfiguration(phase_count=used),
    )
    return PlantConfiguration(
        service_current_a=35.0,
        household=household,
        start_hour=busiest_hour(household),
        meter=meter,
        chargers=(charger,),
        seed=seed,
    )


def main(
    seeds: Annotated[int, typer.Option(help="How many houses.")] = 10,
) -> None:
    """Test each order and car in each house, and print how often it was right."""
    orders = [(o, used) for o in permutations(ALL_PHASES) for used in (1, 2, 3)]
    orders += [((phase,), 1) for phase in ALL_PHASES]
    print("| wires | car on | tests | right | unsure | wrong | not possible | takes |")
    print("|---|---|---|---|---|---|---|---|")
    for wires, used in sorted({(len(order), used) for order, used in orders}):
        rows = [
            tested(seed, order, car)
            for seed in range(seeds)
            for order, car in orders
            if (len(order), car) == (wires, used)
        ]
        outcomes = Counter(outcome for outcome, _ in rows)
        counts = " | ".join(
            str(outcomes[key]) for key in ("right", "unsure", "wrong", "not possible")
        )
        took_s = [took_s for outcome, took_s in rows if outcome == "right"]
        minutes = f"{median(took_s) / 60:.1f} min" if took_s else "-"
        print(f"| {wires} | {used} | {len(rows)} | {counts} | {minutes} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
