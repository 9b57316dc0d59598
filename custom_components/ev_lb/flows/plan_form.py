"""The section of what a charger's car is planned to have, and by when."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import selector
import probatio

from custom_components.ev_lb.building.plan_settings import (
    FORM_KEYS,
    PLAN,
    READY_AT,
    SECTION_PLAN,
)
from custom_components.ev_lb.const import (
    CONF_CAR_CAPACITY_KWH,
    CONF_CAR_SOC_ENTITY,
    CONF_DEFAULT_DEPARTURE,
    CONF_DEFAULT_ENERGY_KWH,
    CONF_DEPARTURE_DAYS,
    CONF_DEPARTURE_ENTITY,
    WEEKDAYS,
)

from .forms import choices, collapsed, entity, number, optional
from .validation import BATTERY_SOC, EntityNeed, FormCheck, check_entity

DEPARTURE: Final = EntityNeed(
    domains=(
        Platform.DATETIME,
        Platform.TIME,
        Platform.SENSOR,
        Platform.CALENDAR,
        "input_datetime",
        "schedule",
    ),
    domain_error="not_a_departure",
)
PLAN_DEFAULTS: Final[Mapping[str, Any]] = {
    CONF_DEFAULT_DEPARTURE: READY_AT.isoformat(),
    CONF_DEPARTURE_DAYS: list(WEEKDAYS),
    CONF_DEFAULT_ENERGY_KWH: PLAN[CONF_DEFAULT_ENERGY_KWH].default,
}


def plan_fields(values: Mapping[str, Any]) -> dict[probatio.Marker, Any]:
    """Return the section of need and departure."""
    values = {**PLAN_DEFAULTS, **values}
    return collapsed(
        SECTION_PLAN,
        {
            optional(CONF_DEPARTURE_ENTITY, values): selector.EntitySelector(
                selector.EntitySelectorConfig(
                    filter=[
                        {"domain": [d for d in DEPARTURE.domains if d != "sensor"]},
                        {"domain": ["sensor"], "device_class": "timestamp"},
                    ]
                )
            ),
            optional(CONF_DEFAULT_DEPARTURE, values): selector.TimeSelector(),
            optional(CONF_DEPARTURE_DAYS, values): choices([*WEEKDAYS], "weekday"),
            optional(CONF_DEFAULT_ENERGY_KWH, values): number(
                PLAN[CONF_DEFAULT_ENERGY_KWH]
            ),
            optional(CONF_CAR_SOC_ENTITY, values): entity(BATTERY_SOC),
            optional(CONF_CAR_CAPACITY_KWH, values): number(
                PLAN[CONF_CAR_CAPACITY_KWH]
            ),
        },
    )


def check_plan(
    hass: HomeAssistant, check: FormCheck, values: Mapping[str, Any]
) -> None:
    """Check what was entered of need and departure."""
    for key in (CONF_DEFAULT_ENERGY_KWH, CONF_CAR_CAPACITY_KWH):
        if values.get(key) is not None:
            check.in_range(PLAN[key], values)
    for key, need in (
        (CONF_DEPARTURE_ENTITY, DEPARTURE),
        (CONF_CAR_SOC_ENTITY, BATTERY_SOC),
    ):
        if entity_id := values.get(key):
            check_entity(hass, check, SECTION_PLAN, entity_id, need)
    has_sensor = bool(values.get(CONF_CAR_SOC_ENTITY))
    if has_sensor and values.get(CONF_CAR_CAPACITY_KWH) is None:
        check.fail(SECTION_PLAN, "car_capacity_missing")


def without_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be stored: what stands as it is anyway is left out."""
    found = {key: values[key] for key in FORM_KEYS if values.get(key) is not None}
    if CONF_DEPARTURE_DAYS in found:
        picked = found[CONF_DEPARTURE_DAYS]
        found[CONF_DEPARTURE_DAYS] = [day for day in WEEKDAYS if day in picked]
    return {
        key: value for key, value in found.items() if value != PLAN_DEFAULTS.get(key)
    }
