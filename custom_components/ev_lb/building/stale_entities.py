"""Forgets the entities of what a site no longer has."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_platform, entity_registry as er

from custom_components.ev_lb.const import DOMAIN


@callback
def async_remove_stale_entities(
    hass: HomeAssistant, entry: ConfigEntry[Any], unique_ids: set[str]
) -> None:
    """Remove what is registered for a site and not among its unique ids.

    A platform that shows nothing may have failed: what it had stays.
    """
    shown_by = {
        platform.domain
        for platform in entity_platform.async_get_platforms(hass, DOMAIN)
        if platform.config_entry is entry and platform.entities
    }
    registry = er.async_get(hass)
    for row in er.async_entries_for_config_entry(registry, entry.entry_id):
        if row.domain in shown_by and row.unique_id not in unique_ids:
            registry.async_remove(row.entity_id)
