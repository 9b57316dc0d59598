"""Import limits that hold at a time of the day."""

from collections.abc import Iterator, Sequence
from math import floor, isfinite
from typing import Final

from custom_components.ev_lb.engine.demand.demand import Demand
from custom_components.ev_lb.engine.model import (
    ImportWindow,
    LimitingFactor,
    Site,
    Snapshot,
)
from custom_components.ev_lb.engine.wakeups import Wakeups

from .constraint import Constraint, OpenWindow, Supply, on_power

DAY_S: Final = 86400.0


def import_windows(
    site: Site, supply: Supply, demands: Sequence[Demand]
) -> Iterator[Constraint]:
    """Yield what each window that is open now leaves the cars.

    A power that is no number is none.
    """
    for window in supply.open_windows:
        power_w = window.power_w if window.power_w > 0 else 0.0
        left_w = power_w - supply.house_w
        factor = LimitingFactor.IMPORT_CAP
        yield from on_power(site, demands, left_w, factor, power_w, window.ends_s)


def open_windows(
    site: Site, snapshot: Snapshot, wakeups: Wakeups
) -> tuple[OpenWindow, ...]:
    """Return the windows that are open now; one whose times make no sense always is."""
    found = [_opened(row, snapshot, wakeups) for row in site.import_windows]
    return tuple([row for row in found if row is not None])


def _opened(
    window: ImportWindow, snapshot: Snapshot, wakeups: Wakeups
) -> OpenWindow | None:
    """Return a window if it is open, and note when it opens or closes next."""
    if not isfinite(window.start_s) or not isfinite(window.end_s):
        return OpenWindow(window.power_w, None)
    length_s = (window.end_s - window.start_s) % DAY_S or DAY_S
    ahead_s = snapshot.clock_ahead_s - snapshot.utc_offset_s
    day = floor((wakeups.now_s - ahead_s) / DAY_S)
    opened = None
    # One that began yesterday may last until today; tomorrow's is the next one.
    for begin_day in (day - 1, day, day + 1):
        begin_s = begin_day * DAY_S + window.start_s % DAY_S + ahead_s
        end_s = begin_s + length_s
        began, ended = wakeups.passed(begin_s), wakeups.passed(end_s)
        if began and not ended and window.begins_on(begin_day):
            goes_on = length_s >= DAY_S and window.begins_on(begin_day + 1)
            opened = OpenWindow(window.power_w, None if goes_on else end_s)
    return opened
