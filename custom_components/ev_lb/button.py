"""Lets a charger begin anew."""

from typing import Any, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .building.site import chargers_of
from .entity import EvLbEntity
from .runtime import EvLbConfigEntry

PARALLEL_UPDATES = 1

RESET = ButtonEntityDescription(
    key="reset", translation_key="reset", entity_category=EntityCategory.CONFIG
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the button of each charger."""
    for subentry in chargers_of(entry):
        async_add_entities(
            [ResetButton(entry, RESET, subentry)],
            config_subentry_id=subentry.subentry_id,
        )


class ResetButton(EvLbEntity, ButtonEntity):
    """Forgets what was set by hand, and tells the charger its current anew."""

    @override
    async def async_press(self) -> None:
        """Begin anew."""
        self.controller.async_reset(self.owner_id)

    @override
    def _shown(self) -> tuple[Any, ...]:
        return ()
