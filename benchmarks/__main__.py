"""Scores the engine and simple controllers on recorded homes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
import json
import os
from pathlib import Path
from typing import Annotated, Final, NoReturn

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.table import Table as Grid
import typer

from custom_components.ev_lb.engine.model import Site

from .data import SHIPPED, DataFolder, DataMissingError
from .engine_controller import changed
from .parallel import Workers, spread
from .plan_nights import report as plan_nights_report
from .planning_gap import oracle
from .runs import (
    CONTROLLERS,
    ENGINE,
    ENGINES,
    FRONTIER,
    Result,
    Task,
    demands_of,
    perform,
)
from .scenarios import SCENARIOS, Scenario, Timing, build
from .table import Row, Table, as_json, tables
from .visits import Demand

SLOW: Final = Timing(name="slow", command_delay_s=15.0, car_delay_s=5.0)
app = typer.Typer(add_completion=False, rich_markup_mode=None)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to run, and what is left out for lack of data."""

    tasks: list[Task]
    left_out: dict[str, str]


NamesOption = Annotated[
    str, typer.Option(help="Names, separated by commas; by default all.")
]
DataOption = Annotated[
    Path,
    typer.Option(
        help="Folder with recorded data; by default what ships.",
        exists=True,
        file_okay=False,
    ),
]
SeedsOption = Annotated[int, typer.Option(min=1, help="How many seeds, from 1 on.")]
DaysOption = Annotated[int, typer.Option(min=1, help="How many days of the data.")]
MeterSOption = Annotated[
    str,
    typer.Option(help="Meter periods, s; by default each scenario's own."),
]
DemandOption = Annotated[
    str, typer.Option(help="hungry, sessions or both, separated by a comma.")
]
SlowOption = Annotated[
    bool,
    typer.Option(help="Also with a slow command path (15 s, and a car of 5 s)."),
]
SweepOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Run the engine also with other settings: hold_window_s=10,60;"
        " can be given several times."
    ),
]
JsonFileOption = Annotated[
    Path | None,
    typer.Option(
        "--json",
        help="Write all figures to this file; a drill adds a line for each home,"
        " and goes on after those that are there.",
    ),
]
ReportOption = Annotated[
    Path | None, typer.Option(help="Write the report, one page, to this folder.")
]
JobsOption = Annotated[
    int | None, typer.Option(min=1, help="Processes; by default one a core.")
]
SchedulerOption = Annotated[
    str | None, typer.Option(help="Address of a Dask cluster's scheduler.")
]
DrillOption = Annotated[
    int, typer.Option(min=0, help="Drill so many random homes with faults instead.")
]
FirstSeedOption = Annotated[
    int,
    typer.Option(
        min=0, help="The seed of a drill's first home, or of the oracle's first night."
    ),
]
OcppDrillOption = Annotated[
    int, typer.Option(min=0, help="Play so many random mixtures of OCPP stations.")
]
StationsOption = Annotated[
    int, typer.Option(min=0, help="Stations of each mixture; 0: as its seed says.")
]
SameAsOption = Annotated[
    Path | None,
    typer.Option(
        help="Fail where a drilled home-day differs in any digit from this file;"
        " a first drill writes it.",
    ),
]
PlanOracleOption = Annotated[
    int,
    typer.Option(min=0, help="Compare plans of so many random nights with HiGHS."),
]
PlanNightsOption = Annotated[
    int,
    typer.Option(min=0, help="Plan so many real nights, and follow rules of others."),
]
DrillSeedOption = Annotated[
    int | None, typer.Option(help="Tell what happened in this home of a drill.")
]


@app.command(help=__doc__)
def main(
    scenarios: NamesOption = "",
    algorithms: NamesOption = "",
    data: DataOption = SHIPPED,
    seeds: SeedsOption = 3,
    days: DaysOption = 14,
    meter_s: MeterSOption = "",
    demand: DemandOption = "hungry,sessions",
    slow: SlowOption = True,
    sweep: SweepOption = None,
    json_file: JsonFileOption = None,
    report: ReportOption = None,
    jobs: JobsOption = None,
    scheduler: SchedulerOption = None,
    drill: DrillOption = 0,
    first_seed: FirstSeedOption = 0,
    same_as: SameAsOption = None,
    drill_seed: DrillSeedOption = None,
    ocpp_drill: OcppDrillOption = 0,
    stations: StationsOption = 0,
    plan_oracle: PlanOracleOption = 0,
    plan_nights: PlanNightsOption = 0,
) -> None:
    """Run what the options ask for."""
    if drill_seed is not None:
        _tell_of_home(drill_seed)
        return
    if ocpp_drill:
        _play_ocpp(ocpp_drill, first_seed, stations)
    if plan_nights:
        for line in plan_nights_report(plan_nights, first_seed):
            typer.echo(line)
        return
    if plan_oracle:
        for line in oracle(plan_oracle, first_seed, jobs or os.cpu_count() or 1):
            typer.echo(line)
        return
    workers = Workers(jobs, scheduler)
    if drill:
        _drill(drill, first_seed, json_file, same_as, workers)
    if same_as is not None:
        raise typer.BadParameter("--same-as compares drilled homes: give --drill, too")
    named = _named(algorithms, [*CONTROLLERS, *FRONTIER], "algorithm")
    plan = _plan(
        _named(scenarios, list(SCENARIOS), "scenario"),
        [*named, *_variants(sweep or [], named)],
        [Demand(name) for name in _named(demand, ["hungry", "sessions"], "demand")],
        [float(period) for period in meter_s.split(",") if period],
        data=data.resolve(),
        seeds=seeds,
        days=days,
        slow=slow,
    )
    about = {"days": days, "seeds": seeds, "data": data.name}
    _compare(plan, about, workers, json_file, report)


def _tell_of_home(seed: int) -> None:
    from .drill import show  # noqa: PLC0415 - as below

    show(seed)


def _play_ocpp(count: int, first_seed: int, stations: int) -> NoReturn:
    from .ocpp_drill import run as run_mixtures  # noqa: PLC0415 - as below

    held = run_mixtures(count, first_seed=first_seed, stations=stations)
    raise typer.Exit(0 if held else 1)


def _drill(
    count: int,
    first_seed: int,
    json_file: Path | None,
    same_as: Path | None,
    workers: Workers,
) -> NoReturn:
    # The drill has a plant of its own and needs none of the data.
    from .drill import run as run_drill  # noqa: PLC0415

    failed = run_drill(
        count,
        first_seed=first_seed,
        file=json_file,
        same_as=same_as,
        workers=workers,
    )
    raise typer.Exit(1 if failed else 0)


def _compare(
    plan: _Plan,
    about: dict[str, object],
    workers: Workers,
    json_file: Path | None,
    report: Path | None,
) -> None:
    """Run what is planned; print it, and write what is asked for."""
    console = Console() if Console().is_terminal else Console(width=140)
    for name, why in plan.left_out.items():
        console.print(f"{name} is left out: {why}", highlight=False)
    if not plan.tasks:
        raise typer.Exit(1)
    found = tables(_run(plan.tasks, workers))
    for table in found:
        _show(console, table)
    about = {**about, "left_out": plan.left_out}
    if json_file is not None:
        text = json.dumps(as_json(found, about), indent=1)
        json_file.write_text(text + "\n")
    if report is not None:
        path = _write_report(report, plan, found, about, workers)
        console.print(f"The report is {path}", highlight=False)


def _write_report(
    folder: Path,
    plan: _Plan,
    found: list[Table],
    about: dict[str, object],
    workers: Workers,
) -> Path:
    # Matplotlib is slow to load.
    from .evening import evening  # noqa: PLC0415
    from .report import evenings_of, write_report  # noqa: PLC0415

    evenings = spread(evening, evenings_of(plan.tasks), workers)
    return write_report(folder, found, evenings, about)


def _named(text: str, known: list[str], what: str) -> list[str]:
    """Return the names in a text, which must be known; all for none."""
    names = [name.strip() for name in text.split(",") if name.strip()] or known
    for name in names:
        if name not in known:
            raise typer.BadParameter(
                f"no {what} is called {name}; there are {', '.join(known)}"
            )
    return names


def _variants(settings: list[str], named: list[str]) -> list[str]:
    """Return the names of the engines that run, with each setting's values."""
    engines = [name for name in named if name in ENGINES] or [ENGINE]
    variants = []
    for setting in settings:
        name, _, values = setting.partition("=")
        try:
            changed(Site(circuits=()), name, 0.0)
        except KeyError:
            raise typer.BadParameter(f"{name} is no setting of the engine") from None
        variants += [
            f"{engine} {name}={value}"
            for engine in engines
            for value in values.split(",")
        ]
    return variants


def _plan(
    scenarios: list[str],
    algorithms: list[str],
    demands: list[Demand],
    periods_s: list[float],
    *,
    data: Path,
    seeds: int,
    days: int,
    slow: bool,
) -> _Plan:
    tasks: list[Task] = []
    left_out: dict[str, str] = {}
    for name in scenarios:
        scenario = SCENARIOS[name]
        wanted = dict.fromkeys(demands_of(scenario, demand) for demand in demands)
        for demand in wanted:
            if demand is None:
                continue
            missing = _missing(replace(scenario, demand=demand), data)
            if missing:
                left_out[name] = missing
                continue
            tasks += [
                Task(
                    scenario=name,
                    demand=demand,
                    timing=timing,
                    algorithm=algorithm,
                    seed=seed,
                    days=days,
                    data=str(data),
                )
                # Without a house a seed changes nothing.
                for seed in range(1, (seeds if scenario.homes else 1) + 1)
                for timing in _timings(scenario, demand, periods_s, slow=slow)
                for algorithm in algorithms
                if _suits(demand, timing, algorithm)
            ]
    return _Plan(tasks, left_out)


def _timings(
    scenario: Scenario, demand: Demand, periods_s: list[float], *, slow: bool
) -> list[Timing]:
    paths = [Timing()]
    if slow and demand is Demand.HUNGRY:
        paths.append(SLOW)
    return [
        replace(path, meter_period_s=period_s)
        for path in paths
        for period_s in periods_s or scenario.meter_periods_s
    ]


def _suits(demand: Demand, timing: Timing, algorithm: str) -> bool:
    """Tell whether an algorithm says something here."""
    if algorithm not in FRONTIER:
        return True
    # The frontier knows neither meters nor needs, nor who is there.
    return demand is Demand.HUNGRY and timing.name == "fast"


def _missing(scenario: Scenario, data: Path) -> str:
    """Tell which data a scenario lacks; empty for none."""
    try:
        build(scenario, Timing(), DataFolder(data), seed=1, days=1)
    except DataMissingError as error:
        return str(error)
    return ""


def _run(tasks: list[Task], workers: Workers) -> Iterator[Result]:
    """Run all tasks, the longest first, and show how it goes."""
    tasks = sorted(tasks, key=_weight, reverse=True)
    columns = (
        *Progress.get_default_columns(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    # Only what a terminal shows has to be drawn again all the time, by a thread.
    with Progress(
        *columns, console=console, auto_refresh=console.is_terminal
    ) as progress:
        bar = progress.add_task("runs", total=len(tasks))
        for result in spread(perform, tasks, workers):
            progress.advance(bar)
            yield result


def _weight(task: Task) -> float:
    """Return how long a task takes, roughly, against others."""
    chargers = len(SCENARIOS[task.scenario].chargers)
    each = 30.0 if task.algorithm.startswith(ENGINE) else 1.0
    return each * chargers / task.timing.meter_period_s


COLUMNS: Final = (
    "algorithm",
    "% of bound",
    "A s/d over",
    "longest s",
    "trips e/t/l",
    "commands/d",
    "stops/d",
)


SUN_COLUMNS: Final = ("% of sun", "grid kWh/d", "at least")


def _show(console: Console, table: Table) -> None:
    house = table.rows[0].house_overload_as
    grid = Grid(title=f"{table.name} (house alone {house.text()} A s/d)")
    waits_for_sun = table.rows[0].least_import is not None
    for column in (*COLUMNS, *(SUN_COLUMNS if waits_for_sun else ())):
        grid.add_column(column, no_wrap=True)
    for row in table.rows:
        grid.add_row(*_cells(row), *_sun_cells(row))
    console.print(grid)
    verdict = table.verdict
    if verdict is not None:
        beaten = " and ".join(verdict.beaten_by) or "nobody"
        gate = "held" if verdict.gate else "BROKEN"
        console.print(f"gate {gate}; beaten in overload and energy by {beaten}")


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.algorithm,
        row.bound_percent.text(2),
        row.overload_as.text(),
        f"{row.longest_overload_s.mean:.0f}",
        "/".join(f"{count:.0f}" for count in row.trips.values()),
        row.commands.text(),
        row.stops.text(),
    )


def _sun_cells(row: Row) -> tuple[str, ...]:
    if row.sources is None or row.least_import is None:
        return ()
    return (
        row.sources["solar_share_percent"].text(1),
        row.sources["import_kwh"].text(),
        row.least_import["as_served"].text(),
    )


if __name__ == "__main__":
    app()
