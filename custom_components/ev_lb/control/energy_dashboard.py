"""What the Energy dashboard knows of prices and of the sun to come."""

import asyncio
from collections.abc import Mapping, Sequence
import logging
from typing import Any, Final, NamedTuple

from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant

from .answers import ANSWER_S

LOGGER: Final = logging.getLogger(__name__)


class DashboardPrices(NamedTuple):
    """What a kWh costs and earns by the Energy dashboard: an entity, or a number."""

    price_entity: str | None = None
    price: float | None = None
    export_price_entity: str | None = None
    export_price: float | None = None


async def async_dashboard_prices(hass: HomeAssistant) -> DashboardPrices:
    """Return the prices of the one grid connection of the dashboard."""
    grids = [row for row in await _async_sources(hass) if row.get("type") == "grid"]
    if len(grids) != 1:
        return DashboardPrices()
    grid = grids[0]
    return DashboardPrices(
        grid.get("entity_energy_price"),
        grid.get("number_energy_price"),
        grid.get("entity_energy_price_export"),
        grid.get("number_energy_price_export"),
    )


async def _async_sources(hass: HomeAssistant) -> Sequence[Mapping[str, Any]]:
    data: Mapping[str, Any] = (await async_get_manager(hass)).data or {}
    sources: Sequence[Mapping[str, Any]] = data.get("energy_sources", ())
    return sources


async def async_solar_forecasts(
    hass: HomeAssistant, wait_s: float = ANSWER_S
) -> list[Any]:
    """Return the forecast of each roof, as its integration gives it.

    Home Assistant has no public call for that: what the dashboard asks is asked here,
    and where that is not there any more, there is no forecast.
    """
    try:
        from homeassistant.components.energy.websocket_api import (  # noqa: PLC0415 - no public interface: it may go
            async_get_energy_platforms,
        )
    except ImportError:
        return []
    entry_ids = [
        entry_id
        for source in await _async_sources(hass)
        if source.get("type") == "solar"
        for entry_id in source.get("config_entry_solar_forecast") or ()
    ]
    if not entry_ids:
        return []
    found = []
    try:
        async with asyncio.timeout(wait_s):
            platforms = await async_get_energy_platforms(hass)
    except TimeoutError:
        return []
    for entry_id in entry_ids:
        entry = hass.config_entries.async_get_entry(entry_id)
        platform = None if entry is None else platforms.get(entry.domain)
        if platform is None:
            continue
        try:
            async with asyncio.timeout(wait_s):
                found.append(await platform(hass, entry_id))
        except Exception as error:  # noqa: BLE001 - it is another's code, and may be down
            LOGGER.debug("Solar forecast of %s: %s", entry_id, error)
    return found
