"""Splits what is free among those that want it, for each degree of certainty.

At most (what may stay), for certain now (where a first start begins), and for
the whole hold window (how far a raise goes).
"""

from collections.abc import Iterable
from math import isfinite
from typing import Final, NamedTuple

from .caps import external_cap_w, import_caps
from .deadlines import Deadline, deadline, split_in_time
from .draw import is_untold, still_drawing_a
from .feeds import held_a, now_a, to_cut_by_a
from .house import Source
from .limits import (
    Loads,
    Supply,
    Uses,
    Wiring,
    eased,
    lacking,
    left_beside_w,
    limits,
)
from .look import View
from .memory import ChargerState
from .model import Charger, LimitingFactor, MeterKind, MeterLossBehavior, PerPhase
from .modes import Drive, Refusal, Wish, wanted
from .pace import Offer, is_ready
from .request import Request, Share
from .sun import Sun, lately, sun
from .switching import other_phases
from .turns import keeps_place
from .usage import used_phases, worth_a

type Wishes = dict[str, Wish | Refusal]

SUNNY = (Drive.SUN, Drive.EXPORT)
NOTHING_A: Final = (0.0, 0.0, 0.0)


class Candidate(NamedTuple):
    """A charger that takes part in the split."""

    charger: Charger
    state: ChargerState
    wiring: Wiring
    ready: bool
    """Whether it could use current now; else it only asks whether there is room."""
    deadline: Deadline | None

    @property
    def name(self) -> str:
        """Return the charger's id."""
        return self.charger.charger_id

    @property
    def rank(self) -> tuple[int, int, float, str]:
        """Return its place in the order of the split."""
        urgency = self.wiring.wish.urgency
        charger_id = self.charger.charger_id
        return (urgency, self.charger.priority, self.state.turn, charger_id)


class Room:
    """What is left of all limits, as set-points are taken off them."""

    def __init__(self, free_a: Iterable[float], uses: Uses) -> None:
        """Start with all that the limits leave free."""
        self._free_a = list(free_a)
        self._uses = uses

    def take(self, charger_id: str, current_a: float) -> None:
        """Take a charger's current off its limits."""
        for place, coefficient in self._uses.get(charger_id, ()):
            self._free_a[place] -= coefficient * current_a

    def left_a(self, charger_id: str) -> float:
        """Return what is left for a charger, A."""
        return min(
            (
                self._free_a[place] / coefficient
                for place, coefficient in self._uses.get(charger_id, ())
            ),
            default=0.0,
        )


class Table(NamedTuple):
    """Who wants what, and what there is."""

    wishes: Wishes
    candidates: list[Candidate]
    offers: dict[str, Offer]
    lasting: Room
    """What may be raised into."""
    lacking: frozenset[Drive]
    """What the sun does not do for those that run on it."""
    left_over_w: dict[Drive, float]
    others: dict[str, Share]
    """What chargers that can switch phases would get on the other phases."""


def lay_out(view: View) -> Table:
    """Return what each charger wants and is offered."""
    wishes, everyone, kept = _candidates(view)
    if not view.site.circuits:
        return Table(wishes, [], {}, Room((), {}), frozenset(), {}, {})
    leaving_a = _leaving_a(view, everyone, kept)
    cut_by = view.loads(to_cut_by_a)
    root = view.feeds[0].circuit_id
    now = _with_leaving(view.loads(now_a), leaving_a, root)
    held = _with_leaving(view.loads(held_a), leaving_a, root)
    power = lately(view.sun, sun(view.site, view.battery, view.sun, cut_by.house_a))
    wirings = [row.wiring for row in everyone]
    power = eased(view.site, wirings, view.battery, power)
    stubborn = _stubborn_offers(view, everyone, kept, cut_by, power)
    candidates = everyone
    if stubborn:
        candidates = [row for row in everyone if row.name not in stubborn]
        kept = [*kept, *(_drawn(row) for row in everyone if row.name in stubborn)]
    done: dict[tuple[bool, Loads, Sun], tuple[dict[str, Share], Room]] = {}
    ready = [row for row in candidates if row.ready]

    def whole_split_of(
        who: list[Candidate], loads: Loads, power: Sun | None = None
    ) -> tuple[dict[str, Share], Room]:
        """Split once for each question; in a calm home they are all one."""
        if power is None:
            power = sun(view.site, view.battery, view.sun, loads.house_a)
        key = (len(who) == len(ready), loads, power)
        if key not in done:
            done[key] = _split(view, who, kept, loads, power)
        return done[key]

    def split_of(who: list[Candidate], loads: Loads) -> dict[str, Share]:
        return whole_split_of(who, loads)[0]

    most, room = whole_split_of(ready, cut_by, power)
    starts = any(row.state.set_a <= 0 for row in candidates)
    rises = any(row.state.set_a < most[row.name].current_a for row in ready)
    at_once = split_of(candidates, now) if starts else most
    lasting = most
    if rises:
        lasting, room = whole_split_of(ready, held)
    offers = {}
    for row in candidates:
        keep, fit = most, lasting
        if not row.ready:
            keep, fit = split_of(candidates, cut_by), split_of(candidates, held)
        share = fit[row.name]
        offers[row.name] = Offer(
            keep[row.name], at_once[row.name], share, share.current_a
        )
    others = {
        source.charger.charger_id: _elsewhere(view, source, candidates, kept, held)
        for source in view.sources
        if source.configured.phase_switching is not None
        and source.charger.charger_id in offers
    }
    offers.update(stubborn)
    if view.site.allow_grid_charging and all(
        row.wish.drive is Drive.GRID for row in wirings
    ):
        return Table(wishes, everyone, offers, room, frozenset(), {}, others)
    left_w = left_beside_w(view.site, wirings, view.battery, power)
    lacks = lacking(view.site, wirings, left_w)
    return Table(wishes, everyone, offers, room, lacks, left_w, others)


def _stubborn_offers(
    view: View,
    candidates: list[Candidate],
    kept: list[tuple[Wiring, float]],
    loads: Loads,
    power: Sun,
) -> dict[str, Offer]:
    """Return what those may keep that draw more than they were given.

    As if they followed, so that they are told what is right. What they draw is
    there for nobody else.
    """
    names = {
        row.name
        for row in candidates
        if row.state.missed_since_s is not None and row.state.measurements
    }
    if not names:
        return {}
    who = [row for row in candidates if row.ready or row.name in names]
    shares, _ = _split(view, who, kept, loads, power)
    return {
        name: Offer(share, share, share, share.current_a)
        for name, share in shares.items()
        if name in names
    }


def _drawn(row: Candidate) -> tuple[Wiring, float]:
    """Return what a car draws whatever it was given, A."""
    return row.wiring, max(row.state.set_a, *row.state.measurements[-1].current_a)


def _elsewhere(
    view: View,
    source: Source,
    candidates: list[Candidate],
    kept: list[tuple[Wiring, float]],
    loads: Loads,
) -> Share:
    """Return what a charger would get on one phase, or on all again."""
    name = source.charger.charger_id
    phases = other_phases(source.configured, source.state)
    rows = [
        row._replace(wiring=row.wiring._replace(phases=phases, graced=False))
        if row.name == name
        else row
        for row in candidates
    ]
    power = sun(view.site, view.battery, view.sun, loads.house_a)
    return _split(view, rows, kept, loads, power)[0][name]


def _candidates(
    view: View,
) -> tuple[Wishes, list[Candidate], list[tuple[Wiring, float]]]:
    """Find who takes part, and who keeps its current while the meter is lost."""
    wishes: Wishes = {}
    candidates: list[Candidate] = []
    kept: list[tuple[Wiring, float]] = []
    for charger, state, reading, _ in view.sources:
        line = view.lines.get(charger.circuit_id, ())
        wish = wanted(
            view.site,
            charger,
            connected=state.connected,
            on_grid=bool(line),
            level=view.battery,
        )
        wishes[charger.charger_id] = wish
        if isinstance(wish, Refusal):
            continue
        phases = used_phases(charger, state, view.timetable)
        if len(view.sources) > 1:
            highest_a = worth_a(charger, state, wish.max_current_a, view.timetable)
            wish = wish._replace(max_current_a=highest_a)
        graced = wish.drive in SUNNY and view.is_graced(state)
        wiring = Wiring(charger.charger_id, line, phases, wish, state.set_a, graced)
        lost = view.lost(charger) is not None
        if lost and view.site.meter_loss.behavior is MeterLossBehavior.IGNORE:
            kept.append((wiring, state.set_a))
            continue
        if is_untold(state, reading):
            kept.append((wiring, still_drawing_a(charger, state, view.timetable)))
            continue
        if lost:
            wish = _in_loss(view, wish)
            if wish.max_current_a < wish.min_current_a:
                continue
            wiring = wiring._replace(wish=wish)
        ready = is_ready(charger, state, view.site.ramp_up_time_s, view.timetable)
        due = deadline(
            reading,
            view.site.voltage_v * len(phases),
            wiring.wish.max_current_a,
            view.timetable,
        )
        candidates.append(Candidate(charger, state, wiring, ready, due))
    return wishes, candidates, kept


def _leaving_a(
    view: View, candidates: list[Candidate], kept: list[tuple[Wiring, float]]
) -> dict[str, PerPhase]:
    """Return what cars may still draw that are being stopped, A.

    For each circuit that their current passes, per phase.
    """
    staying = {row.wiring.charger_id for row in candidates}
    staying.update(wiring.charger_id for wiring, _ in kept)
    amps: dict[str, PerPhase] = {}
    root = view.feeds[0].circuit_id
    for charger, state, _, _ in view.sources:
        if charger.charger_id in staying:
            continue
        draws_a = still_drawing_a(charger, state, view.timetable)
        if state.missed_since_s is not None and state.measurements:
            draws_a = max(draws_a, *state.measurements[-1].current_a)
        if draws_a <= 0:
            continue
        for circuit_id in view.lines.get(charger.circuit_id, (root,)):
            loads = list(amps.get(circuit_id, NOTHING_A))
            for phase in charger.phases:
                loads[phase] += draws_a
            amps[circuit_id] = (loads[0], loads[1], loads[2])
    return amps


def _with_leaving(loads: Loads, leaving_a: dict[str, PerPhase], root: str) -> Loads:
    """Add what is being stopped to what else hangs on each circuit."""
    if not leaving_a:
        return loads
    circuits = dict(loads.circuits)
    house_a = loads.house_a
    for circuit_id, load_a in leaving_a.items():
        if circuit_id == root:
            house_a = _sum(house_a, load_a)
        else:
            circuits[circuit_id] = _sum(circuits.get(circuit_id, NOTHING_A), load_a)
    return Loads(house_a, tuple(circuits.items()))


def _sum(house_a: PerPhase, more_a: PerPhase) -> PerPhase:
    return (
        house_a[0] + more_a[0],
        house_a[1] + more_a[1],
        house_a[2] + more_a[2],
    )


def _in_loss(view: View, wish: Wish) -> Wish:
    """Return what a charger may have while the meter is lost."""
    loss = view.site.meter_loss
    highest_a = 0.0
    falls_back = loss.behavior is MeterLossBehavior.SET_CURRENT
    if falls_back and isfinite(loss.fallback_current_a):
        highest_a = min(loss.fallback_current_a, wish.max_current_a)
    return wish._replace(
        max_current_a=highest_a, own_limit=LimitingFactor.METER_LOST, drive=Drive.GRID
    )


def _split(
    view: View,
    candidates: list[Candidate],
    kept: list[tuple[Wiring, float]],
    loads: Loads,
    power: Sun,
) -> tuple[dict[str, Share], Room]:
    wirings = (*(row.wiring for row in candidates), *(wiring for wiring, _ in kept))
    supply = Supply(
        limit_a=view.limit_a,
        house_a=loads.house_a,
        house_w=_house_w(view, loads.house_a),
        circuits_a=dict(loads.circuits),
        power=power,
        level=view.battery,
        caps=import_caps(view.site, view.period, view.import_cap_w, view.snapshot),
        external_w=external_cap_w(view.site, view.snapshot),
    )
    rows, uses = limits(view.site, wirings, supply)
    for wiring, set_a in kept:
        for place, coefficient in uses[wiring.charger_id]:
            free_a = rows[place].capacity_a - coefficient * set_a
            rows[place] = rows[place]._replace(capacity_a=free_a)
    requests = [_request(view, row, uses) for row in candidates]
    pressed = {row.name: row.deadline for row in candidates if row.deadline is not None}
    shares = split_in_time(requests, rows, view.site.distribution_mode, pressed)
    # What is kept is already taken off.
    uses = {request.charger_id: uses[request.charger_id] for request in requests}
    return shares, Room((row.capacity_a for row in rows), uses)


def _house_w(view: View, house_a: PerPhase) -> float:
    if view.site.meter.kind is MeterKind.TOTAL:
        return house_a[0] * view.site.voltage_v
    return sum(house_a) * view.site.voltage_v


def _request(view: View, row: Candidate, uses: Uses) -> Request:
    charger, state, wish = row.charger, row.state, row.wiring.wish
    return Request(
        charger_id=charger.charger_id,
        min_current_a=wish.min_current_a,
        max_current_a=wish.max_current_a,
        step_a=charger.step_a,
        weight=charger.weight,
        uses=tuple(uses[charger.charger_id]),
        urgency=wish.urgency,
        priority=charger.priority,
        turn=state.turn,
        running=keeps_place(charger, state, view.timetable),
        own_limit=wish.own_limit,
    )
