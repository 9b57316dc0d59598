"""Whether a charge point is connected, as far as the `ocpp` integration tells.

After a lost connection its sensors keep their values. Its pings are shown each 20 s;
each message of the charge point writes all sensors anew, that of the last ping among
them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from math import inf
from typing import Final

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import State

from .driver import CommandError
from .ocpp_measured import number_of
from .ocpp_station import PONG, RECONNECTS

SILENT_LINK_S: Final = 60.0
"""Three pings of the integration, which shows each answer."""
LOST_PONG_MS: Final = 20_000.0
"""What the integration shows for a ping that was not answered."""
SAME_TURN_S: Final = 1.0
"""A message writes all sensors, one after the other, within this time."""
AWAY: Final = frozenset({STATE_UNAVAILABLE, STATE_UNKNOWN})


class Link:
    """Follows the connection of one charge point."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        """Take the site's clock."""
        self._now_s = now_s
        self._pong_s: float | None = None
        self._lost_s = self._message_s = -inf
        self._reconnects: float | None = None
        self._call: asyncio.Timeout | None = None

    @property
    def alive(self) -> bool:
        """Return whether it is connected, as far as that shows."""
        if self._pong_s is None:
            return True
        if self._now_s() - max(self._pong_s, self._message_s) > SILENT_LINK_S:
            return False
        # A message is later than the ping that was lost, which it shows once more.
        return self._message_s >= self._lost_s - SAME_TURN_S

    def observe(self, key: str, state: State | None, time_s: float) -> bool:
        """Take what a sensor reported; return whether the link was broken meanwhile."""
        if state is None or state.state in AWAY:
            return False
        if key == PONG:
            pong_ms = number_of(state)
            if pong_ms is not None:
                self._pong_s = time_s
                self._lost_s = time_s if pong_ms >= LOST_PONG_MS else -inf
            return False
        self._message_s = max(self._message_s, time_s)
        return key == RECONNECTS and self._notice_reconnect(number_of(state))

    @asynccontextmanager
    async def until_it_breaks(self, action: str) -> AsyncIterator[None]:
        """End a call as soon as the charge point has connected anew.

        Nobody answers any more what went out over the broken link.

        Raises:
            CommandError: when that happened.
        """
        try:
            async with asyncio.timeout(None) as self._call:
                yield
        except TimeoutError as error:
            if self._call is None or not self._call.expired():
                raise
            raise CommandError(action, "its connection broke meanwhile") from error
        finally:
            self._call = None

    def _notice_reconnect(self, count: float | None) -> bool:
        """Note a link that broke for so short that nothing else showed it."""
        if count is None or count == self._reconnects:
            return False
        known, self._reconnects = self._reconnects is not None, count
        if known and self._call is not None:
            self._call.reschedule(0.0)
        return known
