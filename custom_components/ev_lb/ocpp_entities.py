"""Follows the entities of OCPP charge points, which come, go and are renamed."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .chargers.ocpp_station import Connector
from .const import CONF_DRIVER, CONF_OCPP_CONNECTOR, CONF_OCPP_CPID, DRIVER_OCPP
from .wiring import chargers_of


@callback
def async_follow_connectors(
    hass: HomeAssistant, entry: ConfigEntry[Any], reload: Callable[[], None]
) -> None:
    """Start a site anew when one of its OCPP chargers has other entities than before.

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
) -> dict[str, Mapping[str, str]]:
    """Return the entities of each OCPP charger of a site."""
    return {
        subentry.subentry_id: Connector.find(
            hass,
            subentry.data[CONF_OCPP_CPID],
            int(subentry.data[CONF_OCPP_CONNECTOR]),
        ).entities
        for subentry in chargers_of(entry)
        if subentry.data.get(CONF_DRIVER) == DRIVER_OCPP
    }
