"""The currents at which chargers are left when they are no longer balanced."""

from collections.abc import Collection, Mapping
from math import floor

from custom_components.ev_lb.engine.model import (
    Charger,
    Decision,
    MeterLossBehavior,
    Phase,
    Site,
)
from custom_components.ev_lb.health.events import fallback_a


def leave_at(
    site: Site,
    decision: Decision | None,
    set_a: Mapping[str, float],
    kept: Collection[str],
) -> dict[str, float]:
    """Return what to leave each charger at, A: its fallback where all of them fit.

    `set_a` is what they are set to; those `kept` run on like that. Without a
    decision nothing is known of the house. Who has priority is served first.
    """
    behavior = site.meter_loss.behavior
    if not site.enabled or behavior is MeterLossBehavior.IGNORE:
        return dict(set_a)
    left = {row.charger_id: set_a[row.charger_id] for row in site.chargers}
    others = [row for row in site.chargers if row.charger_id not in kept]
    if behavior is MeterLossBehavior.STOP or decision is None:
        return left | {row.charger_id: 0.0 for row in others}
    room = _Room(site, decision)
    for charger in site.chargers:
        if charger.charger_id in kept:
            room.take(charger, left[charger.charger_id])
    for charger in sorted(others, key=lambda row: row.priority):
        limits_a = [fallback_a(site, charger)]
        limits_a.append(room.left_a(charger, left[charger.charger_id]))
        if charger.manual_limit_a is not None:
            limits_a.append(charger.manual_limit_a)
        current_a = min(limits_a)
        current_a = current_a if current_a >= charger.min_current_a else 0.0
        left[charger.charger_id] = current_a
        room.take(charger, current_a)
    return left


class _Room:
    """What the fuses leave, while one charger after the other is left at something."""

    def __init__(self, site: Site, decision: Decision) -> None:
        self._parents = {row.circuit_id: row.parent_id for row in site.circuits}
        houses_a = {row.circuit_id: row.house_a for row in decision.circuits}
        self._left_a: dict[tuple[str, Phase], float | None] = {}
        for place, circuit in enumerate(site.circuits):
            for phase in site.phases:
                left_a: float | None = circuit.limit_a[phase]
                if place == 0:
                    left_a = decision.available_a[phase]
                elif circuit.circuit_id in houses_a:
                    house_a = houses_a[circuit.circuit_id][phase]
                    limit_a = circuit.limit_a[phase]
                    left_a = None if house_a is None else limit_a - house_a
                self._left_a[circuit.circuit_id, phase] = left_a

    def left_a(self, charger: Charger, set_a: float) -> float:
        """Return what is left on a charger's fuses, A; where nobody knows, `set_a`."""
        found = [self._left_a[place] for place in self._places(charger)]
        limits_a = [set_a if left_a is None else floor(left_a) for left_a in found]
        return min(limits_a, default=0.0)

    def take(self, charger: Charger, current_a: float) -> None:
        """Let a charger have so much, A."""
        for place in self._places(charger):
            left_a = self._left_a[place]
            if left_a is not None:
                self._left_a[place] = left_a - current_a

    def _places(self, charger: Charger) -> list[tuple[str, Phase]]:
        """Return the fuses and phases that a charger's current passes."""
        circuits: list[str] = []
        circuit_id: str | None = charger.circuit_id
        while circuit_id in self._parents and circuit_id not in circuits:
            circuits.append(circuit_id)
            circuit_id = self._parents[circuit_id]
        return [
            (circuit_id, phase) for circuit_id in circuits for phase in charger.phases
        ]
