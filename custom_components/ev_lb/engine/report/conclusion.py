"""What the command of each charger comes to: the decision on it, and its reason."""

from custom_components.ev_lb.engine.allocation.allowances import Allocation
from custom_components.ev_lb.engine.demand.demand import Demand, NoDemand
from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import ChargerDecision
from custom_components.ev_lb.engine.model.phase_setting import told_count
from custom_components.ev_lb.engine.model.state import ChargerState
from custom_components.ev_lb.engine.setpoint.command import Command
from custom_components.ev_lb.engine.topology import Layout
from custom_components.ev_lb.engine.wakeups import Wakeups

from .numbers import Numbers
from .reasons import binding, limiting, missing_w, reasoned

type Conclusion = tuple[ChargerDecision, ChargerState]
"""The decision on a charger, and what is remembered of it."""


def conclude(
    estimate: Estimate, allocation: Allocation, commands: dict[str, Command]
) -> list[Conclusion]:
    """Return the decision on each charger, and what is remembered of it."""
    found = []
    numbers = Numbers(estimate, allocation)
    for charger_id, command in commands.items():
        source = estimate.source_of[charger_id]
        demand = allocation.demands[charger_id]
        lost = estimate.meters_over[charger_id].lost
        inputs = (
            estimate.plan,
            source,
            demand,
            command,
            estimate.site.enabled,
            lost,
            missing_w(estimate, allocation, source.charger),
        )
        if command.steady:
            row, state = estimate.wakeups.run(_conclude, charger_id, *inputs)
            allowance = allocation.allowances.get(charger_id)
            share = None if allowance is None else allowance.keep
        else:
            row, state = _conclude(estimate.wakeups, *inputs)
            allowance = command.allowance
            share = binding(demand, allowance, command.paced, lost)
        found.append((numbers.added(row, demand, allowance, share), state))
    return found


def _conclude(
    wakeups: Wakeups,
    plan: Layout,
    source: Source,
    demand: Demand | NoDemand,
    command: Command,
    enabled: bool,
    lost: str | None,
    missing: float,
) -> Conclusion:
    """Return the decision on a charger, and what is remembered of it.

    `missing` is what the sun must give more for what its mode waits for, W.
    """
    charger, before = source[:2]
    paced, state = command.paced, command.state
    limit = limiting(
        wakeups,
        plan,
        source,
        paced,
        command.allowance,
        demand,
        enabled=enabled,
        lost=lost,
    )
    if limit is not state.limiting:
        state = state._replace(limiting=limit)
    if state is not before and state == before:
        state = before
    wanted_a = (0.0, 0.0)
    if not isinstance(demand, NoDemand):
        wanted_a = (demand.min_current_a, demand.wanted_a)
    decision = ChargerDecision(
        charger_id=charger.charger_id,
        wanted_a=wanted_a,
        allocated_a=command.allowed_a,
        set_a=paced.set_a,
        send=command.send,
        limiting=reasoned(source, demand, paced, limit),
        following=command.following,
        next_change_s=paced.next_change_s,
        tolerated_until_s=paced.tolerated_until_s,
        phase_count=told_count(source.configured, state),
        missing_w=missing,
        unseen_steps=state.meter_trial.unseen,
        unseen_step=state.meter_trial.step,
        turn=state.turn,
        sensor=state.trial.verdict,
    )
    return decision, state
