"""How a site and its chargers charge, and how chargers share."""

from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .building.site import chargers_of
from .const import CONF_CHARGING_MODE, CONF_DISTRIBUTION_MODE
from .entity import SettingDescription, SettingEntity
from .runtime import EvLbConfigEntry
from .settings import CHARGER, SITE, Setting

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class EvLbSelectDescription(SettingDescription, SelectEntityDescription):
    """A setting that is one of several."""


def _setting_select(name: str, setting: Setting, **more: Any) -> EvLbSelectDescription:
    return EvLbSelectDescription(
        key=setting.entity or setting.key,
        translation_key=name,
        options=list(setting.choices),
        setting=setting,
        **more,
    )


SITE_SELECTS = (
    _setting_select(
        "charging_mode",
        SITE[CONF_CHARGING_MODE],
        entity_category=None,
    ),
    _setting_select(
        "distribution_mode",
        SITE[CONF_DISTRIBUTION_MODE],
        entity_category=EntityCategory.CONFIG,
    ),
)

CHARGER_SELECTS = (
    _setting_select(
        "charger_charging_mode",
        CHARGER[CONF_CHARGING_MODE],
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
