"""How mixtures become what cars can draw: one slot is settled after the other.

What settling one slot upsets is put right by the slots that are still open, by the
simplex method over the answers that it has met before. A mixture whose mean the cars
can draw needs no settling.
"""

from collections.abc import Callable
from typing import Any, Final

from .answers import SlotAnswer
from .program import EPSILON_A, Program
from .simplex import Simplex

MOST_SETTLED: Final = 100
"""So many slots are settled, one after the other: then the rest is cut short."""
MOST_COMPARED: Final = 12
"""With more cars a slot takes the heaviest answer of its mixture, untried."""
CLEAR: Final = 0.85
"""An answer of that weight is taken, unless that costs something."""
NOTICED_KWH: Final = 0.02
"""What more lacks is looked for in all slots again."""
ALLOWED_KWH: Final = 0.15
"""Where more is lost, all is settled once more, in another order."""

type _Mixture = list[tuple[float, SlotAnswer]]


def rounded(simplex: Simplex) -> list[list[float]]:
    """Return what each car draws in each slot, A.

    Below its minimum a car draws in one slot at most: for a part of the time. It may
    have more than it needs.
    """
    program = simplex.answers.program
    enough = simplex.total() + ALLOWED_KWH * min(simplex.penalty)
    best = _all_settled(simplex, first=max)
    for first in (max, min):
        if best.total() <= enough:
            break
        # Another order, and what has become known meanwhile.
        again = simplex.copy()
        again.known = best.known
        best = min(best, _all_settled(again, first=first), key=Simplex.total)
    tails: set[int] = set()
    return [
        _drawn(program, slot, best.mixture(slot), tails)
        or _possible(best.mixture(slot))
        for slot in range(len(program.slots))
    ]


def _all_settled(simplex: Simplex, first: Callable[..., Any]) -> Simplex:
    """Return what settles all that cars cannot draw, by clearness, in order of `first`."""
    for _ in range(MOST_SETTLED):
        upset = _upset(simplex)
        if not upset:
            break
        slot, mixture = first(upset, key=lambda row: max(part for part, _ in row[1]))
        simplex = _settled(simplex, slot, mixture)
    return simplex


def _possible(mixture: _Mixture) -> list[float]:
    """Return what the cars draw by the heaviest answer of a mixture, A."""
    _, answer = max(mixture, key=lambda row: row[0])
    return list(answer.current_a)


def _upset(simplex: Simplex) -> list[tuple[int, _Mixture]]:
    """Return the mixtures whose mean the cars cannot draw."""
    program = simplex.answers.program
    slots = sorted({extra.slot for extra in simplex.extras if extra.slot >= 0})
    tails: set[int] = set()
    mixtures = [(slot, simplex.mixture(slot)) for slot in slots]
    return [row for row in mixtures if not _drawn(program, *row, tails)]


def _settled(simplex: Simplex, slot: int, mixture: _Mixture) -> Simplex:
    """Return the program with a slot settled, with the answer that costs least then."""
    ordered = sorted(mixture, key=lambda row: -row[0])
    before = simplex.total()
    cheap = before + NOTICED_KWH * simplex.answers.program.mean_price
    enough = before + NOTICED_KWH * min(simplex.penalty)
    best: Simplex | None = None
    for weight, answer in ordered:
        one = simplex.copy()
        one.settle(slot, answer)
        one.solve_known()
        if best is None or one.total() < best.total():
            best = one
        clear = weight > CLEAR or len(simplex.values) > MOST_COMPARED
        if clear and best.total() <= cheap:
            break
    if best is None:
        return simplex
    if best.total() > enough:
        # What is known does not do: ask for more.
        best.known = {key: list(row) for key, row in best.known.items()}
        best.solve(range(len(best.keys)), [True] * len(best.values))
    return best


def _drawn(
    program: Program, slot: int, mixture: _Mixture, tails: set[int]
) -> list[float]:
    """Return the mean of a mixture, if cars can draw that; else nothing.

    `tails` are the cars that charge in some slot for a part of the time already.
    """
    cars = program.cars
    if len(mixture) == 1:
        return list(mixture[0][1].current_a)
    mean_a = [
        sum(weight * answer.current_a[car] for weight, answer in mixture)
        for car in range(len(cars))
    ]
    partly = {
        car
        for car, row in enumerate(cars)
        if EPSILON_A < mean_a[car] < row.min_a - EPSILON_A
    }
    if partly & tails:
        return []
    held_a: dict[int, float] = {}
    for car, row in enumerate(cars):
        if mean_a[car] > EPSILON_A:
            for number, part in row.uses:
                drawn_a = part * max(mean_a[car], row.min_a)
                held_a[number] = held_a.get(number, 0.0) + drawn_a
    if any(
        current_a > program.rows[number].free_a[slot] + EPSILON_A
        for number, current_a in held_a.items()
    ):
        return []
    tails |= partly
    # A hair below its minimum a car charges at that.
    return [
        0.0
        if current_a <= EPSILON_A
        else current_a
        if car in partly
        else max(current_a, cars[car].min_a)
        for car, current_a in enumerate(mean_a)
    ]
