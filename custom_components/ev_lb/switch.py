"""Turns the balancing of a site on and off."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_ENABLED, DEFAULT_ENABLED
from .entity import EvLbEntity
from .runtime import EvLbConfigEntry
from .simulated_entities import simulated_switches
from .wiring import chargers_of

PARALLEL_UPDATES = 1

ENABLED = SwitchEntityDescription(key="enabled", translation_key="enabled")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switch of a site, and those of its simulated home."""
    async_add_entities([EnabledSwitch(entry, ENABLED), *simulated_switches(entry)])
    for subentry in chargers_of(entry):
        async_add_entities(
            simulated_switches(entry, subentry),
            config_subentry_id=subentry.subentry_id,
        )


class EnabledSwitch(EvLbEntity, SwitchEntity):
    """While off, the chargers stay as they are."""

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the site is balanced."""
        return bool(self.entry.options.get(CONF_ENABLED, DEFAULT_ENABLED))

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Balance the site from now on."""
        self._set(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Leave the chargers alone from now on."""
        self._set(False)

    def _set(self, enabled: bool) -> None:
        self.hass.config_entries.async_update_entry(
            self.entry, options={**self.entry.options, CONF_ENABLED: enabled}
        )
        self._async_update()

    @override
    def _shown(self) -> tuple[Any, ...]:
        return (self.is_on,)
