"""When the house loads that count against a raise leave the hold window."""

from bisect import bisect_left
from collections.abc import Callable
from math import inf, isfinite

from custom_components.ev_lb.engine.model import Site
from custom_components.ev_lb.engine.model.state import PhaseState
from custom_components.ev_lb.engine.wakeups import Wakeups

from .cars import Source
from .circuits import MeteredCircuit, Phases
from .estimate import Estimate
from .house import hold_window_s, without_old_peaks


def first_fit_s(estimate: Estimate, fits: Callable[[Estimate], bool]) -> float | None:
    """Return when a raise first fits if no load changes, s; None where it never does.

    `fits` tells whether it does by what a later moment knows. Once the cars have
    followed, what they may still draw is no house load any more.
    """
    now_s = estimate.wakeups.now_s
    ends_s = (row.settled_s for row in estimate.sources if now_s < row.settled_s < inf)
    times_s = sorted((now_s, *ends_s, *_peak_ends_s(estimate)))

    def fits_at(time_s: float) -> bool:
        metered_circuits = tuple(
            _later(estimate, metered, time_s) for metered in estimate.metered_circuits
        )
        return fits(estimate._replace(metered_circuits=metered_circuits))

    place = bisect_left(times_s, True, key=fits_at)
    return times_s[place] if place < len(times_s) else None


def _peak_ends_s(estimate: Estimate) -> list[float]:
    """Return when each house load leaves the hold window, s."""
    return [
        peak.until_s + max(window_s, memory.hold.window_s)
        for metered in estimate.metered_circuits
        for window_s in (_window_s(estimate.site, metered, estimate.sources),)
        for memory in metered.phases
        for peak in memory.peaks
        if isfinite(peak.until_s)
    ]


def _later(
    estimate: Estimate, metered: MeteredCircuit, time_s: float
) -> MeteredCircuit:
    """Return what is known of a circuit when the peaks until then have left."""
    wakeups, window_s = (
        Wakeups(time_s),
        _window_s(estimate.site, metered, estimate.sources),
    )
    followed = all(
        row.settled_s <= time_s
        for row in estimate.sources
        if row.charger.circuit_id in metered.behind
    )

    def later(memory: PhaseState) -> PhaseState:
        memory = without_old_peaks(memory, window_s, wakeups)
        return memory._replace(house_high_a=memory.house_a) if followed else memory

    first, second, third = map(later, metered.phases)
    phases: Phases = (first, second, third)
    return metered._replace(phases=phases)


def _window_s(
    site: Site, metered: MeteredCircuit, sources: tuple[Source, ...]
) -> float:
    behind = (row for row in sources if row.charger.circuit_id in metered.behind)
    return hold_window_s(site, tuple(behind))
