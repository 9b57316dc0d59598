"""Brings one charger's newest wish to it, however often that fails."""

import asyncio
from collections.abc import Callable
from datetime import datetime
import logging
from typing import Final, NamedTuple

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from custom_components.ev_lb.engine.model import Reading

from .driver import ChargerDriver, CommandError
from .phase_switch import PhaseSwitch

_LOGGER = logging.getLogger(__name__)

LONGEST_RETRY_S: Final = 60.0


class Wish(NamedTuple):
    """What a charger is to do."""

    current_a: float
    phase_count: int | None
    """On how many phases; None where it cannot switch."""


class Taken(NamedTuple):
    """What a charger made of a command."""

    asked_a: float
    accepted: Reading


def retry_delay_s(failures: int, shortest_s: float) -> float:
    """Return how long to wait after so many failures in a row, s."""
    # The exponent is bounded: a charger may be away for weeks.
    return min(LONGEST_RETRY_S, shortest_s * 2.0 ** min(failures - 1, 10))


class Sender:
    """Keeps one charger at the newest wish: one call in flight, retried for ever.

    It works by level: a wish stands until the charger took it or a newer one
    replaced it. Wishing the same again neither drops nor delays it.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        driver: ChargerDriver,
        *,
        name: str,
        now_s: Callable[[], float],
        wall_delay_s: Callable[[float], float],
        on_success: Callable[[], None],
        on_failure: Callable[[CommandError, int], None],
        assumed_a: float | None,
        phase_switch: PhaseSwitch | None = None,
    ) -> None:
        """Take the driver, the clock, and the callbacks.

        on_failure is given the error and how many there were in a row. assumed_a
        is what the charger probably has from before, A.
        """
        self._hass = hass
        self._driver = driver
        self._phase_switch = phase_switch
        self._name = name
        self._now_s = now_s
        self._wall_delay_s = wall_delay_s
        self._on_success = on_success
        self._on_failure = on_failure
        self._previous_a = assumed_a
        self._taken_a = assumed_a or 0.0
        self._wish: Wish | None = None
        self._pending = False
        self._failures = 0
        self._task: asyncio.Task[None] | None = None
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._proving: asyncio.Task[None] | None = None
        self._running = False
        self._reset_due = False
        self._forgot = False
        self._closed = False
        self.accepted: Reading | None = None
        """The set-point that the charger last took, A, and when; None for unknown."""
        self.asked_a: float | None = None
        """What it was asked for when it took that, A."""

    @property
    def pending(self) -> bool:
        """Return whether the charger has not taken the newest wish yet."""
        return self._pending

    def lowest_a(self, set_a: float) -> float:
        """Return the lower of a set-point and what holds while it is pending, A."""
        return min(set_a, self._taken_a) if self._pending else set_a

    @callback
    def wish(self, current_a: float, phase_count: int | None = None) -> None:
        """Ask for a current, A; the call starts in this turn unless one is in flight.

        On so many phases, where the charger can switch them.
        """
        if self._closed:
            return
        proving = self._proving is not None and not self._proving.done()
        wish = Wish(current_a, phase_count)
        if self._pending and wish == self._wish and not proving:
            return
        # What is sent again, such as a lease that would end, is proven anew.
        self._stop_proving()
        self._wish = wish
        self._pending = True
        self._stop_waiting()
        self._start()

    @callback
    def reset(self) -> None:
        """Clear what others left in the charger before the next command."""
        self._reset_due = True
        self.forget()

    @callback
    def forget(self) -> None:
        """Note that the charger was away: what it has now is unknown.

        A wish that waits for its next try is tried at once, and so is one that is on
        its way, should it fail.
        """
        self.accepted = None
        self._previous_a = None
        self._forgot = True
        if self._cancel_retry is not None:
            self._stop_waiting()
            self._start()

    @callback
    def give_up(self) -> None:
        """Wish nothing any more; what is in flight ends by itself."""
        self._wish = None
        self._pending = False
        self._stop_waiting()
        self._stop_proving()

    async def async_close(self) -> None:
        """Take no more wishes, give up the ones that wait, and end the call in flight."""
        self._closed = True
        self._stop_waiting()
        self._stop_proving()
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def async_leave_at(self, current_a: float, timeout_s: float) -> bool:
        """Leave the charger at a current, A, and close; return whether it took it.

        What is in flight is cut off. It is tried until timeout_s is over.
        """
        await self.async_close()
        self._pending = True
        failures = 0
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    try:
                        taken = await self._async_call(Wish(current_a, None))
                        await self._driver.async_confirm(taken.accepted.value)
                    except CommandError as error:
                        failures += 1
                        _LOGGER.warning("%s: %s", self._name, error)
                        await asyncio.sleep(self._retry_delay_s(failures))
                    else:
                        self._take(taken)
                        self._pending = False
                        return True
        except TimeoutError:
            return False

    def _start(self) -> None:
        if not self._running:
            self._running = True
            self._task = self._hass.async_create_task(
                self._async_run(), f"{self._name} set current", eager_start=True
            )

    def _stop_waiting(self) -> None:
        if self._cancel_retry is not None:
            self._cancel_retry()
            self._cancel_retry = None

    def _stop_proving(self) -> None:
        if self._proving is not None:
            self._proving.cancel()
            self._proving = None

    async def _async_run(self) -> None:
        try:
            while self._pending and not self._closed:
                wish = self._wish
                if wish is None or not await self._async_try(wish):
                    break
        finally:
            self._running = False

    async def _async_try(self, wish: Wish) -> bool:
        """Make one call; return whether to go on with what was wished meanwhile."""
        self._forgot = False
        try:
            taken = await self._async_call(wish)
        except CommandError as error:
            self._fail(error, wish)
            if self._forgot:
                self._stop_waiting()
            return self._forgot or self._wish != wish
        # Nobody waits for the proof: a newer wish must not, and it may take a while.
        proving = self._hass.async_create_background_task(
            self._async_prove(wish, taken),
            f"{self._name} confirm current",
            eager_start=True,
        )
        if proving.done():
            return self._pending and self._cancel_retry is None
        if self._wish != wish:
            proving.cancel()
            return True
        self._proving = proving
        return False

    async def _async_prove(self, wish: Wish, taken: Taken) -> None:
        """Wait until the charger shows that it keeps to its last command."""
        try:
            await self._driver.async_confirm(taken.accepted.value)
        except CommandError as error:
            self._fail(error, wish)
            return
        self._take(taken)
        self._failures = 0
        if self._wish == wish:
            self._pending = False
        self._on_success()

    def _fail(self, error: CommandError, wish: Wish) -> None:
        """Try again later, unless there is a newer wish by now."""
        self._failures += 1
        _LOGGER.debug("%s: try %d: %s", self._name, self._failures, error)
        self._on_failure(error, self._failures)
        if self._wish == wish:
            self._wait()

    async def _async_call(self, wish: Wish) -> Taken:
        """Command the charger; return what it took, and when.

        Raises:
            CommandError: when it did not take it, or may not have.
        """
        if self._reset_due:
            await self._driver.async_reset()
            self._reset_due = False
        current_a = wish.current_a
        if current_a > 0 and self._taken_a <= 0 and await self._async_switch(wish):
            # That took its time: what was wished meanwhile may be less.
            newest = self._wish or wish
            current_a = min(current_a, newest.current_a)
        previous_a = self._previous_a
        if current_a <= 0:
            # Should it fail: nobody knows whether the charger stopped all the same.
            self._previous_a = None
        self._previous_a = await self._driver.async_set_current(current_a, previous_a)
        if current_a <= 0:
            await self._async_switch(wish)
        return Taken(current_a, Reading(self._previous_a, self._now_s()))

    async def _async_switch(self, wish: Wish) -> bool:
        """Switch the stopped charger to the phases it is to charge on, where it can.

        Raises:
            CommandError: when it does not show that. It must not start then: on
                phases that nobody looks at it would overload them.
        """
        if self._phase_switch is None or wish.phase_count is None:
            return False
        await self._phase_switch.async_set(wish.phase_count)
        return True

    def _retry_delay_s(self, failures: int) -> float:
        return retry_delay_s(failures, self._driver.shortest_retry_s)

    def _take(self, taken: Taken) -> None:
        self.asked_a, self.accepted = taken
        self._taken_a = taken.accepted.value

    def _wait(self) -> None:
        self._cancel_retry = async_call_later(
            self._hass,
            self._wall_delay_s(self._retry_delay_s(self._failures)),
            self._async_retry,
        )

    @callback
    def _async_retry(self, _now: datetime) -> None:
        self._cancel_retry = None
        self._start()
