"""What the forms of known chargers and of plugs hold."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import CONF_NAME
from homeassistant.helpers import selector
import probatio

from custom_components.ev_lb.chargers.facts import Family
from custom_components.ev_lb.const import (
    CONF_BEFORE_METER,
    CONF_LEASE_S,
    CONF_LEFT_ALONE_CURRENT_A,
    CONF_LIMIT_KIND,
    CONF_MEASURED_CURRENT_ENTITY,
    CONF_MIN_CURRENT_A,
    CONF_PAUSE_S,
    CONF_PHASES_ENTITY,
    CONF_RAISE_INTERVAL_S,
    CONF_RESPONSE_TIME_S,
    CONF_SWITCH_ENTITY,
)
from custom_components.ev_lb.settings import CHARGER, FAMILY

from .charger_form import advanced_fields, limit_fields, sharing_fields
from .forms import advanced, boolean, choice, entity, number, optional, required
from .validation import CHARGER_SWITCH, CURRENT_SENSOR

CONF_FAMILY_CHARGER: Final = "family_charger"
CONF_SWITCH_PHASES: Final = "switch_phases"
"""Fields that lead to what is kept."""

PLUG_NEEDS: Final = {
    CONF_SWITCH_ENTITY: CHARGER_SWITCH,
    CONF_MEASURED_CURRENT_ENTITY: CURRENT_SENSOR,
}


def family_charger_schema(
    values: Mapping[str, Any],
    site_phases: int,
    circuits: Mapping[str, str],
    family: Family,
    *,
    switches_phases: bool,
) -> probatio.Schema:
    """Return the form of a known charger's wires and limits, and which one is set.

    `switches_phases`: whether it can be set to one phase and back.
    """
    fields: dict[probatio.Marker, Any] = {}
    if len(family.limits) > 1:
        fields[required(CONF_LIMIT_KIND, values)] = choice(
            list(family.limits), CONF_LIMIT_KIND
        )
    switching: dict[probatio.Marker, Any] = {}
    if switches_phases and site_phases > 1:
        is_set = {CONF_SWITCH_PHASES: CONF_PHASES_ENTITY in values}
        switching[required(CONF_SWITCH_PHASES, is_set)] = boolean()
    seldom: dict[probatio.Marker, Any] = {
        required(CONF_RESPONSE_TIME_S, values): number(CHARGER[CONF_RESPONSE_TIME_S]),
        required(CONF_PAUSE_S, values): number(CHARGER[CONF_PAUSE_S]),
        optional(CONF_BEFORE_METER, values): boolean(),
    }
    if family.raise_interval_s:
        seldom[required(CONF_RAISE_INTERVAL_S, values)] = number(
            FAMILY[CONF_RAISE_INTERVAL_S]
        )
    if any(limit.may_lease for limit in family.limits.values()):
        seldom[optional(CONF_LEASE_S, values)] = number(FAMILY[CONF_LEASE_S])
        seldom[optional(CONF_LEFT_ALONE_CURRENT_A, values)] = number(
            CHARGER[CONF_LEFT_ALONE_CURRENT_A]
        )
    return probatio.Schema(
        {
            **fields,
            **limit_fields(values, site_phases, circuits),
            **switching,
            **sharing_fields(values),
            **advanced(seldom),
        }
    )


def plug_schema(
    values: Mapping[str, Any], site_phases: int, circuits: Mapping[str, str]
) -> probatio.Schema:
    """Return the form of a load on a plug."""
    limits = limit_fields(values, site_phases, circuits)
    limits.pop(required(CONF_MIN_CURRENT_A, values))
    return probatio.Schema(
        {
            required(CONF_NAME, values): selector.TextSelector(),
            required(CONF_SWITCH_ENTITY, values): entity(CHARGER_SWITCH),
            **limits,
            optional(CONF_MEASURED_CURRENT_ENTITY, values): entity(CURRENT_SENSOR),
            **sharing_fields(values),
            **advanced_fields(values),
        }
    )
