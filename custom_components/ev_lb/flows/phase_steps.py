"""The step that asks how a charger's phases are switched."""

from typing import Any, Final

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.const import STATE_OFF, STATE_ON, Platform
from homeassistant.core import HomeAssistant, split_entity_id

from custom_components.ev_lb.building.charger_states import named_states
from custom_components.ev_lb.const import (
    CONF_ALL_PHASES_STATE,
    CONF_ONE_PHASE_STATE,
    CONF_PHASES,
    CONF_PHASES_ENTITY,
)

from .charger_form import PHASE_STATE_KEYS, phases_schema
from .charger_steps import ChargerSteps
from .validation import INPUT_BOOLEAN, FormCheck

ONE_PHASE_WORDS: Final = ("1", "one", "single")
ALL_PHASES_WORDS: Final = ("3", "three", "all")


def _states(hass: HomeAssistant, entity_id: str) -> list[str]:
    """Return the states that an entity can be set to, where it names them."""
    if split_entity_id(entity_id)[0] in (Platform.SWITCH, INPUT_BOOLEAN):
        return [STATE_ON, STATE_OFF]
    return named_states(hass, entity_id)


def _likely(states: list[str], words: tuple[str, ...]) -> str | None:
    """Return the one state that names a number of phases."""
    found = [state for state in states if any(word in state.lower() for word in words)]
    return found[0] if len(found) == 1 else None


class PhaseSteps(ChargerSteps):
    """Asks what the states of a phase setting mean, and ends the flow."""

    def _check_phase_setting(self, check: FormCheck) -> None:
        """Check that a charger whose phases are switched has several."""
        one = len(self._values[CONF_PHASES]) == 1
        if self._values.get(CONF_PHASES_ENTITY) and one:
            check.fail(CONF_PHASES_ENTITY, "phases_needed")

    async def _async_end(self) -> SubentryFlowResult:
        """Ask for the phase setting's states, if there is one, and write it down."""
        if self._values.get(CONF_PHASES_ENTITY):
            return await self.async_step_phases()
        return self._finish()

    async def async_step_phases(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask which state means one phase, and which all."""
        entity_id: str = self._values[CONF_PHASES_ENTITY]
        check = FormCheck()
        states = _states(self.hass, entity_id)
        if user_input is not None:
            self._values |= {key: row.strip() for key, row in user_input.items()}
            one, every = (self._values[key] for key in PHASE_STATE_KEYS)
            if one == every:
                check.fail(CONF_ALL_PHASES_STATE, "phase_states_same")
            for key in PHASE_STATE_KEYS:
                if states and self._values[key] not in states:
                    check.fail(key, "phase_state_unknown", known=", ".join(states))
            if not check.errors:
                return self._finish()
        elif any(self._values.get(key) not in states for key in PHASE_STATE_KEYS):
            likely = {
                CONF_ONE_PHASE_STATE: _likely(states, ONE_PHASE_WORDS),
                CONF_ALL_PHASES_STATE: _likely(states, ALL_PHASES_WORDS),
            }
            self._values |= {key: row for key, row in likely.items() if row}
        return self.async_show_form(
            step_id="phases",
            data_schema=phases_schema(self._values, states),
            errors=check.errors,
            description_placeholders={"entity": entity_id, **check.placeholders},
            last_step=True,
        )
