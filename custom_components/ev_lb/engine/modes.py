"""What each charger wants, before any fuse is asked."""

from math import isfinite

from .allocation import Request, floor_to_step
from .model import Charger, LimitingFactor, Phase


def wanted(
    charger: Charger, line: tuple[str, ...], connected: bool, phases: tuple[Phase, ...]
) -> Request | LimitingFactor:
    """Return a charger's request, or why it wants nothing.

    A charger whose settings make no sense wants nothing: its limit is its own
    maximum.
    """
    if not charger.enabled:
        return LimitingFactor.DISABLED
    if not connected:
        return LimitingFactor.CAR
    highest_a, own_limit = charger.max_current_a, LimitingFactor.CHARGER_MAX
    manual_a = charger.manual_limit_a
    if manual_a is not None and not manual_a >= highest_a:
        highest_a, own_limit = manual_a, LimitingFactor.MANUAL
    lowest_a = charger.min_current_a
    if not isfinite(highest_a) or not isfinite(lowest_a) or lowest_a < 0:
        return own_limit
    highest_a = floor_to_step(highest_a, charger.step_a)
    usable = bool(charger.phases) and all(phase in phases for phase in charger.phases)
    if not line or not usable or highest_a < lowest_a or highest_a <= 0:
        return own_limit
    return Request(
        charger.charger_id,
        line,
        charger.phases,
        lowest_a,
        highest_a,
        charger.step_a,
        own_limit,
    )
