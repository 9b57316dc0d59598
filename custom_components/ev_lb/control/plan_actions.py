"""What owners may do about the plan: set its goal, charge at once, or skip it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from custom_components.ev_lb.const import DOMAIN

from .controller import Controller
from .planner import Override

ATTR_ENERGY_KWH: Final = "energy_kwh"
ATTR_DEPARTURE: Final = "departure"


def set_plan(
    controller: Controller, charger_id: str, wished: Mapping[str, Any]
) -> None:
    """Set what a car is to have from now on, kWh, and by when; then the plan holds."""
    session = controller.sessions.of(charger_id)
    if ATTR_ENERGY_KWH in wished:
        more_kwh = wished[ATTR_ENERGY_KWH]
        session.goal_kwh = session.energy_kwh + more_kwh if more_kwh > 0 else None
    if ATTR_DEPARTURE in wished:
        departure: datetime = wished[ATTR_DEPARTURE]
        session.departure_s = dt_util.as_utc(departure).timestamp()
    controller.planner.async_override(charger_id, None)
    controller.async_wishes_changed()


def check_smart(controller: Controller, charger_id: str) -> None:
    """Refuse to overrule the plan of a charger that has none.

    Raises:
        ServiceValidationError: when it is not in mode smart, or without a car.
    """
    if not controller.planner.is_planned(charger_id):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="nothing_planned",
            translation_placeholders={"name": controller.name_of(charger_id)},
        )


def override(controller: Controller, charger_id: str, choice: Override) -> None:
    """Let a car charge at once, or from the surplus alone, until it leaves."""
    controller.planner.async_override(charger_id, choice)
    controller.async_wishes_changed()
