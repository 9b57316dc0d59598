"""A plan as time passes: what it says of a car now, and whether a newer one is worth it."""

from collections.abc import Sequence
from math import floor, inf
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import LimitingFactor, NextBlock

from .forecast import QUARTER_S, quarters
from .plan import Block, CarPlan, Part, Plan
from .request import Goal, PlanRequest, Slot, covering

MINUTE_S: Final = 60.0
WORTH_KWH: Final = 0.2
"""A plan is changed for what so many kWh cost at the mean price, or for so many more."""
ON_PURPOSE: Final = frozenset({LimitingFactor.SOLAR, LimitingFactor.DISABLED})
"""What lacks for these is not to be had at any time: a price limit, or no plan at all."""
LATER: Final = 0.05
"""How much dearer than its last hour a night without prices begins: the later the
better, as long as it is in time."""


class Standing(NamedTuple):
    """What a plan says of one car at a moment."""

    may_draw_until_s: float | None
    planned_left_s: float
    next_block: NextBlock | None


def standing(
    car: CarPlan, goal: Goal, slots: Sequence[Slot], now_s: float, *, priced: bool
) -> Standing:
    """Return what a car may do now, and what it waits for.

    Where it gets less than it needs whatever it does, it may draw at any time until it
    is to be ready: there may be more than was forecast.
    """
    lacks = car.shortfall is not None and car.shortfall.factor not in ON_PURPOSE
    if lacks and now_s < goal.ready_s:
        return Standing(goal.ready_s, _minutes_s(goal.ready_s - now_s), None)
    coming = [block for block in car.blocks if block.end_s > now_s]
    left_s = sum(
        max(min(part.end_s, goal.ready_s) - max(part.start_s, now_s), 0.0)
        for block in coming
        for part in block.parts
    )
    if not coming:
        return Standing(None, 0.0, None)
    if coming[0].start_s <= now_s:
        return Standing(coming[0].end_s, _minutes_s(left_s), None)
    block = coming[0]
    price = block.cost / block.energy_kwh if block.energy_kwh > 0 else None
    price_now = price_at(slots, now_s)
    waited = NextBlock(
        block.start_s,
        price if priced else None,
        price_now if priced else None,
        car.done_s,
    )
    return Standing(None, _minutes_s(left_s), waited)


def price_at(slots: Sequence[Slot], time_s: float) -> float | None:
    """Return what a kWh from the grid costs at a moment; None where nobody knows."""
    slot = covering(slots, time_s)
    return None if slot is None else slot.price


def _minutes_s(time_s: float) -> float:
    """Return a time in whole minutes, so that it changes seldom, s."""
    return max(floor(time_s / MINUTE_S), 0) * MINUTE_S


def shifted(plan: Plan, goals: Sequence[Goal], by_s: float, now_s: float) -> Plan:
    """Return a plan whose blocks to come begin and end a little later.

    Not all homes are to start on the full hour, which is when prices change.
    """
    ready_s = {goal.charger_id: goal.ready_s for goal in goals}

    def later(block: Block, last_s: float) -> Block:
        if block.start_s <= now_s:
            return block
        parts = tuple(
            Part(
                part.start_s + by_s,
                max(min(part.end_s + by_s, last_s), part.start_s + by_s),
                part.current_a,
            )
            for part in block.parts
        )
        return block._replace(
            start_s=parts[0].start_s, end_s=parts[-1].end_s, parts=parts
        )

    cars = []
    for car in plan.cars:
        blocks = tuple(
            later(block, ready_s.get(car.charger_id, inf)) for block in car.blocks
        )
        done_s = car.done_s
        if done_s is not None and blocks:
            done_s = blocks[-1].end_s
        cars.append(car._replace(blocks=blocks, done_s=done_s))
    return plan._replace(cars=tuple(cars))


def energy_kwh(car: CarPlan, from_s: float, until_s: float) -> float:
    """Return what a plan gives a car in some time, kWh."""
    return sum(kwh for _, _, kwh in _pieces(car, from_s, until_s))


def is_worth_keeping(old: Plan, new: Plan, request: PlanRequest) -> bool:
    """Tell whether a plan does what a newer one does, for next to no more money.

    A plan that moves while people read it is not trusted.
    """
    now_s = request.now_s
    before = {car.charger_id: car for car in old.cars}
    more_cost = 0.0
    for car in new.cars:
        was = before.get(car.charger_id)
        if was is None:
            return False
        kwh = energy_kwh(car, now_s, inf)
        if energy_kwh(was, now_s, inf) < kwh - WORTH_KWH:
            return False
        if (car.shortfall is None) != (was.shortfall is None):
            return False
        more_cost += _cost(was, request) - _cost(car, request)
    slots = request.slots
    mean = sum(abs(slot.price) for slot in slots) / max(len(slots), 1)
    return more_cost <= WORTH_KWH * mean


def _cost(car: CarPlan, request: PlanRequest) -> float:
    """Return what a plan's energy costs from now on by the grid's prices."""
    pieces = _pieces(car, request.now_s, inf)
    return sum(
        kwh * (price_at(request.slots, (start_s + end_s) / 2) or 0.0)
        for start_s, end_s, kwh in pieces
    )


def _pieces(
    car: CarPlan, from_s: float, until_s: float
) -> list[tuple[float, float, float]]:
    """Return start, end and energy of what a plan gives in each quarter-hour."""
    parts = [part for block in car.blocks for part in block.parts]
    all_as = sum(part.current_a * (part.end_s - part.start_s) for part in parts)
    kwh_per_as = car.energy_kwh / all_as if all_as > 0 else 0.0
    found = []
    for part in parts:
        start_s, last_s = max(part.start_s, from_s), min(part.end_s, until_s)
        while start_s < last_s:
            end_s = min((floor(start_s / QUARTER_S) + 1) * QUARTER_S, last_s)
            kwh = part.current_a * (end_s - start_s) * kwh_per_as
            found.append((start_s, end_s, kwh))
            start_s = end_s
    return found


def with_late_slots(
    slots: Sequence[Slot], now_s: float, until_s: float
) -> tuple[Slot, ...]:
    """Return slots up to a moment: what has no price costs less the later it is.

    So a car without prices begins as late as it may, beside all others.
    """
    kept = [slot for slot in slots if slot.end_s > now_s]
    from_s = max((slot.end_s for slot in kept), default=now_s)
    mean = sum(slot.price for slot in kept) / len(kept) if kept else 1.0
    begins_s = quarters(from_s, until_s)
    for number, start_s in enumerate(begins_s):
        extra = abs(mean) * LATER * (len(begins_s) - number) / len(begins_s)
        kept.append(
            Slot(
                start_s=max(start_s, from_s),
                end_s=start_s + QUARTER_S,
                price=mean + extra,
                guessed=True,
            )
        )
    return tuple(kept)
