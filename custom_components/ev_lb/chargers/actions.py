"""Drives a charger through actions that its owner wrote."""

from collections.abc import Mapping, Sequence
import logging
from typing import Any, Final, override

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import Script, async_validate_actions_config
from homeassistant.helpers.trace import script_execution_get, trace_clear

from .driver import ChargerDriver, CommandError, command

_LOGGER = logging.getLogger(__name__)

# Long enough for an action that waits for the charger to wake up.
RUN_TIMEOUT_S: Final = 30.0

SET_CURRENT: Final = "set_current"
STOP_CHARGING: Final = "stop_charging"
START_CHARGING: Final = "start_charging"

SCRIPT_PREFIX: Final = "script."
SCRIPT_SERVICES: Final = frozenset({"reload", "toggle", "turn_off", "turn_on"})

type Sequences = Mapping[str, Sequence[Mapping[str, Any]]]


def with_variables(step: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Hand our variables to a script that a step calls by name.

    A script does not see its caller's variables; without this, one that was picked
    from the list would run without a current.
    """
    action = step.get("action", step.get("service"))
    if not isinstance(action, str) or not action.startswith(SCRIPT_PREFIX):
        return dict(step)
    if action.removeprefix(SCRIPT_PREFIX) in SCRIPT_SERVICES:
        return dict(step)
    data = {name: f"{{{{ {name} }}}}" for name in names}
    return {**step, "data": {**data, **(step.get("data") or {})}}


class ActionsDriver(ChargerDriver):
    """Runs the owner's actions for a set-point, a stop and a start.

    Actions return nothing; whether they reach the charger shows when they run.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        name: str,
        domain: str,
        charger_id: str,
        watts_per_ampere: float,
        sequences: Sequences,
    ) -> None:
        """Take the actions by their names: set_current, stop_charging, start_charging."""
        self._hass = hass
        self._name = name
        self._domain = domain
        self._charger_id = charger_id
        self._watts_per_ampere = watts_per_ampere
        self._sequences = {key: steps for key, steps in sequences.items() if steps}
        self._scripts: dict[str, Script] = {}

    @override
    async def async_set_current(
        self, current_a: float, previous_a: float | None
    ) -> float:
        """Run the actions that lead from the last current to this one.

        Raises:
            CommandError: when an action fails, stops early or takes too long.
        """
        if current_a <= 0:
            stop = STOP_CHARGING if STOP_CHARGING in self._sequences else SET_CURRENT
            await self._async_run(stop, 0.0)
            return 0.0
        if not previous_a and START_CHARGING in self._sequences:
            await self._async_run(START_CHARGING, current_a)
        await self._async_run(SET_CURRENT, current_a)
        return current_a

    @override
    async def async_unload(self) -> None:
        """Stop what runs and unload the scripts."""
        for script in self._scripts.values():
            await script.async_unload()
        self._scripts.clear()

    async def _async_run(self, action: str, current_a: float) -> None:
        entity_id = self._script_entity(action)
        variables = {
            "charger_id": self._charger_id,
            "current_a": current_a,
            "current_w": round(current_a * self._watts_per_ampere),
        }
        # Only a trace shows whether a sequence went through or was cut off.
        trace_clear()
        async with command(action, entity_id, RUN_TIMEOUT_S):
            script = await self._async_script(action, list(variables))
            await script.async_run(variables, context=Context())
        if script_execution_get() != "finished":
            raise CommandError(action, "stopped before its end", entity_id=entity_id)

    async def _async_script(self, action: str, names: Sequence[str]) -> Script:
        if action not in self._scripts:
            steps = [with_variables(step, names) for step in self._sequences[action]]
            self._scripts[action] = Script(
                self._hass,
                await async_validate_actions_config(
                    self._hass, cv.SCRIPT_SCHEMA(steps)
                ),
                f"{self._name} {action}",
                self._domain,
                log_exceptions=False,
                logger=_LOGGER,
            )
        return self._scripts[action]

    def _script_entity(self, action: str) -> str | None:
        for step in self._sequences.get(action, ()):
            called = step.get("action")
            if isinstance(called, str) and called.startswith(SCRIPT_PREFIX):
                return called
        return None
