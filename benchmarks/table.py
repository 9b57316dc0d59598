"""Means and spreads over the seeds, and who beats whom."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import mean
from typing import Final

from custom_components.ev_lb.engine.model import ChargingMode
from custom_components.ev_lb.simulation.breaker import DEVICES

from .runs import CONTROLLERS, ENGINE, ENGINES, FRONTIER, LeastImport, Result
from .scenarios import SCENARIOS
from .scoring import Score
from .sources import Sources

type Key = tuple[str, str, str, float]
"""Scenario, demand, command path and meter period, s: one table."""

ORDER: Final = (*CONTROLLERS, *FRONTIER)
RIVALS: Final = tuple(name for name in CONTROLLERS if name not in ("fixed", *ENGINES))
"""What no row of the engine may be worse than in both overload and energy."""


@dataclass(frozen=True, slots=True)
class Value:
    """A mean over the seeds, and how far they lie apart."""

    mean: float
    spread: float

    def text(self, digits: int | None = None) -> str:
        """Return the mean, with half the spread where that says something."""
        if digits is None:
            digits = 2 if abs(self.mean) < 10 else 1 if abs(self.mean) < 100 else 0
        half = self.spread / 2
        if half <= 0.5 * 10**-digits:
            return f"{self.mean:.{digits}f}"
        return f"{self.mean:.{digits}f} ± {half:.{digits}f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One algorithm in one table."""

    algorithm: str
    seeds: int
    bound_percent: Value
    energy_kwh: Value
    unmet_kwh: Value
    served_percent: Value
    least_served_percent: Value
    full_later_h: Value | None
    """How much later than at best a car was full."""
    fair_percent: Value | None
    """What the bound could have given each car of its need, where cars have one."""
    fairness: Value
    imbalance_a: Value
    overload_as: Value
    house_overload_as: Value
    longest_overload_s: Value
    peak: Value
    trips: dict[str, float]
    """Most of any seed, by breaker model."""
    house_trips: dict[str, float]
    headroom_used: dict[str, Value]
    house_headroom_used: dict[str, Value]
    commands: Value
    starts: Value
    stops: Value
    shortest_gap_s: float
    sources: dict[str, Value] | None
    """Where the energy came from, in scenarios with sun."""
    least_import: dict[str, Value] | None
    """What the grid had to give at least, where cars wait for the sun."""
    overload_by_cause_as: dict[str, float]
    lost_by_cause_as: dict[str, float]
    run_time_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """All algorithms in one scenario with one timing."""

    scenario: str
    title: str
    limit_a: float
    demand: str
    path: str
    meter_period_s: float
    rows: tuple[Row, ...]
    verdict: Verdict | None

    @property
    def name(self) -> str:
        """What tells this table from the others."""
        path = "" if self.path == "fast" else f", {self.path} commands"
        return f"{self.scenario}, {self.demand}, {self.meter_period_s:g} s meter{path}"

    def row(self, algorithm: str) -> Row | None:
        """Return an algorithm's row, if it ran."""
        return next((row for row in self.rows if row.algorithm == algorithm), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How the engine stands against the others."""

    gate: bool
    """No trip of a typical breaker that the house alone does not cause."""
    beaten_by: tuple[str, ...]
    """Who has both less overload and more energy."""
    overload_to_hold: float | None
    """Overload as part of that of holding 20 s."""
    commands_to_plain: float | None
    """Commands as part of the plain loop's."""
    overload_to_plain: float | None


def tables(results: Iterable[Result]) -> list[Table]:
    """Put results together: one table each scenario, demand and timing."""
    groups: dict[Key, dict[str, list[Result]]] = {}
    for result in results:
        task = result.task
        key = (
            task.scenario,
            task.demand.value,
            task.timing.name,
            task.timing.meter_period_s,
        )
        groups.setdefault(key, {}).setdefault(task.algorithm, []).append(result)
    order = list(SCENARIOS)
    return [
        _table(key, groups[key])
        for key in sorted(groups, key=lambda key: (order.index(key[0]), *key[1:]))
    ]


def _table(key: Key, group: dict[str, list[Result]]) -> Table:
    rows = tuple(_row(name, group[name]) for name in sorted(group, key=_place))
    scenario = SCENARIOS[key[0]]
    return Table(
        scenario=key[0],
        title=scenario.title,
        limit_a=scenario.limit_a,
        demand=key[1],
        path=key[2],
        meter_period_s=key[3],
        rows=rows,
        # Who waits for the sun does not compete for energy.
        verdict=_verdict({row.algorithm: row for row in rows})
        if scenario.mode is ChargingMode.STANDARD
        else None,
    )


def _place(algorithm: str) -> tuple[int, str]:
    """Return where an algorithm stands; the engine's variants follow it."""
    return ORDER.index(algorithm.partition(" ")[0]), algorithm


def _row(algorithm: str, results: Sequence[Result]) -> Row:
    scores = [result.score for result in results]
    later = [row.full_later_h for row in results if row.full_later_h is not None]
    fair = [row.fair_percent for row in results if row.fair_percent is not None]

    def value(read: Callable[[Score], float]) -> Value:
        return _value([read(row) for row in scores])

    def most(read: Callable[[Score], dict[str, int]]) -> dict[str, float]:
        return {name: max(read(row)[name] for row in scores) for name in DEVICES}

    def by_model(read: Callable[[Score], dict[str, float]]) -> dict[str, Value]:
        return {name: _value([read(row)[name] for row in scores]) for name in DEVICES}

    return Row(
        algorithm=algorithm,
        seeds=len(results),
        bound_percent=value(lambda row: row.bound_percent),
        energy_kwh=value(lambda row: row.energy_kwh),
        unmet_kwh=value(lambda row: row.unmet_kwh),
        served_percent=value(lambda row: row.served_percent),
        least_served_percent=value(lambda row: row.least_served_percent),
        full_later_h=_value(later) if later else None,
        fair_percent=_value(fair) if fair else None,
        fairness=value(lambda row: row.fairness),
        imbalance_a=value(lambda row: row.imbalance_a),
        overload_as=value(lambda row: row.overload_as),
        house_overload_as=value(lambda row: row.house_overload_as),
        longest_overload_s=value(lambda row: row.longest_overload_s),
        peak=value(lambda row: row.peak),
        trips=most(lambda row: row.trips),
        house_trips=most(lambda row: row.house_trips),
        headroom_used=by_model(lambda row: row.thermal_headroom_used),
        house_headroom_used=by_model(lambda row: row.house_thermal_headroom_used),
        commands=value(lambda row: row.commands),
        starts=value(lambda row: row.starts),
        stops=value(lambda row: row.stops),
        shortest_gap_s=min(row.shortest_gap_s for row in scores),
        sources=_field_values([row.sources for row in results]),
        least_import=_field_values([row.least_import for row in results]),
        overload_by_cause_as=_mean_of([row.overload_by_cause_as for row in results]),
        lost_by_cause_as=_mean_of([row.lost_by_cause_as for row in results]),
        run_time_s=mean(row.run_time_s for row in results),
    )


def _field_values(
    told: Sequence[Sources | LeastImport | None],
) -> dict[str, Value] | None:
    """Return a value for each field; None where nothing is told."""
    known = [asdict(row) for row in told if row is not None]
    if not known:
        return None
    return {name: _value([row[name] for row in known]) for name in known[0]}


def _value(values: Sequence[float]) -> Value:
    return Value(mean(values), max(values) - min(values))


def _mean_of(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: mean(row.get(name, 0.0) for row in rows) for name in names}


def _verdict(rows: dict[str, Row]) -> Verdict | None:
    engine = rows.get(ENGINE)
    if engine is None:
        return None

    def part(name: str, read: Callable[[Row], Value]) -> float | None:
        other = rows.get(name)
        if other is None or read(other).mean <= 0:
            return None
        return read(engine).mean / read(other).mean

    return Verdict(
        gate=engine.trips["typical"] == 0,
        beaten_by=tuple(
            name
            for name in RIVALS
            if name in rows
            and rows[name].overload_as.mean < engine.overload_as.mean
            and rows[name].bound_percent.mean > engine.bound_percent.mean
        ),
        overload_to_hold=part("hold-20", lambda row: row.overload_as),
        commands_to_plain=part("plain", lambda row: row.commands),
        overload_to_plain=part("plain", lambda row: row.overload_as),
    )


def as_json(found: Sequence[Table], about: dict[str, object]) -> dict[str, object]:
    """Return tables as JSON can hold them; infinity becomes null."""

    def clean(value: object) -> object:
        match value:
            case dict():
                return {str(key): clean(row) for key, row in value.items()}
            case list() | tuple():
                return [clean(row) for row in value]
            case float() if value in (float("inf"), float("-inf")):
                return None
            case _:
                return value

    rows = [clean({"name": table.name, **asdict(table)}) for table in found]
    return {"about": about, "tables": rows}
