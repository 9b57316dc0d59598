"""Follows the entities that a site is wired to when their owner renames them."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.entity_registry import EventEntityRegistryUpdatedData
from homeassistant.helpers.event import async_track_entity_registry_updated_event

from custom_components.ev_lb.control.controller import Controller

from .site_soundness import is_simulated


@callback
def async_follow_renames(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    controller: Controller,
    reload: Callable[[], None],
) -> None:
    """Write a new name down where the old one stood; that reloads the site.

    A simulated home's entities are found by their unique ids: nothing is written
    down, and the site is reloaded to find them again.
    """

    @callback
    def updated(event: Event[EventEntityRegistryUpdatedData]) -> None:
        data = event.data
        if data["action"] != "update" or "entity_id" not in data["changes"]:
            return
        if is_simulated(entry):
            reload()
            return
        old, new = data["changes"]["entity_id"], data["entity_id"]
        for subentry in list(entry.subentries.values()):
            hass.config_entries.async_update_subentry(
                entry, subentry, data=renamed(subentry.data, old, new)
            )
        hass.config_entries.async_update_entry(
            entry, data=renamed(entry.data, old, new)
        )

    entry.async_on_unload(
        async_track_entity_registry_updated_event(hass, controller.entity_ids, updated)
    )


def renamed(data: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return settings with a new name of an entity in place of the old one."""
    return {key: new if value == old else value for key, value in data.items()}
