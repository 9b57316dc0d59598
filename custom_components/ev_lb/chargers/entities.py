"""Drives a charger through a number entity and, where it has one, a switch."""

from math import floor
from typing import Final, override

from homeassistant.components.number import (
    ATTR_MAX,
    ATTR_MIN,
    ATTR_STEP,
    ATTR_VALUE,
)
from homeassistant.components.number.const import SERVICE_SET_VALUE
from homeassistant.const import (
    ATTR_ENTITY_ID,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_OFF,
    STATE_UNAVAILABLE,
    Platform,
)
from homeassistant.core import Context, HomeAssistant, State

from .driver import ChargerDriver, CommandError, command

CALL_TIMEOUT_S: Final = 10.0
# A step such as 0.1 has no exact binary form: 16 is 159.99… of them.
ABSENT: Final = "the entity is not there"
STEP_TOLERANCE: Final = 1e-6


def on_step(current_a: float, minimum_a: float, step_a: float) -> float:
    """Return the highest value of a number's steps that is not above a current, A."""
    if step_a <= 0:
        return current_a
    steps = floor((current_a - minimum_a) / step_a + STEP_TOLERANCE)
    return round(minimum_a + steps * step_a, 6)


def attribute(state: State, name: str, default: float) -> float:
    """Return a number from a state's attributes."""
    try:
        return float(state.attributes.get(name, default))
    except TypeError, ValueError:
        return default


class EntitiesDriver(ChargerDriver):
    """Writes set-points to a number, and stops and starts with a switch."""

    def __init__(
        self, hass: HomeAssistant, current_entity: str, switch_entity: str | None
    ) -> None:
        """Take the number that limits the charger, A, and the switch that runs it."""
        self._hass = hass
        self._current_entity = current_entity
        self._switch_entity = switch_entity

    @property
    @override
    def entity_ids(self) -> tuple[str, ...]:
        """Return the number and the switch."""
        if self._switch_entity is None:
            return (self._current_entity,)
        return (self._current_entity, self._switch_entity)

    @property
    @override
    def available(self) -> bool:
        """Return whether both entities are there."""
        return all(self._is_there(entity_id) for entity_id in self.entity_ids)

    @property
    @override
    def can_stop(self) -> bool:
        """Return whether 0 A can be asked of it; True while that is not known."""
        if self._switch_entity is not None:
            return True
        state = self._hass.states.get(self._current_entity)
        return state is None or attribute(state, ATTR_MIN, 0.0) <= 0

    @property
    @override
    def reported_a(self) -> float | None:
        """Return the number's value, or 0 A while the switch is off."""
        if self._switch_entity is not None:
            switch = self._hass.states.get(self._switch_entity)
            if switch is not None and switch.state == STATE_OFF:
                return 0.0
        state = self._hass.states.get(self._current_entity)
        try:
            return None if state is None else float(state.state)
        except ValueError:
            return None

    @override
    async def async_set_current(
        self, current_a: float, previous_a: float | None
    ) -> float:
        """Write the number, rounded down to its step; switch at 0 A and from 0 A.

        Raises:
            CommandError: when a service fails, or when 0 A is beyond the charger.
        """
        state = self._hass.states.get(self._current_entity)
        if state is None:
            raise CommandError(
                SERVICE_SET_VALUE, ABSENT, entity_id=self._current_entity
            )
        minimum_a = attribute(state, ATTR_MIN, 0.0)
        maximum_a = attribute(state, ATTR_MAX, current_a)
        value_a = on_step(
            min(current_a, maximum_a), minimum_a, attribute(state, ATTR_STEP, 1.0)
        )
        # What the charger cannot go down to, it must not be left above.
        if current_a <= 0 or value_a < minimum_a:
            await self._async_stop(minimum_a)
            return 0.0
        # The limit comes first: the car must not start at an old, higher one.
        await self._async_write(value_a)
        if self._switch_entity is not None and not previous_a:
            await self._async_call(
                Platform.SWITCH, SERVICE_TURN_ON, self._switch_entity, {}
            )
        return value_a

    def _is_there(self, entity_id: str) -> bool:
        state = self._hass.states.get(entity_id)
        return state is not None and state.state != STATE_UNAVAILABLE

    async def _async_stop(self, minimum_a: float) -> None:
        if self._switch_entity is not None:
            await self._async_call(
                Platform.SWITCH, SERVICE_TURN_OFF, self._switch_entity, {}
            )
            return
        await self._async_write(max(0.0, minimum_a))
        if minimum_a > 0:
            raise CommandError(
                SERVICE_SET_VALUE,
                f"cannot go below its minimum: {minimum_a:g} A",
                entity_id=self._current_entity,
            )

    async def _async_write(self, value_a: float) -> None:
        await self._async_call(
            Platform.NUMBER,
            SERVICE_SET_VALUE,
            self._current_entity,
            {ATTR_VALUE: value_a},
        )

    async def _async_call(
        self, domain: str, service: str, entity_id: str, data: dict[str, float]
    ) -> None:
        # Home Assistant skips an absent entity and calls that a success.
        if not self._is_there(entity_id):
            raise CommandError(service, ABSENT, entity_id=entity_id)
        async with command(service, entity_id, CALL_TIMEOUT_S):
            await self._hass.services.async_call(
                domain,
                service,
                {ATTR_ENTITY_ID: entity_id, **data},
                blocking=True,
                context=Context(),
            )
