"""What a capacity tariff allows."""

from math import inf, isfinite

from . import Site, Snapshot
from .state import TariffPeriod
from .sun import number


def tariff_limit_w(site: Site, period: TariffPeriod, snapshot: Snapshot) -> float:
    """Return the mean that the period is to stay under, W."""
    tariff = site.capacity_tariff
    if tariff is None or not isfinite(tariff.limit_w):
        return inf
    if not tariff.follows_peak:
        return tariff.limit_w
    return max(tariff.limit_w, period.peak_w, number(snapshot.month_peak_w) or 0.0)
