"""What is set, what limits it, and what the connection leaves."""

from datetime import datetime
from math import inf
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from custom_components.ev_lb.building.site import chargers_of, circuits_of, named_phases
from custom_components.ev_lb.building.site_soundness import circuit_data
from custom_components.ev_lb.entity import EvLbEntity
from custom_components.ev_lb.explaining.figures import moment
from custom_components.ev_lb.runtime import EvLbConfigEntry
from custom_components.ev_lb.simulated_home.entities import simulated_sensors

from .charger import CHARGER_SENSORS
from .circuit import circuit_sensors
from .descriptions import PER_KWH, EvLbSensorDescription
from .site import SITE_SENSORS, phase_sensors

PARALLEL_UPDATES = 0
QUIET_S: Final = 30.0
"""How often what moves by less than its noise is written, s."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a site, its chargers, its circuits and its simulated home."""
    site = entry.runtime_data.controller.site
    async_add_entities(
        [
            *(
                EvLbSensor(entry, sensor)
                for sensor in (*SITE_SENSORS, *phase_sensors(site))
                if sensor.needed_fn(entry)
            ),
            *simulated_sensors(entry),
        ]
    )
    for subentry in chargers_of(entry):
        async_add_entities(
            [
                *(
                    EvLbSensor(entry, sensor, subentry)
                    for sensor in CHARGER_SENSORS
                    if sensor.needed_fn(entry)
                ),
                *simulated_sensors(entry, subentry),
            ],
            config_subentry_id=subentry.subentry_id,
        )
    for subentry in circuits_of(entry):
        phases = named_phases(entry, circuit_data(subentry))
        sensors = circuit_sensors(tuple(sorted(phases)))
        async_add_entities(
            (EvLbSensor(entry, sensor, subentry) for sensor in sensors),
            config_subentry_id=subentry.subentry_id,
        )


class EvLbSensor(EvLbEntity, SensorEntity):
    """A value of the last decision."""

    entity_description: EvLbSensorDescription
    _due_s = -inf
    """When it was last written, s."""
    _unrecorded_attributes = frozenset(
        {
            "phase",
            "circuit",
            "since",
            "chargers",
            "changed_because",
            "estimated_kwh",
            "unpriced_kwh",
        }
    )

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the value."""
        return self.entity_description.value_fn(self.controller, self.owner_id)

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """Return its unit; of money the currency that Home Assistant is set to."""
        unit, currency = (
            super().native_unit_of_measurement,
            self.controller.texts.currency,
        )
        if self.device_class is SensorDeviceClass.MONETARY:
            return currency
        return f"{currency}{PER_KWH}" if unit == PER_KWH else unit

    @property
    @override
    def last_reset(self) -> datetime | None:
        """Return since when it adds up, so that no fall counts as one."""
        if (since_fn := self.entity_description.since_fn) is None:
            return None
        return moment(since_fn(self.controller, self.owner_id))

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return what explains the value."""
        if (attributes_fn := self.entity_description.attributes_fn) is None:
            return None
        return attributes_fn(self.controller, self.owner_id)

    @override
    def _shown(self) -> tuple[Any, ...]:
        return self.native_value, self.extra_state_attributes

    @override
    def _is_due(self, shown: tuple[Any, ...]) -> bool:
        """Write what moves by less than its noise once in a while only."""
        now_s, (value, attributes) = self.controller.clock.now_s(), shown
        was, *rest = self._written or (None, None)
        calm = (
            isinstance(value, int | float)
            and isinstance(was, int | float)
            and abs(value - was) < self.entity_description.noise
            and [attributes] == rest
        )
        if calm and now_s - self._due_s < QUIET_S:
            return False
        self._due_s = now_s
        return True
