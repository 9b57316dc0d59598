"""The plan of each charger's car as a calendar: an event for each block."""

from datetime import datetime
from typing import Any, override

from homeassistant.components.calendar import (
    CalendarEntity,
    CalendarEntityDescription,
    CalendarEvent,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .building.features import plans
from .building.site import chargers_of
from .entity import EvLbEntity
from .explaining.plan import PlannedEvent, planned_events
from .runtime import EvLbConfigEntry

PARALLEL_UPDATES = 0

CHARGING_PLAN = CalendarEntityDescription(
    key="charging_plan", translation_key="charging_plan"
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the plan of each charger, where any is in mode smart."""
    if not plans(entry):
        return
    for subentry in chargers_of(entry):
        async_add_entities(
            [PlanCalendar(entry, CHARGING_PLAN, subentry)],
            config_subentry_id=subentry.subentry_id,
        )


class PlanCalendar(EvLbEntity, CalendarEntity):
    """When the car is planned to charge; on while it is in a block."""

    @property
    def _planned(self) -> list[PlannedEvent]:
        return planned_events(self.controller, self.owner_id)

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """Return the present or the next block; None without one."""
        now_s = self.controller.clock.now_s()
        coming = (row for row in self._planned if row.end.timestamp() > now_s)
        return next(map(_event, coming), None)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return the blocks of a time."""
        return [
            _event(row)
            for row in self._planned
            if row.start < end_date and row.end > start_date
        ]

    @override
    def _shown(self) -> tuple[Any, ...]:
        return tuple(self._planned)


def _event(row: PlannedEvent) -> CalendarEvent:
    return CalendarEvent(
        start=row.start, end=row.end, summary=row.summary, description=row.description
    )
