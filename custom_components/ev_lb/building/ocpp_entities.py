"""Follows the entities of chargers that are found: they come, go and are renamed."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from custom_components.ev_lb.chargers.families import FAMILIES
from custom_components.ev_lb.chargers.find import find
from custom_components.ev_lb.chargers.ocpp_station import Connector
from custom_components.ev_lb.const import (
    CONF_DRIVER,
    CONF_FAMILY,
    CONF_FAMILY_OWNER,
    CONF_OCPP_CONNECTOR,
    CONF_OCPP_CPID,
    DRIVER_FAMILY,
    DRIVER_OCPP,
)

from .site import chargers_of


@callback
def async_follow_connectors(
    hass: HomeAssistant, entry: ConfigEntry[Any], reload: Callable[[], None]
) -> None:
    """Start a site anew when a charger that is found has other entities than before.

    A station of several connectors changes them whenever its integration is
    reloaded after a restart.
    """
    found = _entities(hass, entry)
    if not found:
        return

    @callback
    def updated(_event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        if _entities(hass, entry) != found:
            reload()

    entry.async_on_unload(
        hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, updated)
    )


def _entities(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> dict[str, Mapping[Any, str]]:
    """Return the entities of each charger that is found by what it is called."""
    found: dict[str, Mapping[Any, str]] = {}
    for subentry in chargers_of(entry):
        data = subentry.data
        if data.get(CONF_DRIVER) == DRIVER_OCPP:
            cpid, number = data[CONF_OCPP_CPID], int(data[CONF_OCPP_CONNECTOR])
            found[subentry.subentry_id] = Connector.find(hass, cpid, number).entities
        elif data.get(CONF_DRIVER) == DRIVER_FAMILY:
            family = FAMILIES[data[CONF_FAMILY]]
            owner = data[CONF_FAMILY_OWNER]
            found[subentry.subentry_id] = find(hass, family, owner).entities
    return found
