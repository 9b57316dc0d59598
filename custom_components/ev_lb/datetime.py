"""When a car is to leave."""

from datetime import datetime
from typing import Any, override

from homeassistant.components.datetime import DateTimeEntity, DateTimeEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .building.site import chargers_of
from .entity import EvLbEntity
from .runtime import EvLbConfigEntry

PARALLEL_UPDATES = 1

DEPARTURE = DateTimeEntityDescription(key="departure", translation_key="departure")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the departure of each charger's car."""
    for subentry in chargers_of(entry):
        async_add_entities(
            [DepartureTime(entry, DEPARTURE, subentry)],
            config_subentry_id=subentry.subentry_id,
        )


class DepartureTime(EvLbEntity, DateTimeEntity):
    """By when the car is to have the energy that it needs."""

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return the departure; None when nobody said one."""
        departure_s = self.controller.sessions.of(self.owner_id).departure_s
        return None if departure_s is None else dt_util.utc_from_timestamp(departure_s)

    @override
    async def async_set_value(self, value: datetime) -> None:
        """Let the car leave then."""
        self.controller.sessions.of(self.owner_id).departure_s = value.timestamp()
        self.controller.async_wishes_changed()
        self._async_update()

    @override
    def _shown(self) -> tuple[Any, ...]:
        return (self.native_value,)
