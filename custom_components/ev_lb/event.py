"""What happened to a site and to its chargers, for people and for automations."""

from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .building.site import chargers_of
from .const import ATTR_CHARGER_ID
from .entity import EvLbEntity
from .health.events import ATTR_ENTRY_ID, CHARGER_EVENTS, EVENT_TYPES
from .runtime import EvLbConfigEntry

PARALLEL_UPDATES = 0

INCIDENT = EventEntityDescription(
    key="incident", translation_key="incident", event_types=list(EVENT_TYPES)
)
CHARGER_INCIDENT = EventEntityDescription(
    key="incident", translation_key="charger_incident", event_types=list(CHARGER_EVENTS)
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entities of a site and of its chargers."""
    async_add_entities([IncidentEvent(entry, INCIDENT)])
    for subentry in chargers_of(entry):
        async_add_entities(
            [IncidentEvent(entry, CHARGER_INCIDENT, subentry)],
            config_subentry_id=subentry.subentry_id,
        )


class IncidentEvent(EvLbEntity, EventEntity):
    """Shows the last thing that happened; a charger's, what happened to it."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to what happens."""
        self.async_on_remove(
            self.controller.announcer.async_add_listener(self._async_happened)
        )

    @callback
    def _async_happened(self, event_type: str, payload: dict[str, Any]) -> None:
        known = {ATTR_ENTRY_ID}
        if self.owner_id:
            if payload.get(ATTR_CHARGER_ID) != self.owner_id:
                return
            known.add(ATTR_CHARGER_ID)
        told = {key: value for key, value in payload.items() if key not in known}
        self._trigger_event(event_type, told)
        self.async_write_ha_state()

    @override
    def _shown(self) -> tuple[Any, ...]:
        return ()
