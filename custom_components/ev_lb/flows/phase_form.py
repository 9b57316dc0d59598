"""What the forms ask about the wires of a charger, and the result of a test."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.helpers import selector
import probatio

from custom_components.ev_lb.const import (
    CONF_PHASES,
    CONF_RAMP_UP_A_PER_S,
    CONF_RESPONSE_TIME_S,
)
from custom_components.ev_lb.settings import CHARGER, defaults

from .forms import choice, number, required

PHASE_ORDERS: Final = (
    "l1_l2_l3",
    "l1",
    "l2",
    "l3",
    "l2_l3_l1",
    "l3_l1_l2",
    "l1_l3_l2",
    "l2_l1_l3",
    "l3_l2_l1",
)


def phase_field(
    values: Mapping[str, Any], site_phases: int
) -> dict[probatio.Marker, Any]:
    """Return the field of the order of wires; none where there is one phase."""
    if site_phases == 1:
        return {}
    order = {CONF_PHASES: "_".join(values[CONF_PHASES])}
    orders = choice(
        list(PHASE_ORDERS), "charger_phases", selector.SelectSelectorMode.DROPDOWN
    )
    return {required(CONF_PHASES, order): orders}


def trial_result_schema(values: Mapping[str, Any], site_phases: int) -> probatio.Schema:
    """Return the form of what a test of a charger has found."""
    values = {**defaults(CHARGER, [CONF_RAMP_UP_A_PER_S]), **values}
    return probatio.Schema(
        {
            **phase_field(values, site_phases),
            required(CONF_RESPONSE_TIME_S, values): number(
                CHARGER[CONF_RESPONSE_TIME_S]
            ),
            required(CONF_RAMP_UP_A_PER_S, values): number(
                CHARGER[CONF_RAMP_UP_A_PER_S]
            ),
        }
    )
