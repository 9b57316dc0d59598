"""Who may do what, by the permissions that Home Assistant gives its users."""

from collections.abc import Iterable
from typing import Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er

CONTROLS: Final = frozenset(
    {
        Platform.BUTTON,
        Platform.DATETIME,
        Platform.NUMBER,
        Platform.SELECT,
        Platform.SWITCH,
    }
)
"""The entities through which somebody changes a site or a charger."""


async def async_check_admin(hass: HomeAssistant, context: Context | None) -> None:
    """Refuse what belongs to the installation to whoever is no administrator.

    What no user called for, such as an automation, is allowed.

    Raises:
        Unauthorized: when the user is no administrator.
    """
    if await async_is_limited(hass, context):
        raise Unauthorized(context=context)


async def async_is_limited(hass: HomeAssistant, context: Context | None) -> bool:
    """Return whether a user acts who is no administrator."""
    user = await _async_user(hass, context)
    return user is not None and not user.is_admin


async def async_actor(hass: HomeAssistant, context: Context | None) -> str:
    """Return the name of the user who acts, for the log."""
    user = await _async_user(hass, context)
    return "an automation" if user is None else user.name or user.id


async def async_check_control(
    hass: HomeAssistant, context: Context, owners: Iterable[tuple[str, str | None]]
) -> None:
    """Refuse an action on what its user may not control by its entities either.

    `owners` are pairs of a site's entry and one of its chargers, or None for the
    site itself.

    Raises:
        Unauthorized: when the user may not control one of the entities.
    """
    user = await _async_user(hass, context)
    if user is None or user.is_admin:
        return
    registry = er.async_get(hass)
    for entry_id, subentry_id in owners:
        for row in er.async_entries_for_config_entry(registry, entry_id):
            if row.config_subentry_id != subentry_id or row.domain not in CONTROLS:
                continue
            if not user.permissions.check_entity(row.entity_id, POLICY_CONTROL):
                raise Unauthorized(
                    context=context,
                    entity_id=row.entity_id,
                    permission=POLICY_CONTROL,
                )


async def _async_user(hass: HomeAssistant, context: Context | None) -> User | None:
    if context is None or context.user_id is None:
        return None
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(context=context)
    return user
