"""From what the config entry holds to the site that the engine decides on."""

from collections.abc import Mapping
from math import sqrt
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry

from custom_components.ev_lb.const import (
    CHARGING_MODE_SITE,
    CIRCUIT_GRID,
    CONF_ALL_PHASES_STATE,
    CONF_ALLOW_GRID_CHARGING,
    CONF_BEFORE_METER,
    CONF_CAN_EXPORT,
    CONF_CAPACITY_TARIFF_LIMIT_W,
    CONF_CHARGING_MODE,
    CONF_CIRCUIT,
    CONF_CIRCUIT_LIMIT_A,
    CONF_CURRENT_ENTITY,
    CONF_DELTA_NET,
    CONF_DISTRIBUTION_MODE,
    CONF_DRIVER,
    CONF_ENABLED,
    CONF_EXCESS_THRESHOLD_W,
    CONF_FALLBACK_CURRENT_A,
    CONF_FAMILY,
    CONF_FAMILY_OWNER,
    CONF_FRESHNESS_LIMIT_S,
    CONF_FUSE_TOLERANCE_PERCENT,
    CONF_GRID_UNBALANCE_LIMIT_A,
    CONF_HOLD_WINDOW_S,
    CONF_IMPORT_LIMIT_W,
    CONF_INVERT_SIGN,
    CONF_LIMIT_KIND,
    CONF_MAX_CURRENT_A,
    CONF_METER_DELAY_S,
    CONF_METER_GRACE_S,
    CONF_METER_KIND,
    CONF_METER_LOSS_BEHAVIOR,
    CONF_MIN_CURRENT_A,
    CONF_OCPP_CONNECTOR,
    CONF_OCPP_CPID,
    CONF_ONE_PHASE_STATE,
    CONF_PARENT_CIRCUIT,
    CONF_PAUSE_S,
    CONF_PHASES,
    CONF_PHASES_ENTITY,
    CONF_POWER_BUFFER_W,
    CONF_PRICE_ENTITY,
    CONF_PRIORITY,
    CONF_RAISE_INTERVAL_S,
    CONF_RAMP_UP_TIME_S,
    CONF_ROTATION_PERIOD_S,
    CONF_SERVICE_CURRENT_A,
    CONF_SET_CURRENT_ACTION,
    CONF_SOLAR_GRACE_S,
    CONF_START_CHARGING_ACTION,
    CONF_STOP_CHARGING_ACTION,
    CONF_SWITCH_ENTITY,
    CONF_UNBALANCE_LIMIT_A,
    CONF_VOLTAGE_V,
    CONF_WEIGHT,
    DRIVER_SIMULATED,
    METER_ENTITY_KEYS,
    METER_PHASE_CURRENT,
    METER_TOTAL_POWER,
    PHASE_KEYS,
    SUBENTRY_TYPE_CHARGER,
    SUBENTRY_TYPE_CIRCUIT,
)
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargingMode,
    Circuit,
    DistributionMode,
    Meter,
    MeterKind,
    MeterLoss,
    MeterLossBehavior,
    PerPhase,
    Phase,
    PhaseSwitching,
    Site,
)
from custom_components.ev_lb.settings import CHARGER, FAMILY, SITE

from .charger_traits import lease_of, measures_current, response_of, step_a
from .equipment import (
    build_battery,
    build_capacity_tariff,
    build_external_cap,
    build_import_limit_w,
)
from .features import plans
from .import_windows import build_import_windows
from .plan_settings import PLAN_TUNABLES
from .site_soundness import (
    circuit_data,
    is_simulated,
    limits_of_ring,
    site_data,
    site_options,
)
from .soundness import flaw_of, is_of_its_type
from .stored_numbers import number_of

DEFAULT_BROKEN_CURRENT_A: Final = 32.0
"""What a charger may draw whose maximum cannot be read, A: the most that a socket
of type 2 gives as a rule."""
# What takes effect while the site runs on.
SUBENTRY_TUNABLES: Final = frozenset(
    {CONF_CIRCUIT_LIMIT_A}
    | {row.key for row in CHARGER.values() if row.entity}
    | {row.rating_key for row in CHARGER.values() if row.rated}
    | PLAN_TUNABLES
)
METER_WIRING: Final = (
    CONF_METER_KIND,
    *METER_ENTITY_KEYS,
    CONF_PHASES,
    CONF_INVERT_SIGN,
    CONF_VOLTAGE_V,
    CONF_DELTA_NET,
)
OPTIONAL_LIMITS: Final = (CONF_IMPORT_LIMIT_W, CONF_CAPACITY_TARIFF_LIMIT_W)
# What decides where a charger's commands go.
CHARGER_CONTROL: Final = (
    CONF_DRIVER,
    CONF_CURRENT_ENTITY,
    CONF_SWITCH_ENTITY,
    CONF_SET_CURRENT_ACTION,
    CONF_START_CHARGING_ACTION,
    CONF_STOP_CHARGING_ACTION,
    CONF_OCPP_CPID,
    CONF_OCPP_CONNECTOR,
    CONF_FAMILY,
    CONF_FAMILY_OWNER,
    CONF_LIMIT_KIND,
    CONF_PHASES_ENTITY,
    CONF_ONE_PHASE_STATE,
    CONF_ALL_PHASES_STATE,
)


def chargers_of(entry: ConfigEntry[Any]) -> list[ConfigSubentry]:
    """Return the chargers of a site, but for those with settings of no use."""
    subentries = entry.get_subentries_of_type(SUBENTRY_TYPE_CHARGER)
    return [row for row in subentries if _flaw_of(entry, row) is None]


def broken_chargers_of(entry: ConfigEntry[Any]) -> dict[str, str]:
    """Return the chargers that are left out, with the key of what is wrong."""
    subentries = entry.get_subentries_of_type(SUBENTRY_TYPE_CHARGER)
    flaws = {row.subentry_id: _flaw_of(entry, row) for row in subentries}
    return {name: flaw for name, flaw in flaws.items() if flaw is not None}


def _flaw_of(entry: ConfigEntry[Any], subentry: ConfigSubentry) -> str | None:
    """Return what is wrong with a charger; a simulated one needs a simulated home."""
    data = subentry.data
    lost = data.get(CONF_DRIVER) == DRIVER_SIMULATED and not is_simulated(entry)
    return CONF_DRIVER if lost else flaw_of(data)


def reserved_of(entry: ConfigEntry[Any]) -> tuple[Charger, ...]:
    """Return the chargers that are left out as ones that nobody controls.

    Each may draw its maximum at any time, on all phases where it names none.
    """
    return tuple(
        _reserved(entry, entry.subentries[charger_id])
        for charger_id in broken_chargers_of(entry)
    )


def _reserved(entry: ConfigEntry[Any], subentry: ConfigSubentry) -> Charger:
    data = subentry.data
    max_current_a: Any = data.get(CONF_MAX_CURRENT_A)
    return Charger(
        charger_id=subentry.subentry_id,
        circuit_id=circuit_of(entry, data, CONF_CIRCUIT),
        phases=named_phases(entry, data),
        min_current_a=0.0,
        max_current_a=float(max_current_a)
        if is_of_its_type(CONF_MAX_CURRENT_A, max_current_a)
        else DEFAULT_BROKEN_CURRENT_A,
        charging_mode=ChargingMode.STANDARD,
    )


def circuits_of(entry: ConfigEntry[Any]) -> list[ConfigSubentry]:
    """Return the circuits of a site besides its grid connection, parents first.

    A circuit whose parents lead in a ring is taken out of the ring at one of
    them, which then counts as fed by the grid connection.
    """
    circuits = {
        subentry.subentry_id: subentry
        for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_CIRCUIT)
    }
    ordered: dict[str, ConfigSubentry] = {}

    def place(circuit_id: str, below: frozenset[str]) -> None:
        parent_id = circuit_data(circuits[circuit_id]).get(CONF_PARENT_CIRCUIT, "")
        if parent_id in circuits and parent_id not in below:
            place(parent_id, below | {circuit_id})
        ordered.setdefault(circuit_id, circuits[circuit_id])

    for circuit_id in circuits:
        place(circuit_id, frozenset({circuit_id}))
    return list(ordered.values())


def circuit_of(entry: ConfigEntry[Any], data: Mapping[str, Any], key: str) -> str:
    """Return the circuit that a charger or a circuit names as what feeds it.

    A circuit that is gone leaves what it fed to the grid connection.
    """
    circuit_id = data.get(key)
    if not isinstance(circuit_id, str):
        return CIRCUIT_GRID
    subentry = entry.subentries.get(circuit_id)
    known = subentry is not None and subentry.subentry_type == SUBENTRY_TYPE_CIRCUIT
    return circuit_id if known else CIRCUIT_GRID


def circuit_names(entry: ConfigEntry[Any]) -> dict[str, str]:
    """Return the names of all circuits, the grid connection first."""
    names = {CIRCUIT_GRID: entry.title}
    return names | {row.subentry_id: row.title for row in circuits_of(entry)}


def fed_by(entry: ConfigEntry[Any], circuit_id: str | None) -> list[ConfigSubentry]:
    """Return the chargers and circuits that hang on a circuit directly."""
    return [
        row
        for row in entry.subentries.values()
        if circuit_id in (row.data.get(CONF_CIRCUIT), row.data.get(CONF_PARENT_CIRCUIT))
        and circuit_id is not None
    ]


def volts_of(entry: ConfigEntry[Any]) -> float:
    """Return what an ampere on one phase of a site comes to, W.

    The voltage to neutral; without neutral that between two phases over sqrt(3).
    """
    data = site_data(entry)
    voltage_v = number_of(data, SITE[CONF_VOLTAGE_V])
    in_delta = SITE[CONF_DELTA_NET].of(data) and len(phases_of(entry)) > 1
    return voltage_v / sqrt(3) if in_delta else voltage_v


def phases_of(entry: ConfigEntry[Any]) -> tuple[Phase, ...]:
    """Return the phases of the grid connection."""
    return tuple(Phase)[: int(site_data(entry)[CONF_PHASES])]


def named_phases(entry: ConfigEntry[Any], data: Mapping[str, Any]) -> tuple[Phase, ...]:
    """Return the site's phases in the order that a charger or a circuit names them.

    One that names none has all.
    """
    numbers = (PHASE_KEYS.index(name) for name in known_phases(data))
    return tuple(map(Phase, numbers)) or phases_of(entry)


def known_phases(data: Mapping[str, Any]) -> list[str]:
    """Return the phases that a charger or a circuit names, each once."""
    names = data.get(CONF_PHASES)
    listed = names if isinstance(names, list | tuple) else ()
    known = [name for name in listed if name in PHASE_KEYS]
    return list(dict.fromkeys(known))


def wiring_of(entry: ConfigEntry[Any]) -> tuple[Any, ...]:
    """Return all of an entry that cannot change without a reload."""
    return (
        entry.title,
        dict(entry.data),
        # There are entities of a limit only where there is one.
        *(entry.options.get(key) is None for key in OPTIONAL_LIMITS),
        # As there are of costs only where something tells a price.
        entry.options.get(CONF_PRICE_ENTITY) is None,
        plans(entry),
        {
            subentry.subentry_id: (
                subentry.title,
                {
                    key: value
                    for key, value in subentry.data.items()
                    if key not in SUBENTRY_TUNABLES
                },
            )
            for subentry in entry.subentries.values()
        },
    )


def control_of(entry: ConfigEntry[Any]) -> dict[str, tuple[Any, ...]]:
    """Return for each charger where its commands go."""
    return {
        subentry.subentry_id: tuple(subentry.data.get(key) for key in CHARGER_CONTROL)
        for subentry in chargers_of(entry)
    }


def meters_of(entry: ConfigEntry[Any]) -> tuple[Any, ...]:
    """Return what the meters of a site and of its circuits are wired to."""
    owners = {entry.entry_id: entry.data} | {
        circuit.subentry_id: circuit.data for circuit in circuits_of(entry)
    }
    return tuple(
        (owner_id, *(data.get(key) for key in METER_WIRING))
        for owner_id, data in owners.items()
    )


def build_site(entry: ConfigEntry[Any], manual_limits_a: Mapping[str, float]) -> Site:
    """Return the site as it is configured and set now."""
    data, options = site_data(entry), site_options(entry)
    return Site(
        circuits=_build_circuits(entry),
        chargers=(
            *(
                _build_charger(
                    entry, subentry, manual_limits_a.get(subentry.subentry_id)
                )
                for subentry in chargers_of(entry)
            ),
            *reserved_of(entry),
        ),
        voltage_v=volts_of(entry),
        phases=phases_of(entry),
        meter=_build_meter(data),
        meter_loss=_build_meter_loss(data),
        meter_grace_s=number_of(options, SITE[CONF_METER_GRACE_S]),
        can_export=bool(SITE[CONF_CAN_EXPORT].of(data)),
        enabled=bool(SITE[CONF_ENABLED].of(options)),
        ramp_up_time_s=number_of(options, SITE[CONF_RAMP_UP_TIME_S]),
        hold_window_s=number_of(options, SITE[CONF_HOLD_WINDOW_S]),
        charging_mode=ChargingMode(SITE[CONF_CHARGING_MODE].of(options)),
        distribution_mode=DistributionMode(SITE[CONF_DISTRIBUTION_MODE].of(options)),
        rotation_period_s=number_of(options, SITE[CONF_ROTATION_PERIOD_S]),
        battery=build_battery(entry),
        power_buffer_w=number_of(options, SITE[CONF_POWER_BUFFER_W]),
        excess_threshold_w=number_of(options, SITE[CONF_EXCESS_THRESHOLD_W]),
        allow_grid_charging=bool(SITE[CONF_ALLOW_GRID_CHARGING].of(options)),
        solar_grace_s=number_of(options, SITE[CONF_SOLAR_GRACE_S]),
        import_cap_w=build_import_limit_w(data, options),
        import_windows=build_import_windows(options),
        capacity_tariff=build_capacity_tariff(entry),
        external_cap=build_external_cap(entry),
        unbalance_limit_a=_unbalance_limit_a(options, CONF_UNBALANCE_LIMIT_A),
        grid_unbalance_limit_a=_unbalance_limit_a(options, CONF_GRID_UNBALANCE_LIMIT_A),
        fuse_tolerance=number_of(options, SITE[CONF_FUSE_TOLERANCE_PERCENT]) / 100,
    )


def _unbalance_limit_a(options: Mapping[str, Any], key: str) -> float | None:
    """Return a limit, A; None where there is none."""
    limit_a = options.get(key)
    return None if limit_a is None else float(limit_a)


def _build_meter_loss(data: Mapping[str, Any]) -> MeterLoss:
    behavior = SITE[CONF_METER_LOSS_BEHAVIOR].of(data)
    return MeterLoss(
        behavior=MeterLossBehavior(behavior),
        fallback_current_a=number_of(data, SITE[CONF_FALLBACK_CURRENT_A]),
    )


def _build_meter(data: Mapping[str, Any]) -> Meter:
    kind = data.get(CONF_METER_KIND, METER_PHASE_CURRENT)
    return Meter(
        kind=MeterKind.TOTAL if kind == METER_TOTAL_POWER else MeterKind.PER_PHASE,
        freshness_limit_s=number_of(data, SITE[CONF_FRESHNESS_LIMIT_S]),
        delay_s=number_of(data, SITE[CONF_METER_DELAY_S]),
    )


def _build_circuits(entry: ConfigEntry[Any]) -> tuple[Circuit, ...]:
    service_a = site_options(entry)[CONF_SERVICE_CURRENT_A]
    grid = Circuit(
        circuit_id=CIRCUIT_GRID, limit_a=_limit_a(service_a, phases_of(entry))
    )
    circuits = [grid]
    for subentry in circuits_of(entry):
        data = circuit_data(subentry)
        parent_id = circuit_of(entry, data, CONF_PARENT_CIRCUIT)
        placed = {circuit.circuit_id for circuit in circuits}
        circuits.append(
            Circuit(
                circuit_id=subentry.subentry_id,
                limit_a=_limit_a(
                    min(limits_of_ring(entry, subentry)), named_phases(entry, data)
                ),
                parent_id=parent_id if parent_id in placed else CIRCUIT_GRID,
                meter=_build_meter(data) if CONF_METER_KIND in data else None,
            )
        )
    return tuple(circuits)


def _limit_a(limit_a: float, phases: tuple[Phase, ...]) -> PerPhase:
    first, second, third = (limit_a if phase in phases else 0.0 for phase in Phase)
    return first, second, third


def _build_charger(
    entry: ConfigEntry[Any], subentry: ConfigSubentry, manual_limit_a: float | None
) -> Charger:
    data = subentry.data
    mode = CHARGER[CONF_CHARGING_MODE].of(data)
    return Charger(
        charger_id=subentry.subentry_id,
        circuit_id=circuit_of(entry, data, CONF_CIRCUIT),
        phases=named_phases(entry, data),
        min_current_a=number_of(data, CHARGER[CONF_MIN_CURRENT_A]),
        max_current_a=number_of(data, CHARGER[CONF_MAX_CURRENT_A]),
        step_a=step_a(data),
        enabled=bool(CHARGER[CONF_ENABLED].of(data)),
        manual_limit_a=manual_limit_a,
        pause_s=number_of(data, CHARGER[CONF_PAUSE_S]),
        response=response_of(data),
        raise_interval_s=number_of(data, FAMILY[CONF_RAISE_INTERVAL_S]),
        lease=lease_of(data),
        phase_switching=PhaseSwitching() if CONF_PHASES_ENTITY in data else None,
        before_meter=bool(CHARGER[CONF_BEFORE_METER].of(data)),
        measures_current=measures_current(data),
        charging_mode=None if mode == CHARGING_MODE_SITE else ChargingMode(mode),
        priority=int(CHARGER[CONF_PRIORITY].of(data)),
        weight=number_of(data, CHARGER[CONF_WEIGHT]),
    )
