"""One run of the benchmark: a scenario, its timing, a seed, an algorithm, and its score."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from statistics import mean
import time
from types import MappingProxyType
from typing import Final

from custom_components.ev_lb.engine.model import ChargingMode

from .baselines import Fixed, Hold, LearningHold, PlainLoop
from .bound import (
    bound_kwh,
    fair_percent,
    frontier,
    full_after_s,
    least_import_kwh,
)
from .causes import energy_causes, overload_causes
from .data import DataFolder
from .engine_controller import changed, engine_for
from .plant_loop import Controller, Flow, run
from .scenarios import SCENARIOS, Case, Scenario, Timing, build
from .scoring import Score, score
from .sources import Sources, sources
from .visits import Demand

ENGINE: Final = "engine"
UNMEASURED: Final = "engine-unmeasured"
ENGINES: Final = (ENGINE, UNMEASURED)
FRONTIER_DELAY_S: Final = 5
CAR_RAMP_S: Final = 1
"""How long the fastest car takes from its first movement, s."""

CONTROLLERS: Final[Mapping[str, Callable[[Case], Controller]]] = MappingProxyType(
    {
        "fixed": Fixed,
        "plain": PlainLoop,
        "plain-measured": partial(PlainLoop, measured=True),
        "plain-settled": partial(PlainLoop, settle_s=8.0),
        "hold-20": partial(Hold, window_s=20.0),
        "hold-60": partial(Hold, window_s=60.0),
        "learning-hold": LearningHold,
        ENGINE: engine_for,
        UNMEASURED: partial(engine_for, measured=False),
    }
)
FRONTIER: Final[Mapping[str, int]] = MappingProxyType(
    {f"frontier-{window_s}": window_s for window_s in (0, 20, 60, 300)}
)
"""Reactive frontier by its hold window, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one worker does at a time; small enough to be sent anywhere."""

    scenario: str
    demand: Demand
    timing: Timing
    algorithm: str
    seed: int
    days: int
    data: str
    """The folder, which every worker must be able to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastImport:
    """What house and cars take from the grid at least, kWh a day."""

    as_served: float
    """With as much in the cars as there was."""
    all_served: float
    """With all that the fuse leaves in the cars."""
    house_alone: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a task."""

    task: Task
    score: Score
    full_later_h: float | None
    """How much later than at best a car was full, in the mean, where one has needs."""
    fair_percent: float | None
    """What part of its need each car could have at least, where many have one."""
    sources: Sources | None
    """Where the energy came from, in scenarios with sun."""
    least_import: LeastImport | None
    """What the grid had to give at least, where cars wait for the sun."""
    overload_by_cause_as: dict[str, float]
    """A s a day."""
    lost_by_cause_as: dict[str, float]
    """What one car lacked against the bound by limiting factor, A s a day."""
    run_time_s: float
    """Processor time of the closed loop."""


def controller_for(algorithm: str, case: Case) -> Controller:
    """Return a controller by its name.

    "engine hold_window_s=60" is the engine with another setting; raises KeyError
    for what is neither a name nor a setting.
    """
    known = CONTROLLERS.get(algorithm)
    if known is not None:
        return known(case)
    base, _, setting = algorithm.partition(" ")
    name, _, value = setting.partition("=")
    if base not in ENGINES:
        raise KeyError(algorithm)
    return engine_for(
        case,
        measured=base != UNMEASURED,
        change=lambda site: changed(site, name, float(value)),
    )


def demands_of(scenario: Scenario, wanted: Demand) -> Demand | None:
    """Return the demand that a scenario has for a wished one; None for neither.

    Homes can have hungry cars and real sessions, other scenarios only their own.
    """
    if wanted is scenario.demand:
        return wanted
    if scenario.demand is Demand.HUNGRY:
        return wanted if wanted is Demand.SESSIONS else None
    return scenario.demand if wanted is Demand.HUNGRY else None


def case_of(task: Task) -> Case:
    """Read and reconstruct a task's data; raises DataMissingError."""
    scenario = replace(SCENARIOS[task.scenario], demand=task.demand)
    folder = DataFolder(Path(task.data))
    return build(scenario, task.timing, folder, seed=task.seed, days=task.days)


def perform(task: Task) -> Result:
    """Run a task and score it; raises DataMissingError."""
    case = case_of(task)
    started_s = time.process_time()
    controller = None
    if task.algorithm in FRONTIER:
        flow = frontier(case, FRONTIER_DELAY_S, FRONTIER[task.algorithm])
    else:
        controller = controller_for(task.algorithm, case)
        flow = run(case, controller)
    run_time_s = time.process_time() - started_s
    timing, limit_a = task.timing, case.scenario.limit_a
    reaction_s = round(
        timing.meter_period_s
        + timing.meter_latency_s
        + timing.command_delay_s
        + timing.car_delay_s
        + CAR_RAMP_S
    )
    return Result(
        task=task,
        score=score(flow, limit_a, _bound_kwh(replace(task, algorithm=""))),
        full_later_h=_full_later_h(case, flow),
        fair_percent=_known_fair_percent(replace(task, algorithm="", timing=Timing())),
        sources=sources(flow),
        least_import=_least_import(task, case, sum(flow.energy_kwh)),
        overload_by_cause_as=overload_causes(flow, limit_a, reaction_s),
        lost_by_cause_as=_losses(case, flow, controller),
        run_time_s=run_time_s,
    )


def _losses(case: Case, flow: Flow, controller: Controller | None) -> dict[str, float]:
    reasons = getattr(controller, "reasons", [])
    if len(reasons) != 1:
        return {}
    return energy_causes(case, flow, reasons[0])


@lru_cache(maxsize=16)
def _known_bound_kwh(task: Task) -> float:
    return bound_kwh(case_of(task))


def _full_later_h(case: Case, flow: Flow) -> float | None:
    """Compare when cars were full with when they could have been."""
    if len(case.chargers) > 1:
        return None
    later_s = [
        had_s - best_s
        for had_s, best_s in zip(flow.full_after_s, full_after_s(case), strict=True)
        if had_s is not None and best_s is not None
    ]
    return mean(later_s) / 3600 if later_s else None


@lru_cache(maxsize=16)
def _known_fair_percent(task: Task) -> float | None:
    """Return the fair bound of a site; one car has nobody to share with."""
    case = case_of(task)
    return fair_percent(case) if len(case.chargers) > 1 else None


def _least_import(task: Task, case: Case, served_kwh: float) -> LeastImport | None:
    if case.solar_w is None or case.scenario.mode is ChargingMode.STANDARD:
        return None
    known = replace(task, algorithm="", timing=Timing())
    return LeastImport(
        as_served=least_import_kwh(case, served_kwh) / case.days,
        all_served=_known_least_import_kwh(known) / case.days,
        house_alone=_known_least_import_kwh(known, 0.0) / case.days,
    )


@lru_cache(maxsize=16)
def _known_least_import_kwh(task: Task, served_kwh: float | None = None) -> float:
    return least_import_kwh(case_of(task), served_kwh)


def _bound_kwh(task: Task) -> float:
    """Return the bound, which does not depend on delays."""
    return _known_bound_kwh(replace(task, timing=Timing()))
