"""How far a car may rise on a meter that may have frozen."""

from typing import Final

from custom_components.ev_lb.engine.allocation.allowance import Allowance
from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.estimation.habit import is_still
from custom_components.ev_lb.engine.model.request import ceil_to_step

PROBE_A: Final = 2.0
"""By so much a car rises on a still meter, A: one of whole ampere must show it."""


def as_probe(estimate: Estimate, source: Source, allowance: Allowance) -> Allowance:
    """Let a charger rise only by what its meter must show, where that is still.

    One that its maker does not let be raised often would wait long for the rest. It
    rises at once; what does not show is taken back all the same. A start begins at
    what is free, as after each plug-in.
    """
    charger, set_a = source.charger, source.state.set_a
    if set_a <= 0 or charger.raise_interval_s > 0:
        return allowance
    if not any(
        charger.circuit_id in metered.behind and is_still(metered.phases)
        for metered in estimate.metered_circuits
    ):
        return allowance
    most_a = ceil_to_step(set_a + max(PROBE_A, charger.step_a), charger.step_a)
    share = allowance.raise_to
    if share.current_a <= most_a:
        return allowance
    return allowance._replace(raise_to=share._replace(current_a=most_a))
