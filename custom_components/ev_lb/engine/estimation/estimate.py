"""Takes in a snapshot: what the chargers tell, what the house draws."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf, isfinite
from typing import NamedTuple

from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    MeterKind,
    PerPhase,
    Phase,
    Site,
    Snapshot,
)
from custom_components.ev_lb.engine.model.fuse_heat import warmed
from custom_components.ev_lb.engine.model.house_load import to_cut_by_a
from custom_components.ev_lb.engine.model.metered import (
    NOTHING_A,
    Loads,
    MeteredCircuit,
    Phases,
    Problems,
    loads_of,
)
from custom_components.ev_lb.engine.model.phase_setting import as_shown, on_used_phases
from custom_components.ev_lb.engine.model.sanitize import sane_charger_reading
from custom_components.ev_lb.engine.model.set_points import (
    MEASUREMENT_DELAY_S,
    had_as,
    keeps_former_set_point,
    settled_s,
)
from custom_components.ev_lb.engine.model.state import (
    BatteryLevel,
    ChargerState,
    FuseHeat,
    Plug,
    Reading,
    SetPoint,
    State,
    StatedLimits,
    SunMemory,
    TariffPeriod,
)
from custom_components.ev_lb.engine.model.sun import sun
from custom_components.ev_lb.engine.topology import Layout
from custom_components.ev_lb.engine.wakeups import Wakeups

from .backstop import bounds_by_totals_a
from .cars import Source
from .circuits import is_contradicted_on, read_circuits, read_meter
from .draw import (
    counted_ends_s,
    observe,
    once_lease_ended,
    steady_draw,
    still_drawing_a,
    with_hearing,
)
from .frozen import battery_a
from .meter_trial import try_meter, unmetered_a
from .meters_over import MetersOver, meters_over
from .plug import is_blinking, plugged, with_plug
from .readings import PhaseReadings, phase_readings
from .sensor_trial import try_sensors
from .shown_limit import take_accepted, take_shown
from .stated_limits import Limits, stated_limits
from .surplus import battery_level, read_sun, watch_sun
from .tariff_period import follow_period
from .turns import joined, keeps_place, turns_number, with_place
from .unreachable import bound_unreachable, is_long_silent
from .usage import used_phases, watch_usage, worth_a

type Heats = tuple[FuseHeat | None, FuseHeat | None, FuseHeat | None]


class Estimate(NamedTuple):
    """What one decision knows before it decides on the chargers."""

    site: Site
    state: State
    wakeups: Wakeups
    metered_circuits: tuple[MeteredCircuit, ...]
    """The circuits with a meter, the grid connection first."""
    contradicted: bool
    """Whether any of them should have shown by now what the cars do."""
    meters_over: dict[str, MetersOver]
    """By charger what the meters over it come to."""
    limit_a: PerPhase
    """The grid connection's fuse."""
    problems: Problems
    """Why readings of the grid connection's meter are not believed."""
    cut_by: Loads
    """The loads that no set-point may stand against."""
    bounds_a: dict[str, float]
    """The highest set-points where a total may hide an overload, A."""
    plan: Layout
    sources: tuple[Source, ...]
    meter_seen: bool
    snapshot: Snapshot
    battery: BatteryLevel
    level: BatteryLevel
    """The same, whenever it was known."""
    sun: SunMemory
    period: TariffPeriod | None
    limits: Limits
    """Those that entities state."""
    turns_number: int
    heats: Heats
    """How warm the main fuse is, where an overload may be tolerated."""
    source_of: dict[str, Source]
    """The sources by charger id."""


def resume(
    site: Site,
    set_a: Mapping[str, float],
    now_s: float,
    phase_counts: Mapping[str, int] | None = None,
    limits: StatedLimits = StatedLimits(),  # noqa: B008 - it never changes
) -> State:
    """Return the state after a restart, from the last set-points by charger.

    The chargers are taken to be where they were left, on as many phases as
    `phase_counts` tells, or on all; `limits` is what was stated before. Nothing
    is raised before the meter has been read anew.
    """
    chargers = []
    for charger in site.chargers:
        current_a = set_a.get(charger.charger_id, 0.0)
        count = (phase_counts or {}).get(charger.charger_id)
        state = ChargerState(charger_id=charger.charger_id, phase_count=count)
        if isfinite(current_a) and current_a > 0:
            state = state._replace(
                set_a=current_a,
                set_points=(SetPoint(current_a, -inf),),
                connected=True,
                started=True,
                plug=Plug(present=True),
            )
        chargers.append(state)
    return State(
        chargers=tuple(chargers),
        resumed_s=now_s,
        import_cap_w=limits.import_cap_w,
        external_cap_w=limits.external_cap_w,
    )


def estimate_site(
    plan: Layout, state: State, snapshot: Snapshot, wakeups: Wakeups
) -> Estimate:
    """Take in the readings of chargers, meter and battery."""
    site, limit_a = plan.site, plan.limit_a
    number, anew = turns_number(site, state, wakeups)
    told_a = phase_readings(site, site.meter, limit_a, snapshot, state.phases, wakeups)
    source_of = _sources(site, state, snapshot, wakeups, anew=anew)
    stored_a = battery_a(site, snapshot)
    source_of = try_meter(site, state, told_a, stored_a, source_of, wakeups)
    sources = tuple(source_of.values())
    metered_circuits = _metered_circuits(
        plan, state, snapshot, sources, told_a, stored_a, wakeups
    )
    readings = told_a.rows
    phases, problems = metered_circuits[0].phases, metered_circuits[0].problems
    sound = [
        reading.time_s
        for reading, problem in zip(readings, problems, strict=True)
        if reading is not None and problem is None
    ]
    read_s = max(sound, default=-inf)
    sun_memory = read_sun(state.sun, snapshot, read_s, wakeups.now_s)
    sources = try_sensors(
        site, state, sun_memory.battery_w, sources, metered_circuits, wakeups
    )
    sources = bound_unreachable(sources, metered_circuits, wakeups)
    source_of = {row.charger.charger_id: row for row in sources}
    battery = level = battery_level(site, state.battery, snapshot, wakeups)
    if level.known_s != -inf:
        level = level._replace(known_s=-inf)
    estimate = Estimate(
        site=site,
        state=state,
        wakeups=wakeups,
        metered_circuits=metered_circuits,
        contradicted=any(
            is_contradicted_on(metered, row)
            for metered in metered_circuits
            for row in site.phases
        ),
        meters_over=meters_over(metered_circuits, sources),
        limit_a=limit_a,
        problems=problems,
        cut_by=loads_of(metered_circuits, site, to_cut_by_a),
        bounds_a=bounds_by_totals_a(metered_circuits, sources),
        plan=plan,
        sources=sources,
        meter_seen=state.meter_seen or read_s >= state.resumed_s,
        snapshot=snapshot,
        battery=battery,
        level=level,
        sun=sun_memory,
        period=_period(
            site, state, snapshot, readings, problems, phases, sources, wakeups
        ),
        limits=stated_limits(site, state, snapshot, wakeups),
        turns_number=number,
        heats=_heats(site, state, phases, limit_a),
        source_of=source_of,
    )
    return _with_sun(estimate)


def _metered_circuits(
    plan: Layout,
    state: State,
    snapshot: Snapshot,
    sources: tuple[Source, ...],
    told_a: PhaseReadings,
    stored_a: float | None,
    wakeups: Wakeups,
) -> tuple[MeteredCircuit, ...]:
    """Return what is known of each metered circuit, the grid connection first.

    `stored_a` is what a home battery takes, A at one phase.
    """
    site, limit_a = plan.site, plan.limit_a
    behind = [row for row in sources if row.charger.circuit_id in plan.everywhere]
    grid = read_meter(
        site,
        plan.root,
        site.meter,
        limit_a,
        plan.everywhere,
        told_a,
        state.phases,
        tuple([row for row in sources if not row.before_meter]),
        tuple(behind),
        stored_a,
        wakeups,
    )
    below = read_circuits(site, state.circuits, snapshot, sources, stored_a, wakeups)
    return (grid, *below)


def _with_sun(estimate: Estimate) -> Estimate:
    """Go on watching what is left over, where anybody lives on it."""
    site, memory = estimate.site, estimate.sun
    if not estimate.plan.watches_sun:
        if not memory.exports and not memory.surpluses:
            return estimate
        return estimate._replace(sun=memory._replace(exports=(), surpluses=()))
    settled = (row.settled_s for row in estimate.sources)
    last_s = max((time_s for time_s in settled if time_s < inf), default=-inf)
    power = sun(site, estimate.battery, memory, estimate.cut_by.house_a)
    memory = watch_sun(memory, power, last_s, site.hold_window_s, estimate.wakeups)
    return estimate._replace(sun=memory)


def _heats(site: Site, state: State, phases: Phases, limit_a: PerPhase) -> Heats:
    """Follow the heat of the main fuse, if anybody asks for it."""
    if not site.fuse_tolerance > 0:
        return (None, None, None)
    first, second, third = (
        warmed(state.heats[phase], state.phases[phase], phases[phase], limit_a[phase])
        for phase in Phase
    )
    return (first, second, third)


def _period(
    site: Site,
    state: State,
    snapshot: Snapshot,
    readings: tuple[Reading | None, ...],
    problems: Problems,
    phases: Phases,
    sources: tuple[Source, ...],
    wakeups: Wakeups,
) -> TariffPeriod | None:
    """Go on adding up the import of the tariff period."""
    if site.capacity_tariff is None:
        return None
    amps: list[float] = []
    times_s: list[float] = []
    for phase in site.phases:
        reading = readings[phase]
        if reading is not None and problems[phase] is None:
            amps.append(reading.value)
            times_s.append(reading.time_s)
    import_w = None
    house_w = sum(phases[phase].house_a for phase in site.phases) * site.volts
    if amps and len(amps) == len(site.phases):
        import_w = sum(amps) * site.volts
        if site.meter.kind is MeterKind.TOTAL:
            import_w /= len(amps)
            house_w /= len(amps)
        import_w += unmetered_a(sources) * site.volts
    read_s = max(times_s, default=wakeups.now_s)
    return follow_period(
        site, state.period, snapshot, import_w, house_w, read_s, wakeups
    )


def _sources(
    site: Site,
    state: State,
    snapshot: Snapshot,
    wakeups: Wakeups,
    *,
    anew: bool,
) -> dict[str, Source]:
    """Join configuration, memory and reading of each charger.

    `anew` gives turns by what each has had.
    """
    memories = {memory.charger_id: memory for memory in state.chargers}
    told = {reading.charger_id: reading for reading in snapshot.chargers}
    sources: dict[str, Source] = {}
    for charger in site.chargers:
        charger_id = charger.charger_id
        if charger_id in sources:
            continue
        reading = told.get(charger_id)
        memory = memories.get(charger_id) or ChargerState(charger_id=charger_id)
        source = wakeups.run(_source, charger_id, site, charger, memory, reading)
        memory = joined(source.state, state.chargers, wakeups)
        memory = with_place(charger, memory, source.reading, wakeups)
        if memory is not source.state:
            source = source._replace(state=memory)
        if anew:
            turn = had_as(charger, source.state, wakeups.now_s)
            source = source._replace(state=source.state._replace(turn=turn))
        sources[charger_id] = source
    return sources


def _source(
    wakeups: Wakeups,
    site: Site,
    charger: Charger,
    memory: ChargerState,
    reading: ChargerReading | None,
) -> Source:
    memory, reading = with_plug(charger, memory, sane_charger_reading(reading), wakeups)
    memory = with_hearing(memory, reading, wakeups)
    memory = once_lease_ended(charger, memory, wakeups)
    memory = as_shown(charger, memory, reading)
    used = on_used_phases(charger, memory)
    if memory.trial.dropped and used.measures_current:
        used = replace(used, measures_current=False)
    meters = (site.meter, *(row.meter for row in site.circuits if row.meter))
    # A value may be read again for as long as it is open what has changed.
    keep_s = 2 * max(row.delay_s for row in meters) + MEASUREMENT_DELAY_S
    memory = plugged(observe(used, memory, reading, keep_s, wakeups), reading)
    blinks = is_blinking(memory)
    if blinks or is_long_silent(charger, memory, wakeups):
        memory = memory._replace(doubtful_a=NOTHING_A)
    mode = charger.charging_mode or site.charging_mode
    memory = take_accepted(used, memory, reading, mode)
    memory = take_shown(used, memory, reading, mode, wakeups)
    if not blinks:
        memory = watch_usage(used, memory, reading, wakeups)
    ends_s = counted_ends_s(used, memory)
    return Source(
        charger=used,
        state=memory,
        reading=reading,
        configured=charger,
        steady=steady_draw(memory, ends_s, None if reading is None else reading.status),
        settled_s=settled_s(used, memory),
        ends_s=ends_s,
        apart=reading is not None
        and bool(memory.measurements)
        and len(reading.measured_a) >= len(used.phases),
        doubted=reading is not None and reading.doubted,
        still_drawing_a=still_drawing_a(used, memory, wakeups),
        used_phases=used_phases(used, memory, wakeups),
        useful_a=worth_a(used, memory, wakeups),
        keeps_place=keeps_place(used, memory, wakeups),
        keeps_set_point=keeps_former_set_point(memory, reading),
    )
