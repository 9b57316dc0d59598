"""What follows from a site alone: its fuses, and which part of the engine it needs."""

from math import isfinite
from typing import NamedTuple

from .model import Charger, ChargingMode, PerPhase, Phase, Site
from .model.sanitize import sane_site
from .wakeups import Wakeups


class Layout(NamedTuple):
    """What follows from a site alone."""

    site: Site
    """With nothing in it that cannot be reckoned with."""
    root: str
    """The grid connection, and its fuse."""
    limit_a: PerPhase
    everywhere: frozenset[str]
    """All circuits."""
    lines: dict[str, tuple[str, ...]]
    """For each circuit the fuses its current passes, itself first."""
    metered: frozenset[str]
    """The circuits with a meter."""
    watches_sun: bool
    """Whether anybody lives on what is left over."""
    switches: bool
    """Whether a charger can switch phases."""

    def is_unseen(self, charger: Charger) -> bool:
        """Tell whether a fuse over a charger has no meter."""
        line = self.lines.get(charger.circuit_id, ())
        return not self.metered.issuperset(line)


def layout_of(_: Wakeups, site: Site) -> Layout:
    """Work out what follows from a site alone, with numbers to reckon with."""
    site = sane_site(site)
    root, limit_a = "", (0.0, 0.0, 0.0)
    if site.circuits:
        root = site.circuits[0].circuit_id
        limit_a = sane_limit_a(site.circuits[0].limit_a, site.phases)
    modes = {row.charging_mode or site.charging_mode for row in site.chargers}
    from_grid = modes <= {ChargingMode.STANDARD, ChargingMode.OFF}
    watches_sun = not (site.allow_grid_charging and from_grid)
    switches = any(row.phase_switching is not None for row in site.chargers)
    return Layout(
        site=site,
        root=root,
        limit_a=limit_a,
        everywhere=frozenset(row.circuit_id for row in site.circuits),
        lines=lines(site),
        metered=frozenset(
            row.circuit_id
            for place, row in enumerate(site.circuits)
            if place == 0 or row.meter is not None
        ),
        watches_sun=watches_sun,
        switches=switches,
    )


def sane_limit_a(limit_a: PerPhase, phases: tuple[Phase, ...]) -> PerPhase:
    """Return a limit with 0 A where there is no phase or no sensible number."""
    first, second, third = (
        limit_a[phase]
        if phase in phases and isfinite(limit_a[phase]) and limit_a[phase] > 0
        else 0.0
        for phase in Phase
    )
    return (first, second, third)


def lines(site: Site) -> dict[str, tuple[str, ...]]:
    """Return for each circuit the fuses its current passes, itself first.

    A circuit whose parents do not lead to the grid connection is left out, so
    that nothing on it is ever given current.
    """
    found: dict[str, tuple[str, ...]] = {}
    for circuit in site.circuits:
        if not found:
            found[circuit.circuit_id] = (circuit.circuit_id,)
        elif circuit.parent_id in found and circuit.circuit_id not in found:
            found[circuit.circuit_id] = (
                circuit.circuit_id,
                *found[circuit.parent_id],
            )
    return found


def behind_of(site: Site, circuit_id: str) -> frozenset[str]:
    """Return a circuit and all that stand below it; a parent stands first."""
    found = {circuit_id}
    for circuit in site.circuits:
        if circuit.parent_id in found:
            found.add(circuit.circuit_id)
    return frozenset(found)
