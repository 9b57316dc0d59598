"""Caps in power: import cap, capacity tariff, and the grid operator's signal."""

from math import inf, isfinite
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import Site, Snapshot
from custom_components.ev_lb.engine.model.enums import LimitingFactor
from custom_components.ev_lb.engine.model.state import TariffPeriod
from custom_components.ev_lb.engine.model.tariff import period_length_s, tariff_limit_w

LOOK_AHEAD_S: Final = 120.0
"""Near a tariff period's end the next one counts, too, s: what is left over at
the very end is not worth a jump of the cars."""
TARIFF_MARGIN: Final = 0.01
"""The part of a tariff limit that stays free for what comes unforeseen."""
TARIFF_EASE: Final = 0.05
"""The part of a tariff limit that lacks before a car is cut: the rest of the
period makes up for it."""


class Cap(NamedTuple):
    """What all cars and the house may import together, W."""

    power_w: float
    factor: LimitingFactor
    house_w: float | None = None
    """The house's part, W; None for what it draws now."""
    ease_w: float = 0.0
    """What may lack before a car is cut, W."""


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


def _tariff_caps(
    site: Site, period: TariffPeriod, snapshot: Snapshot
) -> tuple[Cap, ...]:
    """Return what the rest of the tariff period may import on average.

    One cap steers, with a margin and at ease; one holds the limit itself.
    """
    limit_w = tariff_limit_w(site, period, snapshot)
    if site.capacity_tariff is None or not isfinite(limit_w):
        return ()
    length_s = period_length_s(site.capacity_tariff.period_s)
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
