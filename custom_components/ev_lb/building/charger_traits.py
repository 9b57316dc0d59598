"""What follows for a charger from the way it is controlled."""

from collections.abc import Mapping
from typing import Any, Final

from custom_components.ev_lb.chargers.families import FAMILIES
from custom_components.ev_lb.const import (
    CONF_DRIVER,
    CONF_FAMILY,
    CONF_LEASE_S,
    CONF_LEFT_ALONE_CURRENT_A,
    CONF_MAX_CURRENT_A,
    CONF_MEASURED_CURRENT_ENTITY,
    CONF_MEASURES_CURRENT,
    CONF_RAMP_UP_A_PER_S,
    CONF_RESPONSE_TIME_S,
    CONF_STACK_LEVEL,
    DRIVER_OCPP,
    DRIVER_PLUG,
    DRIVER_SIMULATED,
)
from custom_components.ev_lb.engine.model import Lease, Response
from custom_components.ev_lb.settings import CHARGER

from .stored_numbers import number_of

DEFAULT_STEP_A: Final = 1.0


def step_a(data: Mapping[str, Any]) -> float:
    """Return the step in which a charger can be set, A: a plug is on or off."""
    if data.get(CONF_DRIVER) == DRIVER_PLUG:
        return float(data[CONF_MAX_CURRENT_A])
    return DEFAULT_STEP_A


def least_current_a(data: Mapping[str, Any]) -> float:
    """Return the lowest minimum that a charger can be set to, A."""
    family = FAMILIES.get(data.get(CONF_FAMILY, ""))
    if family is None or not family.drops_unchanged or not data.get(CONF_LEASE_S):
        return 0.0
    # Every second renewal is a step less, and that must still charge.
    return family.lowest_a + family.step_a


def measures_current(data: Mapping[str, Any]) -> bool:
    """Return whether the current of the car is measured."""
    if data.get(CONF_DRIVER) in (DRIVER_OCPP, DRIVER_SIMULATED):
        return True
    return CONF_MEASURED_CURRENT_ENTITY in data or bool(data.get(CONF_MEASURES_CURRENT))


def lease_of(data: Mapping[str, Any]) -> Lease | None:
    """Return how long a charger keeps a command; None where it keeps it for good."""
    duration_s = float(data.get(CONF_LEASE_S, 0.0))
    # An OCPP profile of the lowest level has nothing below it to fall back to.
    lasts = data.get(CONF_DRIVER) == DRIVER_OCPP and not data[CONF_STACK_LEVEL]
    if lasts or duration_s <= 0:
        return None
    return Lease(
        duration_s=duration_s,
        fallback_current_a=float(data[CONF_LEFT_ALONE_CURRENT_A]),
    )


def response_of(data: Mapping[str, Any]) -> Response:
    """Return how a charger and its car answer to a new set-point."""
    return Response(
        dead_time_s=number_of(data, CHARGER[CONF_RESPONSE_TIME_S]),
        ramp_up_a_per_s=number_of(data, CHARGER[CONF_RAMP_UP_A_PER_S]),
    )
