"""When the house loads that count against a raise leave the hold window."""

from bisect import bisect_left
from collections.abc import Callable
from math import inf, isfinite

from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model.house_load import HouseLoad, without_old_peaks
from custom_components.ev_lb.engine.model.metered import (
    Loads,
    MeteredCircuit,
    Phases,
    loads_of,
)
from custom_components.ev_lb.engine.model.state import PhaseState


def first_fit_s(
    estimate: Estimate, load_of: HouseLoad, fits: Callable[[Loads], bool]
) -> float | None:
    """Return when a raise first fits if no load changes, s; None where it never does.

    `fits` tells whether it does beside what hangs on the circuits at a later moment.
    Loads only leave the window, so what fits once goes on to fit. Once the cars have
    followed, what they may still draw is no house load any more.
    """
    now_s = estimate.wakeups.now_s
    ends_s = (row.settled_s for row in estimate.sources if now_s < row.settled_s < inf)
    times_s = sorted((now_s, *ends_s, *_peak_ends_s(estimate)))

    def fits_at(time_s: float) -> bool:
        later = tuple(_later(metered, time_s) for metered in estimate.metered_circuits)
        return fits(loads_of(later, estimate.site, load_of))

    place = bisect_left(times_s, True, key=fits_at)
    return times_s[place] if place < len(times_s) else None


def _peak_ends_s(estimate: Estimate) -> list[float]:
    """Return when each house load leaves the hold window, s."""
    return [
        peak.until_s + max(metered.window_s, memory.hold.window_s)
        for metered in estimate.metered_circuits
        for memory in metered.phases
        for peak in memory.peaks
        if isfinite(peak.until_s)
    ]


def _later(metered: MeteredCircuit, time_s: float) -> MeteredCircuit:
    """Return what is known of a circuit when the peaks until then have left."""
    followed = metered.settled_s <= time_s

    def later(memory: PhaseState) -> PhaseState:
        memory = without_old_peaks(
            memory, metered.window_s, lambda end_s: time_s >= end_s
        )
        return memory._replace(house_high_a=memory.house_a) if followed else memory

    first, second, third = map(later, metered.phases)
    phases: Phases = (first, second, third)
    return metered._replace(phases=phases)
