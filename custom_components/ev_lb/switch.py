"""Turns the balancing of a site, and how it is done, on and off."""

from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .building.features import has_surplus
from .building.site import chargers_of
from .const import CONF_ALLOW_GRID_CHARGING, CONF_ENABLED, CONF_SHADOW_MODE
from .entity import SettingDescription, SettingEntity
from .runtime import EvLbConfigEntry
from .settings import CHARGER, SITE, Setting
from .simulated_home.entities import simulated_switches

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class EvLbSwitchDescription(SettingDescription, SwitchEntityDescription):
    """A setting that is on or off."""


def _setting_switch(name: str, setting: Setting, **more: Any) -> EvLbSwitchDescription:
    return EvLbSwitchDescription(
        key=setting.entity or setting.key, translation_key=name, setting=setting, **more
    )


SITE_SWITCHES = (
    _setting_switch(
        "enabled",
        SITE[CONF_ENABLED],
        entity_category=None,
    ),
    _setting_switch(
        "shadow_mode",
        SITE[CONF_SHADOW_MODE],
    ),
    _setting_switch(
        "allow_grid_charging",
        SITE[CONF_ALLOW_GRID_CHARGING],
        entity_category=None,
        needed_fn=has_surplus,
    ),
)

CHARGER_SWITCHES = (
    _setting_switch(
        "charging_allowed",
        CHARGER[CONF_ENABLED],
        entity_category=None,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of a site, of its chargers, and of its simulated home."""
    async_add_entities(
        [
            *(
                EvLbSwitch(entry, switch)
                for switch in SITE_SWITCHES
                if switch.needed_fn(entry)
            ),
            *simulated_switches(entry),
        ]
    )
    for subentry in chargers_of(entry):
        async_add_entities(
            [
                *(EvLbSwitch(entry, switch, subentry) for switch in CHARGER_SWITCHES),
                *simulated_switches(entry, subentry),
            ],
            config_subentry_id=subentry.subentry_id,
        )


class EvLbSwitch(SettingEntity, SwitchEntity):
    """A setting of a site or of a charger that is on or off."""

    entity_description: EvLbSwitchDescription

    @property
    @override
    def is_on(self) -> bool:
        """Return how it is set."""
        return bool(self.setting)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch on."""
        await self.async_keep(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch off."""
        await self.async_keep(False)
