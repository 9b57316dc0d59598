"""Enables sensors that an integration ships disabled, and waits for their values."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
import probatio

from .forms import boolean, required

CONF_ENABLE: Final = "enable"
NO_VALUE: Final = (STATE_UNAVAILABLE, STATE_UNKNOWN)

LOADED_S: Final = 120.0
"""Home Assistant reloads an integration 30 s after its entities were enabled."""
VALUE_S: Final = 30.0
"""For a value, once an entity is there; some of a charger come with the car only."""


class EnablingSteps[
    ContextT: FlowContext,
    ResultT: FlowResult[Any, Any],
    HandlerT,
](FlowHandler[ContextT, ResultT, HandlerT]):
    """The steps that offer to enable sensors, do it, and wait for their values."""

    _to_enable: tuple[str, ...] = ()
    _enabling: asyncio.Task[tuple[str, ...]] | None = None
    _enabling_error: str | None = None

    async def _async_after_enabling(self, *, enabled: bool) -> ResultT:
        """Go on; `enabled`: whether all of the sensors are there now."""
        raise NotImplementedError

    async def _async_propose(self, entity_ids: Iterable[str]) -> ResultT:
        """Show which sensors are disabled, and offer to enable them."""
        self._to_enable = tuple(dict.fromkeys(entity_ids))
        self._enabling_error = None
        return await self.async_step_enable()

    async def async_step_enable(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Ask whether the sensors are to be enabled."""
        if user_input is not None:
            if not user_input[CONF_ENABLE]:
                return await self._async_after_enabling(enabled=False)
            self._enabling = self.hass.async_create_background_task(
                async_enable(self.hass, self._to_enable), "enable sensors"
            )
            return await self.async_step_enabling()
        errors = {} if self._enabling_error is None else {"base": self._enabling_error}
        return self.async_show_form(
            step_id="enable",
            data_schema=probatio.Schema(
                {required(CONF_ENABLE, {CONF_ENABLE: not errors}): boolean()}
            ),
            errors=errors,
            description_placeholders={"sensors": listed(self.hass, self._to_enable)},
            last_step=False,
        )

    async def async_step_enabling(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Wait for the sensors."""
        task = self._enabling
        assert task is not None
        if not task.done():
            return self.async_show_progress(
                step_id="enabling", progress_action="enabling", progress_task=task
            )
        self._enabling = None
        missing = task.result()
        if not missing:
            return self.async_show_progress_done(next_step_id="enabled")
        self._to_enable = missing
        self._enabling_error = "sensors_missing"
        return self.async_show_progress_done(next_step_id="enable")

    async def async_step_enabled(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Go on with sensors that report."""
        return await self._async_after_enabling(enabled=True)


async def async_enable(
    hass: HomeAssistant, entity_ids: Iterable[str]
) -> tuple[str, ...]:
    """Enable entities, wait for their values, and return those that do not come up.

    Home Assistant itself reloads their integration: a second reload by us would take
    the values away again.
    """
    registry = er.async_get(hass)
    waiting = tuple(entity_ids)
    for entity_id in waiting:
        entry = registry.async_get(entity_id)
        if entry is not None and entry.disabled:
            registry.async_update_entity(entity_id, disabled_by=None)
    changed = asyncio.Event()

    @callback
    def notice(_event: Event[EventStateChangedData]) -> None:
        changed.set()

    stop = async_track_state_change_event(hass, waiting, notice)
    try:
        for patience_s, without in ((LOADED_S, ()), (VALUE_S, NO_VALUE)):
            with suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    while _among(hass, waiting, without):
                        changed.clear()
                        await changed.wait()
    finally:
        stop()
    return _among(hass, waiting, ())


def _among(
    hass: HomeAssistant, entity_ids: Iterable[str], values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the entities that are not there, or show one of these values."""
    return tuple(
        entity_id
        for entity_id in entity_ids
        if (state := hass.states.get(entity_id)) is None or state.state in values
    )


def listed(hass: HomeAssistant, entity_ids: Iterable[str]) -> str:
    """Return entities as a list, by name; by ID where there is none."""
    registry = er.async_get(hass)
    rows = []
    for entity_id in dict.fromkeys(entity_ids):
        entry = registry.async_get(entity_id)
        name = None if entry is None else entry.name or entry.original_name
        rows.append(f"- {name or entity_id}")
    return "\n".join(rows)
