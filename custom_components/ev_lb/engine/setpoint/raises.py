"""All commands of a decision: cuts first, then raises into what they leave."""

from collections.abc import Iterable, Mapping

from custom_components.ev_lb.engine.allocation.allowances import Allocation
from custom_components.ev_lb.engine.demand.demand import ORDER
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.estimation.evidence import Evidence
from custom_components.ev_lb.engine.model.allowance import Allowance

from .charger import command
from .command import Command
from .fuses import Fuses
from .headroom import Headroom
from .others import from_anywhere_a, once_others_yield, within_others
from .pace import Pacer


def commands(
    estimate: Estimate, allocation: Allocation, evidence: Evidence
) -> dict[str, Command]:
    """Return the command of each charger, in the order of the site.

    A raise never counts on current that another car is still drawing. So what each
    has, or may still draw, is taken off the limits first; then come the chargers in
    the order of the split, each with what those before it have left. A cut needs no
    headroom: what it frees is there for others only in a later decision. `evidence`
    tells whether the meters have shown the raises so far.
    """
    pacer = Pacer(
        estimate.wakeups,
        estimate.site.ramp_up_time_s,
        estimate.state.resumed_s,
        estimate.site.meter.delay_s,
    )
    order: Iterable[str] = estimate.source_of
    headroom = Headroom(allocation.raising)
    reserved_a: dict[str, float] = {}
    fuses = None
    if _somebody_rises(estimate, allocation.allowances):
        if len(estimate.sources) > 1:
            fuses = Fuses(estimate, allocation.beside, allocation.may_draw)
        reserved_a = _reserve(allocation, headroom)
        first = sorted(allocation.taking_part, key=ORDER)
        order = dict.fromkeys((*(row.charger_id for row in first), *order))
    found: dict[str, Command] = {}
    for charger_id in order:
        source = estimate.source_of[charger_id]
        allowance = allocation.allowances.get(charger_id)
        if allowance is not None and fuses is not None:
            allowance = _beside_others(
                estimate, allocation, headroom, fuses, charger_id, allowance, reserved_a
            )
        row = found[charger_id] = command(
            estimate,
            allocation,
            pacer,
            source,
            allowance,
            evidence,
        )
        set_a = row.paced.set_a
        if fuses is not None and set_a > reserved_a[charger_id]:
            headroom.rise(charger_id, set_a - reserved_a[charger_id])
            fuses.take(charger_id, set_a)
    return {charger_id: found[charger_id] for charger_id in estimate.source_of}


def _beside_others(
    estimate: Estimate,
    allocation: Allocation,
    headroom: Headroom,
    fuses: Fuses,
    charger_id: str,
    allowance: Allowance,
    reserved_a: Mapping[str, float],
) -> Allowance:
    """Return what others leave of an allowance, and from when on they leave more."""
    source, demand = estimate.source_of[charger_id], allocation.demands[charger_id]
    has_a = reserved_a[charger_id]
    allowance = within_others(headroom, fuses, source, demand, allowance, has_a)
    if allowance.rises_from(source.state.set_a):
        return allowance
    return once_others_yield(
        estimate, allocation, headroom, fuses, source, allowance, reserved_a
    )


def _somebody_rises(estimate: Estimate, allowances: Mapping[str, Allowance]) -> bool:
    """Tell whether anybody may get more, so that it matters what others leave."""
    if estimate.plan.switches:
        return True
    for charger_id, source in estimate.source_of.items():
        if not estimate.wakeups.now_s >= source.settled_s:
            return True
        allowance = allowances.get(charger_id)
        if allowance is not None:
            set_a = source.state.set_a
            if (
                allowance.raise_to.current_a > set_a
                or allowance.start.current_a > set_a
            ):
                return True
    return False


def _reserve(allocation: Allocation, headroom: Headroom) -> dict[str, float]:
    """Take off the limits what each charger has or may still draw, A."""
    reserved_a = {}
    for charger_id, draws in allocation.may_draw.items():
        reserved_a[charger_id] = draws.by_set_points_a
        headroom.take(charger_id, reserved_a[charger_id])
        allowance = allocation.allowances.get(charger_id)
        if (
            allowance is None
            or max(allowance.raise_to.current_a, allowance.start.current_a) <= 0
        ):
            continue
        demand = allocation.demands[charger_id]
        more_a = from_anywhere_a(demand, reserved_a[charger_id])
        if more_a > 0:
            headroom.promise(charger_id, more_a)
    return reserved_a
