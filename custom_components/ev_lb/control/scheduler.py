"""When to decide next: at once for what happened, later for what time alone brings."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter, thread_time
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .clock import Clock

# The engine's next look is never closer than this, s on the wall.
SHORTEST_LOOK_S: Final = 0.05
LONGEST_SLEEP_S: Final = 30.0
"""So often the clock is read, s on the wall: a timer does not run while the host sleeps."""
TURN_S: Final = 0.002
"""After this much work all else has its turn of the loop, s of the processor."""

TASK: Final = "ev_lb decision"


@dataclass(slots=True)
class Timing:
    """How long decisions took, with their commands on the way, s of the processor."""

    decisions: int = 0
    sum_s: float = 0.0
    worst_s: float = 0.0
    worst_turn_s: float = 0.0
    """The longest part of one that held the loop."""
    worst_wait_s: float = 0.0
    """The longest time from a reason to decide until its decision began, s on the wall."""

    def begin(self, wait_s: float) -> None:
        """Count one more decision."""
        self.decisions += 1
        self.worst_wait_s = max(self.worst_wait_s, wait_s)

    def add_turn(self, turn_s: float, took_s: float) -> None:
        """Add a turn of the loop to a decision that took so long in all."""
        self.sum_s += turn_s
        self.worst_turn_s = max(self.worst_turn_s, turn_s)
        self.worst_s = max(self.worst_s, took_s)

    def document(self) -> dict[str, float]:
        """Return them for a diagnostics download, in ms."""
        mean_s = self.sum_s / self.decisions if self.decisions else 0.0
        return {
            "decisions": self.decisions,
            "mean_ms": round(1000 * mean_s, 3),
            "worst_ms": round(1000 * self.worst_s, 3),
            "worst_turn_ms": round(1000 * self.worst_turn_s, 3),
            "worst_wait_ms": round(1000 * self.worst_wait_s, 3),
        }


class Agenda:
    """Calls for one decision, however many reasons there are.

    What follows from a decision is spread over turns of the loop, and the next one
    waits for it.
    """

    def __init__(
        self, hass: HomeAssistant, clock: Clock, decide: Callable[[], Iterator[None]]
    ) -> None:
        """Take what decides, in steps; nothing is called for before `start`."""
        self._hass = hass
        self._clock = clock
        self._decide = decide
        self._working = False
        self._steps: Iterator[None] | None = None
        self._took_s = 0.0
        self._cancel_look: CALLBACK_TYPE | None = None
        self._asked_s: float | None = None
        self.timing = Timing()
        self.running = False

    @callback
    def start(self) -> None:
        """Decide now, and from now on whenever it is called for."""
        self.running = True
        self._begin(perf_counter())
        self._work_on()

    def stop(self) -> None:
        """Call for nothing any more."""
        self.running = False
        self._asked_s = None
        self.drop()
        if self._cancel_look is not None:
            self._cancel_look()

    @callback
    def request(self) -> None:
        """Decide at the end of this turn of the loop, after all of its reports."""
        if self.running and self._asked_s is None:
            self._asked_s = perf_counter()
            self._work_on()

    @callback
    def drop(self) -> None:
        """Let go of what is left to do of the last decision."""
        self._steps = None

    def look_at(self, look_s: float | None, now_s: float) -> None:
        """Decide at a time of the site, s, unless something happens before."""
        if self._cancel_look is not None:
            self._cancel_look()
            self._cancel_look = None
        if look_s is None:
            return
        # What is decided by the time of the day counts with the local time of now.
        soon_s = min(look_s, now_s + LONGEST_SLEEP_S * self._clock.speed)
        look_s = self._clock.offset_change_s(now_s, soon_s) or look_s
        delay_s = self._clock.wall_delay_s(look_s - now_s)

        @callback
        def wake(_now: datetime) -> None:
            self._cancel_look = None
            if delay_s > LONGEST_SLEEP_S and (now_s := self._clock.now_s()) < look_s:
                self.look_at(look_s, now_s)
            else:
                self.request()

        self._cancel_look = async_call_later(
            self._hass,
            min(max(SHORTEST_LOOK_S, delay_s), LONGEST_SLEEP_S),
            HassJob(wake, cancel_on_shutdown=True),
        )

    @property
    def _is_idle(self) -> bool:
        return self._steps is None and self._asked_s is None

    def _work_on(self) -> None:
        if not self._working and not self._is_idle:
            self._working = True
            self._hass.async_create_task(self._async_work(), TASK, eager_start=False)

    async def _async_work(self) -> None:
        """Take all steps of the last decision, then make the next one."""
        try:
            while not self._is_idle:
                if self._steps is not None:
                    self._go_on()
                elif (asked_s := self._asked_s) is not None:
                    self._begin(asked_s)
                if not self._is_idle:
                    await asyncio.sleep(0)
        finally:
            self._working = False
            # The next decision comes, whatever was wrong with this one.
            self._work_on()

    def _begin(self, asked_s: float) -> None:
        self._asked_s = None
        self.timing.begin(perf_counter() - asked_s)
        self._took_s = 0.0
        self._steps = self._decide()
        self._go_on()

    def _go_on(self) -> None:
        """Take steps for as long as one turn of the loop may take."""
        began_s = thread_time()
        try:
            while self._steps is not None and thread_time() - began_s < TURN_S:
                next(self._steps)
        except StopIteration:
            self.drop()
        except Exception:
            self.drop()
            raise
        finally:
            turn_s = thread_time() - began_s
            self._took_s += turn_s
            self.timing.add_turn(turn_s, self._took_s)
