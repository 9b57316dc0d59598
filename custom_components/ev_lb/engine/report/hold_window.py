"""How long a house load is held against a raise, learned from raises undone.

Where an appliance comes and goes, each raise between two of its runs is undone
by the next one. So the hold window grows while raises are undone and shrinks
while they last. On recorded homes that beats every fixed window where appliances
cycle, and costs nothing where they do not.
"""

from typing import Final

from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.estimation.house import SURPRISE_A
from custom_components.ev_lb.engine.model import Charger, ChargerDecision, Phase
from custom_components.ev_lb.engine.model.house_load import held_house_a, to_cut_by_a
from custom_components.ev_lb.engine.model.metered import MeteredCircuit, Phases
from custom_components.ev_lb.engine.model.state import Hold, PhaseState

UNDONE_S: Final = 20.0
"""A raise that is undone within the window and so much more was too early, s."""
SHORTEST_S: Final = 10.0
"""From here on a window can grow, s."""


def learned(estimate: Estimate, decisions: tuple[ChargerDecision, ...]) -> list[Phases]:
    """Return what is remembered of each metered circuit's phases, with what raises taught."""
    raised: list[Charger] = []
    cut: set[tuple[str | None, Phase | None]] = set()
    for row in decisions:
        charger, state = estimate.source_of[row.charger_id][:2]
        if row.set_a > state.set_a:
            raised.append(charger)
        elif row.set_a < state.set_a:
            cut.add((row.limiting.circuit_id, row.limiting.phase))
    result = []
    for metered in estimate.metered_circuits:
        if not raised and all(row.hold.raised_s is None for row in metered.phases):
            result.append(metered.phases)
            continue
        risen = {
            phase
            for charger in raised
            if charger.circuit_id in metered.behind
            for phase in charger.phases
        }
        first, second, third = (
            _phase(
                estimate,
                metered,
                phase,
                phase in risen,
                (metered.circuit_id, phase) in cut,
            )
            for phase in Phase
        )
        result.append((first, second, third))
    return result


def _phase(
    estimate: Estimate,
    metered: MeteredCircuit,
    phase: Phase,
    is_raised: bool,
    is_cut: bool,
) -> PhaseState:
    memory = metered.phases[phase]
    hold, now_s = memory.hold, estimate.wakeups.now_s
    shortest_s = estimate.site.hold_window_s
    longest_s = max(estimate.site.longest_hold_window_s, shortest_s)
    window_s = max(hold.window_s, shortest_s)
    since_s = hold.raised_s
    if since_s is not None:
        house_a = to_cut_by_a(memory, metered.limit_a[phase])
        if is_cut and house_a > hold.over_a + SURPRISE_A:
            if now_s <= since_s + window_s + UNDONE_S:
                window_s = min(2 * max(window_s, SHORTEST_S), longest_s)
            since_s = None
        elif estimate.wakeups.passed(since_s + 2 * window_s + 1.5 * UNDONE_S):
            window_s = max(window_s / 2, shortest_s)
            since_s = None
    over_a = hold.over_a
    if is_raised:
        since_s, over_a = now_s, held_house_a(memory)
    found = Hold(min(window_s, longest_s), since_s, over_a)
    return memory if found == hold else memory._replace(hold=found)
