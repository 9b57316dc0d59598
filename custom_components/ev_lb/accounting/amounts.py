"""Energy and money that belong together: of a look, a stay, a month, or in all."""

from operator import add
from typing import Final, NamedTuple

from .sources import Sources
from .tariff import Tariff, mean_price

WS_PER_KWH: Final = 3.6e6
CHARGING_W: Final = 100.0
"""A car that draws less does not charge, W."""


class Amounts(NamedTuple):
    """What was charged and what it cost at the prices of the moments it flowed."""

    grid_kwh: float = 0.0
    solar_kwh: float = 0.0
    """From neither the grid nor the home battery."""
    battery_kwh: float = 0.0
    grid_cost: float = 0.0
    solar_cost: float = 0.0
    """What sun and battery would have earned as export, if anybody says what."""
    charging_s: float = 0.0
    """How long the car charged, s."""
    estimated_kwh: float = 0.0
    """The part of the energy that nothing measured."""
    unpriced_kwh: float = 0.0
    """The part from the grid whose price was not known."""

    def plus(self, other: Amounts) -> Amounts:
        """Return both together."""
        return Amounts(*map(add, self, other, strict=True))

    @property
    def energy_kwh(self) -> float:
        """Return the energy in all, kWh."""
        return self.grid_kwh + self.solar_kwh + self.battery_kwh

    @property
    def solar_share(self) -> float | None:
        """Return the sun's part of the energy, 0 to 1; None before there is any."""
        energy_kwh = self.energy_kwh
        return self.solar_kwh / energy_kwh if energy_kwh > 0 else None

    @property
    def cost(self) -> float | None:
        """Return what it cost; None where no price of the grid was known."""
        if 0 < self.grid_kwh <= self.unpriced_kwh:
            return None
        return self.grid_cost + self.solar_cost

    @property
    def price_per_kwh(self) -> float | None:
        """Return what a kWh cost on average, of those with a price."""
        priced_kwh, cost = self.energy_kwh - self.unpriced_kwh, self.cost
        return None if cost is None or priced_kwh <= 0 else cost / priced_kwh


NOTHING = Amounts()


class Flow(NamedTuple):
    """What one charger gives its car for some time."""

    power_w: float
    measured: bool
    """Whether anything measures it; else it is taken from what the charger is set to."""


def amounts_of(
    flow: Flow, sources: Sources, tariff: Tariff, from_s: float, until_s: float
) -> Amounts:
    """Return what a flow comes to between two moments, s since the epoch.

    What has no known price is no money, but unpriced. Time that goes back is none.
    """
    elapsed_s = until_s - from_s
    if elapsed_s <= 0 or flow.power_w <= 0:
        return NOTHING
    energy_kwh = flow.power_w * elapsed_s / WS_PER_KWH
    grid_kwh = energy_kwh * sources.grid
    battery_kwh = energy_kwh * sources.battery
    solar_kwh = energy_kwh * sources.solar
    bought = mean_price(tariff.bought, from_s, until_s)
    earned = mean_price(tariff.earned, from_s, until_s)
    return Amounts(
        grid_kwh=grid_kwh,
        solar_kwh=solar_kwh,
        battery_kwh=battery_kwh,
        grid_cost=grid_kwh * bought.known * bought.price,
        solar_cost=(solar_kwh + battery_kwh) * earned.known * earned.price,
        charging_s=elapsed_s if flow.power_w >= CHARGING_W else 0.0,
        estimated_kwh=0.0 if flow.measured else energy_kwh,
        unpriced_kwh=grid_kwh * (1.0 - bought.known),
    )
