"""A charger: takes set-points, loses its controller, falls back by itself."""

from bisect import insort
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil, inf
from random import Random
from typing import NamedTuple

from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    MINIMUM_EV_CURRENT_A,
    ChargerStatus,
    PerPhase,
    Phase,
)

from .car import Car, CarConfiguration
from .sampling import Sampler, Sampling


class ChargerFault(StrEnum):
    """What is wrong with a charger."""

    DEAF = "deaf"
    """Takes commands and does nothing."""
    OFFLINE = "offline"
    """Refuses commands and reports nothing; the car goes on."""
    HALF_OBEYING = "half_obeying"
    """Goes only half the way to a new set-point."""
    LATE = "late"
    """Takes commands, but does them after a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerConfiguration:
    """A charger, how it is reached, and the car that comes to it."""

    charger_id: str = "charger"
    phases: tuple[Phase, ...] = ALL_PHASES
    """The site's phases in the charger's own order: its first wire first."""
    max_current_a: float = 16.0
    initial_current_a: float = 0.0
    """The set-point before the first command, A."""
    command_delay_s: float = 1.0
    """From a command to when the charger takes it, s."""
    command_loss: float = 0.0
    """Part of the commands that are accepted and get lost on their way."""
    command_period_s: float = 0.0
    """It refuses a command sooner than this after the last one, s."""
    late_s: float = 30.0
    """How much longer a command takes while the charger is late, s."""
    lease_s: float | None = None
    """How long a command holds, s; None for as long as there is no other."""
    fallback_current_a: float = MINIMUM_EV_CURRENT_A
    """What it goes to when a lease ends, A."""
    report: Sampling = field(default_factory=Sampling)
    """How it reports the car's current."""
    car: CarConfiguration = field(default_factory=CarConfiguration)


class ChargerView(NamedTuple):
    """What can be seen of a charger and its car."""

    charger_id: str
    online: bool
    status: ChargerStatus | None
    """None while it is offline."""
    set_current_a: float
    """The set-point that it holds, A."""
    enabled: bool
    offered_a: float
    """What the car may take, A; 0 for nothing."""
    currents_a: PerPhase
    """What the car draws, A per phase of the site."""
    measured_a: float
    """What it last reported that the car draws, A per phase in use."""
    measured_s: float
    """When that report arrived."""
    power_w: float
    session_kwh: float
    total_kwh: float


@dataclass(frozen=True, slots=True)
class _Wish:
    """A command on its way; None leaves as it is."""

    due_s: int
    current_a: float | None = None
    enabled: bool | None = None


class Charger:
    """A charger with its car, in steps of whole seconds."""

    def __init__(
        self, configuration: ChargerConfiguration, voltage_v: float, seed: int
    ) -> None:
        """Start with the initial set-point, and with the car as configured."""
        self.configuration = configuration
        self.used_phases = configuration.phases[: configuration.car.phase_count]
        self.set_current_a = configuration.initial_current_a
        self.enabled = True
        self.fault: ChargerFault | None = None
        self.commands = 0
        self._watts_per_a = voltage_v * len(self.used_phases)
        self.car = Car(configuration.car, self._watts_per_a)
        self._sampler = Sampler(
            configuration.report, f"{seed} {configuration.charger_id}", 0.0
        )
        self._losses = Random(f"{seed} {configuration.charger_id} commands")
        self._taken_s = -inf
        self._reported_a = 0.0
        self._wishes: list[_Wish] = []
        self._lease_end_s: float = inf
        self._renew_lease(0)
        self.car.offer(0, self.offered_a)
        if configuration.car.plugged_in and not configuration.car.sessions:
            self.car.plug_in(0, configuration.car.need_kwh)

    @property
    def offered_a(self) -> float:
        """What the car may take, A; 0 for nothing."""
        offered_a = min(self.set_current_a, self.configuration.max_current_a)
        return offered_a if self.enabled and offered_a >= MINIMUM_EV_CURRENT_A else 0.0

    @property
    def status(self) -> ChargerStatus | None:
        """The reported status of its car; None while it is offline."""
        return None if self.fault is ChargerFault.OFFLINE else self.car.status

    @property
    def next_s(self) -> float:
        """The second at which it or its car changes by itself."""
        due_s = min((wish.due_s for wish in self._wishes), default=inf)
        return min(due_s, self._lease_end_s, self.car.next_s)

    def command(
        self,
        now_s: float,
        *,
        current_a: float | None = None,
        enabled: bool | None = None,
    ) -> bool:
        """Send a set-point or a switch; returns whether the charger took it."""
        self.commands += 1
        period_s = self.configuration.command_period_s
        if self.fault is ChargerFault.OFFLINE or now_s < self._taken_s + period_s:
            return False
        self._taken_s = now_s
        loss = self.configuration.command_loss
        if self.fault is ChargerFault.DEAF or (loss and self._losses.random() < loss):
            return True
        delay_s = self.configuration.command_delay_s
        if self.fault is ChargerFault.LATE:
            delay_s += self.configuration.late_s
        insort(
            self._wishes,
            _Wish(ceil(now_s + delay_s), current_a, enabled),
            key=lambda wish: wish.due_s,
        )
        return True

    def step(self, second: int) -> None:
        """Come to a second; those between must not reach past `next_s`."""
        if self._lease_end_s <= second:
            self.set_current_a = self.configuration.fallback_current_a
            self._lease_end_s = inf
        while self._wishes and self._wishes[0].due_s <= second:
            wish = self._wishes.pop(0)
            if wish.current_a is not None:
                self.set_current_a = self._obeyed_a(wish.current_a)
            if wish.enabled is not None:
                self.enabled = wish.enabled
            self._renew_lease(second)
        self.car.step(second)
        self.car.offer(second, self.offered_a)
        self._report(second)

    def plug_in(self, now_s: float, need_kwh: float | None) -> None:
        """Plug a car in that needs so much, kWh; None for without end."""
        self.car.plug_in(int(now_s), need_kwh)
        self._report(now_s)

    def unplug(self, now_s: float) -> None:
        """Unplug the car."""
        self.car.unplug(int(now_s))
        self._report(now_s)

    def next_report_s(self, now_s: float) -> float:
        """Return when it next reports the car's current."""
        if self.fault is ChargerFault.OFFLINE:
            return inf
        return self._sampler.next_s(now_s)

    def currents_a(self) -> PerPhase:
        """Return what the car draws, A per phase of the site."""
        currents_a = [0.0, 0.0, 0.0]
        for phase in self.used_phases:
            currents_a[phase] = self.car.current_a
        return (currents_a[0], currents_a[1], currents_a[2])

    def view(self, now_s: float) -> ChargerView:
        """Return what can be seen of it."""
        second = int(now_s)
        measured = self._sampler.latest(now_s)
        session_kwh = self.car.session_kwh(second)
        return ChargerView(
            charger_id=self.configuration.charger_id,
            online=self.fault is not ChargerFault.OFFLINE,
            status=self.status,
            set_current_a=self.set_current_a,
            enabled=self.enabled,
            offered_a=self.offered_a,
            currents_a=self.currents_a(),
            measured_a=measured.value,
            measured_s=measured.time_s,
            power_w=self.car.current_a * self._watts_per_a,
            session_kwh=session_kwh,
            total_kwh=self.car.earlier_kwh + session_kwh,
        )

    def _obeyed_a(self, current_a: float) -> float:
        """Return the set-point that it makes of one, A."""
        if self.fault is ChargerFault.HALF_OBEYING:
            return (self.set_current_a + current_a) / 2
        return current_a

    def _report(self, time_s: float) -> None:
        if self.car.current_a != self._reported_a:
            self._reported_a = self.car.current_a
            self._sampler.record(time_s, self._reported_a)

    def _renew_lease(self, second: int) -> None:
        if self.configuration.lease_s is not None:
            self._lease_end_s = ceil(second + self.configuration.lease_s)
