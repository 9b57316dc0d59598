"""When the house loads that count against a raise leave the hold window."""

from bisect import bisect_left
from collections.abc import Callable
from math import inf, isfinite

from .cars import Source
from .feeds import Feed, Phases
from .house import hold_window_s, without_old_peaks
from .look import View
from .memory import PhaseState
from .model import Site
from .timetable import Timetable


def first_fit_s(view: View, fits: Callable[[View], bool]) -> float | None:
    """Return when a raise first fits if no load changes, s; None where it never does.

    `fits` tells whether it does by what a later moment knows. Once the cars have
    followed, what they may still draw is no house load any more.
    """
    now_s = view.timetable.now_s
    ends_s = (row.settled_s for row in view.sources if now_s < row.settled_s < inf)
    times_s = sorted((now_s, *ends_s, *_peak_ends_s(view)))

    def fits_at(time_s: float) -> bool:
        feeds = tuple(_later(view, feed, time_s) for feed in view.feeds)
        return fits(view._replace(feeds=feeds))

    place = bisect_left(times_s, True, key=fits_at)
    return times_s[place] if place < len(times_s) else None


def _peak_ends_s(view: View) -> list[float]:
    """Return when each house load leaves the hold window, s."""
    return [
        peak.until_s + max(window_s, memory.hold.window_s)
        for feed in view.feeds
        for window_s in (_window_s(view.site, feed, view.sources),)
        for memory in feed.phases
        for peak in memory.peaks
        if isfinite(peak.until_s)
    ]


def _later(view: View, feed: Feed, time_s: float) -> Feed:
    """Return what is known of a circuit when the peaks until then have left."""
    timetable, window_s = Timetable(time_s), _window_s(view.site, feed, view.sources)
    followed = all(
        row.settled_s <= time_s
        for row in view.sources
        if row.charger.circuit_id in feed.behind
    )

    def later(memory: PhaseState) -> PhaseState:
        memory = without_old_peaks(memory, window_s, timetable)
        return memory._replace(house_high_a=memory.house_a) if followed else memory

    first, second, third = map(later, feed.phases)
    phases: Phases = (first, second, third)
    return feed._replace(phases=phases)


def _window_s(site: Site, feed: Feed, sources: tuple[Source, ...]) -> float:
    behind = (row for row in sources if row.charger.circuit_id in feed.behind)
    return hold_window_s(site, tuple(behind))
