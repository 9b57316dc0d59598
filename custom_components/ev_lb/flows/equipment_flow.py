"""The steps that ask for sun, battery and the grid operator's limits."""

from collections.abc import Iterable, Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult

from custom_components.ev_lb.const import (
    CONF_BATTERY_MAX_CHARGE_POWER_W,
    CONF_BATTERY_MAX_DISCHARGE_POWER_W,
    CONF_BATTERY_SOC_MIN_PERCENT,
    CONF_BATTERY_SOC_TARGET_PERCENT,
    CONF_CAN_EXPORT,
    CONF_CAPACITY_TARIFF_LIMIT_W,
    CONF_CAPACITY_TARIFF_PERIOD_S,
    CONF_EXTERNAL_CAP_ENTITY,
    CONF_EXTERNAL_CAP_W,
    CONF_FUSE_TOLERANCE_PERCENT,
    CONF_GRID_UNBALANCE_LIMIT_A,
    CONF_IMPORT_LIMIT_ENTITY,
    CONF_IMPORT_LIMIT_W,
    CONF_PHASES,
    CONF_SHADOW_MODE,
    CONF_SOLAR_POWER_ENTITY,
    CONF_UNBALANCE_LIMIT_A,
    METER_ENTITY_KEYS,
)
from custom_components.ev_lb.settings import SITE

from .energy_hints import async_energy_hints
from .equipment_form import (
    BATTERY_NEEDS,
    BATTERY_OPTIONS,
    BATTERY_WIRING,
    CONF_EQUIPMENT,
    EQUIPMENT_STEPS,
    EXTERNAL_CAP_WIRING,
    IMPORT_WIRING,
    LIMIT_NEEDS,
    LIMIT_SECTIONS,
    OPTIONAL_LIMITS,
    SOLAR_NEEDS,
    SOLAR_WIRING,
    STEP_BATTERY,
    STEP_LIMITS,
    STEP_SOLAR,
    TARIFF_WIRING,
    battery_schema,
    equipment_schema,
    limits_schema,
    solar_schema,
)
from .forms import flatten
from .suggestions import suggested
from .validation import (
    EQUIPMENT_ENTITY_KEYS,
    EntityNeed,
    FormCheck,
    check_entities,
    entities_in_use,
)


class EquipmentSteps(ConfigFlow):
    """The steps for what a home may have besides its meter."""

    def __init__(self) -> None:
        """Start with nothing chosen."""
        self._values: dict[str, Any] = {}
        self._steps_left: list[str] = []
        self._asked: set[str] = set()
        """The options that were asked for: all others stay as they are."""

    async def _async_done(self) -> ConfigFlowResult:
        """Write the site down, once nothing looks wrong."""
        raise NotImplementedError

    async def async_step_equipment(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what else there is, so that nobody meets forms without need."""
        if user_input is not None:
            chosen = user_input.get(CONF_EQUIPMENT, [])
            self._values[CONF_SHADOW_MODE] = user_input[CONF_SHADOW_MODE]
            self._asked.add(CONF_SHADOW_MODE)
            self._steps_left = [step for step in EQUIPMENT_STEPS if step in chosen]
            return await self._async_next()
        return self.async_show_form(
            step_id="equipment",
            data_schema=equipment_schema(self._values),
            errors={},
            last_step=False,
        )

    async def _async_next(self) -> ConfigFlowResult:
        """Go to the next step that was chosen, if any is left."""
        if not self._steps_left:
            return await self._async_done()
        step = self._steps_left.pop(0)
        if step == STEP_SOLAR:
            return await self.async_step_solar()
        if step == STEP_BATTERY:
            return await self.async_step_battery()
        return await self.async_step_limits()

    async def async_step_solar(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for what the sun gives."""
        check = FormCheck()
        if user_input is not None:
            self._take(user_input, SOLAR_NEEDS)
            self._check_entities(check, SOLAR_NEEDS)
            if not check.errors:
                # A meter that is taken to be broken at noon helps nobody.
                self._values[CONF_CAN_EXPORT] = True
                return await self._async_next()
        else:
            await self._async_suggest(SOLAR_NEEDS)
        return self.async_show_form(
            step_id=STEP_SOLAR,
            data_schema=solar_schema(self._values),
            errors=check.errors,
            description_placeholders=check.placeholders,
            last_step=not self._steps_left,
        )

    async def async_step_battery(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the home battery."""
        check = FormCheck()
        if user_input is not None:
            self._take(user_input, BATTERY_NEEDS)
            self._asked.update(BATTERY_OPTIONS)
            self._check_entities(check, BATTERY_NEEDS)
            self._check_battery(check)
            if not check.errors:
                self._values[CONF_CAN_EXPORT] = True
                return await self._async_next()
        else:
            await self._async_suggest(BATTERY_NEEDS)
        return self.async_show_form(
            step_id=STEP_BATTERY,
            data_schema=battery_schema(self._values),
            errors=check.errors,
            description_placeholders=check.placeholders,
            last_step=not self._steps_left,
        )

    def _check_battery(self, check: FormCheck) -> None:
        """Check the battery's thresholds and powers."""
        values = self._values
        for key in BATTERY_OPTIONS:
            check.in_range(SITE[key], values, shown_at=key)
        lowest = values[CONF_BATTERY_SOC_MIN_PERCENT]
        if lowest > values[CONF_BATTERY_SOC_TARGET_PERCENT]:
            check.fail(CONF_BATTERY_SOC_MIN_PERCENT, "soc_min_above_target")
        for key in (
            CONF_BATTERY_MAX_CHARGE_POWER_W,
            CONF_BATTERY_MAX_DISCHARGE_POWER_W,
        ):
            check.in_range(SITE[key], values)

    async def async_step_limits(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the limits that the grid operator sets besides the fuse."""
        check = FormCheck()
        if user_input is not None:
            self._take(user_input, (*LIMIT_NEEDS, *OPTIONAL_LIMITS))
            self._asked |= {*OPTIONAL_LIMITS, CONF_FUSE_TOLERANCE_PERCENT}
            values = self._values
            values[CONF_CAPACITY_TARIFF_PERIOD_S] = float(
                values[CONF_CAPACITY_TARIFF_PERIOD_S]
            )
            self._check_entities(check, LIMIT_NEEDS)
            self._check_limits(check)
            if not check.errors:
                return await self._async_next()
        return self.async_show_form(
            step_id=STEP_LIMITS,
            data_schema=limits_schema(self._values, int(self._values[CONF_PHASES])),
            errors=check.errors,
            description_placeholders=check.placeholders,
            last_step=not self._steps_left,
        )

    def _check_limits(self, check: FormCheck) -> None:
        """Check the numbers of the grid operator's limits."""
        for key in (
            CONF_IMPORT_LIMIT_W,
            CONF_CAPACITY_TARIFF_LIMIT_W,
            CONF_EXTERNAL_CAP_W,
            CONF_UNBALANCE_LIMIT_A,
            CONF_GRID_UNBALANCE_LIMIT_A,
            CONF_FUSE_TOLERANCE_PERCENT,
        ):
            if key in self._values:
                check.in_range(SITE[key], self._values)

    def _take(self, user_input: Mapping[str, Any], may_be_empty: Iterable[str]) -> None:
        """Keep what a form sent; a field that was emptied is not in it."""
        for key in may_be_empty:
            self._values.pop(key, None)
        self._values |= flatten(user_input)

    async def _async_suggest(self, needs: Mapping[str, EntityNeed]) -> None:
        """Fill empty fields with what probably fits, the Energy dashboard's first."""
        if not any(key in self._values for key in needs):
            taken = {*entities_in_use(self.hass), *self._others(needs)}
            self._values |= suggested(self.hass, needs, taken)
            self._values |= await async_energy_hints(self.hass, needs, taken)

    def _others(self, needs: Mapping[str, EntityNeed]) -> list[str]:
        """Return what is picked in the other forms."""
        return [
            self._values[key]
            for key in (*METER_ENTITY_KEYS, *EQUIPMENT_ENTITY_KEYS)
            if key in self._values and key not in needs
        ]

    def _check_entities(
        self, check: FormCheck, needs: Mapping[str, EntityNeed]
    ) -> None:
        """Check the entities of one form against the meter and the chargers."""
        check_entities(
            self.hass,
            check,
            self._values,
            needs,
            entities_in_use(self.hass),
            self._others(needs),
            LIMIT_SECTIONS,
        )

    def _equipment_wiring(self) -> dict[str, Any]:
        """Return what the site has besides its meter, and how it is wired."""
        values = self._values
        keys: list[str] = []
        if CONF_SOLAR_POWER_ENTITY in values:
            keys += SOLAR_WIRING
        if any(key in values for key in BATTERY_NEEDS):
            keys += BATTERY_WIRING
        if CONF_IMPORT_LIMIT_ENTITY in values:
            keys += IMPORT_WIRING
        if CONF_CAPACITY_TARIFF_LIMIT_W in values:
            keys += TARIFF_WIRING
        if CONF_EXTERNAL_CAP_ENTITY in values:
            keys += EXTERNAL_CAP_WIRING
        return {key: values[key] for key in keys if key in values}
