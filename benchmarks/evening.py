"""A stretch of one scenario to look at: what flowed under two algorithms."""

from dataclasses import dataclass, replace

import numpy as np

from custom_components.ev_lb.engine.model import ChargingMode

from .data import Floats
from .plant_loop import Flow, course_a, run
from .runs import CONTROLLERS, ENGINE, Task, case_of
from .scenarios import Case

LENGTH_S = 7200
LOOKED_AT_DAYS = 2
SHOWN = (ENGINE, "plain")
CARS_APART = 3
"""More cars than these are shown together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What flowed under one algorithm, second by second."""

    algorithm: str
    house_a: Floats
    """Shape (3, seconds)."""
    cars_a: dict[str, Floats]
    """By what they are called; each of shape (3, seconds)."""
    set_a: Floats | None
    """The set-point of a single charger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """A lively stretch: with the most overload, or with the most sun in the car."""

    scenario: str
    name: str
    limit_a: float
    phases: tuple[int, ...]
    start_s: int
    courses: tuple[Course, ...]


def evening(task: Task) -> Evening:
    """Return the stretch of a task's first days in which most happens."""
    case = case_of(replace(task, days=min(task.days, LOOKED_AT_DAYS)))
    flows = {name: run(case, CONTROLLERS[name](case)) for name in SHOWN}
    if case.scenario.mode is ChargingMode.STANDARD:
        start_s = _liveliest_s(_overload_a(flows["plain"], case.scenario.limit_a))
    else:
        start_s = _liveliest_s(flows[ENGINE].cars_a.sum(axis=0))
    return Evening(
        scenario=task.scenario,
        name=f"{task.scenario}, {task.timing.meter_period_s:g} s meter",
        limit_a=case.scenario.limit_a,
        phases=tuple(int(phase) for phase in case.phases),
        start_s=start_s,
        courses=tuple(_course(case, name, flows[name], start_s) for name in SHOWN),
    )


def _overload_a(flow: Flow, limit_a: float) -> Floats:
    """Return the overload that cars cause, and a trace of what they draw."""
    over_a = np.maximum(0, flow.house_a + flow.cars_a - limit_a)
    # Where nothing is overloaded, the stretch with the most charging will do.
    weight = np.minimum(over_a, flow.cars_a) + 1e-6 * flow.cars_a
    return np.asarray(weight.sum(axis=0))


def _liveliest_s(weight: Floats) -> int:
    """Find where the stretch with the most weight begins, to ten minutes."""
    sums = np.concatenate([[0.0], np.cumsum(weight)])
    starts = np.arange(0, max(1, len(weight) - LENGTH_S), 600)
    ends = np.minimum(starts + LENGTH_S, len(weight))
    return int(starts[int((sums[ends] - sums[starts]).argmax())])


def _course(case: Case, algorithm: str, flow: Flow, start_s: int) -> Course:
    seconds = flow.house_a.shape[1]
    stretch = slice(start_s, min(start_s + LENGTH_S, seconds))
    cars_a: dict[str, Floats] = {}
    set_a = None
    if len(case.chargers) > CARS_APART:
        cars_a["cars"] = flow.cars_a[:, stretch]
    else:
        for charger, course in zip(case.chargers, flow.currents, strict=True):
            series = course_a(course, seconds)[stretch]
            amps = np.zeros((3, len(series)))
            for phase in charger.phases[: charger.car.phase_count]:
                amps[phase] = series
            name = "car" if len(case.chargers) == 1 else f"car {charger.charger_id}"
            cars_a[name] = amps
    if len(case.chargers) == 1:
        sent = [(0, 0.0), *((int(row.time_s), row.current_a) for row in flow.commands)]
        set_a = course_a(sent, seconds)[stretch]
    return Course(
        algorithm=algorithm,
        house_a=flow.house_a[:, stretch],
        cars_a=cars_a,
        set_a=set_a,
    )
