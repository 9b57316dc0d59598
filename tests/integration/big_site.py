"""A site that has all there is: three chargers, a circuit, sun, a battery, a tariff."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.number import NumberEntity
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import DATA_INSTANCES
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.ev_lb.const import DOMAIN

ENTRY_ID = "estate"
CIRCUIT_ID = "barn"
NAMES = {"garage": "Garage", "left": "Barn left", "right": "Barn right"}
CHARGER_IDS = tuple(NAMES)
PHASES = ("l1", "l2", "l3")


def charger(charger_id: str) -> dict[str, Any]:
    return {
        "driver": "entities",
        "current_entity": f"number.{charger_id}_limit",
        "measured_current_entity": f"sensor.{charger_id}_current",
        "status_entity": f"sensor.{charger_id}_status",
        "charging_states": ["charging"],
        "connected_states": ["connected"],
        "disconnected_states": ["disconnected"],
        "phases": list(PHASES),
        "max_current_a": 16.0,
        "min_current_a": 6.0,
        "response_time_s": 5.0,
        "pause_s": 60.0,
        "circuit": "grid" if charger_id == "garage" else CIRCUIT_ID,
    }


def big_entry(**options: Any) -> MockConfigEntry:
    """Return the config entry of the site, with some options changed."""
    return MockConfigEntry(
        domain=DOMAIN,
        entry_id=ENTRY_ID,
        title="Estate",
        data={
            "meter_kind": "phase_current",
            **{f"{phase}_entity": f"sensor.grid_{phase}" for phase in PHASES},
            "phases": 3,
            "can_export": True,
            "solar_power_entity": "sensor.solar",
            "battery_soc_entity": "sensor.battery_soc",
            "battery_power_entity": "sensor.battery_power",
        },
        options={
            "service_current_a": 40.0,
            "import_limit_w": 27000.0,
            "capacity_tariff_limit_w": 20000.0,
            **options,
        },
        subentries_data=[
            ConfigSubentryDataWithId(
                data={"circuit_limit_a": 20.0, "phases": list(PHASES)},
                subentry_id=CIRCUIT_ID,
                subentry_type="circuit",
                title="Barn",
                unique_id=None,
            ),
            *(
                ConfigSubentryDataWithId(
                    data=charger(charger_id),
                    subentry_id=charger_id,
                    subentry_type="charger",
                    title=title,
                    unique_id=None,
                )
                for charger_id, title in NAMES.items()
            ),
        ],
    )


class BigSite:
    """The running site; its cars draw at once what they are offered."""

    def __init__(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        entry: MockConfigEntry,
    ) -> None:
        self.hass = hass
        self.freezer = freezer
        self.entry = entry
        self.house_a = (4.0, 2.0, 2.0)
        self.solar_w = 0.0
        self.battery_soc = 50.0
        self.limits_a = dict.fromkeys(CHARGER_IDS, 0.0)
        self.plugged_in = set(CHARGER_IDS)

    async def start(self, **changes: Any) -> None:
        """Set the site up, with its config entry changed."""
        assert await async_setup_component(self.hass, "number", {})
        self.hass.services.async_register("number", "set_value", self._told)
        self.report()
        self.entry.add_to_hass(self.hass)
        if changes:
            self.hass.config_entries.async_update_entry(self.entry, **changes)
        assert await self.hass.config_entries.async_setup(ENTRY_ID)
        await self.hass.async_block_till_done()

    async def _told(self, call: Any) -> None:
        entity_id = call.data["entity_id"]
        entity_id = entity_id if isinstance(entity_id, str) else entity_id[0]
        charger_id = entity_id.removeprefix("number.").removesuffix("_limit")
        if charger_id in self.limits_a:
            self.limits_a[charger_id] = call.data["value"]
            return
        own = self.hass.data[DATA_INSTANCES]["number"].get_entity(entity_id)
        assert isinstance(own, NumberEntity)
        await own.async_set_native_value(call.data["value"])

    def drawn_a(self, charger_id: str) -> float:
        """Return what a car draws on each phase, A."""
        return self.limits_a[charger_id] if charger_id in self.plugged_in else 0.0

    def report(self) -> None:
        """Let all sensors tell what is."""
        cars_a = sum(map(self.drawn_a, CHARGER_IDS))
        solar_a = self.solar_w / 230 / 3
        for phase, house_a in zip(PHASES, self.house_a, strict=True):
            self._set(f"sensor.grid_{phase}", house_a + cars_a - solar_a, "A")
        self._set("sensor.solar", self.solar_w, "W")
        self._set("sensor.battery_soc", self.battery_soc, "%")
        self._set("sensor.battery_power", 0.0, "W")
        for charger_id in CHARGER_IDS:
            limit_a = self.limits_a[charger_id]
            self._set(f"number.{charger_id}_limit", limit_a, "A", min=0, max=32, step=1)
            self._set(f"sensor.{charger_id}_current", self.drawn_a(charger_id), "A")
            status = "disconnected"
            if charger_id in self.plugged_in:
                status = "charging" if limit_a else "connected"
            self.hass.states.async_set(f"sensor.{charger_id}_status", status)

    def _set(self, entity_id: str, value: float, unit: str, **more: Any) -> None:
        attributes = {"unit_of_measurement": unit, **more}
        self.hass.states.async_set(entity_id, f"{value:.1f}", attributes)

    async def pass_time(self, seconds: int) -> None:
        """Let time go on; everything reports each second."""
        for _ in range(seconds):
            self.freezer.tick(1)
            self.report()
            async_fire_time_changed(self.hass)
            await self.hass.async_block_till_done()

    async def stay_silent(self, seconds: int) -> None:
        """Let time go on while nothing reports."""
        self.freezer.tick(seconds)
        async_fire_time_changed(self.hass)
        await self.hass.async_block_till_done()

    def entity_id(self, platform: str, key: str, owner: str = ENTRY_ID) -> str:
        """Return one of our own entities."""
        found = er.async_get(self.hass).async_get_entity_id(
            platform, DOMAIN, f"{owner}_{key}"
        )
        assert found is not None, (platform, key, owner)
        return found

    def state(self, platform: str, key: str, owner: str = ENTRY_ID) -> str:
        """Return the state of one of our own entities."""
        state = self.hass.states.get(self.entity_id(platform, key, owner))
        assert state is not None, (platform, key, owner)
        return state.state

    async def call(
        self, platform: str, service: str, key: str, owner: str = ENTRY_ID, **data: Any
    ) -> None:
        """Use one of our own entities as the frontend does."""
        await self.hass.services.async_call(
            platform,
            service,
            {"entity_id": self.entity_id(platform, key, owner), **data},
            blocking=True,
        )
        await self.hass.async_block_till_done()
