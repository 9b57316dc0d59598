"""Calls of the `ocpp` integration for one connector, one at a time for its station."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from homeassistant.const import (
    ATTR_ENTITY_ID,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    Platform,
)
from homeassistant.core import HomeAssistant

from .driver import CommandError, command
from .ocpp_link import Link
from .ocpp_station import OCPP, STATUS, Connector, line_of

SET_CHARGE_RATE: Final = "set_charge_rate"
CLEAR_PROFILE: Final = "clear_profile"
TRIGGER_MESSAGE: Final = "trigger_custom_message"

CALL_TIMEOUT_S: Final = 12.0
"""How long a call may take, s: the integration waits 10 s for an answer, and calls it a
success where none came. Some charge points do what they are told all the same, later."""


class Calls:
    """Reaches one connector, and only while its own charger is there."""

    def __init__(
        self,
        hass: HomeAssistant,
        connector: Connector,
        link: Link,
        is_available: Callable[[], bool],
    ) -> None:
        """Take the connector, its link, and what tells whether it is connected."""
        self._hass = hass
        self._connector = connector
        self._link = link
        self._is_available = is_available
        self.line = line_of(hass, connector.cpid)

    @property
    def is_free(self) -> bool:
        """Return whether the charger is there and no call waits for it."""
        return self._is_available() and not self.line.locked()

    async def async_set(self, profile: dict[str, Any]) -> None:
        """Send a charging profile.

        Raises:
            CommandError: when the charger is away, or its integration says so.
        """
        self._go_first()
        await self._async_call(
            OCPP,
            SET_CHARGE_RATE,
            {
                "devid": self._connector.cpid,
                "conn_id": self._connector.number,
                "custom_profile": profile,
            },
        )

    async def async_clear(self) -> None:
        """Clear all profiles of the station.

        Raises:
            CommandError: as above.
        """
        await self._async_call(OCPP, CLEAR_PROFILE, {"devid": self._connector.cpid})
        self.line.clears += 1

    async def async_ask_for_values(self) -> None:
        """Ask for what is measured.

        Raises:
            CommandError: as above.
        """
        async with self._asking():
            await self._async_call(
                OCPP,
                TRIGGER_MESSAGE,
                {"devid": self._connector.cpid, "requested_message": "MeterValues"},
            )

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """Let a command cut a question short, of which only one is on its way.

        Raises:
            CommandError: when one did, or the station has another call to answer.
        """
        if self.line.locked():
            raise CommandError(TRIGGER_MESSAGE, "another call is on its way")
        try:
            async with asyncio.timeout(None) as self.line.question:
                yield
        except TimeoutError as error:
            raise CommandError(TRIGGER_MESSAGE, "a command goes first") from error
        finally:
            self.line.question = None

    def _go_first(self) -> None:
        question = self.line.question
        if question is not None and not question.expired():
            question.reschedule(0.0)

    async def async_begin(self) -> None:
        """Begin a charge from afar.

        Raises:
            CommandError: as above; a refusal does not show.
        """
        await self._async_switch(SERVICE_TURN_ON)

    async def async_end(self) -> None:
        """End the charge.

        Raises:
            CommandError: as above; a refusal does not show.
        """
        await self._async_switch(SERVICE_TURN_OFF)

    async def _async_switch(self, service: str) -> None:
        if (entity_id := self._connector.charge_control) is not None:
            self._go_first()
            data = {ATTR_ENTITY_ID: entity_id}
            await self._async_call(Platform.SWITCH, service, data)

    async def _async_call(
        self, domain: str, service: str, data: dict[str, Any]
    ) -> None:
        entity_id = self._connector.entities.get(STATUS)
        # The time in the line is others': each of them is bounded.
        async with self.line, command(service, entity_id, CALL_TIMEOUT_S):
            if not self._is_available():
                raise CommandError(service, "the charger is away", entity_id=entity_id)
            async with self._link.until_it_breaks(service):
                await self._hass.services.async_call(
                    domain, service, data, blocking=True
                )
