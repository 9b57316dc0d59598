"""The sensors of what a charger gave, in all and to the car that is there."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfEnergy, UnitOfRatio, UnitOfTime

from custom_components.ev_lb.accounting.amounts import CHARGING_W, Amounts
from custom_components.ev_lb.building.features import has_battery, has_surplus
from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.entity import without_none
from custom_components.ev_lb.runtime import EvLbConfigEntry

from .descriptions import PER_KWH, EvLbSensorDescription, Value, power_sensor


def _has_price(entry: EvLbConfigEntry) -> bool:
    return entry.runtime_data.outlook.priced


def _power_w(controller: Controller, charger_id: str) -> Value:
    power_w = controller.sessions.shown(charger_id).power_w
    return None if power_w is None else round(power_w, -1)


def _total(controller: Controller, charger_id: str) -> Amounts:
    return controller.sessions.shown(charger_id).total


def _had(controller: Controller, charger_id: str) -> Amounts:
    return controller.sessions.shown(charger_id).stay.amounts


def _doubts(
    amounts_fn: Callable[[Controller, str], Amounts],
) -> Callable[[Controller, str], dict[str, Any]]:
    """Return what says how much of a sum was not measured, and had no price."""

    def attributes(controller: Controller, charger_id: str) -> dict[str, Any]:
        amounts = amounts_fn(controller, charger_id)
        return without_none(
            {
                "estimated_kwh": round(amounts.estimated_kwh, 3) or None,
                "unpriced_kwh": round(amounts.unpriced_kwh, 3) or None,
            }
        )

    return attributes


def _energy_sensor(
    key: str, part_fn: Callable[[Amounts], float], **more: Any
) -> EvLbSensorDescription:
    """Return a sensor of a part of all the energy, kWh."""
    return EvLbSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=1,
        value_fn=lambda controller, charger_id: round(
            part_fn(_total(controller, charger_id)), 3
        ),
        **more,
    )


def _money_sensor(
    key: str, value_fn: Callable[[Controller, str], float | None], **more: Any
) -> EvLbSensorDescription:
    """Return a sensor of money that adds up, in the currency of Home Assistant."""

    def value(controller: Controller, charger_id: str) -> Value:
        money = value_fn(controller, charger_id)
        return None if money is None else round(money, 4)

    return EvLbSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
        value_fn=value,
        needed_fn=_has_price,
        **more,
    )


def _price(controller: Controller, charger_id: str) -> Value:
    price = _had(controller, charger_id).price_per_kwh
    return None if price is None else round(price, 4)


def _solar_percent(controller: Controller, charger_id: str) -> Value:
    share = controller.sessions.of(charger_id).solar_share
    return None if share is None else round(100 * share)


def _remaining_min(controller: Controller, charger_id: str) -> Value:
    """Return how long the car needs for its goal at its present power, min."""
    needed_kwh = controller.sessions.of(charger_id).needed_kwh
    power_w = controller.sessions.shown(charger_id).power_w or 0.0
    if needed_kwh is None or power_w < CHARGING_W:
        return None
    return round(60_000 * needed_kwh / power_w)


SESSION_SENSORS = (
    power_sensor("charging_power", _power_w),
    _energy_sensor(
        "total_energy", lambda had: had.energy_kwh, attributes_fn=_doubts(_total)
    ),
    _energy_sensor("grid_energy", lambda had: had.grid_kwh, needed_fn=has_surplus),
    _energy_sensor("solar_energy", lambda had: had.solar_kwh, needed_fn=has_surplus),
    _energy_sensor(
        "battery_energy", lambda had: had.battery_kwh, needed_fn=has_battery
    ),
    _money_sensor(
        "total_cost",
        lambda controller, charger_id: _total(controller, charger_id).cost,
        since_fn=lambda controller, charger_id: (
            controller.sessions.shown(charger_id).since_s
        ),
        attributes_fn=_doubts(_total),
    ),
    EvLbSensorDescription(
        key="session_energy",
        translation_key="session_energy",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=1,
        value_fn=lambda controller, charger_id: round(
            controller.sessions.of(charger_id).energy_kwh, 1
        ),
        attributes_fn=_doubts(_had),
    ),
    EvLbSensorDescription(
        key="session_solar_share",
        translation_key="session_solar_share",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=_solar_percent,
        needed_fn=has_surplus,
    ),
    _money_sensor(
        "session_cost",
        lambda controller, charger_id: _had(controller, charger_id).cost,
        since_fn=lambda controller, charger_id: (
            controller.sessions.shown(charger_id).stay.started_s
        ),
        attributes_fn=_doubts(_had),
    ),
    EvLbSensorDescription(
        key="session_price",
        translation_key="session_price",
        native_unit_of_measurement=PER_KWH,
        suggested_display_precision=3,
        value_fn=_price,
        needed_fn=_has_price,
    ),
    EvLbSensorDescription(
        key="session_charging_time",
        translation_key="session_charging_time",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        value_fn=lambda controller, charger_id: round(
            _had(controller, charger_id).charging_s / 60
        ),
    ),
    EvLbSensorDescription(
        key="remaining_time",
        translation_key="remaining_time",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        value_fn=_remaining_min,
    ),
)
