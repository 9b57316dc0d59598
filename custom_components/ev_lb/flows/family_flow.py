"""The steps of a charger whose family is known: which it is, and which limit is set."""

from typing import Any, Final

from homeassistant.config_entries import SubentryFlowContext, SubentryFlowResult
from homeassistant.core import HomeAssistant

from custom_components.ev_lb.building.charger_traits import least_current_a
from custom_components.ev_lb.building.site import circuit_names
from custom_components.ev_lb.building.soundness import flaw_of
from custom_components.ev_lb.chargers.facts import PHASE_ROLES, Family, Role
from custom_components.ev_lb.chargers.families import FAMILIES
from custom_components.ev_lb.chargers.find import Found, find, owners
from custom_components.ev_lb.chargers.state_values import amperes_of
from custom_components.ev_lb.const import (
    CONF_ALL_PHASES_STATE,
    CONF_DRIVER,
    CONF_FAMILY,
    CONF_FAMILY_OWNER,
    CONF_LEASE_S,
    CONF_LEFT_ALONE_CURRENT_A,
    CONF_LIMIT_KIND,
    CONF_MAX_CURRENT_A,
    CONF_MEASURES_CURRENT,
    CONF_MIN_CURRENT_A,
    CONF_ONE_PHASE_STATE,
    CONF_PHASES,
    CONF_PHASES_ENTITY,
    CONF_RAISE_INTERVAL_S,
    CONF_RESPONSE_TIME_S,
    DRIVER_FAMILY,
)
from custom_components.ev_lb.settings import CHARGER, FAMILY, SECTION_ADVANCED

from .charger_form import PHASE_STATE_KEYS
from .charger_steps import ChargerSteps
from .enabling import EnablingSteps, listed
from .family_form import CONF_FAMILY_CHARGER, CONF_SWITCH_PHASES, family_charger_schema
from .validation import FormCheck

NOTHING: Final = "—"
"""A hyphen would begin a list."""


def known_chargers(hass: HomeAssistant) -> dict[str, str]:
    """Return all chargers of known families: name by `<family>/<owner>`."""
    return {
        f"{key}/{owner}": f"{family.name}: {find(hass, family, owner).name}"
        for key, family in FAMILIES.items()
        for owner in sorted(owners(hass, family))
    }


class FamilySteps(
    EnablingSteps[SubentryFlowContext, SubentryFlowResult, tuple[str, str]],
    ChargerSteps,
):
    """Asks which charger it is, shows what is found of it, and how it is limited."""

    _is_new = True
    """Whether the charger is another one than before."""

    async def async_step_family(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask which charger it is."""
        check = FormCheck()
        values = self._values
        before = self._chosen_charger
        if user_input is not None:
            values |= user_input
            key, _, owner = values[CONF_FAMILY_CHARGER].partition("/")
            values |= {CONF_FAMILY: key, CONF_FAMILY_OWNER: owner}
            self._take_name(check, user_input, self._found.name)
            if used_by := self._used_by((CONF_FAMILY, CONF_FAMILY_OWNER)):
                check.fail(CONF_FAMILY_CHARGER, "family_in_use", used_by=used_by)
            if not check.errors:
                self._is_new = (
                    before != self._chosen_charger
                    or values.get(CONF_DRIVER) != DRIVER_FAMILY
                )
                disabled = self._found.disabled.values()
                if disabled:
                    return await self._async_propose(disabled)
                return await self._async_after_enabling(enabled=True)
        return self._ask_charger(before, check)

    async def _async_after_enabling(self, *, enabled: bool) -> SubentryFlowResult:
        """Go on with what there is of the charger now, if that is enough."""
        if not self._is_usable:
            check = FormCheck()
            self._tell_lack(check, CONF_FAMILY_CHARGER, next(iter(self._family.limits)))
            return self._ask_charger(self._chosen_charger, check)
        if self._is_new:
            self._begin()
        self._values[CONF_DRIVER] = DRIVER_FAMILY
        return await self.async_step_family_charger()

    def _ask_charger(self, before: str | None, check: FormCheck) -> SubentryFlowResult:
        found = known_chargers(self.hass)
        return self._ask_which("family", CONF_FAMILY_CHARGER, found, before, check)

    async def async_step_family_charger(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for wires and limits, and show what was found."""
        check = FormCheck()
        if user_input is not None:
            self._take(user_input, (CONF_LEASE_S, CONF_LEFT_ALONE_CURRENT_A))
            self._take_phase_setting(check)
            self._check_limits(check)
            self._check_kind(check)
            self._check_lease(check)
            if CONF_RAISE_INTERVAL_S in self._values:
                check.in_range(FAMILY[CONF_RAISE_INTERVAL_S], self._values)
            if not check.errors:
                self._values[CONF_MEASURES_CURRENT] = any(
                    role in self._found.entities
                    for role in (Role.MEASURED, *PHASE_ROLES)
                )
                return self._finish()
        found = self._found
        return self.async_show_form(
            step_id="family_charger",
            data_schema=family_charger_schema(
                self._values,
                self._site_phases,
                circuit_names(self._get_entry()),
                self._family,
                switches_phases=Role.PHASES in found.entities,
            ),
            errors=check.errors,
            description_placeholders={
                "charger": found.name,
                "found": listed(self.hass, found.entities.values()) or NOTHING,
                **check.placeholders,
            },
            last_step=True,
        )

    @property
    def _is_usable(self) -> bool:
        """Return whether one of its limits can be set."""
        return any(self._usable(kind) for kind in self._family.limits)

    @property
    def _family(self) -> Family:
        return FAMILIES[self._values[CONF_FAMILY]]

    @property
    def _found(self) -> Found:
        return find(self.hass, self._family, self._values[CONF_FAMILY_OWNER])

    @property
    def _chosen_charger(self) -> str | None:
        """Return the charger that is chosen."""
        if CONF_FAMILY not in self._values:
            return None
        return f"{self._values[CONF_FAMILY]}/{self._values[CONF_FAMILY_OWNER]}"

    def _begin(self) -> None:
        """Fill in what is usual for the family."""
        values, family = self._values, self._family
        kinds = [kind for kind in family.limits if self._usable(kind)]
        values[CONF_LIMIT_KIND] = kinds[0]
        values[CONF_RESPONSE_TIME_S] = family.response_time_s
        values.pop(CONF_LEASE_S, None)
        values.pop(CONF_RAISE_INTERVAL_S, None)
        if family.raise_interval_s:
            values[CONF_RAISE_INTERVAL_S] = family.raise_interval_s
        left_alone = self.hass.states.get(
            self._found.entities.get(Role.LEFT_ALONE, "sensor.none")
        )
        values.pop(CONF_LEFT_ALONE_CURRENT_A, None)
        if left_alone is not None and (shown_a := amperes_of(left_alone)) is not None:
            values[CONF_LEFT_ALONE_CURRENT_A] = shown_a

    def _usable(self, kind: str) -> bool:
        missing, disabled = self._found.lacks(self._family.limits[kind])
        return not (missing or disabled)

    def _take_phase_setting(self, check: FormCheck) -> None:
        """Write down what switches the phases, where that is wanted."""
        values = self._values
        for key in (CONF_PHASES_ENTITY, *PHASE_STATE_KEYS):
            values.pop(key, None)
        if not values.pop(CONF_SWITCH_PHASES, False):
            return
        if len(values[CONF_PHASES]) == 1:
            check.fail(CONF_SWITCH_PHASES, "phases_needed")
        values[CONF_PHASES_ENTITY] = self._found.entities[Role.PHASES]
        values[CONF_ONE_PHASE_STATE] = self._family.one_phase
        values[CONF_ALL_PHASES_STATE] = self._family.all_phases

    def _check_kind(self, check: FormCheck) -> None:
        """Check that the limit can be set, and that no other charger here sets it."""
        kind = self._values[CONF_LIMIT_KIND]
        if not self._usable(kind):
            self._tell_lack(check, CONF_LIMIT_KIND, kind)
        shown = self._family.limits[kind].shown
        own = None if shown is None else self._found.entities.get(shown)
        for name, subentry in self._other_chargers():
            data = subentry.data
            if own is None or CONF_FAMILY not in data or flaw_of(data) is not None:
                continue
            family = FAMILIES[data[CONF_FAMILY]]
            role = family.limits[data[CONF_LIMIT_KIND]].shown
            other = find(self.hass, family, data[CONF_FAMILY_OWNER])
            if role is not None and other.entities.get(role) == own:
                check.fail(CONF_LIMIT_KIND, "limit_in_use", used_by=name)

    def _check_lease(self, check: FormCheck) -> None:
        """Check that a limit with an end can be renewed, and what follows its end."""
        values = self._values
        if not values.get(CONF_LEASE_S):
            values.pop(CONF_LEASE_S, None)
            values.pop(CONF_LEFT_ALONE_CURRENT_A, None)
            return
        if not self._family.limits[values[CONF_LIMIT_KIND]].may_lease:
            check.fail(SECTION_ADVANCED, "lease_not_possible")
        check.in_range(FAMILY[CONF_LEASE_S], values)
        if CONF_LEFT_ALONE_CURRENT_A not in values:
            check.fail(SECTION_ADVANCED, "left_alone_current_a_missing")
        else:
            check.in_range(
                CHARGER[CONF_LEFT_ALONE_CURRENT_A],
                values,
                limits=(0.0, values[CONF_MAX_CURRENT_A]),
            )
        if values[CONF_MIN_CURRENT_A] < least_current_a(values):
            check.fail(CONF_MIN_CURRENT_A, "min_with_lease")

    def _tell_lack(self, check: FormCheck, key: str, kind: str) -> None:
        """Say what a limit needs that is disabled, or not there."""
        missing, disabled = self._found.lacks(self._family.limits[kind])
        if disabled:
            check.fail(key, "entities_disabled", needed=", ".join(disabled))
            return
        names = [self._family.entities[role].key for role in missing]
        check.fail(key, "entities_missing", missing=", ".join(names))
