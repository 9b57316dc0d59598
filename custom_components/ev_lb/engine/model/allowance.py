"""What the split leaves a charger, by degree of certainty."""

from typing import NamedTuple

from . import LimitingFactor
from .request import Share


class Allowance(NamedTuple):
    """What the split leaves a charger, by how sure it has to be."""

    keep: Share
    """What it may keep: anything above is cut at once. For a stopped car, what
    it may hope for once others have made way."""
    start: Share
    """What is free for certain at this moment: where a first start begins. A
    later one takes its minimum of it; on sun, only what lasts."""
    raise_to: Share
    """What has been free for the whole hold window: how far a raise goes."""
    promised_a: float
    """What is free now once others have made way: when a stopped car begins to
    wait for its start, A."""
    raise_from_s: float | None = None
    """When a raise that the hold window prevents, or what others still draw, will fit
    if no load changes."""
    held_by: LimitingFactor | None = None
    """What prevents it, where that is not the house."""

    def rises_from(self, set_a: float) -> bool:
        """Tell whether a set-point rises by it, as far as that goes."""
        first_a = self.start.current_a if set_a <= 0 else 0.0
        return max(self.raise_to.current_a, first_a) > set_a
