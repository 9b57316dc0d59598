"""What Home Assistant's recorder knows of a site, as a recording to replay."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import zip_longest
from operator import itemgetter
from typing import Any, Final

from homeassistant.components.recorder.history import state_changes_during_period
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance

from custom_components.ev_lb.building.drivers import build_measured, build_status
from custom_components.ev_lb.building.meters import build_sensors
from custom_components.ev_lb.building.site import chargers_of
from custom_components.ev_lb.chargers.families import FAMILIES
from custom_components.ev_lb.chargers.find import find, measuring_entity, status_entity
from custom_components.ev_lb.chargers.ocpp_station import (
    IMPORT,
    STATUS,
    STATUSES,
    Connector,
)
from custom_components.ev_lb.chargers.status import StatusSensor
from custom_components.ev_lb.const import (
    CONF_DRIVER,
    CONF_FAMILY,
    CONF_FAMILY_OWNER,
    CONF_OCPP_CONNECTOR,
    CONF_OCPP_CPID,
    DOMAIN,
    DRIVER_FAMILY,
    DRIVER_OCPP,
)
from custom_components.ev_lb.engine.model import ChargerStatus
from custom_components.ev_lb.meters.combined import Source
from custom_components.ev_lb.meters.sensor import Sensor
from custom_components.ev_lb.meters.state import Quantity

from .recording import CarRecord, Recording, Report, StatusReport

CURRENT_SET_KEY: Final = "current_set"
LOOK_BACK: Final = timedelta(minutes=10)
"""The recorder does not tell until when the state before a span was reported. So it
is asked for a longer one."""


@dataclass(frozen=True, slots=True)
class _ChargerSources:
    """The sources of one charger's car."""

    charger_id: str
    current: Sensor | None
    is_set_point: bool
    """Whether that is not measured, but what the charger was set to."""
    status: StatusSensor | None


async def async_read_recording(
    hass: HomeAssistant, entry: ConfigEntry[Any], start: datetime, end: datetime
) -> Recording:
    """Return what the recorder knows of a running site between two moments in UTC."""
    grid = build_sensors(hass, entry).grid
    chargers = [_sources(hass, subentry) for subentry in chargers_of(entry)]
    entity_ids = {sensor.entity_id for sensor in grid.sensors}
    for charger in chargers:
        entity_ids |= {
            source.entity_id
            for source in (charger.current, charger.status)
            if source is not None
        }
    newest = {entity_id: hass.states.get(entity_id) for entity_id in entity_ids}
    since = start - LOOK_BACK
    read = partial(_read_states, hass, sorted(entity_ids), since, end)
    states = await get_instance(hass).async_add_executor_job(read)

    def reports(source: Source) -> tuple[Report, ...]:
        rows = _reports(source, states, newest)
        return tuple(_held_from(rows, since.timestamp()))

    def car(charger: _ChargerSources) -> CarRecord:
        status = charger.status
        statuses = (
            () if status is None else tuple(_statuses(status, states[status.entity_id]))
        )
        currents_a = () if charger.current is None else reports(charger.current)
        if charger.is_set_point and statuses:
            currents_a = tuple(_while_charging(currents_a, statuses))
        return CarRecord(currents_a=currents_a, statuses=statuses)

    return Recording(
        start_s=start.timestamp(),
        end_s=end.timestamp(),
        meter=tuple(reports(source) for source in grid.sources),
        cars={charger.charger_id: car(charger) for charger in chargers},
    )


def _sources(hass: HomeAssistant, subentry: ConfigSubentry) -> _ChargerSources:
    """Return the sources of a charger's car; its set-point where nothing measures."""
    charger_id, data = subentry.subentry_id, subentry.data
    measured = build_measured(hass, subentry)
    status = build_status(hass, subentry)
    if data[CONF_DRIVER] == DRIVER_OCPP:
        connector = Connector.find(
            hass, data[CONF_OCPP_CPID], int(data[CONF_OCPP_CONNECTOR])
        )
        if (entity_id := connector.entities.get(IMPORT)) is not None:
            measured = Sensor(entity_id, Quantity.CURRENT)
        if (entity_id := connector.entities.get(STATUS)) is not None:
            status = StatusSensor(entity_id, STATUSES)
    if data[CONF_DRIVER] == DRIVER_FAMILY:
        family = FAMILIES[data[CONF_FAMILY]]
        found = find(hass, family, data[CONF_FAMILY_OWNER])
        if (entity_id := measuring_entity(family, found)) is not None:
            measured = Sensor(entity_id, Quantity.CURRENT)
        if (told := status_entity(family, found)) is not None:
            status = StatusSensor(*told)
    current = measured
    if current is None:
        entity_id = er.async_get(hass).async_get_entity_id(
            Platform.SENSOR, DOMAIN, f"{charger_id}_{CURRENT_SET_KEY}"
        )
        if entity_id is not None:
            current = Sensor(entity_id, Quantity.CURRENT)
    return _ChargerSources(charger_id, current, measured is None, status)


def _read_states(
    hass: HomeAssistant, entity_ids: Sequence[str], start: datetime, end: datetime
) -> dict[str, list[State]]:
    """Read each entity's states from the database; blocks."""
    return {
        entity_id: state_changes_during_period(
            hass, start, end, entity_id, include_start_time_state=True
        ).get(entity_id, [])
        for entity_id in entity_ids
    }


def _reports(
    source: Source,
    states: Mapping[str, Sequence[State]],
    newest: Mapping[str, State | None],
) -> Iterator[Report]:
    """Yield the value of a source at each report of one of its sensors."""
    told = (
        (state.last_updated_timestamp, sensor, state)
        for sensor in source.sensors
        for state in states[sensor.entity_id]
    )
    for time_s, sensor, state in sorted(told, key=itemgetter(0)):
        sensor.observe(state, time_s)
        reading = source.reading
        if reading is not None:
            value = None if reading.problem is not None else reading.value
            until_s = _until_s(state, newest[sensor.entity_id])
            yield Report(time_s, value, max(time_s, until_s))


def _until_s(state: State, newest: State | None) -> float:
    """Return until when a state was heard; of the newest only Home Assistant knows."""
    if newest is not None and newest.last_updated_timestamp <= (
        state.last_updated_timestamp
    ):
        return newest.last_reported.timestamp()
    return state.last_reported.timestamp()


def _held_from(reports: Iterable[Report], since_s: float) -> Iterator[Report]:
    """Yield reports; one from before a moment is taken to hold until the next one."""
    rows = list(reports)
    for row, following in zip_longest(rows, rows[1:]):
        if row.time_s <= since_s and following is not None:
            yield replace(row, until_s=following.time_s)
        else:
            yield row


def _statuses(sensor: StatusSensor, states: Sequence[State]) -> Iterator[StatusReport]:
    for state in states:
        sensor.observe(state)
        yield StatusReport(state.last_updated_timestamp, sensor.status)


def _while_charging(
    set_points: Sequence[Report], statuses: Sequence[StatusReport]
) -> Iterator[Report]:
    """Yield what a car may have drawn: what it was set to, while it was charging."""
    status: ChargerStatus | None = None
    set_a: float | None = None
    rows: list[Report | StatusReport] = [*set_points, *statuses]
    for row in sorted(rows, key=lambda row: row.time_s):
        if isinstance(row, StatusReport):
            status = row.status
        else:
            set_a = row.value
        drawn_a = set_a if status is ChargerStatus.CHARGING else 0.0
        yield Report(row.time_s, drawn_a, row.time_s)
