"""Reads one number out of one state."""

from collections.abc import Mapping
from enum import Enum
from math import isfinite
from typing import Final

from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    PERCENTAGE,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfPower,
)
from homeassistant.core import State

from custom_components.ev_lb.engine.model import Reading, ReadingProblem


class Quantity(Enum):
    """What a sensor measures."""

    POWER = "power"
    CURRENT = "current"
    VOLTAGE = "voltage"
    RATIO = "ratio"


UNIT_VALUES: Final[Mapping[Quantity, Mapping[str | None, float]]] = {
    Quantity.POWER: {
        UnitOfPower.WATT: 1.0,
        UnitOfPower.KILO_WATT: 1e3,
        UnitOfPower.MEGA_WATT: 1e6,
    },
    Quantity.CURRENT: {
        UnitOfElectricCurrent.AMPERE: 1.0,
        UnitOfElectricCurrent.MILLIAMPERE: 1e-3,
    },
    Quantity.VOLTAGE: {
        UnitOfElectricPotential.VOLT: 1.0,
        UnitOfElectricPotential.MILLIVOLT: 1e-3,
    },
    Quantity.RATIO: {PERCENTAGE: 1.0},
}
"""What each unit of a quantity is worth in W, A, V or percent."""

LOST_STATES: Final = frozenset({STATE_UNAVAILABLE, STATE_UNKNOWN, ""})


def read_state(
    state: State | None, quantity: Quantity, time_s: float, factor: float = 1.0
) -> Reading:
    """Return what a state says in W, A, V or percent, times the factor, or a problem.

    time_s is when the source reported it. A problem's value is 0.
    """
    if state is None or state.state in LOST_STATES:
        return Reading(0.0, time_s, ReadingProblem.UNAVAILABLE)
    try:
        value = float(state.state)
    except ValueError:
        return Reading(0.0, time_s, ReadingProblem.NOT_A_NUMBER)
    if not isfinite(value):
        return Reading(0.0, time_s, ReadingProblem.NOT_A_NUMBER)
    unit_value = UNIT_VALUES[quantity].get(
        state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    )
    if unit_value is None:
        return Reading(0.0, time_s, ReadingProblem.WRONG_UNIT)
    return Reading(value * unit_value * factor, time_s)
