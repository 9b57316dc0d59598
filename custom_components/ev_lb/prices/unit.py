"""What a price sensor shows, in the main unit of its currency per kWh."""

from enum import StrEnum
from typing import Final, NamedTuple

from .values import number

ENERGY: Final = {"kwh": 1.0, "mwh": 1e-3, "wh": 1e3, "gwh": 1e-6}
"""What a price per that much energy is worth per kWh."""

HUNDREDTHS: Final = frozenset(
    {
        *("¢", "c", "ct", "ct.", "cts", "cent", "cents", "eurocent", "€cent", "€ct"),
        *("eurct", "usd¢", "p", "pence", "penny", "öre", "øre", "ore", "aurar", "snt"),
        *("sentti", "gr", "grosz", "groszy", "haléř", "haléřů", "bani", "ban", "sen"),
        *("stotinki", "rp", "rp.", "rappen", "centime", "centimes", "céntimo", "para"),
        *("céntimos", "cêntimo", "cêntimos", "santiim", "centas", "fillér", "lipa"),
    }
)
"""Words for a hundredth of a currency."""

NO_MONEY: Final = frozenset(
    {*ENERGY, "%", "w", "kw", "mw", "a", "v", "va", "°c", "h", "s", "min", "g", "kg"}
)


class PriceProblem(StrEnum):
    """Why there are no prices to plan with."""

    UNAVAILABLE = "unavailable"
    """The sensor shows no number."""
    WRONG_UNIT = "wrong_unit"
    """The sensor shows something else than a price of energy."""
    NO_SERIES = "no_series"
    """Only the present price is to be had."""
    MISMATCH = "mismatch"
    """No unit makes the series agree with what the sensor shows."""
    ENDED = "ended"
    """The series has nothing for now or later."""


class Shown(NamedTuple):
    """What a price sensor shows."""

    price: float
    """Currency per kWh."""
    rounding: float
    """How far the true price may be off by the digits shown."""


def unit_worth(unit: str | None) -> float | None:
    """Return what 1 in a unit is in currency per kWh; None for no unit of a price.

    What has no unit, or a currency only, is taken per kWh.
    """
    text = "".join((unit or "").lower().split())
    money, _, energy = text.replace("per", "/").partition("/")
    worth = ENERGY.get(energy or "kwh")
    if worth is None or money in NO_MONEY:
        return None
    return worth * 0.01 if money in HUNDREDTHS else worth


def shown(state: str | None, unit: str | None) -> Shown | PriceProblem:
    """Return what a state says, or why it says no price."""
    value = None if state is None else number(state)
    if state is None or value is None:
        return PriceProblem.UNAVAILABLE
    worth = unit_worth(unit)
    if worth is None:
        return PriceProblem.WRONG_UNIT
    mantissa, _, exponent = state.lower().replace(",", ".").partition("e")
    decimals = len(mantissa.strip().partition(".")[2])
    power = min(max((number(exponent) or 0.0) - decimals, -300.0), 12.0)
    return Shown(value * worth, 0.5 * worth * 10.0**power)
