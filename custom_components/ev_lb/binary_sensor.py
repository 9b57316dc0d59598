"""Whether the meter can be believed, a fallback holds, and a charger is on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .controller import Controller
from .entity import EvLbEntity
from .runtime import EvLbConfigEntry
from .wiring import chargers_of

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class EvLbBinarySensorDescription(BinarySensorEntityDescription):
    """A binary sensor, and where its value comes from."""

    value_fn: Callable[[Controller, str], bool | None]
    """Given the controller and the charger's id, if it is a charger's."""


SITE_SENSORS = (
    EvLbBinarySensorDescription(
        key="meter_status",
        translation_key="meter_status",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda controller, _: (
            None if controller.decision is None else controller.decision.meter_ok
        ),
    ),
    EvLbBinarySensorDescription(
        key="fallback_active",
        translation_key="fallback_active",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda controller, _: (
            None if controller.decision is None else controller.decision.fallback_active
        ),
    ),
)

CHARGER_SENSORS = (
    EvLbBinarySensorDescription(
        key="active",
        translation_key="active",
        device_class=BinarySensorDeviceClass.RUNNING,
        value_fn=lambda controller, charger_id: controller.set_a(charger_id) > 0,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of a site and of its chargers."""
    async_add_entities(EvLbBinarySensor(entry, sensor) for sensor in SITE_SENSORS)
    for subentry in chargers_of(entry):
        async_add_entities(
            (EvLbBinarySensor(entry, sensor, subentry) for sensor in CHARGER_SENSORS),
            config_subentry_id=subentry.subentry_id,
        )


class EvLbBinarySensor(EvLbEntity, BinarySensorEntity):
    """A yes or no of the last decision."""

    entity_description: EvLbBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the answer; None before the first decision."""
        return self.entity_description.value_fn(self.controller, self.charger_id)

    @override
    def _shown(self) -> tuple[Any, ...]:
        return (self.is_on,)
