"""Options flow: what can be tuned while a site runs on."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
import probatio

from custom_components.ev_lb.building.features import has_battery
from custom_components.ev_lb.building.site_soundness import site_options
from custom_components.ev_lb.const import (
    CONF_ALLOW_GRID_CHARGING,
    CONF_BATTERY_SOC_MIN_PERCENT,
    CONF_BATTERY_SOC_TARGET_PERCENT,
    CONF_CHARGING_MODE,
    CONF_DISTRIBUTION_MODE,
    CONF_EXCESS_THRESHOLD_W,
    CONF_HOLD_WINDOW_S,
    CONF_IMPORT_WINDOWS,
    CONF_METER_GRACE_S,
    CONF_POWER_BUFFER_W,
    CONF_RAMP_UP_TIME_S,
    CONF_ROTATION_PERIOD_S,
    CONF_SERVICE_CURRENT_A,
    CONF_SOLAR_GRACE_S,
    DISTRIBUTION_MODES,
    SITE_CHARGING_MODES,
)
from custom_components.ev_lb.explaining.texts import Texts
from custom_components.ev_lb.settings import SECTION_SUN, SECTION_TIMING, SITE, defaults

from .forms import (
    SECTION_PRICES,
    boolean,
    choice,
    collapsed,
    flatten,
    number,
    required,
)
from .price_form import (
    PRICE_KEYS,
    async_prices_as_before,
    async_suggested_prices,
    check_prices,
    price_fields,
)
from .validation import FormCheck
from .windows_form import check_windows, windows_field

NUMBERS: Final = (
    CONF_SERVICE_CURRENT_A,
    CONF_POWER_BUFFER_W,
    CONF_EXCESS_THRESHOLD_W,
    CONF_SOLAR_GRACE_S,
    CONF_BATTERY_SOC_MIN_PERCENT,
    CONF_BATTERY_SOC_TARGET_PERCENT,
    CONF_RAMP_UP_TIME_S,
    CONF_HOLD_WINDOW_S,
    CONF_ROTATION_PERIOD_S,
    CONF_METER_GRACE_S,
)
OPTION_DEFAULTS: Final = {
    **defaults(
        SITE,
        (
            *NUMBERS,
            CONF_CHARGING_MODE,
            CONF_DISTRIBUTION_MODE,
            CONF_ALLOW_GRID_CHARGING,
        ),
    ),
    CONF_IMPORT_WINDOWS: [],
}


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
            check_prices(self.hass, check, changes)
            if not check.errors:
                kept = {
                    key: value
                    for key, value in entry.options.items()
                    # A price that was emptied is not among the changes.
                    if key not in PRICE_KEYS
                }
                for key in await async_prices_as_before(
                    self.hass, entry.options, changes
                ):
                    del changes[key]
                return self.async_create_entry(data={**kept, **changes})
        else:
            values = await async_suggested_prices(self.hass) | values
        texts = Texts()
        await texts.async_load(self.hass)
        return self.async_show_form(
            step_id="init",
            data_schema=_schema(values, texts, with_battery=has_battery(entry)),
            errors=check.errors,
            description_placeholders=check.placeholders,
        )


def _check(check: FormCheck, values: Mapping[str, Any]) -> None:
    for key in NUMBERS:
        check.in_range(SITE[key], values)
    check_windows(check, values)
    lowest = values[CONF_BATTERY_SOC_MIN_PERCENT]
    if lowest > values[CONF_BATTERY_SOC_TARGET_PERCENT]:
        check.fail(SECTION_SUN, "soc_min_above_target")


def _schema(
    values: Mapping[str, Any], texts: Texts, *, with_battery: bool
) -> probatio.Schema:
    sun: dict[probatio.Marker, Any] = {
        required(CONF_POWER_BUFFER_W, values): number(SITE[CONF_POWER_BUFFER_W]),
        required(CONF_EXCESS_THRESHOLD_W, values): number(
            SITE[CONF_EXCESS_THRESHOLD_W]
        ),
        required(CONF_SOLAR_GRACE_S, values): number(SITE[CONF_SOLAR_GRACE_S]),
    }
    if with_battery:
        sun |= {
            required(CONF_BATTERY_SOC_MIN_PERCENT, values): number(
                SITE[CONF_BATTERY_SOC_MIN_PERCENT]
            ),
            required(CONF_BATTERY_SOC_TARGET_PERCENT, values): number(
                SITE[CONF_BATTERY_SOC_TARGET_PERCENT]
            ),
        }
    timing: dict[probatio.Marker, Any] = {
        required(CONF_RAMP_UP_TIME_S, values): number(SITE[CONF_RAMP_UP_TIME_S]),
        required(CONF_HOLD_WINDOW_S, values): number(SITE[CONF_HOLD_WINDOW_S]),
        required(CONF_ROTATION_PERIOD_S, values): number(SITE[CONF_ROTATION_PERIOD_S]),
        required(CONF_METER_GRACE_S, values): number(SITE[CONF_METER_GRACE_S]),
    }
    return probatio.Schema(
        {
            required(CONF_SERVICE_CURRENT_A, values): number(
                SITE[CONF_SERVICE_CURRENT_A]
            ),
            required(CONF_CHARGING_MODE, values): choice(
                list(SITE_CHARGING_MODES), CONF_CHARGING_MODE
            ),
            required(CONF_DISTRIBUTION_MODE, values): choice(
                list(DISTRIBUTION_MODES), CONF_DISTRIBUTION_MODE
            ),
            required(CONF_ALLOW_GRID_CHARGING, values): boolean(),
            required(CONF_IMPORT_WINDOWS, values): windows_field(texts),
            **collapsed(SECTION_PRICES, price_fields(values)),
            **collapsed(SECTION_SUN, sun),
            **collapsed(SECTION_TIMING, timing),
        }
    )
