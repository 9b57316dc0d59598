"""What an administrator entered as the most that a cable, a fuse or a contract bears.

Whoever may control the entity lowers and raises within it; only an administrator goes
above. Forms are for administrators: what they enter is the rating.
"""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from custom_components.ev_lb.building.stored_numbers import finite
from custom_components.ev_lb.const import DOMAIN
from custom_components.ev_lb.settings import Setting

from .permissions import async_is_limited


def rating_of(setting: Setting, stored: Mapping[str, Any]) -> float:
    """Return the most that a setting may be without an administrator."""
    present = finite(setting.of(stored)) or 0.0
    return max(present, finite(stored.get(setting.rating_key)) or 0.0)


async def async_rated(
    hass: HomeAssistant,
    context: Context | None,
    setting: Setting,
    stored: Mapping[str, Any],
    value: float,
    name: str,
) -> dict[str, Any]:
    """Return what to keep of a new value; None stands for what to forget.

    Raises:
        ServiceValidationError: when it is above the rating, and its user is no
            administrator.
    """
    rating = rating_of(setting, stored)
    if value > rating and await async_is_limited(hass, context):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="above_rating",
            translation_placeholders={
                "name": name,
                "value": f"{value:g} {setting.unit}",
                "rating": f"{rating:g} {setting.unit}",
            },
        )
    kept = rating if value < rating else None
    return {setting.key: value, setting.rating_key: kept}


def kept_rating(
    setting: Setting, before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what stays of a rating when a form is sent: all, if nobody changed it."""
    key = setting.rating_key
    same = before.get(setting.key) == after.get(setting.key)
    return {key: before[key]} if same and key in before else {}
