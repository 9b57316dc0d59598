"""From what is known to what holds from now on: `decide`."""

from .allocation.allowances import allocate
from .demand.demands import demands
from .estimation.estimate import estimate_site, resume
from .estimation.evidence import evidence
from .memo import keep, recall
from .model import Decision, Site, Snapshot
from .model.sanitize import sane_snapshot, sane_time
from .model.state import State
from .report.outcome import outcome
from .setpoint.raises import commands
from .topology import layout_of

__all__ = ["decide", "resume"]


def decide(site: Site, state: State, snapshot: Snapshot, now_s: float) -> Decision:
    """Return what every charger may draw from now on, and why.

    Total and deterministic: any input gives a safe decision, and the same
    inputs give the same one. Until `next_look_s` time alone changes nothing.
    """
    now_s, snapshot = sane_time(now_s), sane_snapshot(snapshot)
    decision = _decide(site, state, snapshot, now_s)
    if any(row.send for row in decision.chargers):
        # A command starts clocks (its effect, a ramp-up, a pause) that the steps of
        # this decision had passed already when it was decided on. Each step tells
        # of its own clocks from the state: so the new state is asked once.
        after = _decide(site, decision.state, snapshot, now_s)
        decision = decision._replace(next_look_s=after.next_look_s)
    return decision


def _decide(site: Site, state: State, snapshot: Snapshot, now_s: float) -> Decision:
    """Run through the stages, each once for all chargers."""
    state, wakeups = recall(state, now_s)
    plan = wakeups.run(layout_of, "", site)
    estimate = estimate_site(plan, state, snapshot, wakeups)
    allocation = allocate(estimate, demands(estimate))
    rising = [
        estimate.source_of[charger_id]
        for charger_id, allowance in allocation.allowances.items()
        if allowance.rises_from(estimate.source_of[charger_id].state.set_a)
    ]
    set_points = commands(estimate, allocation, evidence(estimate, rising))
    decision = outcome(estimate, allocation, set_points)
    return decision._replace(
        state=keep(decision.state, wakeups), next_look_s=wakeups.next_s
    )
