"""What each fuse bears besides all that the cars may still be drawing.

A raise must not count on current that another car is still drawing.
"""

from collections.abc import Mapping

from custom_components.ev_lb.engine.constraints.reservation import MayDraw
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import (
    LimitingFactor,
    Phase,
)
from custom_components.ev_lb.engine.model.metered import (
    NOTHING_A,
    Loads,
    at_main_fuse_a,
)
from custom_components.ev_lb.engine.model.request import Limit
from custom_components.ev_lb.engine.topology import sane_limit_a

from .headroom import NOTHING_FREED


class Fuses:
    """What each fuse leaves on each phase, as what cars draw is taken off it."""

    def __init__(
        self, estimate: Estimate, loads: Loads, may_draw: Mapping[str, MayDraw]
    ) -> None:
        """Begin with what hangs on the circuits, and what the cars may draw now."""
        site = estimate.site
        self._lines: dict[str, tuple[tuple[str, Phase], ...]] = {}
        self._left_a: dict[tuple[str, Phase], float] = {}
        self._limits: dict[tuple[str, Phase], Limit] = {}
        beside = dict(loads.circuits)
        root = estimate.plan.root
        for circuit in site.circuits:
            circuit_id = circuit.circuit_id
            limit_a = sane_limit_a(circuit.limit_a, site.phases)
            beside_a = beside.get(circuit_id, NOTHING_A)
            for phase in site.phases:
                load_a = beside_a[phase]
                if circuit_id == root:
                    load_a = at_main_fuse_a(site, loads.house_a, phase)
                left_a, whole_a = limit_a[phase] - load_a, limit_a[phase]
                self._left_a.setdefault((circuit_id, phase), left_a)
                factor = LimitingFactor.CIRCUIT
                if circuit_id == root:
                    factor = LimitingFactor.FUSE
                limit = Limit(left_a, factor, phase, circuit_id, whole_a)
                self._limits.setdefault((circuit_id, phase), limit)
        for charger_id, source in estimate.source_of.items():
            charger = source.charger
            self._lines[charger_id] = tuple(
                (circuit_id, phase)
                for circuit_id in estimate.plan.lines.get(charger.circuit_id, ())
                for phase in source.used_phases
                if phase in site.phases
            )

        self._drawn_a: dict[str, float] = {}
        for charger_id, draws in may_draw.items():
            self.take(charger_id, draws.at_most_a)

    def take(self, charger_id: str, current_a: float) -> None:
        """Count a car with so much, if that is more than it counts with."""
        more_a = current_a - self._drawn_a.get(charger_id, 0.0)
        if more_a <= 0:
            return
        self._drawn_a[charger_id] = current_a
        for place in self._lines[charger_id]:
            self._left_a[place] -= more_a

    def left_a(
        self, charger_id: str, freed_a: Mapping[str, float] = NOTHING_FREED
    ) -> float:
        """Return what the fuses leave for a charger, its own car apart, A.

        Once others have made way by `freed_a`.
        """
        left_a = min(
            (self._at(place, freed_a) for place in self._lines[charger_id]),
            default=0.0,
        )
        return left_a + self._drawn_a.get(charger_id, 0.0)

    def tightest(self, charger_id: str) -> Limit | None:
        """Return the fuse that leaves a charger least, with what it leaves to all."""
        line = self._lines[charger_id]
        if not line:
            return None
        return self._limits[min(line, key=lambda at: self._left_a[at])]

    def _at(self, place: tuple[str, Phase], freed_a: Mapping[str, float]) -> float:
        more = (amps for row, amps in freed_a.items() if place in self._lines[row])
        return self._left_a[place] + sum(more)
