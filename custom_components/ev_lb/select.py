"""How a site and its chargers charge, and how chargers share."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .building.site import chargers_of
from .const import (
    CHARGER_CHARGING_MODES,
    CHARGING_MODE_SITE,
    CONF_CHARGING_MODE,
    CONF_DISTRIBUTION_MODE,
    DEFAULT_CHARGING_MODE,
    DEFAULT_DISTRIBUTION_MODE,
    DISTRIBUTION_MODES,
    SITE_CHARGING_MODES,
)
from .entity import SettingDescription, SettingEntity
from .runtime import EvLbConfigEntry

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class EvLbSelectDescription(SettingDescription, SelectEntityDescription):
    """A setting that is one of several."""


SITE_SELECTS = (
    EvLbSelectDescription(
        key="charging_mode",
        translation_key="charging_mode",
        options=list(SITE_CHARGING_MODES),
        setting=CONF_CHARGING_MODE,
        default=DEFAULT_CHARGING_MODE,
        entity_category=None,
    ),
    EvLbSelectDescription(
        key="distribution_mode",
        translation_key="distribution_mode",
        options=list(DISTRIBUTION_MODES),
        setting=CONF_DISTRIBUTION_MODE,
        default=DEFAULT_DISTRIBUTION_MODE,
        entity_category=EntityCategory.CONFIG,
    ),
)

CHARGER_SELECTS = (
    EvLbSelectDescription(
        key="charging_mode",
        translation_key="charger_charging_mode",
        options=list(CHARGER_CHARGING_MODES),
        setting=CONF_CHARGING_MODE,
        default=CHARGING_MODE_SITE,
        entity_category=None,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the choices of a site and of its chargers."""
    async_add_entities(EvLbSelect(entry, select) for select in SITE_SELECTS)
    for subentry in chargers_of(entry):
        async_add_entities(
            (EvLbSelect(entry, select, subentry) for select in CHARGER_SELECTS),
            config_subentry_id=subentry.subentry_id,
        )


class EvLbSelect(SettingEntity, SelectEntity):
    """A setting of a site or of a charger that is one of several."""

    entity_description: EvLbSelectDescription

    @property
    @override
    def current_option(self) -> str:
        """Return what is set."""
        return str(self.setting)

    @override
    async def async_select_option(self, option: str) -> None:
        """Keep another choice; the controller takes it up at once."""
        await self.async_keep(option)
