"""The readings of a site's sensors, beside those of its chargers."""

from collections.abc import Iterable, Mapping
from copy import replace
from dataclasses import dataclass, field

from homeassistant.core import State

from custom_components.ev_lb.engine.model import (
    ChargerReading,
    CircuitReading,
    Reading,
    Snapshot,
)

from .sensor import Sensor
from .signs import SignsOfLife
from .site_meter import SiteMeter


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSensors:
    """The meters of the connection and of circuits, sun, battery and caps."""

    grid: SiteMeter = field(default_factory=SiteMeter)
    circuits: Mapping[str, SiteMeter] = field(default_factory=dict)
    """Of the circuits that have a meter of their own, by circuit."""
    solar_power: Sensor | None = None
    solar_behind_inverter: bool = False
    """Whether what charges the battery is missing in the solar power."""
    battery_soc: Sensor | None = None
    battery_power: Sensor | None = None
    import_limit: Sensor | None = None
    external_cap: Sensor | None = None
    month_peak: Sensor | None = None
    _signs: dict[str, list[SignsOfLife]] = field(default_factory=dict, init=False)
    """By each entity that is one."""

    @property
    def sensors(self) -> tuple[Sensor, ...]:
        """Return all sensors that there are."""
        return (
            *(sensor for meter in self._meters for sensor in meter.sensors),
            *(sensor for sensor in self._singles if sensor is not None),
        )

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """Return their entities; a sensor whose setting is broken has none."""
        return tuple(row.entity_id for row in self.sensors if row.entity_id)

    @property
    def sign_ids(self) -> frozenset[str]:
        """Return the entities that show that the source of a sensor still reports."""
        heartbeats = (meter.heartbeat_ids for meter in self._meters)
        return frozenset(self._signs).union(*heartbeats)

    def take_signs(self, signs: Iterable[SignsOfLife]) -> None:
        """Take what shows, for each sensor, that its source still reports."""
        self._signs.clear()
        for row in signs:
            for entity_id in row.entity_ids:
                self._signs.setdefault(entity_id, []).append(row)

    @property
    def _meters(self) -> tuple[SiteMeter, ...]:
        return (self.grid, *self.circuits.values())

    @property
    def _singles(self) -> tuple[Sensor | None, ...]:
        return (
            self.solar_power,
            self.battery_soc,
            self.battery_power,
            self.import_limit,
            self.external_cap,
            self.month_peak,
        )

    def observe(self, entity_id: str, state: State | None, time_s: float) -> None:
        """Take what an entity reported at that time; ignore other entities."""
        for meter in self._meters:
            meter.observe(entity_id, state, time_s)
        for sensor in self._singles:
            if sensor is not None and sensor.entity_id == entity_id:
                sensor.observe(state, time_s)
        for signs in self._signs.get(entity_id, ()):
            signs.observe(entity_id, state, time_s)
            if (heard_s := signs.heard_s) is not None:
                self._confirm(signs.entity_id, heard_s)

    def _confirm(self, entity_id: str, time_s: float) -> None:
        """Take that what an entity showed still held at that time."""
        for sensor in self.sensors:
            if sensor.entity_id == entity_id:
                sensor.confirm(time_s)

    def snapshot(
        self,
        chargers: tuple[ChargerReading, ...],
        clock_ahead_s: float = 0.0,
        utc_offset_s: float = 0.0,
    ) -> Snapshot:
        """Return all that is known now, with the readings of the chargers."""
        return Snapshot(
            phase_currents_a=self.grid.phase_currents_a(),
            total_power_w=self.grid.total_power_w(),
            battery_soc_percent=_reading(self.battery_soc),
            battery_power_w=_reading(self.battery_power),
            solar_power_w=self._solar_power_w(),
            import_cap_w=_reading(self.import_limit),
            external_cap_w=_reading(self.external_cap),
            month_peak_w=_reading(self.month_peak),
            clock_ahead_s=clock_ahead_s,
            utc_offset_s=utc_offset_s,
            chargers=chargers,
            circuits=tuple(
                CircuitReading(
                    circuit_id=circuit_id,
                    phase_currents_a=meter.phase_currents_a(),
                    total_power_w=meter.total_power_w(),
                )
                for circuit_id, meter in self.circuits.items()
            ),
        )

    def _solar_power_w(self) -> Reading | None:
        """Return what the sun gives, W, as old as the older of its two parts."""
        solar, battery = _reading(self.solar_power), _reading(self.battery_power)
        if solar is None or battery is None or not self.solar_behind_inverter:
            return solar
        if battery.problem is not None:
            return replace(solar, problem=solar.problem or battery.problem)
        return replace(
            solar,
            value=solar.value + battery.value,
            time_s=min(solar.time_s, battery.time_s),
        )


def _reading(sensor: Sensor | None) -> Reading | None:
    return None if sensor is None else sensor.reading
