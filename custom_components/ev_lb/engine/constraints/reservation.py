"""Current that flows, or may flow, though nobody allocated it.

Demands have their own part of it: what a charger keeps that cannot be told anything.
The rest is found here: what nothing shows, and what cars still draw that are being
stopped, or that were cut or told less a moment ago.
"""

from collections.abc import Iterable
from math import inf

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import ChargerStatus, PerPhase
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
from custom_components.ev_lb.engine.wakeups import Wakeups


def unseen(estimate: Estimate) -> tuple[Reservation, ...]:
    """Return what cars may draw where nothing shows it, besides what is set.

    A meter above them shows it as what else hangs there.
    """
    found = []
    metered = {metered.circuit_id for metered in estimate.metered_circuits}
    for source in estimate.sources:
        reservation = _unseen(source)
        if reservation is None or reservation.current_a <= 0:
            continue
        below = []
        for circuit_id in estimate.plan.lines.get(source.charger.circuit_id, ()):
            if circuit_id in metered:
                break
            below.append(circuit_id)
        if below:
            found.append(reservation._replace(circuit_ids=tuple(below)))
    return tuple(found)


def _unseen(source: Source) -> Reservation | None:
    """Return what a car may draw that nobody measures, besides what is set.

    Of one that took its set-point and is measured above it, the rest; of one that is
    stopped and said to charge, all that its charger can give; of one whose charger
    cannot be reached, what it is given when the lease ends.
    """
    charger, state, reading = source[:3]
    if state.missed_since_s is not None and not is_refused(state):
        draws_a = charger.max_current_a
        if state.measurements:
            draws_a = max(state.measurements[-1].current_a) - state.set_a
        return Reservation(charger.charger_id, draws_a, ReservationCause.NOT_FOLLOWING)
    if not is_heard(reading) and charger.lease is not None:
        draws_a = charger.lease.fallback_current_a - state.set_a
        return Reservation(charger.charger_id, draws_a, ReservationCause.UNREACHABLE)
    return None


def stopping(estimate: Estimate, staying: Iterable[Demand]) -> tuple[Reservation, ...]:
    """Return what cars may still draw that neither take part nor keep anything.

    Besides what is unseen anyway.
    """
    found = []
    names = {row.charger_id for row in staying}
    if len(names) == len(estimate.sources):
        return ()
    root = estimate.plan.root
    for source in estimate.sources:
        charger, state = source[:2]
        if charger.charger_id in names:
            continue
        draws_a, cause = source.still_drawing_a, ReservationCause.STOPPING
        if is_refused(state):
            draws_a = max(draws_a, *state.measurements[-1].current_a)
            cause = ReservationCause.NOT_FOLLOWING
        if draws_a > 0:
            line = estimate.plan.lines.get(charger.circuit_id, (root,))
            found.append(Reservation(charger.charger_id, draws_a, cause, line))
    return tuple(found)


def with_reservation(estimate: Estimate, demand: Demand) -> Demand:
    """Return a demand with what its car counts for beside what is the house's.

    Of a car that draws more than it was given, or that cannot be told anything.
    """
    source = estimate.source_of[demand.charger_id]
    state = source.state
    draws_a, cause = state.set_a, ReservationCause.NOT_FOLLOWING
    if is_refused(state):
        draws_a = max(draws_a, *state.measurements[-1].current_a)
    if not is_heard(source.reading):
        draws_a, cause = source.still_drawing_a, ReservationCause.UNREACHABLE
    reservation = Reservation(demand.charger_id, draws_a, cause)
    return demand._replace(reservation=reservation)


def on_circuits_a(
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


def by_set_points_a(source: Source, wakeups: Wakeups) -> float:
    """Return the most that a car may draw by the set-points it was sent, A.

    Whoever makes way counts with what it had until its response time is over or it
    is measured to draw less, whether it takes part in the split any more or not.
    """
    if wakeups.now_s >= source.settled_s or _is_gone(source):
        return source.state.set_a
    return source.still_drawing_a


def may_draw_a(source: Source, wakeups: Wakeups) -> float:
    """Return the most that a car may draw now, whatever it was sent, A."""
    sent_a = by_set_points_a(source, wakeups)
    state = source.state
    if not state.measurements or _is_gone(source):
        return sent_a
    newest = state.measurements[-1]
    measured_a = max(newest.current_a)
    # An older measurement shows what it drew before it followed.
    newer = newest.time_s >= source.settled_s or source.settled_s == inf
    exceeds = newer and measured_a > state.set_a + FOLLOW_TOLERANCE_A
    return max(sent_a, measured_a) if exceeds else sent_a


def _is_gone(source: Source) -> bool:
    reading = source.reading
    return reading is not None and reading.status is ChargerStatus.DISCONNECTED
