"""Subentry flow: a charger of a site."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME

from custom_components.ev_lb.building.charger_states import (
    selectable_states,
    suggested_states,
)
from custom_components.ev_lb.building.site import circuit_names, circuit_of
from custom_components.ev_lb.building.site_soundness import is_simulated
from custom_components.ev_lb.building.soundness import sound_part
from custom_components.ev_lb.const import (
    ATTR_CHARGER_ID,
    ATTR_CURRENT_A,
    CIRCUIT_GRID,
    CONF_CHARGING_STATES,
    CONF_CIRCUIT,
    CONF_CURRENT_ENTITY,
    CONF_DRIVER,
    CONF_MAX_CURRENT_A,
    CONF_MIN_CURRENT_A,
    CONF_PHASES_ENTITY,
    CONF_SET_CURRENT_ACTION,
    CONF_STATUS_ENTITY,
    CONF_SWITCH_ENTITY,
    DRIVER_ACTIONS,
    DRIVER_ENTITIES,
    DRIVER_FAMILY,
    DRIVER_OCPP,
    DRIVER_PLUG,
    DRIVER_SIMULATED,
    SUBENTRY_TYPE_CHARGER,
)

from .charger_form import (
    ACTION_KEYS,
    ACTIONS_EXAMPLE,
    ENTITY_NEEDS,
    KEYS_OF_DRIVER,
    LEFT_ALONE_KEYS,
    SENSOR_NEEDS,
    SIMULATED_CHARGER,
    STATE_KEYS,
    STATED_NEEDS,
    actions_schema,
    charger_schema,
    entities_schema,
    simulated_charger_schema,
    states_schema,
)
from .charger_test_flow import ChargerTestSteps
from .family_flow import FamilySteps, known_chargers
from .family_form import PLUG_NEEDS, plug_schema
from .ocpp_flow import OcppSteps, charge_points
from .phase_steps import PhaseSteps
from .suggestions import suggested
from .validation import (
    ATTR_CURRENT_W,
    CHARGER_ENTITY_KEYS,
    CHARGER_SWITCH,
    CURRENT_NUMBER,
    EntityNeed,
    FormCheck,
    async_check_actions,
    check_current_is_used,
    check_entities,
    entities_in_use,
)


class ChargerSubentryFlow(OcppSteps, FamilySteps, PhaseSteps, ChargerTestSteps):
    """Add a charger, or change one."""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Add a charger; that of a simulated home is simulated too."""
        entry = self._get_entry()
        self._values[CONF_CIRCUIT] = CIRCUIT_GRID
        if not is_simulated(entry):
            return await self.async_step_control()
        name = SIMULATED_CHARGER["title"]
        present = len(entry.get_subentries_of_type(SUBENTRY_TYPE_CHARGER))
        self._values[CONF_NAME] = f"{name} {present + 1}" if present else name
        return await self.async_step_simulated_charger()

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Start over with what is set up now."""
        subentry = self._get_reconfigure_subentry()
        self._values |= sound_part(subentry.data)
        self._values[CONF_NAME] = subentry.title
        self._values[CONF_CIRCUIT] = circuit_of(
            self._get_entry(), subentry.data, CONF_CIRCUIT
        )
        if self._can_test():
            return self.async_show_menu(
                step_id="reconfigure", menu_options=["change", "test"]
            )
        return await self.async_step_change()

    async def async_step_change(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Go through the forms."""
        if self._values.get(CONF_DRIVER) == DRIVER_SIMULATED:
            return await self.async_step_simulated_charger()
        return await self.async_step_control()

    async def async_step_control(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how the charger is controlled."""
        options = [DRIVER_ENTITIES, DRIVER_PLUG, DRIVER_ACTIONS]
        if known_chargers(self.hass) or self._values.get(CONF_DRIVER) == DRIVER_FAMILY:
            options.insert(0, DRIVER_FAMILY)
        if charge_points(self.hass) or self._values.get(CONF_DRIVER) == DRIVER_OCPP:
            options.insert(0, DRIVER_OCPP)
        return self.async_show_menu(step_id="control", menu_options=options)

    async def async_step_entities(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the entities that control the charger."""
        check = FormCheck()
        if user_input is not None:
            self._take(user_input, (CONF_SWITCH_ENTITY,))
            self._values[CONF_DRIVER] = DRIVER_ENTITIES
            check.name(self._values[CONF_NAME], self._other_names())
            self._check_entities(check, ENTITY_NEEDS)
            self._check_can_stop(check)
            if not check.errors:
                self._suggest_sensors()
                return await self.async_step_charger()
        else:
            self._suggest({CONF_CURRENT_ENTITY: CURRENT_NUMBER})
            self._suggest({CONF_SWITCH_ENTITY: CHARGER_SWITCH}, CONF_CURRENT_ENTITY)
        return self.async_show_form(
            step_id="entities",
            data_schema=entities_schema(self._values),
            errors=check.errors,
            description_placeholders=check.placeholders,
            last_step=False,
        )

    async def async_step_plug(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the plug, and for what hangs on it."""
        check = FormCheck()
        values = self._values
        if user_input is not None:
            self._take(user_input, PLUG_NEEDS)
            values[CONF_DRIVER] = DRIVER_PLUG
            values[CONF_MIN_CURRENT_A] = values[CONF_MAX_CURRENT_A]
            check.name(values[CONF_NAME], self._other_names())
            self._check_limits(check)
            self._check_entities(check, PLUG_NEEDS)
            if not check.errors:
                return self._finish()
        return self.async_show_form(
            step_id="plug",
            data_schema=plug_schema(
                values, self._site_phases, circuit_names(self._get_entry())
            ),
            errors=check.errors,
            description_placeholders=check.placeholders,
            last_step=True,
        )

    def _suggest(
        self, needs: Mapping[str, EntityNeed], beside: str | None = None
    ) -> None:
        """Fill empty fields of a new charger with what probably fits.

        With `beside`, it must be on the device of that field's entity.
        """
        empty = {key: need for key, need in needs.items() if key not in self._values}
        device_of = None if beside is None else self._values.get(beside)
        if self.source == SOURCE_RECONFIGURE or (beside and device_of is None):
            return
        taken = entities_in_use(self.hass)
        self._values |= suggested(self.hass, empty, taken, device_of)

    def _suggest_sensors(self) -> None:
        """Fill in the sensors on the device of the charger's current setting."""
        self._suggest(SENSOR_NEEDS, CONF_CURRENT_ENTITY)

    def _check_can_stop(self, check: FormCheck) -> None:
        """Check that there is a switch if the current cannot be set to zero."""
        lowest_a = self._current_entity_minimum_a()
        if lowest_a > 0 and not self._values.get(CONF_SWITCH_ENTITY):
            check.fail(CONF_SWITCH_ENTITY, "switch_needed", entity_min=f"{lowest_a:g}")

    async def async_step_actions(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the actions that control the charger."""
        check = FormCheck()
        if user_input is not None:
            self._take(user_input, ACTION_KEYS)
            self._values[CONF_DRIVER] = DRIVER_ACTIONS
            check.name(self._values[CONF_NAME], self._other_names())
            await self._async_check_actions(check)
            if not check.errors:
                return await self.async_step_charger()
        return self.async_show_form(
            step_id="actions",
            data_schema=actions_schema(self._values),
            errors=check.errors,
            description_placeholders={
                "variables": ", ".join(
                    f"`{name}`"
                    for name in (ATTR_CURRENT_A, ATTR_CURRENT_W, ATTR_CHARGER_ID)
                ),
                "example": ACTIONS_EXAMPLE,
                **check.placeholders,
            },
            last_step=False,
        )

    async def _async_check_actions(self, check: FormCheck) -> None:
        """Check the actions, of which only the first is needed."""
        for key in ACTION_KEYS:
            if actions := self._values.get(key):
                await async_check_actions(self.hass, check, key, actions)
        if set_current := self._values.get(CONF_SET_CURRENT_ACTION):
            check_current_is_used(check, CONF_SET_CURRENT_ACTION, set_current)
        else:
            check.fail(CONF_SET_CURRENT_ACTION, "set_current_missing")

    async def async_step_charger(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the charger's wires and limits, and its sensors."""
        check = FormCheck()
        if user_input is not None:
            self._take(user_input, (*STATED_NEEDS, *LEFT_ALONE_KEYS))
            self._check_limits(check)
            self._check_left_alone(check)
            self._check_entities(check, STATED_NEEDS)
            self._check_phase_setting(check)
            if not check.errors:
                if self._values.get(CONF_STATUS_ENTITY):
                    return await self.async_step_states()
                return await self._async_end()
        return self.async_show_form(
            step_id="charger",
            data_schema=charger_schema(
                self._values, self._site_phases, circuit_names(self._get_entry())
            ),
            errors=check.errors,
            description_placeholders=check.placeholders,
        )

    async def async_step_simulated_charger(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the wires and limits of a charger that exists in software only."""
        check = FormCheck()
        if user_input is not None:
            self._take(user_input, ())
            self._values[CONF_DRIVER] = DRIVER_SIMULATED
            check.name(self._values[CONF_NAME], self._other_names())
            self._check_limits(check)
            if not check.errors:
                return self._finish()
        return self.async_show_form(
            step_id="simulated_charger",
            data_schema=simulated_charger_schema(
                self._values, self._site_phases, circuit_names(self._get_entry())
            ),
            errors=check.errors,
            description_placeholders=check.placeholders,
        )

    async def async_step_states(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what the states of the status sensor mean."""
        entity_id: str = self._values[CONF_STATUS_ENTITY]
        check = FormCheck()
        if user_input is not None:
            for key in STATE_KEYS.values():
                states = [state.strip() for state in user_input.get(key, [])]
                self._values[key] = list(dict.fromkeys(filter(None, states)))
            self._check_states(check)
            if not check.errors:
                return await self._async_end()
            lists = {key: self._values[key] for key in STATE_KEYS.values()}
        elif self._has_states_of(entity_id):
            lists = {key: self._values[key] for key in STATE_KEYS.values()}
        else:
            suggested = suggested_states(self.hass, entity_id)
            lists = {key: suggested[status] for status, key in STATE_KEYS.items()}
        chosen = [state for states in lists.values() for state in states]
        state = self.hass.states.get(entity_id)
        return self.async_show_form(
            step_id="states",
            data_schema=states_schema(
                lists, selectable_states(self.hass, entity_id, chosen)
            ),
            errors=check.errors,
            description_placeholders={
                "entity": entity_id,
                "state": state.state if state else "-",
                **check.placeholders,
            },
            last_step=not self._values.get(CONF_PHASES_ENTITY),
        )

    def _has_states_of(self, entity_id: str) -> bool:
        """Return whether this entity's states were assigned before."""
        return (
            self.source == SOURCE_RECONFIGURE
            and self._get_reconfigure_subentry().data.get(CONF_STATUS_ENTITY)
            == entity_id
        )

    def _check_states(self, check: FormCheck) -> None:
        """Check that each state means one thing, and that some mean charging."""
        if not self._values[CONF_CHARGING_STATES]:
            check.fail(CONF_CHARGING_STATES, "charging_states_missing")
        meant: set[str] = set()
        for key in STATE_KEYS.values():
            states = self._values[key]
            if twice := [state for state in states if state in meant]:
                check.fail(key, "state_twice", twice=", ".join(twice))
            meant.update(states)

    def _check_entities(
        self, check: FormCheck, needs: Mapping[str, EntityNeed]
    ) -> None:
        """Check the entities of one form against all others that are in use."""
        own = KEYS_OF_DRIVER[self._values[CONF_DRIVER]]
        subentry_id = (
            self._reconfigure_subentry_id if self.source == SOURCE_RECONFIGURE else None
        )
        check_entities(
            self.hass,
            check,
            self._values,
            needs,
            entities_in_use(self.hass, except_subentry_id=subentry_id),
            [
                self._values[key]
                for key in CHARGER_ENTITY_KEYS
                if key in own and key not in needs and key in self._values
            ],
        )
