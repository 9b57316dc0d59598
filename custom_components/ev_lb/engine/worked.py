"""What decisions have worked out, so that only what changed is worked out again.

A result is used again where all that it follows from is still the same: the very
same object, or an equal one. What follows from the time, too, is used until the
moment at which time alone may change it. So this saves time and changes nothing;
a decision without it, as one from a document, is the same.
"""

from typing import TYPE_CHECKING, NamedTuple

from .limits import lines, sane_limit_a
from .memory import BatteryLevel
from .model import ChargingMode, PerPhase, Site
from .readings import Problems

if TYPE_CHECKING:
    from .asking import Asking
    from .cars import Source
    from .rest import Rest
    from .splitter import Split


class Plan(NamedTuple):
    """What follows from a site alone."""

    site: Site
    root: str
    """The grid connection, and its fuse."""
    limit_a: PerPhase
    everywhere: frozenset[str]
    """All circuits."""
    lines: dict[str, tuple[str, ...]]
    """For each circuit the fuses its current passes, itself first."""
    watches_sun: bool
    """Whether anybody lives on what is left over."""
    switches: bool
    """Whether a charger can switch phases."""


def plan_of(site: Site) -> Plan:
    """Work out what follows from a site alone."""
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
        watches_sun=watches_sun,
        switches=switches,
    )


class Worked(NamedTuple):
    """What the decision before worked out, by charger id."""

    plan: Plan
    level: BatteryLevel
    problems: tuple[Problems, ...]
    """Of the grid connection's meter, and of each circuit's."""
    sources: dict[str, Source]
    askings: dict[str, Asking]
    splits: list[Split]
    rests: dict[str, Rest]
