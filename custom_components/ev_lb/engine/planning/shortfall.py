"""What holds a car back most that cannot have all it needs."""

from typing import NamedTuple

from custom_components.ev_lb.engine.model import LimitingFactor, Phase

from .amounts import Amounts
from .program import EPSILON_A


class Cause(NamedTuple):
    """The limit that costs a car most, who else draws on it, and when."""

    factor: LimitingFactor
    phase: Phase | None
    circuit_id: str | None
    charger_ids: tuple[str, ...]
    start_s: float | None
    end_s: float | None


def cause_of(amounts: Amounts, car: int) -> Cause:
    """Return what holds a car back most while it is there."""
    program = amounts.program
    row = program.cars[car]
    lost_kwh: dict[int, float] = {}
    when: dict[int, list[int]] = {}
    for slot, stretch in enumerate(program.slots):
        if stretch.start_s < row.goal.from_s or stretch.end_s > row.goal.ready_s:
            continue
        missed_a = row.highest_a - amounts.current_a[car][slot]
        number = _tightest(amounts, car, slot)
        if number is not None and missed_a > EPSILON_A:
            missed_kwh = missed_a * row.kw_per_a * program.hours[slot]
            lost_kwh[number] = lost_kwh.get(number, 0.0) + missed_kwh
            when.setdefault(number, []).append(slot)
    if not lost_kwh:
        return Cause(LimitingFactor.CHARGER_MAX, None, None, (), None, None)
    worst = min(lost_kwh, key=lambda number: (-lost_kwh[number], number))
    limit = program.rows[worst]
    slots = when[worst]
    return Cause(
        factor=limit.factor,
        phase=limit.phase,
        circuit_id=limit.circuit_id,
        charger_ids=_others(amounts, car, worst, slots),
        start_s=program.slots[slots[0]].start_s,
        end_s=program.slots[slots[-1]].end_s,
    )


def _tightest(amounts: Amounts, car: int, slot: int) -> int | None:
    """Return the row that leaves a car least, if that is less than it could take."""
    program = amounts.program
    row = program.cars[car]
    least_a, tightest = row.highest_a - EPSILON_A, None
    for number, part in row.limits:
        others_a = sum(
            share * max(amounts.current_a[other][slot], program.cars[other].min_a)
            for other in range(len(program.cars))
            if other != car and amounts.current_a[other][slot] > 0
            for place, share in program.cars[other].limits
            if place == number
        )
        left_a = (program.rows[number].free_a[slot] - others_a) / part
        if left_a < least_a:
            least_a, tightest = left_a, number
    return tightest


def _others(
    amounts: Amounts, car: int, number: int, slots: list[int]
) -> tuple[str, ...]:
    """Return who else draws on a row in some slots, who draws most first."""
    program = amounts.program
    had_kwh = {
        row.goal.charger_id: sum(
            amounts.current_a[other][slot] * row.kw_per_a * program.hours[slot]
            for slot in slots
        )
        for other, row in enumerate(program.cars)
        if other != car and any(place == number for place, _ in row.limits)
    }
    return tuple(
        name
        for name in sorted(had_kwh, key=lambda name: (-had_kwh[name], name))
        if had_kwh[name] > 0
    )
