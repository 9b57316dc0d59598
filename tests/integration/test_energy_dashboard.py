"""What the Energy dashboard knows is asked for, and waited for only so long."""

import asyncio
from typing import Any

from homeassistant.components.energy import websocket_api
from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_lb.control.energy_dashboard import async_solar_forecasts


async def test_a_forecast_that_never_comes_is_not_waited_for(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [MockConfigEntry(domain=name) for name in ("hangs", "fails", "works")]
    for entry in entries:
        entry.add_to_hass(hass)
    manager = await async_get_manager(hass)
    manager.data = {
        "energy_sources": [
            {
                "type": "solar",
                "stat_energy_from": "sensor.sun",
                "config_entry_solar_forecast": [row.entry_id for row in entries],
            }
        ],
        "device_consumption": [],
        "device_consumption_water": [],
    }
    forecast = {"wh_hours": {"2026-12-01T12:00:00+00:00": 500}}

    async def hangs(hass: HomeAssistant, entry_id: str) -> Any:
        await asyncio.sleep(3600)

    async def fails(hass: HomeAssistant, entry_id: str) -> Any:
        raise ValueError(entry_id)

    async def works(hass: HomeAssistant, entry_id: str) -> Any:
        return forecast

    async def platforms(hass: HomeAssistant) -> Any:
        return {"hangs": hangs, "fails": fails, "works": works}

    monkeypatch.setattr(websocket_api, "async_get_energy_platforms", platforms)
    assert await async_solar_forecasts(hass, 0.01) == [forecast]
