"""What a capacity tariff allows."""

from math import inf

from . import Site, Snapshot
from .state import TariffPeriod
from .sun import number


def tariff_limit_w(site: Site, period: TariffPeriod, snapshot: Snapshot) -> float:
    """Return the mean that the period is to stay under, W."""
    tariff = site.capacity_tariff
    if tariff is None or tariff.limit_w == inf:
        return inf
    # What is no number counts for the worst.
    limit_w = tariff.limit_w if tariff.limit_w > 0 else 0.0
    if not tariff.follows_peak:
        return limit_w
    return max(limit_w, period.peak_w, number(snapshot.month_peak_w) or 0.0)
