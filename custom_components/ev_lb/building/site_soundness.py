"""What a site and its circuits are set to, with a safe value for what cannot be used.

A downgrade, a restored backup or an edit by hand leaves what no form would accept. A
limit that nobody can read allows nothing, and a meter that nobody can read is lost.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from homeassistant.config_entries import ConfigEntry, ConfigSubentry

from custom_components.ev_lb import settings
from custom_components.ev_lb.const import (
    CONF_BATTERY_INVERT_SIGN,
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_SOC_ENTITY,
    CONF_CIRCUIT_LIMIT_A,
    CONF_DRIVER,
    CONF_EXPORT_PRICE_ENTITY,
    CONF_EXTERNAL_CAP_ENTITY,
    CONF_HEARTBEAT_ENTITY,
    CONF_IMPORT_LIMIT_ENTITY,
    CONF_IMPORT_WINDOWS,
    CONF_INVERT_SIGN,
    CONF_METER_KIND,
    CONF_METER_LOSS_BEHAVIOR,
    CONF_MONTH_PEAK_ENTITY,
    CONF_PARENT_CIRCUIT,
    CONF_PHASE_ENTITIES,
    CONF_PHASES,
    CONF_POWER_ENTITY,
    CONF_PRICE_ENTITY,
    CONF_SIMULATED,
    CONF_SIMULATED_BATTERY,
    CONF_SIMULATED_SOLAR,
    CONF_SIMULATION_SPEED,
    CONF_SOLAR_POWER_ENTITY,
    CONF_VOLTAGE_ENTITIES,
    DRIVER_SIMULATED,
    METER_ENTITY_KEYS,
    METER_TOTAL_POWER,
    PHASE_KEYS,
    SUBENTRY_TYPE_CHARGER,
    SUBENTRY_TYPE_CIRCUIT,
)
from custom_components.ev_lb.settings import SITE, Setting

from .import_windows import NO_IMPORT, are_sound
from .stored_numbers import finite

NO_ENTITY: Final = ""
"""Stands for an entity that cannot be used: its value is lost."""
SIMULATION_KEYS: Final = {
    CONF_SIMULATED_BATTERY,
    CONF_SIMULATED_SOLAR,
    CONF_SIMULATION_SPEED,
}
"""What only a simulated home has."""
LEFT_OUT: Final = object()
"""Stands for a setting that counts as not given."""


class Rule(NamedTuple):
    """What may be stored under a key."""

    is_sound: Callable[[Any], bool]
    safe: Any
    """What counts instead of what cannot be used."""
    needed: bool = False
    """Whether its absence is a flaw: there is no default that were safe."""


def _rule(setting: Setting) -> Rule:
    """Return the rule of a setting; a limit that is empty does not hold."""
    safe = setting.default if setting.safe is None else setting.safe
    return Rule(lambda value: _is_sound(setting, value), safe, setting.needed)


def _is_sound(setting: Setting, value: Any) -> bool:
    if setting.choices:
        return isinstance(value, str) and value in setting.choices
    if setting.limits is None:
        return isinstance(value, bool)
    if value is None:
        return setting.default is None
    number = finite(value)
    lowest, highest = setting.limits
    return number is not None and lowest <= number <= highest


def _rules(rows: Mapping[str, Setting]) -> Mapping[str, Rule]:
    return {key: _rule(row) for key, row in rows.items()}


def _entity(safe: object) -> Rule:
    return Rule(lambda value: isinstance(value, str) and bool(value), safe)


def _phase_list(safe: object) -> Rule:
    return Rule(
        lambda value: (
            isinstance(value, list | tuple)
            and bool(value)
            and all(isinstance(name, str) and name in PHASE_KEYS for name in value)
        ),
        safe,
    )


def _is_count_of_phases(value: object) -> bool:
    return (
        isinstance(value, int) and 1 <= value <= len(PHASE_KEYS) and value is not True
    )


METER: Final[Mapping[str, Rule]] = {
    **_rules(settings.METER),
    **dict.fromkeys(METER_ENTITY_KEYS, _entity(NO_ENTITY)),
    CONF_HEARTBEAT_ENTITY: _entity(LEFT_OUT),
}
"""A meter whose kind or sign cannot be used is lost as a whole, else the phases whose
entities cannot."""
METER_IS_LOST: Final = {
    CONF_METER_KIND,
    CONF_INVERT_SIGN,
    *METER_ENTITY_KEYS,
} - set(CONF_VOLTAGE_ENTITIES)
"""Settings without which a meter, or a phase of it, can never be read."""
WIRING: Final[Mapping[str, Rule]] = {
    **METER,
    **_rules(settings.WIRING),
    CONF_PHASES: Rule(_is_count_of_phases, LEFT_OUT, needed=True),
    CONF_SOLAR_POWER_ENTITY: _entity(LEFT_OUT),
    CONF_BATTERY_SOC_ENTITY: _entity(LEFT_OUT),
    CONF_BATTERY_POWER_ENTITY: _entity(LEFT_OUT),
    CONF_IMPORT_LIMIT_ENTITY: _entity(NO_ENTITY),
    CONF_MONTH_PEAK_ENTITY: _entity(LEFT_OUT),
    # A signal that nobody can read counts as on.
    CONF_EXTERNAL_CAP_ENTITY: _entity(NO_ENTITY),
}
OPTIONS: Final[Mapping[str, Rule]] = {
    **_rules(settings.OPTIONS),
    CONF_IMPORT_WINDOWS: Rule(are_sound, [NO_IMPORT]),
    CONF_PRICE_ENTITY: _entity(LEFT_OUT),
    CONF_EXPORT_PRICE_ENTITY: _entity(LEFT_OUT),
}
CIRCUIT: Final[Mapping[str, Rule]] = {
    CONF_CIRCUIT_LIMIT_A: _rule(settings.CIRCUIT[CONF_CIRCUIT_LIMIT_A]),
    # The limit then holds on all phases.
    CONF_PHASES: _phase_list(LEFT_OUT),
    CONF_PARENT_CIRCUIT: Rule(lambda value: isinstance(value, str), LEFT_OUT),
}


def site_data(entry: ConfigEntry[Any]) -> dict[str, Any]:
    """Return what a site is wired to."""
    return _sound(entry.data, flaws_of_wiring(entry))


def site_options(entry: ConfigEntry[Any]) -> dict[str, Any]:
    """Return what a site is set to."""
    return _sound(entry.options, flaws_of_options(entry))


def circuit_data(subentry: ConfigSubentry) -> dict[str, Any]:
    """Return what a circuit is wired and set to."""
    return _sound(subentry.data, flaws_of_circuit(subentry.data))


def without_lost(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings without the entities that cannot be used, for a form."""
    return {key: value for key, value in values.items() if value != NO_ENTITY}


def is_simulated(entry: ConfigEntry[Any]) -> bool:
    """Return whether a site exists in software only."""
    return bool(site_data(entry).get(CONF_SIMULATED))


def limits_of_ring(entry: ConfigEntry[Any], circuit: ConfigSubentry) -> list[float]:
    """Return the limit of a circuit, and of all whose parents lead back to it, A.

    Which of them feeds which is not known, so that the lowest holds for all.
    """
    circuits = {
        row.subentry_id: circuit_data(row)
        for row in entry.get_subentries_of_type(SUBENTRY_TYPE_CIRCUIT)
    }
    line = [circuit.subentry_id]
    while True:
        parent_id = circuits[line[-1]].get(CONF_PARENT_CIRCUIT, "")
        if parent_id in line or parent_id not in circuits:
            break
        line.append(parent_id)
    ring = line if parent_id == line[0] else line[:1]
    return [circuits[circuit_id][CONF_CIRCUIT_LIMIT_A] for circuit_id in ring]


def flaws_of_site(entry: ConfigEntry[Any]) -> dict[str, dict[str, Any]]:
    """Return what cannot be used of a site and of its circuits, by whose it is.

    The site's own flaws stand under its own id; whoever has none is not in it.
    """
    found = {entry.entry_id: flaws_of_wiring(entry) | flaws_of_options(entry)}
    for row in entry.get_subentries_of_type(SUBENTRY_TYPE_CIRCUIT):
        found[row.subentry_id] = flaws_of_circuit(row.data)
        if len(limits_a := limits_of_ring(entry, row)) > 1:
            found[row.subentry_id] |= {
                CONF_PARENT_CIRCUIT: LEFT_OUT,
                CONF_CIRCUIT_LIMIT_A: min(limits_a),
            }
    return {owner_id: flaws for owner_id, flaws in found.items() if flaws}


def flaws_of_wiring(entry: ConfigEntry[Any]) -> dict[str, Any]:
    """Return what of a site's wiring cannot be used, and what counts instead."""
    data = entry.data
    flaws = _flaws(data, WIRING)
    if not isinstance(data.get(CONF_SIMULATED), bool) and _only_simulates(entry):
        flaws[CONF_SIMULATED] = True
    if CONF_PHASES in flaws:
        flaws[CONF_PHASES] = _phases_that_are_met(data)
    phases = flaws.get(CONF_PHASES) or data[CONF_PHASES]
    if flaws.get(CONF_SIMULATED, data.get(CONF_SIMULATED)) is True:
        return {key: value for key, value in flaws.items() if key not in METER}
    flaws |= _flaws_of_meter(data, PHASE_KEYS[:phases])
    behavior = SITE[CONF_METER_LOSS_BEHAVIOR]
    if flaws.keys() & METER_IS_LOST and behavior.of(data) != behavior.default:
        # What was chosen for a meter that comes back is not meant for this.
        flaws[CONF_METER_LOSS_BEHAVIOR] = behavior.default
    return flaws


def _only_simulates(entry: ConfigEntry[Any]) -> bool:
    """Return whether a site has what a simulated home has, and nothing of a real one.

    As a real home it would have no meter, and no form that fits it.
    """
    chargers = entry.get_subentries_of_type(SUBENTRY_TYPE_CHARGER)
    return (
        bool(entry.data.keys() & SIMULATION_KEYS)
        and not entry.data.keys() & set(METER_ENTITY_KEYS)
        and all(row.data.get(CONF_DRIVER) == DRIVER_SIMULATED for row in chargers)
    )


def flaws_of_options(entry: ConfigEntry[Any]) -> dict[str, Any]:
    """Return what of a site's settings cannot be used, and what counts instead."""
    return _flaws(entry.options, OPTIONS)


def flaws_of_circuit(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a circuit cannot be used, and what counts instead."""
    flaws = _flaws(data, CIRCUIT)
    if CONF_METER_KIND not in data and not data.keys() & set(METER_ENTITY_KEYS):
        return flaws
    phases = PHASE_KEYS if CONF_PHASES in flaws else data.get(CONF_PHASES, PHASE_KEYS)
    return flaws | _flaws(data, METER) | _flaws_of_meter(data, phases)


def _flaws(data: Mapping[str, Any], rules: Mapping[str, Rule]) -> dict[str, Any]:
    return {
        key: rule.safe
        for key, rule in rules.items()
        if (rule.needed if key not in data else not rule.is_sound(data[key]))
    }


def _flaws_of_meter(data: Mapping[str, Any], phases: Iterable[str]) -> dict[str, Any]:
    """Return which entities a meter lacks that it cannot do without."""
    kind = data.get(CONF_METER_KIND)
    if kind == METER_TOTAL_POWER:
        needed = [CONF_POWER_ENTITY]
    elif not METER[CONF_METER_KIND].is_sound(kind):
        return {}
    else:
        needed = [CONF_PHASE_ENTITIES[PHASE_KEYS.index(name)] for name in phases]
    return {key: NO_ENTITY for key in needed if key not in data}


def _phases_that_are_met(data: Mapping[str, Any]) -> int:
    """Return how many phases a meter measures one by one, at least one.

    A total is taken to flow on one phase, which is the worst that it can do.
    """
    known = 0
    if data.get(CONF_METER_KIND) != METER_TOTAL_POWER:
        while known < len(PHASE_KEYS) and METER[CONF_PHASE_ENTITIES[known]].is_sound(
            data.get(CONF_PHASE_ENTITIES[known])
        ):
            known += 1
    return max(known, 1)


def _sound(data: Mapping[str, Any], flaws: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with safe values in place of flaws."""
    values = {key: value for key, value in data.items() if key not in flaws}
    values |= {key: value for key, value in flaws.items() if value is not LEFT_OUT}
    if CONF_METER_KIND in flaws or CONF_INVERT_SIGN in flaws:
        # Its entities would be misread.
        return {
            key: value for key, value in values.items() if key not in METER_ENTITY_KEYS
        }
    if CONF_BATTERY_INVERT_SIGN in flaws:
        values.pop(CONF_BATTERY_POWER_ENTITY, None)
    return values
