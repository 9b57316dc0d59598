"""Which numbers a site or a charger may be set to while it runs."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from homeassistant.exceptions import ServiceValidationError

from custom_components.ev_lb.building.charger_traits import least_current_a
from custom_components.ev_lb.building.stored_numbers import number_of
from custom_components.ev_lb.const import (
    CONF_DRIVER,
    CONF_MAX_CURRENT_A,
    CONF_MIN_CURRENT_A,
    DOMAIN,
    DRIVER_PLUG,
)
from custom_components.ev_lb.settings import CHARGER


def check_number(value: float) -> None:
    """Refuse what is no finite number: no limit of an entity keeps it out.

    Raises:
        ServiceValidationError: when that is so.
    """
    if not isfinite(value):
        raise _refusal("not_a_number", value=f"{value}")


def check_range(data: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Refuse a lowest or highest current that a charger cannot keep to.

    Raises:
        ServiceValidationError: when that is so, with the reason.
    """
    if data.get(CONF_DRIVER) == DRIVER_PLUG:
        raise _refusal("plug_has_no_range")
    changed = {**data, **changes}
    minimum_a = number_of(changed, CHARGER[CONF_MIN_CURRENT_A])
    maximum_a = number_of(changed, CHARGER[CONF_MAX_CURRENT_A])
    if minimum_a > maximum_a:
        raise _refusal(
            "minimum_above_maximum",
            minimum=f"{minimum_a:g}",
            maximum=f"{maximum_a:g}",
        )
    if minimum_a < least_current_a(data):
        raise _refusal("min_with_lease")


def _refusal(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )
