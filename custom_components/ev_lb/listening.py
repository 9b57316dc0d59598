"""Hears what entities report, changed or not, and when they did."""

from collections.abc import Callable, Iterable
from datetime import datetime

from homeassistant.core import (
    CALLBACK_TYPE,
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

from .clock import Clock

type Observer = Callable[[str, State | None, float], None]
"""Is told an entity, its state, and when it reported that, s on the site's clock."""


@callback
def async_listen(
    hass: HomeAssistant, entity_ids: Iterable[str], clock: Clock, observer: Observer
) -> CALLBACK_TYPE:
    """Tell an observer what entities show now and report later; return how to stop."""
    entity_ids = list(entity_ids)

    def tell(entity_id: str, state: State | None, reported: datetime | None) -> None:
        if reported is None:
            time_s = clock.now_s()
        else:
            time_s = clock.from_wall_s(reported.timestamp())
        observer(entity_id, state, time_s)

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        reported = None if state is None else state.last_updated
        tell(event.data["entity_id"], state, reported)

    @callback
    def reported(event: Event[EventStateReportedData]) -> None:
        data = event.data
        tell(data["entity_id"], data["new_state"], data["last_reported"])

    for entity_id in entity_ids:
        state = hass.states.get(entity_id)
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
