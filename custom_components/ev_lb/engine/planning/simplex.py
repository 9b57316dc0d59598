"""Which answer of each slot meets the goals at the least cost, in all but a few slots.

A linear program over mixtures of what the cars may draw in each slot, solved by the
simplex method. Only the cars' needs couple the slots: so besides one answer for each
slot, its key, there are as many more in the basis as there are cars (or what a car
lacks), and that small matrix is all that is inverted. At the end at most that many
slots are mixtures; the others have one answer, with all its minima and fuses.
"""

from collections.abc import Sequence
from math import inf, sumprod
from typing import Final, NamedTuple

from .answers import Answers, SlotAnswer

MOST_ROUNDS: Final = 40
"""How often each slot is asked."""
TINY: Final = 1e-9
MOST_KNOWN_ROUNDS: Final = 12
"""How often the answers that are known are gone through."""
REFRESHED_AFTER: Final = 60
"""Exchanges after which the inverse is worked out afresh."""


class Extra(NamedTuple):
    """A basic column: another answer of a slot, or what a car lacks."""

    slot: int
    """-1 for what a car lacks, or has too much."""
    answer: SlotAnswer | None
    car: int
    part: float = 1.0
    """-1 for what a car has too much, in a basis that was changed from outside."""

    def column(self, count: int) -> list[float]:
        """Return what it adds to each of so many cars, if it is no answer."""
        return [self.part * (row == self.car) for row in range(count)]


class Simplex:
    """The state of the method: feasible at any time, better with each step."""

    __slots__ = (
        "answers",
        "exchanges",
        "extras",
        "inverse",
        "keys",
        "known",
        "needed_kwh",
        "penalty",
        "settled",
        "too_much",
        "values",
        "weights",
    )

    def __init__(self, answers: Answers) -> None:
        """Start with nobody charging."""
        program = answers.program
        count = len(program.cars)
        self.answers = answers
        self.needed_kwh = [car.needed_kwh for car in program.cars]
        self.penalty = [0.0] * count
        self.keys = [answers.nothing()] * len(program.slots)
        self.extras = [Extra(-1, None, car) for car in range(count)]
        self.weights = list(self.needed_kwh)
        """Of the extras: a part of the slot, or kWh that lack."""
        self.values = [0.0] * count
        """What one more kWh costs each car."""
        self.inverse: list[list[float]] = []
        self.exchanges = 0
        self.too_much = max(0.0, -min((*program.price, *program.sun_price), default=0))
        self.known: dict[int, list[SlotAnswer]] = {}
        """The answers of each slot that were worth taking."""
        self.settled: set[int] = set()
        """The slots that keep the answer they have."""
        self._refresh()

    def weigh(self, penalty: Sequence[float], done: Sequence[int]) -> None:
        """Let a kWh that lacks count so much; what those lack that are done is given up."""
        self.penalty = list(penalty)
        for place, extra in enumerate(self.extras):
            if extra.slot < 0 and extra.car in done:
                self.needed_kwh[extra.car] -= self.weights[place]
        self._refresh()

    def solve(self, order: Sequence[int], asked: list[bool]) -> None:
        """Ask the slots in order, round after round, until none has a better answer."""
        least = 1e-6 * self.answers.program.mean_price
        calm, thorough = 0, False
        for _ in range(MOST_ROUNDS):
            for slot in order:
                if self._step(slot, asked, least, thorough=thorough):
                    calm = 0
                else:
                    calm += 1
                if calm > len(order):
                    if thorough:
                        return
                    calm, thorough = 0, True
            self._recall_lacks(asked, least)

    def _step(
        self, slot: int, asked: list[bool], least: float, *, thorough: bool
    ) -> bool:
        """Ask a slot, and take its answer if that is better."""
        if slot in self.settled:
            return False
        key = self.keys[slot]
        had = _product(self.values, key.energy_kwh) - key.cost
        answer = self.answers.best(
            slot, self.values, asked, had + least, thorough=thorough
        )
        answer = answer or self.answers.nothing()
        column, cost = self._relative(slot, answer)
        gain = cost - _product(self.values, column)
        if gain > -least:
            return False
        self.known.setdefault(slot, [self.answers.nothing()]).append(answer)
        return self._enter(Extra(slot, answer, -1), column, gain)

    def solve_known(self) -> None:
        """Choose among the answers that are known, in the slots that are not settled."""
        least = 1e-6 * self.answers.program.mean_price
        asked = [True] * len(self.values)
        for _ in range(MOST_KNOWN_ROUNDS):
            taken = False
            for slot, answers in self.known.items():
                if slot not in self.settled:
                    taken |= self._step_known(slot, answers, least)
            self._recall_lacks(asked, least)
            if not taken:
                return

    def _step_known(self, slot: int, answers: list[SlotAnswer], least: float) -> bool:
        """Take the best of some answers of a slot, if it is better."""
        values, key = self.values, self.keys[slot]
        best, chosen = key.cost - sumprod(values, key.energy_kwh) - least, None
        for answer in answers:
            gain = answer.cost - sumprod(values, answer.energy_kwh)
            if gain < best:
                best, chosen = gain, answer
        if chosen is None:
            return False
        column, cost = self._relative(slot, chosen)
        self._enter(Extra(slot, chosen, -1), column, cost - sumprod(values, column))
        return True

    def settle(self, slot: int, answer: SlotAnswer) -> None:
        """Let a slot keep an answer from now on."""
        self.settled.add(slot)
        # The others go first: beside the new key its own column would be nothing.
        for place, extra in enumerate(self.extras):
            if extra.slot == slot:
                self._expel(place, -1.0)
        self.keys[slot] = answer
        self._restore()

    def _expel(self, place: int, weight: float) -> None:
        """Put what a car lacks or has too much in the place of an answer."""
        row = self.inverse[place]
        car = max(range(len(row)), key=lambda car: abs(row[car]))
        part = 1.0 if row[car] * weight > 0 else -1.0
        self.extras[place] = Extra(-1, None, car, part)
        self._refresh()

    def _restore(self) -> None:
        """Make a basis of which no weight is below nothing, by what lacks or is too much."""
        for _ in range(4 * len(self.extras)):
            self._refresh()
            weights = self._raw_weights()
            place = self._crowded(weights)
            if place >= 0:
                extra = self.extras[place]
                key = self.keys[extra.slot]
                if extra.answer is not None:
                    self.keys[extra.slot] = extra.answer
                self.extras[place] = extra._replace(answer=key)
                continue
            place = min(range(len(weights)), key=weights.__getitem__)
            if weights[place] >= -TINY:
                return
            extra = self.extras[place]
            if extra.slot < 0:
                self.extras[place] = extra._replace(part=-extra.part)
            else:
                self._expel(place, weights[place])

    def _crowded(self, weights: list[float]) -> int:
        """Return the heaviest answer of a slot whose answers come to more than it has."""
        sums: dict[int, float] = {}
        for extra, weight in zip(self.extras, weights, strict=True):
            if extra.slot >= 0:
                sums[extra.slot] = sums.get(extra.slot, 0.0) + weight
        found = [
            place
            for place, extra in enumerate(self.extras)
            if sums.get(extra.slot, 0.0) > 1 + TINY
        ]
        return max(found, key=weights.__getitem__, default=-1)

    def copy(self) -> Simplex:
        """Return another one in the same state."""
        other = Simplex(self.answers)
        other.needed_kwh = self.needed_kwh
        other.penalty = self.penalty
        other.values = self.values
        other.known = self.known
        other.exchanges = self.exchanges
        other.keys = list(self.keys)
        other.extras = list(self.extras)
        other.weights = list(self.weights)
        other.inverse = list(self.inverse)
        other.settled = set(self.settled)
        return other

    def total(self) -> float:
        """Return the money, and what counts for what lacks."""
        return sum(key.cost for key in self.keys) + sum(
            weight * self._own_cost(extra)
            for weight, extra in zip(self.weights, self.extras, strict=True)
        )

    def lacking_kwh(self, car: int) -> float:
        """Return what a car has not got of its goal, kWh."""
        given_up_kwh = self.answers.program.cars[car].needed_kwh - self.needed_kwh[car]
        return given_up_kwh + sum(
            weight
            for weight, extra in zip(self.weights, self.extras, strict=True)
            if extra.slot < 0 and extra.car == car and extra.part > 0
        )

    def _own_cost(self, extra: Extra) -> float:
        """Return what a basic column costs.

        What is too much will be taken away: nothing is earned by it at any price.
        """
        if extra.answer is None:
            return self.penalty[extra.car] if extra.part > 0 else self.too_much
        return extra.answer.cost - self.keys[extra.slot].cost

    def _recall_lacks(self, asked: list[bool], least: float) -> None:
        """Let lack what would cost more than lacking."""
        for car, value in enumerate(self.values):
            basic = any(extra.slot < 0 and extra.car == car for extra in self.extras)
            if not basic and asked[car] and value > self.penalty[car] + least:
                column = [float(row == car) for row in range(len(self.values))]
                self._enter(Extra(-1, None, car), column, self.penalty[car] - value)

    def _relative(self, slot: int, answer: SlotAnswer) -> tuple[list[float], float]:
        """Return what an answer gives and costs more than the slot's key."""
        key = self.keys[slot]
        column = [a - b for a, b in zip(answer.energy_kwh, key.energy_kwh, strict=True)]
        return column, answer.cost - key.cost

    def _enter(self, entering: Extra, column: list[float], gain: float) -> bool:
        """Take in a column as far as all weights stay positive."""
        change = [_product(row, column) for row in self.inverse]
        step, leaving, slot = self._ratio(entering.slot, change)
        for place, part in enumerate(change):
            self.weights[place] = max(0.0, self.weights[place] - step * part)
        if leaving >= 0:
            self._exchange(leaving, entering, step, change, gain)
        else:
            self._replace_key(slot, entering, step)
        return True

    def _ratio(self, slot: int, change: list[float]) -> tuple[float, int, int]:
        """Return how far a column may go, and which extra or which key then goes."""
        step, leaving, blocked = inf, -1, slot
        keys: dict[int, tuple[float, float]] = {} if slot < 0 else {slot: (1.0, 1.0)}
        for place, part in enumerate(change):
            extra = self.extras[place]
            weight = self.weights[place]
            if part > TINY and weight / part < step:
                step, leaving = weight / part, place
            if extra.slot >= 0:
                left, fall = keys.get(extra.slot, (1.0, 0.0))
                keys[extra.slot] = (left - weight, fall - part)
        for place, (left, fall) in keys.items():
            if fall > TINY and max(0.0, left) / fall < step:
                step, leaving, blocked = max(0.0, left) / fall, -1, place
        return step, leaving, blocked

    def _exchange(
        self,
        leaving: int,
        entering: Extra,
        step: float,
        change: list[float],
        gain: float,
    ) -> None:
        self.extras[leaving] = entering
        self.weights[leaving] = step
        pivot = change[leaving]
        row = [value / pivot for value in self.inverse[leaving]]
        for place, part in enumerate(change):
            if place != leaving and part:
                self.inverse[place] = [
                    value - part * more
                    for value, more in zip(self.inverse[place], row, strict=True)
                ]
        self.inverse[leaving] = row
        self.values = [
            value + gain * more for value, more in zip(self.values, row, strict=True)
        ]
        self.exchanges += 1
        if self.exchanges % REFRESHED_AFTER == 0:
            self._refresh()

    def _replace_key(self, slot: int, entering: Extra, step: float) -> None:
        """Give a slot another key, since nothing is left of its old one."""
        others = [p for p, extra in enumerate(self.extras) if extra.slot == slot]
        if not others and entering.slot == slot and entering.answer is not None:
            self.keys[slot] = entering.answer
            return
        chosen = max(others, key=lambda place: self.weights[place])
        answer = self.extras[chosen].answer
        if answer is not None:
            self.keys[slot] = answer
        self.extras[chosen] = entering
        self.weights[chosen] = step
        self._refresh()

    def _refresh(self) -> None:
        """Work out inverse, values and weights from the basis."""
        count = len(self.extras)
        columns, costs = [], []
        for extra in self.extras:
            costs.append(self._own_cost(extra))
            if extra.answer is None:
                columns.append(extra.column(count))
            else:
                columns.append(self._relative(extra.slot, extra.answer)[0])
        inverse = _inverse(columns)
        if inverse is None:
            return
        self.inverse = inverse
        self.values = [
            sum(cost * row[car] for cost, row in zip(costs, inverse, strict=True))
            for car in range(count)
        ]
        self.weights = [max(0.0, weight) for weight in self._raw_weights()]

    def _raw_weights(self) -> list[float]:
        """Return the weights, below nothing where the basis is none that can be."""
        rows = [key.energy_kwh for key in self.keys] or [(0.0,) * len(self.values)]
        given_kwh = map(sum, zip(*rows, strict=True))
        rest_kwh = [
            needed - given
            for needed, given in zip(self.needed_kwh, given_kwh, strict=True)
        ]
        return [_product(row, rest_kwh) for row in self.inverse]

    def mixture(self, slot: int) -> list[tuple[float, SlotAnswer]]:
        """Return the answers of a slot and their weights, which come to 1."""
        extras = [
            (weight, extra.answer)
            for weight, extra in zip(self.weights, self.extras, strict=True)
            if extra.slot == slot and extra.answer is not None and weight > TINY
        ]
        left = 1 - sum(weight for weight, _ in extras)
        return [(left, self.keys[slot]), *extras] if left > TINY else extras


def _product(row: Sequence[float], column: Sequence[float]) -> float:
    return sumprod(row, column)


def _inverse(columns: list[list[float]]) -> list[list[float]] | None:
    """Return the inverse of a matrix of columns, by rows; None if there is none."""
    count = len(columns)
    rows = [
        [columns[place][row] for place in range(count)]
        + [float(place == row) for place in range(count)]
        for row in range(count)
    ]
    for place in range(count):
        chosen = max(range(place, count), key=lambda row: abs(rows[row][place]))
        pivot = rows[chosen][place]
        if abs(pivot) < 1e-12:
            return None
        rows[place], rows[chosen] = rows[chosen], [*rows[place]]
        rows[place] = [value / pivot for value in rows[place]]
        for row in range(count):
            factor = rows[row][place]
            if row != place and factor:
                rows[row] = [
                    value - factor * more
                    for value, more in zip(rows[row], rows[place], strict=True)
                ]
    return [row[count:] for row in rows]
