"""One car's stay at a charger: what it had, and what charging at once would have cost."""

from copy import replace
from dataclasses import dataclass
from typing import Final

from .amounts import NOTHING, WS_PER_KWH, Amounts, Flow
from .tariff import Tariff, mean_price

MOST_SPELLS: Final = 400
"""So many spells of one price are kept of a stay: four days of quarter-hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """What one car had from its plug-in until now; times in s since the epoch."""

    started_s: float | None = None
    """None before the first car, and where it came before anybody kept this."""
    seen_s: float | None = None
    """Until when it is counted."""
    amounts: Amounts = NOTHING
    meter_start_kwh: float = 0.0
    """What the charger had given in all when the stay began."""
    peak_w: float = 0.0
    """The most that the car drew."""
    spells: tuple[tuple[float, float | None], ...] = ()
    """How long which price held since the plug-in, s; None for an unknown one."""
    saved_before: float | None = None
    """What it was found to have saved when it ended, where the spells are gone."""

    @property
    def saved(self) -> float | None:
        """Return what was saved against charging at once from the grid.

        At once is: the same energy, at the highest power that the car drew, from the
        moment that it was plugged in. None where its price is not known.
        """
        if not self.spells:
            return self.saved_before
        energy_kwh, cost = self.amounts.energy_kwh, self.amounts.cost
        if energy_kwh <= 0 or cost is None or self.amounts.unpriced_kwh > 0:
            return None
        left_s = needed_s = energy_kwh * WS_PER_KWH / max(self.peak_w, 1.0)
        weighed = 0.0
        for length_s, price in self.spells:
            if price is None:
                return None
            part_s = min(length_s, left_s)
            weighed += part_s * price
            left_s -= part_s
            if left_s <= 0:
                break
        if left_s > needed_s / 1000:
            return None
        return energy_kwh * weighed / (needed_s - left_s) - cost

    @property
    def length_s(self) -> float | None:
        """Return how long it has lasted; None where nobody knows when it began."""
        if self.started_s is None or self.seen_s is None:
            return None
        return max(self.seen_s - self.started_s, 0.0)


def began(time_s: float, meter_kwh: float) -> Stay:
    """Return the stay of a car that was plugged in now."""
    return Stay(started_s=time_s, seen_s=time_s, meter_start_kwh=meter_kwh)


def went_on(
    stay: Stay, flow: Flow, amounts: Amounts, tariff: Tariff, time_s: float
) -> Stay:
    """Return a stay at a later moment, with what its car had since."""
    spells = stay.spells
    if stay.seen_s is not None and time_s > stay.seen_s:
        spells = _with_spell(spells, tariff, stay.seen_s, time_s)
    if amounts is not NOTHING:
        peak_w = max(stay.peak_w, flow.power_w)
        stay = replace(stay, amounts=stay.amounts.plus(amounts), peak_w=peak_w)
    return replace(stay, seen_s=time_s, spells=spells)


def _with_spell(
    spells: tuple[tuple[float, float | None], ...],
    tariff: Tariff,
    from_s: float,
    until_s: float,
) -> tuple[tuple[float, float | None], ...]:
    """Return the spells with one more price; it joins the last one where that is equal."""
    mean = mean_price(tariff.bought, from_s, until_s)
    price = mean.price if mean.known >= 1 - 1e-9 else None
    length_s = until_s - from_s
    if spells and spells[-1][1] == price:
        return (*spells[:-1], (spells[-1][0] + length_s, price))
    return spells if len(spells) >= MOST_SPELLS else (*spells, (length_s, price))
