"""A second opinion on the split: solvers and brute force, slow and plain.

Nothing here is shared with the engine but the vocabulary. Who runs is a mixed-integer
program, fair shares are a chain of linear programs (both HiGHS), whole steps are exact
fractions, and everything else tries one value after the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import ceil, floor

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from custom_components.ev_lb.engine.allocation.split import Limit, Request
from custom_components.ev_lb.engine.model import DistributionMode, LimitingFactor, Phase

# HiGHS keeps its rows within 1e-7; the numbers of the sites have one decimal.
SOLVER_TOLERANCE = 1e-6
SUM_TOLERANCE = 1e-7


def exact(number: float) -> Fraction:
    return Fraction(str(number))


def rank_key(request: Request) -> tuple[int, int, bool, float, str]:
    return (
        request.urgency,
        request.priority,
        not request.running,
        request.turn,
        request.charger_id,
    )


@dataclass
class Problem:
    """The candidates in rank order; currents are arrays in that order."""

    requests: list[Request]
    matrix: np.ndarray
    capacity_a: np.ndarray
    steps: list[Fraction]
    low: list[int]
    high: list[int]

    @classmethod
    def of(cls, requests: Sequence[Request], limits: Sequence[Limit]) -> Problem:
        candidates, steps, low, high = [], [], [], []
        for request in sorted(requests, key=rank_key):
            step = exact(request.step_a)
            lowest = ceil(exact(request.min_current_a) / step)
            highest = floor(exact(request.max_current_a) / step)
            if request.weight > 0 and highest >= lowest:
                candidates.append(request)
                steps.append(step)
                low.append(lowest)
                high.append(highest)
        matrix = np.zeros((len(limits), len(candidates)))
        for column, request in enumerate(candidates):
            for row, coefficient in request.uses:
                matrix[row, column] += coefficient
        capacity_a = np.array([limit.capacity_a for limit in limits], dtype=float)
        return cls(candidates, matrix, capacity_a, steps, low, high)

    @property
    def size(self) -> int:
        return len(self.requests)

    def current_a(self, place: int, step_count: int) -> float:
        return float(self.steps[place] * step_count)

    def standing(self, place: int) -> tuple[int, float, str]:
        """Return a charger's place among those that run."""
        request = self.requests[place]
        return request.priority, request.turn, request.charger_id

    def low_a(self) -> np.ndarray:
        return np.array([self.current_a(i, self.low[i]) for i in range(self.size)])

    def high_a(self) -> np.ndarray:
        return np.array([self.current_a(i, self.high[i]) for i in range(self.size)])

    def feasible(self, counts: Sequence[int]) -> bool:
        current_a = np.array([self.current_a(i, k) for i, k in enumerate(counts)])
        load_a = self.matrix @ current_a
        return bool(np.all(load_a <= self.capacity_a + SUM_TOLERANCE))

    def solve(
        self,
        gain: np.ndarray,
        rows: np.ndarray,
        highest: np.ndarray,
        bounds: tuple[np.ndarray, np.ndarray],
        *,
        whole: bool = False,
    ) -> np.ndarray:
        """Maximize gain @ x with rows @ x <= highest within bounds."""
        result = milp(
            -gain,
            constraints=LinearConstraint(rows, -np.inf, highest) if len(rows) else (),
            bounds=Bounds(*bounds),
            integrality=np.full(len(gain), int(whole)),
            options={"mip_rel_gap": 0.0},
        )
        assert result.status == 0, result.message
        return result.x


def admitted(problem: Problem) -> list[int]:
    """Return who runs: the lexicographically first set in rank order."""
    if not problem.size:
        return []
    gain = 2.0 ** np.arange(problem.size)[::-1]
    limits = (np.zeros(problem.size), np.ones(problem.size))
    rows = problem.matrix * problem.low_a()
    chosen = problem.solve(gain, rows, problem.capacity_a, limits, whole=True)
    return [place for place in range(problem.size) if chosen[place] > 0.5]


def fair_levels(
    problem: Problem, members: list[int], others_a: np.ndarray, *, by_weight: bool
) -> np.ndarray:
    """Return the members' currents that are max-min fair, without whole steps.

    The lowest level is raised as far as it goes; whoever cannot be above it then is
    fixed there; the rest goes on. A level is current / weight, or current - minimum.
    """
    rows = problem.matrix[:, members]
    free_a = problem.capacity_a - problem.matrix @ others_a
    low_a, high_a = problem.low_a()[members], problem.high_a()[members]
    size = len(members)
    scale = np.ones(size)
    offset = low_a.copy()
    if by_weight:
        scale = np.array([problem.requests[place].weight for place in members])
        offset = np.zeros(size)
    fixed_a: dict[int, float] = {}
    while len(fixed_a) < size:
        rising = [i for i in range(size) if i not in fixed_a]
        lowest = np.array([fixed_a.get(i, low_a[i]) for i in range(size)])
        highest = np.array([fixed_a.get(i, high_a[i]) for i in range(size)])
        # The last variable is the level: scale * level - current <= -offset.
        above = np.zeros((len(rising), size + 1))
        for row, i in enumerate(rising):
            above[row, i], above[row, size] = -1.0, scale[i]
        gain = np.zeros(size + 1)
        gain[size] = 1.0
        level = problem.solve(
            gain,
            np.vstack([np.column_stack([rows, np.zeros(len(rows))]), above]),
            np.concatenate([free_a + 1e-9, -offset[rising]]),
            (np.append(lowest, 0.0), np.append(highest, 1e9)),
        )[size]
        at_level = offset + scale * level
        lowest[rising] = np.maximum(low_a, at_level - 1e-9)[rising]
        stuck = [
            i
            for i in rising
            if not _can_rise(problem, rows, free_a, i, (lowest, highest), at_level[i])
        ]
        assert stuck, "nobody is stopped, so the level was not the highest"
        for i in stuck:
            fixed_a[i] = max(at_level[i], low_a[i])
    return np.array([fixed_a[i] for i in range(size)])


def _can_rise(
    problem: Problem,
    rows: np.ndarray,
    free_a: np.ndarray,
    member: int,
    bounds: tuple[np.ndarray, np.ndarray],
    level_a: float,
) -> bool:
    """Tell whether a charger could have more than its level if no level falls."""
    lowest, highest = bounds
    if lowest[member] > level_a + SOLVER_TOLERANCE:
        return True
    if highest[member] < level_a + SOLVER_TOLERANCE:
        return False
    gain = np.zeros(len(lowest))
    gain[member] = 1.0
    highest = np.maximum(lowest, highest)
    # A little room, so that what one solution fills the next one may fill again.
    most = problem.solve(gain, rows, free_a + 1e-7, (lowest, highest))[member]
    return bool(most > level_a + 10 * SOLVER_TOLERANCE)


def class_of(problem: Problem, mode: DistributionMode, place: int) -> tuple[int, int]:
    """Return whom a charger shares with; a smaller class goes first."""
    request = problem.requests[place]
    by_priority = mode is DistributionMode.PRIORITY
    return request.urgency, request.priority if by_priority else 0


def classes(
    problem: Problem, mode: DistributionMode, running: list[int]
) -> Iterator[list[int]]:
    for key in sorted({class_of(problem, mode, place) for place in running}):
        yield [place for place in running if class_of(problem, mode, place) == key]


def fair_counts(
    problem: Problem, mode: DistributionMode
) -> tuple[list[int], list[int]]:
    """Return the steps of each where classes share, and those before the rest.

    The second list has what whole steps leave of the fair levels.
    """
    by_weight = mode is not DistributionMode.SHARED
    running = admitted(problem)
    counts = [problem.low[i] if i in running else 0 for i in range(problem.size)]
    floors = counts.copy()
    for members in classes(problem, mode, running):
        others_a = np.array([problem.current_a(i, k) for i, k in enumerate(counts)])
        others_a[members] = 0.0
        levels_a = fair_levels(problem, members, others_a, by_weight=by_weight)
        for place, current_a in zip(members, levels_a, strict=True):
            step_a = float(problem.steps[place])
            counts[place] = max(problem.low[place], floor(current_a / step_a + 1e-5))
            floors[place] = counts[place]
        _hand_out(problem, counts, members, by_weight)
    return counts, floors


def _hand_out(
    problem: Problem, counts: list[int], members: list[int], by_weight: bool
) -> None:
    def level(place: int) -> Fraction:
        current = problem.steps[place] * counts[place]
        if by_weight:
            return current / exact(problem.requests[place].weight)
        return current - problem.steps[place] * problem.low[place]

    while True:
        for place in sorted(
            members, key=lambda place: (level(place), problem.standing(place))
        ):
            if counts[place] == problem.high[place]:
                continue
            counts[place] += 1
            if problem.feasible(counts):
                break
            counts[place] -= 1
        else:
            return


def _most(problem: Problem, counts: list[int], place: int) -> int:
    for count in range(problem.high[place], problem.low[place] - 1, -1):
        if problem.feasible([*counts[:place], count, *counts[place + 1 :]]):
            return count
    return 0


def optimized_counts(problem: Problem) -> list[int]:
    """Each gets the most with which the next can have its minimum."""
    counts = [0] * problem.size
    place = 0
    while place < problem.size:
        trial = counts.copy()
        trial[place] = problem.low[place]
        if not problem.feasible(trial):
            place += 1
            continue
        following = place + 1
        while following < problem.size:
            beside = trial.copy()
            beside[following] = problem.low[following]
            if problem.feasible(beside):
                break
            following += 1
        beside = counts.copy()
        if following < problem.size:
            beside[following] = problem.low[following]
        counts[place] = _most(problem, beside, place)
        place = following
    return counts


def strict_counts(problem: Problem) -> list[int]:
    counts = [0] * problem.size
    for place in range(problem.size):
        counts[place] = _most(problem, counts, place)
        if counts[place] < problem.high[place]:
            break
    return counts


def expected_a(
    requests: Sequence[Request], limits: Sequence[Limit], mode: DistributionMode
) -> dict[str, float]:
    """Return what each charger should get, A."""
    problem = Problem.of(requests, limits)
    match mode:
        case (
            DistributionMode.WEIGHTED
            | DistributionMode.SHARED
            | DistributionMode.PRIORITY
        ):
            counts, _ = fair_counts(problem, mode)
        case DistributionMode.SEQUENTIAL_OPTIMIZED:
            counts = optimized_counts(problem)
        case DistributionMode.SEQUENTIAL_STRICT:
            counts = strict_counts(problem)
    result = {request.charger_id: 0.0 for request in requests}
    for place, request in enumerate(problem.requests):
        result[request.charger_id] = problem.current_a(place, counts[place])
    return result


def all_feasible_counts(problem: Problem, *, zero: list[bool]) -> np.ndarray:
    """Return every allocation in whole steps that keeps all limits, one per row.

    Each charger has something between minimum and maximum, or 0 where `zero` says so.
    """
    ranges = [
        ([0] if allowed and low else []) + list(range(low, high + 1))
        for low, high, allowed in zip(problem.low, problem.high, zero, strict=True)
    ]
    counts = np.array(list(product(*ranges)), dtype=int)
    counts = counts.reshape(len(counts), problem.size)
    steps_a = np.array([float(step) for step in problem.steps])
    load_a = (counts * steps_a) @ problem.matrix.T
    return counts[np.all(load_a <= problem.capacity_a + SUM_TOLERANCE, axis=1)]


def random_site(
    chance: np.random.Generator, *, most_chargers: int = 6, small: bool = False
) -> tuple[list[Request], list[Limit]]:
    """Draw a tree of circuits with chargers; a small one has few possible currents."""
    phases = int(chance.integers(1, 4))
    charger_count = int(chance.integers(1, most_chargers + 1))
    parents = [-1] + [
        int(chance.integers(0, place)) for place in range(1, int(chance.integers(1, 6)))
    ]
    limits, places = _circuits(chance, parents, phases, charger_count)
    lines = []
    for _ in range(charger_count):
        wires = sorted(
            chance.choice(
                phases, size=int(chance.integers(1, phases + 1)), replace=False
            )
        )
        circuit = int(chance.integers(0, len(parents)))
        uses = []
        while circuit >= 0:
            uses += [(places[circuit, int(wire)], 1.0) for wire in wires]
            circuit = parents[circuit]
        lines.append((uses, len(wires)))
    if chance.random() < 0.3:
        # A cap on the power of some of the chargers.
        for uses, wire_count in lines:
            if chance.random() < 0.7:
                uses.append((len(limits), float(wire_count)))
        capacity_a = round(chance.uniform(4, 20) * charger_count * phases, 1)
        limits.append(Limit(capacity_a, LimitingFactor.IMPORT_CAP))
    equal_weights = chance.random() < 0.3
    requests = []
    for number, (uses, _) in enumerate(lines):
        low_a = float(chance.choice([6.0, 6.0, 6.0, 7.0, 6.3, 8.0, 10.0, 0.0]))
        span = chance.integers(0, 6) if small else chance.integers(0, 27)
        extra_a = float(chance.choice([0.0, 0.0, 0.4]))
        step_a = 1.0 if small else float(chance.choice([1.0, 1.0, 0.1, 0.5]))
        if small and low_a == 0.0:
            low_a = 2.0
        requests.append(
            Request(
                charger_id=f"charger {number}",
                min_current_a=low_a,
                max_current_a=round(low_a + float(span) + extra_a, 1),
                step_a=step_a,
                weight=2.0
                if equal_weights
                else float(
                    chance.choice([1.0, 1.0, 2.0, 3.0, 0.5, 50.0, 30.0, 20.0, 0.0])
                ),
                uses=tuple(uses),
                urgency=int(chance.choice([0, 0, 0, 1, 2])),
                priority=int(chance.choice([1, 1, 2, 3])),
                turn=float(chance.integers(0, 3)),
                running=bool(chance.random() < 0.4),
                own_limit=LimitingFactor.CHARGER_MAX,
            )
        )
    chance.shuffle(requests)
    return requests, limits


def _circuits(
    chance: np.random.Generator, parents: list[int], phases: int, charger_count: int
) -> tuple[list[Limit], dict[tuple[int, int], int]]:
    limits: list[Limit] = []
    places: dict[tuple[int, int], int] = {}
    for circuit, parent in enumerate(parents):
        whole_a = chance.uniform(2, 22) * (charger_count if parent < 0 else 2)
        for phase in range(phases):
            places[circuit, phase] = len(limits)
            capacity_a = whole_a * chance.choice([1.0, 1.0, 0.7, 1.2])
            digits = int(chance.integers(0, 2))
            capacity_a = float(round(capacity_a, digits))
            limits.append(
                Limit(capacity_a, LimitingFactor.FUSE, Phase(phase), str(circuit))
            )
    return limits, places
