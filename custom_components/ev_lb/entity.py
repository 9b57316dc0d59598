"""What the entities of a site and of its chargers share."""

from collections.abc import Callable, Mapping
from typing import Any, override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription

from .const import DOMAIN
from .runtime import EvLbConfigEntry


class QuietEntity(Entity):
    """An entity that is told of everything, and tells only what changed."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _written: tuple[Any, ...] | None = None

    def _shown(self) -> tuple[Any, ...]:
        """Return all that calls for a new report when it differs from before."""
        raise NotImplementedError

    def _follow(self, add_listener: Callable[[CALLBACK_TYPE], CALLBACK_TYPE]) -> None:
        """Listen for as long as it is there."""
        self._written = self._shown()
        self.async_on_remove(add_listener(self._async_update))

    @callback
    def _async_update(self) -> None:
        if (shown := self._shown()) != self._written:
            self._written = shown
            self.async_write_ha_state()


class EvLbEntity(QuietEntity):
    """An entity that shows what the controller decided."""

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
        self._follow(self.controller.async_add_listener)


def without_none(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return only the attributes that say something."""
    return {key: value for key, value in attributes.items() if value is not None}
