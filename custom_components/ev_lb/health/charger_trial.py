"""Tries a charger: lowers and raises its limit, and reads what meter and car make of it.

Only the limit that is set by hand is used. The engine balances on, so a test never
raises a car above what it may have anyway, and a cut for the fuse goes before it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.engine.model import Charger

from .pairing import STEP_A, drawn_a
from .reaction import Trial, TrialResult

REST_S: Final = 90.0
"""How long a car may take to become steady before the test, s."""
CUT_S: Final = 120.0
"""How long a cut may take to show, s."""
RAISE_S: Final = 240.0
"""How long a raise may take to show, s: the engine holds it back for a while."""
CYCLES: Final = 4
"""How often it is tried at most."""
USUAL_STEPS: Final = 4


class TrialError(Exception):
    """Why a charger cannot be tried, by the key of its message."""


def charger_of(controller: Controller, charger_id: str) -> Charger:
    """Return a charger as it is set now; raise TrialError if it cannot be tried."""
    site = controller.site
    charger = next((row for row in site.chargers if row.charger_id == charger_id), None)
    decision = controller.decision
    if charger is None or decision is None or controller.shadow or not site.enabled:
        raise TrialError("test_not_controlled")
    if not decision.meter_ok:
        raise TrialError("test_meter_lost")
    return charger


class ChargerTrial:
    """One test of one charger."""

    def __init__(
        self,
        hass: HomeAssistant,
        controller: Controller,
        charger_id: str,
        progress: Callable[[float], None],
    ) -> None:
        """Take the charger, and the callback for the progress, from 0 to 1.

        Raises:
            TrialError: when the charger cannot be tried now.
        """
        self._hass = hass
        self._controller = controller
        self._charger = charger_of(controller, charger_id)
        self._progress = progress
        self._news = asyncio.Event()
        self._trial = Trial(controller.site, self._charger)
        if self._drawn_a() < self._charger.min_current_a + STEP_A:
            raise TrialError("test_draws_too_little")

    async def async_run(self) -> TrialResult:
        """Try the charger until enough steps agree, and leave it as it was.

        Raises:
            TrialError: when the car does not become steady, or stops charging.
        """
        charger_id = self._charger.charger_id
        former_a = self._controller.sessions.of(charger_id).limit_a
        # A test may settle a doubt: for it, the car may have again what it has now.
        back_a = self._controller.set_a(charger_id)
        if former_a is not None:
            back_a = min(back_a, former_a)
        tested = self._controller.findings.tested
        tested.add(charger_id)
        stop = self._controller.async_add_listener(self._news.set)
        try:
            if not await self._async_until(lambda: self._trial.resting, REST_S):
                raise TrialError("test_not_steady")
            for _ in range(CYCLES):
                await self._async_step(self._charger.min_current_a, CUT_S)
                await self._async_step(back_a, RAISE_S)
                if self._trial.decided:
                    break
        finally:
            stop()
            tested.discard(charger_id)
            self._controller.async_set_limit(charger_id, former_a)
        return self._trial.result()

    async def _async_step(self, limit_a: float | None, timeout_s: float) -> None:
        """Set a limit, and wait until meter and car have answered, or have not."""
        steps = self._trial.result().steps
        self._trial.begin()
        self._controller.async_set_limit(self._charger.charger_id, limit_a)
        await self._async_until(lambda: self._trial.result().steps > steps, timeout_s)
        self._progress(min(1.0, self._trial.result().steps / USUAL_STEPS))
        if self._drawn_a() <= 0:
            raise TrialError("test_car_stopped")

    async def _async_until(self, holds: Callable[[], bool], timeout_s: float) -> bool:
        """Look at each decision until something holds; return whether it came to it."""
        expired = False

        @callback
        def expire(_now: datetime) -> None:
            nonlocal expired
            expired = True
            self._news.set()

        delay_s = self._controller.clock.wall_delay_s(timeout_s)
        cancel = async_call_later(self._hass, delay_s, expire)
        try:
            while not (holds() or expired):
                await self._news.wait()
                self._news.clear()
                self._look()
        finally:
            cancel()
        return holds()

    @callback
    def _look(self) -> None:
        if (snapshot := self._controller.snapshot) is not None:
            self._trial.look(snapshot, self._controller.clock.now_s())

    def _drawn_a(self) -> float:
        """Return what the car draws now, A; nothing while that is not known."""
        snapshot = self._controller.snapshot
        rows = () if snapshot is None else snapshot.chargers
        return next(
            (
                drawn_a(row) or 0.0
                for row in rows
                if row.charger_id == self._charger.charger_id
            ),
            0.0,
        )
