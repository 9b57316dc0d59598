"""What cars draw that take no part in the split, on each circuit."""

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import Charger, PerPhase
from custom_components.ev_lb.engine.model.metered import NOTHING_A
from custom_components.ev_lb.engine.model.set_points import is_heard, is_refused

type Leaving = dict[str, PerPhase]
"""By circuit what cars draw that take no part in the split, A per phase."""


def unseen_a(estimate: Estimate) -> Leaving:
    """Return what cars may draw where nothing shows it, besides what is set, A.

    A meter above them shows it as what else hangs there.
    """
    amps: Leaving = {}
    metered = {metered.circuit_id for metered in estimate.metered_circuits}
    for source in estimate.sources:
        charger = source.charger
        draws_a = _unseen_draw_a(source)
        if draws_a <= 0:
            continue
        for circuit_id in estimate.plan.lines.get(charger.circuit_id, ()):
            if circuit_id in metered:
                break
            _add(amps, circuit_id, charger, draws_a)
    return amps


def _unseen_draw_a(source: Source) -> float:
    """Return what a car may draw that nobody measures, besides what is set, A.

    Of one that took its set-point and is measured above it, the rest; of one that is
    stopped and said to charge, all that its charger can give; of one whose charger
    cannot be reached, what it is given when the lease ends.
    """
    charger, state, reading = source[:3]
    if state.missed_since_s is not None and not is_refused(state):
        if state.measurements:
            return max(state.measurements[-1].current_a) - state.set_a
        return charger.max_current_a
    if not is_heard(reading) and charger.lease is not None:
        return charger.lease.fallback_current_a - state.set_a
    return 0.0


def _add(amps: Leaving, circuit_id: str, charger: Charger, current_a: float) -> None:
    """Add a charger's current to what a circuit carries."""
    loads = list(amps.get(circuit_id, NOTHING_A))
    for phase in charger.phases:
        loads[phase] += current_a
    amps[circuit_id] = (loads[0], loads[1], loads[2])


def leaving_a(
    estimate: Estimate, taking_part: list[Demand], kept: list[Demand], unseen_a: Leaving
) -> Leaving:
    """Return what cars may still draw that are being stopped, A.

    Besides what is unseen anyway.
    """
    if len(taking_part) + len(kept) == len(estimate.sources):
        return unseen_a
    staying = {row.charger_id for row in (*taking_part, *kept)}
    amps = dict(unseen_a)
    root = estimate.plan.root
    for source in estimate.sources:
        charger, state = source[:2]
        if charger.charger_id in staying:
            continue
        draws_a = source.still_drawing_a
        if is_refused(state):
            draws_a = max(draws_a, *state.measurements[-1].current_a)
        if draws_a <= 0:
            continue
        for circuit_id in estimate.plan.lines.get(charger.circuit_id, (root,)):
            _add(amps, circuit_id, charger, draws_a)
    return amps
