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
from homeassistant.util import dt as dt_util

from .building.features import plans
from .building.site import chargers_of
from .control.controller import Controller
from .entity import EvLbEntity
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
    def _planned(self) -> list[CalendarEvent]:
        return _events(self.controller, self.owner_id)

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """Return the present or the next block; None without one."""
        now_s = self.controller.clock.now_s()
        coming = (
            row for row in self._planned if row.end_datetime_local.timestamp() > now_s
        )
        return next(coming, None)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return the blocks of a time."""
        return [
            row
            for row in self._planned
            if row.start < end_date and row.end > start_date
        ]

    @override
    def _shown(self) -> tuple[Any, ...]:
        # What the events are made of: their sentences are made when they are shown.
        planner = self.controller.planner
        return planner.car(self.owner_id), planner.priced


def _events(controller: Controller, charger_id: str) -> list[CalendarEvent]:
    """Return the blocks of a car's plan, also those that are over."""
    planner, texts = controller.planner, controller.texts
    car = planner.car(charger_id)
    if car is None:
        return []
    name, priced = controller.name_of(charger_id), planner.priced
    return [
        CalendarEvent(
            start=dt_util.as_local(dt_util.utc_from_timestamp(round(block.start_s))),
            end=dt_util.as_local(dt_util.utc_from_timestamp(round(block.end_s))),
            summary=f"{name}: {texts.number(block.energy_kwh, '.1f')} kWh",
            description=f"{texts.number(block.cost, '.2f')} {texts.currency}"
            if priced
            else "",
        )
        for block in car.blocks
        if round(block.end_s) > round(block.start_s)
    ]
