"""Every fuse, on every phase that some charger's current passes."""

from collections.abc import Iterator, Sequence

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    LimitingFactor,
    PerPhase,
    Phase,
    Site,
)
from custom_components.ev_lb.engine.model.request import Limit
from custom_components.ev_lb.engine.topology import sane_limit_a

from .constraint import Constraint, Supply


def fuses(
    site: Site, supply: Supply, demands: Sequence[Demand]
) -> Iterator[Constraint]:
    """Yield what each fuse leaves beside the house, those next to chargers first."""
    root = supply.root
    fuse_a: dict[str, PerPhase] = {root: supply.limit_a}
    for circuit in site.circuits[1:]:
        limit_a = sane_limit_a(circuit.limit_a, site.phases)
        fuse_a.setdefault(circuit.circuit_id, limit_a)
    users: dict[tuple[str, Phase], list[tuple[str, float]]] = {}
    for demand in demands:
        weight = demand.charger_id, 1.0
        for circuit_id in demand.line:
            for phase in demand.phases:
                users.setdefault((circuit_id, phase), []).append(weight)
    beside_a = dict(supply.loads.circuits)
    for circuit_id in reversed(fuse_a):
        for phase in ALL_PHASES:
            weights = users.get((circuit_id, phase))
            if weights is None:
                continue
            whole_a = free_a = fuse_a[circuit_id][phase]
            factor = LimitingFactor.CIRCUIT
            if circuit_id == root:
                free_a -= supply.at_fuse_a(phase)
                factor = LimitingFactor.FUSE
            elif circuit_id in beside_a:
                free_a -= beside_a[circuit_id][phase]
            limit = Limit(free_a, factor, phase, circuit_id, whole_a)
            yield Constraint(limit, tuple(weights))
