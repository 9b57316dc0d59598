"""What each charger asks for: its mode's wish, where it is wired, and its turn."""

from math import isfinite
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.estimation.backstop import (
    bounds_by_totals_a,
    loads_idle_phase,
)
from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.estimation.draw import (
    is_heard,
    is_untold,
    still_drawing_a,
)
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.estimation.turns import keeps_place
from custom_components.ev_lb.engine.estimation.usage import used_phases, worth_a
from custom_components.ev_lb.engine.model import (
    Charger,
    LimitingFactor,
    MeterLossBehavior,
    Site,
)
from custom_components.ev_lb.engine.model.request import (
    Request,
    ceil_to_step,
    floor_to_step,
)
from custom_components.ev_lb.engine.model.state import BatteryLevel, ChargerState
from custom_components.ev_lb.engine.topology import Plan
from custom_components.ev_lb.engine.wakeups import Wakeups

from .deadlines import Deadline, deadline
from .modes import Drive, NoDemand, Wish, wanted
from .reach import within_reach
from .readiness import is_graced, is_ready
from .wiring import Wiring

SUNNY = (Drive.SUN, Drive.EXPORT)
BEHIND_ALL: Final = 1000
"""The urgency of a car that takes nothing."""


class Demand(NamedTuple):
    """What a charger that takes part in the split asks for."""

    wiring: Wiring
    request: Request
    """Without the limits that it uses."""
    deadline: Deadline | None


class Candidate(NamedTuple):
    """A charger that takes part in the split."""

    name: str
    """The charger's id."""
    state: ChargerState
    demand: Demand
    ready: bool
    """Whether it could use current now; else it only asks whether there is headroom."""

    @property
    def rank(self) -> tuple[int, int, float, str]:
        """Return its place in the order of the split."""
        request = self.demand.request
        return (request.urgency, request.priority, request.turn, self.name)


class Asking(NamedTuple):
    """What one charger asks for."""

    wish: Wish | NoDemand
    candidate: Candidate | None
    kept: Kept | None
    """Where it takes no part and keeps its current."""
    on_all_wires: bool
    """Whether it counts on all its wires, whatever it seems to use."""


type Kept = tuple[Wiring, float]
"""What a charger draws or may draw, whatever the split says, A."""


def askings(estimate: Estimate) -> dict[str, Asking]:
    """Find who takes part, and who keeps its current while the meter is lost."""
    alone = len(estimate.sources) == 1
    askings = {}
    bounds_a = bounds_by_totals_a(estimate.metered_circuits, estimate.sources)
    for charger_id, source in estimate.source_of.items():
        on_all_wires = estimate.overloaded and loads_idle_phase(
            estimate.metered_circuits, source, source.state.uses_phases
        )
        lost = estimate.lost(source.charger) is not None
        askings[charger_id] = estimate.wakeups.run(
            _asking,
            charger_id,
            estimate.plan,
            source,
            estimate.level,
            bounds_a.get(charger_id),
            alone,
            lost,
            on_all_wires,
        )
    return askings


def _asking(
    wakeups: Wakeups,
    plan: Plan,
    source: Source,
    level: BatteryLevel,
    bound_a: float | None,
    alone: bool,
    lost: bool,
    on_all_wires: bool,
) -> Asking:
    """Return what a charger asks for now, and whether it takes part or keeps."""
    charger, state, reading = source[:3]
    site = plan.site
    line = plan.lines.get(charger.circuit_id, ())
    wish = wanted(
        site,
        charger,
        connected=state.connected,
        on_grid=bool(line),
        level=level,
    )
    if isinstance(wish, Wish):
        wish = within_reach(wish, source)
    if isinstance(wish, NoDemand):
        return Asking(wish, None, None, on_all_wires)
    useful = wish = _on_step(wish, charger)
    phases = charger.phases
    if not on_all_wires:
        phases = used_phases(charger, state, wakeups)
    idle = not alone and state.asked_again_s is not None
    set_a = 0.0 if idle else state.set_a
    if idle:
        useful = _idle(charger, wish)
    elif not alone:
        highest_a = worth_a(charger, state, wish.max_current_a, wakeups)
        if highest_a != wish.max_current_a:
            useful = wish._replace(max_current_a=highest_a)
    graced = wish.drive in SUNNY and not idle and is_graced(site, state, wakeups)
    wiring = Wiring(charger.charger_id, line, phases, useful, set_a, graced)
    ignored = site.meter_loss.behavior is MeterLossBehavior.IGNORE
    keeps = ignored if lost else is_untold(state, reading)
    kept = None
    if keeps or (lost and not is_heard(reading)):
        kept = wiring, still_drawing_a(charger, state, wakeups)
    if keeps:
        return Asking(wish, None, kept, on_all_wires)
    if lost:
        useful = _in_loss(site, useful)
    if source.doubted:
        useful = _at_most(useful, state.set_a, LimitingFactor.DOUBTED)
    if bound_a is not None:
        bound_a = floor_to_step(bound_a, charger.step_a)
        useful = _at_most(useful, bound_a, LimitingFactor.PHASES_UNKNOWN)
    if useful.max_current_a <= 0 or useful.max_current_a < useful.min_current_a:
        return Asking(wish, None, kept, on_all_wires)
    wiring = wiring._replace(wish=useful)
    ready = is_ready(charger, state, site.ramp_up_time_s, wakeups)
    watts_per_a = site.voltage_v * len(phases)
    request = _request(charger, state, useful, wakeups)
    if idle:
        # Among those that take nothing, who is offered current keeps it.
        due, offered = None, state.set_a > 0
        request = request._replace(urgency=BEHIND_ALL, priority=0, running=offered)
    else:
        due = deadline(reading, watts_per_a, useful.max_current_a, wakeups)
    demand = Demand(wiring, request, due)
    candidate = Candidate(charger.charger_id, state, demand, ready)
    return Asking(wish, candidate, None, on_all_wires)


def _on_step(wish: Wish, charger: Charger) -> Wish:
    """Return a wish whose minimum is one that the charger can be given.

    Else a minimum of 6.3 A on steps of 1 A, which is 7 A, has a floor of 6.3 A
    where sun is shared, and never fits under it.
    """
    lowest_a = ceil_to_step(wish.min_current_a, charger.step_a)
    if not wish.min_current_a < lowest_a <= wish.max_current_a:
        return wish
    return wish._replace(min_current_a=lowest_a)


def _idle(charger: Charger, wish: Wish) -> Wish:
    """Return what a car is offered that takes nothing: its minimum, to come back.

    It takes none of what is left over, so eco's minimum is no part of that.
    """
    lowest_a = ceil_to_step(wish.min_current_a, charger.step_a)
    drive = Drive.GRID if wish.drive is Drive.MINIMUM else wish.drive
    return wish._replace(drive=drive, max_current_a=min(lowest_a, wish.max_current_a))


def _in_loss(site: Site, wish: Wish) -> Wish:
    """Return what a charger may have while the meter is lost."""
    loss = site.meter_loss
    highest_a = 0.0
    falls_back = loss.behavior is MeterLossBehavior.SET_CURRENT
    if falls_back and isfinite(loss.fallback_current_a):
        highest_a = min(loss.fallback_current_a, wish.max_current_a)
    return wish._replace(
        max_current_a=highest_a, own_limit=LimitingFactor.METER_LOST, drive=Drive.GRID
    )


def _at_most(wish: Wish, most_a: float, factor: LimitingFactor) -> Wish:
    """Return what a charger may have that nothing is raised on, or that is cut."""
    if most_a >= wish.max_current_a:
        return wish
    return wish._replace(max_current_a=most_a, own_limit=factor)


def _request(
    charger: Charger, state: ChargerState, wish: Wish, wakeups: Wakeups
) -> Request:
    return Request(
        charger_id=charger.charger_id,
        min_current_a=wish.min_current_a,
        max_current_a=wish.max_current_a,
        step_a=charger.step_a,
        weight=charger.weight,
        uses=(),
        urgency=wish.urgency,
        priority=charger.priority,
        turn=state.turn,
        running=keeps_place(charger, state, wakeups),
        own_limit=wish.own_limit,
    )
