"""What peak of the month to plan for, where a capacity tariff has a price."""

from math import inf, isfinite
from typing import Final

from .amounts import Amounts
from .fill import fill
from .program import program_of
from .request import PlanRequest

SEARCH_STEPS: Final = 10
"""After as many the peak is known to a hundredth of what is searched."""
GOLDEN: Final = 0.618


def cheapest_peak(request: PlanRequest) -> tuple[Amounts, float | None]:
    """Return what the cars draw, and under which peak, W; None without a tariff.

    Up to the tariff's limit, or to what the month has seen, the peak costs nothing.
    Beyond, each kW has its price, where there is one: what is gained by it falls with
    each kW, so the best peak is found by a golden section.
    """
    tariff = request.site.capacity_tariff
    if tariff is None or not tariff.limit_w < inf:
        return fill(program_of(request)), None
    free_w = max(tariff.limit_w, 0.0)
    month_w, price = request.month_peak_w, request.peak_price
    if month_w is not None and isfinite(month_w) and (tariff.follows_peak or price):
        free_w = max(free_w, month_w)
    held = fill(program_of(request, free_w))
    if price is None or not 0 <= price < inf:
        return held, free_w
    free = fill(program_of(request))
    most_w = max(free_w, _peak_w(free))
    return _searched(request, price, (free_w, held), (most_w, free))


def _peak_w(amounts: Amounts) -> float:
    """Return the highest import of any slot in which a car charges, W."""
    program = amounts.program
    highest_w = 0.0
    for slot, stretch in enumerate(program.slots):
        cars_kw = sum(
            max(currents[slot], row.min_a) * row.kw_per_a
            for currents, row in zip(amounts.current_a, program.cars, strict=True)
            if currents[slot] > 0
        )
        if cars_kw > 0:
            house_w = sum(stretch.house_a) * program.volts
            highest_w = max(highest_w, cars_kw * 1000 + house_w)
    return highest_w


def _searched(
    request: PlanRequest,
    price: float,
    low: tuple[float, Amounts],
    high: tuple[float, Amounts],
) -> tuple[Amounts, float]:
    """Return the best between the peak that is free and the one that gives all."""
    tried = {low[0]: low[1], high[0]: high[1]}

    def total(peak_w: float) -> float:
        if peak_w not in tried:
            tried[peak_w] = fill(program_of(request, peak_w))
        return tried[peak_w].spent_and_lacking() + price * (peak_w - low[0]) / 1000

    from_w, to_w = low[0], high[0]
    for _ in range(SEARCH_STEPS):
        if to_w - from_w < 10:
            break
        first_w = to_w - GOLDEN * (to_w - from_w)
        second_w = from_w + GOLDEN * (to_w - from_w)
        if total(first_w) <= total(second_w):
            to_w = second_w
        else:
            from_w = first_w
    best_w = min(sorted(tried), key=total)
    return tried[best_w], best_w
