"""How far a car may rise on a meter that may have frozen."""

from typing import Final

from custom_components.ev_lb.engine.allocation.allowance import Allowance
from custom_components.ev_lb.engine.estimation.cars import Source
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.estimation.habit import is_still
from custom_components.ev_lb.engine.model.request import Share, ceil_to_step

PROBE_A: Final = 2.0
"""By so much a car rises on a still meter, A: one of whole ampere must show it."""


def as_probe(estimate: Estimate, source: Source, allowance: Allowance) -> Allowance:
    """Let a charger rise only by what its meter must show, where that is still.

    One that its maker does not let be raised often would wait long for the rest. It
    rises at once; what does not show is taken back all the same.
    """
    charger, set_a = source.charger, source.state.set_a
    if charger.raise_interval_s > 0 or not any(
        charger.circuit_id in metered.behind and is_still(metered.phases)
        for metered in estimate.metered_circuits
    ):
        return allowance
    probe_a = max(PROBE_A, charger.step_a) if set_a > 0 else charger.min_current_a
    most_a = ceil_to_step(set_a + probe_a, charger.step_a)
    return allowance._replace(
        start=_at_most(allowance.start, most_a),
        raise_to=_at_most(allowance.raise_to, most_a),
    )


def _at_most(share: Share, most_a: float) -> Share:
    if share.current_a <= most_a:
        return share
    return share._replace(current_a=most_a)
