"""What a plan could come to at best: programs for HiGHS that share no code with it.

They are built from the request alone, whose numbers all make sense. The linear program
lets a car draw less than its minimum; the mixed-integer one does so in one slot only, in
which the car then charges at its minimum for a part of the time, as plans do.
"""

from dataclasses import dataclass
from itertools import pairwise, permutations
from math import inf
from typing import Any, Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from custom_components.ev_lb.engine.model import Charger, Site
from custom_components.ev_lb.engine.planning.request import PlanRequest, Slot

from .data import Floats

SLACK_KWH: Final = 1e-6
GAP: Final = 1e-5
SECONDS: Final = 3.0
"""After so long what is proven by then counts: the bound is then only lower."""
KINDS: Final = 5
"""Columns of each car and slot: mean current, what it holds of the fuses, whether it
charges, whether for a part of the time only, and its surplus, kW."""

type _Uses = list[tuple[tuple[object, ...], float, float]]
"""The limits on a charger in a slot: name, coefficient, limit in A."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """A car in a slot."""

    car: int
    slot: Slot
    start_s: float
    hours: float
    kw_per_a: float
    min_a: float
    most_a: float
    sun_kw: float
    uses: _Uses


class Bound:
    """The programs of one request."""

    def __init__(self, request: PlanRequest) -> None:
        """Build the rows that they share."""
        self.request = request
        self.cells = _cells(request)
        count = len(self.cells)
        self.count = count
        self.energy = np.zeros(KINDS * count)
        self.cost = np.zeros(KINDS * count)
        self.upper = np.ones(KINDS * count)
        self.entries: list[tuple[int, int, float]] = []
        self.most: list[float] = []
        limits: dict[tuple[object, ...], tuple[list[tuple[int, float]], float]] = {}
        for place, cell in enumerate(self.cells):
            self._add_cell(place, cell)
            for name, part, limit_a in cell.uses:
                users, _ = limits.setdefault(name, ([], limit_a))
                users.append((count + place, part))
            if cell.sun_kw > 0:
                name = ("sun", cell.start_s)
                users, _ = limits.setdefault(name, ([], cell.sun_kw))
                users.append((4 * count + place, 1.0))
        for users, limit in limits.values():
            self._add(users, limit)
        for car, goal in enumerate(request.goals):
            mine = [i for i, cell in enumerate(self.cells) if cell.car == car]
            self._add([(i, self.energy[i]) for i in mine], goal.needed_kwh)
            self._add([(3 * count + i, 1.0) for i in mine], 1.0)

    def _add_cell(self, place: int, cell: _Cell) -> None:
        """Say what a car's columns in a slot have to do with each other."""
        current, held, on, part, sun = range(
            place, KINDS * self.count, max(self.count, 1)
        )
        self.energy[current] = cell.kw_per_a * cell.hours
        self.cost[current] = self.energy[current] * cell.slot.price
        self.upper[current] = self.upper[held] = cell.most_a
        self.upper[sun] = cell.sun_kw
        cheaper = cell.slot.price - min(cell.slot.feed_in_price, cell.slot.price)
        self.cost[sun] = -cheaper * cell.hours
        self._add([(current, 1.0), (held, -1.0)], 0.0)
        self._add([(held, 1.0), (on, -cell.most_a)], 0.0)
        self._add([(held, -1.0), (on, cell.min_a)], 0.0)
        self._add([(current, -1.0), (on, cell.min_a), (part, -cell.min_a)], 0.0)
        # Charging for a part of the time, a car has the surplus of that part.
        most_kw = min(cell.kw_per_a, cell.sun_kw / cell.min_a)
        self._add([(sun, 1.0), (current, -most_kw)], 0.0)

    def _add(self, entries: list[tuple[int, float]], most: float) -> None:
        if entries and most < inf:
            row = len(self.most)
            self.entries += [(row, column, value) for column, value in entries]
            self.most.append(most)

    def shortfalls_kwh(self) -> dict[int, float]:
        """Return what lacks at least in all, for each priority after those before."""
        goals = self.request.goals
        least: dict[int, float] = {}
        kept: list[tuple[Floats, float]] = []
        for priority in sorted({goal.priority for goal in goals}):
            cars = {i for i, row in enumerate(goals) if row.priority == priority}
            gain = self._energy_of(cars)
            got_kwh = -self._least(-gain, kept, whole=False)
            kept.append((-gain, SLACK_KWH - got_kwh))
            least[priority] = sum(goals[car].needed_kwh for car in cars) - got_kwh
        return least

    def whole_shortfalls_kwh(self, got_kwh: list[float]) -> dict[int, float]:
        """Return what lacks at least in all where no car draws less than its minimum.

        For each priority, when those before it get what they have got.
        """
        goals = self.request.goals
        least: dict[int, float] = {}
        kept: list[tuple[Floats, float]] = []
        for priority in sorted({goal.priority for goal in goals}):
            cars = {i for i, row in enumerate(goals) if row.priority == priority}
            gain = self._energy_of(cars)
            needed_kwh = sum(goals[car].needed_kwh for car in cars)
            least[priority] = needed_kwh + self._least(-gain, kept, whole=True)
            kept.append((-gain, SLACK_KWH - sum(got_kwh[car] for car in cars)))
        return least

    def least_cost(self, got_kwh: list[float], *, whole: bool) -> float:
        """Return what it costs at least that each car gets so much."""
        rows = [
            (-self._energy_of({car}), SLACK_KWH - kwh)
            for car, kwh in enumerate(got_kwh)
            if kwh > 0
        ]
        return self._least(self.cost, rows, whole=whole)

    def _energy_of(self, cars: set[int]) -> Floats:
        energy = np.zeros(len(self.energy))
        for place, cell in enumerate(self.cells):
            if cell.car in cars:
                energy[place] = self.energy[place]
        return energy

    def _least(
        self, cost: Floats, more: list[tuple[Floats, float]], *, whole: bool
    ) -> float:
        """Return what cannot be undercut."""
        if not self.count:
            return 0.0
        rows, columns, values = zip(*self.entries, strict=True)
        shape = (len(self.most), len(cost))
        constraints: list[Any] = [
            LinearConstraint(
                coo_array((values, (rows, columns)), shape=shape).tocsr(),
                ub=np.array(self.most),
            )
        ]
        constraints += [LinearConstraint(row, ub=limit) for row, limit in more]
        integrality = np.zeros((KINDS, self.count))
        integrality[2:4] = int(whole)
        result = milp(
            cost,
            constraints=constraints,
            bounds=Bounds(0, self.upper),
            integrality=integrality.ravel().astype(int),
            options={"time_limit": SECONDS, "mip_rel_gap": GAP},
        )
        if whole:
            proven = result.mip_dual_bound
            return -inf if proven is None else float(proven)
        if result.status != 0:
            raise RuntimeError(f"the bound of a plan: {result.message}")
        return float(result.fun)


def _cells(request: PlanRequest) -> list[_Cell]:
    """Return where which car can charge at all."""
    site, volts = request.site, request.site.voltage_v
    chargers = {row.charger_id: row for row in site.chargers}
    moments = {t for goal in request.goals for t in (goal.from_s, goal.ready_s)}
    opened = _opened(request)
    moments |= {t for start_s, end_s, _ in opened for t in (start_s, end_s)}
    cells = []
    for slot in request.slots:
        inside = sorted(t for t in moments if slot.start_s < t < slot.end_s)
        for start_s, end_s in pairwise([slot.start_s, *inside, slot.end_s]):
            for car, goal in enumerate(request.goals):
                if start_s < goal.from_s or end_s > goal.ready_s:
                    continue
                charger = chargers[goal.charger_id]
                uses = _uses(site, charger, start_s, slot)
                for number, (open_s, close_s, power_w) in enumerate(opened):
                    if open_s <= start_s < close_s:
                        left_w = max(0.0, power_w - sum(slot.house_a) * volts)
                        wires = float(len(charger.phases))
                        uses.append(
                            (("window", number, start_s), wires, left_w / volts)
                        )
                limits_a = (limit_a / part for _, part, limit_a in uses)
                most_a = min(charger.max_current_a, *limits_a)
                if most_a >= charger.min_current_a:
                    cell = _Cell(
                        car=car,
                        slot=slot,
                        start_s=start_s,
                        hours=(end_s - start_s) / 3600,
                        kw_per_a=volts * len(charger.phases) / 1000,
                        min_a=charger.min_current_a,
                        most_a=most_a,
                        sun_kw=max(0.0, -sum(slot.house_a)) * volts / 1000,
                        uses=uses,
                    )
                    cells.append(cell)
    return cells


def _opened(request: PlanRequest) -> list[tuple[float, float, float]]:
    """Return when import limits hold, and which, in the days of the request.

    Its clock is that of UTC, and its windows begin on every day.
    """
    day_s = 86400.0
    first = request.now_s // day_s - 1
    return [
        (begin_s, begin_s + ((row.end_s - row.start_s) % day_s or day_s), row.power_w)
        for row in request.site.import_windows
        for day in range(5)
        for begin_s in [(first + day) * day_s + row.start_s]
    ]


def _uses(site: Site, charger: Charger, start_s: float, slot: Slot) -> _Uses:
    """Return the limits on a charger in a slot, or a part of it from `start_s` on."""
    volts, count = site.voltage_v, float(len(charger.phases))
    circuits = {row.circuit_id: row for row in site.circuits}
    found: _Uses = []
    name: str | None = charger.circuit_id
    while name is not None:
        circuit = circuits[name]
        for phase in charger.phases:
            limit_a = circuit.limit_a[phase]
            if circuit.parent_id is None:
                limit_a -= slot.house_a[phase]
            found.append(((name, phase, start_s), 1.0, max(0.0, limit_a)))
        name = circuit.parent_id
    house_w = sum(slot.house_a) * volts
    tariff = site.capacity_tariff
    caps_w = {
        "import": slot.import_cap_w - house_w,
        "site": (inf if site.import_cap_w is None else site.import_cap_w) - house_w,
        "tariff": (inf if tariff is None else tariff.limit_w) - house_w,
        "operator": slot.external_cap_w,
    }
    for cap, watts in caps_w.items():
        if watts < inf:
            found.append(((cap, start_s), count, max(0.0, watts) / volts))
    if site.grid_unbalance_limit_a is not None:
        for phase, other in permutations(site.phases, 2):
            if phase in charger.phases and other not in charger.phases:
                more_a = slot.house_a[phase] - slot.house_a[other]
                left_a = max(0.0, site.grid_unbalance_limit_a - more_a)
                found.append((("grid unbalance", phase, other, start_s), 1.0, left_a))
    if site.unbalance_limit_a is not None and count < len(site.phases):
        limit_a = site.unbalance_limit_a
        found += [(("unbalance", p, start_s), 1.0, limit_a) for p in charger.phases]
    return found
