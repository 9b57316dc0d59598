"""What the simulated home shows, and what can be switched in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components.number import NumberDeviceClass, NumberEntityDescription
from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.components.switch import SwitchEntityDescription
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfTime,
)
from homeassistant.helpers.typing import StateType

from custom_components.ev_lb.building.drivers import ELECTRICITY_PRICE
from custom_components.ev_lb.engine.model import ChargerStatus, Phase
from custom_components.ev_lb.simulation.charger import ChargerFault
from custom_components.ev_lb.simulation.meter import MeterFault

from .home import APPLIANCES_W, SimulatedHome

LARGEST_LIMIT_A: Final = 32.0
ATTR_PRICES: Final = "prices"


@dataclass(frozen=True, kw_only=True)
class SimulatedSensorDescription(SensorEntityDescription):
    """A sensor of the simulated home."""

    value_fn: Callable[[SimulatedHome, str], StateType]
    """Given the home and the charger's id, if it is a charger's."""
    reported_fn: Callable[[SimulatedHome, str], float] | None = None
    """When the device last reported, changed or not; None to report changes only."""
    available_fn: Callable[[SimulatedHome, str], bool] = lambda home, _: True
    attributes_fn: Callable[[SimulatedHome], dict[str, Any]] | None = None


@dataclass(frozen=True, kw_only=True)
class SimulatedSwitchDescription(SwitchEntityDescription):
    """A switch of the simulated home."""

    value_fn: Callable[[SimulatedHome, str], bool]
    set_fn: Callable[[SimulatedHome, str, bool], None]
    available_fn: Callable[[SimulatedHome, str], bool] = lambda home, _: True


def online(home: SimulatedHome, charger_id: str) -> bool:
    """Return whether a charger can be reached."""
    return home.charger(charger_id).online


def _current(key: str, **more: Any) -> SimulatedSensorDescription:
    return SimulatedSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        **more,
    )


def meter_sensor(phase: Phase) -> SimulatedSensorDescription:
    """Return the sensor of what the meter reports of a phase, A."""

    def value(home: SimulatedHome, _: str) -> StateType:
        values = home.view.reading.values
        return None if values is None else values[phase]

    return _current(
        f"meter_{phase.name.lower()}",
        value_fn=value,
        reported_fn=lambda home, _: home.view.reading.time_s,
        available_fn=lambda home, _: home.view.reading.values is not None,
    )


def _power(key: str, **more: Any) -> SimulatedSensorDescription:
    return SimulatedSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        reported_fn=lambda home, _: home.view.reading.time_s,
        **more,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def house_sensor(phase: Phase) -> SimulatedSensorDescription:
    """Return the sensor of what the house alone draws on a phase, A."""
    return _current(
        f"house_{phase.name.lower()}",
        value_fn=lambda home, _: round(home.view.house_a[phase], 1),
    )


def price_sensor(currency: str) -> SimulatedSensorDescription:
    """Return the sensor of the price, with those of the next hours as an attribute."""
    return SimulatedSensorDescription(
        key=ELECTRICITY_PRICE,
        translation_key=ELECTRICITY_PRICE,
        native_unit_of_measurement=f"{currency}/{UnitOfEnergy.KILO_WATT_HOUR}",
        suggested_display_precision=2,
        value_fn=lambda home, _: home.price,
        attributes_fn=lambda home: {
            ATTR_PRICES: [
                {"start": start.isoformat(), "end": end.isoformat(), "price": price}
                for start, end, price in home.prices
            ]
        },
    )


SOLAR_SENSORS: Final = (
    _power("solar_power", value_fn=lambda home, _: round(home.view.solar_w)),
)
BATTERY_SENSORS: Final = (
    _power("battery_power", value_fn=lambda home, _: round(home.view.battery_w)),
    SimulatedSensorDescription(
        key="battery_soc",
        translation_key="battery_soc",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda home, _: _rounded(home.view.battery_soc_percent),
        reported_fn=lambda home, _: home.view.reading.time_s,
    ),
)

HOME_SENSORS = (
    SimulatedSensorDescription(
        key="peak_current",
        translation_key="peak_current",
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        entity_category=EntityCategory.DIAGNOSTIC,
        suggested_display_precision=1,
        value_fn=lambda home, _: round(max(home.statistics.peak_current_a), 1),
    ),
    SimulatedSensorDescription(
        key="car_overload_time",
        translation_key="car_overload_time",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        entity_category=EntityCategory.DIAGNOSTIC,
        suggested_display_precision=0,
        value_fn=lambda home, _: home.statistics.overload_s,
    ),
    SimulatedSensorDescription(
        key="car_breaker_trips",
        translation_key="car_breaker_trips",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda home, _: home.statistics.car_trips["typical"],
    ),
    SimulatedSensorDescription(
        key="commands",
        translation_key="commands",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda home, _: home.statistics.commands,
    ),
)

CHARGER_SENSORS = (
    _current(
        "car_current",
        available_fn=online,
        value_fn=lambda home, charger_id: home.charger(charger_id).measured_a,
        reported_fn=lambda home, charger_id: home.charger(charger_id).measured_s,
    ),
    SimulatedSensorDescription(
        key="car_status",
        translation_key="car_status",
        available_fn=online,
        device_class=SensorDeviceClass.ENUM,
        options=[
            ChargerStatus.DISCONNECTED.value,
            ChargerStatus.CONNECTED.value,
            ChargerStatus.CHARGING.value,
        ],
        value_fn=lambda home, charger_id: home.charger(charger_id).status,
    ),
    SimulatedSensorDescription(
        key="energy_delivered",
        translation_key="energy_delivered",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        value_fn=lambda home, charger_id: round(home.charger(charger_id).total_kwh, 3),
    ),
)


def _appliance(name: str) -> SimulatedSwitchDescription:
    return SimulatedSwitchDescription(
        key=name,
        translation_key=name,
        value_fn=lambda home, _: home.running[name],
        set_fn=lambda home, _, on: home.set_running(name, on),
    )


def _charger_fault(
    key: str, fault: ChargerFault, *, on: bool
) -> SimulatedSwitchDescription:
    """Return the switch of a fault that is there while the switch stands so."""
    return SimulatedSwitchDescription(
        key=key,
        translation_key=key,
        value_fn=lambda home, charger_id: (
            (fault in home.charger_faults[charger_id]) is on
        ),
        set_fn=lambda home, charger_id, turned_on: home.set_charger_fault(
            charger_id, fault, turned_on is on
        ),
    )


HOME_SWITCHES = (
    SimulatedSwitchDescription(
        key="meter_connected",
        translation_key="meter_connected",
        value_fn=lambda home, _: MeterFault.LOST not in home.meter_faults,
        set_fn=lambda home, _, on: home.set_meter_fault(MeterFault.LOST, not on),
    ),
    SimulatedSwitchDescription(
        key="meter_frozen",
        translation_key="meter_frozen",
        value_fn=lambda home, _: MeterFault.FROZEN in home.meter_faults,
        set_fn=lambda home, _, on: home.set_meter_fault(MeterFault.FROZEN, on),
    ),
    *map(_appliance, APPLIANCES_W),
)
SOLAR_SWITCHES: Final = (
    SimulatedSwitchDescription(
        key="cloud",
        translation_key="cloud",
        value_fn=lambda home, _: home.cloudy,
        set_fn=lambda home, _, on: home.set_cloudy(on),
    ),
)

CHARGER_SWITCHES = (
    SimulatedSwitchDescription(
        key="charger_enabled",
        translation_key="charger_enabled",
        available_fn=online,
        value_fn=lambda home, charger_id: home.charger(charger_id).enabled,
        set_fn=lambda home, charger_id, on: home.set_enabled(charger_id, on),
    ),
    SimulatedSwitchDescription(
        key="car_plugged_in",
        translation_key="car_plugged_in",
        value_fn=lambda home, charger_id: home.plugged_in[charger_id],
        set_fn=lambda home, charger_id, on: home.set_plugged_in(charger_id, on),
    ),
    _charger_fault("charger_online", ChargerFault.OFFLINE, on=False),
    _charger_fault("charger_deaf", ChargerFault.DEAF, on=True),
)

CHARGER_LIMIT = NumberEntityDescription(
    key="charger_limit",
    translation_key="charger_limit",
    device_class=NumberDeviceClass.CURRENT,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    native_min_value=0.0,
    native_max_value=LARGEST_LIMIT_A,
    native_step=1.0,
)
