"""Options flow: what can be tuned while a site runs on."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
import probatio

from custom_components.ev_lb.building.features import has_battery
from custom_components.ev_lb.building.site_soundness import site_options
from custom_components.ev_lb.const import (
    BATTERY_SOC_RANGE_PERCENT,
    CONF_ALLOW_GRID_CHARGING,
    CONF_BATTERY_SOC_MIN_PERCENT,
    CONF_BATTERY_SOC_TARGET_PERCENT,
    CONF_CHARGING_MODE,
    CONF_DISTRIBUTION_MODE,
    CONF_EXCESS_THRESHOLD_W,
    CONF_HOLD_WINDOW_S,
    CONF_POWER_BUFFER_W,
    CONF_RAMP_UP_TIME_S,
    CONF_ROTATION_PERIOD_S,
    CONF_SERVICE_CURRENT_A,
    CONF_SOLAR_GRACE_S,
    DEFAULT_ALLOW_GRID_CHARGING,
    DEFAULT_BATTERY_SOC_MIN_PERCENT,
    DEFAULT_BATTERY_SOC_TARGET_PERCENT,
    DEFAULT_CHARGING_MODE,
    DEFAULT_DISTRIBUTION_MODE,
    DEFAULT_EXCESS_THRESHOLD_W,
    DEFAULT_HOLD_WINDOW_S,
    DEFAULT_POWER_BUFFER_W,
    DEFAULT_RAMP_UP_TIME_S,
    DEFAULT_ROTATION_PERIOD_S,
    DEFAULT_SERVICE_CURRENT_A,
    DEFAULT_SOLAR_GRACE_S,
    DISTRIBUTION_MODES,
    EXCESS_THRESHOLD_RANGE_W,
    HOLD_WINDOW_RANGE_S,
    POWER_BUFFER_RANGE_W,
    RAMP_UP_TIME_RANGE_S,
    ROTATION_PERIOD_RANGE_S,
    SERVICE_CURRENT_RANGE_A,
    SITE_CHARGING_MODES,
    SOLAR_GRACE_RANGE_S,
    Range,
)

from .forms import (
    SECTION_SUN,
    SECTION_TIMING,
    boolean,
    choice,
    collapsed,
    flatten,
    number,
    required,
)
from .validation import FormCheck

OPTION_DEFAULTS: Final[Mapping[str, Any]] = {
    CONF_SERVICE_CURRENT_A: DEFAULT_SERVICE_CURRENT_A,
    CONF_CHARGING_MODE: DEFAULT_CHARGING_MODE,
    CONF_DISTRIBUTION_MODE: DEFAULT_DISTRIBUTION_MODE,
    CONF_ALLOW_GRID_CHARGING: DEFAULT_ALLOW_GRID_CHARGING,
    CONF_POWER_BUFFER_W: DEFAULT_POWER_BUFFER_W,
    CONF_EXCESS_THRESHOLD_W: DEFAULT_EXCESS_THRESHOLD_W,
    CONF_SOLAR_GRACE_S: DEFAULT_SOLAR_GRACE_S,
    CONF_BATTERY_SOC_MIN_PERCENT: DEFAULT_BATTERY_SOC_MIN_PERCENT,
    CONF_BATTERY_SOC_TARGET_PERCENT: DEFAULT_BATTERY_SOC_TARGET_PERCENT,
    CONF_RAMP_UP_TIME_S: DEFAULT_RAMP_UP_TIME_S,
    CONF_HOLD_WINDOW_S: DEFAULT_HOLD_WINDOW_S,
    CONF_ROTATION_PERIOD_S: DEFAULT_ROTATION_PERIOD_S,
}
RANGES: Final[Mapping[str, tuple[Range, str | None]]] = {
    CONF_SERVICE_CURRENT_A: (SERVICE_CURRENT_RANGE_A, None),
    CONF_POWER_BUFFER_W: (POWER_BUFFER_RANGE_W, SECTION_SUN),
    CONF_EXCESS_THRESHOLD_W: (EXCESS_THRESHOLD_RANGE_W, SECTION_SUN),
    CONF_SOLAR_GRACE_S: (SOLAR_GRACE_RANGE_S, SECTION_SUN),
    CONF_BATTERY_SOC_MIN_PERCENT: (BATTERY_SOC_RANGE_PERCENT, SECTION_SUN),
    CONF_BATTERY_SOC_TARGET_PERCENT: (BATTERY_SOC_RANGE_PERCENT, SECTION_SUN),
    CONF_RAMP_UP_TIME_S: (RAMP_UP_TIME_RANGE_S, SECTION_TIMING),
    CONF_HOLD_WINDOW_S: (HOLD_WINDOW_RANGE_S, SECTION_TIMING),
    CONF_ROTATION_PERIOD_S: (ROTATION_PERIOD_RANGE_S, SECTION_TIMING),
}
"""What a number may be, and in which section it is asked for."""


class EvLbOptionsFlow(OptionsFlow):
    """Change how a site balances; it holds at once."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the modes, and for what few people change."""
        entry = self.config_entry
        values = {**OPTION_DEFAULTS, **site_options(entry)}
        check = FormCheck()
        if user_input is not None:
            changes = flatten(user_input)
            values |= changes
            _check(check, values)
            if not check.errors:
                return self.async_create_entry(data={**entry.options, **changes})
        return self.async_show_form(
            step_id="init",
            data_schema=_schema(values, with_battery=has_battery(entry)),
            errors=check.errors,
            description_placeholders=check.placeholders,
        )


def _check(check: FormCheck, values: Mapping[str, Any]) -> None:
    for key, (limits, shown_at) in RANGES.items():
        check.in_range(key, values[key], limits, shown_at=shown_at)
    lowest = values[CONF_BATTERY_SOC_MIN_PERCENT]
    if lowest > values[CONF_BATTERY_SOC_TARGET_PERCENT]:
        check.fail(SECTION_SUN, "soc_min_above_target")


def _schema(values: Mapping[str, Any], *, with_battery: bool) -> probatio.Schema:
    sun: dict[probatio.Marker, Any] = {
        required(CONF_POWER_BUFFER_W, values): number("W"),
        required(CONF_EXCESS_THRESHOLD_W, values): number("W"),
        required(CONF_SOLAR_GRACE_S, values): number("s"),
    }
    if with_battery:
        sun |= {
            required(CONF_BATTERY_SOC_MIN_PERCENT, values): number("%"),
            required(CONF_BATTERY_SOC_TARGET_PERCENT, values): number("%"),
        }
    timing: dict[probatio.Marker, Any] = {
        required(CONF_RAMP_UP_TIME_S, values): number("s"),
        required(CONF_HOLD_WINDOW_S, values): number("s"),
        required(CONF_ROTATION_PERIOD_S, values): number("s"),
    }
    return probatio.Schema(
        {
            required(CONF_SERVICE_CURRENT_A, values): number("A"),
            required(CONF_CHARGING_MODE, values): choice(
                list(SITE_CHARGING_MODES), CONF_CHARGING_MODE
            ),
            required(CONF_DISTRIBUTION_MODE, values): choice(
                list(DISTRIBUTION_MODES), CONF_DISTRIBUTION_MODE
            ),
            required(CONF_ALLOW_GRID_CHARGING, values): boolean(),
            **collapsed(SECTION_SUN, sun),
            **collapsed(SECTION_TIMING, timing),
        }
    )
