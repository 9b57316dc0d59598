"""Measures the balancer from inside Home Assistant: an integration for the benchmark only.

It is the meter and the cars, hears the calls to the chargers, and times every single
callback of the event loop.
"""

import asyncio
from asyncio.events import Handle
from dataclasses import asdict, dataclass, field
import gc
import time
from typing import Any, Final

from homeassistant.core import (
    Event,
    HomeAssistant,
    ServiceCall,
    SupportsResponse,
    callback,
)
from homeassistant.helpers.typing import ConfigType

from custom_components.ev_lb.control.scheduler import TASK

DOMAIN: Final = "ev_lb_probe"
METER: Final = "sensor.grid"
VOLTAGE_V: Final = 230
PERIOD_S: Final = 0.15
"""From one report to the next, s."""
LONG_MS: Final = 5.0
HEARD_S: Final = 0.1
"""How long a report's calls are waited for, s."""


@dataclass(slots=True)
class Block:
    """The longest times for which one callback held the loop, ms."""

    wall_ms: float = 0.0
    processor_ms: float = 0.0
    own_ms: float = 0.0
    """That of the processor without the collection of garbage, which hits anyone."""
    callbacks: int = 0
    long: int = 0
    """How many of them took more than LONG_MS of their own."""
    wall_of: str = ""
    processor_of: str = ""
    own_of: str = ""

    def add(
        self, wall_ms: float, processor_ms: float, garbage_ms: float, handle: Handle
    ) -> None:
        """Keep what is longer than all before."""
        own_ms = processor_ms - garbage_ms
        self.callbacks += 1
        self.long += own_ms > LONG_MS
        if wall_ms > self.wall_ms:
            self.wall_ms, self.wall_of = wall_ms, repr(handle)
        if processor_ms > self.processor_ms:
            self.processor_ms, self.processor_of = processor_ms, repr(handle)
        if own_ms > self.own_ms:
            self.own_ms, self.own_of = own_ms, repr(handle)

    def document(self) -> dict[str, Any]:
        """Return it for an answer."""
        return asdict(self)


@dataclass(slots=True)
class Garbage:
    """How long the collection of garbage held the loop, ms."""

    total_ms: float = 0.0
    began_s: float = 0.0

    def told(self, phase: str, _: dict[str, int]) -> None:
        """Take the beginning or the end of a collection in the loop's thread."""
        if phase == "start":
            self.began_s = time.thread_time()
        else:
            self.total_ms += 1000 * (time.thread_time() - self.began_s)


@dataclass(slots=True)
class Probe:
    """The home, and what is measured in it."""

    hass: HomeAssistant
    chargers: int = 0
    house_a: float = 0.0
    calls_s: list[float] = field(default_factory=list)
    loop: Block = field(default_factory=Block)
    balancer: Block = field(default_factory=Block)
    measuring: bool = False

    @callback
    def heard(self, event: Event) -> None:
        """Note when a charger was called."""
        if event.data["domain"] == "number":
            self.calls_s.append(time.perf_counter())

    def set_a(self, number: int) -> float:
        """Return what a charger is set to, A."""
        state = self.hass.states.get(f"input_number.charger_{number}")
        return 0.0 if state is None else float(state.state)

    def report(self) -> float:
        """Let all cars and then the meter report; return when the meter did."""
        total_a = self.house_a
        for number in range(self.chargers):
            set_a = self.set_a(number)
            total_a += set_a
            self.hass.states.async_set(
                f"sensor.car_{number}",
                f"{set_a:.2f}",
                {"unit_of_measurement": "A", "device_class": "current"},
            )
        reported_s = time.perf_counter()
        self.hass.states.async_set(
            METER,
            f"{total_a * VOLTAGE_V:.1f}",
            {"unit_of_measurement": "W", "device_class": "power"},
        )
        return reported_s

    async def measure_cut(self, more_a: float) -> tuple[float, float] | None:
        """Report more house load; return the time to the first and last call, ms."""
        self.house_a += more_a
        self.calls_s.clear()
        began_s = self.report()
        await asyncio.sleep(HEARD_S)
        times = [called_s for called_s in self.calls_s if called_s >= began_s]
        await asyncio.sleep(PERIOD_S - HEARD_S)
        if not times:
            return None
        return (1000 * (times[0] - began_s), 1000 * (times[-1] - began_s))

    async def begin_anew(self, shadow_mode: str, maximum_a: float) -> None:
        """Let all charge at their maximum, with nothing learned from the cuts before.

        In shadow mode others set the chargers; the balancer takes them over from there.
        """
        await self._switch("turn_on", shadow_mode)
        for number in range(self.chargers):
            await self.hass.services.async_call(
                "input_number",
                "set_value",
                {"entity_id": f"input_number.charger_{number}", "value": maximum_a},
                blocking=True,
            )
        self.report()
        await asyncio.sleep(PERIOD_S)
        await self._switch("turn_off", shadow_mode)
        for _ in range(3):
            self.report()
            await asyncio.sleep(PERIOD_S)

    async def _switch(self, service: str, entity_id: str) -> None:
        await self.hass.services.async_call(
            "switch", service, {"entity_id": entity_id}, blocking=True
        )


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Listen to the calls, time the loop, and offer the measurement as an action."""
    probe = Probe(hass)
    hass.bus.async_listen("call_service", probe.heard)
    _time_callbacks(probe)

    async def prepare(call: ServiceCall) -> dict[str, Any]:
        """Let the house draw this much, and all cars their maximum."""
        probe.chargers = call.data["chargers"]
        probe.house_a = call.data["house_a"]
        await probe.begin_anew(call.data["shadow_mode"], call.data["maximum_a"])
        return {}

    async def measure(call: ServiceCall) -> dict[str, Any]:
        """Cut so many times by so much, and tell the times."""
        probe.loop, probe.balancer = Block(), Block()
        probe.measuring = True
        times = [
            await probe.measure_cut(call.data["step_a"])
            for _ in range(call.data["cuts"])
        ]
        probe.measuring = False
        return {
            "times_ms": [list(row) for row in times if row is not None],
            "loop": probe.loop.document(),
            "balancer": probe.balancer.document(),
        }

    for name, action in (("prepare", prepare), ("measure", measure)):
        hass.services.async_register(
            DOMAIN, name, action, supports_response=SupportsResponse.ONLY
        )
    return True


def _time_callbacks(probe: Probe) -> None:
    """Time all that the event loop runs, one by one."""
    run = Handle._run  # noqa: SLF001 - the loop tells its times nowhere else
    garbage = Garbage()
    gc.callbacks.append(garbage.told)

    def timed_run(self: Handle) -> None:
        if not probe.measuring:
            run(self)
            return
        balancers = _is_balancers(getattr(self, "_callback", None))
        collected_ms = garbage.total_ms
        began_s, began_cpu_s = time.perf_counter(), time.thread_time()
        run(self)
        wall_ms = 1000 * (time.perf_counter() - began_s)
        processor_ms = 1000 * (time.thread_time() - began_cpu_s)
        garbage_ms = garbage.total_ms - collected_ms
        probe.loop.add(wall_ms, processor_ms, garbage_ms, self)
        if balancers:
            probe.balancer.add(wall_ms, processor_ms, garbage_ms, self)

    Handle._run = timed_run  # type: ignore[method-assign]  # noqa: SLF001


def _is_balancers(callback_: Any) -> bool:
    """Tell whether a callback of the loop decides, or does what follows from that."""
    task = getattr(callback_, "__self__", None)
    return isinstance(task, asyncio.Task) and task.get_name() == TASK
