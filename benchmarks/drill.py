"""Drills the engine: random homes, a day each, with everything going wrong.

A seed makes a home (phases, fuses, chargers, cars, meter, delays, options), a
day of it (house, sun, sessions) and the day's faults; then the real engine
lives through it in closed loop with the simulated plant. A trip of a typical
breaker that is neither the house's nor unavoidable (`drill_blame` says what
that means) is the engine's, and its seed is printed: the seed alone replays
it, with a log of what happened.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
import json
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Final

import typer

from custom_components.ev_lb.engine.model import Phase
from custom_components.ev_lb.simulation.household import DAY_S
from custom_components.ev_lb.simulation.plant import Plant

from .closed_loop import Flow, Run
from .drill_blame import Trip, Verdict, judge, reaction_s
from .drill_faults import Fault, live, random_faults
from .drill_homes import Home, random_home
from .fingerprint import NAMED, Outcome, differences
from .parallel import EVERY_CORE, Workers, spread

BEFORE_TRIP_S: Final = 900
AFTER_TRIP_S: Final = 60
TELL_EVERY_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Drilled:
    """What became of a seed."""

    seed: int
    trips: int
    """Of typical breakers, whoever caused them."""
    house_trips: int
    """Trips that the house alone would have caused."""
    engine_trips: int
    faults: int
    decisions: int
    commands: int
    overload_as: float
    """Overload of the main fuse that cars cause, A·s."""
    energy_kwh: float
    cpu_s: float
    error: str = ""
    """What the engine or the plant raised; it must be nothing."""
    set_points: str = ""
    """A digest of what each decision set."""
    raises: int = 0
    unforced_raises: int = 0
    """Those that overload a fuse by what was known when they were decided."""

    @property
    def outcome(self) -> Outcome:
        """What is the same whenever the engine decides the same."""
        return {name: value for name, value in asdict(self).items() if name != "cpu_s"}


def home_day(seed: int) -> tuple[Home, Run, list[Fault], Verdict]:
    """Let the home of a seed live through its day."""
    random = Random(seed)
    home = random_home(random)
    faults = random_faults(random, home)
    run = Run(
        home.site,
        Plant(home.plant),
        tells_status=home.tells_status,
        tells_phases=home.tells_phases,
        battery_report_s=random.choice((5.0, 30.0, None)),
    )
    live(run, faults, DAY_S)
    return home, run, faults, judge(home, run, faults)


def drill_seed(seed: int) -> Drilled:
    """Drill one home; an exception is a result like any other."""
    began_s = process_time()
    try:
        _, run, faults, verdict = home_day(seed)
    except Exception as err:  # noqa: BLE001 - the drill goes on and tells the seed
        return Drilled(
            *(seed, 0, 0, 0, 0, 0, 0, 0.0, 0.0, process_time() - began_s),
            error=f"{type(err).__name__}: {err}",
        )
    statistics = run.plant.statistics()
    return Drilled(
        seed=seed,
        trips=len(verdict.trips),
        house_trips=verdict.house_trips,
        engine_trips=verdict.engine_trips,
        faults=len(faults),
        decisions=run.decisions,
        commands=statistics.commands,
        overload_as=statistics.overload_as,
        energy_kwh=sum(statistics.energy_kwh.values()),
        cpu_s=process_time() - began_s,
        set_points=run.set_points.hex(),
        raises=run.raises.count,
        unforced_raises=len(run.raises.unforced),
    )


def replay(seed: int) -> Iterator[str]:
    """Yield the lines that tell what happened to a seed's home."""
    home, run, faults, verdict = home_day(seed)
    yield f"seed {seed}"
    yield from _description(home)
    yield from (f"fault: {fault}" for fault in faults)
    for trip in verdict.trips:
        whose = "the engine's" if trip.by_engine else "unavoidable"
        yield (
            f"trip at {trip.second} s: {trip.circuit_id}, {trip.phase.name}, {whose}"
        )
        if trip.by_engine:
            yield from _log(run, trip)
    for row in run.raises.unforced:
        yield (
            f"raise of {row.charger_id} at {row.time_s:.0f} s overloads "
            f"{row.circuit_id} on {row.phase.name} by what was known: "
            f"{row.load_a:.1f} of {row.limit_a:.1f} A"
        )
    yield (
        f"{len(verdict.trips)} trips, {verdict.house_trips} by the house alone, "
        f"{verdict.engine_trips} by the engine"
    )


def _description(home: Home) -> Iterator[str]:
    site, meter = home.site, home.plant.meter
    yield (
        f"meter: {meter.content.value}, every {meter.sampling.period_s:g} s, "
        f"{meter.sampling.latency_s:g} to "
        f"{meter.sampling.latency_s + meter.sampling.jitter_s:g} s late, in steps of "
        f"{meter.resolution:g}{', means' if meter.averages else ''}, "
        f"{meter.sampling.missing:.1%} missing"
    )
    yield (
        f"site: {len(site.phases)} phases, {site.charging_mode.value}, "
        f"{site.distribution_mode.value}, hold {site.hold_window_s:g} s, ramp-up "
        f"{site.ramp_up_time_s:g} s, tolerance {site.fuse_tolerance:g}, meter loss "
        f"{site.meter_loss.behavior.value}, export {site.can_export}"
    )
    yield from (
        f"circuit: {row.circuit_id}, {row.limit_a[0]:g} A" for row in site.circuits
    )
    for charger, wired in zip(site.chargers, home.plant.chargers, strict=True):
        wires = " ".join(phase.name for phase in charger.phases)
        measured = "measured" if charger.measures_current else "not measured"
        yield (
            f"{charger.charger_id}: {charger.max_current_a:g} A on {wires} behind "
            f"{charger.circuit_id}, {measured} every {wired.report.period_s:g} s, "
            f"command {wired.command_delay_s:g} s, one per "
            f"{wired.command_period_s:g} s, {wired.command_loss:.0%} lost, car "
            f"{wired.car.max_current_a:g} A on {wired.car.phase_count}, "
            f"{wired.car.dead_time_s:g} s, response "
            f"{charger.response.dead_time_s:g} s, stopped in "
            f"{reaction_s(home, charger):g} s, lease {wired.lease_s}"
        )


def _log(run: Run, trip: Trip) -> Iterator[str]:
    """Yield flows and commands from some time before a trip until just after."""
    since_s, until_s = trip.second - BEFORE_TRIP_S, trip.second + AFTER_TRIP_S
    rows: list[tuple[float, str]] = [
        (command.time_s, f"set {command.charger_id} to {command.current_a:g} A")
        for command in run.commands
        if since_s <= command.time_s <= until_s
    ]
    before = ""
    for flow in run.flows:
        if since_s <= flow.time_s <= until_s:
            text = _flow_text(flow, trip.phase)
            if text != before:
                rows.append((flow.time_s, text))
            before = text
    for time_s, text in sorted(rows, key=lambda row: row[0]):
        yield f"  {time_s:9.1f} s  {text}"


def _flow_text(flow: Flow, phase: Phase) -> str:
    cars = ", ".join(f"{name} {a[phase]:.1f}" for name, a in flow.cars_a.items())
    total_a = flow.house_a[phase] + sum(a[phase] for a in flow.cars_a.values())
    return f"{phase.name} {total_a:.1f} A: house {flow.house_a[phase]:.1f}, {cars}"


def run(
    count: int,
    *,
    first_seed: int = 0,
    file: Path | None = None,
    same_as: Path | None = None,
    workers: Workers = EVERY_CORE,
) -> int:
    """Drill `count` homes in parallel; return how many the engine failed.

    With `same_as`, a home-day that differs from that file has failed, too.
    The workers of a cluster need this project on their path. With a file
    each home is added to it as it is done, one JSON line each; what the file
    has of these seeds already counts and is not drilled again.
    """
    began_s = perf_counter()
    seeds = range(first_seed, first_seed + count)
    done = [row for row in _read(file) if row.seed in seeds]
    known = {row.seed for row in done}
    left = [seed for seed in seeds if seed not in known]
    told_s = began_s
    for drilled in spread(drill_seed, left, workers):
        done.append(drilled)
        if file is not None:
            with file.open("a") as lines:
                lines.write(json.dumps(asdict(drilled)) + "\n")
        if drilled.engine_trips or drilled.error:
            typer.echo(_failure(drilled))
        if perf_counter() - told_s > TELL_EVERY_S:
            told_s = perf_counter()
            typer.echo(_progress(len(done), count, len(known), told_s - began_s))
    typer.echo(summary(done, len(known), perf_counter() - began_s))
    failed = sum(1 for row in done if row.engine_trips or row.error)
    if same_as is not None:
        failed += _tell_differences(same_as, done)
    return failed


def _tell_differences(file: Path, done: list[Drilled]) -> int:
    """Compare with a fingerprint of before, or write one; return how much differs."""
    in_order = sorted(done, key=lambda row: row.seed)
    found = differences(file, [row.outcome for row in in_order])
    for text in found[:NAMED]:
        typer.echo(text)
    typer.echo(f"{len(found)} differences from {file}")
    return len(found)


def _read(file: Path | None) -> list[Drilled]:
    """Return the homes that a file has of an earlier drill."""
    if file is None or not file.exists():
        return []
    with file.open() as lines:
        return [Drilled(**json.loads(line)) for line in lines]


def _progress(done: int, count: int, known: int, elapsed_s: float) -> str:
    rate = (done - known) / elapsed_s * 60
    return f"{done} of {count} home-days, {rate:.1f} a minute"


def _failure(drilled: Drilled) -> str:
    what = drilled.error or f"{drilled.engine_trips} trips by the engine"
    return f"seed {drilled.seed}: {what}"


def summary(done: list[Drilled], known: int, elapsed_s: float) -> str:
    """Return what a drill came to, on a few lines; `known` were done before."""
    count = len(done)
    trips = sum(row.trips for row in done)
    house = sum(row.house_trips for row in done)
    engine = sum(row.engine_trips for row in done)
    faults = sum(row.faults for row in done)
    decisions = sum(row.decisions for row in done)
    commands = sum(row.commands for row in done)
    raises = sum(row.raises for row in done)
    unforced = sum(row.unforced_raises for row in done)
    energy_kwh = sum(row.energy_kwh for row in done)
    each_s = sum(row.cpu_s for row in done) / max(count, 1)
    failed = [str(row.seed) for row in done if row.engine_trips or row.error]
    return f"""\
{count} home-days, {count - known} of them in {elapsed_s:.0f} s: \
{(count - known) / elapsed_s * 60:.1f} a minute, {each_s:.1f} s of one core each
{faults} faults, {decisions} decisions, {commands} commands, {energy_kwh:.0f} kWh
{trips} trips of a typical breaker: {house} by the house alone, \
{trips - house - engine} unavoidable, {engine} by the engine
{raises} raises, {unforced} of them into a fuse that does not bear them by what was known
seeds that failed: {", ".join(failed) or "none"}"""


def show(seed: int) -> None:
    """Tell on the terminal what happened in one home of a drill."""
    for line in replay(seed):
        typer.echo(line)
