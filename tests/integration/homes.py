"""A balanced home to watch: its meter is set, its charger's commands are heard."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.ev_lb.const import CONFIG_VERSION, DOMAIN

POWER = "sensor.grid_power"
CURRENTS = ("sensor.grid_l1", "sensor.grid_l2", "sensor.grid_l3")
NUMBER = "number.charger_limit"
SWITCH = "switch.charger"
STATUS = "sensor.charger_status"
MEASURED = "sensor.charger_current"
ENTRY_ID = "home"
CHARGER_ID = "garage"

SITE: dict[str, Any] = {
    "meter_kind": "total_power",
    "power_entity": POWER,
    "phases": 1,
    "invert_sign": False,
    "can_export": False,
    "voltage_v": 230.0,
    "freshness_limit_s": 60.0,
    "meter_loss_behavior": "stop",
    "fallback_current_a": 6.0,
}
OPTIONS: dict[str, Any] = {
    "service_current_a": 32.0,
    "ramp_up_time_s": 30.0,
    "meter_grace_s": 0.0,
    "enabled": True,
}
CHARGER: dict[str, Any] = {
    "driver": "entities",
    "current_entity": NUMBER,
    "switch_entity": SWITCH,
    "phases": ["l1"],
    "max_current_a": 32.0,
    "min_current_a": 6.0,
    "response_time_s": 15.0,
    "pause_s": 180.0,
}

PHASE_SITE: dict[str, Any] = {
    "meter_kind": "phase_current",
    "phases": 3,
    **dict(zip(("l1_entity", "l2_entity", "l3_entity"), CURRENTS, strict=True)),
}
"""What is other where the current of each phase is measured."""
TELLING_CHARGER: dict[str, Any] = {
    "switch_entity": None,
    "phases": ["l1", "l2", "l3"],
    "max_current_a": 16.0,
    "measured_current_entity": MEASURED,
    "status_entity": STATUS,
    "charging_states": ["charging"],
    "connected_states": ["connected"],
    "disconnected_states": ["disconnected"],
}
"""What is other where the charger tells what its car draws and does."""


def make_entry(
    site: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    charger: Mapping[str, Any] | None = None,
    entry_id: str = ENTRY_ID,
) -> MockConfigEntry:
    """Return a site with one charger, as the flows leave it."""
    return MockConfigEntry(
        domain=DOMAIN,
        version=CONFIG_VERSION,
        entry_id=entry_id,
        title="Home",
        data={**SITE, **(site or {})},
        options={**OPTIONS, **(options or {})},
        subentries_data=[
            ConfigSubentryDataWithId(
                data={**CHARGER, **(charger or {})},
                subentry_id=CHARGER_ID,
                subentry_type="charger",
                title="Garage",
                unique_id=None,
            )
        ],
    )


@dataclass
class Home:
    """A running site between a meter that is set and a charger that is heard."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    entry: MockConfigEntry
    calls: list[tuple[str, Any]] = field(default_factory=list)
    """What the charger was told: (service, value), in order."""
    failing: bool = False
    """Whether the charger refuses what it is told."""
    minimum_a: float = 0.0
    """The lowest current that the charger's number takes, A."""
    maximum_a: float = 32.0
    """The highest one, A."""
    step_a: float = 1.0
    resets_to_a: float | None = None
    """What its number shows whenever it has been switched on, A."""
    during_call: Callable[[], None] | None = None
    """What happens while a call is on its way."""

    async def install_charger(self, current_a: float = 0.0, *, on: bool = True) -> None:
        """Let the charger stand at a current, and listen to what it is told."""
        # Whoever registers a service last answers it.
        for platform in ("number", "switch"):
            assert await async_setup_component(self.hass, platform, {})
        self.set_number(current_a)
        self.hass.states.async_set(SWITCH, "on" if on else "off")

        async def told(call: ServiceCall) -> None:
            self.calls.append((call.service, call.data.get("value")))
            if self.during_call is not None:
                self.during_call()
            if self.failing:
                raise HomeAssistantError("the charger does not answer")
            if call.service == "set_value":
                self.set_number(call.data["value"])
                return
            self.hass.states.async_set(SWITCH, call.service.removeprefix("turn_"))
            if call.service == "turn_on" and self.resets_to_a is not None:
                self.set_number(self.resets_to_a)

        self.hass.services.async_register("number", "set_value", told)
        self.hass.services.async_register("switch", "turn_on", told)
        self.hass.services.async_register("switch", "turn_off", told)

    def set_number(self, current_a: float) -> None:
        """Let the charger's number show a current, in the unit that it has."""
        before = self.hass.states.get(NUMBER)
        # What is away shows no unit.
        shown = {} if before is None else before.attributes
        unit = shown.get("unit_of_measurement", "A")
        units_per_a = 1000 if unit == "mA" else 1
        self.hass.states.async_set(
            NUMBER,
            str(current_a),
            {
                "min": self.minimum_a * units_per_a,
                "max": self.maximum_a * units_per_a,
                "step": self.step_a * units_per_a,
                "unit_of_measurement": unit,
            },
        )

    def meter(self, value: object, unit: str = "W", entity_id: str = POWER) -> None:
        """Let the meter report."""
        self.hass.states.async_set(entity_id, str(value), {"unit_of_measurement": unit})

    async def start(self) -> None:
        """Set the site up."""
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()

    async def start_charging(self, seconds: float = 40) -> None:
        """Set the site up on a house of 3000 W, and let its car charge at 18 A."""
        await self.install_charger()
        self.meter(3000)
        await self.start()
        await self.pass_time(seconds, 3000 + 18 * 230)
        assert self.set_a == 18

    async def report(self, value: object, unit: str = "W") -> None:
        """Let the meter report, and the balancer act on it."""
        self.meter(value, unit)
        await self.hass.async_block_till_done()

    async def pass_time(self, seconds: float, value: object | None = None) -> None:
        """Let time go on; the meter reports the value every second, if there is one."""
        for _ in range(round(seconds)):
            self.freezer.tick(timedelta(seconds=1))
            if value is not None:
                self.meter(value)
            async_fire_time_changed(self.hass)
            await self.hass.async_block_till_done()

    def entity_id(self, platform: str, key: str, owner: str = "") -> str:
        """Return one of our own entities."""
        entity_id = er.async_get(self.hass).async_get_entity_id(
            platform, DOMAIN, f"{owner or self.entry.entry_id}_{key}"
        )
        assert entity_id is not None, key
        return entity_id

    def state(self, platform: str, key: str) -> str:
        """Return the state of one of the site's entities."""
        state = self.hass.states.get(self.entity_id(platform, key))
        assert state is not None
        return state.state

    def charger_state(self, platform: str, key: str) -> str:
        """Return the state of one of the charger's entities."""
        state = self.hass.states.get(self.entity_id(platform, key, CHARGER_ID))
        assert state is not None
        return state.state

    @property
    def set_a(self) -> float:
        """Return what the charger is said to be set to, A."""
        return float(self.charger_state("sensor", "current_set"))

    @property
    def told_a(self) -> float:
        """Return what the charger lets the car have, A."""
        if self.hass.states.is_state(SWITCH, "off"):
            return 0.0
        state = self.hass.states.get(NUMBER)
        assert state is not None
        return float(state.state)
