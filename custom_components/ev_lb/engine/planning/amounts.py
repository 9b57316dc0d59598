"""What each car draws in each slot, what that costs and what it leaves free."""

from typing import Final

from .program import EPSILON_A, Program

ENOUGH_KWH: Final = 1e-6
"""What may lack of a goal that counts as met, kWh."""


class Amounts:
    """The currents of all cars in all slots, changed step by step, and back.

    A current is the mean of a slot. Below the car's minimum it charges at that for
    a part of the slot, once at most: the last bit of what it needs. So the minimum
    is what counts on the fuses, and the surplus helps for that part only.
    """

    __slots__ = (
        "current_a",
        "free_a",
        "got_kwh",
        "history",
        "penalty",
        "program",
        "spent",
        "sunny_kw",
        "tails",
    )

    def __init__(self, program: Program) -> None:
        """Start with nothing drawn."""
        count = len(program.slots)
        self.program = program
        self.current_a = [[0.0] * count for _ in program.cars]
        self.free_a = [[row.free_a[k] for row in program.rows] for k in range(count)]
        self.sunny_kw = [0.0] * count
        """The cars' power, as far as there may be surplus for it."""
        self.tails: list[set[int]] = [set() for _ in program.cars]
        """The slots of which each car uses a part only."""
        self.got_kwh = [0.0] * len(program.cars)
        self.spent = 0.0
        """Money, and the penalties of what lacks."""
        self.penalty = [0.0] * len(program.cars)
        """What a kWh that a car has not got counts for in `spent`."""
        self.history: list[tuple[int, int, float]] = []

    def put(self, car: int, slot: int, current_a: float) -> None:
        """Let a car draw so much in a slot, instead of what it drew."""
        before_a = self.current_a[car][slot]
        self.history.append((car, slot, before_a))
        self._set(car, slot, current_a)

    def _set(self, car: int, slot: int, current_a: float) -> None:
        program = self.program
        row = program.cars[car]
        before_a = self.current_a[car][slot]
        self.current_a[car][slot] = current_a
        min_a = row.min_a
        held_a = (max(current_a, min_a) if current_a > 0 else 0.0) - (
            max(before_a, min_a) if before_a > 0 else 0.0
        )
        if held_a:
            free_a = self.free_a[slot]
            for number, part in row.uses:
                free_a[number] -= part * held_a
        if 0 < current_a < min_a - EPSILON_A:
            self.tails[car].add(slot)
        else:
            self.tails[car].discard(slot)
        more_a = current_a - before_a
        more_kw = more_a * row.kw_per_a
        more_kwh = more_kw * program.hours[slot]
        sun_kw, used_kw = program.sun_kw[slot], self.sunny_kw[slot]
        after_kw = used_kw + more_a * min(row.kw_per_a, sun_kw / min_a)
        self.sunny_kw[slot] = after_kw
        sunny_kw = min(after_kw, sun_kw) - min(used_kw, sun_kw)
        self.spent += (
            (more_kw - sunny_kw) * program.price[slot]
            + sunny_kw * program.sun_price[slot]
        ) * program.hours[slot] - more_kwh * self.penalty[car]
        self.got_kwh[car] += more_kwh

    def undo(self, mark: int) -> None:
        """Go back to where the history had so many steps."""
        while len(self.history) > mark:
            self._set(*self.history.pop())

    def spent_and_lacking(self) -> float:
        """Return the money, and what counts for each kWh that lacks."""
        return self.spent + sum(
            penalty * row.needed_kwh
            for penalty, row in zip(self.penalty, self.program.cars, strict=True)
        )

    def lacking_kwh(self, car: int) -> float:
        """Return what a car has not got of its goal, kWh."""
        return max(0.0, self.program.cars[car].needed_kwh - self.got_kwh[car])

    def lacking_by_priority(self) -> list[float]:
        """Return what the goals of each priority lack, kWh, but for the last priority."""
        lacking_kwh: dict[int, float] = {}
        for car, row in enumerate(self.program.cars):
            priority = row.goal.priority
            lacking_kwh.setdefault(priority, 0.0)
            lacking_kwh[priority] += self.lacking_kwh(car)
        return [lacking_kwh[priority] for priority in sorted(lacking_kwh)][:-1]

    def more_price(self, car: int, slot: int) -> float:
        """Return what a kWh costs a car that charges a little more in a slot.

        From nothing that is its minimum.
        """
        program = self.program
        price, sun_price = program.price[slot], program.sun_price[slot]
        left_kw = program.sun_kw[slot] - self.sunny_kw[slot]
        if left_kw < ENOUGH_KWH:
            return price
        row = program.cars[car]
        if self.current_a[car][slot] >= row.min_a:
            return sun_price
        sunny = min(1.0, left_kw / (row.min_a * row.kw_per_a))
        return sunny * sun_price + (1 - sunny) * price

    def less_price(self, slot: int) -> float:
        """Return what a little less saves in a slot."""
        if self.sunny_kw[slot] <= self.program.sun_kw[slot] + ENOUGH_KWH:
            return self.program.sun_price[slot]
        return self.program.price[slot]

    def highest_a(self, car: int, slot: int) -> float:
        """Return the most that a car may draw beside the others; 0 for nothing."""
        row = self.program.cars[car]
        now_a = self.current_a[car][slot]
        held_a = max(now_a, row.min_a) if now_a > 0 else 0.0
        free_a = self.free_a[slot]
        most_a = row.most_a[slot]
        for number, part in row.uses:
            most_a = min(most_a, held_a + free_a[number] / part)
        return most_a if most_a >= row.min_a - EPSILON_A else 0.0
