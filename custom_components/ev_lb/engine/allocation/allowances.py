"""Splits what is free among those that want it, for each degree of certainty.

At most (what may stay), for certain now (where a first start begins), and for
the whole hold window (how far a raise goes).
"""

from collections.abc import Iterable, Mapping
from math import inf
from types import MappingProxyType
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.constraints import reservation as beside
from custom_components.ev_lb.engine.constraints.limits import (
    Uses,
    eased,
    lacking,
    left_beside_w,
)
from custom_components.ev_lb.engine.demand.demands import (
    Asking,
    Candidate,
    Kept,
    askings,
)
from custom_components.ev_lb.engine.demand.modes import Drive
from custom_components.ev_lb.engine.demand.wiring import Wiring
from custom_components.ev_lb.engine.estimation.backstop import bound_by_meters_a
from custom_components.ev_lb.engine.estimation.circuits import (
    HouseLoad,
    Loads,
    held_a,
    now_a,
    to_cut_by_a,
)
from custom_components.ev_lb.engine.estimation.draw import (
    is_heard,
    is_refused,
    still_drawing_a,
)
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.estimation.peaks import first_fit_s
from custom_components.ev_lb.engine.estimation.phase_setting import other_phases
from custom_components.ev_lb.engine.estimation.surplus import Sun, lately, sun
from custom_components.ev_lb.engine.model import Charger, LimitingFactor
from custom_components.ev_lb.engine.model.request import Share, floor_to_step

from .allowance import Allowance
from .splitter import Splitter

SUNNY = (Drive.SUN, Drive.EXPORT)
NOBODY: Final[frozenset[str]] = frozenset()
NOTHING_FREED: Final[Mapping[str, float]] = MappingProxyType({})
DISBELIEVED_S: Final = 600.0
"""A car that is measured above its set-point for so long is no longer held there, s."""


class Headroom:
    """What is left of all limits, as set-points are taken off them."""

    def __init__(self, free_a: Iterable[float], uses: Uses, drains: Uses) -> None:
        """Start with all that the limits leave free."""
        self._free_a = list(free_a)
        self._uses = uses
        self._drains = drains
        self._drained: set[int] = set()
        self._promised_a: dict[str, float] = {}

    def take(self, charger_id: str, current_a: float) -> None:
        """Take a charger's current off its limits."""
        for place, coefficient in self._uses.get(charger_id, ()):
            self._free_a[place] -= coefficient * current_a

    def rise(self, charger_id: str, more_a: float) -> None:
        """Take what a charger is raised by, also from what is left over for others."""
        self.take(charger_id, more_a)
        if charger_id in self._promised_a:
            self._promised_a[charger_id] -= more_a
        for place, coefficient in self._drains.get(charger_id, ()):
            self._free_a[place] -= coefficient * more_a
            self._drained.add(place)

    def promise(self, charger_id: str, more_a: float) -> None:
        """Keep what a charger is still to have, whatever is left over.

        Where others drain that, nobody else is raised by it.
        """
        self._promised_a[charger_id] = more_a

    def _left_at(self, place: int, charger_id: str) -> float:
        """Return what a drained limit leaves a charger beside what others are promised."""
        promised_a = sum(
            coefficient * max(more_a, 0.0)
            for other_id, more_a in self._promised_a.items()
            if other_id != charger_id
            for at, coefficient in self._uses.get(other_id, ())
            if at == place
        )
        return self._free_a[place] - promised_a

    def left_over_a(self, charger_id: str, from_anywhere_a: float) -> float:
        """Return what raises of others leave of what a charger lives on, A."""
        uses = self._uses.get(charger_id, ())
        return min(
            (
                max(self._left_at(place, charger_id) / coefficient, from_anywhere_a)
                for place, coefficient in uses
                if place in self._drained
            ),
            default=inf,
        )

    def _freed(self, freed_a: Mapping[str, float]) -> dict[int, float]:
        """Return by limit what others leave that make way."""
        freed: dict[int, float] = {}
        for charger_id, more_a in freed_a.items():
            for place, coefficient in self._uses.get(charger_id, ()):
                freed[place] = freed.get(place, 0.0) + coefficient * more_a
        return freed

    def left_a(
        self,
        charger_id: str,
        from_anywhere_a: float,
        freed_a: Mapping[str, float] = NOTHING_FREED,
    ) -> float:
        """Return what is left for a charger once others have made way by `freed_a`, A.

        What others drain by being raised leaves it `from_anywhere_a` all the same.
        """
        freed = self._freed(freed_a)
        return min(
            (
                max(self._left_at(place, charger_id) / coefficient, from_anywhere_a)
                if place in self._drained
                else (self._free_a[place] + freed.get(place, 0.0)) / coefficient
                for place, coefficient in self._uses.get(charger_id, ())
            ),
            default=0.0,
        )


class Allocation(NamedTuple):
    """Who wants what, and what there is."""

    askings: dict[str, Asking]
    candidates: list[Candidate]
    allowances: dict[str, Allowance]
    headroom: Headroom
    """What may be raised into."""
    beside: Loads
    """What hangs on the circuits besides the cars, as it counts for a cut."""
    lacking: frozenset[Drive]
    """What the sun does not do for those that run on it."""
    left_over_w: dict[Drive, float]
    others: dict[str, Share]
    """What chargers that can switch phases would get on the other phases; on more
    phases only what the sun pays for, where they live on it."""
    unpaid: frozenset[str]
    """Those on several phases that the sun does not pay for."""


def allocate(estimate: Estimate) -> Allocation:
    """Return what each charger wants and is offered."""
    asked = askings(estimate)
    everyone = [row.candidate for row in asked.values() if row.candidate is not None]
    kept = [row.kept for row in asked.values() if row.kept is not None]
    if not estimate.site.circuits:
        return _nothing(asked)
    unseen_a = beside.unseen_a(estimate)
    cut_by = beside.with_leaving(estimate, to_cut_by_a, unseen_a)
    power = lately(
        estimate.sun, sun(estimate.site, estimate.battery, estimate.sun, cut_by.house_a)
    )
    wirings = [row.demand.wiring for row in everyone]
    if estimate.plan.watches_sun:
        power = eased(estimate.site, wirings, estimate.battery, power)
    splitter = Splitter(estimate)
    stubborn = _stubborn_offers(splitter, estimate, everyone, kept, cut_by, power)
    candidates = everyone
    if stubborn:
        candidates = [row for row in everyone if row.name not in stubborn]
        kept = [
            *kept,
            *(_drawn(estimate, row) for row in everyone if row.name in stubborn),
        ]
    ready = [row for row in candidates if row.ready]
    keeping = splitter.split(ready, kept, cut_by, power)
    most = keeping.shares
    leaving_a = beside.leaving_a(estimate, everyone, kept, unseen_a)
    starts = any(row.state.set_a <= 0 for row in candidates)
    rises = any(row.state.set_a < most[row.name].current_a for row in ready)
    at_once = keep_shares = fit_shares = most
    raising = keeping
    held = cut_by
    if starts:
        now = beside.with_leaving(estimate, now_a, leaving_a)
        at_once = splitter.split(candidates, kept, now).shares
    if rises or estimate.plan.switches or len(ready) < len(candidates):
        held = beside.with_leaving(estimate, held_a, leaving_a)
    if rises:
        raising = splitter.split(ready, kept, held)
    if len(ready) < len(candidates):
        keep_shares = splitter.split(candidates, kept, cut_by).shares
        fit_shares = splitter.split(candidates, kept, held).shares
    allowances = {}
    for row in candidates:
        keep, fits = (most, raising.shares) if row.ready else (keep_shares, fit_shares)
        share, at_once_share = fits[row.name], at_once[row.name]
        promised_a = at_once_share.current_a
        if row.state.started and row.demand.wiring.wish.drive in SUNNY:
            # Sun that has just come out is no reason to start again.
            at_once_share = share
        from_s = held_by = None
        set_a = row.state.set_a
        needed = share if set_a > 0 else at_once_share
        if needed.current_a <= set_a < keep[row.name].current_a:
            who = ready if row.ready else candidates
            load = held_a if needed is share else now_a
            from_s = _lasting_from_s(
                splitter, estimate, who, kept, leaving_a, row, load
            )
            if needed.factor is LimitingFactor.SOLAR:
                held_by = LimitingFactor.SOLAR
        allowances[row.name] = Allowance(
            keep[row.name], at_once_share, share, promised_a, from_s, held_by
        )
    others = _elsewhere(estimate, splitter, candidates, kept, held)
    unpaid = _unpaid(estimate, splitter, candidates, kept, cut_by, power, allowances)
    allowances.update(stubborn)
    left_w, lacks = _left_over(estimate, wirings, power)
    headroom = Headroom(raising.free_a, raising.uses, raising.drains)
    return Allocation(
        asked, everyone, allowances, headroom, cut_by, lacks, left_w, others, unpaid
    )


def _nothing(asked: dict[str, Asking]) -> Allocation:
    """Return what a site without a fuse gives: nothing."""
    loads, headroom = Loads(beside.NOTHING_A), Headroom((), {}, {})
    return Allocation(asked, [], {}, headroom, loads, frozenset(), {}, {}, NOBODY)


def _left_over(
    estimate: Estimate, wirings: list[Wiring], power: Sun
) -> tuple[dict[Drive, float], frozenset[Drive]]:
    """Return what is left over for each drive, W, and which lack it."""
    if not estimate.plan.watches_sun:
        return {}, frozenset()
    left_w = left_beside_w(estimate.site, wirings, estimate.battery, power)
    return left_w, lacking(estimate.site, wirings, left_w)


def _lasting_from_s(
    splitter: Splitter,
    estimate: Estimate,
    ready: list[Candidate],
    kept: list[Kept],
    leaving_a: beside.Leaving,
    row: Candidate,
    load: HouseLoad,
) -> float | None:
    """Return when old peaks will let a car have more, if no load changes, s."""

    def fits(later: Estimate) -> bool:
        loads = beside.with_leaving(later, load, leaving_a)
        share = splitter.split(ready, kept, loads).shares[row.name]
        return share.current_a > row.state.set_a

    return first_fit_s(estimate, fits)


def _stubborn_offers(
    splitter: Splitter,
    estimate: Estimate,
    candidates: list[Candidate],
    kept: list[Kept],
    loads: Loads,
    power: Sun,
) -> dict[str, Allowance]:
    """Return what those may keep that draw more than they were given.

    Or that may, for they cannot be told what a lost meter demands. As if they followed, so that they are told what is right. What they draw is
    there for nobody else.
    """
    names = {row.name for row in candidates if _is_stubborn(estimate, row)}
    if not names:
        return {}
    who = [row for row in candidates if row.ready or row.name in names]
    shares = splitter.split(who, kept, loads, power).shares
    allowances = {}
    for row in candidates:
        if row.name not in names:
            continue
        share = shares[row.name]
        if is_refused(row.state):
            bound_a = bound_by_meters_a(
                estimate.metered_circuits, estimate.source_of[row.name]
            )
        else:
            bound_a = row.state.set_a
        if share.current_a > bound_a:
            source = estimate.source_of[row.name]
            share = share._replace(current_a=_stepped_a(source.charger, bound_a))
        allowances[row.name] = Allowance(share, share, share, share.current_a)
    return allowances


def _stepped_a(charger: Charger, most_a: float) -> float:
    """Return the highest set-point of a charger up to a bound, A; 0 below its minimum."""
    current_a = floor_to_step(most_a, charger.step_a)
    return current_a if current_a >= charger.min_current_a else 0.0


def _is_stubborn(estimate: Estimate, row: Candidate) -> bool:
    """Tell whether a car is measured to draw more than it was given, or not reached.

    A charger that goes on to say so for long, though the meter shows no overload, is
    more likely to measure wrongly: then the meter alone tells what is free for it.
    """
    state, source = row.state, estimate.source_of[row.name]
    if not is_heard(source.reading) and estimate.lost(source.charger) is not None:
        return True
    if state.missed_since_s is None or not state.measurements:
        return False
    if is_refused(state) or estimate.is_overloaded(source.charger):
        return True
    return not estimate.wakeups.passed(state.missed_since_s + DISBELIEVED_S)


def _drawn(estimate: Estimate, row: Candidate) -> Kept:
    """Return what a car counts for, A, beside what its meters count as the house's."""
    draws_a, source = row.state.set_a, estimate.source_of[row.name]
    if is_refused(row.state):
        draws_a = max(draws_a, *row.state.measurements[-1].current_a)
    if not is_heard(source.reading):
        draws_a = still_drawing_a(source.charger, row.state, estimate.wakeups)
    return row.demand.wiring, draws_a


def _elsewhere(
    estimate: Estimate,
    splitter: Splitter,
    candidates: list[Candidate],
    kept: list[Kept],
    loads: Loads,
) -> dict[str, Share]:
    """Return what chargers that switch would get on one phase, or on all again.

    On all only what the sun pays for, where the car lives on it: more phases serve
    its mode only if they take no more from the grid.
    """
    shares: dict[str, Share] = {}
    for row in candidates if estimate.plan.switches else ():
        source = estimate.source_of[row.name]
        if source.configured.phase_switching is None:
            continue
        phases = other_phases(source.configured, source.state)
        wiring = row.demand.wiring._replace(phases=phases)
        if len(phases) > 1:
            wiring = _on_sun_only(wiring)
        rows = _rewired(candidates, row, wiring)
        shares[row.name] = splitter.split(rows, kept, loads).shares[row.name]
    return shares


def _unpaid(
    estimate: Estimate,
    splitter: Splitter,
    candidates: list[Candidate],
    kept: list[Kept],
    loads: Loads,
    power: Sun,
    allowances: dict[str, Allowance],
) -> frozenset[str]:
    """Find those on several phases that the sun does not pay for, though it should.

    One phase would take less from the grid.
    """
    names = set()
    for row in candidates if estimate.plan.switches else ():
        source, wiring = estimate.source_of[row.name], row.demand.wiring
        on_several = len(source.charger.phases) > 1
        if source.configured.phase_switching is None or not on_several:
            continue
        if wiring.wish.drive is Drive.GRID or allowances[row.name].keep.current_a <= 0:
            continue
        rows = _rewired(candidates, row, _on_sun_only(wiring))
        # What was left over lately is for cars that charge, not for one that starts.
        paying = power if row.state.set_a > 0 else None
        share = splitter.split(rows, kept, loads, paying).shares[row.name]
        if share.current_a <= 0:
            names.add(row.name)
    return frozenset(names)


def _on_sun_only(wiring: Wiring) -> Wiring:
    """Return a wiring to which no minimum comes from anywhere but the sun."""
    on_sun = wiring.wish.drive is not Drive.GRID
    return wiring._replace(graced=False, sun_only=on_sun)


def _rewired(
    candidates: list[Candidate], row: Candidate, wiring: Wiring
) -> list[Candidate]:
    """Return the candidates with one of them on another wiring."""
    other = row._replace(demand=row.demand._replace(wiring=wiring))
    return [other if each is row else each for each in candidates]
