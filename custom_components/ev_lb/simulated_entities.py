"""The entities of the simulated home: its meter, its chargers, and how it fares."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
)
from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import (
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfEnergy,
    UnitOfTime,
)
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.typing import StateType

from .const import DOMAIN
from .engine.model import ChargerStatus, Phase
from .entity import QuietEntity
from .hardware import simulated_id
from .runtime import EvLbConfigEntry
from .simulated_home import SimulatedHome

LARGEST_LIMIT_A = 32.0


@dataclass(frozen=True, kw_only=True)
class SimulatedSensorDescription(SensorEntityDescription):
    """A sensor of the simulated home."""

    value_fn: Callable[[SimulatedHome, str], StateType]
    """Given the home and the charger's id, if it is a charger's."""
    reported_fn: Callable[[SimulatedHome, str], float] | None = None
    """When the device last reported, changed or not; None to tell changes only."""
    available_fn: Callable[[SimulatedHome], bool] = lambda home: True


@dataclass(frozen=True, kw_only=True)
class SimulatedSwitchDescription(SwitchEntityDescription):
    """A switch of the simulated home."""

    value_fn: Callable[[SimulatedHome, str], bool]
    set_fn: Callable[[SimulatedHome, str, bool], None]


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


def _meter(phase: Phase) -> SimulatedSensorDescription:
    def value(home: SimulatedHome, _: str) -> StateType:
        values = home.view.reading.values
        return None if values is None else values[phase]

    return _current(
        f"meter_{phase.name.lower()}",
        value_fn=value,
        reported_fn=lambda home, _: home.view.reading.time_s,
        available_fn=lambda home: home.view.reading.values is not None,
    )


def _house(phase: Phase) -> SimulatedSensorDescription:
    return _current(
        f"house_{phase.name.lower()}",
        value_fn=lambda home, _: round(home.view.house_a[phase], 1),
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
        value_fn=lambda home, charger_id: home.charger(charger_id).measured_a,
        reported_fn=lambda home, charger_id: home.charger(charger_id).measured_s,
    ),
    SimulatedSensorDescription(
        key="car_status",
        translation_key="car_status",
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

HOME_SWITCHES = (
    SimulatedSwitchDescription(
        key="meter_connected",
        translation_key="meter_connected",
        value_fn=lambda home, _: home.meter_connected,
        set_fn=lambda home, _, on: home.set_meter_connected(on),
    ),
)

CHARGER_SWITCHES = (
    SimulatedSwitchDescription(
        key="charger_enabled",
        translation_key="charger_enabled",
        value_fn=lambda home, charger_id: home.charger(charger_id).enabled,
        set_fn=lambda home, charger_id, on: home.set_enabled(charger_id, on),
    ),
    SimulatedSwitchDescription(
        key="car_plugged_in",
        translation_key="car_plugged_in",
        value_fn=lambda home, charger_id: home.plugged_in[charger_id],
        set_fn=lambda home, charger_id, on: home.set_plugged_in(charger_id, on),
    ),
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


class SimulatedEntity(QuietEntity):
    """An entity on a device of its own: the simulated home's, or a charger's."""

    def __init__(
        self,
        entry: EvLbConfigEntry,
        home: SimulatedHome,
        description: EntityDescription,
        charger: ConfigSubentry | None = None,
    ) -> None:
        """Take the home, and the charger if the entity belongs to one."""
        self.entity_description = description
        self.home = home
        self.charger_id = "" if charger is None else charger.subentry_id
        owner = simulated_id(self.charger_id or entry.entry_id)
        title = entry.title if charger is None else charger.title
        self._attr_unique_id = f"{owner}_{description.key}"
        entry.runtime_data.unique_ids.add(self._attr_unique_id)
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, owner)},
            name=f"{title} hardware",
            via_device_id=entry.runtime_data.site_device_id,
        )

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the home."""
        self._follow(self.home.async_add_listener)


class SimulatedSensor(SimulatedEntity, SensorEntity):
    """A sensor of the simulated home."""

    entity_description: SimulatedSensorDescription

    @property
    @override
    def native_value(self) -> StateType:
        """Return what the device shows."""
        return self.entity_description.value_fn(self.home, self.charger_id)

    @property
    @override
    def available(self) -> bool:
        """Return whether the device can be reached."""
        return self.entity_description.available_fn(self.home)

    @override
    def _shown(self) -> tuple[Any, ...]:
        reported_fn = self.entity_description.reported_fn
        # A device that reports the same again is heard again.
        reported = (
            None if reported_fn is None else reported_fn(self.home, self.charger_id)
        )
        return self.available, self.native_value, reported


class SimulatedSwitch(SimulatedEntity, SwitchEntity):
    """A switch of the simulated home."""

    entity_description: SimulatedSwitchDescription

    @property
    @override
    def is_on(self) -> bool:
        """Return how it stands."""
        return self.entity_description.value_fn(self.home, self.charger_id)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch on."""
        self.entity_description.set_fn(self.home, self.charger_id, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch off."""
        self.entity_description.set_fn(self.home, self.charger_id, False)

    @override
    def _shown(self) -> tuple[Any, ...]:
        return (self.is_on,)


class SimulatedChargerLimit(SimulatedEntity, NumberEntity):
    """The current limit of a simulated charger."""

    @property
    @override
    def native_value(self) -> float:
        """Return the set-point that the charger holds, A."""
        return self.home.charger(self.charger_id).set_current_a

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Send the charger a set-point, A."""
        self.home.set_current(self.charger_id, value)

    @override
    def _shown(self) -> tuple[Any, ...]:
        return (self.native_value,)


def simulated_sensors(
    entry: EvLbConfigEntry, charger: ConfigSubentry | None = None
) -> Iterable[SimulatedSensor]:
    """Yield the sensors of a simulated home or charger; none for a real one."""
    if (home := entry.runtime_data.simulated_home) is None:
        return
    descriptions: tuple[SimulatedSensorDescription, ...] = CHARGER_SENSORS
    if charger is None:
        phases = entry.runtime_data.controller.site.phases
        descriptions = (*map(_meter, phases), *map(_house, phases), *HOME_SENSORS)
    for description in descriptions:
        yield SimulatedSensor(entry, home, description, charger)


def simulated_switches(
    entry: EvLbConfigEntry, charger: ConfigSubentry | None = None
) -> Iterable[SimulatedSwitch]:
    """Yield the switches of a simulated home or charger; none for a real one."""
    if (home := entry.runtime_data.simulated_home) is not None:
        for description in HOME_SWITCHES if charger is None else CHARGER_SWITCHES:
            yield SimulatedSwitch(entry, home, description, charger)


def simulated_numbers(
    entry: EvLbConfigEntry, charger: ConfigSubentry
) -> Iterable[SimulatedChargerLimit]:
    """Yield the numbers of a simulated charger; none for a real one."""
    if (home := entry.runtime_data.simulated_home) is not None:
        yield SimulatedChargerLimit(entry, home, CHARGER_LIMIT, charger)
