"""How a car starts less often, where that costs less than the starts are worth.

For each car, on what the others leave it: the cheapest pattern of slots with a price on
each start, found exactly by dynamic programming over slots and what the car has by then.
"""

from math import inf
from typing import Final, NamedTuple

from .amounts import ENOUGH_KWH, Amounts
from .program import EPSILON_A

FEWEST_LEVELS: Final = 24
MOST_LEVELS: Final = 96
"""In so many parts at most what a car gets is counted."""
LEVELS_IN_MINIMUM: Final = 2.0
"""Else so many come to what its minimum gives in a slot."""
ROUNDS: Final = 2
GAP_S: Final = 1.0
"""Slots that lie further apart are not one block, s."""


class _Offer(NamedTuple):
    """A slot as one car finds it."""

    slot: int
    minimum: int
    """What its minimum gives there, in levels."""
    most: int
    price: float
    """Of a level from the grid."""
    sun_price: float
    sunny: float
    """The surplus, in levels."""
    follows: bool
    """Whether it begins where the one before ends."""

    def cost(self, levels: int) -> float:
        """Return what so much costs there."""
        sunny = min(levels, self.sunny)
        return sunny * self.sun_price + (levels - sunny) * self.price


def few_starts(amounts: Amounts, start_price: float) -> None:
    """Let cars start less often, each on what the others leave."""
    if not 0 < start_price < inf:
        return
    for _ in range(ROUNDS):
        changed = [
            car
            for car in range(len(amounts.program.cars))
            if amounts.got_kwh[car] > ENOUGH_KWH
            and _rearrange(amounts, car, start_price)
        ]
        if not changed:
            return


def starts(amounts: Amounts, car: int) -> int:
    """Return how often a car starts."""
    slots = amounts.program.slots
    count, ended_s = 0, -inf
    if amounts.program.cars[car].goal.running and slots:
        ended_s = slots[0].start_s
    for slot, drawn_a in zip(slots, amounts.current_a[car], strict=True):
        if drawn_a > 0:
            count += slot.start_s - ended_s > GAP_S
            ended_s = slot.end_s
    return count


def _rearrange(amounts: Amounts, car: int, start_price: float) -> bool:
    """Give a car its best pattern, if that is better than the one it has."""
    got_kwh = amounts.got_kwh[car]
    before = amounts.spent + start_price * starts(amounts, car)
    amounts.history.clear()
    for slot, drawn_a in enumerate(amounts.current_a[car]):
        if drawn_a > 0:
            amounts.put(car, slot, 0.0)
    levels = _levels(amounts, car, got_kwh)
    offers = _offers(amounts, car, got_kwh, levels)
    running = amounts.program.cars[car].goal.running
    slots = _pattern(offers, levels, running, start_price)
    _spread(amounts, car, slots, got_kwh)
    gain = before - amounts.spent - start_price * starts(amounts, car)
    if gain > 1e-6 * start_price:
        return True
    amounts.undo(0)
    return False


def _levels(amounts: Amounts, car: int, got_kwh: float) -> int:
    """Return in how many parts a car's energy is counted: slots differ in them."""
    row = amounts.program.cars[car]
    minimum_kwh = row.min_a * row.kw_per_a * max(amounts.program.hours)
    wanted = LEVELS_IN_MINIMUM * got_kwh / minimum_kwh
    return int(min(max(wanted, FEWEST_LEVELS), MOST_LEVELS))


def _offers(amounts: Amounts, car: int, got_kwh: float, levels: int) -> list[_Offer]:
    """Return the slots in which a car may charge beside the others."""
    level_kwh = got_kwh / levels
    program = amounts.program
    row = program.cars[car]
    offers: list[_Offer] = []
    ended_s = program.slots[0].start_s if row.goal.running else -inf
    for slot, stretch in enumerate(program.slots):
        highest_a = amounts.highest_a(car, slot)
        if highest_a <= 0:
            continue
        levels_per_a = row.kw_per_a * program.hours[slot] / level_kwh
        left_kw = max(0.0, program.sun_kw[slot] - amounts.sunny_kw[slot])
        offers.append(
            _Offer(
                slot=slot,
                minimum=max(1, round(row.min_a * levels_per_a)),
                most=min(levels, int(highest_a * levels_per_a + 1e-6)),
                price=program.price[slot] * level_kwh,
                sun_price=program.sun_price[slot] * level_kwh,
                sunny=left_kw * program.hours[slot] / level_kwh,
                follows=stretch.start_s - ended_s <= GAP_S,
            )
        )
        ended_s = stretch.end_s
    return offers


def _pattern(
    offers: list[_Offer], levels: int, running: bool, start_price: float
) -> list[int]:
    """Return the slots of the cheapest pattern that gives all levels; else none."""
    off: list[float] = [0.0] + [inf] * levels
    off_ways: list[_Way] = [None] * (levels + 1)
    on: list[float] = [0.0 if running else inf] + [inf] * levels
    on_ways = list(off_ways)
    for offer in offers:
        if not offer.follows:
            _stop(off, off_ways, on, on_ways)
            on = [inf] * (levels + 1)
        after, ways = [inf] * (levels + 1), list(on_ways)
        for level in range(levels):
            cost, way = off[level] + start_price, off_ways[level]
            if on[level] <= cost:
                cost, way = on[level], on_ways[level]
            if cost == inf:
                continue
            left = levels - level
            for wanted in (offer.most, offer.minimum):
                taken = min(wanted, left)
                total = cost + offer.cost(taken)
                if total < after[level + taken] and taken:
                    after[level + taken] = total
                    ways[level + taken] = (offer.slot, way)
        _stop(off, off_ways, on, on_ways)
        on, on_ways = after, ways
    _stop(off, off_ways, on, on_ways)
    return _slots(off_ways[levels])


type _Way = tuple[int, _Way] | None
"""The last slot of a pattern, and how it came there."""


def _stop(
    off: list[float], off_ways: list[_Way], on: list[float], on_ways: list[_Way]
) -> None:
    """Let whoever charges stop, where that is the cheaper way to have as much."""
    for level, cost in enumerate(on):
        if cost < off[level]:
            off[level], off_ways[level] = cost, on_ways[level]


def _slots(way: _Way) -> list[int]:
    found = []
    while way is not None:
        slot, way = way
        found.append(slot)
    return found[::-1]


def _spread(amounts: Amounts, car: int, slots: list[int], needed_kwh: float) -> None:
    """Let a car have so much in some slots: its minimum in all, more where it is cheap.

    If the minima are too much already, its last slot is used for a part only.
    """
    row = amounts.program.cars[car]
    hours = amounts.program.hours
    for slot in slots:
        left_a = (needed_kwh - amounts.got_kwh[car]) / (row.kw_per_a * hours[slot])
        if left_a > EPSILON_A:
            amounts.put(car, slot, min(row.min_a, left_a))
    for slot in sorted(slots, key=lambda slot: (amounts.more_price(car, slot), slot)):
        now_a = amounts.current_a[car][slot]
        left_a = (needed_kwh - amounts.got_kwh[car]) / (row.kw_per_a * hours[slot])
        highest_a = min(amounts.highest_a(car, slot), now_a + left_a)
        if highest_a > now_a + EPSILON_A:
            amounts.put(car, slot, highest_a)
