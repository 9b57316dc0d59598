"""What follows from a site alone: its fuses, and which part of the engine it needs."""

from typing import NamedTuple

from .limits import lines, sane_limit_a
from .model import Charger, ChargingMode, PerPhase, Site
from .sane import sane_site
from .timetable import Timetable


class Plan(NamedTuple):
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


def plan_of(_: Timetable, site: Site) -> Plan:
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
    return Plan(
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
