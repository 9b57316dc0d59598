"""Current that flows, or may flow, though nobody allocated it.

Demands have their own part of it: what a charger keeps that cannot be told anything.
The rest is found here: what nothing shows, and what cars still draw that are being
stopped, or that were cut or told less a moment ago. Each function answers for all
chargers at once.
"""

from collections.abc import Iterable
from math import inf
from typing import NamedTuple

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import ChargerStatus, PerPhase, Phase
from custom_components.ev_lb.engine.model.metered import NOTHING_A
from custom_components.ev_lb.engine.model.reservation import (
    Reservation,
    ReservationCause,
)
from custom_components.ev_lb.engine.model.set_points import (
    FOLLOW_TOLERANCE_A,
    is_heard,
    is_refused,
)


class MayDraw(NamedTuple):
    """The most that a car may draw now, A."""

    by_set_points_a: float
    """By the set-points that it was sent."""
    at_most_a: float
    """Whatever it was sent."""


class Excess(NamedTuple):
    """What a car draws, or may draw, beyond what its charger counts with, A."""

    charger_id: str
    phases: tuple[Phase, ...]
    current_a: float
    """On each of its phases."""


class Reserved(NamedTuple):
    """Reservations that count beside the house, and what they come to."""

    rows: tuple[Reservation, ...]
    on_circuits_a: dict[str, PerPhase]
    """On each circuit on which they count, A."""
    may_draw: dict[str, MayDraw]
    """What the car of each charger may draw now."""


def unseen(estimate: Estimate) -> Reserved:
    """Return what cars may draw where nothing shows it, besides what is set.

    A meter above them shows it as what else hangs there, unless they are before it.
    """
    found = []
    metered = {metered.circuit_id for metered in estimate.metered_circuits}
    for source in estimate.sources:
        reservation = _unseen(source)
        if reservation is None or reservation.current_a <= 0:
            continue
        below = []
        for circuit_id in estimate.plan.lines.get(source.charger.circuit_id, ()):
            if circuit_id in metered and not source.before_meter:
                break
            below.append(circuit_id)
        if below:
            found.append(reservation._replace(circuit_ids=tuple(below)))
    return Reserved(tuple(found), _on_circuits_a(estimate, found), may_draw(estimate))


def _unseen(source: Source) -> Reservation | None:
    """Return what a car may draw that nobody measures, besides what is set.

    Of one that took its set-point and is measured above it, the rest; of one that is
    stopped and said to charge, all that its charger can give; of one whose charger
    cannot be reached, what it is given when the lease ends.
    """
    charger, state, reading = source[:3]
    if source.most_by_meters_a < inf:
        # Its lease is over: whatever that left it with is in what the meters show.
        draws_a = source.most_by_meters_a - source.still_drawing_a
        return Reservation(charger.charger_id, draws_a, ReservationCause.UNREACHABLE)
    if state.missed_since_s is not None and not is_refused(state):
        draws_a = charger.max_current_a
        if state.measurements:
            draws_a = max(state.measurements[-1].current_a) - state.set_a
        return Reservation(charger.charger_id, draws_a, ReservationCause.NOT_FOLLOWING)
    if not is_heard(reading) and charger.lease is not None:
        draws_a = charger.lease.fallback_current_a - state.set_a
        return Reservation(charger.charger_id, draws_a, ReservationCause.UNREACHABLE)
    return None


def with_stopping(
    estimate: Estimate, hidden: Reserved, staying: Iterable[Demand]
) -> Reserved:
    """Return also what cars may still draw that neither take part nor keep anything.

    Besides what is unseen anyway.
    """
    names = {row.charger_id for row in staying}
    if len(names) == len(estimate.sources):
        return hidden
    found = list(hidden.rows)
    root = estimate.plan.root
    for source in estimate.sources:
        charger = source.charger
        if charger.charger_id in names:
            continue
        draws_a, cause = _stopping_a(source), ReservationCause.STOPPING
        if is_refused(source.state):
            cause = ReservationCause.NOT_FOLLOWING
        if draws_a > 0:
            line = estimate.plan.lines.get(charger.circuit_id, (root,))
            found.append(Reservation(charger.charger_id, draws_a, cause, line))
    return hidden._replace(
        rows=tuple(found), on_circuits_a=_on_circuits_a(estimate, found)
    )


def excesses(estimate: Estimate, demands: Iterable[Demand]) -> tuple[Excess, ...]:
    """Return what cars draw, or may draw, that no demand counts for.

    Limits that count the cars alone need it: a meter above a car that ignores its
    set-point shows the rest as the house's, which has no part in them.
    """
    asking = {row.charger_id for row in demands}
    found = []
    for source in estimate.sources:
        charger = source.charger
        reservation = _unseen(source)
        draws_a = 0.0 if reservation is None else reservation.current_a
        if charger.charger_id not in asking:
            draws_a = max(draws_a, _stopping_a(source))
        if draws_a > 0:
            found.append(Excess(charger.charger_id, charger.phases, draws_a))
    return tuple(found)


def _stopping_a(source: Source) -> float:
    """Return what a car may still draw that takes no part any more, A.

    One that has left draws nothing, whether its charger took the stop or not.
    """
    if _is_gone(source):
        return 0.0
    draws_a = source.still_drawing_a
    if is_refused(source.state):
        draws_a = max(draws_a, *source.state.measurements[-1].current_a)
    return draws_a


def with_reservations(estimate: Estimate, demands: Iterable[Demand]) -> list[Demand]:
    """Return demands with what their cars count for beside what is the house's.

    Of cars that draw more than they were given, or that cannot be told anything.
    """
    return [_with_reservation(estimate, demand) for demand in demands]


def _with_reservation(estimate: Estimate, demand: Demand) -> Demand:
    source = estimate.source_of[demand.charger_id]
    state = source.state
    draws_a, cause = state.set_a, ReservationCause.NOT_FOLLOWING
    if is_refused(state):
        draws_a = max(draws_a, *state.measurements[-1].current_a)
    if not is_heard(source.reading):
        draws_a, cause = source.still_drawing_a, ReservationCause.UNREACHABLE
    reservation = Reservation(demand.charger_id, draws_a, cause)
    return demand._replace(reservation=reservation)


def _on_circuits_a(
    estimate: Estimate, reservations: Iterable[Reservation]
) -> dict[str, PerPhase]:
    """Return what reservations come to on each circuit on which they count, A."""
    amps: dict[str, PerPhase] = {}
    for row in reservations:
        phases = estimate.source_of[row.charger_id].charger.phases
        for circuit_id in row.circuit_ids:
            loads = list(amps.get(circuit_id, NOTHING_A))
            for phase in phases:
                loads[phase] += row.current_a
            amps[circuit_id] = (loads[0], loads[1], loads[2])
    return amps


def may_draw(estimate: Estimate) -> dict[str, MayDraw]:
    """Return the most that the car of each charger may draw now.

    Whoever makes way counts with what it had until its response time is over or it
    is measured to draw less, whether it takes part in the split any more or not.
    """
    now_s = estimate.wakeups.now_s
    return {
        charger_id: _may_draw(source, now_s)
        for charger_id, source in estimate.source_of.items()
    }


def _may_draw(source: Source, now_s: float) -> MayDraw:
    state, gone = source.state, _is_gone(source)
    followed = now_s >= source.settled_s or gone
    sent_a = state.set_a if followed else source.still_drawing_a
    if source.most_by_meters_a < inf:
        sent_a = source.still_drawing_a
    if not state.measurements or gone:
        return MayDraw(sent_a, sent_a)
    newest = state.measurements[-1]
    measured_a = max(newest.current_a)
    # An older measurement shows what it drew before it followed.
    newer = newest.time_s >= source.settled_s or source.settled_s == inf
    exceeds = newer and measured_a > state.set_a + FOLLOW_TOLERANCE_A
    return MayDraw(sent_a, max(sent_a, measured_a) if exceeds else sent_a)


def _is_gone(source: Source) -> bool:
    reading = source.reading
    return reading is not None and reading.status is ChargerStatus.DISCONNECTED
