"""What a sensor of a site, a charger or a circuit shows, and how."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfPower,
)
from homeassistant.helpers.typing import StateType

from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.engine.model import ChargerDecision, Phase
from custom_components.ev_lb.health.fallbacks import fallback_details, fallbacks_a
from custom_components.ev_lb.runtime import EvLbConfigEntry

PER_KWH: Final = "/kWh"
"""The unit of a price, behind the currency that Home Assistant is set to."""
NOISE_A: Final = 1.0
"""A calm house moves by less from one reading to the next, A."""
NOISE_W: Final = 250.0
"""The same, W."""

type Value = StateType | datetime
type ValueFunction = Callable[[Controller, str], Value]
"""Given the controller and the id of the charger or circuit, if it belongs to one."""


@dataclass(frozen=True, kw_only=True)
class EvLbSensorDescription(SensorEntityDescription):
    """A sensor, and where its value comes from."""

    value_fn: ValueFunction
    attributes_fn: Callable[[Controller, str], dict[str, Any]] | None = None
    needed_fn: Callable[[EvLbConfigEntry], bool] = lambda entry: True
    """Whether the site has what it is about."""
    since_fn: Callable[[Controller, str], float | None] | None = None
    """Since when it adds up what it shows, s since the epoch."""
    noise: float = 0.0
    """What moves with each reading of a meter is written at once where it moves by so
    much, in its own unit, and else once in a while."""


def current_sensor(
    key: str, value_fn: ValueFunction, *, precision: int = 1, **more: Any
) -> EvLbSensorDescription:
    """Return a sensor of a current, A."""
    return EvLbSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=precision,
        value_fn=value_fn,
        **more,
    )


def power_sensor(
    key: str, value_fn: ValueFunction, **more: Any
) -> EvLbSensorDescription:
    """Return a sensor of a power, W."""
    return EvLbSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=value_fn,
        **more,
    )


def phase_current_sensor(
    key: str,
    phase: Phase,
    value_fn: Callable[[Controller, str, Phase], Value],
    **more: Any,
) -> EvLbSensorDescription:
    """Return a sensor of a current on one phase, A."""
    return current_sensor(
        f"{key}_{phase.name.lower()}",
        lambda controller, owner_id: value_fn(controller, owner_id, phase),
        noise=NOISE_A,
        **({"entity_category": EntityCategory.DIAGNOSTIC} | more),
    )


def left_alone_sensor() -> EvLbSensorDescription:
    """Return the sensor of what chargers draw behind a fuse when left alone, A."""
    return current_sensor(
        "left_alone_current",
        lambda controller, circuit_id: max(fallbacks_a(controller, circuit_id)),
        attributes_fn=fallback_details,
        entity_category=EntityCategory.DIAGNOSTIC,
    )


def decided(value_fn: Callable[[ChargerDecision], Value]) -> ValueFunction:
    """Return what asks the last decision on a charger; None before the first."""

    def value(controller: Controller, charger_id: str) -> Value:
        found = controller.charger_decision(charger_id)
        return None if found is None else value_fn(found)

    return value
