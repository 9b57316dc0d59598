"""The sensors of a charger: what it gets, why not more, and what the car has had."""

from typing import Any

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory

from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.engine.model import LimitingFactor
from custom_components.ev_lb.entity import without_none
from custom_components.ev_lb.explaining.explanation import charger_sentence
from custom_components.ev_lb.explaining.figures import (
    moment,
    power_set_w,
    queue_position,
)

from .descriptions import EvLbSensorDescription, current_sensor, decided, power_sensor
from .plan import PLAN_SENSORS
from .session import SESSION_SENSORS


def limiting_attributes(controller: Controller, charger_id: str) -> dict[str, Any]:
    """Return where a charger is limited, and since when."""
    if (found := controller.charger_decision(charger_id)) is None:
        return {}
    limiting = found.limiting
    circuit_id = limiting.circuit_id
    return without_none(
        {
            "phase": None if limiting.phase is None else limiting.phase.name,
            "circuit": None if circuit_id is None else controller.name_of(circuit_id),
            "since": moment(limiting.since_s),
        }
    )


CHARGER_SENSORS = (
    current_sensor(
        "current_set",
        lambda controller, charger_id: controller.set_a(charger_id),
        precision=0,
    ),
    power_sensor("power_set", power_set_w),
    current_sensor(
        "target_charge_current",
        decided(lambda found: found.wanted_a[1]),
        precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    current_sensor(
        "allocated_charge_current",
        decided(lambda found: found.allocated_a),
        precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    EvLbSensorDescription(
        key="limiting_factor",
        translation_key="limiting_factor",
        device_class=SensorDeviceClass.ENUM,
        options=[factor.value for factor in LimitingFactor],
        value_fn=decided(lambda found: found.limiting.factor.value),
        attributes_fn=limiting_attributes,
    ),
    EvLbSensorDescription(
        key="reason",
        translation_key="reason",
        value_fn=charger_sentence,
    ),
    *SESSION_SENSORS,
    EvLbSensorDescription(
        key="queue_position",
        translation_key="queue_position",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=queue_position,
    ),
    EvLbSensorDescription(
        key="next_change",
        translation_key="next_change",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=decided(lambda found: moment(found.next_change_s)),
    ),
    *PLAN_SENSORS,
)
