"""The fields of prices: what they hold, what fits them, and what is filled in."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import entity_registry as er
import probatio

from custom_components.ev_lb.const import CONF_EXPORT_PRICE_ENTITY, CONF_PRICE_ENTITY
from custom_components.ev_lb.control.energy_dashboard import async_dashboard_prices
from custom_components.ev_lb.prices.actions import ACTIONS
from custom_components.ev_lb.prices.unit import unit_worth

from .forms import SECTION_PRICES, entity, optional
from .validation import PRICE, FormCheck, check_entity, kind_of

PRICE_KEYS: Final = (CONF_PRICE_ENTITY, CONF_EXPORT_PRICE_ENTITY)
NOW: Final = "current"
"""What the unique id of a price that holds now has in it, where there are others."""


def price_fields(values: Mapping[str, Any]) -> dict[probatio.Marker, Any]:
    """Return the fields of the prices."""
    return {optional(key, values): entity(PRICE) for key in PRICE_KEYS}


def check_prices(
    hass: HomeAssistant, check: FormCheck, picked: Mapping[str, str | None]
) -> None:
    """Check that each entity that was picked shows a price of energy, or a week."""
    for key in PRICE_KEYS:
        if not (entity_id := picked.get(key)):
            continue
        check_entity(hass, check, SECTION_PRICES, entity_id, PRICE)
        unit, _ = kind_of(hass, entity_id)
        if unit_worth(unit) is None:
            check.fail(SECTION_PRICES, PRICE.domain_error)


async def async_suggested_prices(hass: HomeAssistant) -> dict[str, str]:
    """Return what probably belongs into the fields.

    What the Energy dashboard counts with; else the price that the only integration of
    prices shows.
    """
    known = await async_dashboard_prices(hass)
    found = {
        CONF_PRICE_ENTITY: known.price_entity or _only_price(hass),
        CONF_EXPORT_PRICE_ENTITY: known.export_price_entity,
    }
    return {key: entity_id for key, entity_id in found.items() if entity_id}


async def async_prices_as_before(
    hass: HomeAssistant, stored: Mapping[str, Any], sent: Mapping[str, Any]
) -> list[str]:
    """Return which prices were only filled in from the Energy dashboard.

    They are read anyway, and follow the dashboard as long as nobody picks others.
    """
    known = await async_dashboard_prices(hass)
    counted = {
        CONF_PRICE_ENTITY: known.price_entity,
        CONF_EXPORT_PRICE_ENTITY: known.export_price_entity,
    }
    return [
        key
        for key, entity_id in counted.items()
        if key in sent and key not in stored and sent[key] == entity_id
    ]


def _only_price(hass: HomeAssistant) -> str | None:
    rows = [
        row
        for row in er.async_get(hass).entities.values()
        if row.platform in ACTIONS
        and split_entity_id(row.entity_id)[0] == Platform.SENSOR
        and not row.disabled
        and "/" in (row.unit_of_measurement or "")
        and unit_worth(row.unit_of_measurement) is not None
    ]
    if len(rows) > 1:
        rows = [row for row in rows if NOW in row.unique_id.lower()]
    return rows[0].entity_id if len(rows) == 1 else None
