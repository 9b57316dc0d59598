"""What the number that sets a charger's limit takes."""

from math import floor
from typing import Final

from homeassistant.components.number import ATTR_MAX, ATTR_MIN, ATTR_STEP
from homeassistant.core import State

from .facts import Family
from .state_values import unit_a

# A step such as 0.1 has no exact binary form: 16 is 159.99… of them.
STEP_TOLERANCE: Final = 1e-6


def on_step(current_a: float, minimum_a: float, step_a: float) -> float:
    """Return the highest value of a number's steps that is not above a current, A."""
    if step_a <= 0:
        return current_a
    steps = floor((current_a - minimum_a) / step_a + STEP_TOLERANCE)
    return round(minimum_a + steps * step_a, 6)


def attribute(state: State, name: str, default: float) -> float:
    """Return a number from a state's attributes."""
    try:
        return float(state.attributes.get(name, default))
    except TypeError, ValueError:
        return default


def range_a(
    family: Family, state: State | None, *, runs_only: bool
) -> tuple[float, float, float]:
    """Return the lowest and highest limit that a number takes, and its step, A.

    One that only runs or not takes nothing but its highest.
    """
    if runs_only:
        return family.highest_a, family.highest_a, family.highest_a
    if state is None:
        return 0.0, family.highest_a, family.step_a
    unit = unit_a(state)
    return (
        attribute(state, ATTR_MIN, 0.0) * unit,
        attribute(state, ATTR_MAX, family.highest_a / unit) * unit,
        attribute(state, ATTR_STEP, family.step_a / unit) * unit,
    )
