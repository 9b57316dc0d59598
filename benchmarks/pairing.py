"""How well phases are found by watching, on random homes with every order of wires.

Run `python -m benchmarks.pairing`. A seed makes a home of the drill with three phases
and a day of it; each charger is wired in an order drawn from all that there are, and the
site is told another draw, right or wrong. The engine balances by what it was told, and
the watch sees what it sees in Home Assistant: readings with their delays, resolution and
gaps. Faults of meter and charger are the drill's business, not this one's.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import permutations
from random import Random
from statistics import median
from typing import Annotated, Final

import typer

from custom_components.ev_lb.engine.model import ALL_PHASES, MeterKind, Snapshot
from custom_components.ev_lb.health.pairing import Order, PairingFinding, PairingWatch
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import DAY_S
from custom_components.ev_lb.simulation.plant import Plant, PlantView

from .closed_loop import Run
from .drill_homes import Home, random_home
from .parallel import Workers, spread

LOOK_S: Final = 900


class Outcome(StrEnum):
    """What watching a day came to."""

    WHOLE = "whole order"
    PART = "first wires"
    UNSURE = "unsure"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Watched:
    """What was found of one charger."""

    seed: int
    kind: str
    """Wires and phases of the car."""
    outcome: Outcome
    votes: int
    found_s: float | None
    """When it was first known, of the time that the car drew current, s."""
    told_right: bool
    contradicts: bool
    ever_wrong: bool


@dataclass(slots=True)
class WatchedRun(Run):
    """A closed loop that is watched."""

    watch: PairingWatch = field(default_factory=PairingWatch)

    def _snapshot(self, view: PlantView) -> Snapshot:
        snapshot = super()._snapshot(view)
        self.watch.look(self.site, snapshot, self.clock_s(view.time_s))
        return snapshot


def rewired(random: Random, home: Home) -> tuple[Home, dict[str, Order]]:
    """Return a home with its chargers wired anew, and how they are wired.

    The site is told the right order half of the time, and else any other.
    """
    chargers: list[ChargerConfiguration] = []
    told: dict[str, Order] = {}
    for charger in home.plant.chargers:
        orders = list(permutations(ALL_PHASES, len(charger.phases)))
        right = random.choice(orders)
        told[charger.charger_id] = random.choice((right, random.choice(orders)))
        chargers.append(replace(charger, phases=right))
    site = replace(
        home.site,
        chargers=tuple(
            replace(row, phases=told[row.charger_id]) for row in home.site.chargers
        ),
    )
    plant = replace(home.plant, chargers=tuple(chargers))
    wired = {row.charger_id: row.phases for row in chargers}
    return replace(home, plant=plant, site=site), wired


def watch_seed(seed: int) -> list[Watched]:
    """Watch a home for a day; a home of one phase, or of a total meter, has nothing."""
    random = Random(seed)
    home = random_home(random)
    if len(home.site.phases) == 1 or home.site.meter.kind is MeterKind.TOTAL:
        return []
    home, wired = rewired(random, home)
    run = WatchedRun(
        home.site,
        Plant(home.plant),
        tells_status=True,
        tells_phases=home.tells_phases,
    )
    seen: dict[str, list[tuple[float, PairingFinding]]] = {name: [] for name in wired}
    for end_s in range(LOOK_S, DAY_S + 1, LOOK_S):
        run.until(end_s)
        for charger in home.site.chargers:
            finding = run.watch.finding(home.site, charger)
            seen[charger.charger_id].append((end_s, finding))
    return list(_judged(seed, home, run, wired, seen))


def _judged(
    seed: int,
    home: Home,
    run: WatchedRun,
    wired: dict[str, Order],
    seen: dict[str, list[tuple[float, PairingFinding]]],
) -> Iterator[Watched]:
    told = {row.charger_id: row.phases for row in home.site.chargers}
    for charger in home.plant.chargers:
        name, right = charger.charger_id, wired[charger.charger_id]
        findings = seen[name]
        last = findings[-1][1]
        first_s = next(
            (end_s for end_s, found in findings if _knows(found, right)), None
        )
        yield Watched(
            seed=seed,
            kind=f"{len(right)} wires, car on {charger.car.phase_count}",
            outcome=_outcome(last, right),
            votes=last.votes,
            found_s=None if first_s is None else _charged_s(run, name, first_s),
            told_right=told[name] == right,
            contradicts=last.contradicts(told[name]),
            ever_wrong=any(right not in found.orders for _, found in findings),
        )


def _all(wires: int) -> int:
    return len(list(permutations(ALL_PHASES, wires)))


def _knows(found: PairingFinding, right: Order) -> bool:
    return len(found.orders) < _all(len(right))


def _outcome(found: PairingFinding, right: Order) -> Outcome:
    if right not in found.orders:
        return Outcome.WRONG
    if found.order == right:
        return Outcome.WHOLE
    return Outcome.PART if _knows(found, right) else Outcome.UNSURE


def _charged_s(run: Run, charger_id: str, until_s: float) -> float:
    """Return for how long a car drew current until a moment, s."""
    flows = [flow for flow in run.flows if flow.time_s < until_s]
    ends_s = [*(flow.time_s for flow in flows[1:]), until_s]
    return sum(
        end_s - flow.time_s
        for flow, end_s in zip(flows, ends_s, strict=True)
        if any(flow.cars_a[charger_id])
    )


def main(
    seeds: Annotated[int, typer.Option(help="How many homes.")] = 200,
    first: Annotated[int, typer.Option(help="The first seed.")] = 0,
    jobs: Annotated[int, typer.Option(help="Processes.")] = 1,
) -> None:
    """Watch random homes for a day each, and print how often the phases were found."""
    rows: list[Watched] = []
    for part in spread(watch_seed, range(first, first + seeds), Workers(jobs)):
        rows += part
    print("| charger and car | chargers | " + " | ".join(Outcome) + " | first after |")
    print("|---|" + "---|" * (len(Outcome) + 2))
    for kind in sorted({row.kind for row in rows}):
        _print_row(kind, [row for row in rows if row.kind == kind])
    _print_row("all", rows)
    alarms = [row for row in rows if row.contradicts and row.told_right]
    missed = [row for row in rows if row.ever_wrong]
    found = [row for row in rows if row.contradicts and not row.told_right]
    wrong = [row for row in rows if not row.told_right]
    print(f"\nwrong at any time of the day: {len(missed)} {[r.seed for r in missed]}")
    print(f"told wrongly and found out: {len(found)} of {len(wrong)}")
    print(f"told rightly and doubted: {len(alarms)} {[r.seed for r in alarms]}")


def _print_row(kind: str, rows: list[Watched]) -> None:
    outcomes = Counter(row.outcome for row in rows)
    found_s = [row.found_s for row in rows if row.found_s is not None]
    after = f"{median(found_s) / 3600:.1f} h" if found_s else "-"
    counts = " | ".join(str(outcomes[outcome]) for outcome in Outcome)
    print(f"| {kind} | {len(rows)} | {counts} | {after} |")


if __name__ == "__main__":
    typer.run(main)
