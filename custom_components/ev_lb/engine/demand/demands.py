"""What each charger asks for: by its mode, its car, its meter, and its turn."""

from math import inf, isfinite
from typing import Final

from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import (
    ChargingMode,
    LimitingFactor,
    MeterLossBehavior,
    Site,
)
from custom_components.ev_lb.engine.model.request import ceil_to_step, floor_to_step
from custom_components.ev_lb.engine.model.reservation import (
    Reservation,
    ReservationCause,
)
from custom_components.ev_lb.engine.model.set_points import (
    is_heard,
    is_refused,
)
from custom_components.ev_lb.engine.model.state import BatteryLevel, ChargerState
from custom_components.ev_lb.engine.topology import Layout
from custom_components.ev_lb.engine.wakeups import Wakeups

from .blocks import may_draw
from .deadlines import deadline
from .demand import Demand, Drive, NoDemand
from .modes import mode_of, wanted
from .reach import within_reach
from .readiness import is_graced, is_ready

SUNNY: Final = (Drive.SUN, Drive.EXPORT)
BEHIND_ALL: Final = 1000
"""The urgency of a car that takes nothing."""


def demands(estimate: Estimate) -> dict[str, Demand | NoDemand]:
    """Return what each charger asks for, or why it asks for nothing."""
    alone = len(estimate.sources) == 1
    found = {}
    for charger_id, source in estimate.source_of.items():
        over = estimate.meters_over[charger_id]
        found[charger_id] = estimate.wakeups.run(
            _demand,
            charger_id,
            estimate.plan,
            source,
            estimate.level,
            estimate.bounds_a.get(charger_id),
            alone,
            over.lost is not None,
            over.on_all_wires,
        )
    return found


def _demand(
    wakeups: Wakeups,
    plan: Layout,
    source: Source,
    level: BatteryLevel,
    bound_a: float | None,
    alone: bool,
    lost: bool,
    on_all_wires: bool,
) -> Demand | NoDemand:
    """Return what a charger asks for now, and whether it takes part or keeps."""
    site = plan.site
    demand = _by_mode(wakeups, plan, source, level, on_all_wires=on_all_wires)
    if isinstance(demand, NoDemand):
        return demand._replace(on_all_wires=on_all_wires)
    idle = not alone and source.state.asked_again_s is not None
    demand = _by_car(wakeups, site, source, demand, alone=alone, idle=idle)
    keeps, keeping = _keeping(site, source, demand, lost=lost)
    if keeps:
        return keeping
    if lost:
        demand = _in_loss(site, demand)
    demand = _in_doubt(source, demand, bound_a)
    if demand.max_current_a <= 0 or demand.max_current_a < demand.min_current_a:
        return keeping
    return _taking_part(site, source, demand, wakeups, idle=idle)


def _by_mode(
    wakeups: Wakeups,
    plan: Layout,
    source: Source,
    level: BatteryLevel,
    *,
    on_all_wires: bool,
) -> Demand | NoDemand:
    """Return what a charger would take by its mode and its settings, on its step."""
    charger, state, site = source.charger, source.state, plan.site
    phases = charger.phases if on_all_wires else source.used_phases
    watts_per_a = site.volts * len(phases)
    smart = mode_of(site, charger) is ChargingMode.SMART
    planned = smart and may_draw(source, watts_per_a, wakeups)
    line = plan.lines.get(charger.circuit_id, ())
    demand = wanted(site, charger, state, line, level, planned=planned)
    if isinstance(demand, Demand):
        demand = within_reach(demand, source)
    if isinstance(demand, NoDemand):
        return demand
    demand = _on_step(demand)
    return demand._replace(phases=phases, on_all_wires=on_all_wires)


def _by_car(
    wakeups: Wakeups,
    site: Site,
    source: Source,
    demand: Demand,
    *,
    alone: bool,
    idle: bool,
) -> Demand:
    """Return a demand as far as the car is known to use it."""
    state = source.state
    graced = demand.drive in SUNNY and not idle and is_graced(site, state, wakeups)
    counted_a = 0.0 if idle else state.set_a
    demand = demand._replace(counted_a=counted_a, graced=graced)
    if idle:
        return _idle(demand)
    if alone:
        return demand
    return demand._replace(max_current_a=min(demand.max_current_a, source.useful_a))


def _keeping(
    site: Site, source: Source, demand: Demand, *, lost: bool
) -> tuple[bool, Demand]:
    """Tell whether a charger keeps what it has; return its demand with that reserved.

    Reserved also for one that keeps nothing, but cannot hear that its meter is lost.
    """
    ignored = site.meter_loss.behavior is MeterLossBehavior.IGNORE
    keeps = ignored if lost else source.keeps_set_point
    if not keeps and not (lost and not is_heard(source.reading)):
        return keeps, demand
    cause = ReservationCause.UNREACHABLE
    if keeps and lost:
        cause = ReservationCause.METER_LOST
    kept = Reservation(demand.charger_id, source.still_drawing_a, cause)
    return keeps, demand._replace(reservation=kept)


def _in_doubt(source: Source, demand: Demand, bound_a: float | None) -> Demand:
    """Return what a charger may have while sensor, meter or phases are in doubt."""
    if source.doubted:
        demand = _at_most(demand, _given_a(source.state), LimitingFactor.DOUBTED)
    if source.trial_most_a < inf:
        demand = _at_most(demand, source.trial_most_a, LimitingFactor.DOUBTED)
    if bound_a is None:
        return demand
    bound_a = floor_to_step(bound_a, demand.step_a)
    return _at_most(demand, bound_a, LimitingFactor.PHASES_UNKNOWN)


def _given_a(state: ChargerState) -> float:
    """Return what a doubted charger may be told, A: no more than its car has anyway.

    One that did not stop has that, whatever it was told.
    """
    if not is_refused(state):
        return state.set_a
    return max(state.set_a, *state.measurements[-1].current_a)


def _taking_part(
    site: Site, source: Source, demand: Demand, wakeups: Wakeups, *, idle: bool
) -> Demand:
    """Return a demand with its place among the others."""
    charger, state, reading = source[:3]
    demand = demand._replace(
        takes_part=True,
        ready=is_ready(charger, state, site.ramp_up_time_s, wakeups),
        running=source.keeps_place,
    )
    if idle:
        # Among those that take nothing, who is offered current keeps it.
        offered = state.set_a > 0
        return demand._replace(urgency=BEHIND_ALL, priority=0, running=offered)
    if demand.waits_for_block:
        return demand
    watts_per_a = site.volts * len(demand.phases)
    due = deadline(reading, watts_per_a, demand.max_current_a, wakeups)
    return demand._replace(deadline=due)


def _on_step(demand: Demand) -> Demand:
    """Return a demand whose minimum is one that the charger can be given.

    Else a minimum of 6.3 A on steps of 1 A, which is 7 A, has a floor of 6.3 A
    where sun is shared, and never fits under it.
    """
    lowest_a = ceil_to_step(demand.min_current_a, demand.step_a)
    if not demand.min_current_a < lowest_a <= demand.max_current_a:
        return demand
    return demand._replace(min_current_a=lowest_a)


def _idle(demand: Demand) -> Demand:
    """Return what a car is offered that takes nothing: its minimum, to come back.

    It takes none of what is left over, so eco's minimum is no part of that.
    """
    lowest_a = ceil_to_step(demand.min_current_a, demand.step_a)
    drive = Drive.GRID if demand.drive is Drive.MINIMUM else demand.drive
    highest_a = min(lowest_a, demand.max_current_a)
    return demand._replace(counts_as=drive, max_current_a=highest_a)


def _in_loss(site: Site, demand: Demand) -> Demand:
    """Return what a charger may have while the meter is lost."""
    loss = site.meter_loss
    highest_a = 0.0
    falls_back = loss.behavior is MeterLossBehavior.SET_CURRENT
    if falls_back and isfinite(loss.fallback_current_a):
        highest_a = min(loss.fallback_current_a, demand.max_current_a)
    return demand._replace(
        max_current_a=highest_a,
        own_limit=LimitingFactor.METER_LOST,
        counts_as=Drive.GRID,
    )


def _at_most(demand: Demand, most_a: float, factor: LimitingFactor) -> Demand:
    """Return what a charger may have that nothing is raised on, or that is cut."""
    if most_a >= demand.max_current_a:
        return demand
    return demand._replace(max_current_a=most_a, own_limit=factor)
