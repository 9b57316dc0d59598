"""What is set, what limits it, and what the connection leaves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EntityCategory, UnitOfElectricCurrent, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .controller import Controller
from .engine.model import BalancerState, LimitingFactor, MeterLossBehavior, Phase
from .entity import EvLbEntity, without_none
from .runtime import EvLbConfigEntry
from .simulated_entities import simulated_sensors
from .wiring import chargers_of

PARALLEL_UPDATES = 0

SHADOW = "shadow"
"""The balancer's state while nothing is commanded."""


@dataclass(frozen=True, kw_only=True)
class EvLbSensorDescription(SensorEntityDescription):
    """A sensor, and where its value comes from."""

    value_fn: Callable[[Controller, str], StateType]
    """Given the controller and the charger's id, if it is a charger's."""
    attributes_fn: Callable[[Controller, str], dict[str, Any]] | None = None


def power_set_w(controller: Controller, charger_id: str) -> float:
    """Return what a charger's set-point comes to, W."""
    site = controller.site
    wires = next(
        (len(c.phases) for c in site.chargers if c.charger_id == charger_id), 0
    )
    return round(controller.set_a(charger_id) * wires * site.voltage_v, 1)


def available_a(controller: Controller, *phases: Phase) -> float | None:
    """Return what the connection leaves for the cars on its fullest phase, A."""
    if (decision := controller.decision) is None:
        return None
    known = [decision.available_a[phase] for phase in phases]
    if not known or any(value is None for value in known):
        return None
    return round(min(value for value in known if value is not None), 1)


def balancer_state(controller: Controller, _: str) -> str | None:
    """Return what the site is doing; that it only watches comes before."""
    if (decision := controller.decision) is None:
        return None
    if controller.shadow and controller.site.enabled:
        return SHADOW
    return decision.balancer_state.value


def limiting_factor(controller: Controller, charger_id: str) -> str | None:
    """Return what keeps a charger from having more."""
    decided = controller.charger_decision(charger_id)
    return None if decided is None else decided.limiting.factor.value


def limiting_attributes(controller: Controller, charger_id: str) -> dict[str, Any]:
    """Return where a charger is limited, and since when."""
    if (decided := controller.charger_decision(charger_id)) is None:
        return {}
    limiting = decided.limiting
    return without_none(
        {
            "phase": None if limiting.phase is None else limiting.phase.name,
            "circuit": limiting.circuit_id,
            "since": _moment(limiting.since_s),
        }
    )


def _moment(time_s: float) -> datetime:
    return dt_util.utc_from_timestamp(round(time_s))


CHARGER_SENSORS = (
    EvLbSensorDescription(
        key="current_set",
        translation_key="current_set",
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda controller, charger_id: controller.set_a(charger_id),
    ),
    EvLbSensorDescription(
        key="power_set",
        translation_key="power_set",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=power_set_w,
    ),
    EvLbSensorDescription(
        key="limiting_factor",
        translation_key="limiting_factor",
        device_class=SensorDeviceClass.ENUM,
        options=[factor.value for factor in LimitingFactor],
        value_fn=limiting_factor,
        attributes_fn=limiting_attributes,
    ),
)

SITE_SENSORS = (
    EvLbSensorDescription(
        key="available_current",
        translation_key="available_current",
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda controller, _: available_a(controller, *controller.site.phases),
    ),
    EvLbSensorDescription(
        key="balancer_state",
        translation_key="balancer_state",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[*(state.value for state in BalancerState), SHADOW],
        value_fn=balancer_state,
    ),
    EvLbSensorDescription(
        key="configured_fallback",
        translation_key="configured_fallback",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[behavior.value for behavior in MeterLossBehavior],
        value_fn=lambda controller, _: controller.site.meter_loss.behavior.value,
    ),
)


def phase_sensor(phase: Phase) -> EvLbSensorDescription:
    """Return the sensor of what one phase leaves for the cars."""
    key = f"available_current_{phase.name.lower()}"
    return EvLbSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        suggested_display_precision=1,
        value_fn=lambda controller, _: available_a(controller, phase),
    )


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a site, of its chargers and of its simulated home."""
    controller = entry.runtime_data.controller
    phases = controller.site.phases
    site_sensors = [*SITE_SENSORS]
    if len(phases) > 1:
        site_sensors += [phase_sensor(phase) for phase in phases]
    async_add_entities(
        [
            *(EvLbSensor(entry, sensor) for sensor in site_sensors),
            *simulated_sensors(entry),
        ]
    )
    for subentry in chargers_of(entry):
        async_add_entities(
            [
                *(EvLbSensor(entry, sensor, subentry) for sensor in CHARGER_SENSORS),
                *simulated_sensors(entry, subentry),
            ],
            config_subentry_id=subentry.subentry_id,
        )


class EvLbSensor(EvLbEntity, SensorEntity):
    """A value of the last decision."""

    entity_description: EvLbSensorDescription
    _unrecorded_attributes = frozenset({"phase", "circuit", "since"})

    def __init__(
        self,
        entry: EvLbConfigEntry,
        description: EvLbSensorDescription,
        subentry: ConfigSubentry | None = None,
    ) -> None:
        """Take the site, and the charger if the sensor belongs to one."""
        super().__init__(entry, description, subentry)

    @property
    @override
    def native_value(self) -> StateType:
        """Return the value."""
        return self.entity_description.value_fn(self.controller, self.charger_id)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return what explains the value."""
        if (attributes_fn := self.entity_description.attributes_fn) is None:
            return None
        return attributes_fn(self.controller, self.charger_id)

    @override
    def _shown(self) -> tuple[Any, ...]:
        return self.native_value, self.extra_state_attributes
