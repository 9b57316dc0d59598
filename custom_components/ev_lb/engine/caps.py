"""Caps in power: import cap, capacity tariff, and the grid operator's signal."""

from math import inf, isfinite, isnan
from typing import Final, NamedTuple

from .memory import TariffPeriod
from .model import Site, Snapshot
from .sun import number
from .timetable import Timetable
from .words import LimitingFactor

SHORTEST_REST_S: Final = 60.0
"""Shortest tariff period that makes sense, s."""
LOOK_AHEAD_S: Final = 120.0
"""Near a tariff period's end the next one counts, too, s: what is left over at
the very end is not worth a jump of the cars."""
TARIFF_MARGIN: Final = 0.01
"""The part of a tariff limit that stays free for what comes unforeseen."""
TARIFF_EASE: Final = 0.05
"""The part of a tariff limit that lacks before a car is cut: the rest of the
period makes up for it."""
HOUSE_TIME_S: Final = 90.0
"""A tariff asks for a mean: over about so long the house's load is averaged, s."""


class Cap(NamedTuple):
    """What all cars and the house may import together, W."""

    power_w: float
    factor: LimitingFactor
    house_w: float | None = None
    """The house's part, W; None for what it draws now."""
    ease_w: float = 0.0
    """What may lack before a car is cut, W."""


def told_import_cap_w(before_w: float | None, snapshot: Snapshot) -> float | None:
    """Return the import cap that an entity tells, W; None for none.

    One that is lost goes on telling what it told last.
    """
    told = snapshot.import_cap_w
    if told is None:
        return None
    if told.problem is not None or isnan(told.value):
        return before_w
    return told.value if told.value < inf else None


def import_caps(
    site: Site, period: TariffPeriod | None, told_w: float | None, snapshot: Snapshot
) -> tuple[Cap, ...]:
    """Return the caps on the whole site's import; `told_w` is an entity's."""
    caps = []
    stated_w = site.import_cap_w
    powers_w = [power for power in (told_w, stated_w) if power is not None]
    powers_w = [power for power in powers_w if power < inf]
    if powers_w:
        caps.append(Cap(max(min(powers_w), 0.0), LimitingFactor.IMPORT_CAP))
    if site.capacity_tariff is not None and period is not None:
        caps += _tariff_caps(site, period, snapshot)
    return tuple(caps)


def external_cap_w(site: Site, snapshot: Snapshot) -> float:
    """Return what the grid operator leaves the cars, W.

    A signal that is lost counts as on: that is its failsafe.
    """
    if site.external_cap is None:
        return inf
    told = snapshot.external_cap_w
    if told is None or told.problem is not None or told.value != told.value:
        return max(site.external_cap.power_w, 0.0)
    return max(told.value, 0.0)


def tariff_limit_w(site: Site, period: TariffPeriod, snapshot: Snapshot) -> float:
    """Return the mean that the period is to stay under, W."""
    tariff = site.capacity_tariff
    if tariff is None or not isfinite(tariff.limit_w):
        return inf
    if not tariff.follows_peak:
        return tariff.limit_w
    return max(tariff.limit_w, period.peak_w, number(snapshot.month_peak_w) or 0.0)


def _tariff_caps(
    site: Site, period: TariffPeriod, snapshot: Snapshot
) -> tuple[Cap, ...]:
    """Return what the rest of the tariff period may import on average.

    One cap steers, with a margin and at ease; one holds the limit itself.
    """
    limit_w = tariff_limit_w(site, period, snapshot)
    if site.capacity_tariff is None or not isfinite(limit_w):
        return ()
    length_s = _length_s(site.capacity_tariff.period_s)
    end_s = (period.number + 1) * length_s + snapshot.clock_ahead_s
    rest_s = max(end_s - period.read_s, 1.0)
    left_ws = limit_w * length_s - period.energy_ws
    beyond_s = max(LOOK_AHEAD_S - rest_s, 0.0)
    aimed_ws = left_ws + limit_w * (beyond_s - TARIFF_MARGIN * length_s)
    return tuple(
        Cap(max(power_w, 0.0), LimitingFactor.CAPACITY_TARIFF, period.house_w, ease_w)
        for power_w, ease_w in (
            (aimed_ws / (rest_s + beyond_s), TARIFF_EASE * limit_w),
            (left_ws / rest_s, 0.0),
        )
    )


def follow_period(
    site: Site,
    before: TariffPeriod | None,
    snapshot: Snapshot,
    import_w: float | None,
    house_w: float,
    read_s: float,
    timetable: Timetable,
) -> TariffPeriod | None:
    """Add up the import of the present tariff period.

    `import_w` is what the meter told at `read_s`, None while it is lost: then
    the last power counts on; `house_w` is the house's part of it. The part of a period that nobody saw counts as if
    it had used its share. Periods are those of the wall clock, by which the biller goes.
    """
    tariff = site.capacity_tariff
    if tariff is None:
        return None
    length_s = _length_s(tariff.period_s)
    ahead_s = snapshot.clock_ahead_s
    number_now = int((timetable.now_s - ahead_s) // length_s)
    start_s = number_now * length_s + ahead_s
    timetable.passed(start_s + length_s)
    if before is None or before.number > number_now or before.number < number_now - 1:
        power_w = 0.0 if import_w is None else max(import_w, 0.0)
        seen_s = min(max(read_s, start_s), timetable.now_s)
        fresh = TariffPeriod(
            number=number_now,
            energy_ws=0.0,
            read_s=seen_s,
            power_w=power_w,
            house_w=house_w,
        )
        share_w = tariff_limit_w(site, fresh, snapshot)
        unseen_ws = share_w * (seen_s - start_s) if isfinite(share_w) else 0.0
        return fresh._replace(energy_ws=unseen_ws)
    if before.number < number_now:
        whole_ws = before.energy_ws + before.power_w * max(start_s - before.read_s, 0.0)
        before = before._replace(
            number=number_now,
            energy_ws=0.0,
            read_s=start_s,
            peak_w=max(before.peak_w, whole_ws / length_s),
        )
    if import_w is None or read_s <= before.read_s:
        return before
    elapsed_s = read_s - before.read_s
    part = elapsed_s / (elapsed_s + HOUSE_TIME_S)
    return before._replace(
        house_w=before.house_w + part * (house_w - before.house_w),
        energy_ws=before.energy_ws + before.power_w * (read_s - before.read_s),
        read_s=read_s,
        power_w=max(import_w, 0.0),
    )


def _length_s(period_s: float) -> float:
    return period_s if isfinite(period_s) and period_s >= SHORTEST_REST_S else 900.0
