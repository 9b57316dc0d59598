"""What a capacity tariff allows."""

from math import inf, isfinite
from typing import Final

from . import Site, Snapshot
from .state import TariffPeriod
from .sun import number

SHORTEST_REST_S: Final = 60.0
"""Shortest tariff period that makes sense, s."""


def period_length_s(period_s: float) -> float:
    """Return the length of a tariff period, s; a quarter-hour where it makes no sense."""
    return period_s if isfinite(period_s) and period_s >= SHORTEST_REST_S else 900.0


def tariff_limit_w(site: Site, period: TariffPeriod, snapshot: Snapshot) -> float:
    """Return the mean that the period is to stay under, W."""
    tariff = site.capacity_tariff
    if tariff is None or not isfinite(tariff.limit_w):
        return inf
    if not tariff.follows_peak:
        return tariff.limit_w
    return max(tariff.limit_w, period.peak_w, number(snapshot.month_peak_w) or 0.0)
