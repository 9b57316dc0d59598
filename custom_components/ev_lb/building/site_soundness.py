"""What a site and its circuits are set to, with a safe value for what cannot be used.

A downgrade, a restored backup or an edit by hand leaves what no form would accept. A
limit that nobody can read allows nothing, and a meter that nobody can read is lost.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from homeassistant.config_entries import ConfigEntry, ConfigSubentry

from custom_components.ev_lb.const import (
    BATTERY_POWER_RANGE_W,
    BATTERY_SOC_RANGE_PERCENT,
    CIRCUIT_LIMIT_RANGE_A,
    CONF_ALLOW_GRID_CHARGING,
    CONF_BATTERY_INVERT_SIGN,
    CONF_BATTERY_MAX_CHARGE_POWER_W,
    CONF_BATTERY_MAX_DISCHARGE_POWER_W,
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_SOC_ENTITY,
    CONF_BATTERY_SOC_MIN_PERCENT,
    CONF_BATTERY_SOC_TARGET_PERCENT,
    CONF_CAN_EXPORT,
    CONF_CAPACITY_TARIFF_FOLLOWS_PEAK,
    CONF_CAPACITY_TARIFF_LIMIT_W,
    CONF_CAPACITY_TARIFF_PERIOD_S,
    CONF_CHARGING_MODE,
    CONF_CIRCUIT_LIMIT_A,
    CONF_DISTRIBUTION_MODE,
    CONF_ENABLED,
    CONF_EXCESS_THRESHOLD_W,
    CONF_EXTERNAL_CAP_ENTITY,
    CONF_EXTERNAL_CAP_PER_CHARGER,
    CONF_EXTERNAL_CAP_W,
    CONF_FALLBACK_CURRENT_A,
    CONF_FRESHNESS_LIMIT_S,
    CONF_FUSE_TOLERANCE_PERCENT,
    CONF_HOLD_WINDOW_S,
    CONF_IMPORT_LIMIT_ENTITY,
    CONF_IMPORT_LIMIT_W,
    CONF_INVERT_SIGN,
    CONF_METER_DELAY_S,
    CONF_METER_KIND,
    CONF_METER_LOSS_BEHAVIOR,
    CONF_MONTH_PEAK_ENTITY,
    CONF_PARENT_CIRCUIT,
    CONF_PHASE_ENTITIES,
    CONF_PHASES,
    CONF_POWER_BUFFER_W,
    CONF_POWER_ENTITY,
    CONF_RAMP_UP_TIME_S,
    CONF_ROTATION_PERIOD_S,
    CONF_SERVICE_CURRENT_A,
    CONF_SHADOW_MODE,
    CONF_SIMULATED,
    CONF_SIMULATED_BATTERY,
    CONF_SIMULATED_SOLAR,
    CONF_SIMULATION_SPEED,
    CONF_SOLAR_GRACE_S,
    CONF_SOLAR_POWER_ENTITY,
    CONF_SOLAR_POWER_KIND,
    CONF_UNBALANCE_LIMIT_A,
    CONF_VOLTAGE_ENTITIES,
    CONF_VOLTAGE_V,
    DEFAULT_ALLOW_GRID_CHARGING,
    DEFAULT_BATTERY_SOC_MIN_PERCENT,
    DEFAULT_BATTERY_SOC_TARGET_PERCENT,
    DEFAULT_CAPACITY_TARIFF_PERIOD_S,
    DEFAULT_CHARGING_MODE,
    DEFAULT_DISTRIBUTION_MODE,
    DEFAULT_ENABLED,
    DEFAULT_EXCESS_THRESHOLD_W,
    DEFAULT_FALLBACK_CURRENT_A,
    DEFAULT_FRESHNESS_LIMIT_S,
    DEFAULT_FUSE_TOLERANCE_PERCENT,
    DEFAULT_HOLD_WINDOW_S,
    DEFAULT_METER_DELAY_S,
    DEFAULT_METER_LOSS_BEHAVIOR,
    DEFAULT_POWER_BUFFER_W,
    DEFAULT_RAMP_UP_TIME_S,
    DEFAULT_ROTATION_PERIOD_S,
    DEFAULT_SHADOW_MODE,
    DEFAULT_SIMULATION_SPEED,
    DEFAULT_SOLAR_GRACE_S,
    DEFAULT_SOLAR_POWER_KIND,
    DISTRIBUTION_MODES,
    EXCESS_THRESHOLD_RANGE_W,
    FRESHNESS_LIMIT_RANGE_S,
    FUSE_TOLERANCE_RANGE_PERCENT,
    HOLD_WINDOW_RANGE_S,
    METER_DELAY_RANGE_S,
    METER_ENTITY_KEYS,
    METER_KINDS,
    METER_PHASE_CURRENT,
    METER_TOTAL_POWER,
    PHASE_KEYS,
    POWER_BUFFER_RANGE_W,
    POWER_LIMIT_RANGE_W,
    RAMP_UP_TIME_RANGE_S,
    ROTATION_PERIOD_RANGE_S,
    SERVICE_CURRENT_RANGE_A,
    SIMULATION_SPEED_RANGE,
    SITE_CHARGING_MODES,
    SOLAR_GRACE_RANGE_S,
    SOLAR_POWER_KINDS,
    SUBENTRY_TYPE_CIRCUIT,
    UNBALANCE_LIMIT_RANGE_A,
    VOLTAGE_RANGE_V,
    Range,
)
from custom_components.ev_lb.engine.model import MeterLossBehavior

from .stored_numbers import finite

NO_ENTITY: Final = ""
"""Stands for an entity that cannot be used: what it would tell is lost."""
LARGEST_FALLBACK_A: Final = SERVICE_CURRENT_RANGE_A[1]
LEFT_OUT: Final = object()
"""Stands for a setting that counts as not given."""


class Rule(NamedTuple):
    """What may be stored under a key."""

    is_sound: Callable[[Any], bool]
    safe: Any
    """What counts instead of what cannot be used."""
    needed: bool = False
    """Whether its absence is a flaw: there is no default that were safe."""


def _number(limits: Range, safe: float, *, needed: bool = False) -> Rule:
    lowest, highest = limits

    def is_sound(value: Any) -> bool:
        number = finite(value)
        return number is not None and lowest <= number <= highest

    return Rule(is_sound, safe, needed)


def _limit(limits: Range) -> Rule:
    """Return the rule of a limit that does not hold where it is empty."""
    rule = _number(limits, 0.0)
    return rule._replace(is_sound=lambda value: value is None or rule.is_sound(value))


def _boolean(safe: object, *, needed: bool = False) -> Rule:
    return Rule(lambda value: isinstance(value, bool), safe, needed)


def _one_of(values: Iterable[Any], safe: object, *, needed: bool = False) -> Rule:
    known = tuple(values)
    return Rule(
        lambda value: not isinstance(value, bool) and value in known, safe, needed
    )


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
    CONF_METER_KIND: _one_of(METER_KINDS, METER_PHASE_CURRENT, needed=True),
    CONF_INVERT_SIGN: _boolean(False, needed=True),
    **dict.fromkeys(METER_ENTITY_KEYS, _entity(NO_ENTITY)),
    CONF_FRESHNESS_LIMIT_S: _number(FRESHNESS_LIMIT_RANGE_S, DEFAULT_FRESHNESS_LIMIT_S),
    CONF_METER_DELAY_S: _number(METER_DELAY_RANGE_S, DEFAULT_METER_DELAY_S),
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
    CONF_PHASES: Rule(_is_count_of_phases, LEFT_OUT, needed=True),
    CONF_CAN_EXPORT: _boolean(False),
    # The lowest makes the most current of a power.
    CONF_VOLTAGE_V: _number(VOLTAGE_RANGE_V, VOLTAGE_RANGE_V[0], needed=True),
    CONF_METER_LOSS_BEHAVIOR: _one_of(
        [row.value for row in MeterLossBehavior], DEFAULT_METER_LOSS_BEHAVIOR
    ),
    CONF_FALLBACK_CURRENT_A: _number(
        (0.0, LARGEST_FALLBACK_A), DEFAULT_FALLBACK_CURRENT_A
    ),
    CONF_SIMULATED: _boolean(False),
    CONF_SIMULATED_BATTERY: _boolean(False),
    CONF_SIMULATED_SOLAR: _boolean(False),
    CONF_SIMULATION_SPEED: _number(SIMULATION_SPEED_RANGE, DEFAULT_SIMULATION_SPEED),
    CONF_SOLAR_POWER_ENTITY: _entity(LEFT_OUT),
    CONF_SOLAR_POWER_KIND: _one_of(SOLAR_POWER_KINDS, DEFAULT_SOLAR_POWER_KIND),
    CONF_BATTERY_SOC_ENTITY: _entity(LEFT_OUT),
    CONF_BATTERY_POWER_ENTITY: _entity(LEFT_OUT),
    CONF_BATTERY_INVERT_SIGN: _boolean(False),
    CONF_BATTERY_MAX_CHARGE_POWER_W: _number(BATTERY_POWER_RANGE_W, 0.0),
    CONF_BATTERY_MAX_DISCHARGE_POWER_W: _number(BATTERY_POWER_RANGE_W, 0.0),
    CONF_IMPORT_LIMIT_ENTITY: _entity(NO_ENTITY),
    CONF_CAPACITY_TARIFF_PERIOD_S: _number(
        (60.0, 86_400.0), DEFAULT_CAPACITY_TARIFF_PERIOD_S
    ),
    CONF_CAPACITY_TARIFF_FOLLOWS_PEAK: _boolean(False),
    CONF_MONTH_PEAK_ENTITY: _entity(LEFT_OUT),
    # A signal that nobody can read counts as on.
    CONF_EXTERNAL_CAP_ENTITY: _entity(NO_ENTITY),
    CONF_EXTERNAL_CAP_PER_CHARGER: _boolean(False),
    CONF_EXTERNAL_CAP_W: _number(POWER_LIMIT_RANGE_W, 0.0),
}
OPTIONS: Final[Mapping[str, Rule]] = {
    CONF_SERVICE_CURRENT_A: _number(SERVICE_CURRENT_RANGE_A, 0.0, needed=True),
    CONF_RAMP_UP_TIME_S: _number(RAMP_UP_TIME_RANGE_S, DEFAULT_RAMP_UP_TIME_S),
    CONF_ENABLED: _boolean(DEFAULT_ENABLED),
    CONF_SHADOW_MODE: _boolean(DEFAULT_SHADOW_MODE),
    CONF_CHARGING_MODE: _one_of(SITE_CHARGING_MODES, DEFAULT_CHARGING_MODE),
    CONF_DISTRIBUTION_MODE: _one_of(DISTRIBUTION_MODES, DEFAULT_DISTRIBUTION_MODE),
    CONF_BATTERY_SOC_TARGET_PERCENT: _number(
        BATTERY_SOC_RANGE_PERCENT, DEFAULT_BATTERY_SOC_TARGET_PERCENT
    ),
    CONF_BATTERY_SOC_MIN_PERCENT: _number(
        BATTERY_SOC_RANGE_PERCENT, DEFAULT_BATTERY_SOC_MIN_PERCENT
    ),
    CONF_POWER_BUFFER_W: _number(POWER_BUFFER_RANGE_W, DEFAULT_POWER_BUFFER_W),
    CONF_EXCESS_THRESHOLD_W: _number(
        EXCESS_THRESHOLD_RANGE_W, DEFAULT_EXCESS_THRESHOLD_W
    ),
    CONF_ALLOW_GRID_CHARGING: _boolean(DEFAULT_ALLOW_GRID_CHARGING),
    CONF_HOLD_WINDOW_S: _number(HOLD_WINDOW_RANGE_S, DEFAULT_HOLD_WINDOW_S),
    CONF_ROTATION_PERIOD_S: _number(ROTATION_PERIOD_RANGE_S, DEFAULT_ROTATION_PERIOD_S),
    CONF_SOLAR_GRACE_S: _number(SOLAR_GRACE_RANGE_S, DEFAULT_SOLAR_GRACE_S),
    CONF_IMPORT_LIMIT_W: _limit(POWER_LIMIT_RANGE_W),
    CONF_CAPACITY_TARIFF_LIMIT_W: _limit(POWER_LIMIT_RANGE_W),
    CONF_UNBALANCE_LIMIT_A: _limit(UNBALANCE_LIMIT_RANGE_A),
    CONF_FUSE_TOLERANCE_PERCENT: _number(
        FUSE_TOLERANCE_RANGE_PERCENT, DEFAULT_FUSE_TOLERANCE_PERCENT
    ),
}
CIRCUIT: Final[Mapping[str, Rule]] = {
    CONF_CIRCUIT_LIMIT_A: _number(CIRCUIT_LIMIT_RANGE_A, 0.0, needed=True),
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
    """Tell whether a site exists in software only."""
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
    if CONF_PHASES in flaws:
        flaws[CONF_PHASES] = _phases_that_are_met(data)
    phases = flaws.get(CONF_PHASES) or data[CONF_PHASES]
    if data.get(CONF_SIMULATED) is True:
        return {key: value for key, value in flaws.items() if key not in METER}
    flaws |= _flaws_of_meter(data, PHASE_KEYS[:phases])
    behavior = data.get(CONF_METER_LOSS_BEHAVIOR, DEFAULT_METER_LOSS_BEHAVIOR)
    if flaws.keys() & METER_IS_LOST and behavior != DEFAULT_METER_LOSS_BEHAVIOR:
        # What was chosen for a meter that comes back is not meant for this.
        flaws[CONF_METER_LOSS_BEHAVIOR] = DEFAULT_METER_LOSS_BEHAVIOR
    return flaws


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
    """Return how many phases a meter tells of one by one, at least one.

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
