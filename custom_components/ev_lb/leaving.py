"""What a charger is left at when nobody balances it any more."""

from math import floor

from .engine.model import Decision, MeterLossBehavior, Site
from .events import fallback_a


def leave_a(
    site: Site, decision: Decision | None, charger_id: str, set_a: float
) -> float:
    """Return the current to leave a charger at, A: its fallback where that fits.

    set_a is what it is set to. Without a decision nothing is known of the house.
    """
    behavior = site.meter_loss.behavior
    if not site.enabled or behavior is MeterLossBehavior.IGNORE:
        return set_a
    if behavior is MeterLossBehavior.STOP or decision is None:
        return 0.0
    charger = next(c for c in site.chargers if c.charger_id == charger_id)
    available = [decision.available_a[phase] for phase in charger.phases]
    limits_a = [fallback_a(site, charger)]
    limits_a += [set_a if left_a is None else floor(left_a) for left_a in available]
    if charger.manual_limit_a is not None:
        limits_a.append(charger.manual_limit_a)
    current_a = min(limits_a)
    return current_a if current_a >= charger.min_current_a else 0.0
