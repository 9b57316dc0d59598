"""Asks a charge point for what is measured, as often as that matters."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from math import inf
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant
from homeassistant.helpers.event import async_track_time_interval

from .driver import CommandError
from .ocpp_calls import Calls

METER_PERIOD_S: Final = 10.0
"""How often a car that charges is measured, whatever the charger's own interval."""
ASK_AGAIN_S: Final = 2.5
"""The same while a command is not proven yet, or the car does not keep to it yet."""
# A timer may fire a little early; what it waits for is over then.
SHORTEST_WAIT_S: Final = 0.01


class Values:
    """Has a car measured for as long as it may draw."""

    def __init__(
        self,
        hass: HomeAssistant,
        name: str,
        calls: Calls,
        now_s: Callable[[], float],
        is_following: Callable[[], bool],
    ) -> None:
        """Take how to ask, and what tells whether the car is on its way to a limit."""
        self._hass = hass
        self._name = name
        self._calls = calls
        self._now_s = now_s
        self._is_following = is_following
        self.asked_s = -inf
        """When it was asked last, s."""
        self.first_asked_s = inf
        self._stop: CALLBACK_TYPE | None = None

    def keep_asking(self, *, may_draw: bool) -> None:
        """Ask again and again while a car may draw, and else no more."""
        if may_draw and self._stop is None:
            self._stop = async_track_time_interval(
                self._hass,
                self._async_tick,
                timedelta(seconds=ASK_AGAIN_S),
                name=f"{self._name} meter values",
                cancel_on_shutdown=True,
            )
        elif not may_draw and self._stop is not None:
            self._stop()
            self._stop = None

    async def async_ask(self) -> None:
        """Ask now; a charger that cannot be asked reports in its time."""
        self.asked_s = self._now_s()
        self.first_asked_s = min(self.first_asked_s, self.asked_s)
        with suppress(CommandError):
            await self._calls.async_ask_for_values()

    async def _async_tick(self, _now: datetime) -> None:
        period_s = ASK_AGAIN_S if self._is_following() else METER_PERIOD_S
        due = self._now_s() >= self.asked_s + period_s - SHORTEST_WAIT_S
        # A command must not wait behind a question.
        if due and self._calls.is_free:
            await self.async_ask()
