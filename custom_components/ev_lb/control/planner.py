"""Plans when each car charges, anew on news, and says what holds of it now."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import replace
from enum import StrEnum
from typing import Any, Final
from zlib import crc32

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from custom_components.ev_lb.engine.codec import (
    DocumentError,
    from_document,
    to_document,
)
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerDecision,
    ChargerReading,
    ChargerStatus,
    ChargingMode,
    Site,
)
from custom_components.ev_lb.engine.planning.forecast import QUARTER_S
from custom_components.ev_lb.engine.planning.plan import Block, CarPlan, Plan, plan
from custom_components.ev_lb.engine.planning.request import (
    Goal,
    PlanRequest,
    Slot,
    covering,
)
from custom_components.ev_lb.engine.planning.standing import (
    energy_kwh,
    is_worth_keeping,
    shifted,
    standing,
    with_late_slots,
)
from custom_components.ev_lb.prices.values import clock_changes

from .clock import Clock
from .known_cars import KnownCars
from .sessions import Sessions
from .wishes import Wish, Wishes

RESERVE: Final = 1.1
"""Planned for on top of what a car needs: it closes what forecasts miss."""
SHORT_KWH: Final = 0.5
"""A car that will lack less is in time."""
NOTICED_KWH: Final = 0.5
"""Of this much more or less than planned a new plan is made."""
AHEAD_S: Final = 3600.0
DAY_S: Final = 86400.0
DAYS: Final = 8
"""So long a car may draw that is to charge at once, or is late."""
JITTER_S: Final = 60
TASK: Final = "ev_lb plan"

type SlotSource = Callable[
    [float, float], Sequence[Slot] | Callable[[], Sequence[Slot]]
]
"""Given a time and a later one, both in s since the epoch; slots, or what makes them
and may take its time.
"""


class Override(StrEnum):
    """What an owner wants instead of the plan, until the car leaves."""

    NOW = "charge_now"
    SKIP = "skip_plan"


class News(StrEnum):
    """Why a plan was made anew."""

    CAR = "car"
    """One was plugged in or left, or its mode or limits were changed."""
    WISH = "wish"
    """What it needs, or by when, was changed."""
    PROGRESS = "progress"
    """It has had more or less than was planned."""
    PRICES = "prices"
    """Prices or forecasts came, or time has passed them."""
    RESTART = "restart"


SOFT: Final = frozenset({News.PROGRESS, News.PRICES, News.RESTART})
"""For these a plan stays that is as good as the new one."""

UNASKED: Final = frozenset({News.PRICES, News.RESTART})
"""For these nobody waits."""


class Planner:
    """Keeps the plan of one site; the controller asks it before each decision."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        clock: Clock,
        sessions: Sessions,
        changed: Callable[[], None],
    ) -> None:
        """Take what it plans for; `changed` is called when there is another plan."""
        self._hass, self._clock, self._sessions = hass, clock, sessions
        self._changed = changed
        self.jitter_s = float(crc32(entry_id.encode()) % JITTER_S)
        """By how much blocks begin later than the hour, s."""
        self.slots_of: SlotSource = lambda from_s, until_s: ()
        """Where prices and forecasts come from."""
        self.plan: Plan | None = None
        self.request: PlanRequest | None = None
        """What it was asked last; the plan is one for that, if an older one."""
        self.planned_s: float | None = None
        self.reason: News | None = None
        """Why the plan is another one than before."""
        self.overrides: dict[str, Override] = {}
        self._goals: dict[str, Goal] = {}
        self._cars = KnownCars()
        self._site: Site | None = None
        self._smart: dict[str, Charger] = {}
        self.wishes = Wishes(hass, entry_id, clock, sessions)
        """What each car is to have, and by when."""
        self._wishes: dict[str, Wish] = {}
        self._due: News | None = News.RESTART
        self._quarter = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def priced(self) -> bool:
        """Tell whether any price is known."""
        return self.request is not None and any(
            not slot.guessed for slot in self.request.slots
        )

    def car(self, charger_id: str) -> CarPlan | None:
        """Return the plan of a charger's car; None without one."""
        if self.plan is None or charger_id not in self._smart:
            return None
        return next((r for r in self.plan.cars if r.charger_id == charger_id), None)

    def goal(self, charger_id: str) -> Goal | None:
        """Return what a charger's car is planned to have."""
        return self._goals.get(charger_id)

    def blocks(self, charger_id: str) -> list[Block]:
        """Return the blocks of a charger's car that are not over."""
        car, now_s = self.car(charger_id), self._clock.now_s()
        return [] if car is None else [row for row in car.blocks if row.end_s > now_s]

    def is_planned(self, charger_id: str) -> bool:
        """Tell whether a charger is in mode smart, and has a car."""
        return charger_id in self._smart

    def lacks_kwh(self, charger_id: str) -> float | None:
        """Return what a car will lack when it is to be ready, kWh; None without a plan.

        What is planned on top does not lack; nor does what nobody asked for.
        """
        now_s = self._clock.now_s()
        if self.is_planned(charger_id):
            need = self.wishes.need(charger_id)
            if need.asked and self.wishes.ready_s(charger_id, now_s) <= now_s:
                return need.energy_kwh
        car, goal = self.car(charger_id), self.goal(charger_id)
        if car is None or goal is None:
            return None
        if car.shortfall is None or not self.wishes.need(charger_id).asked:
            return 0.0
        reserve_kwh = goal.needed_kwh * (1 - 1 / RESERVE)
        return max(car.shortfall.energy_kwh - reserve_kwh, 0.0)

    @callback
    def async_override(self, charger_id: str, override: Override | None) -> None:
        """Let a car charge at once, or from the surplus alone; None: as planned."""
        self.overrides.pop(charger_id, None)
        if override is not None:
            self.overrides[charger_id] = override
        self._call_for(News.WISH)

    @callback
    def async_news_of_prices(self) -> None:
        """Take up new prices or forecasts."""
        self._call_for(News.PRICES)

    @callback
    def async_news_of_departures(self) -> None:
        """Take up when cars are to leave."""
        self._changed()

    def readings(
        self,
        site: Site,
        told: Iterable[ChargerReading],
        decided: Mapping[str, ChargerDecision],
    ) -> list[ChargerReading]:
        """Return what chargers tell with their owners' wishes and the plan.

        What is so now may be news to plan by; `decided` is what was decided last.
        """
        rows = list(told)
        learned = [self._cars.learn(row, decided.get(row.charger_id)) for row in rows]
        self._look(site, rows)
        if any(learned):
            self._call_for(News.CAR)
        return [self._with_plan(row) for row in rows]

    def _with_plan(self, reading: ChargerReading) -> ChargerReading:
        reading = self._sessions.with_wishes(reading, self._clock.at_wall_s)
        charger_id, now_s = reading.charger_id, self._clock.now_s()
        if charger_id not in self._smart:
            return reading
        need, price = self.wishes.need(charger_id), self.price_now
        ready_s = self.wishes.ready_s(charger_id, now_s)
        reading = replace(
            reading, energy_needed_kwh=need.energy_kwh, departure_s=ready_s
        )
        at_any_time_s = (now_s // DAY_S + DAYS) * DAY_S
        override = self.overrides.get(charger_id)
        if override is Override.SKIP:
            return replace(reading, planned_left_s=0.0)
        if override is Override.NOW or need.at_once:
            return replace(reading, may_draw_until_s=at_any_time_s)
        if self.wishes.is_cheap(charger_id, price):
            quarter_ends_s = (now_s // QUARTER_S + 1) * QUARTER_S
            return replace(reading, may_draw_until_s=quarter_ends_s)
        if need.energy_kwh <= 0 or self.wishes.forbids(charger_id, price):
            return self._waiting(replace(reading, planned_left_s=0.0))
        if ready_s <= now_s:
            return replace(reading, may_draw_until_s=at_any_time_s)
        return self._waiting(reading)

    def _waiting(self, reading: ChargerReading) -> ChargerReading:
        """Return a reading with what the plan says, where it may not draw at any time."""
        car, goal = self.car(reading.charger_id), self.goal(reading.charger_id)
        if car is None or goal is None or reading.energy_needed_kwh == 0:
            return reading
        until_s, left_s, block = standing(
            car, goal, self._slots, self._clock.now_s(), priced=self.priced
        )
        if reading.planned_left_s is not None:
            # The grid is too dear now: what the plan counts on is the surplus.
            until_s = None
        return replace(
            reading, may_draw_until_s=until_s, planned_left_s=left_s, next_block=block
        )

    @property
    def _slots(self) -> tuple[Slot, ...]:
        return () if self.request is None else self.request.slots

    @property
    def price_now(self) -> float | None:
        """Return what a kWh from the grid costs now; None where nobody said so."""
        slot = covering(self._slots, self._clock.now_s())
        return None if slot is None or slot.guessed else slot.price

    def _look(self, site: Site, readings: Sequence[ChargerReading]) -> None:
        """Take in what is so now, and plan anew if that is news."""
        now_s = self._clock.now_s()
        self._site = site
        statuses = {row.charger_id: row.status for row in readings}
        gone = ChargerStatus.DISCONNECTED
        smart = {
            row.charger_id: row
            for row in site.chargers
            if (row.charging_mode or site.charging_mode) is ChargingMode.SMART
            and row.enabled
            and statuses.get(row.charger_id) is not gone
        }
        for charger_id in [row for row in self.overrides if row not in smart]:
            del self.overrides[charger_id]
        self.wishes.observe(readings, smart, now_s)
        wishes = {row: self.wishes.wish(row, now_s) for row in smart}
        before, self._smart = self._smart, smart
        if self.plan is not None and not before.keys() <= smart.keys():
            # The next car has no part in the plan of the one that left.
            cars = tuple(row for row in self.plan.cars if row.charger_id in smart)
            self.plan = self.plan._replace(cars=cars)
        if before != smart:
            self._call_for(News.CAR if before else self._due or News.CAR)
        elif wishes != self._wishes:
            self._call_for(News.WISH)
        elif any(self._is_off_course(row, now_s) for row in smart):
            self._call_for(News.PROGRESS)
        elif now_s // QUARTER_S != self._quarter:
            self._call_for(News.PRICES)
        self._wishes, self._quarter = wishes, int(now_s // QUARTER_S)

    def _is_off_course(self, charger_id: str, now_s: float) -> bool:
        """Tell whether a car has had clearly more or less than planned."""
        car, goal = self.car(charger_id), self.goal(charger_id)
        if car is None or goal is None or self.request is None:
            return False
        had_kwh = energy_kwh(car, self.request.now_s, now_s)
        planned_kwh = max(goal.needed_kwh - had_kwh, 0.0)
        needs_kwh = RESERVE * self.wishes.need(charger_id).energy_kwh
        return abs(needs_kwh - planned_kwh) > NOTICED_KWH

    @callback
    def _call_for(self, news: News) -> None:
        """Plan anew; news that count more stand."""
        if self._due is None or self._due in SOFT:
            self._due = news
        if self._task is None and self._smart:
            self._task = self._hass.async_create_task(
                self._async_plan(), TASK, eager_start=False
            )

    async def _async_plan(self) -> None:
        try:
            while (news := self._due) is not None and self._site is not None:
                self._due = None
                site, now_s = self._site, self._clock.now_s()
                goals = self._asked_for(now_s)
                slots = await self._async_slots(goals, now_s)
                if news in UNASKED and not slots and self._goes_on(goals):
                    continue
                request = self._request(site, slots, goals, now_s)
                found = await self._hass.async_add_executor_job(plan, request)
                self._settle(request, found, news)
        finally:
            self._task = None

    def _goes_on(self, goals: Sequence[Goal]) -> bool:
        """Tell whether a plan goes on, where nobody tells of prices now.

        They may come a while after a restart.
        """
        return any(self.blocks(goal.charger_id) for goal in goals)

    def _asked_for(self, now_s: float) -> tuple[Goal, ...]:
        """Return what is to be planned for."""
        return tuple(
            goal
            for charger in self._smart.values()
            if charger.charger_id not in self.overrides
            and (goal := self._goal(charger, now_s)).ready_s > now_s
        )

    async def _async_slots(self, goals: Sequence[Goal], now_s: float) -> Sequence[Slot]:
        """Return the slots that are told of; they are put together elsewhere."""
        found = self.slots_of(now_s, max(_last_s(goals, now_s), now_s + DAY_S))
        if callable(found):
            found = await self._hass.async_add_executor_job(found)
        return found

    def _request(
        self, site: Site, told: Sequence[Slot], goals: tuple[Goal, ...], now_s: float
    ) -> PlanRequest:
        """Return what a plan is to follow from.

        Prices that are lost count on as they were known last.
        """
        until_s = _last_s(goals, now_s)
        # The next prices are there before they hold, also where nothing is planned.
        slots = [row for row in told if row.start_s < max(until_s, now_s + AHEAD_S)]
        if not slots and self.request is not None:
            slots = [row for row in self.request.slots if not row.guessed]
        zone = dt_util.get_default_time_zone()
        return PlanRequest(
            site=site,
            slots=with_late_slots(slots, now_s, until_s),
            goals=goals,
            now_s=now_s,
            clock=tuple(clock_changes(zone, now_s - DAY_S, until_s + DAY_S)),
        )

    def _goal(self, charger: Charger, now_s: float) -> Goal:
        charger_id = charger.charger_id
        car, known = self.car(charger_id), self._cars.of(charger_id)
        most_a = charger.max_current_a
        if known.takes_a is not None:
            most_a = max(min(most_a, known.takes_a), charger.min_current_a)
        if charger.manual_limit_a is not None:
            most_a = min(most_a, charger.manual_limit_a)
        wires = known.phase_count or len(charger.phases)
        power_w = most_a * wires * (0.0 if self._site is None else self._site.volts)
        ready_s = self.wishes.ready_s(charger_id, now_s)
        earlier_s = self.wishes.earlier_s(charger_id, power_w)
        return Goal(
            charger_id=charger_id,
            needed_kwh=RESERVE * self.wishes.need(charger_id).energy_kwh,
            # As long as there is time for that.
            ready_s=ready_s - min(earlier_s, max(ready_s - now_s, 0.0) / 2),
            price_limit=self.wishes.limit(charger_id),
            priority=charger.priority,
            phase_count=known.phase_count,
            max_current_a=most_a,
            running=car is not None
            and any(row.start_s <= now_s < row.end_s for row in car.blocks),
        )

    def _settle(self, request: PlanRequest, found: Plan, news: News) -> None:
        """Take the new plan, unless the one that stands is as good."""
        self.request = request
        self._goals = {goal.charger_id: goal for goal in request.goals}
        stands = self.plan if news in SOFT else None
        if stands is not None and is_worth_keeping(stands, found, request):
            return
        self.plan = shifted(found, request.goals, self.jitter_s, request.now_s)
        self.planned_s, self.reason = request.now_s, news
        self._changed()

    @callback
    def stop(self) -> None:
        """Plan no more."""
        if self._task is not None:
            self._task.cancel()

    def document(self) -> dict[str, Any]:
        """Return what is to be remembered over a restart."""
        return {
            "plan": None if self.plan is None else to_document(self.plan),
            "goals": [to_document(goal) for goal in self._goals.values()],
            "planned_s": self.planned_s,
            "overrides": {key: row.value for key, row in self.overrides.items()},
            "cars": self.wishes.document(),
        }

    def restore(self, document: Mapping[str, Any] | None) -> None:
        """Go on with what was remembered; what cannot be read is forgotten."""
        if not isinstance(document, dict):
            return
        overrides, values = document.get("overrides"), [row.value for row in Override]
        if isinstance(overrides, dict):
            self.overrides = {
                key: Override(row) for key, row in overrides.items() if row in values
            }
        self.wishes.restore(document.get("cars"))
        goals = document.get("goals")
        try:
            self.plan = from_document(Plan, document.get("plan"))
            for row in goals if isinstance(goals, list) else ():
                goal = from_document(Goal, row)
                self._goals[goal.charger_id] = goal
        except DocumentError:
            return
        planned_s = document.get("planned_s")
        self.planned_s = planned_s if isinstance(planned_s, float) else None


def _last_s(goals: Sequence[Goal], now_s: float) -> float:
    """Return when the last of the cars is to be ready."""
    return max((goal.ready_s for goal in goals), default=now_s)
