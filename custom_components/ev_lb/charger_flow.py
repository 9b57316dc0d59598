"""Subentry flow: a charger of a site."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import Any

from homeassistant.components.number import ATTR_MAX, ATTR_MIN
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME

from .charger_form import (
    ACTION_KEYS,
    ACTIONS_EXAMPLE,
    CHARGER_DEFAULTS,
    ENTITY_NEEDS,
    KEYS_OF_DRIVER,
    LIMIT_KEYS,
    SENSOR_NEEDS,
    SIMULATED_CHARGER,
    STATE_KEYS,
    actions_schema,
    charger_schema,
    entities_schema,
    simulated_charger_schema,
    states_schema,
)
from .charger_states import offered_states, suggested_states
from .chargers.entities import attribute
from .const import (
    ATTR_CHARGER_ID,
    ATTR_CURRENT_A,
    ATTR_CURRENT_W,
    CHARGER_CURRENT_RANGE_A,
    CIRCUIT_GRID,
    CONF_CHARGING_STATES,
    CONF_CIRCUIT,
    CONF_CURRENT_ENTITY,
    CONF_DRIVER,
    CONF_ENABLED,
    CONF_MAX_CURRENT_A,
    CONF_MIN_CURRENT_A,
    CONF_PAUSE_S,
    CONF_PHASES,
    CONF_PRIORITY,
    CONF_RESPONSE_TIME_S,
    CONF_SET_CURRENT_ACTION,
    CONF_SIMULATED,
    CONF_STATUS_ENTITY,
    CONF_SWITCH_ENTITY,
    CONF_WEIGHT,
    DRIVER_ACTIONS,
    DRIVER_ENTITIES,
    DRIVER_SIMULATED,
    PAUSE_RANGE_S,
    PHASE_KEYS,
    PHASE_L1,
    PRIORITY_RANGE,
    RESPONSE_TIME_RANGE_S,
    SUBENTRY_TYPE_CHARGER,
    WEIGHT_RANGE,
)
from .forms import SECTION_ADVANCED, SECTION_SHARING, flatten
from .suggestions import suggested
from .validation import (
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
from .wiring import circuit_names, circuit_of, named_phases


class ChargerSubentryFlow(ConfigSubentryFlow):
    """Add a charger, or change one."""

    def __init__(self) -> None:
        """Start with the defaults."""
        self._values: dict[str, Any] = dict(CHARGER_DEFAULTS)

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Add a charger; that of a simulated home is simulated too."""
        entry = self._get_entry()
        self._values[CONF_CIRCUIT] = CIRCUIT_GRID
        if not entry.data.get(CONF_SIMULATED):
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
        self._values |= subentry.data
        self._values[CONF_NAME] = subentry.title
        self._values[CONF_CIRCUIT] = circuit_of(
            self._get_entry(), subentry.data, CONF_CIRCUIT
        )
        if subentry.data[CONF_DRIVER] == DRIVER_SIMULATED:
            return await self.async_step_simulated_charger()
        return await self.async_step_control()

    async def async_step_control(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how the charger is controlled."""
        return self.async_show_menu(
            step_id="control", menu_options=[DRIVER_ENTITIES, DRIVER_ACTIONS]
        )

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

    def _other_names(self) -> list[str]:
        """Return what the site's other chargers and circuits are called."""
        own = (
            self._reconfigure_subentry_id if self.source == SOURCE_RECONFIGURE else None
        )
        others = self._get_entry().subentries.values()
        return [other.title for other in others if other.subentry_id != own]

    def _check_can_stop(self, check: FormCheck) -> None:
        """Check that there is a switch if the current cannot be set to zero."""
        lowest_a, _ = self._current_entity_limits_a()
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
        """Ask for the charger's wires and limits, and for what it tells."""
        check = FormCheck()
        if user_input is not None:
            self._take(user_input, SENSOR_NEEDS)
            self._check_limits(check)
            self._check_entities(check, SENSOR_NEEDS)
            if not check.errors:
                if self._values.get(CONF_STATUS_ENTITY):
                    return await self.async_step_states()
                return self._finish()
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
                return self._finish()
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
                lists, offered_states(self.hass, entity_id, chosen)
            ),
            errors=check.errors,
            description_placeholders={
                "entity": entity_id,
                "state": state.state if state else "-",
                **check.placeholders,
            },
            last_step=True,
        )

    def _has_states_of(self, entity_id: str) -> bool:
        """Return whether this entity's states have been told before."""
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

    @property
    def _site_phases(self) -> int:
        """Return how many phases the site has."""
        phases: int = self._get_entry().data[CONF_PHASES]
        return phases

    def _check_limits(self, check: FormCheck) -> None:
        """Check the charger's limits, and that its own entity can follow them."""
        values = self._values
        max_a, min_a = values[CONF_MAX_CURRENT_A], values[CONF_MIN_CURRENT_A]
        check.in_range(CONF_MAX_CURRENT_A, max_a, CHARGER_CURRENT_RANGE_A)
        check.in_range(CONF_MIN_CURRENT_A, min_a, CHARGER_CURRENT_RANGE_A)
        if min_a > max_a and not check.errors:
            check.fail(CONF_MIN_CURRENT_A, "min_above_max")
        for key, limits, shown_at in (
            (CONF_RESPONSE_TIME_S, RESPONSE_TIME_RANGE_S, SECTION_ADVANCED),
            (CONF_PAUSE_S, PAUSE_RANGE_S, SECTION_ADVANCED),
            (CONF_PRIORITY, PRIORITY_RANGE, SECTION_SHARING),
            (CONF_WEIGHT, WEIGHT_RANGE, SECTION_SHARING),
        ):
            check.in_range(key, values[key], limits, shown_at=shown_at)
        self._check_circuit(check)
        if values[CONF_DRIVER] == DRIVER_ENTITIES:
            lowest_a, highest_a = self._current_entity_limits_a()
            if max_a > highest_a:
                check.fail(
                    CONF_MAX_CURRENT_A, "max_above_entity", entity_max=f"{highest_a:g}"
                )
            if min_a < lowest_a:
                check.fail(
                    CONF_MIN_CURRENT_A, "min_below_entity", entity_min=f"{lowest_a:g}"
                )

    def _check_circuit(self, check: FormCheck) -> None:
        """Check that the circuit has the phases that the charger is wired to."""
        entry = self._get_entry()
        circuit = entry.subentries.get(self._values[CONF_CIRCUIT])
        if circuit is None:
            return
        fed = {PHASE_KEYS[phase] for phase in named_phases(entry, circuit.data)}
        if not fed.issuperset(self._values[CONF_PHASES]):
            check.fail(
                CONF_CIRCUIT,
                "circuit_lacks_phase",
                circuit=circuit.title,
                phases=", ".join(sorted(fed)).upper(),
            )

    def _current_entity_limits_a(self) -> tuple[float, float]:
        """Return what the current's entity takes, A; no limits while it is away."""
        state = self.hass.states.get(self._values[CONF_CURRENT_ENTITY])
        if state is None:
            return 0.0, inf
        return attribute(state, ATTR_MIN, 0.0), attribute(state, ATTR_MAX, inf)

    def _take(self, user_input: Mapping[str, Any], may_be_empty: Iterable[str]) -> None:
        """Keep what a form sent; a field that was emptied is not in it."""
        for key in may_be_empty:
            self._values.pop(key, None)
        self._values |= flatten(user_input)
        if isinstance(phases := self._values[CONF_PHASES], str):
            self._values[CONF_PHASES] = phases.split("_")
        if self._site_phases == 1:
            self._values[CONF_PHASES] = [PHASE_L1]

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

    def _finish(self) -> SubentryFlowResult:
        """Write the charger down."""
        values = self._values
        keys = [CONF_DRIVER, *LIMIT_KEYS, *KEYS_OF_DRIVER[values[CONF_DRIVER]]]
        if values.get(CONF_STATUS_ENTITY):
            keys += STATE_KEYS.values()
        if values[CONF_CIRCUIT] != CIRCUIT_GRID:
            keys.append(CONF_CIRCUIT)
        data = {key: values[key] for key in keys if values.get(key) is not None}
        title = values[CONF_NAME].strip()
        if self.source == SOURCE_RECONFIGURE:
            subentry = self._get_reconfigure_subentry()
            if CONF_ENABLED in subentry.data:
                # It has a switch, and no form asks for it.
                data[CONF_ENABLED] = subentry.data[CONF_ENABLED]
            return self.async_update_and_abort(
                self._get_entry(), subentry, title=title, data=data
            )
        return self.async_create_entry(title=title, data=data)
