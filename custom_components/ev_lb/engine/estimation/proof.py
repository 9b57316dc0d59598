"""On how many wires a meter of the total power has seen each car.

What such a meter shows while a car starts may be a car on three wires, or one on one
wire and a load of the house that came meanwhile. The car is believed, but not for
ever: only a cut of its own proves on how many wires it is, for nothing else falls
with it. What a start has shown in part is proven by the next one that shows the same.
"""

from collections.abc import Iterable
from math import floor
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model.state import CarShown, Untold

SHOWN_PART: Final = 0.83
"""Cars with less than this part of what they would take are shown not to take it.

Half a wire of three: further off than what meters differ by in voltage and power
factor."""
FOLLOWED_PART: Final = 0.5
"""A cut that the total shows less of tells nothing: the car took less before."""
STEP_A: Final = 3.0
"""A smaller step of a car, on each wire, proves nothing: loads of the house move as much, A."""
SAME_A: Final = 1.0
"""Two starts that differ by less show the same, A on each wire."""
STILL_A: Final = 0.5
"""A car that draws so little more or less has not moved, A on each wire."""


class Level(NamedTuple):
    """What a car draws while all cars are at rest."""

    charger_id: str
    current_a: float
    """On each wire, A: measured, or its set-point."""
    of_wires: int
    measured: bool


type Move = tuple[CarShown, Level]


def follow_cars(
    untold: Untold, levels: Iterable[Level], rest_a: float
) -> tuple[CarShown, ...]:
    """Return what is shown of each car, now that all are at rest again.

    `rest_a` is the total without the cars that tell each phase apart, A.
    """
    known = {row.charger_id: row for row in untold.cars}
    moves = []
    for level in levels:
        row = known.get(level.charger_id)
        if row is None or row.of_wires != level.of_wires:
            row = CarShown(level.charger_id, 0.0, level.of_wires)
        moves.append((row, level))
    moved = [move for move in moves if abs(_step_a(move)) > STILL_A]
    rise_a = None if untold.rest_a is None else rest_a - untold.rest_a
    shown = {row.charger_id: row for row in _shown(moved, rise_a)}
    return tuple(
        shown.get(row.charger_id, row)._replace(
            level_a=level.current_a if row.charger_id in shown else row.level_a
        )
        for row, level in moves
    )


def wires_shown(untold: Untold, charger_id: str) -> int | None:
    """Return on how many wires a car is shown to be; None while that is open."""
    for row in untold.cars:
        if row.charger_id == charger_id:
            return row.wires
    return None


def is_proven(row: CarShown, *, measured: bool) -> bool:
    """Tell whether it is shown what a car takes; how much may be measured."""
    if row.of_wires <= 1:
        return True
    return row.wires is not None and (measured or row.proven)


def _step_a(move: Move) -> float:
    row, level = move
    return level.current_a - row.level_a


def _shown(moved: list[Move], rise_a: float | None) -> list[CarShown]:
    """Return what cars show that moved while the total rose by so much, A."""
    falls = all(_step_a(move) < 0 for move in moved)
    rises = all(_step_a(move) > 0 for move in moved)
    if rise_a is None or not (falls or rises):
        return [_unproven(move) if _starts(move) else move[0] for move in moved]
    expected_a = sum(_step_a(move) * _wires(move[0]) for move in moved)
    agrees = abs(rise_a) >= SHOWN_PART * abs(expected_a) and rise_a * expected_a > 0
    alone = len(moved) == 1
    if falls:
        return [_fallen(move, rise_a, agrees=agrees, alone=alone) for move in moved]
    return [_risen(move, rise_a, agrees=agrees, alone=alone) for move in moved]


def _fallen(move: Move, rise_a: float, *, agrees: bool, alone: bool) -> CarShown:
    """Return what a cut has shown: a car of fewer wires cannot fall by more."""
    row, step_a = move[0], _step_a(move)
    if step_a > -STEP_A:
        return row
    if not alone:
        return row._replace(wires=_wires(row), proven=True) if agrees else row
    part = rise_a / step_a
    if part < FOLLOWED_PART:
        return row
    count = max(1, min(row.of_wires, floor(part + 1 - SHOWN_PART)))
    return row._replace(wires=count, proven=True)


def _risen(move: Move, rise_a: float, *, agrees: bool, alone: bool) -> CarShown:
    """Return what a start has shown; a car that charges already is as proven as it was."""
    row = move[0]
    if not _starts(move):
        return row
    if agrees:
        return row._replace(proven=True)
    row = _unproven(move)
    if not alone:
        return row
    partial_a = rise_a / _wires(row)
    before_a = row.partial_a
    again = before_a is not None and abs(partial_a - before_a) <= SAME_A
    return row._replace(partial_a=partial_a, proven=again)


def _starts(move: Move) -> bool:
    return move[0].level_a <= STILL_A < move[1].current_a


def _unproven(move: Move) -> CarShown:
    return move[0]._replace(proven=False)


def _wires(row: CarShown) -> int:
    return row.of_wires if row.wires is None else row.wires
