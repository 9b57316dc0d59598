"""When should each car charge? `plan(request)` answers, whatever it is asked.

The plan commands nothing: it says when a car may draw and how much that comes to.
What flows is decided by `decide`, by what is measured then.
"""

from typing import NamedTuple

from custom_components.ev_lb.engine.model import LimitingFactor, Phase

from .amounts import ENOUGH_KWH, Amounts
from .peak import cheapest_peak
from .program import EPSILON_A
from .request import Goal, PlanRequest
from .shortfall import cause_of
from .starts import GAP_S, few_starts


class Part(NamedTuple):
    """A part of a block with one current."""

    start_s: float
    end_s: float
    current_a: float
    """A per phase, at least the car's minimum."""


class Block(NamedTuple):
    """A time in which a car charges without a break."""

    start_s: float
    end_s: float
    parts: tuple[Part, ...]
    energy_kwh: float
    cost: float
    guessed: bool
    """Whether any of its prices is a guess."""


class Shortfall(NamedTuple):
    """What a plan cannot deliver, and what holds it back most."""

    energy_kwh: float
    factor: LimitingFactor
    """`CHARGER_MAX` where even full power all the time would not do, `SOLAR` where
    the price limit leaves only surplus, `DISABLED` where nothing can be planned."""
    phase: Phase | None = None
    circuit_id: str | None = None
    charger_ids: tuple[str, ...] = ()
    """Whose cars have what lacks, who has most first."""
    start_s: float | None = None
    """From when to when that is so."""
    end_s: float | None = None


class CarPlan(NamedTuple):
    """What one goal comes to."""

    charger_id: str
    blocks: tuple[Block, ...] = ()
    energy_kwh: float = 0.0
    cost: float = 0.0
    done_s: float | None = None
    """When the goal is met; None where it is not."""
    shortfall: Shortfall | None = None


class Plan(NamedTuple):
    """When all cars charge."""

    cars: tuple[CarPlan, ...]
    """One for each goal, in their order."""
    cost: float
    peak_w: float | None
    """The mean import that no slot exceeds for the sake of cars, W; None without a
    capacity tariff."""


def plan(request: PlanRequest) -> Plan:
    """Return when each car is to charge; the same for the same request."""
    amounts, peak_w = cheapest_peak(request)
    program = amounts.program
    few_starts(amounts, max(request.start_kwh, 0.0) * program.mean_price)
    places = {id(car.goal): place for place, car in enumerate(program.cars)}
    cars = tuple(
        _car_plan(amounts, places[id(goal)])
        if id(goal) in places
        else _unplanned(goal, request.now_s)
        for goal in request.goals
    )
    return Plan(cars, sum(car.cost for car in cars), peak_w)


def _unplanned(goal: Goal, now_s: float) -> CarPlan:
    """Return the plan of a goal that needs nothing, or for which nothing can be done."""
    if not goal.needed_kwh > ENOUGH_KWH:
        return CarPlan(goal.charger_id, done_s=now_s)
    lacks = Shortfall(goal.needed_kwh, LimitingFactor.DISABLED)
    return CarPlan(goal.charger_id, shortfall=lacks)


def _car_plan(amounts: Amounts, car: int) -> CarPlan:
    row = amounts.program.cars[car]
    blocks = tuple(_blocks(amounts, car))
    lacking_kwh = row.goal.needed_kwh - amounts.got_kwh[car]
    shortfall = None
    if lacking_kwh > ENOUGH_KWH:
        cause = cause_of(amounts, car)
        shortfall = Shortfall(lacking_kwh, *cause)
    return CarPlan(
        charger_id=row.goal.charger_id,
        blocks=blocks,
        energy_kwh=sum(block.energy_kwh for block in blocks),
        cost=sum(block.cost for block in blocks),
        done_s=blocks[-1].end_s if blocks and shortfall is None else None,
        shortfall=shortfall,
    )


def _blocks(amounts: Amounts, car: int) -> list[Block]:
    """Return the slots in which a car charges, put together."""
    slots = amounts.program.slots
    runs: list[list[int]] = []
    for slot, drawn_a in enumerate(amounts.current_a[car]):
        if drawn_a <= 0:
            continue
        if (
            runs
            and runs[-1][-1] == slot - 1
            and slots[slot].start_s - slots[slot - 1].end_s <= GAP_S
        ):
            runs[-1].append(slot)
        else:
            runs.append([slot])
    return [_block(amounts, car, run) for run in runs]


def _block(amounts: Amounts, car: int, run: list[int]) -> Block:
    program = amounts.program
    row = program.cars[car]
    parts: list[Part] = []
    energy_kwh = cost = 0.0
    for slot in run:
        drawn_a = amounts.current_a[car][slot]
        kwh = drawn_a * row.kw_per_a * program.hours[slot]
        energy_kwh += kwh
        cost += kwh * _mean_price(amounts, slot)
        part = _part(amounts, car, slot, late=slot == run[0] and len(run) > 1)
        if parts and abs(parts[-1].current_a - part.current_a) < EPSILON_A:
            part = part._replace(start_s=parts.pop().start_s)
        parts.append(part)
    return Block(
        start_s=parts[0].start_s,
        end_s=parts[-1].end_s,
        parts=tuple(parts),
        energy_kwh=energy_kwh,
        cost=cost,
        guessed=any(program.slots[slot].guessed for slot in run),
    )


def _part(amounts: Amounts, car: int, slot: int, *, late: bool) -> Part:
    """Return what a car draws in a slot; of one that it needs only partly, the part."""
    stretch = amounts.program.slots[slot]
    min_a = amounts.program.cars[car].min_a
    drawn_a = amounts.current_a[car][slot]
    start_s, end_s = stretch.start_s, stretch.end_s
    if drawn_a < min_a:
        used_s = (end_s - start_s) * drawn_a / min_a
        if late:
            start_s = end_s - used_s
        else:
            end_s = start_s + used_s
        drawn_a = min_a
    return Part(start_s, end_s, drawn_a)


def _mean_price(amounts: Amounts, slot: int) -> float:
    """Return what each kWh of a slot costs, whoever has it: the surplus is shared."""
    program = amounts.program
    stretch = program.slots[slot]
    power_kw = sum(
        currents[slot] * row.kw_per_a
        for currents, row in zip(amounts.current_a, program.cars, strict=True)
    )
    sunny_kw = min(amounts.sunny_kw[slot], program.sun_kw[slot], power_kw)
    feed_in_price = min(stretch.feed_in_price, stretch.price)
    return (sunny_kw * feed_in_price + (power_kw - sunny_kw) * stretch.price) / power_kw
