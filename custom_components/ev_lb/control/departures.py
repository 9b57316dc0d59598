"""When cars are to leave: by a date, a time of day, a schedule, or a calendar."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
import re
from typing import Any, Final, NamedTuple

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_ENTITY_ID, STATE_UNKNOWN
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
    split_entity_id,
)
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_time_interval,
)
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from custom_components.ev_lb.building.features import plans
from custom_components.ev_lb.building.plan_settings import CarSettings, car_settings
from custom_components.ev_lb.building.site import chargers_of
from custom_components.ev_lb.const import DOMAIN
from custom_components.ev_lb.prices.tariffs import WEEKDAYS as SCHEDULE_DAYS

from .answers import async_answer

BEHIND: Final = timedelta(days=1)
AHEAD: Final = timedelta(days=8)
"""No plan goes further."""
REFRESH: Final = timedelta(minutes=15)
MINUTE_S: Final = 60.0
DATE_LENGTH: Final = len("2026-12-01")
SCHEDULE: Final = "schedule"
CALENDAR: Final = "calendar"
ASKED: Final = frozenset({SCHEDULE, CALENDAR})
"""Domains of what tells its times by an action."""
GOAL: Final = "goal"
"""What a block of a schedule may have in its data: how full the car is to be, %."""
PERCENT: Final = re.compile(r"(?<!\d)(\d{1,3})\s*%")
KWH: Final = re.compile(r"(?<![\d.,])(\d{1,3}(?:[.,]\d+)?)\s*kWh", re.IGNORECASE)


class Departure(NamedTuple):
    """When a car is to be ready, and what it is to have then where that is said."""

    time_s: float
    """s since the epoch, on the wall clock."""
    goal_percent: float | None = None
    goal_kwh: float | None = None


def weekly(
    at: time, days: frozenset[int], now: datetime, zone: tzinfo
) -> Iterator[Departure]:
    """Yield the same time of all days that were picked, from yesterday on."""
    first = now.astimezone(zone).date() - BEHIND
    for number in range((BEHIND + AHEAD).days + 1):
        day = first + timedelta(days=number)
        if day.weekday() in days:
            moment = datetime.combine(day, at.replace(tzinfo=None), zone)
            yield Departure(moment.timestamp())


def shown(
    state: State, settings: CarSettings, now: datetime, zone: tzinfo
) -> list[Departure] | None:
    """Return what an entity shows: a moment, a day, or a time of each day.

    None for none of them; a day is left at the usual time. One that has no value names
    no departure, other than one that is gone.
    """
    if state.state == STATE_UNKNOWN:
        return []
    day = dt_util.parse_date(state.state) if len(state.state) == DATE_LENGTH else None
    if day is not None:
        usual = settings.default_departure.replace(tzinfo=None)
        return [Departure(datetime.combine(day, usual, zone).timestamp())]
    moment = dt_util.parse_datetime(state.state)
    if moment is not None:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return [Departure(moment.timestamp())]
    at = dt_util.parse_time(state.state) if ":" in state.state else None
    if at is None:
        return None
    return list(weekly(at, settings.departure_days, now, zone))


def of_schedule(week: object, now: datetime, zone: tzinfo) -> list[Departure] | None:
    """Return when the blocks of a schedule end: until then the car is to be ready."""
    if not isinstance(week, Mapping):
        return None
    found = []
    first = now.astimezone(zone).date() - BEHIND
    for number in range((BEHIND + AHEAD).days + 1):
        day = first + timedelta(days=number)
        blocks = week.get(SCHEDULE_DAYS[day.weekday()])
        found += [
            Departure(end.timestamp(), _percent(_goal(block.get("data"))))
            for block in (blocks if isinstance(blocks, list | tuple) else ())
            if isinstance(block, Mapping) and (end := _end(block.get("to"), day, zone))
        ]
    return _joined(found, week, zone)


def of_calendar(events: object, zone: tzinfo) -> list[Departure] | None:
    """Return when the events of a calendar begin: then the car is to be ready.

    What lasts all day is no departure. "80 %" or "20 kWh" in its text is the goal.
    """
    if not isinstance(events, list | tuple):
        return None
    found = []
    for event in events:
        start = event.get("start") if isinstance(event, Mapping) else None
        if not isinstance(start, str) or "T" not in start.upper().replace(" ", "T"):
            continue
        moment = dt_util.parse_datetime(start)
        if moment is None:
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        text = f"{event.get('summary') or ''} {event.get('description') or ''}"
        percent, kwh = PERCENT.search(text), KWH.search(text)
        found.append(
            Departure(
                moment.timestamp(),
                _percent(percent[1]) if percent else None,
                float(kwh[1].replace(",", ".")) if kwh else None,
            )
        )
    return sorted(found)


def _end(value: object, day: Any, zone: tzinfo) -> datetime | None:
    """Return the end of a block on a day; 24:00 is the next day's beginning."""
    if isinstance(value, str):
        if value.startswith("24:00"):
            return datetime.combine(day + timedelta(days=1), time(), zone)
        value = dt_util.parse_time(value)
    if not isinstance(value, time):
        return None
    if value >= time.max.replace(microsecond=0):
        return datetime.combine(day + timedelta(days=1), time(), zone)
    return datetime.combine(day, value.replace(tzinfo=None), zone)


def _goal(data: object) -> object:
    return data.get(GOAL) if isinstance(data, Mapping) else None


def _percent(value: object) -> float | None:
    """Return what can be a goal in %."""
    try:
        percent = float(str(value).removesuffix("%"))
    except ValueError:
        return None
    return percent if 0 < percent <= 100 else None


def _joined(
    found: list[Departure], week: Mapping[Any, Any], zone: tzinfo
) -> list[Departure]:
    """Return the ends without those at midnight where the next block goes on."""
    begins = {
        (SCHEDULE_DAYS.index(day), str(block.get("from", ""))[:5])
        for day, blocks in week.items()
        if day in SCHEDULE_DAYS and isinstance(blocks, list | tuple)
        for block in blocks
        if isinstance(block, Mapping)
    }

    def goes_on(row: Departure) -> bool:
        end = datetime.fromtimestamp(row.time_s, zone)
        return (end.weekday(), f"{end:%H:%M}") in begins

    return sorted(row for row in found if not goes_on(row))


class Departures:
    """Keeps when the cars of one site are to leave, as the entities say it."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin without any."""
        self._hass = hass
        self._entry: ConfigEntry[Any] | None = None
        self._told: dict[str, list[Departure]] = {}
        """By entity. One that is gone for a while is believed as it was."""
        self._known: dict[CarSettings, tuple[tuple[Any, ...], list[Departure]]] = {}
        """What was found last for a car, and of what that was made."""
        self._changed: Callable[[], None] = lambda: None
        self._stop_tracking: CALLBACK_TYPE | None = None
        self._followed: tuple[str, ...] = ()

    def of(self, settings: CarSettings, now_s: float) -> list[Departure]:
        """Return when a charger's car is to leave, from a day ago on, in order.

        Where what says it names no time to come, it is the usual time. `now_s` is in
        the wall clock's time.
        """
        entity_id = settings.departure_entity
        state = None if entity_id is None else self._hass.states.get(entity_id)
        told = None if entity_id is None else self._told.get(entity_id)
        made_of = int(now_s // MINUTE_S), state, told
        known = self._known.get(settings)
        if known is None or known[0] != made_of:
            known = self._known[settings] = made_of, self._found(settings, state, now_s)
        return known[1]

    def _found(
        self, settings: CarSettings, state: State | None, now_s: float
    ) -> list[Departure]:
        now, zone = datetime.fromtimestamp(now_s, UTC), dt_util.get_default_time_zone()
        entity_id, days = settings.departure_entity, settings.departure_days
        rows: list[Departure] = []
        if entity_id is not None:
            if state is not None and state.domain not in ASKED:
                found = shown(state, settings, now, zone)
                if found is not None:
                    self._told[entity_id] = found
            rows = self._told.get(entity_id, [])
        if not any(row.time_s > now_s for row in rows):
            rows = [*rows, *weekly(settings.default_departure, days, now, zone)]
        return sorted(rows)

    def said(self, settings: CarSettings, now_s: float) -> list[Departure]:
        """Return what the entity of the settings says, without the usual time."""
        self.of(settings, now_s)
        return self._told.get(settings.departure_entity or "", [])

    @callback
    def async_start(
        self,
        entry: ConfigEntry[Any],
        add_settings_listener: Callable[[CALLBACK_TYPE], CALLBACK_TYPE],
        changed: Callable[[], None],
    ) -> None:
        """Follow the entities of the settings until the site stops.

        `changed` is called when one of them says something else.
        """
        if not plans(entry):
            return
        self._entry, self._changed = entry, changed
        unload = entry.async_on_unload
        unload(add_settings_listener(self._follow))
        unload(async_track_time_interval(self._hass, self._on_time, REFRESH))
        unload(async_at_started(self._hass, self._on_started))
        unload(self._stop)
        self._follow()

    @callback
    def _follow(self) -> None:
        """Follow the entities that are set now."""
        if self._entry is None:
            return
        named = (
            car_settings(row.data).departure_entity for row in chargers_of(self._entry)
        )
        ids = tuple(sorted({row for row in named if row is not None}))
        if ids == self._followed:
            return
        self._stop()
        self._followed = ids
        self._stop_tracking = async_track_state_change_event(
            self._hass, ids, self._on_state
        )
        self._refresh()

    @callback
    def _on_state(self, event: Event[EventStateChangedData]) -> None:
        if split_entity_id(event.data["entity_id"])[0] in ASKED:
            self._refresh()
        else:
            self._changed()

    @callback
    def _refresh(self) -> None:
        if self._entry is not None:
            self._entry.async_create_task(
                self._hass, self._async_ask(), f"{DOMAIN} departures"
            )

    async def _on_time(self, _now: datetime) -> None:
        await self._async_ask()

    async def _on_started(self, _hass: HomeAssistant) -> None:
        await self._async_ask()

    async def _async_ask(self) -> None:
        """Ask schedules and calendars for their times."""
        before = dict(self._told)
        for entity_id in self._followed:
            domain = split_entity_id(entity_id)[0]
            rows = None
            if domain == SCHEDULE:
                rows = await self._async_schedule(entity_id)
            elif domain == CALENDAR:
                rows = await self._async_calendar(entity_id)
            if rows is not None:
                self._told[entity_id] = rows
        if self._told != before:
            self._changed()

    async def _async_schedule(self, entity_id: str) -> list[Departure] | None:
        answer = await async_answer(
            self._hass, SCHEDULE, "get_schedule", {ATTR_ENTITY_ID: entity_id}
        )
        week = answer.get(entity_id) if isinstance(answer, Mapping) else None
        return of_schedule(week, dt_util.utcnow(), dt_util.get_default_time_zone())

    async def _async_calendar(self, entity_id: str) -> list[Departure] | None:
        now = dt_util.utcnow()
        data = {
            ATTR_ENTITY_ID: entity_id,
            "start_date_time": (now - BEHIND).isoformat(),
            "end_date_time": (now + AHEAD).isoformat(),
        }
        answer = await async_answer(self._hass, CALENDAR, "get_events", data)
        found = answer.get(entity_id) if isinstance(answer, Mapping) else None
        events = found.get("events") if isinstance(found, Mapping) else None
        return of_calendar(events, dt_util.get_default_time_zone())

    @callback
    def _stop(self) -> None:
        if self._stop_tracking is not None:
            self._stop_tracking()
            self._stop_tracking = None
