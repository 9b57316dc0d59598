"""What the entities of a site and of its chargers share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import logging
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import EntityCategory
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription

from .building.site_soundness import site_options
from .building.stored_settings import settings_of
from .const import DOMAIN
from .control.permissions import async_actor, async_check_admin
from .control.rating import async_rated
from .runtime import EvLbConfigEntry
from .settings import Setting

_LOGGER = logging.getLogger("custom_components.ev_lb.events")


class QuietEntity(Entity):
    """An entity that hears of each decision, and writes only what changed."""

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
        shown = self._shown()
        if shown != self._written and self._is_due(shown):
            self._written = shown
            self.async_write_ha_state()

    def _is_due(self, shown: tuple[Any, ...]) -> bool:
        """Tell whether what is shown and differs is to be written now."""
        return True


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
        entry.runtime_data.unique_ids.add(self._attr_unique_id)

    @property
    def owner_id(self) -> str:
        """Return the charger or circuit it belongs to; empty for the site's own."""
        return "" if self.subentry is None else self.subentry.subentry_id

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the decisions."""
        self._follow(self.controller.async_add_listener)


@dataclass(frozen=True, kw_only=True)
class SettingDescription(EntityDescription):
    """A setting that is an entity."""

    setting: Setting
    needed_fn: Callable[[EvLbConfigEntry], bool] = lambda entry: True
    """Whether the site has what it is a setting of."""
    entity_category: EntityCategory | None = EntityCategory.CONFIG


class SettingEntity(EvLbEntity):
    """A setting of a site or of one of its chargers; the config entry keeps it."""

    entity_description: SettingDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the settings; no decision changes them."""
        self._follow(self.controller.async_add_settings_listener)

    @property
    def setting(self) -> Any:
        """Return what is set."""
        return self.entity_description.setting.of(self._stored)

    @property
    def _stored(self) -> Mapping[str, Any]:
        """Return the settings of its owner."""
        if self.subentry is None:
            return site_options(self.entry)
        # The entry's own copy: this entity's is from when it was set up.
        return settings_of(self.entry, self.subentry.subentry_id)

    async def async_keep(self, value: Any) -> None:
        """Keep a new value; the controller takes it up at once.

        Raises:
            Unauthorized: when it belongs to the installation and its user is no
                administrator.
            ServiceValidationError: when it is above what an administrator entered.
        """
        setting = self.entity_description.setting
        owner = self.entry if self.subentry is None else self.subentry
        if setting.installation:
            await async_check_admin(self.hass, self._context)
        values = {setting.key: value}
        if setting.rated:
            values = await async_rated(
                self.hass, self._context, setting, self._stored, value, owner.title
            )
        if setting.protects not in (None, value):
            actor = await async_actor(self.hass, self._context)
            _LOGGER.warning(
                "%s is not protected: %s was set to %s by %s",
                owner.title,
                setting.key,
                "on" if value else "off",
                actor,
            )
        async_keep_setting(self.hass, self.entry, self.owner_id or None, values)
        self._async_update()

    @override
    def _shown(self) -> tuple[Any, ...]:
        return (self.setting,)


@callback
def async_keep_setting(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    subentry_id: str | None,
    values: Mapping[str, Any],
) -> None:
    """Write settings of a site, or of one of its subentries, to the config entry.

    None is for what is to be forgotten; all else stays as it is stored.
    """
    subentry = None if subentry_id is None else entry.subentries[subentry_id]
    stored = entry.options if subentry is None else subentry.data
    kept = {key: value for key, value in stored.items() if key not in values}
    changed = kept | without_none(values)
    if subentry is None:
        hass.config_entries.async_update_entry(entry, options=changed)
    else:
        hass.config_entries.async_update_subentry(entry, subentry, data=changed)


def without_none(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return only the attributes that say something."""
    return {key: value for key, value in attributes.items() if value is not None}
