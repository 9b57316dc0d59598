"""A home with an OCPP charge point, and a judge who sees what really flows."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, override

from pytest_homeassistant_custom_component.common import async_fire_time_changed

from tests.doubles.ocpp_integration import ChargePoint, OcppIntegration

from .homes import CURRENTS, Home

HOUSE_A = 6.0
SITE: dict[str, Any] = {
    "meter_kind": "phase_current",
    "l1_entity": CURRENTS[0],
    "l2_entity": CURRENTS[1],
    "l3_entity": CURRENTS[2],
    "phases": 3,
}
CHARGER: dict[str, Any] = {
    "driver": "ocpp",
    "ocpp_cpid": "garage",
    "ocpp_connector": 1,
    "stack_level": 8,
    "rate_unit": "current",
    "profile_validity": "absolute",
    "lease_s": 120.0,
    "left_alone_current_a": 6.0,
    "phases": ["l1", "l2", "l3"],
    "max_current_a": 16.0,
}


@dataclass
class OcppHome(Home):
    """A home whose meter shows what the house and the OCPP charger draw."""

    point: ChargePoint = field(init=False)
    ocpp: OcppIntegration = field(init=False)
    house_a: float = HOUSE_A
    loads_a: list[float] = field(default_factory=list)
    """What really flowed through the fuse, A, a value for each second."""
    drawn_a: list[float] = field(default_factory=list)
    """The same of the car alone."""

    def put_up(self, **changes: Any) -> None:
        """Let there be a charge point."""
        self.point = ChargePoint(**changes)
        self.ocpp = OcppIntegration(self.hass, self.point)
        self.read_meter()

    @override
    async def start(self) -> None:
        """Set the site up; the switches remain those of the OCPP integration."""
        await super().start()
        self.ocpp.answer_switches(self.hass)

    @property
    def load_a(self) -> float:
        """Return what really flows on each phase, A."""
        return self.house_a + self.point.drawn_a()

    def read_meter(self) -> None:
        """Let the meter show what flows."""
        used = self.point.outlets[1].car_phases
        for wire, entity_id in enumerate(CURRENTS):
            drawn_a = self.point.drawn_a() if wire < used else 0.0
            self.meter(self.house_a + drawn_a, "A", entity_id)

    def show_drawn(self, current_a: float) -> None:
        """Let the integration write a current, whatever flows, as brought back."""
        wires = dict.fromkeys(("L1", "L2", "L3"), current_a)
        self.point.show("current_import", current_a, **wires)

    def forget_meter(self) -> None:
        """Let the meter be gone, as before its integration has started."""
        for entity_id in CURRENTS:
            self.hass.states.async_remove(entity_id)

    async def live(self, seconds: float, *, metered: bool = True) -> None:
        """Let time go by, with a meter that reports each second, if at all."""

        async def second() -> None:
            # The meter and the timers never come in the same moment.
            self.freezer.tick(0.5)
            if metered:
                self.read_meter()
            await self.hass.async_block_till_done()
            self.freezer.tick(0.5)
            async_fire_time_changed(self.hass)
            await self.hass.async_block_till_done()
            self.loads_a.append(self.load_a)
            self.drawn_a.append(self.point.drawn_a())

        await self.ocpp.pass_time(seconds, second)

    async def live_apart(self, seconds: float) -> None:
        """Let time go by without waiting for calls that nobody answers."""
        for second in range(round(seconds)):
            if second % 20 == 19:
                self.point.ping()
            self.point.catch_up()
            self.freezer.tick(1)
            async_fire_time_changed(self.hass)
            await self._turns()
            self.loads_a.append(self.load_a)
            self.drawn_a.append(self.point.drawn_a())
            self.read_meter()
            await self._turns()

    @staticmethod
    async def _turns() -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    def over_s(self, fuse_a: float) -> int:
        """Return the longest time on end that the fuse carried too much, s."""
        longest_s = over_s = 0
        for load_a in self.loads_a:
            over_s = over_s + 1 if load_a > fuse_a else 0
            longest_s = max(longest_s, over_s)
        return longest_s
