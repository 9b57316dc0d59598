"""One charger as the controller sees it: what it says, and how to command it."""

from collections.abc import Callable
import logging
from math import isfinite
from typing import Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, State, callback

from .chargers.driver import CommandError
from .chargers.sender import Sender
from .clock import Clock
from .engine.model import ChargerReading, ChargerStatus
from .hardware import build_driver, build_measured, build_status
from .store import Memory

_LOGGER = logging.getLogger(__name__)

LEAVE_TIMEOUT_S: Final = 10.0


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
        self._was_available = self.driver.available
        self.send_due = False
        """Whether the set-point is to be sent at the next chance, changed or not:
        what a charger that was away has now is not known."""
        self.resumed_a = self._bearing_a(memory)
        """Where it is taken to be at the start, A."""
        self.sender = Sender(
            hass,
            self.driver,
            name=subentry.title,
            now_s=clock.now_s,
            wall_delay_s=clock.wall_delay_s,
            on_success=lambda: on_success(subentry.subentry_id),
            on_failure=lambda error, failures: on_failure(
                subentry.subentry_id, error, failures
            ),
            assumed_a=None if memory is None else self.resumed_a,
        )

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """Return the entities it listens to."""
        sensors = (self._measured, self._status)
        return (
            *self.driver.entity_ids,
            *(sensor.entity_id for sensor in sensors if sensor is not None),
        )

    @property
    def status(self) -> ChargerStatus | None:
        """Return what its status sensor, or its driver, heard last."""
        return self.driver.status if self._status is None else self._status.status

    @callback
    def observe(self, entity_id: str, state: State | None, time_s: float) -> None:
        """Take what one of its entities reported at that time."""
        if self._measured is not None and self._measured.entity_id == entity_id:
            self._measured.observe(state, time_s)
        if self._status is not None and self._status.entity_id == entity_id:
            self._status.observe(state)
        if self.driver.observe(entity_id, state, time_s):
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
        measured_a = self.driver.measured_a
        if self._measured is not None and self._measured.reading is not None:
            measured_a = (self._measured.reading,)
        return ChargerReading(
            charger_id=self.charger_id,
            available=self.driver.available,
            status=self.status,
            measured_a=measured_a,
            accepted=self.sender.accepted,
        )

    def stands_a(self, remembered_a: float | None) -> float | None:
        """Return what it is set to by whoever sets it, A; None when nothing tells.

        remembered_a is what we set last, A.
        """
        reported_a = self.driver.reported_a
        if reported_a is not None and isfinite(reported_a):
            return max(reported_a, 0.0)
        return remembered_a or None

    @callback
    def take_bearings(self, memory: Memory | None) -> None:
        """Bring the charger down to where it is taken to be, if it is above."""
        if memory is None:
            return
        reported_a = self.driver.reported_a
        above = reported_a is not None and reported_a > self.resumed_a
        if above or memory.pending:
            self.sender.wish(self.resumed_a)

    async def async_leave_at(self, current_a: float) -> None:
        """Leave the charger at a current, A, and take no more wishes."""
        if not await self.sender.async_leave_at(current_a, LEAVE_TIMEOUT_S):
            _LOGGER.warning("%s could not be left at %g A", self.name, current_a)

    def _bearing_a(self, memory: Memory | None) -> float:
        if memory is None:
            return 0.0
        # Whoever lowered it meanwhile had a reason; a raise waits for the meter.
        reported_a = self.driver.reported_a
        if reported_a is None or not self.driver.available:
            return memory.set_a
        return min(memory.set_a, max(0.0, reported_a))
