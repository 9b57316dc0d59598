"""How far plans are from the best there is, on random nights.

`scripts/bench --plan-oracle 1000` asks for it. Each plan is compared with what HiGHS proves
about the same night: the least that can lack, by a linear program, and the least money
for what the plan delivers, by a mixed-integer one that knows each car's minimum, and by
the linear one that does not. Starts cost nothing here: the programs know none.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from statistics import mean, median
import time
from typing import Final

from custom_components.ev_lb.engine.planning.plan import Plan, plan
from custom_components.ev_lb.engine.planning.request import PlanRequest

from .planning_bound import Bound
from .planning_homes import Recorded, random_request, recorded

LEAST_BILL: Final = 0.05
"""A gap is told as part of the bill, and of no less than this part of what the energy
costs at the mean price: with much surplus a bill is next to nothing."""
SAME_KWH: Final = 0.01
LP_KWH: Final = 0.2
"""From so much on, what lacks more than by the linear program is looked into."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One night."""

    seed: int
    cars: int
    slots: int
    gap: float
    """Of money, to the mixed-integer program."""
    linear_gap: float
    short_kwh: float
    """What lacks, in all."""
    shorter_kwh: float
    """What lacks more than it must, in the first priority in which any does, by the
    linear program."""
    whole_shorter_kwh: float
    """The same by the one that knows the minima, as far as it proves it in time."""
    plan_ms: float
    with_starts_ms: float
    program_ms: float
    starts: float
    """Blocks of a car, with the usual price on a start."""
    starts_cost: float
    """What that costs more, as part of the bill."""


def compare(request: PlanRequest, seed: int = 0) -> Compared:
    """Plan a night, and compare it with the bounds."""
    made, plan_ms = _timed(request)
    few, with_starts_ms = _timed(replace(request, start_kwh=0.2))
    got_kwh = [car.energy_kwh for car in made.cars]
    bound = Bound(request)
    started_s = time.thread_time()
    least_kwh = bound.shortfalls_kwh()
    linear = bound.least_cost(got_kwh, whole=False)
    program_ms = (time.thread_time() - started_s) * 1000
    # Where the time was too short for the one, the other holds.
    least = max(linear, bound.least_cost(got_kwh, whole=True))
    prices = mean(abs(slot.price) for slot in request.slots)
    bill = max(abs(least), LEAST_BILL * sum(got_kwh) * prices, 1e-6)
    lacking_kwh = dict.fromkeys(least_kwh, 0.0)
    for goal, kwh in zip(request.goals, got_kwh, strict=True):
        lacking_kwh[goal.priority] += max(0.0, goal.needed_kwh - kwh)
    shorter_kwh = _shorter_kwh(lacking_kwh, least_kwh)
    if shorter_kwh > LP_KWH:
        # The linear program lets a car draw less than it can: ask the other one.
        whole_kwh = bound.whole_shortfalls_kwh(got_kwh)
        least_kwh = {key: max(row, whole_kwh[key]) for key, row in least_kwh.items()}
    whole_shorter_kwh = _shorter_kwh(lacking_kwh, least_kwh)
    return Compared(
        seed=seed,
        cars=len(request.goals),
        slots=len(request.slots),
        gap=(made.cost - least) / bill,
        linear_gap=(made.cost - linear) / bill,
        short_kwh=sum(lacking_kwh.values()),
        shorter_kwh=shorter_kwh,
        whole_shorter_kwh=whole_shorter_kwh,
        plan_ms=plan_ms,
        with_starts_ms=with_starts_ms,
        program_ms=program_ms,
        starts=mean(len(car.blocks) for car in few.cars),
        starts_cost=(few.cost - made.cost) / bill,
    )


def _shorter_kwh(lacking_kwh: dict[int, float], least_kwh: dict[int, float]) -> float:
    """Return what lacks more than it must, in the first priority in which any does."""
    more_kwh = (lacking_kwh[key] - least_kwh[key] for key in sorted(least_kwh))
    return next((kwh for kwh in more_kwh if abs(kwh) > SAME_KWH), 0.0)


def _timed(request: PlanRequest) -> tuple[Plan, float]:
    """Return a plan, and the processor time that it took, ms."""
    started_s = time.thread_time()
    made = plan(request)
    return made, (time.thread_time() - started_s) * 1000


@cache
def _recorded() -> Recorded:
    return recorded()


def compare_seed(seed: int) -> Compared:
    """Draw a night and compare it."""
    return compare(random_request(_recorded(), seed), seed)


def oracle(nights: int, first_seed: int = 0, workers: int = 2) -> list[str]:
    """Compare many nights, and return what they come to as the lines of a table."""
    seeds = range(first_seed, first_seed + nights)
    with ProcessPoolExecutor(workers) as pool:
        return list(report(list(pool.map(compare_seed, seeds, chunksize=4))))


def report(rows: list[Compared]) -> Iterator[str]:
    """Yield the lines of a table."""
    cars = sorted({row.cars for row in rows})
    yield (
        "cars nights | gap % mean, worst | to LP % mean | too short kWh by LP worst,"
        " nights > 0.2, by whole program | plan ms median, worst | with starts | LP ms | blocks, cost %"
    )
    for count in [*cars, 0]:
        some = [row for row in rows if count in {0, row.cars}]
        too_short = [row.shorter_kwh for row in some]
        whole = [row.whole_shorter_kwh for row in some]
        yield (
            f"{count or 'all':>4} {len(some):>6}"
            f" | {100 * mean(r.gap for r in some):6.3f}"
            f" {100 * max(r.gap for r in some):6.3f}"
            f" | {100 * mean(r.linear_gap for r in some):6.3f}"
            f" | {max(too_short):5.2f} {sum(kwh > LP_KWH for kwh in too_short):>3}"
            f" {max(whole):5.2f} {sum(kwh > LP_KWH for kwh in whole):>3}"
            f" | {median(r.plan_ms for r in some):5.0f}"
            f" {max(r.plan_ms for r in some):5.0f}"
            f" | {median(r.with_starts_ms for r in some):5.0f}"
            f" {max(r.with_starts_ms for r in some):5.0f}"
            f" | {median(r.program_ms for r in some):5.0f}"
            f" | {mean(r.starts for r in some):4.2f}"
            f" {100 * mean(r.starts_cost for r in some):5.2f}"
        )
    short = sum(row.short_kwh > SAME_KWH for row in rows)
    yield f"in {short} nights not all goals fit"
    dearest = sorted(rows, key=lambda row: -row.gap)[:5]
    shortest = sorted(rows, key=lambda row: -row.whole_shorter_kwh)[:5]
    for row in (*dearest, *shortest):
        yield (
            f"seed {row.seed}: {row.cars} cars, {row.slots} slots, gap"
            f" {100 * row.gap:.3f} %, {row.whole_shorter_kwh:.2f} kWh too short"
        )
