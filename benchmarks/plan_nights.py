"""What planning cars together is worth, night by night, beside the rules of others.

`--plan-nights 50` asks for it: real sessions, prices and loads; one car on three phases,
the others on one. Everybody knows prices and house. The joint plan is followed as it is.
Whoever plans for one car alone is held to a fair split of the fuse, slot by slot, and
plans again with what it has got: as the cheapest slots, as the cheapest time without a
break, or as late as possible, at full power; at once; or as our plan does for one car.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
import random
from statistics import mean
from typing import Final

from custom_components.ev_lb.engine.model import ALL_PHASES, Charger, Circuit, Site
from custom_components.ev_lb.engine.planning.plan import CarPlan, plan
from custom_components.ev_lb.engine.planning.request import Goal, PlanRequest, Slot

from .data import SHIPPED, DataFolder, Stay
from .planning_bound import Bound
from .planning_homes import (
    PHASE_SHARES,
    QUARTER_S,
    VOLTAGE_V,
    Recorded,
    recorded,
)

CARS: Final = 3
FUSE_A: Final = 25.0
SLOTS: Final = 144
"""36 h, from 14 h on."""
FIRST_HOUR: Final = 14
START_S: Final = 1_790_000_100.0
STEP_A: Final = 0.5
"""The fair split raises everybody by so much in turn."""
SHORT_KWH: Final = 0.5
"""From so much on a night is short."""

type Rule = Callable[[PlanRequest, Goal, int], list[float]]
"""What a car would draw in each slot from one on, planned for it alone, A."""


@dataclass(slots=True)
class Outcome:
    """What a policy came to in a night."""

    money: float = 0.0
    short_kwh: float = 0.0
    starts: list[int] = field(default_factory=list)


def night(stays: list[Stay], data: Recorded, seed: int) -> PlanRequest:
    """Draw a home in which real sessions meet in one night."""
    chance = random.Random(seed)
    chargers = tuple(
        Charger(
            charger_id=f"charger {place}",
            circuit_id="grid",
            phases=(chance.choice(ALL_PHASES),) if place else ALL_PHASES,
            max_current_a=chance.choice((16.0, 20.0)) if place else 16.0,
        )
        for place in range(CARS)
    )
    day = chance.randrange(1, len(data.retail) // 96 - 2)
    house_day = chance.randrange(len(data.house_w) // 96 - 2)
    slots = []
    for place in range(SLOTS):
        quarter = FIRST_HOUR * 4 + place
        watts = float(data.house_w[house_day * 96 + quarter])
        first, second, third = (watts * share / VOLTAGE_V for share in PHASE_SHARES)
        slots.append(
            Slot(
                start_s=START_S + place * QUARTER_S,
                end_s=START_S + (place + 1) * QUARTER_S,
                price=float(data.retail[day * 96 + quarter]),
                house_a=(first, second, third),
            )
        )
    goals = tuple(
        _goal(charger.charger_id, chance.choice(stays)) for charger in chargers
    )
    grid = Circuit(circuit_id="grid", limit_a=(FUSE_A,) * 3)
    return PlanRequest(
        site=Site(circuits=(grid,), chargers=chargers),
        slots=tuple(slots),
        goals=goals,
        now_s=START_S,
    )


def evening_stays(folder: DataFolder) -> list[Stay]:
    """Return the sessions that fit between 14 h and the end of the next day."""
    return [
        stay
        for stay in folder.home_stays()
        if stay.arrival_s % 86400 >= FIRST_HOUR * 3600
        and stay.departure_s - stay.arrival_s // 86400 * 86400
        <= FIRST_HOUR * 3600 + SLOTS * QUARTER_S
    ]


def _goal(charger_id: str, stay: Stay) -> Goal:
    from_s = START_S + stay.arrival_s % 86400 - FIRST_HOUR * 3600
    return Goal(
        charger_id=charger_id,
        needed_kwh=stay.need_kwh,
        from_s=from_s,
        ready_s=from_s + stay.departure_s - stay.arrival_s,
    )


def _open_slots(request: PlanRequest, goal: Goal, now: int) -> list[int]:
    return [
        place
        for place in range(now, len(request.slots))
        if goal.from_s <= request.slots[place].start_s
        and request.slots[place].end_s <= goal.ready_s
    ]


def _full(request: PlanRequest, goal: Goal) -> tuple[float, int]:
    """Return a car's full current, and the slots that its need takes with it."""
    charger = _charger(request, goal)
    kwh = charger.max_current_a * len(charger.phases) * VOLTAGE_V / 1000 / 4
    return charger.max_current_a, -int(-goal.needed_kwh / kwh // 1)


def _charger(request: PlanRequest, goal: Goal) -> Charger:
    return next(
        row for row in request.site.chargers if row.charger_id == goal.charger_id
    )


def _in(places: list[int], current_a: float) -> list[float]:
    chosen = set(places)
    return [current_a if place in chosen else 0.0 for place in range(SLOTS)]


def at_once(request: PlanRequest, goal: Goal, now: int) -> list[float]:
    """Charge whenever the car is there."""
    current_a, _ = _full(request, goal)
    return _in(_open_slots(request, goal, now), current_a)


def cheapest(request: PlanRequest, goal: Goal, now: int) -> list[float]:
    """Charge in the cheapest slots, of equal ones in the later."""
    current_a, count = _full(request, goal)
    slots = request.slots
    ordered = sorted(
        _open_slots(request, goal, now), key=lambda place: (slots[place].price, -place)
    )
    return _in(ordered[:count], current_a)


def continuous(request: PlanRequest, goal: Goal, now: int) -> list[float]:
    """Charge in the cheapest time without a break; go on once begun."""
    current_a, count = _full(request, goal)
    places = _open_slots(request, goal, now)
    if goal.running:
        return _in(places[:count], current_a)
    starts = range(max(1, len(places) - count + 1))
    windows = [places[start : start + count] for start in starts]
    best = min(
        windows, key=lambda row: sum(request.slots[place].price for place in row)
    )
    return _in(best, current_a)


def late(request: PlanRequest, goal: Goal, now: int) -> list[float]:
    """Charge at the end of the stay."""
    current_a, count = _full(request, goal)
    places = _open_slots(request, goal, now)
    return _in(places[-count:] if count else [], current_a)


def alone(request: PlanRequest, goal: Goal, now: int) -> list[float]:
    """Charge as our plan for this car alone says."""
    asked = replace(request, goals=(goal,), now_s=request.slots[now].start_s)
    return _followed(request, plan(asked).cars[0])


def _followed(request: PlanRequest, car: CarPlan) -> list[float]:
    """Return a plan's mean current in each slot, A."""
    parts = [part for block in car.blocks for part in block.parts]
    return [
        sum(
            part.current_a
            * max(0.0, min(part.end_s, slot.end_s) - max(part.start_s, slot.start_s))
            for part in parts
        )
        / (slot.end_s - slot.start_s)
        for slot in request.slots
    ]


def followed(request: PlanRequest, rule: Rule) -> Outcome:
    """Let each car follow its own rule, held to a fair split of the fuse."""
    goals = list(request.goals)
    wanted = [rule(request, goal, 0) for goal in goals]
    drawn_a = [[0.0] * SLOTS for _ in goals]
    for now in range(SLOTS):
        given = _split(request, goals, [row[now] for row in wanted], now)
        for car, goal in enumerate(goals):
            phases = len(_charger(request, goal).phases)
            kwh = given[car] * phases * VOLTAGE_V / 1000 / 4
            part = min(1.0, goal.needed_kwh / kwh) if kwh else 0.0
            drawn_a[car][now] = given[car] * part
            goals[car] = replace(
                goal,
                needed_kwh=max(0.0, goal.needed_kwh - kwh * part),
                running=given[car] > 0 and part > 0,
            )
            behind = given[car] < wanted[car][now] - 1e-6
            if (behind or rule is not alone) and now + 1 < SLOTS:
                wanted[car] = rule(request, goals[car], now + 1)
    return _outcome(request, drawn_a)


def _split(
    request: PlanRequest, goals: list[Goal], wanted_a: list[float], now: int
) -> list[float]:
    """Return what each car gets: its minimum, if there is room, then all in turn."""
    free_a = [FUSE_A - house_a for house_a in request.slots[now].house_a]
    given = [0.0] * len(goals)
    lines = [
        [ALL_PHASES.index(phase) for phase in _charger(request, goal).phases]
        for goal in goals
    ]

    def raised(car: int, more_a: float) -> bool:
        if any(free_a[phase] < more_a for phase in lines[car]):
            return False
        given[car] += more_a
        for phase in lines[car]:
            free_a[phase] -= more_a
        return True

    turn = [(now + place) % len(goals) for place in range(len(goals))]
    able = [
        car
        for car in turn
        if goals[car].needed_kwh > 1e-6 and wanted_a[car] > 0 and raised(car, 6.0)
    ]
    while able:
        able = [
            car
            for car in able
            if given[car] + STEP_A <= wanted_a[car] and raised(car, STEP_A)
        ]
    return given


def _outcome(request: PlanRequest, drawn_a: list[list[float]]) -> Outcome:
    found = Outcome()
    for goal, row in zip(request.goals, drawn_a, strict=True):
        kw_per_a = len(_charger(request, goal).phases) * VOLTAGE_V / 1000
        kwh = [current_a * kw_per_a / 4 for current_a in row]
        found.money += sum(
            part * slot.price for part, slot in zip(kwh, request.slots, strict=True)
        )
        found.short_kwh += max(0.0, goal.needed_kwh - sum(kwh))
        found.starts.append(
            sum(
                now_a > 0 and before_a == 0
                for before_a, now_a in zip([0.0, *row], row, strict=False)
            )
        )
    return found


def joint(request: PlanRequest) -> Outcome:
    """Follow the plan of all cars."""
    return _outcome(request, [_followed(request, car) for car in plan(request).cars])


def program(request: PlanRequest) -> Outcome:
    """Return what the linear program says: what lacks at least, and the least money.

    The money is of what the joint plan delivers; nobody keeps to a minimum.
    """
    bound = Bound(request)
    got_kwh = [car.energy_kwh for car in plan(request).cars]
    money = bound.least_cost(got_kwh, whole=False)
    return Outcome(money, sum(bound.shortfalls_kwh().values()))


RULES: Final[dict[str, Rule]] = {
    "each car alone": alone,
    "cheapest slots": cheapest,
    "continuous": continuous,
    "late": late,
    "at once": at_once,
}


def report(nights: int, first_seed: int = 0) -> Iterator[str]:
    """Yield the lines of a table over many nights."""
    data, stays = recorded(), evening_stays(DataFolder(SHIPPED))
    asked = [night(stays, data, first_seed + place) for place in range(nights)]
    policies: dict[str, Callable[[PlanRequest], Outcome]] = {
        "joint plan": joint,
        "linear program": program,
    }
    yield f"{nights} nights, {CARS} cars, {FUSE_A:.0f} A"
    yield f"{'':16} EUR/night | nights short | kWh short | starts per car"
    for name, policy in policies.items():
        yield _line(name, [policy(request) for request in asked])
    for name, rule in RULES.items():
        yield _line(name, [followed(request, rule) for request in asked])


def _line(name: str, rows: list[Outcome]) -> str:
    starts = [count for row in rows for count in row.starts]
    return (
        f"{name:16} {mean(row.money for row in rows):9.3f}"
        f" | {sum(row.short_kwh > SHORT_KWH for row in rows):12}"
        f" | {sum(row.short_kwh for row in rows):9.2f}"
        f" | {f'{mean(starts):.2f}' if starts else '-':>14}"
    )
