"""The split against solvers and brute force, on random sites.

`EV_LB_ORACLE_SITES=20000` compares that many instead of 2,000.
"""

from collections.abc import Iterator
from fractions import Fraction
import os

import numpy as np
import pytest

from custom_components.ev_lb.engine.allocation.split import Limit, Request, split
from custom_components.ev_lb.engine.model import (
    DistributionMode,
    LimitingFactor,
    Phase,
)

from . import oracle
from .oracle import Problem

SITES = int(os.environ.get("EV_LB_ORACLE_SITES", "2000"))
SMALL_SITES = SITES // 4
BLOCKS = 10
FAIR_MODES = (
    DistributionMode.WEIGHTED,
    DistributionMode.SHARED,
    DistributionMode.PRIORITY,
)


def seeds(count: int, block: int) -> range:
    return range(block, count, BLOCKS)


def split_a(
    requests: list[Request], limits: list[Limit], mode: DistributionMode
) -> dict[str, float]:
    return {
        charger_id: share.current_a
        for charger_id, share in split(requests, limits, mode).items()
    }


def split_counts(
    requests: list[Request],
    limits: list[Limit],
    mode: DistributionMode,
    problem: Problem,
) -> list[int]:
    """Return what the engine gives each candidate, in steps, in rank order."""
    shares_a = split_a(requests, limits, mode)
    return [
        round(shares_a[request.charger_id] / float(step))
        for request, step in zip(problem.requests, problem.steps, strict=True)
    ]


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_split_is_what_solvers_and_definitions_say(block: int) -> None:
    """Up to 6 chargers, 3 phases, 5 nested circuits and a power cap, in all modes.

    `weighted`, `shared` and `priority`: admission is the MILP's, currents are the chain
    of linear programs' in whole steps with the remainder handed out one by one.
    `sequential_optimized`, `sequential_strict`: their definitions, by trial.
    """
    for seed in seeds(SITES, block):
        requests, limits = oracle.random_site(np.random.default_rng(seed))
        for mode in DistributionMode:
            expected_a = oracle.expected_a(requests, limits, mode)
            given_a = split_a(requests, limits, mode)
            assert given_a == pytest.approx(expected_a, abs=1e-6), (seed, mode)


def small_sites(block: int) -> Iterator[tuple[int, list[Request], list[Limit]]]:
    """Yield sites with up to 4 chargers that have at most 7 currents each."""
    for seed in seeds(SMALL_SITES, block):
        requests, limits = oracle.random_site(
            np.random.default_rng(seed), most_chargers=4, small=True
        )
        yield seed, requests, limits


@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_allocation_at_all_is_first_in_rank_order(block: int) -> None:
    """What order decides, proven over every allocation in whole steps.

    Of the sets of chargers whose minima fit, the split admits the lexicographically
    first in rank order; under `priority`, where no two are equal, its currents are, by
    class and fill order, lexicographically the greatest of all with the admitted set; under
    `sequential_strict` they are the greatest of all in which nobody has current while
    one before it has less than its maximum.
    """
    for seed, requests, limits in small_sites(block):
        problem = Problem.of(requests, limits)
        every = oracle.all_feasible_counts(problem, zero=[True] * problem.size)
        counts = {
            mode: split_counts(requests, limits, mode, problem)
            for mode in DistributionMode
        }
        admitted = [int(bit) for bit in max(map(tuple, (every > 0).astype(int)))]
        for mode in FAIR_MODES:
            assert [int(count > 0) for count in counts[mode]] == admitted, (seed, mode)

        assert_first_in_fill_order(requests, limits, seed)
        full = every == np.array(problem.high)
        all_before_full = (
            np.column_stack(
                [np.all(full[:, :place], axis=1) for place in range(problem.size)]
            )
            if problem.size
            else np.ones_like(every, bool)
        )
        strict = every[np.all((every == 0) | all_before_full, axis=1)]
        assert tuple(counts[DistributionMode.SEQUENTIAL_STRICT]) == max(
            map(tuple, strict)
        ), seed


def assert_first_in_fill_order(
    requests: list[Request], limits: list[Limit], seed: int
) -> None:
    unequal = [
        row._replace(priority=10 * row.priority + place)
        for place, row in enumerate(requests)
    ]
    mode = DistributionMode.PRIORITY
    problem = Problem.of(unequal, limits)
    counts = split_counts(unequal, limits, mode, problem)
    order = sorted(
        range(problem.size), key=lambda place: oracle.class_of(problem, mode, place)
    )
    every = oracle.all_feasible_counts(problem, zero=[True] * problem.size)
    with_admitted = every[np.all((every > 0) == (np.array(counts) > 0), axis=1)]
    best = max(map(tuple, with_admitted[:, order]))
    assert tuple(np.array(counts, int)[order]) == best, seed


@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_allocation_at_all_is_fairer(block: int) -> None:
    """Max-min fairness in whole steps, proven over every allocation.

    Take any allocation of the admitted set within all limits that gives nobody less
    than the whole steps of his exact fair share, and gives charger i more than the
    split does. Then it takes from a charger of a more urgent class, or from one of
    i's own class that it leaves at or below the level that the split gives i (a level
    is current / weight, or current - minimum). So nobody can be raised but at the
    cost of one who would then have no more than he has now.
    """
    for seed, requests, limits in small_sites(block):
        problem = Problem.of(requests, limits)
        for mode in FAIR_MODES:
            counts = split_counts(requests, limits, mode, problem)
            expected, floors = oracle.fair_counts(problem, mode)
            assert counts == expected, (seed, mode)
            every = oracle.all_feasible_counts(
                problem, zero=[count == 0 for count in counts]
            )
            running = np.array(counts) > 0
            allowed = every[
                np.all(every >= np.array(floors), axis=1)
                & np.all((every > 0) <= running, axis=1)
            ]
            for other in allowed:
                assert_not_fairer(problem, mode, counts, other, seed)


def level(problem: Problem, mode: DistributionMode, place: int, count: int) -> Fraction:
    current = problem.steps[place] * int(count)
    if mode is DistributionMode.SHARED:
        return current - problem.steps[place] * problem.low[place]
    return current / oracle.exact(problem.requests[place].weight)


def assert_not_fairer(
    problem: Problem,
    mode: DistributionMode,
    counts: list[int],
    other: np.ndarray,
    seed: int,
) -> None:
    losers = [place for place in range(problem.size) if other[place] < counts[place]]
    for place in range(problem.size):
        if other[place] <= counts[place]:
            continue
        mine = oracle.class_of(problem, mode, place)
        assert any(
            oracle.class_of(problem, mode, loser) < mine
            or (
                oracle.class_of(problem, mode, loser) == mine
                and level(problem, mode, loser, other[loser])
                <= level(problem, mode, place, counts[place])
            )
            for loser in losers
        ), (seed, mode, counts, other)


def test_one_fuse_is_shared_as_evenly_as_whole_steps_can() -> None:
    """Equal weights and steps, one class, one fuse, up to 4 chargers.

    Of all allocations of the admitted set in whole steps, none is lexicographically
    greater when its currents are sorted, the smallest first.
    """
    for seed in range(SMALL_SITES):
        chance = np.random.default_rng(seed)
        requests = [
            Request(
                charger_id=f"charger {number}",
                min_current_a=6.0,
                max_current_a=float(chance.integers(6, 13)),
                step_a=1.0,
                weight=1.0,
                uses=((0, 1.0),),
                urgency=0,
                priority=1,
                turn=float(chance.integers(0, 3)),
                running=False,
                own_limit=LimitingFactor.CHARGER_MAX,
            )
            for number in range(int(chance.integers(1, 5)))
        ]
        capacity_a = round(chance.uniform(0, 45), 1)
        limits = [Limit(capacity_a, LimitingFactor.FUSE, Phase.L1, "grid")]
        problem = Problem.of(requests, limits)
        counts = split_counts(requests, limits, DistributionMode.WEIGHTED, problem)
        every = oracle.all_feasible_counts(
            problem, zero=[count == 0 for count in counts]
        )
        admitted = every[np.all((every > 0) == (np.array(counts) > 0), axis=1)]
        best = max(map(tuple, np.sort(admitted, axis=1)))
        assert tuple(sorted(counts)) == best, seed
