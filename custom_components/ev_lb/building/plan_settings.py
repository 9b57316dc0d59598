"""The settings of what each car is planned to have, by when, and at which price.

They are a charger's, in subentry.data, and change while the site runs.
"""

from collections.abc import Mapping
from datetime import time
from typing import Any, Final, NamedTuple

from homeassistant.const import PERCENTAGE, UnitOfEnergy
from homeassistant.util import dt as dt_util

from custom_components.ev_lb.const import (
    CONF_CAR_CAPACITY_KWH,
    CONF_CAR_SOC_ENTITY,
    CONF_CAR_SOC_GOAL_PERCENT,
    CONF_CAR_SOC_MIN_PERCENT,
    CONF_CHEAP_PRICE,
    CONF_DEFAULT_DEPARTURE,
    CONF_DEFAULT_ENERGY_KWH,
    CONF_DEPARTURE_DAYS,
    CONF_DEPARTURE_ENTITY,
    CONF_PRICE_LIMIT,
    WEEKDAYS,
)
from custom_components.ev_lb.settings import (
    LARGEST_ENERGY_KWH,
    PERCENT_RANGE,
    Setting,
)

from .stored_numbers import finite, number_of

SECTION_PLAN: Final = "plan"
HIGHEST_PRICE: Final = 10_000.0
"""Of a kWh, in any currency: as a limit it limits nothing."""
KWH: Final = UnitOfEnergy.KILO_WATT_HOUR
READY_AT: Final = time(7)
EVERY_DAY: Final = frozenset(range(len(WEEKDAYS)))

PLAN: Final[Mapping[str, Setting]] = {
    row.key: row
    for row in (
        Setting(
            key=CONF_DEFAULT_ENERGY_KWH,
            default=15.0,
            limits=(0.0, LARGEST_ENERGY_KWH),
            unit=KWH,
            section=SECTION_PLAN,
        ),
        Setting(
            key=CONF_CAR_CAPACITY_KWH,
            limits=(1.0, LARGEST_ENERGY_KWH),
            unit=KWH,
            section=SECTION_PLAN,
        ),
        Setting(
            key=CONF_CAR_SOC_GOAL_PERCENT,
            default=80.0,
            limits=PERCENT_RANGE,
            unit=PERCENTAGE,
            entity="charge_goal",
        ),
        Setting(
            key=CONF_CAR_SOC_MIN_PERCENT,
            default=0.0,
            limits=PERCENT_RANGE,
            unit=PERCENTAGE,
            entity="minimum_charge",
        ),
        Setting(
            key=CONF_PRICE_LIMIT,
            default=HIGHEST_PRICE,
            limits=(-HIGHEST_PRICE, HIGHEST_PRICE),
            step=0.001,
            entity="price_limit",
        ),
        Setting(
            key=CONF_CHEAP_PRICE,
            default=-HIGHEST_PRICE,
            limits=(-HIGHEST_PRICE, HIGHEST_PRICE),
            step=0.001,
            entity="cheap_price",
        ),
    )
}
BATTERY_ENTITIES: Final = frozenset(
    {CONF_CAR_SOC_GOAL_PERCENT, CONF_CAR_SOC_MIN_PERCENT}
)
"""Whose entities need a car that says what is in its battery."""
FORM_KEYS: Final = (
    CONF_DEPARTURE_ENTITY,
    CONF_DEFAULT_DEPARTURE,
    CONF_DEPARTURE_DAYS,
    CONF_DEFAULT_ENERGY_KWH,
    CONF_CAR_SOC_ENTITY,
    CONF_CAR_CAPACITY_KWH,
)
"""What the charger's forms ask for."""
PLAN_KEYS: Final = frozenset(FORM_KEYS) | PLAN.keys()
"""What is only planned by: without it a charger is controlled as safely."""
PLAN_TUNABLES: Final = PLAN_KEYS - {
    CONF_CAR_SOC_ENTITY,
    CONF_CAR_CAPACITY_KWH,
}
"""What takes effect while the site runs on; the others come with entities."""


class CarSettings(NamedTuple):
    """What is set of the car at one charger."""

    departure_entity: str | None
    default_departure: time
    departure_days: frozenset[int]
    """0 for Monday."""
    default_energy_kwh: float
    soc_entity: str | None
    """None where the capacity is not known, either."""
    capacity_kwh: float
    goal_percent: float
    min_percent: float
    price_limit: float
    cheap_price: float


def tells_its_charge(data: Mapping[str, Any]) -> bool:
    """Return whether the car's charge is known: by a sensor, and what 100 % are."""
    return bool(data.get(CONF_CAR_SOC_ENTITY)) and (
        finite(data.get(CONF_CAR_CAPACITY_KWH)) is not None
    )


def car_settings(data: Mapping[str, Any]) -> CarSettings:
    """Return what is set, or what holds where it is not or cannot be read."""
    return CarSettings(
        departure_entity=_text(data.get(CONF_DEPARTURE_ENTITY)),
        default_departure=_time(data.get(CONF_DEFAULT_DEPARTURE)),
        departure_days=_days(data.get(CONF_DEPARTURE_DAYS)),
        default_energy_kwh=number_of(data, PLAN[CONF_DEFAULT_ENERGY_KWH]),
        soc_entity=_text(data.get(CONF_CAR_SOC_ENTITY))
        if tells_its_charge(data)
        else None,
        capacity_kwh=finite(data.get(CONF_CAR_CAPACITY_KWH)) or 0.0,
        goal_percent=number_of(data, PLAN[CONF_CAR_SOC_GOAL_PERCENT]),
        min_percent=number_of(data, PLAN[CONF_CAR_SOC_MIN_PERCENT]),
        price_limit=number_of(data, PLAN[CONF_PRICE_LIMIT]),
        cheap_price=number_of(data, PLAN[CONF_CHEAP_PRICE]),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _time(value: object) -> time:
    parsed = dt_util.parse_time(value) if isinstance(value, str) else None
    return READY_AT if parsed is None else parsed


def _days(value: object) -> frozenset[int]:
    """Return the days that were picked; none at all stands for every day."""
    if not isinstance(value, list | tuple):
        return EVERY_DAY
    return frozenset(WEEKDAYS.index(day) for day in value if day in WEEKDAYS) or (
        EVERY_DAY
    )
