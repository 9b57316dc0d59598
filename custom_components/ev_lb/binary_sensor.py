"""Whether the meter can be believed, a fuse is overloaded, and a car obeys."""

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

from .building.features import plans
from .building.site import chargers_of
from .control.controller import Controller
from .engine.model import ChargerDecision, Decision
from .entity import EvLbEntity
from .explaining.figures import overload
from .explaining.plan import is_late
from .runtime import EvLbConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class EvLbBinarySensorDescription(BinarySensorEntityDescription):
    """A binary sensor, and where its value comes from."""

    value_fn: Callable[[Controller, str], bool | None]
    """Given the controller and the charger's id, if it is a charger's."""
    needed_fn: Callable[[EvLbConfigEntry], bool] = lambda entry: True
    """Whether the site has what it tells of."""


def _decided(
    value_fn: Callable[[Decision], bool | None],
) -> Callable[[Controller, str], bool | None]:
    """Return what asks the last decision; it answers None before the first."""

    def value(controller: Controller, _: str) -> bool | None:
        return None if controller.decision is None else value_fn(controller.decision)

    return value


def _of_charger(
    value_fn: Callable[[ChargerDecision], bool],
) -> Callable[[Controller, str], bool | None]:
    """Return the same for what was decided for a charger."""

    def value(controller: Controller, charger_id: str) -> bool | None:
        decided = controller.charger_decision(charger_id)
        return None if decided is None else value_fn(decided)

    return value


SITE_SENSORS = (
    EvLbBinarySensorDescription(
        key="meter_status",
        translation_key="meter_status",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=_decided(lambda decision: decision.meter_ok),
    ),
    EvLbBinarySensorDescription(
        key="fallback_active",
        translation_key="fallback_active",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=_decided(lambda decision: decision.fallback_active),
    ),
    EvLbBinarySensorDescription(
        key="overload",
        translation_key="overload",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value_fn=_decided(overload),
    ),
)

CHARGER_SENSORS = (
    EvLbBinarySensorDescription(
        key="active",
        translation_key="active",
        device_class=BinarySensorDeviceClass.RUNNING,
        value_fn=lambda controller, charger_id: controller.set_a(charger_id) > 0,
    ),
    EvLbBinarySensorDescription(
        key="following",
        translation_key="following",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=_of_charger(lambda decided: decided.following),
    ),
    EvLbBinarySensorDescription(
        key="goal_in_time",
        translation_key="goal_in_time",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value_fn=is_late,
        needed_fn=plans,
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
            (
                EvLbBinarySensor(entry, sensor, subentry)
                for sensor in CHARGER_SENSORS
                if sensor.needed_fn(entry)
            ),
            config_subentry_id=subentry.subentry_id,
        )


class EvLbBinarySensor(EvLbEntity, BinarySensorEntity):
    """A yes or no of the last decision."""

    entity_description: EvLbBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the answer; None before the first decision."""
        return self.entity_description.value_fn(self.controller, self.owner_id)

    @override
    def _shown(self) -> tuple[Any, ...]:
        return (self.is_on,)
