"""What the forms of a charger hold."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import CONF_NAME
from homeassistant.helpers import selector
import probatio

from custom_components.ev_lb.chargers.ocpp_profile import RateUnit, Validity
from custom_components.ev_lb.const import (
    ATTR_CURRENT_A,
    CHARGER_CHARGING_MODES,
    CONF_ALL_PHASES_STATE,
    CONF_BEFORE_METER,
    CONF_CHARGING_MODE,
    CONF_CHARGING_STATES,
    CONF_CIRCUIT,
    CONF_CONNECTED_STATES,
    CONF_CURRENT_ENTITY,
    CONF_DISCONNECTED_STATES,
    CONF_DRIVER,
    CONF_FAMILY,
    CONF_FAMILY_OWNER,
    CONF_LEASE_S,
    CONF_LEFT_ALONE_AFTER_S,
    CONF_LEFT_ALONE_CURRENT_A,
    CONF_LIMIT_KIND,
    CONF_MAX_CURRENT_A,
    CONF_MEASURED_CURRENT_ENTITY,
    CONF_MEASURES_CURRENT,
    CONF_MIN_CURRENT_A,
    CONF_OCPP_CONNECTOR,
    CONF_OCPP_CPID,
    CONF_ONE_PHASE_STATE,
    CONF_PAUSE_S,
    CONF_PHASES,
    CONF_PHASES_ENTITY,
    CONF_PRIORITY,
    CONF_PROFILE_VALIDITY,
    CONF_RAISE_INTERVAL_S,
    CONF_RAMP_UP_A_PER_S,
    CONF_RATE_UNIT,
    CONF_RESPONSE_TIME_S,
    CONF_SET_CURRENT_ACTION,
    CONF_STACK_LEVEL,
    CONF_START_CHARGING_ACTION,
    CONF_STATUS_ENTITY,
    CONF_STOP_CHARGING_ACTION,
    CONF_SWITCH_ENTITY,
    CONF_WEIGHT,
    DRIVER_ACTIONS,
    DRIVER_ENTITIES,
    DRIVER_FAMILY,
    DRIVER_OCPP,
    DRIVER_PLUG,
    DRIVER_SIMULATED,
    PHASE_KEYS,
    SUBENTRY_TYPE_CHARGER,
)
from custom_components.ev_lb.engine.model import ChargerStatus
from custom_components.ev_lb.settings import CHARGER, OCPP, SECTION_SHARING, defaults

from .forms import (
    advanced,
    boolean,
    choice,
    collapsed,
    entity,
    named_choice,
    number,
    optional,
    required,
)
from .phase_form import phase_field
from .plan_form import plan_fields
from .validation import (
    CHARGER_SWITCH,
    CURRENT_NUMBER,
    CURRENT_SENSOR,
    PHASE_SETTING,
    STATUS_SENSOR,
)

CHARGER_DEFAULTS: Final[Mapping[str, Any]] = {
    CONF_PHASES: list(PHASE_KEYS),
    **defaults(
        CHARGER,
        (
            CONF_MAX_CURRENT_A,
            CONF_MIN_CURRENT_A,
            CONF_RESPONSE_TIME_S,
            CONF_PAUSE_S,
            CONF_CHARGING_MODE,
            CONF_PRIORITY,
            CONF_WEIGHT,
        ),
    ),
}
OCPP_DEFAULTS: Final = defaults(
    OCPP, (CONF_LEFT_ALONE_CURRENT_A, CONF_LEASE_S, CONF_PROFILE_VALIDITY)
)
OCPP_KEYS: Final = (
    CONF_OCPP_CPID,
    CONF_OCPP_CONNECTOR,
    CONF_STACK_LEVEL,
    CONF_RATE_UNIT,
    *OCPP_DEFAULTS,
)
FAMILY_KEYS: Final = (
    CONF_FAMILY,
    CONF_FAMILY_OWNER,
    CONF_LIMIT_KIND,
    CONF_MEASURES_CURRENT,
    CONF_RAISE_INTERVAL_S,
    CONF_LEASE_S,
    CONF_LEFT_ALONE_CURRENT_A,
    CONF_PHASES_ENTITY,
)
PLUG_KEYS: Final = (CONF_SWITCH_ENTITY, CONF_MEASURED_CURRENT_ENTITY)
SIMULATED_CHARGER: Final[ConfigSubentryData] = {
    "subentry_type": SUBENTRY_TYPE_CHARGER,
    "title": "Simulated charger",
    "unique_id": None,
    "data": {**CHARGER_DEFAULTS, CONF_DRIVER: DRIVER_SIMULATED},
}

ACTION_KEYS: Final = (
    CONF_SET_CURRENT_ACTION,
    CONF_STOP_CHARGING_ACTION,
    CONF_START_CHARGING_ACTION,
)
STATE_KEYS: Final = {
    ChargerStatus.CHARGING: CONF_CHARGING_STATES,
    ChargerStatus.CONNECTED: CONF_CONNECTED_STATES,
    ChargerStatus.DISCONNECTED: CONF_DISCONNECTED_STATES,
}
ENTITY_NEEDS: Final = {
    CONF_CURRENT_ENTITY: CURRENT_NUMBER,
    CONF_SWITCH_ENTITY: CHARGER_SWITCH,
}
SENSOR_NEEDS: Final = {
    CONF_MEASURED_CURRENT_ENTITY: CURRENT_SENSOR,
    CONF_STATUS_ENTITY: STATUS_SENSOR,
}
STATED_NEEDS: Final = {**SENSOR_NEEDS, CONF_PHASES_ENTITY: PHASE_SETTING}
PHASE_STATE_KEYS: Final = (CONF_ONE_PHASE_STATE, CONF_ALL_PHASES_STATE)
LIMIT_KEYS: Final = (
    CONF_PHASES,
    CONF_MAX_CURRENT_A,
    CONF_MIN_CURRENT_A,
    CONF_RESPONSE_TIME_S,
    CONF_RAMP_UP_A_PER_S,
    CONF_PAUSE_S,
    CONF_BEFORE_METER,
    CONF_CHARGING_MODE,
    CONF_PRIORITY,
    CONF_WEIGHT,
)
LEFT_ALONE_KEYS: Final = (CONF_LEFT_ALONE_CURRENT_A, CONF_LEFT_ALONE_AFTER_S)
KEYS_OF_DRIVER: Final = {
    DRIVER_ACTIONS: (*ACTION_KEYS, *STATED_NEEDS, *LEFT_ALONE_KEYS),
    DRIVER_ENTITIES: (*ENTITY_NEEDS, *STATED_NEEDS, *LEFT_ALONE_KEYS),
    DRIVER_FAMILY: FAMILY_KEYS,
    DRIVER_OCPP: OCPP_KEYS,
    DRIVER_PLUG: PLUG_KEYS,
    DRIVER_SIMULATED: (),
}
ACTIONS_EXAMPLE: Final = f"""```yaml
action: number.set_value
target:
  entity_id: number.my_charger_current
data:
  value: "{{{{ {ATTR_CURRENT_A} }}}}"
```"""


def entities_schema(values: Mapping[str, Any]) -> probatio.Schema:
    """Return the form of a charger that entities control."""
    return probatio.Schema(
        {
            required(CONF_NAME, values): selector.TextSelector(),
            required(CONF_CURRENT_ENTITY, values): entity(CURRENT_NUMBER),
            optional(CONF_SWITCH_ENTITY, values): entity(CHARGER_SWITCH),
        }
    )


def actions_schema(values: Mapping[str, Any]) -> probatio.Schema:
    """Return the form of a charger that actions control."""
    actions = selector.ActionSelector()
    return probatio.Schema(
        {
            required(CONF_NAME, values): selector.TextSelector(),
            required(CONF_SET_CURRENT_ACTION, values): actions,
            optional(CONF_STOP_CHARGING_ACTION, values): actions,
            optional(CONF_START_CHARGING_ACTION, values): actions,
        }
    )


def charger_schema(
    values: Mapping[str, Any], site_phases: int, circuits: Mapping[str, str]
) -> probatio.Schema:
    """Return the form of a charger's wires, limits and sensors.

    `circuits` are the names of what may feed it.
    """
    return probatio.Schema(
        {
            **limit_fields(values, site_phases, circuits),
            optional(CONF_MEASURED_CURRENT_ENTITY, values): entity(CURRENT_SENSOR),
            optional(CONF_STATUS_ENTITY, values): entity(STATUS_SENSOR),
            **_phase_setting(values, site_phases),
            **sharing_fields(values),
            **advanced_fields(
                values,
                {
                    optional(CONF_LEFT_ALONE_CURRENT_A, values): number(
                        CHARGER[CONF_LEFT_ALONE_CURRENT_A]
                    ),
                    optional(CONF_LEFT_ALONE_AFTER_S, values): number(
                        CHARGER[CONF_LEFT_ALONE_AFTER_S]
                    ),
                },
            ),
        }
    )


def simulated_charger_schema(
    values: Mapping[str, Any], site_phases: int, circuits: Mapping[str, str]
) -> probatio.Schema:
    """Return the form of a charger that exists in software only."""
    return probatio.Schema(
        {
            required(CONF_NAME, values): selector.TextSelector(),
            **limit_fields(values, site_phases, circuits),
            **sharing_fields(values),
            **advanced_fields(values),
        }
    )


def found_schema(
    values: Mapping[str, Any], key: str, found: Mapping[str, str]
) -> probatio.Schema:
    """Return the form of which of the chargers it is that were found."""
    return probatio.Schema(
        {
            required(key, values): named_choice(found),
            optional(CONF_NAME, values): selector.TextSelector(),
        }
    )


def ocpp_charger_schema(
    values: Mapping[str, Any], site_phases: int, circuits: Mapping[str, str]
) -> probatio.Schema:
    """Return the form of an OCPP charge point's limits, and of how they are sent."""
    values = {**OCPP_DEFAULTS, **values}
    in_lists = selector.SelectSelectorMode.DROPDOWN
    return probatio.Schema(
        {
            **limit_fields(values, site_phases, circuits),
            required(CONF_LEFT_ALONE_CURRENT_A, values): number(
                OCPP[CONF_LEFT_ALONE_CURRENT_A]
            ),
            **sharing_fields(values),
            **advanced(
                {
                    required(CONF_RESPONSE_TIME_S, values): number(
                        CHARGER[CONF_RESPONSE_TIME_S]
                    ),
                    required(CONF_PAUSE_S, values): number(CHARGER[CONF_PAUSE_S]),
                    optional(CONF_BEFORE_METER, values): boolean(),
                    required(CONF_LEASE_S, values): number(OCPP[CONF_LEASE_S]),
                    required(CONF_STACK_LEVEL, values): number(OCPP[CONF_STACK_LEVEL]),
                    required(CONF_RATE_UNIT, values): choice(
                        [unit.value for unit in RateUnit], CONF_RATE_UNIT, in_lists
                    ),
                    required(CONF_PROFILE_VALIDITY, values): choice(
                        [kind.value for kind in Validity],
                        CONF_PROFILE_VALIDITY,
                        in_lists,
                    ),
                }
            ),
        }
    )


def states_schema(
    lists: Mapping[str, list[str]], selectable: list[str]
) -> probatio.Schema:
    """Return the form of what the status sensor's states mean."""
    states = selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=selectable,
            multiple=True,
            custom_value=True,
            mode=selector.SelectSelectorMode.DROPDOWN,
        )
    )
    return probatio.Schema(
        {optional(key, lists): states for key in STATE_KEYS.values()}
    )


def phases_schema(values: Mapping[str, Any], states: list[str]) -> probatio.Schema:
    """Return the form of what the states of a phase setting mean."""
    state = selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=states,
            custom_value=not states,
            mode=selector.SelectSelectorMode.DROPDOWN,
        )
    )
    return probatio.Schema({required(key, values): state for key in PHASE_STATE_KEYS})


def _phase_setting(
    values: Mapping[str, Any], site_phases: int
) -> dict[probatio.Marker, Any]:
    """Return the field of what switches the charger's phases."""
    if site_phases == 1:
        return {}
    return {optional(CONF_PHASES_ENTITY, values): entity(PHASE_SETTING)}


def limit_fields(
    values: Mapping[str, Any], site_phases: int, circuits: Mapping[str, str]
) -> dict[probatio.Marker, Any]:
    """Return the fields of wires and limits."""
    fields: dict[probatio.Marker, Any] = {}
    if len(circuits) > 1:
        fields[required(CONF_CIRCUIT, values)] = named_choice(circuits)
    return fields | {
        **phase_field(values, site_phases),
        required(CONF_MAX_CURRENT_A, values): number(CHARGER[CONF_MAX_CURRENT_A]),
        required(CONF_MIN_CURRENT_A, values): number(CHARGER[CONF_MIN_CURRENT_A]),
    }


def sharing_fields(values: Mapping[str, Any]) -> dict[probatio.Marker, Any]:
    """Return the sections of how the charger shares with others, and of its plan."""
    sharing = collapsed(
        SECTION_SHARING,
        {
            required(CONF_CHARGING_MODE, values): choice(
                list(CHARGER_CHARGING_MODES),
                "charger_charging_mode",
                selector.SelectSelectorMode.DROPDOWN,
            ),
            required(CONF_PRIORITY, values): number(CHARGER[CONF_PRIORITY]),
            required(CONF_WEIGHT, values): number(CHARGER[CONF_WEIGHT]),
        },
    )
    return {**sharing, **plan_fields(values)}


def advanced_fields(
    values: Mapping[str, Any], more: Mapping[probatio.Marker, Any] | None = None
) -> dict[probatio.Marker, Any]:
    """Return the section of what is seldom changed."""
    return advanced(
        {
            required(CONF_RESPONSE_TIME_S, values): number(
                CHARGER[CONF_RESPONSE_TIME_S]
            ),
            required(CONF_PAUSE_S, values): number(CHARGER[CONF_PAUSE_S]),
            optional(CONF_BEFORE_METER, values): boolean(),
            **(more or {}),
        }
    )
