"""Chargers on a bench: the same misbehaviour for each driver, and what it sees."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, ServiceCall, State
from homeassistant.exceptions import HomeAssistantError
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.ev_lb.chargers.actions import ActionsDriver
from custom_components.ev_lb.chargers.driver import ChargerDriver, CommandError
from custom_components.ev_lb.chargers.entities import EntitiesDriver
from custom_components.ev_lb.chargers.ocpp import OcppDriver
from custom_components.ev_lb.chargers.ocpp_profile import (
    ProfileSettings,
    RateUnit,
    Validity,
)
from custom_components.ev_lb.chargers.ocpp_station import Connector
from custom_components.ev_lb.chargers.picked import picked
from custom_components.ev_lb.chargers.sender import Sender
from custom_components.ev_lb.control.clock import Clock
from custom_components.ev_lb.control.listening import async_listen
from tests.doubles.ocpp_integration import (
    ACCEPTS,
    IGNORES,
    REJECTS,
    ChargePoint,
    OcppIntegration,
)

NUMBER = "number.wallbox"
SWITCH = "switch.wallbox"
SETTINGS = ProfileSettings(
    stack_level=8,
    rate_unit=RateUnit.CURRENT,
    validity=Validity.ABSOLUTE,
    lease_s=120.0,
    fallback_current_a=6.0,
    voltage_v=230.0,
    wires=3,
)


@dataclass
class Rig:
    """A driver and its sender between Home Assistant and a charger."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    clock: Clock = field(default_factory=Clock)
    failures: list[CommandError] = field(default_factory=list)
    resend: int = 0
    """How often the driver asked to be sent again."""
    _stop: CALLBACK_TYPE | None = None

    def __post_init__(self) -> None:
        """Put the charger up, and take it in hand."""
        self.put_up()
        self.start()

    def put_up(self) -> None:
        """Let there be a charger."""
        raise NotImplementedError

    def driver_of(self) -> ChargerDriver:
        """Return its driver."""
        raise NotImplementedError

    @property
    def charger_a(self) -> float:
        """Return what the charger really lets a car have, A."""
        raise NotImplementedError

    def refuse(self, refuses: bool) -> None:
        """Let the charger take no commands, or take them again."""
        raise NotImplementedError

    def go_away(self) -> None:
        """Cut the charger off."""
        raise NotImplementedError

    def come_back(self) -> None:
        """Connect it again."""
        raise NotImplementedError

    def start(self, assumed_a: float | None = None) -> None:
        """Begin with a new driver, as after a restart."""
        if self._stop is not None:
            self._stop()
        self.driver = self.driver_of()
        self.sender = Sender(
            self.hass,
            self.driver,
            name="wallbox",
            now_s=self.clock.now_s,
            wall_delay_s=self.clock.wall_delay_s,
            on_success=lambda: None,
            on_failure=lambda error, _count: self.failures.append(error),
            assumed_a=assumed_a,
        )
        self._stop = async_listen(
            self.hass, self.driver.entity_ids, self.clock, self._observe
        )

    def _observe(self, entity_id: str, state: State | None, time_s: float) -> None:
        self.resend += self.driver.observe(entity_id, state, time_s)

    async def tick(self) -> None:
        """Let a second go by."""
        self.freezer.tick(timedelta(seconds=1))
        async_fire_time_changed(self.hass)
        await self.hass.async_block_till_done()

    async def pass_time(self, seconds: float) -> None:
        """Let time go by."""
        for _ in range(round(seconds)):
            await self.tick()

    async def wish(self, current_a: float, seconds: float = 2) -> None:
        """Ask for a current, and let it be taken."""
        self.sender.wish(current_a)
        await self.hass.async_block_till_done()
        await self.pass_time(seconds)

    async def close(self) -> None:
        """Put everything away."""
        await self.sender.async_close()
        await self.driver.async_unload()
        if self._stop is not None:
            self._stop()


@dataclass
class EntitiesRig(Rig):
    """A charger of a number and a switch."""

    refuses: bool = False

    @override
    def put_up(self) -> None:
        self.come_back()
        for domain, service in (
            ("number", "set_value"),
            ("switch", "turn_on"),
            ("switch", "turn_off"),
        ):
            self.hass.services.async_register(domain, service, self._told)

    @override
    def driver_of(self) -> ChargerDriver:
        family, found = picked(NUMBER, SWITCH)
        return EntitiesDriver(
            self.hass, family, family.limits["charger"], found, self.clock.now_s
        )

    @property
    @override
    def charger_a(self) -> float:
        switch, number = self.hass.states.get(SWITCH), self.hass.states.get(NUMBER)
        assert switch is not None
        assert number is not None
        return float(number.state) if switch.state == "on" else 0.0

    @override
    def refuse(self, refuses: bool) -> None:
        self.refuses = refuses

    @override
    def go_away(self) -> None:
        self.hass.states.async_set(NUMBER, "unavailable")
        self.hass.states.async_set(SWITCH, "unavailable")

    @override
    def come_back(self) -> None:
        self.hass.states.async_set(NUMBER, "32", {"min": 6, "max": 32, "step": 1})
        self.hass.states.async_set(SWITCH, "on")

    async def _told(self, call: ServiceCall) -> None:
        if self.refuses:
            raise HomeAssistantError("refused")
        if call.service == "set_value":
            attributes = {"min": 6, "max": 32, "step": 1}
            self.hass.states.async_set(NUMBER, str(call.data["value"]), attributes)
        else:
            self.hass.states.async_set(SWITCH, call.service.removeprefix("turn_"))


@dataclass
class ActionsRig(Rig):
    """A charger that its owner's actions reach."""

    refuses: bool = False
    away: bool = False
    set_a: float = 32.0

    @override
    def put_up(self) -> None:
        self.hass.services.async_register("wallbox", "limit", self._told)

    @override
    def driver_of(self) -> ChargerDriver:
        step = {"action": "wallbox.limit", "data": {"amps": "{{ current_a }}"}}
        return ActionsDriver(
            self.hass, "wallbox", "ev_lb", "w", 690.0, {"set_current": [step]}
        )

    @property
    @override
    def charger_a(self) -> float:
        return self.set_a

    @override
    def refuse(self, refuses: bool) -> None:
        self.refuses = refuses

    @override
    def go_away(self) -> None:
        self.away = True

    @override
    def come_back(self) -> None:
        self.away = False
        self.set_a = 32.0

    async def _told(self, call: ServiceCall) -> None:
        if self.refuses or self.away:
            raise HomeAssistantError("refused")
        self.set_a = float(call.data["amps"])


@dataclass
class OcppRig(Rig):
    """An OCPP charge point behind the double of its integration."""

    settings: ProfileSettings = SETTINGS
    changes: dict[str, Any] = field(default_factory=dict)
    second: Callable[[], ChargePoint] | None = None

    @override
    def put_up(self) -> None:
        self.point = ChargePoint(**self.changes)
        others = [self.second()] if self.second else []
        self.ocpp = OcppIntegration(self.hass, self.point, *others)
        self.other = others[0] if others else None

    @override
    def driver_of(self) -> ChargerDriver:
        connector = Connector.find(self.hass, self.point.cpid, 1)
        return OcppDriver(self.hass, connector, self.settings, self.clock.now_s)

    @property
    @override
    def charger_a(self) -> float:
        return self.point.offered_a()

    @override
    def refuse(self, refuses: bool) -> None:
        self.point.answers = REJECTS if refuses else ACCEPTS

    def ignore(self, ignores: bool) -> None:
        """Let the charger take commands and do nothing about them."""
        self.point.answers = IGNORES if ignores else ACCEPTS
        if not ignores:
            self.point.outlets[1].frozen_a = None

    @override
    def go_away(self) -> None:
        self.point.unavailable()

    @override
    def come_back(self) -> None:
        self.point.profiles.clear()
        self.point.reconnect()

    @override
    async def pass_time(self, seconds: float) -> None:
        await self.ocpp.pass_time(seconds, self.tick)
