"""What the forms of sun, battery and of the grid operator's limits hold."""

from collections.abc import Mapping
from typing import Any, Final

import probatio

from custom_components.ev_lb.const import (
    CONF_BATTERY_INVERT_SIGN,
    CONF_BATTERY_MAX_CHARGE_POWER_W,
    CONF_BATTERY_MAX_DISCHARGE_POWER_W,
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_SOC_ENTITY,
    CONF_BATTERY_SOC_MIN_PERCENT,
    CONF_BATTERY_SOC_TARGET_PERCENT,
    CONF_CAPACITY_TARIFF_FOLLOWS_PEAK,
    CONF_CAPACITY_TARIFF_LIMIT_W,
    CONF_CAPACITY_TARIFF_PERIOD_S,
    CONF_EXTERNAL_CAP_ENTITY,
    CONF_EXTERNAL_CAP_PER_CHARGER,
    CONF_EXTERNAL_CAP_W,
    CONF_FUSE_TOLERANCE_PERCENT,
    CONF_GRID_UNBALANCE_LIMIT_A,
    CONF_IMPORT_LIMIT_ENTITY,
    CONF_IMPORT_LIMIT_W,
    CONF_MONTH_PEAK_ENTITY,
    CONF_SHADOW_MODE,
    CONF_SOLAR_POWER_ENTITY,
    CONF_SOLAR_POWER_KIND,
    CONF_UNBALANCE_LIMIT_A,
    SOLAR_POWER_KINDS,
)
from custom_components.ev_lb.settings import (
    SECTION_CAPACITY_TARIFF,
    SECTION_EXTERNAL_CAP,
    SITE,
    defaults,
)

from .forms import (
    advanced,
    boolean,
    choice,
    choices,
    collapsed,
    entity,
    number,
    optional,
    required,
)
from .validation import BATTERY_SOC, CAP_SIGNAL, POWER_LIMIT, POWER_SENSOR

CONF_EQUIPMENT: Final = "equipment"
STEP_SOLAR: Final = "solar"
STEP_BATTERY: Final = "battery"
STEP_LIMITS: Final = "limits"
EQUIPMENT_STEPS: Final = (STEP_SOLAR, STEP_BATTERY, STEP_LIMITS)

SHORT_PERIOD_S: Final = "900"
LONG_PERIOD_S: Final = "3600"

EQUIPMENT_DEFAULTS: Final = defaults(
    SITE,
    (
        CONF_SHADOW_MODE,
        CONF_SOLAR_POWER_KIND,
        CONF_BATTERY_INVERT_SIGN,
        CONF_BATTERY_MAX_CHARGE_POWER_W,
        CONF_BATTERY_MAX_DISCHARGE_POWER_W,
        CONF_BATTERY_SOC_MIN_PERCENT,
        CONF_BATTERY_SOC_TARGET_PERCENT,
        CONF_CAPACITY_TARIFF_PERIOD_S,
        CONF_CAPACITY_TARIFF_FOLLOWS_PEAK,
        CONF_EXTERNAL_CAP_W,
        CONF_EXTERNAL_CAP_PER_CHARGER,
        CONF_FUSE_TOLERANCE_PERCENT,
    ),
)
SOLAR_NEEDS: Final = {CONF_SOLAR_POWER_ENTITY: POWER_SENSOR}
BATTERY_NEEDS: Final = {
    CONF_BATTERY_SOC_ENTITY: BATTERY_SOC,
    CONF_BATTERY_POWER_ENTITY: POWER_SENSOR,
}
LIMIT_NEEDS: Final = {
    CONF_IMPORT_LIMIT_ENTITY: POWER_LIMIT,
    CONF_MONTH_PEAK_ENTITY: POWER_LIMIT,
    CONF_EXTERNAL_CAP_ENTITY: CAP_SIGNAL,
}
LIMIT_SECTIONS: Final = {
    CONF_MONTH_PEAK_ENTITY: SECTION_CAPACITY_TARIFF,
    CONF_EXTERNAL_CAP_ENTITY: SECTION_EXTERNAL_CAP,
}
"""In which section of its form an entity stands."""
OPTIONAL_LIMITS: Final = (
    CONF_IMPORT_LIMIT_W,
    CONF_CAPACITY_TARIFF_LIMIT_W,
    CONF_UNBALANCE_LIMIT_A,
    CONF_GRID_UNBALANCE_LIMIT_A,
)
"""Tunables that do not hold while they are empty."""

SOLAR_WIRING: Final = (CONF_SOLAR_POWER_ENTITY, CONF_SOLAR_POWER_KIND)
BATTERY_WIRING: Final = (
    CONF_BATTERY_SOC_ENTITY,
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_INVERT_SIGN,
    CONF_BATTERY_MAX_CHARGE_POWER_W,
    CONF_BATTERY_MAX_DISCHARGE_POWER_W,
)
BATTERY_OPTIONS: Final = (CONF_BATTERY_SOC_MIN_PERCENT, CONF_BATTERY_SOC_TARGET_PERCENT)
IMPORT_WIRING: Final = (CONF_IMPORT_LIMIT_ENTITY,)
TARIFF_WIRING: Final = (
    CONF_CAPACITY_TARIFF_PERIOD_S,
    CONF_CAPACITY_TARIFF_FOLLOWS_PEAK,
    CONF_MONTH_PEAK_ENTITY,
)
EXTERNAL_CAP_WIRING: Final = (
    CONF_EXTERNAL_CAP_ENTITY,
    CONF_EXTERNAL_CAP_W,
    CONF_EXTERNAL_CAP_PER_CHARGER,
)


def equipment_schema(values: Mapping[str, Any]) -> probatio.Schema:
    """Return the form of what else there is."""
    return probatio.Schema(
        {
            optional(CONF_EQUIPMENT, values): choices(
                list(EQUIPMENT_STEPS), CONF_EQUIPMENT
            ),
            required(CONF_SHADOW_MODE, values): boolean(),
        }
    )


def solar_schema(values: Mapping[str, Any]) -> probatio.Schema:
    """Return the form of the sun."""
    return probatio.Schema(
        {
            optional(CONF_SOLAR_POWER_ENTITY, values): entity(POWER_SENSOR),
            required(CONF_SOLAR_POWER_KIND, values): choice(
                list(SOLAR_POWER_KINDS), CONF_SOLAR_POWER_KIND
            ),
        }
    )


def battery_schema(values: Mapping[str, Any]) -> probatio.Schema:
    """Return the form of the home battery."""
    return probatio.Schema(
        {
            optional(CONF_BATTERY_SOC_ENTITY, values): entity(BATTERY_SOC),
            optional(CONF_BATTERY_POWER_ENTITY, values): entity(POWER_SENSOR),
            required(CONF_BATTERY_INVERT_SIGN, values): boolean(),
            required(CONF_BATTERY_SOC_MIN_PERCENT, values): number(
                SITE[CONF_BATTERY_SOC_MIN_PERCENT]
            ),
            required(CONF_BATTERY_SOC_TARGET_PERCENT, values): number(
                SITE[CONF_BATTERY_SOC_TARGET_PERCENT]
            ),
            **advanced(
                {
                    required(CONF_BATTERY_MAX_CHARGE_POWER_W, values): number(
                        SITE[CONF_BATTERY_MAX_CHARGE_POWER_W]
                    ),
                    required(CONF_BATTERY_MAX_DISCHARGE_POWER_W, values): number(
                        SITE[CONF_BATTERY_MAX_DISCHARGE_POWER_W]
                    ),
                }
            ),
        }
    )


def limits_schema(values: Mapping[str, Any], phases: int) -> probatio.Schema:
    """Return the form of the grid operator's limits."""
    period = {CONF_CAPACITY_TARIFF_PERIOD_S: _period(values)}
    tariff = {
        optional(CONF_CAPACITY_TARIFF_LIMIT_W, values): number(
            SITE[CONF_CAPACITY_TARIFF_LIMIT_W]
        ),
        required(CONF_CAPACITY_TARIFF_PERIOD_S, period): choice(
            [SHORT_PERIOD_S, LONG_PERIOD_S], CONF_CAPACITY_TARIFF_PERIOD_S
        ),
        required(CONF_CAPACITY_TARIFF_FOLLOWS_PEAK, values): boolean(),
        optional(CONF_MONTH_PEAK_ENTITY, values): entity(POWER_LIMIT),
    }
    external = {
        optional(CONF_EXTERNAL_CAP_ENTITY, values): entity(CAP_SIGNAL),
        required(CONF_EXTERNAL_CAP_W, values): number(SITE[CONF_EXTERNAL_CAP_W]),
        required(CONF_EXTERNAL_CAP_PER_CHARGER, values): boolean(),
    }
    seldom: dict[probatio.Marker, Any] = {}
    if phases > 1:
        for key in (CONF_UNBALANCE_LIMIT_A, CONF_GRID_UNBALANCE_LIMIT_A):
            seldom[optional(key, values)] = number(SITE[key])
    seldom[required(CONF_FUSE_TOLERANCE_PERCENT, values)] = number(
        SITE[CONF_FUSE_TOLERANCE_PERCENT]
    )
    return probatio.Schema(
        {
            optional(CONF_IMPORT_LIMIT_W, values): number(SITE[CONF_IMPORT_LIMIT_W]),
            optional(CONF_IMPORT_LIMIT_ENTITY, values): entity(POWER_LIMIT),
            **collapsed(SECTION_CAPACITY_TARIFF, tariff),
            **collapsed(SECTION_EXTERNAL_CAP, external),
            **advanced(seldom),
        }
    )


def _period(values: Mapping[str, Any]) -> str:
    return f"{float(values[CONF_CAPACITY_TARIFF_PERIOD_S]):.0f}"
