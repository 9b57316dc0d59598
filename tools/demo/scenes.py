"""What the demo shows: homes, and what happens in them."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A home, and what is done in it from the start."""

    words: str
    """What it shows, for the list of scenes."""
    chargers: tuple[str, ...] = ()
    """Their names; without any, the home has the one that it comes with."""
    solar: bool = False
    battery: bool = False
    capacity_tariff_w: float | None = None
    shadow: bool = False
    """Whether the balancer only watches, once the car charges."""
    charging_mode: str = "standard"
    appliances: tuple[str, ...] = ()
    """Switches that are on before the car comes."""
    toys: tuple[tuple[str, bool], ...] = ()
    """Switches of the simulated home that are turned, once the car charges."""


SCENES: Final = {
    "home": Scene(
        words="one charger, and an oven that leaves the car less",
        chargers=("Garage",),
        appliances=("oven",),
    ),
    "sun": Scene(
        words="solar panels and a home battery",
        chargers=("Garage",),
        solar=True,
        battery=True,
        charging_mode="eco",
    ),
    "four-chargers": Scene(
        words="four chargers that share one fuse",
        chargers=("Garage", "Carport", "Driveway", "Guest"),
    ),
    "night": Scene(
        words="two cars that are planned into the cheapest hours",
        chargers=("Garage", "Carport"),
        charging_mode="smart",
    ),
    "overload": Scene(
        words="a charger that ignores commands while the oven is on",
        chargers=("Garage",),
        toys=(("charger_deaf", True), ("oven", True)),
    ),
    "meter-lost": Scene(
        words="a meter that tells nothing any more",
        chargers=("Garage",),
        toys=(("meter_connected", False),),
    ),
    "shadow": Scene(
        words="shadow mode: what would happen, with nothing commanded",
        chargers=("Garage",),
        shadow=True,
        toys=(("oven", True),),
    ),
    "tariff": Scene(
        words="a capacity tariff that limits the mean of each quarter of an hour",
        chargers=("Garage",),
        capacity_tariff_w=8000.0,
    ),
}
DEFAULT_SCENE: Final = "home"
