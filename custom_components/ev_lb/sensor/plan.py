"""The sensors of a charger's plan; only where a charger is in mode smart."""

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import UnitOfEnergy

from custom_components.ev_lb.building.features import plans
from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.explaining.figures import moment
from custom_components.ev_lb.explaining.plan import (
    plan_attributes,
    plan_cost,
    plan_end,
    plan_energy_kwh,
    plan_start,
    shortfall_kwh,
)

from .descriptions import EvLbSensorDescription, Value


def _start(controller: Controller, charger_id: str) -> Value:
    return moment(plan_start(controller, charger_id))


def _end(controller: Controller, charger_id: str) -> Value:
    return moment(plan_end(controller, charger_id))


PLAN_SENSORS = (
    EvLbSensorDescription(
        key="planned_start",
        translation_key="planned_start",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_start,
        attributes_fn=plan_attributes,
        needed_fn=plans,
    ),
    EvLbSensorDescription(
        key="planned_end",
        translation_key="planned_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_end,
        needed_fn=plans,
    ),
    EvLbSensorDescription(
        key="planned_energy",
        translation_key="planned_energy",
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        value_fn=plan_energy_kwh,
        needed_fn=plans,
    ),
    EvLbSensorDescription(
        key="planned_cost",
        translation_key="planned_cost",
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
        value_fn=plan_cost,
        needed_fn=plans,
    ),
    EvLbSensorDescription(
        key="plan_shortfall",
        translation_key="plan_shortfall",
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        value_fn=shortfall_kwh,
        needed_fn=plans,
    ),
)
