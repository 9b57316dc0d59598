"""Reads one price of Home Assistant: a sensor with a series, an action, a number, a week."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, Final

from homeassistant.const import ATTR_ENTITY_ID, ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util

from custom_components.ev_lb.prices.actions import ACTIONS, Question, questions
from custom_components.ev_lb.prices.book import PriceBook
from custom_components.ev_lb.prices.horizon import Prices
from custom_components.ev_lb.prices.price_list import PriceList
from custom_components.ev_lb.prices.rows import lists_in, price_lists, windows
from custom_components.ev_lb.prices.tariffs import fixed_prices, scheduled_prices
from custom_components.ev_lb.prices.unit import (
    PriceProblem,
    Shown,
    shown,
    unit_worth,
)
from custom_components.ev_lb.prices.values import local_day, midnight

from .answers import async_answer
from .clock import Clock

NUMBERS: Final = frozenset({"number", "input_number"})
SCHEDULE: Final = "schedule"
AHEAD_S: Final = 3 * 86400.0
"""So far ahead a price that does not change is written down, s."""
ASK_AGAIN_S: Final = 3600.0
SOON_S: Final = 840.0
REACH_S: Final = 11 * 3600.0
"""Tomorrow's prices come about 13:00: when less than this is known, they are asked
for each quarter-hour."""
DISPATCHES: Final = "planned_dispatches"


class PriceSource:
    """One price of a home, what it is read from, and all that is known of it."""

    def __init__(self, hass: HomeAssistant, clock: Clock, *, export: bool) -> None:
        """Take whether it is what export earns."""
        self._hass, self._clock, self._export = hass, clock, export
        self.book = PriceBook()
        self.entity_id: str | None = None
        self._fixed: float | None = None
        self._answers: tuple[PriceList, ...] = ()
        self._asked_s: float | None = None

    def point_to(self, entity_id: str | None, fixed: float | None) -> None:
        """Read from an entity from now on, or take a number where there is none."""
        if self.entity_id not in (None, entity_id):
            self.book.forget()
        if self.entity_id != entity_id:
            self._answers, self._asked_s = (), None
        self.entity_id, self._fixed = entity_id, fixed

    @property
    def tells(self) -> bool:
        """Tell whether there is anything that tells a price."""
        return self.entity_id is not None or self._fixed is not None

    async def async_refresh(self, *, ask: bool) -> None:
        """Read what is shown, and `ask` for what may have been published."""
        if self.entity_id is None:
            self._take_fixed(self._fixed)
        elif split_entity_id(self.entity_id)[0] == SCHEDULE:
            await self._async_take_week(self.entity_id)
        else:
            if ask and self._is_due():
                await self._async_ask(self.entity_id)
            self.read()

    def read(self) -> None:
        """Take in what the entity shows now."""
        if self.entity_id is None:
            return
        domain = split_entity_id(self.entity_id)[0]
        state = self._hass.states.get(self.entity_id)
        if domain == SCHEDULE:
            return
        unit = None if state is None else state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        sensor = shown(None if state is None else state.state, unit)
        if domain in NUMBERS:
            if isinstance(sensor, Shown):
                self._take_fixed(sensor.price)
            return
        now_s, zone = self._clock.now_s(), self._zone
        lists = self._answers
        if not lists and state is not None:
            worth = unit_worth(unit)
            lists = tuple(
                row._replace(worth=1.0 if worth is None else worth)
                for row in price_lists(state.attributes, zone, now_s)
            ) or self._lists_beside(self.entity_id, now_s)
        self.book.take(lists, sensor, now_s, zone)

    def dispatches(self) -> tuple[tuple[float, float], ...]:
        """Return when a supplier dispatches a car, as Octopus does."""
        if self.entity_id is None or self._export:
            return ()
        entry = er.async_get(self._hass).async_get(self.entity_id)
        if entry is None or entry.config_entry_id is None:
            return ()
        registry = er.async_get(self._hass)
        found: list[tuple[float, float]] = []
        for row in er.async_entries_for_config_entry(registry, entry.config_entry_id):
            if (state := self._hass.states.get(row.entity_id)) is not None:
                found += windows(state.attributes.get(DISPATCHES), self._zone)
        return tuple(found)

    @property
    def _zone(self) -> tzinfo:
        return dt_util.get_default_time_zone()

    def _take_fixed(self, price: float | None) -> None:
        if price is not None:
            from_s = self._midnight_s()
            until_s = from_s + AHEAD_S
            self._take_rows(fixed_prices(price, from_s, until_s, self._zone))

    def _take_rows(self, rows: Prices) -> None:
        """Take prices in place of all that was known."""
        self.book.known = rows
        self.book.problem = None if rows else PriceProblem.NO_SERIES

    def _midnight_s(self) -> float:
        return midnight(local_day(self._clock.now_s(), self._zone), self._zone)

    async def _async_take_week(self, entity_id: str) -> None:
        """Take the prices that stand in the data of a schedule's blocks."""
        question = Question(
            domain=SCHEDULE, action="get_schedule", data={ATTR_ENTITY_ID: entity_id}
        )
        answer = await self._async_answer(question)
        week = answer.get(entity_id) if isinstance(answer, Mapping) else None
        if not isinstance(week, Mapping):
            self.book.problem = PriceProblem.UNAVAILABLE
            return
        outside = float("nan") if self._fixed is None else self._fixed
        from_s = self._midnight_s()
        self._take_rows(
            scheduled_prices(
                week, from_s, from_s + AHEAD_S, self._zone, outside=outside
            )
        )

    def _is_due(self) -> bool:
        """Tell whether the answer of an action may be another by now."""
        if self._asked_s is None:
            return True
        now_s = self._clock.now_s()
        reach_s = self.book.reaches_s() - now_s
        wait_s = SOON_S if reach_s < REACH_S or not self._answers else ASK_AGAIN_S
        return now_s - self._asked_s >= wait_s

    async def _async_ask(self, entity_id: str) -> None:
        """Ask the integration of a sensor, where that is how it gives its prices."""
        entry = er.async_get(self._hass).async_get(entity_id)
        if entry is None or entry.platform not in ACTIONS:
            return
        now_s = self._asked_s = self._clock.now_s()
        answers = [
            await self._async_answer(question)
            for question in questions(
                entry.platform,
                now_s,
                self._zone,
                entry_id=entry.config_entry_id or "",
                device_id=entry.device_id or "",
                export=self._export,
            )
        ]
        worth = ACTIONS[entry.platform].worth
        found = tuple(
            row for answer in answers for row in lists_in(answer, self._zone, worth)
        )
        # What was answered before still counts where a day is not answered now.
        self._answers = found or self._answers

    async def _async_answer(self, question: Question) -> Any:
        return await async_answer(
            self._hass, question.domain, question.action, question.data
        )

    def _lists_beside(self, entity_id: str, now_s: float) -> tuple[PriceList, ...]:
        """Return the series of other entities of the same device.

        ENTSO-e has them at its sensor of the average, Octopus at its events.
        """
        registry = er.async_get(self._hass)
        entry = registry.async_get(entity_id)
        device = (
            entry
            and entry.device_id
            and dr.async_get(self._hass).async_get(entry.device_id)
        )
        if not device:
            return ()
        return tuple(
            found
            for row in er.async_entries_for_device(registry, device.id)
            if (state := self._hass.states.get(row.entity_id)) is not None
            for found in price_lists(state.attributes, self._zone, now_s)
        )
