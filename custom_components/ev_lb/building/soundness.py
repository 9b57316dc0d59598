"""Which parts of a site cannot be used as they are stored, and why.

A downgrade, a restored backup or an edit by hand leaves what no form would accept.
"""

from collections.abc import Mapping
from typing import Any, Final

from custom_components.ev_lb.chargers.families import FAMILIES
from custom_components.ev_lb.const import (
    CONF_ALL_PHASES_STATE,
    CONF_CHARGING_MODE,
    CONF_CIRCUIT,
    CONF_CURRENT_ENTITY,
    CONF_DEFAULT_DEPARTURE,
    CONF_DRIVER,
    CONF_ENABLED,
    CONF_FAMILY,
    CONF_FAMILY_OWNER,
    CONF_LEASE_S,
    CONF_LEFT_ALONE_AFTER_S,
    CONF_LEFT_ALONE_CURRENT_A,
    CONF_LIMIT_KIND,
    CONF_MAX_CURRENT_A,
    CONF_MEASURES_CURRENT,
    CONF_MIN_CURRENT_A,
    CONF_OCPP_CONNECTOR,
    CONF_OCPP_CPID,
    CONF_ONE_PHASE_STATE,
    CONF_PHASES,
    CONF_PHASES_ENTITY,
    CONF_PRIORITY,
    CONF_PROFILE_VALIDITY,
    CONF_RATE_UNIT,
    CONF_SET_CURRENT_ACTION,
    CONF_STACK_LEVEL,
    CONF_SWITCH_ENTITY,
    CONF_WEIGHT,
    DRIVER_ACTIONS,
    DRIVER_ENTITIES,
    DRIVER_FAMILY,
    DRIVER_OCPP,
    DRIVER_PLUG,
    DRIVER_SIMULATED,
    PHASE_KEYS,
)
from custom_components.ev_lb.settings import (
    CHARGER,
    LARGEST_CHARGER_CURRENT_A,
    OCPP,
    PLUG,
    Range,
)

from .plan_settings import PLAN, PLAN_KEYS
from .stored_numbers import finite

NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    DRIVER_ACTIONS: (CONF_SET_CURRENT_ACTION,),
    DRIVER_ENTITIES: (CONF_CURRENT_ENTITY,),
    DRIVER_FAMILY: (CONF_FAMILY, CONF_FAMILY_OWNER, CONF_LIMIT_KIND),
    DRIVER_OCPP: (
        CONF_OCPP_CPID,
        CONF_OCPP_CONNECTOR,
        CONF_STACK_LEVEL,
        CONF_RATE_UNIT,
        CONF_PROFILE_VALIDITY,
        CONF_LEASE_S,
        CONF_LEFT_ALONE_CURRENT_A,
    ),
    DRIVER_PLUG: (CONF_SWITCH_ENTITY, CONF_MAX_CURRENT_A),
    DRIVER_SIMULATED: (),
}
"""The ways to control a charger, and what each cannot do without."""
NUMBERS: Final[Mapping[str, Range]] = {
    CONF_MIN_CURRENT_A: (0.0, LARGEST_CHARGER_CURRENT_A),
    CONF_MAX_CURRENT_A: (PLUG[CONF_MAX_CURRENT_A].bounds[0], LARGEST_CHARGER_CURRENT_A),
    CONF_PRIORITY: CHARGER[CONF_PRIORITY].bounds,
    CONF_WEIGHT: CHARGER[CONF_WEIGHT].bounds,
    CONF_OCPP_CONNECTOR: (0.0, 100.0),
    CONF_STACK_LEVEL: OCPP[CONF_STACK_LEVEL].bounds,
    CONF_LEFT_ALONE_CURRENT_A: CHARGER[CONF_LEFT_ALONE_CURRENT_A].bounds,
    **{row.key: row.bounds for row in PLAN.values()},
}
ANY_TIME_OR_PACE: Final = CHARGER[CONF_LEFT_ALONE_AFTER_S].bounds
NUMBER_ENDINGS: Final = ("_s", "_a_per_s")
TEXT_ENDINGS: Final = ("_entity", "_owner", "_kind", "_cpid", "_unit", "_validity")
LIST_ENDINGS: Final = ("_action", "_states")
TEXTS: Final = (
    CONF_DRIVER,
    CONF_FAMILY,
    CONF_CHARGING_MODE,
    CONF_CIRCUIT,
    CONF_DEFAULT_DEPARTURE,
    CONF_ONE_PHASE_STATE,
    CONF_ALL_PHASES_STATE,
)
YES_OR_NO: Final = (CONF_ENABLED, CONF_MEASURES_CURRENT)
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    row.key: row.choices
    for row in (
        CHARGER[CONF_CHARGING_MODE],
        OCPP[CONF_RATE_UNIT],
        OCPP[CONF_PROFILE_VALIDITY],
    )
}
"""Settings that are one of a few words."""


def flaw_of(data: Mapping[str, Any]) -> str | None:
    """Return the key of a charger's setting that cannot be used; None for a sound one."""
    for key, value in data.items():
        if key not in PLAN_KEYS and not is_of_its_type(key, value):
            return key
    driver = str(data.get(CONF_DRIVER))
    if driver not in NEEDS:
        return CONF_DRIVER
    states = (CONF_ONE_PHASE_STATE, CONF_ALL_PHASES_STATE)
    switching: tuple[str, ...] = states if data.get(CONF_PHASES_ENTITY) else ()
    for needed in (CONF_PHASES, *NEEDS[driver], *switching):
        if data.get(needed) is None:
            return needed
    if driver == DRIVER_FAMILY:
        family = FAMILIES.get(data[CONF_FAMILY])
        if family is None:
            return CONF_FAMILY
        if data[CONF_LIMIT_KIND] not in family.limits:
            return CONF_LIMIT_KIND
    return None


def sound_part(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what can be used of a charger's settings."""
    return {key: value for key, value in data.items() if is_of_its_type(key, value)}


def is_of_its_type(key: str, value: Any) -> bool:
    """Return whether a value may stand under a key; what is not known may be anything."""
    if key == CONF_PHASES:
        return (
            isinstance(value, list | tuple)
            and bool(value)
            and all(isinstance(name, str) and name in PHASE_KEYS for name in value)
            and len(set(value)) == len(value)
        )
    if key in NUMBERS or key.endswith(NUMBER_ENDINGS):
        lowest, highest = NUMBERS.get(key, ANY_TIME_OR_PACE)
        number = finite(value)
        return number is not None and lowest <= number <= highest
    if key in YES_OR_NO:
        return isinstance(value, bool)
    if key.endswith(LIST_ENDINGS):
        kind = Mapping if key.endswith("_action") else str
        return value is None or (
            isinstance(value, list | tuple)
            and all(isinstance(row, kind) for row in value)
        )
    if key in WORDS:
        return isinstance(value, str) and value in WORDS[key]
    if key in TEXTS or key.endswith(TEXT_ENDINGS):
        # An entity that was left empty may be stored as nothing.
        return isinstance(value, str) or (value is None and key.endswith("_entity"))
    return True
