"""The events of a site, for people and for automations."""

from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import EvLbEntity
from .events import EVENT_TYPES
from .runtime import EvLbConfigEntry

PARALLEL_UPDATES = 0

INCIDENT = EventEntityDescription(
    key="incident", translation_key="incident", event_types=list(EVENT_TYPES)
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entity of a site."""
    async_add_entities([IncidentEvent(entry, INCIDENT)])


class IncidentEvent(EvLbEntity, EventEntity):
    """Shows the last thing that happened."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to what happens."""
        self.async_on_remove(
            self.controller.announcer.async_add_listener(self._async_happened)
        )

    @callback
    def _async_happened(self, event_type: str, payload: dict[str, Any]) -> None:
        self._trigger_event(
            event_type, {k: v for k, v in payload.items() if k != "entry_id"}
        )
        self.async_write_ha_state()

    @override
    def _shown(self) -> tuple[Any, ...]:
        return ()
