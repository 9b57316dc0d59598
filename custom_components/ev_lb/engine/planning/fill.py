"""Which car gets how much in which slot: all goals that fit, then the least money.

The simplex method finds it but for a few slots, which it leaves as mixtures. Those are
rounded to what cars can do, and what that upsets is put right by single moves: a car
gives up what it has in a slot, or lacks, for a better slot, where others make place
and move on themselves.
"""

from typing import Final

from .amounts import ENOUGH_KWH, Amounts
from .answers import Answers
from .displace import DEPTH, Displacement
from .program import EPSILON_A, Program
from .rounding import rounded
from .simplex import Simplex

MOVES_PER_CAR: Final = 12
LEAST_GAIN: Final = 1e-5
"""A move gains at least what so many kWh cost at the mean price."""
LOST_KWH: Final = 0.05
"""What rounding may cost without being looked for a place."""
LACKING: Final = 1e3
"""How many times the mean price a kWh that lacks counts."""
NOTICED_KWH: Final = 1e-4
"""A goal of higher priority that loses or gains less has neither lost nor gained."""
HIGHER: Final = 1e3
"""How many times that, where the goal comes before those that are filled now."""


def fill(program: Program) -> Amounts:
    """Return what each car draws in each slot."""
    amounts = Amounts(program)
    if not program.cars:
        return amounts
    simplex = _solved(program)
    for car, row in enumerate(program.cars):
        amounts.penalty[car] = program.mean_price * LACKING
        if row.goal.priority < max(other.goal.priority for other in program.cars):
            amounts.penalty[car] *= HIGHER
    for slot, drawn_a in enumerate(rounded(simplex)):
        for car, current_a in enumerate(drawn_a):
            if current_a > EPSILON_A:
                amounts.put(car, slot, current_a)
    for car in range(len(program.cars)):
        _trim(amounts, car)
    lost = sum(
        penalty * (amounts.lacking_kwh(car) - simplex.lacking_kwh(car))
        for car, penalty in enumerate(amounts.penalty)
    )
    is_much = lost > LOST_KWH * min(amounts.penalty)
    _improve(Displacement(amounts, simplex.values), lacking=is_much)
    return amounts


def _solved(program: Program) -> Simplex:
    """Fill the goals of one priority after those of another."""
    cars = program.cars
    simplex = Simplex(Answers(program))
    base = [
        sun_price if sun_kw > 0 else price
        for price, sun_price, sun_kw in zip(
            program.price, program.sun_price, program.sun_kw, strict=True
        )
    ]
    order = sorted(range(len(base)), key=lambda slot: (base[slot], slot))
    asked = [False] * len(cars)
    penalty = [0.0] * len(cars)
    done: list[int] = []
    for priority in sorted({car.goal.priority for car in cars}):
        for car in done:
            penalty[car] = program.mean_price * LACKING * HIGHER
        added = [i for i, car in enumerate(cars) if car.goal.priority == priority]
        for car in added:
            asked[car] = True
            penalty[car] = program.mean_price * LACKING
        simplex.weigh(penalty, done)
        simplex.solve(order, asked)
        done += added
    return simplex


def _trim(amounts: Amounts, car: int) -> None:
    """Take away what a car has more than its goal, where it is dearest."""
    row = amounts.program.cars[car]
    hours = amounts.program.hours

    def over_kwh() -> float:
        return amounts.got_kwh[car] - row.needed_kwh

    used = sorted(
        (slot for slot, drawn_a in enumerate(amounts.current_a[car]) if drawn_a > 0),
        # One slot of a car may be used for a part only: that one first.
        key=lambda slot: (
            slot not in amounts.tails[car],
            -amounts.less_price(slot),
            -slot,
        ),
    )
    for least_a in (row.min_a, 0.0):
        for slot in used:
            over_a = over_kwh() / (row.kw_per_a * hours[slot])
            if over_a <= EPSILON_A:
                return
            drawn_a = amounts.current_a[car][slot]
            after_a = max(least_a, drawn_a - over_a)
            if slot in amounts.tails[car]:
                after_a = max(0.0, drawn_a - over_a)
            if after_a < drawn_a - EPSILON_A:
                amounts.put(car, slot, after_a if after_a > EPSILON_A else 0.0)


def _improve(displacement: Displacement, *, lacking: bool) -> None:
    """Make moves that gain until none does, or there were too many.

    What lacks is looked for a place only where some was lost in rounding.
    """
    left = MOVES_PER_CAR * len(displacement.values)
    failed: set[tuple[int, int]] = set()
    while left > 0 and displacement.steps_left > 0:
        candidates = [
            row
            for row in _candidates(displacement)
            if row[1:] not in failed and (lacking or row[2] >= 0)
        ]
        if not candidates:
            return
        for _, car, slot in candidates:
            left -= 1
            if _move(displacement, car, slot):
                break
            failed.add((car, slot))
            if left <= 0:
                return


def _candidates(displacement: Displacement) -> list[tuple[float, int, int]]:
    """Return who would gain by giving up what it has where, the most first.

    The slot -1 stands for what a car lacks.
    """
    amounts = displacement.amounts
    least = LEAST_GAIN * amounts.program.mean_price
    found = []
    for car, value in enumerate(displacement.values):
        if amounts.lacking_kwh(car) > ENOUGH_KWH:
            found.append((-amounts.penalty[car], car, -1))
        for _, slot in displacement.order[car]:
            drawn_a = amounts.current_a[car][slot]
            if drawn_a > 0:
                gain = amounts.less_price(slot) - value
                if gain > least:
                    found.append((-gain, car, slot))
    return sorted(found)


def _move(displacement: Displacement, car: int, slot: int) -> bool:
    """Move a car's energy from a slot to better ones; tell whether that gained."""
    amounts = displacement.amounts
    row = amounts.program.cars[car]
    spent = amounts.spent - LEAST_GAIN * amounts.program.mean_price
    lacking_kwh = amounts.lacking_by_priority()
    amounts.history.clear()
    variants = [(0.0, False), (0.0, True)]
    if slot >= 0 and amounts.current_a[car][slot] > row.min_a + EPSILON_A:
        variants.append((row.min_a, False))
    for kept_a, drop in variants:
        banned = frozenset[int]()
        energy_kwh = amounts.lacking_kwh(car)
        if slot >= 0:
            given_a = amounts.current_a[car][slot] - kept_a
            energy_kwh += given_a * row.kw_per_a * amounts.program.hours[slot]
            banned = frozenset({slot})
            amounts.put(car, slot, kept_a)
        displacement.place(car, energy_kwh, banned, DEPTH, drop)
        if _is_better(amounts, lacking_kwh, spent):
            return True
        amounts.undo(0)
    return False


def _is_better(amounts: Amounts, lacking_kwh: list[float], spent: float) -> bool:
    """Return whether goals of higher priority lack less than they did, else what is spent.

    No amount of energy for later goals makes up for what an earlier one loses.
    """
    for now_kwh, before_kwh in zip(
        amounts.lacking_by_priority(), lacking_kwh, strict=True
    ):
        if abs(now_kwh - before_kwh) > NOTICED_KWH:
            return now_kwh < before_kwh
    return amounts.spent < spent
