"""What the split leaves a charger, by degree of certainty."""

from typing import NamedTuple

from custom_components.ev_lb.engine.model import LimitingFactor
from custom_components.ev_lb.engine.model.request import Share


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
