"""One charger as the controller sees it: its readings and its commands."""

from collections.abc import Callable
import logging
from math import floor, inf, isfinite
from typing import Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, State, callback

from custom_components.ev_lb.building.drivers import (
    build_driver,
    build_measured,
    build_phase_switch,
    build_status,
)
from custom_components.ev_lb.chargers.driver import CommandError
from custom_components.ev_lb.chargers.sender import Sender
from custom_components.ev_lb.engine.model import (
    ChargerDecision,
    ChargerReading,
    ChargerStatus,
    Reading,
)

from .clock import Clock
from .sessions import Session
from .store import Memory

# Owners have this name in their configuration: it stays, wherever the module is.
_LOGGER = logging.getLogger("custom_components.ev_lb.managed_charger")

LEAVE_TIMEOUT_S: Final = 10.0
DRAWN_TOLERANCE_A: Final = 1.0
"""A car that draws this much less than its limit may be held by it, A."""


class ManagedCharger:
    """Ties a charger's sensors, driver and sender together."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        subentry: ConfigSubentry,
        clock: Clock,
        memory: Memory | None,
        on_success: Callable[[str], None],
        on_failure: Callable[[str, CommandError, int], None],
    ) -> None:
        """Take the charger's configuration and what is remembered of it."""
        self.charger_id = subentry.subentry_id
        self.name = subentry.title
        self.driver = build_driver(hass, entry, subentry, clock.now_s)
        self._measured = build_measured(hass, subentry)
        self._status = build_status(hass, subentry)
        self._phase_switch = build_phase_switch(hass, subentry)
        self._was_available = self.driver.available
        self._now_s = clock.now_s
        self._shown: Reading | None = None
        self._on_success, self._on_failure = on_success, on_failure
        self._refusals = 0
        """How often in a row it refused what it was told while a car was there."""
        self.send_due = False
        """Whether the set-point is to be sent at the next chance, changed or not:
        what a charger that was away has now is not known."""
        self.explained: ChargerDecision | None = None
        """What its sentence was last made of."""
        self._memory = memory
        self._began_s = clock.now_s()
        self.unheard = self._may_stand_higher()
        """Whether it may stand higher than it resumes: it was told so before a restart,
        and does not show yet what it has. It is told nothing more until then."""
        self.resumed_a = self._bearing_a()
        """Where it is taken to be at the start, A."""
        self.sender = Sender(
            hass,
            self.driver,
            name=subentry.title,
            now_s=clock.now_s,
            wall_delay_s=clock.wall_delay_s,
            on_success=self._succeeded,
            on_failure=self._failed,
            assumed_a=None if memory is None else self.resumed_a,
            phase_switch=self._phase_switch,
        )

    @callback
    def _succeeded(self) -> None:
        self._refusals = 0
        self._on_success(self.charger_id)

    @callback
    def _failed(self, error: CommandError, _failures: int) -> None:
        """Tell of a refusal; some chargers refuse everything while no car is there."""
        if self.status is ChargerStatus.DISCONNECTED:
            self._refusals = 0
            return
        self._refusals += 1
        self._on_failure(self.charger_id, error, self._refusals)

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """Return the entities it listens to."""
        sensors = (self._measured, self._status, self._phase_switch)
        return (
            *self.driver.entity_ids,
            *(sensor.entity_id for sensor in sensors if sensor is not None),
        )

    @property
    def pending(self) -> bool:
        """Return whether the last command may not have arrived."""
        return self.sender.pending or self.unheard

    @property
    def status(self) -> ChargerStatus | None:
        """Return what its status sensor, or its driver, heard last."""
        return self.driver.status if self._status is None else self._status.status

    @property
    def phase_count(self) -> int | None:
        """Return on how many phases it is set to charge, where that can be switched."""
        return None if self._phase_switch is None else self._phase_switch.count

    @callback
    def observe(self, entity_id: str, state: State | None, time_s: float) -> None:
        """Take what one of its entities reported at that time."""
        if self._measured is not None and self._measured.entity_id == entity_id:
            self._measured.observe(state, time_s)
        if self._status is not None and self._status.entity_id == entity_id:
            self._status.observe(state)
        if self.driver.observe(entity_id, state, time_s):
            # It may have forgotten what it had: that is told now, not when a retry is due.
            self.sender.forget()
            self.send_due = True
        self._notice_return()

    def _notice_return(self) -> None:
        """Note when a charger is back: what it has now is not known."""
        available = self.driver.available
        if available and not self._was_available:
            self.sender.forget()
            self.send_due = True
        self._was_available = available

    def reading(self) -> ChargerReading:
        """Return what is known of it now."""
        # One that went silent did not say so: there was nothing to observe.
        self._notice_return()
        return ChargerReading(
            charger_id=self.charger_id,
            available=self.driver.available,
            status=self.status,
            measured_a=self._measurements,
            accepted=self.sender.accepted,
            asked_a=self.sender.asked_a,
            shown=self._shown_since(),
            current_range=self.driver.current_range,
            phase_count=self.phase_count,
        )

    @property
    def _measurements(self) -> tuple[Reading | None, ...]:
        """Return what is measured of its car, by a sensor that was picked, or its own."""
        if self._measured is not None and self._measured.reading is not None:
            return (self._measured.reading,)
        return self.driver.measured_a

    @property
    def measured_entity_ids(self) -> tuple[str, ...]:
        """Return the entities that measure what its car draws."""
        if self._measured is not None and self._measured.reading is not None:
            return (self._measured.entity_id,)
        return self.driver.measured_entity_ids

    def _shown_since(self) -> Reading | None:
        """Return the limit that the charger shows, A, and since when."""
        shown_a = self.driver.shown_a if self.driver.available else None
        if shown_a is None or not isfinite(shown_a):
            self._shown = None
        elif self._shown is None or self._shown.value != shown_a:
            self._shown = Reading(shown_a, self._now_s())
        return self._shown

    def set_by_anyone_a(self, remembered_a: float | None) -> float | None:
        """Return its set-point, whatever set it, A; None if unknown.

        remembered_a is what we set last, A.
        """
        reported_a = self.driver.reported_a
        if reported_a is not None and isfinite(reported_a):
            return max(reported_a, 0.0)
        return remembered_a or None

    @callback
    def take_bearings(self) -> None:
        """Bring the charger down to where it is taken to be, if it is above."""
        if (memory := self._memory) is None or self.unheard:
            return
        reported_a = self.driver.reported_a
        above = reported_a is not None and reported_a > self.resumed_a
        if above or (memory.pending and self.resumed_a <= memory.set_a):
            self.sender.wish(self.resumed_a)

    @callback
    def hear_late(self, *, last_chance: bool) -> bool:
        """Hear what it has; return whether it took what was on its way."""
        if not self.unheard or (self._seen_set_a is None and not last_chance):
            return False
        self.unheard = False
        self.send_due = True
        before_a, self.resumed_a = self.resumed_a, self._bearing_a()
        return self.resumed_a > before_a

    @callback
    def settle(self) -> None:
        """Stop waiting for its present limit: the next command is below that."""
        self.unheard = False

    def _may_stand_higher(self) -> bool:
        memory = self._memory
        if memory is None or memory.highest_a <= min(memory.set_a, self._failsafe_a):
            return False
        return bool(self.driver.entity_ids) and self._seen_set_a is None

    def memory(self, set_a: float, session: Session) -> Memory:
        """Return what to remember of it while it is set to a current, A."""
        wished_a = set_a
        if self.unheard and self._memory is not None:
            wished_a = self._memory.highest_a
        lowest_a = self.sender.lowest_a(set_a)
        return Memory.of(lowest_a, wished_a, self.pending, session)

    async def async_leave_at(self, current_a: float) -> None:
        """Leave the charger at a current, A, and take no more wishes."""
        if not await self.sender.async_leave_at(current_a, LEAVE_TIMEOUT_S):
            _LOGGER.warning("%s could not be left at %g A", self.name, current_a)

    @property
    def _reported_set_a(self) -> float | None:
        """Return the set-point that the charger shows now, A."""
        return self.driver.reported_a if self.driver.available else None

    @property
    def _failsafe_a(self) -> float:
        """Return what it goes to by itself once its lease is over, A."""
        fallback = self.driver.fallback
        if fallback is None or fallback.after_s is None or fallback.current_a is None:
            return inf
        return max(fallback.current_a, 0.0)

    @property
    def _seen_set_a(self) -> float | None:
        """Return where it was seen to stand since the start, A; None while it was not.

        One whose lease may have ended meanwhile may show what it was told last, or what
        it could give: what its car draws shows what it has, and no less than its failsafe
        current.
        """
        shown_a = self._reported_set_a
        if (failsafe_a := self._failsafe_a) == inf:
            return shown_a
        drawn_a = self._drawn_a
        if drawn_a is None or self._memory is None:
            return None
        highest_a = self._memory.highest_a
        # What a car draws of its limit may be a little less than that.
        if drawn_a < highest_a - DRAWN_TOLERANCE_A:
            highest_a = max(float(floor(drawn_a)), failsafe_a)
        return highest_a if shown_a is None else min(shown_a, highest_a)

    @property
    def _drawn_a(self) -> float | None:
        """Return what its car was measured to draw since the start, A."""
        if not self.driver.available:
            return None
        since_s = self._began_s
        if self._measured is None or self._measured.reading is None:
            since_s = max(since_s, self.driver.measured_from_s)
        rows = self._measurements
        told = [
            row.value
            for row in rows
            if row is not None and row.problem is None and row.time_s > since_s
        ]
        return max(told) if rows and len(told) == len(rows) else None

    def _bearing_a(self) -> float:
        if self._memory is None:
            return 0.0
        if (set_a := self._seen_set_a) is None:
            return min(self._memory.set_a, self._failsafe_a)
        # Whoever lowered it meanwhile had a reason; a raise waits for the meter.
        return min(self._memory.highest_a, max(0.0, set_a))
