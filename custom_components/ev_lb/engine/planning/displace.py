"""How a car comes to charge in a slot that others fill: they go elsewhere."""

from math import inf
from typing import Final

from .amounts import ENOUGH_KWH, Amounts
from .program import EPSILON_A

STEPS_PER_CAR: Final = 150
"""How many slots are tried in all: a plan ends, though more might be gained."""
DEPTH: Final = 3
"""How many cars in a row may have to go elsewhere for one."""


class Displacement:
    """Finds the cheapest place for a car's energy, moving others out of the way."""

    __slots__ = ("amounts", "order", "steps_left", "users", "values")

    def __init__(self, amounts: Amounts, values: list[float]) -> None:
        """Prepare for cars to which one more kWh is worth so much."""
        program = amounts.program
        self.amounts = amounts
        base = [
            sun_price if sun_kw > 0 else price
            for price, sun_price, sun_kw in zip(
                program.price, program.sun_price, program.sun_kw, strict=True
            )
        ]
        ordered = sorted(range(len(base)), key=lambda slot: (base[slot], slot))
        self.order = [
            [(base[slot], slot) for slot in ordered if car.most_a[slot] > 0]
            for car in program.cars
        ]
        self.users: list[list[tuple[int, float]]] = [[] for _ in program.rows]
        for place, car in enumerate(program.cars):
            for number, part in car.uses:
                self.users[number].append((place, part))
        self.values = values
        self.steps_left = STEPS_PER_CAR * len(values)

    def _best(self, car: int, banned: frozenset[int]) -> tuple[float, int]:
        """Return about the least that a kWh costs a car, and in which slot."""
        least, where = inf, -1
        for base, slot in self.order[car]:
            if base >= least:
                break
            if slot in banned:
                continue
            cost = self._cost(car, slot, least)
            if cost < least:
                least, where = cost, slot
        return least, where

    def _cost(self, car: int, slot: int, least: float) -> float:
        """Return about what a kWh more costs a car in a slot."""
        amounts = self.amounts
        row = amounts.program.cars[car]
        now_a = amounts.current_a[car][slot]
        if now_a >= row.most_a[slot] - EPSILON_A:
            return inf
        cost = amounts.more_price(car, slot)
        if cost >= least or 0 < now_a < row.min_a - EPSILON_A:
            return cost
        step_a = EPSILON_A if now_a > 0 else row.min_a - EPSILON_A
        free_a = amounts.free_a[slot]
        tight = [use for use in row.uses if free_a[use[0]] < use[1] * step_a]
        if not tight:
            return cost
        return cost + self._displacing(car, slot, tight, cost)

    def _displacing(
        self, car: int, slot: int, tight: list[tuple[int, float]], price: float
    ) -> float:
        """Return about what others pay more for each kWh that a car takes."""
        amounts = self.amounts
        cars = amounts.program.cars
        given: dict[int, float] = {}
        cost = 0.0
        for number, part in tight:
            lacking = part - sum(
                ratio * share
                for other, ratio in given.items()
                for row, share in cars[other].uses
                if row == number
            )
            if lacking <= EPSILON_A:
                continue
            least, chosen = self._cheapest(car, slot, number, price)
            if chosen < 0:
                return inf
            other_part = next(p for row, p in cars[chosen].uses if row == number)
            given[chosen] = given.get(chosen, 0.0) + lacking / other_part
            cost += least * lacking
        return cost / cars[car].kw_per_a

    def _cheapest(
        self, car: int, slot: int, number: int, price: float
    ) -> tuple[float, int]:
        """Return who makes place in a row at the least cost for each ampere."""
        amounts = self.amounts
        least, chosen = inf, -1
        for other, part in self.users[number]:
            if other == car or amounts.current_a[other][slot] <= 0:
                continue
            extra = (self.values[other] - price) * amounts.program.cars[other].kw_per_a
            if extra / part < least:
                least, chosen = extra / part, other
        return least, chosen

    def place(
        self,
        car: int,
        energy_kwh: float,
        banned: frozenset[int],
        depth: int,
        drop: bool,
    ) -> float:
        """Put energy of a car wherever it is cheapest; return what found no place."""
        while energy_kwh > ENOUGH_KWH and self.steps_left > 0:
            self.steps_left -= 1
            _, slot = self._best(car, banned)
            if slot < 0:
                break
            placed_kwh = self._take(car, slot, energy_kwh, banned, depth, drop)
            energy_kwh -= placed_kwh
            if placed_kwh <= ENOUGH_KWH:
                banned |= {slot}
        return energy_kwh

    def _take(
        self,
        car: int,
        slot: int,
        energy_kwh: float,
        banned: frozenset[int],
        depth: int,
        drop: bool,
    ) -> float:
        """Let a car take energy in a slot, at first what is free; return how much."""
        amounts = self.amounts
        row = amounts.program.cars[car]
        kwh_per_a = row.kw_per_a * amounts.program.hours[slot]
        now_a = amounts.current_a[car][slot]
        wanted_a = min(now_a + energy_kwh / kwh_per_a, row.most_a[slot])
        if wanted_a < row.min_a - EPSILON_A and not amounts.tails[car] <= {slot}:
            return 0.0
        highest_a = min(amounts.highest_a(car, slot), wanted_a)
        if highest_a > now_a + EPSILON_A:
            left_kw = amounts.program.sun_kw[slot] - amounts.sunny_kw[slot]
            sunny_a = now_a + left_kw / row.kw_per_a
            # Beyond the surplus it has another price: that is another step.
            if now_a + 1e-3 < sunny_a < highest_a and sunny_a >= row.min_a:
                highest_a = sunny_a
            amounts.put(car, slot, highest_a)
            return (highest_a - now_a) * kwh_per_a
        if depth <= 0:
            return 0.0
        freed = self._make_place(car, slot, wanted_a, drop)
        after_a = min(amounts.highest_a(car, slot), wanted_a)
        if after_a > now_a + EPSILON_A:
            amounts.put(car, slot, after_a)
        for other, freed_kwh in freed:
            self.place(other, freed_kwh, banned | {slot}, depth - 1, drop)
        return (amounts.current_a[car][slot] - now_a) * kwh_per_a

    def _make_place(
        self, car: int, slot: int, wanted_a: float, drop: bool
    ) -> list[tuple[int, float]]:
        """Take from others what a car lacks in a slot; return who lost how much.

        Nobody is left below its minimum: it goes down to that, and the car takes
        less; or, with `drop`, it goes altogether.
        """
        amounts = self.amounts
        program = amounts.program
        row = program.cars[car]
        now_a = amounts.current_a[car][slot]
        held_a = max(now_a, row.min_a) if now_a > 0 else 0.0
        freed: dict[int, float] = {}
        for number, part in row.uses:
            while True:
                more_a = max(wanted_a, row.min_a) - held_a
                over_a = part * more_a - amounts.free_a[slot][number]
                if over_a <= EPSILON_A:
                    break
                _, other = self._cheapest(car, slot, number, amounts.less_price(slot))
                if other < 0:
                    wanted_a = min(
                        wanted_a, held_a + amounts.free_a[slot][number] / part
                    )
                    break
                current_a = amounts.current_a[other][slot]
                other_part = next(
                    p for place, p in program.cars[other].uses if place == number
                )
                min_a = program.cars[other].min_a
                left_a = current_a - over_a / other_part
                if left_a < min_a:
                    short_a = (min_a - left_a) * other_part / part
                    if (
                        not drop
                        and current_a >= min_a
                        and wanted_a - short_a >= max(row.min_a, now_a + EPSILON_A)
                    ):
                        wanted_a -= short_a
                        left_a = min_a
                    else:
                        left_a = 0.0
                amounts.put(other, slot, left_a)
                lost_kwh = (current_a - left_a) * program.cars[other].kw_per_a
                freed[other] = freed.get(other, 0.0) + lost_kwh * program.hours[slot]
        return sorted(freed.items())
