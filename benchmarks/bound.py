"""What could be had at most: the clairvoyant bound, and the reactive frontier."""

from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Final

import numpy as np
from scipy.ndimage import maximum_filter1d
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, coo_array, eye_array

from custom_components.ev_lb.engine.model import MINIMUM_EV_CURRENT_A
from custom_components.ev_lb.simulation.battery import BatteryConfiguration
from custom_components.ev_lb.simulation.car import TAPER_FROM, TAPER_STEPS_PER_A

from .data import Floats
from .plant_loop import Flow
from .scenarios import VOLTAGE_V, Case

SLOT_S: Final = 300
NEARLY_ALL: Final = 0.99
"""The part of the bound that has to be served when it is shared fairly."""

NO_BATTERY: Final = BatteryConfiguration(
    capacity_kwh=0.0, max_charge_power_w=0.0, max_discharge_power_w=0.0
)


def bound_kwh(case: Case) -> float:
    """Return the energy that a controller that knows the future would give, kWh."""
    if len(case.chargers) == 1:
        return greedy_kwh(case)
    return linear_kwh(case)


def _wires(case: Case, place: int) -> list[int]:
    row = case.chargers[place]
    return [int(phase) for phase in row.phases[: row.car.phase_count]]


def _most_a(case: Case, place: int) -> float:
    row = case.chargers[place]
    return min(row.max_current_a, row.car.max_current_a)


def present(case: Case, place: int) -> Floats:
    """Return 1 for each second in which a charger has a car, else 0."""
    there = np.zeros(case.house_a.shape[1])
    for visit in case.visits:
        if visit.charger == place:
            there[visit.start_s : visit.end_s] = 1
    return there


def greedy_a(case: Case) -> Floats:
    """Return the most that one car without end may draw in each second, A."""
    free_a = case.scenario.limit_a - case.house_a[_wires(case, 0)].max(axis=0)
    return _offered_a(free_a, _most_a(case, 0)) * present(case, 0)


def greedy_kwh(case: Case) -> float:
    """Return the bound of one car: at each second what house and battery take."""
    return sum(kwh for kwh, _ in _greedy(case))


def full_after_s(case: Case) -> list[int | None]:
    """Return when each car with a need would be full at best, s after it came.

    In the order in which they leave, before the end of the data; None for those
    that leave before they are full.
    """
    seconds = case.house_a.shape[1]
    ordered = sorted(
        zip(case.visits, _greedy(case), strict=True), key=lambda row: row[0].end_s
    )
    return [
        best[1]
        for visit, best in ordered
        if visit.need_kwh is not None and visit.end_s < seconds
    ]


def _greedy(case: Case) -> list[tuple[float, int | None]]:
    """Return what each visit of one car gets at best, kWh, and when it is full."""
    best_a = greedy_a(case)
    kwh_per_as = VOLTAGE_V * len(_wires(case, 0)) / 3.6e6
    rows: list[tuple[float, int | None]] = []
    for visit in case.visits:
        stay_a = best_a[visit.start_s : visit.end_s]
        if visit.need_kwh is None:
            rows.append((float(stay_a.sum()) * kwh_per_as, None))
        else:
            rows.append(_filled(stay_a, visit.need_kwh, kwh_per_as, _most_a(case, 0)))
    return rows


def _filled(
    stay_a: Floats, need_kwh: float, kwh_per_as: float, most_a: float
) -> tuple[float, int | None]:
    """Return what a car with a need takes, whose battery takes less near its end.

    Also after how many seconds it is full; None if it leaves before.
    """
    full_as = need_kwh / kwh_per_as
    sums = np.cumsum(stay_a)
    place = int(np.searchsorted(sums, TAPER_FROM * full_as))
    if place >= len(stay_a):
        return (float(sums[-1]) * kwh_per_as if len(sums) else 0.0), None
    had_as = float(sums[place])
    for second, offered_a in enumerate(stay_a[place + 1 :], start=place + 2):
        left = (1 - had_as / full_as) / (1 - TAPER_FROM)
        able_a = MINIMUM_EV_CURRENT_A + (most_a - MINIMUM_EV_CURRENT_A) * left
        able_a = ceil(able_a * TAPER_STEPS_PER_A - 1e-6) / TAPER_STEPS_PER_A
        had_as += min(float(offered_a), able_a)
        if had_as >= full_as:
            return need_kwh, second
    return had_as * kwh_per_as, None


def linear_kwh(case: Case, slot_s: int = SLOT_S) -> float:
    """Return the bound of many cars: a linear program over slots of time.

    What the house leaves in a slot is the mean of what it leaves each second,
    and a car may draw less than its minimum: so no controller can reach more.
    """
    program = _program(case, slot_s)
    return -_least(case, program, -program.kwh_per_a)


def fair_percent(case: Case, slot_s: int = SLOT_S) -> float | None:
    """Return what part of its need each car could have at least, %.

    With nearly all the energy of the bound served; None where no car has a need.
    """
    program = _program(case, slot_s)
    needs_kwh = program.most[program.first_need :]
    if not len(needs_kwh):
        return None
    most_kwh = -_least(case, program, -program.kwh_per_a)
    # One more column is the part that everybody has.
    served_kwh = program.matrix[program.first_need :]
    matrix = block_array(
        [
            [program.matrix, None],
            [-served_kwh, coo_array(needs_kwh[:, np.newaxis])],
            [coo_array(-program.kwh_per_a[np.newaxis]), None],
        ],
        format="csr",
    )
    everybody = np.zeros(len(needs_kwh))
    fair = replace(
        program,
        uppers=np.append(program.uppers, 1.0),
        matrix=matrix,
        most=np.concatenate([program.most, everybody, [-NEARLY_ALL * most_kwh]]),
    )
    return -100 * _least(case, fair, np.append(np.zeros(len(program.uppers)), -1.0))


def least_import_kwh(
    case: Case, served_kwh: float | None = None, slot_s: int = SLOT_S
) -> float:
    """Return the least that house and cars can take from the grid, kWh.

    With so much served to the cars: by default, and at most, all that the fuse
    leaves. The home battery does what is best for that, which its own controller
    cannot know; so no controller can need less.
    """
    program = _program(case, slot_s)
    most_kwh = -_least(case, program, -program.kwh_per_a)
    wanted_kwh = most_kwh if served_kwh is None else min(served_kwh, most_kwh)
    supplied = _supplied(case, program, wanted_kwh, slot_s)
    slots, cars = program.first_need // 3, len(program.uppers)
    goal = np.zeros(len(supplied.uppers))
    goal[cars : cars + slots] = slot_s / 3.6e6
    return _least(case, supplied, goal)


def _supplied(
    case: Case, program: _Program, wanted_kwh: float, slot_s: int
) -> _Program:
    """Return a program in which so much is served, from grid and battery.

    Behind the cars' columns come those of what the grid, and what the battery gives
    and takes in each slot, W, and of what it holds above its reserve then, kWh.
    """
    battery = case.scenario.battery or NO_BATTERY
    capacity_kwh = battery.capacity_kwh
    held_kwh = capacity_kwh * battery.initial_soc_percent / 100
    reserve_kwh = min(held_kwh, capacity_kwh * battery.reserve_percent / 100)
    slots = program.first_need // 3
    house_w = VOLTAGE_V * _slot_means(case.house_a, slot_s).sum(axis=0)
    # The rows of the phases say which car draws how many amperes in which slot.
    cars_w = VOLTAGE_V * sum(
        program.matrix[phase * slots : (phase + 1) * slots] for phase in range(3)
    )
    each = eye_array(slots)
    stored = slot_s / 3.6e6 * each
    matrix = block_array(
        [
            [program.matrix, None, None, None, None],
            [coo_array(-program.kwh_per_a[np.newaxis]), None, None, None, None],
            [cars_w, -each, -each, each, None],
            [None, None, stored, -stored, each - eye_array(slots, k=-1)],
        ],
        format="csr",
    )
    # It may help the fuse with all its power: that much more there is for the cars.
    most = program.most.copy()
    most[: program.first_need] += battery.max_discharge_power_w / (3 * VOLTAGE_V)
    begins_kwh = np.zeros(slots)
    begins_kwh[0] = held_kwh - reserve_kwh
    highest = (
        np.inf,
        battery.max_discharge_power_w,
        battery.max_charge_power_w,
        capacity_kwh - reserve_kwh,
    )
    return replace(
        program,
        uppers=np.concatenate([program.uppers, np.repeat(highest, slots)]),
        matrix=matrix,
        most=np.concatenate([most, [-wanted_kwh], -house_w, begins_kwh]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Program:
    """What cars may draw: a column for each visit and slot, A."""

    kwh_per_a: Floats
    uppers: Floats
    matrix: Any
    most: Floats
    """What each row of the matrix may come to: phases in slots, then needs."""
    first_need: int
    """The first row of a need."""


def _program(case: Case, slot_s: int) -> _Program:
    free_a = np.maximum(0, case.scenario.limit_a - case.house_a)
    free_a = _slot_means(free_a, slot_s)
    slots = free_a.shape[1]
    columns = [
        (place, visit, slot)
        for place, visit in enumerate(case.visits)
        for slot in range(
            visit.start_s // slot_s, min(slots, -(-visit.end_s // slot_s))
        )
    ]
    kwh_per_a = []
    uppers = []
    entries: list[tuple[int, int, float]] = []
    for column, (place, visit, slot) in enumerate(columns):
        wires = _wires(case, visit.charger)
        kwh_per_a.append(VOLTAGE_V * len(wires) * slot_s / 3.6e6)
        begin_s = max(visit.start_s, slot * slot_s)
        part = (min(visit.end_s, (slot + 1) * slot_s) - begin_s) / slot_s
        uppers.append(_most_a(case, visit.charger) * part)
        entries += [(phase * slots + slot, column, 1.0) for phase in wires]
        entries.append((3 * slots + place, column, kwh_per_a[-1]))
    needs = [np.inf if v.need_kwh is None else v.need_kwh for v in case.visits]
    rows, places, values = zip(*entries, strict=True)
    matrix = coo_array(
        (values, (rows, places)), shape=(3 * slots + len(needs), len(columns))
    ).tocsr()
    most = np.concatenate([free_a.reshape(-1), needs])
    kept = np.isfinite(most)
    return _Program(
        kwh_per_a=np.array(kwh_per_a),
        uppers=np.array(uppers),
        matrix=matrix[kept],
        most=most[kept],
        first_need=3 * slots,
    )


def _slot_means(values: Floats, slot_s: int) -> Floats:
    """Return the mean of each whole slot, for each phase."""
    slots = values.shape[1] // slot_s
    means = values[:, : slots * slot_s].reshape(3, slots, slot_s).mean(axis=2)
    return np.asarray(means)


def _least(case: Case, program: _Program, goal: Floats) -> float:
    """Return the least that a goal can come to."""
    result = milp(
        goal,
        constraints=LinearConstraint(program.matrix, ub=program.most),
        bounds=Bounds(0, program.uppers),
    )
    if not result.success:
        raise RuntimeError(f"the bound of {case.scenario.name}: {result.message}")
    return float(result.fun)


def frontier(case: Case, delay_s: int, window_s: int) -> Flow:
    """Return what a controller without memory but the window would let flow.

    The set-point of each second is what the highest house load of the window
    left, so long ago as the loop needs to take effect: no meter period, no ramp.
    """
    wires = _wires(case, 0)
    house_a = case.house_a[wires].max(axis=0)
    if window_s:
        size = window_s + 1
        # The window ends at its second, so its centre lies half of it before.
        house_a = maximum_filter1d(house_a, size, origin=size // 2 - (size + 1) % 2)
    known_a = np.concatenate([np.repeat(house_a[:1], delay_s), house_a])
    known_a = known_a[: case.house_a.shape[1]]
    there = present(case, 0)
    count = len(case.chargers)
    offered_a = _offered_a((case.scenario.limit_a - known_a) / count, _most_a(case, 0))
    current_a = offered_a * there
    cars_a = np.zeros_like(case.house_a)
    cars_a[wires] = current_a * count
    stops = (offered_a[:-1] > 0) & (offered_a[1:] == 0) & (there[:-1] * there[1:] > 0)
    energy_kwh = float(current_a.sum()) * VOLTAGE_V * len(wires) / 3.6e6
    changes = np.flatnonzero(np.diff(current_a)) + 1
    course = [(0, float(current_a[0]))]
    course += [(int(second), float(current_a[second])) for second in changes]
    return Flow(
        house_a=case.house_a,
        cars_a=cars_a,
        currents=[course] * count,
        stops=int(stops.sum()) * count,
        energy_kwh=[energy_kwh] * count,
    )


def _offered_a(free_a: Floats, most_a: float) -> Floats:
    return np.where(free_a < MINIMUM_EV_CURRENT_A, 0.0, np.minimum(free_a, most_a))
