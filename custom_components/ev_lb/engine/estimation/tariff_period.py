"""What the running tariff period has imported so far."""

from math import isfinite
from typing import Final

from custom_components.ev_lb.engine.model import Site, Snapshot
from custom_components.ev_lb.engine.model.state import TariffPeriod
from custom_components.ev_lb.engine.model.tariff import tariff_limit_w
from custom_components.ev_lb.engine.wakeups import Wakeups

HOUSE_TIME_S: Final = 90.0
"""A tariff asks for a mean: over about so long the house's load is averaged, s."""


def follow_period(
    site: Site,
    before: TariffPeriod | None,
    snapshot: Snapshot,
    import_w: float | None,
    house_w: float,
    read_s: float,
    wakeups: Wakeups,
) -> TariffPeriod | None:
    """Add up the import of the present tariff period.

    `import_w` is the meter's reading at `read_s`, None while it is lost: then the last
    power counts on; `house_w` is the house's part of it. The part of a period that
    nobody saw counts as if it had used its share. Periods are those of the wall clock, by which the biller goes.
    """
    tariff = site.capacity_tariff
    if tariff is None:
        return None
    length_s = tariff.length_s
    ahead_s = snapshot.clock_ahead_s
    number_now = int((wakeups.now_s - ahead_s) // length_s)
    start_s = number_now * length_s + ahead_s
    wakeups.passed(start_s + length_s)
    if before is None or before.number > number_now or before.number < number_now - 1:
        power_w = 0.0 if import_w is None else max(import_w, 0.0)
        seen_s = min(max(read_s, start_s), wakeups.now_s)
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
