"""What the entities of a site and of its chargers share."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription

from .const import DOMAIN
from .runtime import EvLbConfigEntry


class EvLbEntity(Entity):
    """An entity that shows what the controller decided, when that changed."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(
        self,
        entry: EvLbConfigEntry,
        description: EntityDescription,
        subentry: ConfigSubentry | None = None,
    ) -> None:
        """Take the site, and the charger if the entity belongs to one."""
        self.entity_description = description
        self.entry = entry
        self.subentry = subentry
        self.controller = entry.runtime_data.controller
        self._written: tuple[Any, ...] | None = None
        if subentry is None:
            self._attr_unique_id = f"{entry.entry_id}_{description.key}"
            self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry.entry_id)})
        else:
            self._attr_unique_id = f"{subentry.subentry_id}_{description.key}"
            self._attr_device_info = DeviceInfo(
                identifiers={(DOMAIN, subentry.subentry_id)},
                name=subentry.title,
                via_device_id=entry.runtime_data.site_device_id,
            )

    @property
    def charger_id(self) -> str:
        """Return the charger it belongs to; empty for the site's own."""
        return "" if self.subentry is None else self.subentry.subentry_id

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the decisions."""
        self.async_on_remove(self.controller.async_add_listener(self._async_update))
        self._written = self._shown()

    def _shown(self) -> tuple[Any, ...]:
        """Return all that its state is made of."""
        raise NotImplementedError

    @callback
    def _async_update(self) -> None:
        if (shown := self._shown()) != self._written:
            self._written = shown
            self.async_write_ha_state()


def without_none(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return only the attributes that say something."""
    return {key: value for key, value in attributes.items() if value is not None}
