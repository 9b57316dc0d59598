"""What the steps of all chargers share: their values, and the checks of those."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from homeassistant.components.number import ATTR_MIN
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentry,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME

from custom_components.ev_lb.building.plan_settings import (
    FORM_KEYS,
    PLAN,
    SECTION_PLAN,
)
from custom_components.ev_lb.building.site import named_phases, phases_of
from custom_components.ev_lb.chargers.number_range import attribute
from custom_components.ev_lb.chargers.state_values import unit_a
from custom_components.ev_lb.const import (
    CIRCUIT_GRID,
    CONF_CIRCUIT,
    CONF_CURRENT_ENTITY,
    CONF_DRIVER,
    CONF_ENABLED,
    CONF_LEFT_ALONE_AFTER_S,
    CONF_LEFT_ALONE_CURRENT_A,
    CONF_MAX_CURRENT_A,
    CONF_MIN_CURRENT_A,
    CONF_PAUSE_S,
    CONF_PHASES,
    CONF_PHASES_ENTITY,
    CONF_PRIORITY,
    CONF_RESPONSE_TIME_S,
    CONF_STATUS_ENTITY,
    CONF_WEIGHT,
    DOMAIN,
    DRIVER_ENTITIES,
    DRIVER_PLUG,
    PHASE_KEYS,
    PHASE_L1,
)
from custom_components.ev_lb.control.rating import kept_rating
from custom_components.ev_lb.settings import CHARGER, PLUG

from .charger_form import (
    CHARGER_DEFAULTS,
    KEYS_OF_DRIVER,
    LIMIT_KEYS,
    PHASE_STATE_KEYS,
    STATE_KEYS,
    found_schema,
)
from .forms import flatten
from .plan_form import check_plan, without_defaults
from .subentry_flow import PartFlow
from .validation import FormCheck


class ChargerSteps(PartFlow):
    """Holds what has been entered of a charger, and writes it down at the end."""

    def __init__(self) -> None:
        """Start with the defaults."""
        self._values: dict[str, Any] = dict(CHARGER_DEFAULTS)

    def _other_names(self) -> list[str]:
        """Return what the site's other chargers and circuits are called."""
        own = (
            self._reconfigure_subentry_id if self.source == SOURCE_RECONFIGURE else None
        )
        others = self._get_entry().subentries.values()
        return [other.title for other in others if other.subentry_id != own]

    def _other_chargers(self) -> Iterator[tuple[str, ConfigSubentry]]:
        """Yield the other chargers and circuits of all sites, by name."""
        own = (
            self._reconfigure_subentry_id if self.source == SOURCE_RECONFIGURE else None
        )
        for entry in self.hass.config_entries.async_entries(DOMAIN):
            for subentry in entry.subentries.values():
                if subentry.subentry_id != own:
                    yield f"{entry.title}: {subentry.title}", subentry

    def _take_name(
        self, check: FormCheck, user_input: dict[str, Any], usual: str
    ) -> None:
        """Take the name, or the charger's usual one where the field is empty."""
        self._values[CONF_NAME] = user_input.get(CONF_NAME, "").strip() or usual
        check.name(self._values[CONF_NAME], self._other_names())

    def _used_by(self, keys: Iterable[str]) -> str | None:
        """Return which other charger has the same values as this one."""
        wanted = {key: self._values[key] for key in keys}
        for name, subentry in self._other_chargers():
            if wanted.items() <= subentry.data.items():
                return name
        return None

    @property
    def _site_phases(self) -> int:
        """Return how many phases the site has."""
        return len(phases_of(self._get_entry()))

    def _ask_which(
        self,
        step_id: str,
        key: str,
        found: dict[str, str],
        before: str | None,
        check: FormCheck,
    ) -> SubentryFlowResult:
        """Ask which of the found chargers it is; the one before may be gone."""
        if before is not None:
            self._values[key] = before
            found.setdefault(before, before)
        return self.async_show_form(
            step_id=step_id,
            data_schema=found_schema(self._values, key, found),
            errors=check.errors,
            description_placeholders=check.placeholders,
            last_step=False,
        )

    def _check_limits(self, check: FormCheck) -> None:
        """Check the charger's limits, and that its own entity can follow them."""
        values = self._values
        max_a, min_a = values[CONF_MAX_CURRENT_A], values[CONF_MIN_CURRENT_A]
        if values[CONF_DRIVER] == DRIVER_PLUG:
            check.in_range(PLUG[CONF_MAX_CURRENT_A], values, error="plug_current_range")
        else:
            check.in_range(CHARGER[CONF_MAX_CURRENT_A], values)
            check.in_range(CHARGER[CONF_MIN_CURRENT_A], values)
        if min_a > max_a and not check.errors:
            check.fail(CONF_MIN_CURRENT_A, "min_above_max")
        for key in (CONF_RESPONSE_TIME_S, CONF_PAUSE_S, CONF_PRIORITY, CONF_WEIGHT):
            check.in_range(CHARGER[key], values)
        check_plan(self.hass, check, values)
        self._check_circuit(check)
        if values[CONF_DRIVER] == DRIVER_ENTITIES:
            # What it goes up to now may be more once a car charges.
            lowest_a = self._current_entity_minimum_a()
            if min_a < lowest_a:
                check.fail(
                    CONF_MIN_CURRENT_A, "min_below_entity", entity_min=f"{lowest_a:g}"
                )

    def _check_left_alone(self, check: FormCheck) -> None:
        """Check what the owner says of what the charger does by itself."""
        for key in (CONF_LEFT_ALONE_CURRENT_A, CONF_LEFT_ALONE_AFTER_S):
            if self._values.get(key) is not None:
                check.in_range(CHARGER[key], self._values)

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

    def _current_entity_minimum_a(self) -> float:
        """Return the least that the current's entity takes, A; 0 while it is away."""
        state = self.hass.states.get(self._values[CONF_CURRENT_ENTITY])
        return 0.0 if state is None else attribute(state, ATTR_MIN, 0.0) * unit_a(state)

    def _take(self, user_input: Mapping[str, Any], may_be_empty: Iterable[str]) -> None:
        """Keep what a form sent; a field that was emptied is not in it."""
        of_plan = FORM_KEYS if SECTION_PLAN in user_input else ()
        for key in (*may_be_empty, *of_plan):
            self._values.pop(key, None)
        self._values |= flatten(user_input)
        if isinstance(phases := self._values[CONF_PHASES], str):
            self._values[CONF_PHASES] = phases.split("_")
        if self._site_phases == 1:
            self._values[CONF_PHASES] = [PHASE_L1]

    def _finish(self) -> SubentryFlowResult:
        """Write the charger down."""
        values = self._values
        keys = [CONF_DRIVER, *LIMIT_KEYS, *KEYS_OF_DRIVER[values[CONF_DRIVER]]]
        if CONF_STATUS_ENTITY in keys and values.get(CONF_STATUS_ENTITY):
            keys += STATE_KEYS.values()
        if CONF_PHASES_ENTITY in keys and values.get(CONF_PHASES_ENTITY):
            keys += PHASE_STATE_KEYS
        if values[CONF_CIRCUIT] != CIRCUIT_GRID:
            keys.append(CONF_CIRCUIT)
        data = {key: values[key] for key in keys if values.get(key) is not None}
        data |= without_defaults(values)
        title = values[CONF_NAME].strip()
        if self.source == SOURCE_RECONFIGURE:
            subentry = self._get_reconfigure_subentry()
            # They have entities, and no form asks for them.
            data |= {
                key: subentry.data[key]
                for key in (CONF_ENABLED, *(r.key for r in PLAN.values() if r.entity))
                if key in subentry.data
            }
            data |= kept_rating(CHARGER[CONF_MAX_CURRENT_A], subentry.data, data)
            return self.async_update_and_abort(
                self._get_entry(), subentry, title=title, data=data
            )
        return self.async_create_entry(title=title, data=data)
