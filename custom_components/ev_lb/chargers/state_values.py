"""Numbers in the states of a charger's entities."""

from math import isfinite

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfElectricCurrent
from homeassistant.core import State


def amperes_of(state: State, attribute: str | None = None) -> float | None:
    """Return the current that a state or one of its attributes tells, A."""
    told = state.state if attribute is None else state.attributes.get(attribute)
    try:
        number = float(str(told))
    except ValueError:
        return None
    if not isfinite(number):
        return None
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    if attribute is None and unit == UnitOfElectricCurrent.MILLIAMPERE:
        return number / 1000
    return number
