"""A simulated home in Home Assistant, with time that passes as a test wants."""

from datetime import timedelta
from types import MappingProxyType
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry, ConfigSubentryDataWithId
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.ev_lb.const import DOMAIN

ENTRY_ID = "simulated"
CHARGER_ID = "simulated_charger"
SECOND_ID = "second_charger"
CHARGER: dict[str, Any] = {
    "driver": "simulated",
    "phases": ["l1", "l2", "l3"],
    "max_current_a": 16.0,
    "min_current_a": 6.0,
    "response_time_s": 15.0,
    "pause_s": 180.0,
}


class SimulatedSite:
    """A site with a simulated home, and the hands to play with it."""

    def __init__(
        self, hass: HomeAssistant, freezer: FrozenDateTimeFactory, **data: Any
    ) -> None:
        self.hass = hass
        self.freezer = freezer
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            entry_id=ENTRY_ID,
            title="Simulated home",
            data={
                "meter_kind": "phase_current",
                "phases": 3,
                "simulated": True,
                "simulation_speed": 10.0,
                **data,
            },
            options={"service_current_a": 25.0},
            subentries_data=[
                ConfigSubentryDataWithId(
                    data=CHARGER,
                    subentry_id=CHARGER_ID,
                    subentry_type="charger",
                    title="Simulated charger",
                    unique_id=None,
                )
            ],
        )

    async def start(self) -> None:
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(ENTRY_ID)
        await self.hass.async_block_till_done()

    async def pass_plant_time(self, seconds: float) -> None:
        """Let the plant live on, in steps of one of its seconds."""
        for _ in range(round(seconds)):
            self.freezer.tick(timedelta(seconds=0.1))
            async_fire_time_changed(self.hass)
            await self.hass.async_block_till_done()

    def entity_id(self, platform: str, key: str, *owners: str) -> str:
        registry = er.async_get(self.hass)
        for owner in owners:
            if entity_id := registry.async_get_entity_id(
                platform, DOMAIN, f"{owner}_{key}"
            ):
                return entity_id
        pytest.fail(f"there is no {platform} {key}")

    def plant_id(self, platform: str, key: str, charger_id: str = CHARGER_ID) -> str:
        owners = (f"{ENTRY_ID}_simulated", f"{charger_id}_simulated")
        return self.entity_id(platform, key, *owners)

    def plant(self, platform: str, key: str) -> str:
        state = self.hass.states.get(self.plant_id(platform, key))
        assert state is not None
        return state.state

    def charger(self, platform: str, key: str, charger_id: str = CHARGER_ID) -> str:
        state = self.hass.states.get(self.entity_id(platform, key, charger_id))
        assert state is not None
        return state.state

    def site(self, platform: str, key: str) -> str:
        state = self.hass.states.get(self.entity_id(platform, key, ENTRY_ID))
        assert state is not None
        return state.state

    async def switch(
        self, key: str, service: str, charger_id: str = CHARGER_ID
    ) -> None:
        await self.hass.services.async_call(
            "switch",
            service,
            {ATTR_ENTITY_ID: self.plant_id("switch", key, charger_id)},
            blocking=True,
        )
        await self.hass.async_block_till_done()

    async def choose_mode(self, mode: str) -> None:
        await self.hass.services.async_call(
            "select",
            "select_option",
            {
                ATTR_ENTITY_ID: self.entity_id("select", "charging_mode", ENTRY_ID),
                "option": mode,
            },
            blocking=True,
        )

    async def add_second_charger(self) -> None:
        self.hass.config_entries.async_add_subentry(
            self.entry,
            ConfigSubentry(
                data=MappingProxyType(CHARGER),
                subentry_id=SECOND_ID,
                subentry_type="charger",
                title="Second charger",
                unique_id=None,
            ),
        )
        await self.hass.async_block_till_done()
