"""The plan of each car, as entities and the action show it."""

from collections.abc import Mapping
from typing import Any, Final

from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.control.planner import SHORT_KWH

from .figures import moment

STEP_S: Final = 900.0
"""It moves on by this: a card is not sent a plan each second, s."""
CHART_S: Final = 36 * 3600.0
"""No chart of a plan is longer: bars of a quarter-hour would be too thin, s."""


def plan_start(controller: Controller, charger_id: str) -> float | None:
    """Return when the present or the next planned block begins, s."""
    blocks = controller.planner.blocks(charger_id)
    return blocks[0].start_s if blocks else None


def plan_end(controller: Controller, charger_id: str) -> float | None:
    """Return when the last planned block ends, s."""
    blocks = controller.planner.blocks(charger_id)
    return blocks[-1].end_s if blocks else None


def plan_energy_kwh(controller: Controller, charger_id: str) -> float | None:
    """Return what the plan gives the car, kWh; None without a plan."""
    car = controller.planner.car(charger_id)
    return None if car is None else round(car.energy_kwh, 1)


def plan_cost(controller: Controller, charger_id: str) -> float | None:
    """Return what that costs; None without a plan, or without any price."""
    car = controller.planner.car(charger_id)
    if car is None or not controller.planner.priced:
        return None
    return round(car.cost, 2)


def shortfall_kwh(controller: Controller, charger_id: str) -> float | None:
    """Return what the car will lack when it is to be ready, kWh."""
    lacks_kwh = controller.planner.lacks_kwh(charger_id)
    return None if lacks_kwh is None else round(lacks_kwh, 1)


def is_late(controller: Controller, charger_id: str) -> bool | None:
    """Return whether the car will not have what it needs in time."""
    lacks_kwh = controller.planner.lacks_kwh(charger_id)
    return None if lacks_kwh is None else lacks_kwh > SHORT_KWH


def plan_attributes(controller: Controller, charger_id: str) -> dict[str, Any]:
    """Return why the plan is as it is, and whether a price of it is a guess."""
    planner = controller.planner
    car = planner.car(charger_id)
    if car is None or planner.reason is None:
        return {}
    return {
        "changed_because": planner.reason.value,
        "guessed": any(block.guessed for block in car.blocks),
    }


def plan_document(controller: Controller, charger_id: str) -> dict[str, Any]:
    """Return the plan of a car as data."""
    planner = controller.planner
    override = planner.overrides.get(charger_id)
    found: dict[str, Any] = {
        "charger_id": charger_id,
        "name": controller.name_of(charger_id),
        "override": None if override is None else override.value,
        "blocks": [],
    }
    car, goal = planner.car(charger_id), planner.goal(charger_id)
    if car is None or goal is None:
        return found
    priced = planner.priced
    return found | {
        "ready_by": _time(goal.ready_s),
        "done": _time(car.done_s),
        "energy_kwh": round(car.energy_kwh, 2),
        "cost": round(car.cost, 2) if priced else None,
        "currency": controller.texts.currency if priced else None,
        "changed": _time(planner.planned_s),
        "changed_because": None if planner.reason is None else planner.reason.value,
        "shortfall": _shortfall(controller, charger_id),
        "blocks": [
            {
                "start": _time(block.start_s),
                "end": _time(block.end_s),
                "energy_kwh": round(block.energy_kwh, 2),
                "cost": round(block.cost, 2) if priced else None,
                "guessed": block.guessed,
            }
            for block in planner.blocks(charger_id)
        ],
    }


def plan_chart(controller: Controller) -> dict[str, Any] | None:
    """Return prices and planned blocks over time, as the card draws them, s and kWh.

    None where no car is planned for.
    """
    planner = controller.planner
    lanes = {
        charger_id: lane
        for charger_id in (row.charger_id for row in controller.site.chargers)
        if (lane := _lane(controller, charger_id)) is not None
    }
    if not lanes or planner.request is None:
        return None
    now_s = controller.clock.now_s()
    from_s = now_s - now_s % STEP_S
    ends_s = [time_s for lane in lanes.values() for time_s in _ends_s(lane)]
    slots = [row for row in planner.request.slots if row.end_s > from_s]
    priced = planner.priced
    if priced:
        ends_s += [row.end_s for row in slots if not row.guessed]
    until_s = min(max(ends_s, default=from_s) + STEP_S, from_s + CHART_S)
    return {
        "from_s": from_s,
        "until_s": until_s,
        "currency": controller.texts.currency if priced else None,
        "prices": [
            [max(row.start_s, from_s), row.end_s, round(row.price, 4), row.guessed]
            for row in slots
            if priced and row.start_s < until_s
        ],
        "cars": lanes,
    }


def _lane(controller: Controller, charger_id: str) -> dict[str, Any] | None:
    planner = controller.planner
    car, goal = planner.car(charger_id), planner.goal(charger_id)
    if car is None or goal is None:
        return None
    return {
        "blocks": [[row.start_s, row.end_s] for row in planner.blocks(charger_id)],
        "ready_s": goal.ready_s,
        "energy_kwh": round(car.energy_kwh, 1),
        "cost": round(car.cost, 2) if planner.priced else None,
        "short_kwh": shortfall_kwh(controller, charger_id),
    }


def _ends_s(lane: Mapping[str, Any]) -> list[float]:
    return [lane["ready_s"], *(end_s for _, end_s in lane["blocks"])]


def _shortfall(controller: Controller, charger_id: str) -> dict[str, Any] | None:
    """Return what lacks, and where what holds it back is."""
    car = controller.planner.car(charger_id)
    lacks_kwh = controller.planner.lacks_kwh(charger_id)
    if car is None or car.shortfall is None or not lacks_kwh:
        return None
    lacks = car.shortfall
    circuit_id = lacks.circuit_id
    return {
        "energy_kwh": round(lacks_kwh, 2),
        "factor": lacks.factor.value,
        "phase": None if lacks.phase is None else lacks.phase.name,
        "circuit": None if circuit_id is None else controller.name_of(circuit_id),
        "chargers": [controller.name_of(row) for row in lacks.charger_ids],
        "start": _time(lacks.start_s),
        "end": _time(lacks.end_s),
    }


def _time(time_s: float | None) -> str | None:
    found = moment(time_s)
    return None if found is None else found.isoformat()
