"""Config flow: a site, which is a home with its meter and its main fuse."""

from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
    FlowType,
    OptionsFlow,
    SubentryFlowContext,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import callback

from .building.site import known_phases
from .building.site_soundness import is_simulated, site_data, site_options, without_lost
from .const import (
    CONF_CAN_EXPORT,
    CONF_DELTA_NET,
    CONF_ENABLED,
    CONF_FALLBACK_CURRENT_A,
    CONF_FOUND_METER,
    CONF_IMPORT_LIMIT_W,
    CONF_METER_KIND,
    CONF_METER_LOSS_BEHAVIOR,
    CONF_PHASES,
    CONF_RAMP_UP_TIME_S,
    CONF_SERVICE_CURRENT_A,
    CONF_SIMULATED,
    CONF_SIMULATED_BATTERY,
    CONF_SIMULATED_SOLAR,
    CONF_SIMULATION_SPEED,
    CONF_VOLTAGE_V,
    CONFIG_VERSION,
    DOMAIN,
    METER_PHASE_CURRENT,
    SUBENTRY_TYPE_CHARGER,
    SUBENTRY_TYPE_CIRCUIT,
)
from .control.rating import kept_rating
from .engine.model import MINIMUM_EV_CURRENT_A, MeterLossBehavior
from .flows.charger_flow import ChargerSubentryFlow
from .flows.charger_form import SIMULATED_CHARGER
from .flows.circuit_flow import CircuitSubentryFlow
from .flows.equipment_form import EQUIPMENT_DEFAULTS, EQUIPMENT_STEPS, STEP_LIMITS
from .flows.forms import flatten
from .flows.meter_detection import found_meters
from .flows.meter_form import MAY_BE_EMPTY, forget_meter
from .flows.options_flow import EvLbOptionsFlow
from .flows.review_flow import ReviewSteps
from .flows.site_form import (
    OPTION_KEYS,
    SIMULATED_HOME_NAME,
    SIMULATION_KEYS,
    SITE_DEFAULTS,
    WIRING_KEYS,
    fallback_schema,
    home_schema,
    meter_loss_schema,
    simulated_home_schema,
)
from .flows.validation import FormCheck
from .settings import SITE, defaults


class EvLbConfigFlow(ReviewSteps, domain=DOMAIN):
    """Add a site, or change one."""

    VERSION = CONFIG_VERSION
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Start with the defaults."""
        super().__init__()
        self._values |= {**SITE_DEFAULTS, **EQUIPMENT_DEFAULTS}

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what can be added to a site."""
        return {
            SUBENTRY_TYPE_CHARGER: ChargerSubentryFlow,
            SUBENTRY_TYPE_CIRCUIT: CircuitSubentryFlow,
        }

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the form of what can be tuned while a site runs."""
        return EvLbOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to set up."""
        self._values[CONF_NAME] = self._free_name(self.hass.config.location_name)
        return self.async_show_menu(
            step_id="user", menu_options=["home", "simulated_home"]
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to change, and start with what is set up now."""
        entry = self._get_reconfigure_entry()
        data = site_data(entry)
        self._values |= without_lost(data | site_options(entry))
        self._values[CONF_NAME] = entry.title
        self._values[CONF_PHASES] = str(data[CONF_PHASES])
        if is_simulated(entry):
            return self.async_show_menu(
                step_id="reconfigure", menu_options=["simulated_home", STEP_LIMITS]
            )
        self._agree_to_what_is_saved()
        found = [CONF_FOUND_METER] if found_meters(self.hass) else []
        return self.async_show_menu(
            step_id="reconfigure",
            menu_options=["home", *found, "meter_loss", *EQUIPMENT_STEPS],
        )

    def _other_names(self) -> list[str]:
        """Return what the other sites are called."""
        own = self._reconfigured_id
        entries = self.hass.config_entries.async_entries(DOMAIN)
        return [entry.title for entry in entries if entry.entry_id != own]

    def _free_name(self, name: str) -> str:
        """Return a name that no other site has: with a number behind it if need be."""
        taken = {other.casefold() for other in self._other_names()}
        names = (name, *(f"{name} {number}" for number in range(2, len(taken) + 3)))
        return next(free for free in names if free.casefold() not in taken)

    async def async_step_simulated_home(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Set up a home that exists in software only."""
        values = self._values
        check = FormCheck()
        if user_input is not None:
            values |= flatten(user_input)
            check.name(values[CONF_NAME], self._other_names())
            check.in_range(SITE[CONF_SIMULATION_SPEED], values)
            if not check.errors:
                return self._finish_simulated()
        elif self.source != SOURCE_RECONFIGURE:
            values[CONF_NAME] = self._free_name(SIMULATED_HOME_NAME)
        return self.async_show_form(
            step_id="simulated_home",
            data_schema=simulated_home_schema(values),
            errors=check.errors,
            description_placeholders=check.placeholders,
        )

    def _finish_simulated(self) -> ConfigFlowResult:
        """Write the simulated home down, with its charger."""
        values = self._values
        values[CONF_SIMULATED] = True
        values[CONF_METER_KIND] = METER_PHASE_CURRENT
        # A battery's controller is late, so it feeds in at times.
        values[CONF_CAN_EXPORT] = (
            values[CONF_SIMULATED_SOLAR] or values[CONF_SIMULATED_BATTERY]
        )
        if self.source == SOURCE_RECONFIGURE:
            return self._finish()
        return self.async_create_entry(
            title=values[CONF_NAME].strip(),
            data=self._wiring(),
            options={
                **{key: values[key] for key in OPTION_KEYS},
                CONF_ENABLED: SITE[CONF_ENABLED].default,
            },
            subentries=[SIMULATED_CHARGER],
        )

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Go on with the first charger: without one there is nothing to balance."""
        entry = result["result"]
        if not entry.subentries:
            charger = await self.hass.config_entries.subentries.async_init(
                (entry.entry_id, SUBENTRY_TYPE_CHARGER),
                context=SubentryFlowContext(source=SOURCE_USER),
            )
            result["next_flow"] = (
                FlowType.CONFIG_SUBENTRIES_FLOW,
                charger["flow_id"],
            )
        return result

    @override
    async def async_step_home(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the grid connection and for what its meter measures."""
        if user_input is None and self._may_suggest_meters():
            return await self.async_step_found_meter()
        check = FormCheck()
        if user_input is not None:
            former_kind = self._values.get(CONF_METER_KIND)
            self._asked.add(CONF_SERVICE_CURRENT_A)
            self._values |= flatten(user_input)
            if self._values[CONF_METER_KIND] != former_kind:
                forget_meter(self._values)
            self._check_home(check)
            if not check.errors:
                return await self.async_step_meter()
        return self.async_show_form(
            step_id="home",
            data_schema=home_schema(self._values),
            errors=check.errors,
            description_placeholders=check.placeholders,
            last_step=False,
        )

    def _check_home(self, check: FormCheck) -> None:
        """Check the grid connection."""
        values = self._values
        check.name(values[CONF_NAME], self._other_names())
        check.in_range(SITE[CONF_SERVICE_CURRENT_A], values)
        check.in_range(SITE[CONF_VOLTAGE_V], values)
        if self.source != SOURCE_RECONFIGURE:
            return
        entry = self._get_reconfigure_entry()
        phases = set(self._phase_keys)
        if others := [
            subentry.title
            for subentry in entry.subentries.values()
            if not phases.issuperset(known_phases(subentry.data))
        ]:
            check.fail(CONF_PHASES, "on_other_phases", others=", ".join(others))

    @override
    async def _async_after_meter(self) -> ConfigFlowResult:
        """Go on; a change ends here unless the fallback does not fit any more."""
        if self.source == SOURCE_RECONFIGURE:
            check = FormCheck()
            if self._values[CONF_METER_LOSS_BEHAVIOR] == MeterLossBehavior.SET_CURRENT:
                self._check_fallback(check)
            if not check.errors:
                return await self._async_done()
        return await self.async_step_meter_loss()

    async def async_step_meter_loss(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to do without the meter, and how patient to be."""
        check = FormCheck()
        if user_input is not None:
            self._values |= user_input
            self._asked.add(CONF_RAMP_UP_TIME_S)
            check.in_range(
                SITE[CONF_RAMP_UP_TIME_S], self._values, shown_at=CONF_RAMP_UP_TIME_S
            )
            sets_current = (
                self._values[CONF_METER_LOSS_BEHAVIOR] == MeterLossBehavior.SET_CURRENT
            )
            service_a = self._values[CONF_SERVICE_CURRENT_A]
            if sets_current and service_a < MINIMUM_EV_CURRENT_A:
                check.fail(
                    CONF_METER_LOSS_BEHAVIOR,
                    "fallback_impossible",
                    service=f"{service_a:g}",
                    minimum=f"{MINIMUM_EV_CURRENT_A:g}",
                )
            if not check.errors:
                if sets_current:
                    return await self.async_step_fallback()
                self._values |= defaults(SITE, [CONF_FALLBACK_CURRENT_A])
                return await self._async_after_meter_loss()
        return self.async_show_form(
            step_id="meter_loss",
            data_schema=meter_loss_schema(self._values),
            errors=check.errors,
            description_placeholders=check.placeholders,
            last_step=False,
        )

    async def _async_after_meter_loss(self) -> ConfigFlowResult:
        """Go on with what else there is; a change ends here."""
        if self.source == SOURCE_RECONFIGURE:
            return self._finish()
        return await self.async_step_equipment()

    async def async_step_fallback(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the current that holds without the meter."""
        check = FormCheck()
        if user_input is not None:
            self._values |= user_input
            self._check_fallback(check)
            if not check.errors:
                return await self._async_after_meter_loss()
        return self.async_show_form(
            step_id="fallback",
            data_schema=fallback_schema(self._values),
            errors=check.errors,
            description_placeholders=check.placeholders,
            last_step=False,
        )

    def _check_fallback(self, check: FormCheck) -> None:
        """Check that a car can use the fallback current, and the fuse carry it."""
        fallback_a = self._values[CONF_FALLBACK_CURRENT_A]
        service_a = self._values[CONF_SERVICE_CURRENT_A]
        if fallback_a == 0:
            check.fail(CONF_FALLBACK_CURRENT_A, "fallback_is_stop")
        elif not fallback_a >= MINIMUM_EV_CURRENT_A:
            check.fail(
                CONF_FALLBACK_CURRENT_A,
                "fallback_too_low",
                minimum=f"{MINIMUM_EV_CURRENT_A:g}",
            )
        elif fallback_a > service_a:
            check.fail(
                CONF_FALLBACK_CURRENT_A, "fallback_too_high", service=f"{service_a:g}"
            )

    @override
    def _finish(self) -> ConfigFlowResult:
        """Write the site down."""
        title = self._values[CONF_NAME].strip()
        options = {key: self._values[key] for key in self._asked if key in self._values}
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            kept = {
                key: value
                for key, value in entry.options.items()
                if key not in self._asked
            }
            if CONF_IMPORT_LIMIT_W in self._asked:
                limit = SITE[CONF_IMPORT_LIMIT_W]
                kept.pop(limit.rating_key, None)
                kept |= kept_rating(limit, entry.options, options)
            return self.async_update_and_abort(
                entry, title=title, data=self._wiring(), options=kept | options
            )
        return self.async_create_entry(
            title=title,
            data=self._wiring(),
            options=options | {CONF_ENABLED: SITE[CONF_ENABLED].default},
        )

    def _wiring(self) -> dict[str, Any]:
        """Return what the site is wired to."""
        values = self._values
        wiring = {key: values[key] for key in WIRING_KEYS}
        wiring[CONF_PHASES] = int(values[CONF_PHASES])
        if values.get(CONF_DELTA_NET):
            wiring[CONF_DELTA_NET] = True
        keys = (*self._meter_needs(), *self._more_needs(), *MAY_BE_EMPTY)
        if values.get(CONF_SIMULATED):
            keys = (CONF_SIMULATED, *SIMULATION_KEYS)
        meter = {key: values[key] for key in keys if key in values}
        return wiring | meter | self._equipment_wiring()
