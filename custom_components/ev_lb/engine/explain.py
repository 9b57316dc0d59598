"""Why a charger has what it has, and what the site is doing."""

from math import inf

from .cars import Source
from .draw import settled_s
from .look import View
from .memory import ChargerState
from .model import BalancerState, Charger, ChargerDecision, Limiting, LimitingFactor
from .modes import Drive, Refusal, Wish
from .offers import Table
from .pace import Offer, Paced
from .timetable import Timetable
from .topology import Plan


def limiting(
    timetable: Timetable,
    plan: Plan,
    source: Source,
    paced: Paced,
    offer: Offer | None,
    wish: Wish | Refusal,
    *,
    enabled: bool,
    lost: str | None,
) -> Limiting:
    """Return what keeps a charger from more, where, and since when.

    `enabled` tells whether the site is, `lost` the circuit over the charger whose
    meter is lost.
    """
    phase, circuit_id = None, None
    before = source.state.limiting
    if not enabled:
        factor = LimitingFactor.DISABLED
    elif isinstance(wish, Refusal):
        factor = wish.factor
    elif offer is None and lost is None and source.doubted:
        factor = LimitingFactor.DOUBTED
    elif offer is None and lost is None and before is not None:
        # A charger that cannot be told keeps what it was last told, and why.
        return before
    elif offer is None or lost is not None:
        factor = LimitingFactor.METER_LOST
        if lost != plan.root:
            circuit_id = lost
    elif paced.held is not None:
        factor = paced.held
        held_by = offer.held_by
        share = offer.lasting if paced.set_a > 0 or held_by else offer.now
        if factor is LimitingFactor.RAMP_UP and share.current_a <= paced.set_a:
            factor = held_by or factor
            phase, circuit_id = share.phase, share.circuit_id
    else:
        short = paced.set_a < offer.most.current_a
        share = offer.lasting if short else offer.most
        factor, phase, circuit_id = share[1:]
        if short and paced.next_change_s is not None:
            factor = offer.held_by or factor
    if before is not None and (before.factor, before.phase, before.circuit_id) == (
        factor,
        phase,
        circuit_id,
    ):
        return before
    return Limiting(
        factor=factor,
        phase=phase,
        circuit_id=circuit_id,
        since_s=timetable.now_s,
    )


def balancer_state(
    view: View,
    decisions: tuple[ChargerDecision, ...],
    chargers: tuple[ChargerState, ...],
) -> BalancerState:
    """Return what the site as a whole is doing (mission document 001)."""
    if not view.site.enabled:
        return BalancerState.DISABLED
    if all(decision.set_a <= 0 for decision in decisions):
        return BalancerState.STOPPED
    for source, row in zip(view.sources, decisions, strict=True):
        if row.set_a != source.state.set_a:
            return BalancerState.ADJUSTING
    if any(
        row.set_a > 0
        and (row.limiting.factor is LimitingFactor.RAMP_UP or row.next_change_s)
        for row in decisions
    ):
        return BalancerState.RAMP_UP_HOLD
    for source, state in zip(view.sources, chargers, strict=True):
        end_s = source.settled_s
        if state is not source.state:
            end_s = settled_s(source.charger, state)
        if end_s == inf or not view.timetable.passed(end_s):
            return BalancerState.ADJUSTING
    return BalancerState.ACTIVE


def missing_w(view: View, table: Table, charger: Charger) -> float:
    """Return what the sun must give more for what a car's mode waits for, W."""
    wish = table.askings[charger.charger_id].wish
    if isinstance(wish, Refusal) or wish.drive is Drive.MINIMUM:
        return 0.0
    if wish.drive not in table.left_over_w:
        return 0.0
    left_w = table.left_over_w[wish.drive]
    if wish.drive is Drive.EXPORT:
        return max(-left_w, 0.0)
    needed_w = wish.min_current_a * len(charger.phases) * view.site.voltage_v
    return max(needed_w - left_w, 0.0)
