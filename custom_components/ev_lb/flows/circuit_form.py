"""What the forms of a circuit hold."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import CONF_NAME
from homeassistant.helpers import selector
import probatio

from custom_components.ev_lb.const import (
    CONF_CIRCUIT_LIMIT_A,
    CONF_FRESHNESS_LIMIT_S,
    CONF_INVERT_SIGN,
    CONF_METER_KIND,
    CONF_PARENT_CIRCUIT,
    CONF_PHASES,
    METER_KINDS,
    PHASE_KEYS,
)
from custom_components.ev_lb.settings import CIRCUIT, defaults

from .forms import boolean, choice, choices, entity, named_choice, number, required
from .meter_form import more_fields, timing_fields
from .validation import EntityNeed

METER_NONE: Final = "none"
CIRCUIT_DEFAULTS: Final[Mapping[str, Any]] = {
    **defaults(
        CIRCUIT, (CONF_CIRCUIT_LIMIT_A, CONF_INVERT_SIGN, CONF_FRESHNESS_LIMIT_S)
    ),
    CONF_METER_KIND: METER_NONE,
}


def circuit_schema(
    values: Mapping[str, Any], site_phases: int, parents: Mapping[str, str]
) -> probatio.Schema:
    """Return the form of a circuit; `parents` are the names of what may feed it."""
    fields: dict[probatio.Marker, Any] = {
        required(CONF_NAME, values): selector.TextSelector(),
        required(CONF_CIRCUIT_LIMIT_A, values): number(CIRCUIT[CONF_CIRCUIT_LIMIT_A]),
    }
    if site_phases > 1:
        fields[required(CONF_PHASES, values)] = choices(
            list(PHASE_KEYS), "circuit_phases"
        )
    if len(parents) > 1:
        fields[required(CONF_PARENT_CIRCUIT, values)] = named_choice(parents)
    fields[required(CONF_METER_KIND, values)] = choice(
        [METER_NONE, *METER_KINDS], "circuit_meter_kind"
    )
    return probatio.Schema(fields)


def circuit_meter_schema(
    values: Mapping[str, Any],
    needs: Mapping[str, EntityNeed],
    more: Mapping[str, EntityNeed],
) -> probatio.Schema:
    """Return the form of a circuit's own meter."""
    return probatio.Schema(
        {
            **{required(key, values): entity(need) for key, need in needs.items()},
            required(CONF_INVERT_SIGN, values): boolean(),
            **more_fields(values, more),
            **timing_fields(values),
        }
    )
