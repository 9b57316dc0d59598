"""Hears what entities report, changed or not, and when they did."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import (
    CALLBACK_TYPE,
    CoreState,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_state_report_event,
)
from homeassistant.helpers.start import async_at_started

from custom_components.ev_lb.building.kept_states import kept_state
from custom_components.ev_lb.building.signs import signs_of
from custom_components.ev_lb.meters.site_sensors import SiteSensors
from custom_components.ev_lb.meters.state import LOST_STATES

from .clock import Clock

BRINGING_BACK: Final = timedelta(seconds=1)
"""An entity that brings a value back may write it more than once while it is added."""


class _BroughtBack:
    """Knows which values only came back after a start, and are no news.

    Many entities show their last value before the first report of their device. That
    is known of those that have Home Assistant keep it for them; others that keep a
    value themselves cannot be told from a device.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with what Home Assistant keeps."""
        self._hass = hass
        self._since: dict[str, datetime] = {}

    def begin(self, state: State) -> None:
        """Note that an entity shows a value for the first time, or again."""
        self._since[state.entity_id] = state.last_changed

    def told(self, state: State, written: datetime) -> datetime:
        """Return when the device reported a value that was written now."""
        since = self._since.get(state.entity_id)
        if since is None:
            return written
        if written - since <= BRINGING_BACK:
            kept = kept_state(self._hass, state.entity_id)
            if kept is not None and kept.state.state == state.state:
                return kept.state.last_reported
        del self._since[state.entity_id]
        return written


type Observer = Callable[[str, State | None, float], None]
"""Takes an entity, its state, and the time of its report, s on the site's clock."""


@callback
def async_listen(
    hass: HomeAssistant, entity_ids: Iterable[str], clock: Clock, observer: Observer
) -> CALLBACK_TYPE:
    """Tell an observer what entities show now and report later; return how to stop."""
    entity_ids = list(entity_ids)
    brought_back = _BroughtBack(hass)

    def tell(entity_id: str, state: State | None, reported: datetime | None) -> None:
        time_s = clock.now_s()
        if state is not None and reported is not None:
            told = brought_back.told(state, reported)
            time_s = clock.from_wall_s(told.timestamp())
        observer(entity_id, state, time_s)

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        before, state = event.data["old_state"], event.data["new_state"]
        if state is not None and (before is None or before.state in LOST_STATES):
            brought_back.begin(state)
        reported = None if state is None else state.last_updated
        tell(event.data["entity_id"], state, reported)

    @callback
    def reported(event: Event[EventStateReportedData]) -> None:
        data = event.data
        tell(data["entity_id"], data["new_state"], data["last_reported"])

    for entity_id in entity_ids:
        if (state := hass.states.get(entity_id)) is not None:
            brought_back.begin(state)
        tell(entity_id, state, None if state is None else state.last_reported)
    stops = (
        async_track_state_change_event(hass, entity_ids, changed),
        async_track_state_report_event(hass, entity_ids, reported),
    )

    @callback
    def stop() -> None:
        for stop_tracking in stops:
            stop_tracking()

    return stop


@callback
def async_listen_to_site(
    hass: HomeAssistant,
    entity_ids: Iterable[str],
    sensors: SiteSensors,
    clock: Clock,
    observer: Observer,
) -> CALLBACK_TYPE:
    """Listen to entities, and to what shows that the sources of sensors still report.

    That is found once more when all has started: much of it comes late.
    """
    entity_ids = frozenset(entity_ids)
    stops: list[CALLBACK_TYPE] = []

    @callback
    def stop_signs() -> None:
        while stops:
            stops.pop()()

    @callback
    def listen_to_signs(_: HomeAssistant) -> None:
        stop_signs()
        sensors.take_signs(signs_of(hass, row) for row in {*sensors.entity_ids})
        more = sensors.sign_ids - entity_ids
        stops.append(async_listen(hass, more, clock, observer))

    stop_entities = async_listen(hass, entity_ids, clock, observer)
    if hass.state is not CoreState.running:
        listen_to_signs(hass)
    stop_start = async_at_started(hass, listen_to_signs)

    @callback
    def stop() -> None:
        stop_entities()
        stop_signs()
        stop_start()

    return stop
