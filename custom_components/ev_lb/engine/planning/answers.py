"""What the cars would best draw in one slot, if a kWh were worth so much to each."""

from itertools import permutations
from typing import Final, NamedTuple

from .program import EPSILON_A, Program

FEW: Final = 3
"""So many cars are tried in every order."""


class SlotAnswer(NamedTuple):
    """What each car draws in a slot, and what that comes to."""

    current_a: tuple[float, ...]
    """Zero, or at least the car's minimum, A."""
    energy_kwh: tuple[float, ...]
    cost: float


class Answers:
    """Asks each slot what would be best there."""

    __slots__ = ("able", "program")

    def __init__(self, program: Program) -> None:
        """Note who can charge when."""
        self.program = program
        self.able = [
            [car for car, row in enumerate(program.cars) if row.most_a[slot] > 0]
            for slot in range(len(program.slots))
        ]

    def nothing(self) -> SlotAnswer:
        """Return the answer in which nobody charges."""
        none = (0.0,) * len(self.program.cars)
        return SlotAnswer(none, none, 0.0)

    def best(
        self,
        slot: int,
        values: list[float],
        asked: list[bool],
        enough: float,
        *,
        thorough: bool,
    ) -> SlotAnswer | None:
        """Return what is best in a slot, as far as is found; None for nothing.

        Who values a kWh most comes first; where that gains no more than `enough`, once
        whoever has most of it, and each car where the search is to be thorough. The
        first answer that gains more will do: another may be asked for later.
        """
        program = self.program
        enough /= program.hours[slot]
        cheapest = program.price[slot]
        if program.sun_kw[slot] > 0:
            cheapest = program.sun_price[slot]
        cars = [c for c in self.able[slot] if asked[c] and values[c] > cheapest]
        if not cars:
            return None
        price = program.price[slot]
        by_value = sorted(cars, key=lambda car: (-values[car], car))
        by_gain = sorted(
            cars,
            key=lambda car: ((price - values[car]) * program.cars[car].kw_per_a, car),
        )
        gain, chosen = self._filled(slot, values, by_value)
        if gain > max(enough, 0.0) or self._is_all(slot, values, cars, chosen):
            return self.answer(slot, chosen)
        orders = _orders(by_value, by_gain) if thorough else [by_gain]
        for order in orders:
            other_gain, other = self._filled(slot, values, order)
            if other_gain > gain + 1e-12:
                gain, chosen = other_gain, other
                if gain > enough:
                    break
        return self.answer(slot, chosen) if gain > 0 else None

    def _is_all(
        self,
        slot: int,
        values: list[float],
        cars: list[int],
        drawn_a: dict[int, float],
    ) -> bool:
        """Tell whether each car draws all it can, so that no other order has more."""
        program = self.program
        return all(
            values[car] > program.price[slot]
            and drawn_a.get(car, 0.0) >= program.cars[car].most_a[slot] - EPSILON_A
            for car in cars
        )

    def answer(self, slot: int, currents_a: dict[int, float]) -> SlotAnswer:
        """Return currents as an answer."""
        program = self.program
        hours = program.hours[slot]
        current_a = [0.0] * len(program.cars)
        energy_kwh = [0.0] * len(program.cars)
        power_kw = 0.0
        for car, drawn_a in currents_a.items():
            current_a[car] = drawn_a
            drawn_kw = drawn_a * program.cars[car].kw_per_a
            energy_kwh[car] = drawn_kw * hours
            power_kw += drawn_kw
        cost = _cost(power_kw, program, slot) * hours
        return SlotAnswer(tuple(current_a), tuple(energy_kwh), cost)

    def _filled(
        self, slot: int, values: list[float], order: list[int]
    ) -> tuple[float, dict[int, float]]:
        """Let cars in after each other; return what that gains in an hour."""
        program = self.program
        free_a = [row.free_a[slot] for row in program.rows]
        spare_a = [0.0] * len(free_a)  # what cars could give, down to their minima
        price, sun_kw = program.price[slot], program.sun_kw[slot]
        drawn_a: dict[int, float] = {}
        power_kw = gain = 0.0
        for car in order:
            row = program.cars[car]
            value = values[car]
            highest_a = row.most_a[slot]
            for number, part in row.uses:
                highest_a = min(highest_a, free_a[number] / part)
            sunny_a = (sun_kw - power_kw) / row.kw_per_a
            if value <= price and highest_a > sunny_a:
                highest_a = max(sunny_a, min(row.min_a, highest_a))
            given: dict[int, float] = {}
            if highest_a < row.min_a - EPSILON_A:
                if value <= price or any(
                    free_a[number] + spare_a[number] < part * row.min_a - EPSILON_A
                    for number, part in row.uses
                ):
                    continue
                given, highest_a = self._squeezed(car, slot, free_a, drawn_a), row.min_a
                if not given:
                    continue
            after_kw = power_kw + highest_a * row.kw_per_a
            worth = highest_a * row.kw_per_a * value
            for other, less_a in given.items():
                less_kw = less_a * program.cars[other].kw_per_a
                after_kw -= less_kw
                worth -= less_kw * values[other]
            worth -= _cost(after_kw, program, slot) - _cost(power_kw, program, slot)
            if worth <= 0:
                continue
            gain += worth
            power_kw = after_kw
            drawn_a[car] = highest_a
            for number, part in row.uses:
                free_a[number] -= part * highest_a
                spare_a[number] += part * (highest_a - row.min_a)
            for other, less_a in given.items():
                drawn_a[other] -= less_a
                for number, part in program.cars[other].uses:
                    free_a[number] += part * less_a
                    spare_a[number] -= part * less_a
        return gain, drawn_a

    def _squeezed(
        self, car: int, slot: int, free_a: list[float], drawn_a: dict[int, float]
    ) -> dict[int, float]:
        """Return who would draw how much less so that a car has its minimum, A.

        The last ones come first, down to their own minima; nothing where that
        does not do.
        """
        cars = self.program.cars
        given: dict[int, float] = {}
        for number, part in cars[car].uses:
            over_a = part * cars[car].min_a - free_a[number]
            for other, less_a in given.items():
                over_a -= less_a * _part(cars[other].uses, number)
            for other in reversed(drawn_a):
                if over_a <= EPSILON_A:
                    break
                other_part = _part(cars[other].uses, number)
                spare_a = drawn_a[other] - cars[other].min_a - given.get(other, 0.0)
                if other_part <= 0 or spare_a <= EPSILON_A:
                    continue
                less_a = min(spare_a, over_a / other_part)
                given[other] = given.get(other, 0.0) + less_a
                over_a -= less_a * other_part
            if over_a > EPSILON_A:
                return {}
        return given


def _orders(by_value: list[int], by_gain: list[int]) -> list[list[int]]:
    """Return in which orders the cars of a slot are tried."""
    if len(by_value) <= FEW:
        return [list(order) for order in permutations(by_value)][1:]
    orders = [by_gain] if by_gain != by_value else []
    for base in (by_value, by_gain):
        orders += [[car, *(c for c in base if c != car)] for car in base[1:]]
        orders += [[*(c for c in base if c != car), car] for car in base[:-1]]
    return orders


def _part(uses: tuple[tuple[int, float], ...], number: int) -> float:
    for row, part in uses:
        if row == number:
            return part
    return 0.0


def _cost(power_kw: float, program: Program, slot: int) -> float:
    """Return what the cars' power costs in an hour of a slot."""
    sunny_kw = min(power_kw, program.sun_kw[slot])
    return (
        sunny_kw * program.sun_price[slot] + (power_kw - sunny_kw) * program.price[slot]
    )
