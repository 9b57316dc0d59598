"""Which parts of a site cannot be used as they are stored, and why.

A downgrade, a restored backup or an edit by hand leaves what no form would accept.
"""

from collections.abc import Mapping
from typing import Any, Final

from .chargers.families import FAMILIES
from .const import (
    CHARGER_CHARGING_MODES,
    CHARGING_MODE_SITE,
    CONF_CHARGING_MODE,
    CONF_CIRCUIT,
    CONF_CURRENT_ENTITY,
    CONF_DRIVER,
    CONF_FAMILY,
    CONF_FAMILY_OWNER,
    CONF_LEASE_S,
    CONF_LEFT_ALONE_CURRENT_A,
    CONF_LIMIT_KIND,
    CONF_MAX_CURRENT_A,
    CONF_MIN_CURRENT_A,
    CONF_OCPP_CONNECTOR,
    CONF_OCPP_CPID,
    CONF_PHASES,
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
from .features import finite

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
NUMBERS: Final = (
    CONF_MIN_CURRENT_A,
    CONF_MAX_CURRENT_A,
    CONF_PRIORITY,
    CONF_WEIGHT,
    CONF_OCPP_CONNECTOR,
    CONF_STACK_LEVEL,
    CONF_LEFT_ALONE_CURRENT_A,
)
NUMBER_ENDINGS: Final = ("_s", "_a_per_s")
TEXT_ENDINGS: Final = ("_entity", "_owner", "_kind", "_cpid", "_unit", "_validity")
LIST_ENDINGS: Final = ("_action", "_states")
TEXTS: Final = (CONF_DRIVER, CONF_FAMILY, CONF_CHARGING_MODE, CONF_CIRCUIT)


def flaw_of(data: Mapping[str, Any]) -> str | None:
    """Return the key of a charger's setting that cannot be used; None for a sound one."""
    for key, value in data.items():
        if not _is_of_its_type(key, value):
            return key
    driver = str(data.get(CONF_DRIVER))
    if driver not in NEEDS:
        return CONF_DRIVER
    for key in NEEDS[driver]:
        if data.get(key) is None:
            return key
    if data.get(CONF_CHARGING_MODE, CHARGING_MODE_SITE) not in CHARGER_CHARGING_MODES:
        return CONF_CHARGING_MODE
    if driver == DRIVER_FAMILY:
        family = FAMILIES.get(data[CONF_FAMILY])
        if family is None:
            return CONF_FAMILY
        if data[CONF_LIMIT_KIND] not in family.limits:
            return CONF_LIMIT_KIND
    return None


def _is_of_its_type(key: str, value: Any) -> bool:
    """Tell whether a value may stand under a key; what is not known may be anything."""
    if key == CONF_PHASES:
        return (
            isinstance(value, list | tuple)
            and bool(value)
            and all(isinstance(name, str) and name in PHASE_KEYS for name in value)
            and len(set(value)) == len(value)
        )
    if key in NUMBERS or key.endswith(NUMBER_ENDINGS):
        return finite(value) is not None
    if key.endswith(LIST_ENDINGS):
        return value is None or isinstance(value, list | tuple)
    if key in TEXTS or key.endswith(TEXT_ENDINGS):
        # An entity that was left empty may be stored as nothing.
        return isinstance(value, str) or (value is None and key.endswith("_entity"))
    return True
