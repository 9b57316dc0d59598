"""What the forms of a site hold."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import CONF_NAME
from homeassistant.helpers import selector
import probatio

from custom_components.ev_lb.const import (
    CONF_CAN_EXPORT,
    CONF_DELTA_NET,
    CONF_FALLBACK_CURRENT_A,
    CONF_FOUND_METER,
    CONF_FRESHNESS_LIMIT_S,
    CONF_INVERT_SIGN,
    CONF_METER_KIND,
    CONF_METER_LOSS_BEHAVIOR,
    CONF_PHASES,
    CONF_RAMP_UP_TIME_S,
    CONF_SERVICE_CURRENT_A,
    CONF_SIMULATED_BATTERY,
    CONF_SIMULATED_SOLAR,
    CONF_SIMULATION_SPEED,
    CONF_VOLTAGE_V,
    DEFAULT_PHASES,
    METER_KINDS,
)
from custom_components.ev_lb.settings import SITE, defaults

from .forms import (
    advanced,
    boolean,
    choice,
    entity,
    named_choice,
    number,
    optional,
    required,
)
from .meter_form import more_fields, timing_fields
from .validation import EntityNeed

SITE_DEFAULTS: Final[Mapping[str, Any]] = {
    CONF_PHASES: str(DEFAULT_PHASES),
    **defaults(
        SITE,
        (
            CONF_SERVICE_CURRENT_A,
            CONF_VOLTAGE_V,
            CONF_INVERT_SIGN,
            CONF_CAN_EXPORT,
            CONF_FRESHNESS_LIMIT_S,
            CONF_METER_LOSS_BEHAVIOR,
            CONF_FALLBACK_CURRENT_A,
            CONF_RAMP_UP_TIME_S,
            CONF_SIMULATED_SOLAR,
            CONF_SIMULATED_BATTERY,
            CONF_SIMULATION_SPEED,
        ),
    ),
}
OPTION_KEYS: Final = (CONF_SERVICE_CURRENT_A, CONF_RAMP_UP_TIME_S)
WIRING_KEYS: Final = (
    CONF_METER_KIND,
    CONF_INVERT_SIGN,
    CONF_CAN_EXPORT,
    CONF_VOLTAGE_V,
    CONF_FRESHNESS_LIMIT_S,
    CONF_METER_LOSS_BEHAVIOR,
    CONF_FALLBACK_CURRENT_A,
)

SIMULATION_KEYS: Final = (
    CONF_SIMULATED_SOLAR,
    CONF_SIMULATED_BATTERY,
    CONF_SIMULATION_SPEED,
)
SIMULATED_HOME_NAME: Final = "Simulated home"


def found_meter_schema(
    labels: Mapping[str, str], suggested: str | None
) -> probatio.Schema:
    """Return the form of the meters that were found."""
    values = {} if suggested is None else {CONF_FOUND_METER: suggested}
    return probatio.Schema({optional(CONF_FOUND_METER, values): named_choice(labels)})


def home_schema(values: Mapping[str, Any]) -> probatio.Schema:
    """Return the form of the grid connection."""
    return probatio.Schema(
        {
            required(CONF_NAME, values): selector.TextSelector(),
            required(CONF_METER_KIND, values): choice(
                list(METER_KINDS), CONF_METER_KIND
            ),
            required(CONF_PHASES, values): choice(["3", "1"], "site_phases"),
            required(CONF_SERVICE_CURRENT_A, values): number(
                SITE[CONF_SERVICE_CURRENT_A]
            ),
            **advanced(
                {
                    required(CONF_VOLTAGE_V, values): number(SITE[CONF_VOLTAGE_V]),
                    optional(CONF_DELTA_NET, values): boolean(),
                }
            ),
        }
    )


def meter_schema(
    values: Mapping[str, Any],
    needs: Mapping[str, EntityNeed],
    more: Mapping[str, EntityNeed],
) -> probatio.Schema:
    """Return the form of the meter."""
    return probatio.Schema(
        {
            **{required(key, values): entity(need) for key, need in needs.items()},
            required(CONF_CAN_EXPORT, values): selector.BooleanSelector(),
            required(CONF_INVERT_SIGN, values): selector.BooleanSelector(),
            **more_fields(values, more),
            **timing_fields(values),
        }
    )


def simulated_home_schema(values: Mapping[str, Any]) -> probatio.Schema:
    """Return the form of a home that exists in software only."""
    return probatio.Schema(
        {
            required(CONF_NAME, values): selector.TextSelector(),
            required(CONF_SIMULATED_SOLAR, values): selector.BooleanSelector(),
            required(CONF_SIMULATED_BATTERY, values): selector.BooleanSelector(),
            **advanced(
                {
                    required(CONF_SIMULATION_SPEED, values): number(
                        SITE[CONF_SIMULATION_SPEED]
                    )
                }
            ),
        }
    )


def meter_loss_schema(values: Mapping[str, Any]) -> probatio.Schema:
    """Return the form of what to do without the meter."""
    return probatio.Schema(
        {
            required(CONF_METER_LOSS_BEHAVIOR, values): choice(
                list(SITE[CONF_METER_LOSS_BEHAVIOR].choices),
                CONF_METER_LOSS_BEHAVIOR,
            ),
            required(CONF_RAMP_UP_TIME_S, values): number(SITE[CONF_RAMP_UP_TIME_S]),
        }
    )


def fallback_schema(values: Mapping[str, Any]) -> probatio.Schema:
    """Return the form of the current that holds without the meter."""
    return probatio.Schema(
        {
            required(CONF_FALLBACK_CURRENT_A, values): number(
                SITE[CONF_FALLBACK_CURRENT_A]
            )
        }
    )
