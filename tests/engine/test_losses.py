"""What is lost, and what becomes of the cars (design section 7), in closed loop."""

from dataclasses import replace

from benchmarks.closed_loop import Run
from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Decision,
    MeterLoss,
    MeterLossBehavior,
)
from custom_components.ev_lb.simulation.meter import MeterFault
from tests.engine.garage import (
    Bay,
    PhaseLoad,
    garage,
    house,
)

L1, L2, L3 = ALL_PHASES
CALM = (5.3, 5.3, 5.3)
FAIR = {"a": 10, "b": 9}
TWO = (Bay(name="a"), Bay(name="b"))
FRESHNESS_S = 60.0

LOSSES = {
    MeterFault.LOST: 1,
    MeterFault.SILENT: FRESHNESS_S + 1,
}


def home(
    *steps: tuple[int, PhaseLoad],
    bays: tuple[Bay, ...] = TWO,
    behavior: MeterLossBehavior = MeterLossBehavior.STOP,
    fallback_a: float = 6,
    **settings: object,
) -> Run:
    loss = MeterLoss(behavior=behavior, fallback_current_a=fallback_a)
    return garage(
        bays,
        house(*(steps or ((0, CALM),))),
        freshness_limit_s=FRESHNESS_S,
        meter_loss=loss,
        **settings,
    )


def with_lost_phase(run: Run, phase: int) -> Decision:
    """Decide with one phase's sensor gone, and let its decision hold."""
    snapshot = run._snapshot(run.plant.view())
    readings = list(snapshot.phase_currents_a)
    readings[phase] = None
    return decide(
        run.site,
        run.state,
        replace(snapshot, phase_currents_a=tuple(readings)),
        run.plant.now_s,
    )
