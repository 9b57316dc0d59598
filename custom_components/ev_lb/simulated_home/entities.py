"""The entities of the simulated home: its meter, its chargers, and how it fares."""

from collections.abc import Iterable
from typing import Any, override

from homeassistant.components.number import NumberEntity
from homeassistant.components.sensor import SensorEntity
from homeassistant.components.switch import SwitchEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.typing import StateType

from custom_components.ev_lb.building.drivers import simulated_id
from custom_components.ev_lb.building.features import has_battery, has_solar
from custom_components.ev_lb.const import DOMAIN
from custom_components.ev_lb.entity import QuietEntity
from custom_components.ev_lb.runtime import EvLbConfigEntry

from .descriptions import (
    ATTR_PRICES,
    BATTERY_SENSORS,
    CHARGER_LIMIT,
    CHARGER_SENSORS,
    CHARGER_SWITCHES,
    HOME_SENSORS,
    HOME_SWITCHES,
    SOLAR_SENSORS,
    SOLAR_SWITCHES,
    SimulatedSensorDescription,
    SimulatedSwitchDescription,
    house_sensor,
    meter_sensor,
    online,
    price_sensor,
)
from .home import SimulatedHome


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
    _unrecorded_attributes = frozenset({ATTR_PRICES})

    @property
    @override
    def native_value(self) -> StateType:
        """Return what the device shows."""
        return self.entity_description.value_fn(self.home, self.charger_id)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return what else the device shows."""
        attributes_fn = self.entity_description.attributes_fn
        return None if attributes_fn is None else attributes_fn(self.home)

    @property
    @override
    def available(self) -> bool:
        """Return whether the device can be reached."""
        return self.entity_description.available_fn(self.home, self.charger_id)

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

    @property
    @override
    def available(self) -> bool:
        """Return whether what it switches can be reached."""
        return self.entity_description.available_fn(self.home, self.charger_id)

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
        return self.available, self.is_on


class SimulatedChargerLimit(SimulatedEntity, NumberEntity):
    """The current limit of a simulated charger."""

    @property
    @override
    def native_value(self) -> float:
        """Return the set-point that the charger holds, A."""
        return self.home.charger(self.charger_id).set_current_a

    @property
    @override
    def available(self) -> bool:
        """Return whether the charger can be reached."""
        return online(self.home, self.charger_id)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Send the charger a set-point, A."""
        self.home.set_current(self.charger_id, value)

    @override
    def _shown(self) -> tuple[Any, ...]:
        return self.available, self.native_value


def simulated_sensors(
    entry: EvLbConfigEntry, charger: ConfigSubentry | None = None
) -> Iterable[SimulatedSensor]:
    """Yield the sensors of a simulated home or charger; none for a real one."""
    if (home := entry.runtime_data.simulated_home) is None:
        return
    descriptions: tuple[SimulatedSensorDescription, ...] = CHARGER_SENSORS
    if charger is None:
        phases = entry.runtime_data.controller.site.phases
        descriptions = (
            *map(meter_sensor, phases),
            *map(house_sensor, phases),
            *HOME_SENSORS,
            price_sensor(home.currency),
            *(SOLAR_SENSORS if has_solar(entry) else ()),
            *(BATTERY_SENSORS if has_battery(entry) else ()),
        )
    for description in descriptions:
        yield SimulatedSensor(entry, home, description, charger)


def simulated_switches(
    entry: EvLbConfigEntry, charger: ConfigSubentry | None = None
) -> Iterable[SimulatedSwitch]:
    """Yield the switches of a simulated home or charger; none for a real one."""
    if (home := entry.runtime_data.simulated_home) is None:
        return
    descriptions: tuple[SimulatedSwitchDescription, ...] = CHARGER_SWITCHES
    if charger is None:
        descriptions = (*HOME_SWITCHES, *(SOLAR_SWITCHES if has_solar(entry) else ()))
    for description in descriptions:
        yield SimulatedSwitch(entry, home, description, charger)


def simulated_numbers(
    entry: EvLbConfigEntry, charger: ConfigSubentry
) -> Iterable[SimulatedChargerLimit]:
    """Yield the numbers of a simulated charger; none for a real one."""
    if (home := entry.runtime_data.simulated_home) is not None:
        yield SimulatedChargerLimit(entry, home, CHARGER_LIMIT, charger)
