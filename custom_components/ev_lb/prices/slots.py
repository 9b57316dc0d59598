"""All that is expected of some time, put together as the slots that a plan is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from custom_components.ev_lb.engine.planning.forecast import (
    QUARTER_S,
    Load,
    Price,
    Sunshine,
    house_forecast,
    slots_of,
)
from custom_components.ev_lb.engine.planning.request import Slot

from .history import KEPT_S, QuarterHistory, without_sun
from .horizon import in_windows, prices_until, with_feed_in
from .sunshine import learned_factor, scaled
from .values import clock_changes

type PlanSlots = tuple[Slot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is known of prices, house and roof."""

    zone: tzinfo
    prices: Sequence[Price]
    """Of the last week and to come."""
    earned: Sequence[Price] = ()
    """What export earned and will earn."""
    dispatches: Sequence[tuple[float, float]] = ()
    house: QuarterHistory
    """What grid and roof gave the house, A per phase."""
    roof: QuarterHistory
    """What was forecast of the sun, and what it gave, W."""
    sunshine: Sequence[Sunshine] = ()
    sun_w: float | None = None
    """What the roof gives now."""
    phases: Sequence[int] = (0, 1, 2)
    voltage_v: float = 230.0

    def slots(self, from_s: float, until_s: float) -> PlanSlots:
        """Return the slots of some time; none where no price is known.

        Where the roof is not measured, or its sun is not forecast, the sun of the last
        week stands in what the house drew.
        """
        prices = prices_until(self.prices, from_s, until_s, self.zone)
        if not prices:
            return ()
        lowest = min(row.price for row in self.prices)
        prices = in_windows(prices, self.dispatches, lowest)
        if self.earned:
            earned = prices_until(self.earned, from_s, until_s, self.zone)
            prices = with_feed_in(prices, earned)
        sun: Sequence[Sunshine] = ()
        if self.roof.means and self.sunshine:
            learned = learned_factor(
                (row[0], row[1]) for row in self.roof.means.values()
            )
            sun = scaled(self.sunshine, from_s, self.sun_w, learned)
        clock = clock_changes(self.zone, from_s - KEPT_S, until_s)
        loads = self._loads(with_sun=bool(sun))
        return slots_of(
            prices,
            house_forecast(loads, from_s, until_s, clock),
            sun,
            sun_phases=self.phases,
            voltage_v=self.voltage_v,
        )

    def _loads(self, *, with_sun: bool) -> list[Load]:
        """Return what the house drew, of its own where the sun is forecast apart."""
        rows = []
        for start_s, values in self.house.means.items():
            net_a = (values[0], values[1], values[2])
            if with_sun:
                seen = self.roof.means.get(start_s)
                if seen is None:
                    continue
                net_a = without_sun(net_a, seen[1], self.phases, self.voltage_v)
            rows.append(Load(start_s, start_s + QUARTER_S, net_a))
        return rows
