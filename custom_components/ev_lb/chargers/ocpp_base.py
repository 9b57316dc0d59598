"""The base of a charge point: what holds once nobody controls it any more.

Nothing shows that a charger has lost it, before it is needed.
"""

from collections.abc import Callable
from math import inf
from typing import Final

from .ocpp_calls import Calls
from .ocpp_profile import ProfileSettings, base_profile
from .ocpp_stop import HELD_A

BASE_AGAIN_S: Final = 270.0
"""How often the base is sent anew, s."""
DOUBTED_AFTER_S: Final = 60.0
"""A base that was sent less long ago is there, unless its charger has reconnected, s."""
LATE_CLEAR_S: Final = 10.0
"""By then a charger that was told to clear its profiles has done so, s."""


class Base:
    """Sends the base profile of one connector when that is due."""

    def __init__(
        self,
        settings: ProfileSettings,
        connector: int,
        calls: Calls,
        now_s: Callable[[], float],
    ) -> None:
        """Take what the base is, and the way to the charger; begin with one that is due."""
        self._settings = settings
        self._connector = connector
        self._calls = calls
        self._now_s = now_s
        self._due_s: float | None = 0.0
        self._sent_s = -inf

    async def async_send(self) -> None:
        """Send it where it is due.

        Raises:
            CommandError: when the charger is away, or its integration says so.
        """
        if not self._settings.leases or not self._is_due(self._now_s()):
            return
        base_a = self._settings.fallback_current_a
        if base_a <= 0:
            # Whoever refuses 0 A keeps this instead of nothing, which is all it can.
            await self._async_set(HELD_A)
        await self._async_set(base_a)
        self._due_s, self._sent_s = None, self._now_s()

    async def _async_set(self, current_a: float) -> None:
        profile = base_profile(self._settings, self._connector, current_a)
        await self._calls.async_set(profile)

    def doubt(self, now_s: float) -> None:
        """Note that the charger was away, if that is not known to be due anyway.

        A command that is tried again and again must not wait for it each time.
        """
        if self._due_s is None and now_s >= self._sent_s + DOUBTED_AFTER_S:
            self._due_s = 0.0

    def lose(self) -> None:
        """Note that the charger may not have it."""
        self._due_s = 0.0

    def clear_late(self, now_s: float) -> None:
        """Note that a charger may still clear what it has just been sent."""
        self._due_s = now_s + LATE_CLEAR_S

    def _is_due(self, now_s: float) -> bool:
        if self._due_s is None:
            return now_s >= self._sent_s + BASE_AGAIN_S
        return now_s >= self._due_s

    def needs_a_command(self, now_s: float) -> bool:
        """Return whether limit and base are to be sent now, as they may be cleared."""
        return self._due_s is not None and 0 < self._due_s <= now_s
