"""The fields of a meter: what a form asks for by the kind of the meter."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant
import probatio

from custom_components.ev_lb.const import (
    CONF_EXPORT_ENTITIES,
    CONF_EXPORT_POWER_ENTITY,
    CONF_FRESHNESS_LIMIT_S,
    CONF_HEARTBEAT_ENTITY,
    CONF_METER_DELAY_S,
    CONF_METER_KIND,
    CONF_PHASE_ENTITIES,
    CONF_PHASE_POWER_ENTITIES,
    CONF_POWER_ENTITY,
    CONF_VOLTAGE_ENTITIES,
    METER_ENTITY_KEYS,
    METER_PHASE_CURRENT,
    METER_PHASE_POWER,
    METER_TOTAL_POWER,
    PHASE_KEYS,
)
from custom_components.ev_lb.settings import METER, SECTION_ADVANCED

from .forms import (
    SECTION_MORE_SENSORS,
    advanced,
    collapsed,
    entity,
    flatten,
    number,
    optional,
    required,
)
from .validation import (
    CURRENT_SENSOR,
    HEARTBEAT,
    POWER_SENSOR,
    VOLTAGE_SENSOR,
    EntityNeed,
    FormCheck,
    check_entities,
    check_entity,
)

METER_NEEDS: Final = {
    METER_TOTAL_POWER: POWER_SENSOR,
    METER_PHASE_POWER: POWER_SENSOR,
    METER_PHASE_CURRENT: CURRENT_SENSOR,
}


MAY_BE_EMPTY: Final = (CONF_METER_DELAY_S, CONF_HEARTBEAT_ENTITY)
"""What a meter may be set to under *Advanced*."""


def meter_needs(kind: str, phases: Iterable[str]) -> dict[str, EntityNeed]:
    """Return the fields that a kind of meter must fill, and what fits into each."""
    if kind == METER_TOTAL_POWER:
        return {CONF_POWER_ENTITY: POWER_SENSOR}
    return {CONF_PHASE_ENTITIES[row]: METER_NEEDS[kind] for row in _numbers(phases)}


def more_needs(kind: str, phases: Iterable[str]) -> dict[str, EntityNeed]:
    """Return the fields that a kind of meter may fill, too: export, power, voltage."""
    if kind == METER_TOTAL_POWER:
        return {CONF_EXPORT_POWER_ENTITY: POWER_SENSOR}
    groups = [(CONF_EXPORT_ENTITIES, POWER_SENSOR)]
    if kind == METER_PHASE_CURRENT:
        groups.insert(0, (CONF_PHASE_POWER_ENTITIES, POWER_SENSOR))
    groups.append((CONF_VOLTAGE_ENTITIES, VOLTAGE_SENSOR))
    numbers = _numbers(phases)
    return {keys[row]: need for keys, need in groups for row in numbers}


def _numbers(phases: Iterable[str]) -> list[int]:
    return sorted(PHASE_KEYS.index(phase) for phase in phases)


def more_fields(
    values: Mapping[str, Any], needs: Mapping[str, EntityNeed]
) -> dict[probatio.Marker, Any]:
    """Return the section of the sensors that a meter may have, too."""
    return collapsed(
        SECTION_MORE_SENSORS,
        {optional(key, values): entity(need) for key, need in needs.items()},
    )


def timing_fields(values: Mapping[str, Any]) -> dict[probatio.Marker, Any]:
    """Return the section of how often a meter reports, and how late."""
    return advanced(
        {
            required(CONF_FRESHNESS_LIMIT_S, values): number(
                METER[CONF_FRESHNESS_LIMIT_S]
            ),
            optional(CONF_METER_DELAY_S, values): number(METER[CONF_METER_DELAY_S]),
            optional(CONF_HEARTBEAT_ENTITY, values): entity(HEARTBEAT),
        }
    )


def forget_meter(values: dict[str, Any]) -> None:
    """Forget what holds for one meter only: another one is about to be picked."""
    for key in (*METER_ENTITY_KEYS, *MAY_BE_EMPTY):
        values.pop(key, None)


def take_meter(
    values: dict[str, Any], user_input: Mapping[str, Any], more: Iterable[str]
) -> None:
    """Keep what a meter's form sent; a field that was emptied is not in it."""
    if SECTION_MORE_SENSORS in user_input:
        for key in more:
            values.pop(key, None)
    if SECTION_ADVANCED in user_input:
        for key in MAY_BE_EMPTY:
            values.pop(key, None)
    values |= flatten(user_input)


def check_meter(
    hass: HomeAssistant,
    check: FormCheck,
    values: Mapping[str, Any],
    needs: Mapping[str, EntityNeed],
    more: Mapping[str, EntityNeed],
    taken: Mapping[str, str],
) -> None:
    """Check what was picked for a meter, and how old it may get."""
    check_entities(
        hass,
        check,
        values,
        {**needs, **more},
        taken,
        sections=dict.fromkeys(more, SECTION_MORE_SENSORS),
    )
    if heartbeat := values.get(CONF_HEARTBEAT_ENTITY):
        check_entity(hass, check, SECTION_ADVANCED, heartbeat, HEARTBEAT)
    lonely = [
        phase.upper()
        for phase, export, power, voltage in zip(
            PHASE_KEYS,
            CONF_EXPORT_ENTITIES,
            CONF_PHASE_POWER_ENTITIES,
            CONF_VOLTAGE_ENTITIES,
            strict=True,
        )
        if values.get(CONF_METER_KIND) == METER_PHASE_CURRENT
        and (values.get(export) or values.get(voltage))
        and not values.get(power)
    ]
    if lonely:
        phases = ", ".join(lonely)
        check.fail(SECTION_MORE_SENSORS, "phase_power_missing", lonely=phases)
    check.in_range(METER[CONF_FRESHNESS_LIMIT_S], values)
    if CONF_METER_DELAY_S in values:
        check.in_range(METER[CONF_METER_DELAY_S], values)
