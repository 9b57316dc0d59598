"""Numbers in the states of a charger's entities."""

from math import isfinite

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfElectricCurrent
from homeassistant.core import State


def unit_a(state: State) -> float:
    """Return what one of a state's units is worth, A: its owner may choose mA."""
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    return 1e-3 if unit == UnitOfElectricCurrent.MILLIAMPERE else 1.0


def amperes_of(state: State, attribute: str | None = None) -> float | None:
    """Return the current of a state or of one of its attributes, A."""
    told = state.state if attribute is None else state.attributes.get(attribute)
    try:
        number = float(str(told))
    except ValueError:
        return None
    if not isfinite(number):
        return None
    return number if attribute is not None else number * unit_a(state)
