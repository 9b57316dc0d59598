"""When to decide next: at once for what happened, later for what time alone brings."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .clock import Clock

# The engine's next look is never closer than this, s on the wall.
SHORTEST_LOOK_S: Final = 0.05


@dataclass(slots=True)
class Timing:
    """How long decisions took, with their commands on the way, s."""

    decisions: int = 0
    sum_s: float = 0.0
    worst_s: float = 0.0
    worst_wait_s: float = 0.0
    """The longest time from a reason to decide until its decision began."""

    def add(self, wait_s: float, took_s: float) -> None:
        """Count one more decision."""
        self.decisions += 1
        self.sum_s += took_s
        self.worst_s = max(self.worst_s, took_s)
        self.worst_wait_s = max(self.worst_wait_s, wait_s)

    def document(self) -> dict[str, float]:
        """Return them for a diagnostics download, in ms."""
        mean_s = self.sum_s / self.decisions if self.decisions else 0.0
        return {
            "decisions": self.decisions,
            "mean_ms": round(1000 * mean_s, 3),
            "worst_ms": round(1000 * self.worst_s, 3),
            "worst_wait_ms": round(1000 * self.worst_wait_s, 3),
        }


class Agenda:
    """Calls for one decision, however many reasons there are."""

    def __init__(
        self, hass: HomeAssistant, clock: Clock, decide: Callable[[], None]
    ) -> None:
        """Take what decides; nothing is called for before `start`."""
        self._hass = hass
        self._clock = clock
        self._decide = decide
        self._due: asyncio.Handle | None = None
        self._cancel_look: CALLBACK_TYPE | None = None
        self._asked_s = 0.0
        self.timing = Timing()
        self.running = False

    def stop(self) -> None:
        """Call for nothing any more."""
        self.running = False
        if self._cancel_look is not None:
            self._cancel_look()
        if self._due is not None:
            self._due.cancel()

    @callback
    def request(self) -> None:
        """Decide once this turn of the loop has told all that it has to tell."""
        if self.running and self._due is None:
            self._asked_s = perf_counter()
            self._due = self._hass.loop.call_soon(self._async_due)

    def look_at(self, look_s: float | None, now_s: float) -> None:
        """Decide at a time of the site, s, unless something happens before."""
        if self._cancel_look is not None:
            self._cancel_look()
            self._cancel_look = None
        if look_s is None:
            return
        delay_s = self._clock.wall_delay_s(look_s - now_s)
        self._cancel_look = async_call_later(
            self._hass,
            max(SHORTEST_LOOK_S, delay_s),
            HassJob(self._async_look, cancel_on_shutdown=True),
        )

    @callback
    def _async_due(self) -> None:
        self._due = None
        began_s = perf_counter()
        self._decide()
        self.timing.add(began_s - self._asked_s, perf_counter() - began_s)

    @callback
    def _async_look(self, _now: datetime) -> None:
        self._cancel_look = None
        self.request()
