"""Switches a charger between one phase and all, by an entity that its owner names."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.number import ATTR_VALUE, DOMAIN as NUMBER_DOMAIN
from homeassistant.components.number.const import SERVICE_SET_VALUE
from homeassistant.components.select import ATTR_OPTION
from homeassistant.const import (
    ATTR_ENTITY_ID,
    SERVICE_SELECT_OPTION,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_ON,
)
from homeassistant.core import (
    Context,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
    split_entity_id,
)
from homeassistant.helpers.event import async_track_state_change_event

from .driver import CommandError, command

SWITCH_TIMEOUT_S: Final = 30.0
"""A charger that does not show its phases by then is asked again, s."""
SWITCH_ACTION: Final = "switch phases"


class PhaseSwitch:
    """Holds the entity that shows, and sets, on how many phases a charger charges."""

    def __init__(
        self, hass: HomeAssistant, entity_id: str, count_of: Mapping[str, int]
    ) -> None:
        """Take the entity, and the number of phases that each of its states means."""
        self._hass = hass
        self.entity_id = entity_id
        self._count_of = {_plain(state): count for state, count in count_of.items()}

    @property
    def count(self) -> int | None:
        """Return on how many phases the charger is set to charge, if it shows that."""
        state = self._hass.states.get(self.entity_id)
        return None if state is None else self._count_of.get(_plain(state.state))

    async def async_set(self, count: int) -> None:
        """Switch, and wait until the entity shows it.

        Raises:
            CommandError: when it does not show that.
        """
        if self.count == count:
            return
        wanted = next(
            (state for state, meant in self._count_of.items() if meant == count), None
        )
        if wanted is None:
            reason = f"no state of it means {count} phases"
            raise CommandError(SWITCH_ACTION, reason, entity_id=self.entity_id)
        shown = asyncio.Event()

        @callback
        def _look(_event: Event[EventStateChangedData]) -> None:
            if self.count == count:
                shown.set()

        stop = async_track_state_change_event(self._hass, [self.entity_id], _look)
        try:
            async with command(SWITCH_ACTION, self.entity_id, SWITCH_TIMEOUT_S):
                await self._async_call(wanted)
                if self.count != count:
                    await shown.wait()
        finally:
            stop()

    async def _async_call(self, wanted: str) -> None:
        domain = split_entity_id(self.entity_id)[0]
        data: dict[str, Any] = {ATTR_ENTITY_ID: self.entity_id}
        if domain == NUMBER_DOMAIN:
            service = SERVICE_SET_VALUE
            data[ATTR_VALUE] = float(wanted)
        elif domain.endswith("select"):
            service = SERVICE_SELECT_OPTION
            data[ATTR_OPTION] = wanted
        else:
            service = SERVICE_TURN_ON if wanted == STATE_ON else SERVICE_TURN_OFF
        await self._hass.services.async_call(
            domain, service, data, blocking=True, context=Context()
        )


def _plain(state: str) -> str:
    """Return a state as it is shown: a number's may be 3.0, and 3 is what people type."""
    return state.removesuffix(".0")
