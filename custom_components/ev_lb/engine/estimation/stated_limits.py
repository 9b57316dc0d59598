"""The limits that entities state: an import limit, and the grid operator's signal.

One that is not known counts as it was stated last, before a restart, too. One that
never was counts as the lowest that it may be.
"""

from math import inf, isnan
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import Reading, Site, Snapshot, StatedLimits
from custom_components.ev_lb.engine.model.state import State
from custom_components.ev_lb.engine.wakeups import Wakeups

KNOWN_BEFORE_S: Final = 300.0
"""So long after a start the grid operator's signal counts as it was before, s: by then
every integration has started, and a signal that is lost counts as on."""


class Limits(NamedTuple):
    """The limits that hold, as far as entities state them."""

    stated: StatedLimits
    """What was stated last."""
    import_cap_w: float | None
    """What holds, W; None where no entity limits it."""
    import_cap_known: bool
    external_cap_w: float
    """The same for the cars together, or for each; infinity for no limit."""
    external_cap_seen: bool
    """Whether the signal has been told since the start."""


def stated_limits(
    site: Site, before: State, snapshot: Snapshot, wakeups: Wakeups
) -> Limits:
    """Return the limits that entities state now, or did before they were lost."""
    import_cap_w = _stated_w(snapshot.import_cap_w, before.import_cap_w)
    signal_w = _stated_w(snapshot.external_cap_w, before.external_cap_w)
    is_known = _known_w(snapshot.external_cap_w) is not None
    seen = before.external_cap_seen or is_known
    cap_w = inf
    if site.external_cap is not None:
        # Its failsafe; what is no number counts for the worst.
        lost_w = site.external_cap.power_w if site.external_cap.power_w > 0 else 0.0
        cap_w = lost_w if signal_w is None else signal_w
        starts = not seen and not wakeups.passed(before.resumed_s + KNOWN_BEFORE_S)
        if not is_known and not starts:
            cap_w = min(cap_w, lost_w)
    unknown = snapshot.import_cap_w is not None and import_cap_w is None
    capped_w = 0.0 if unknown else import_cap_w
    if snapshot.import_cap_w is None or capped_w == inf:
        capped_w = None
    return Limits(
        stated=StatedLimits(import_cap_w, signal_w),
        import_cap_w=capped_w,
        import_cap_known=not unknown,
        external_cap_w=max(cap_w, 0.0),
        external_cap_seen=seen,
    )


def _stated_w(stated: Reading | None, before_w: float | None) -> float | None:
    """Return what an entity states, or stated before it was lost, W."""
    stated_w = _known_w(stated)
    return before_w if stated_w is None else stated_w


def _known_w(stated: Reading | None) -> float | None:
    """Return what an entity states now, W; None where that is nothing."""
    if stated is None or stated.problem is not None or isnan(stated.value):
        return None
    return stated.value
