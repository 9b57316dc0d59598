"""The whole home: house, sun, battery, meter, chargers with cars, main fuse."""

from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf, isfinite, sqrt
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    ChargerStatus,
    PerPhase,
    Phase,
)

from .battery import BatteryConfiguration, HomeBattery
from .charger import Charger, ChargerConfiguration, ChargerFault, ChargerView
from .household import Course, HouseholdLoad, SolarOutput, recorded_day
from .ledger import Ledger, PlantStatistics
from .meter import Meter, MeterConfiguration, MeterFault, MeterReading

NO_POWER: Final[PerPhase] = (0.0, 0.0, 0.0)
PRELOAD_S: Final = 600
"""The main fuse starts as warm as the house's last ten minutes leave it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantConfiguration:
    """A home, and the seed of what is random in it."""

    service_current_a: float = 25.0
    """What the main fuse is rated for, A per phase."""
    phases: tuple[Phase, ...] = ALL_PHASES
    """With L1 alone, the whole house is on it."""
    voltage_v: float = 230.0
    household: HouseholdLoad = field(default_factory=recorded_day)
    solar: SolarOutput | None = None
    battery: BatteryConfiguration | None = None
    """Like the sun it is on all of the home's phases alike."""
    start_hour: float = 15.95
    """How far into household and solar output the plant starts, h. By default
    the recorded day is lively from there on."""
    meter: MeterConfiguration = field(default_factory=MeterConfiguration)
    chargers: tuple[ChargerConfiguration, ...] = (ChargerConfiguration(),)
    seed: int = 0


class PlantView(NamedTuple):
    """What can be seen of the plant at one moment."""

    time_s: float
    house_w: PerPhase
    """All but the cars: solar output counts negative, a charging battery positive."""
    house_a: PerPhase
    grid_a: PerPhase
    """House and cars together, A."""
    reading: MeterReading
    solar_w: float
    battery_w: float
    """Charging is positive."""
    battery_soc_percent: float | None
    """None without a battery."""
    chargers: tuple[ChargerView, ...]


class _Follower[T]:
    """Comes along a course of powers."""

    def __init__(self, course: Course[T], start_s: int) -> None:
        self._course = course
        self._start_s = start_s
        self.step(0)

    def step(self, second: int) -> None:
        self.power_w, next_s = self._course.stretch(self._start_s + second)
        self.next_s = next_s - self._start_s


class Plant:
    """A home that lives as time is given to it.

    It starts at 0 s. Everything in it changes at whole seconds, but what the
    caller does to it takes effect when it is done.
    """

    def __init__(self, configuration: PlantConfiguration) -> None:
        """Build the home as configured; two chargers of one id raise ValueError."""
        self.configuration = configuration
        seed, voltage_v = configuration.seed, configuration.voltage_v
        self._chargers = {
            charger.charger_id: Charger(charger, voltage_v, seed)
            for charger in configuration.chargers
        }
        if len(self._chargers) < len(configuration.chargers):
            raise ValueError("two chargers have the same id")
        self._now_s = 0.0
        self._start_s = round(configuration.start_hour * 3600)
        self._extra_loads_w: dict[str, PerPhase] = {}
        self._wake_ups: list[tuple[float, str]] = []
        self._household = _Follower(configuration.household, self._start_s)
        self._sun_share = 1.0
        self._solar: _Follower[float] | None = None
        if configuration.solar is not None:
            self._solar = _Follower(configuration.solar, self._start_s)
        self._battery: HomeBattery | None = None
        if configuration.battery is not None:
            self._battery = HomeBattery(configuration.battery)
        self._house_w = self._all_but_cars_w()
        self._house_a = self._currents_a(self._house_w)
        self._cars_a = NO_POWER
        self._ledger = Ledger(
            configuration.service_current_a, voltage_v, self._preloads_a()
        )
        self._ledger.change(0, self._house_a, NO_POWER)
        self._meter = Meter(configuration.meter, voltage_v, seed, self._house_a)
        for charger_id in self._chargers:
            self._plan(charger_id)
        self._flow(0.0)
        self.advance(0.0)

    @property
    def now_s(self) -> float:
        """The time that the plant has come to, s."""
        return self._now_s

    def advance(self, to_s: float) -> None:
        """Let time go on; raises ValueError for a time in the past, and for inf."""
        if not self._now_s <= to_s < inf:
            raise ValueError(f"from {self._now_s} s on, {to_s} s cannot be reached")
        while (next_s := self.next_step_s()) <= to_s:
            self._step(int(next_s))
        self._now_s = to_s

    def next_event_s(self) -> float:
        """Return when something visible may change by itself; may be inf.

        Energy, which always grows while a car charges, is not counted.
        """
        return min(self.next_step_s(), self.next_report_s())

    def next_report_s(self) -> float:
        """Return when the meter or a charger reports next; inf if none will."""
        reports = [c.next_report_s(self._now_s) for c in self._chargers.values()]
        return min([self._meter.next_s(self._now_s), *reports])

    def next_step_s(self) -> float:
        """Return when house or cars next change by themselves; inf if they do not."""
        wake_ups = self._wake_ups
        while wake_ups and self._chargers[wake_ups[0][1]].next_s != wake_ups[0][0]:
            heappop(wake_ups)
        next_s = self._household.next_s
        if wake_ups and wake_ups[0][0] < next_s:
            next_s = wake_ups[0][0]
        if self._solar is not None:
            next_s = min(next_s, self._solar.next_s)
        if self._battery is not None:
            next_s = min(next_s, self._battery.next_s)
        return next_s

    @property
    def house_a(self) -> PerPhase:
        """What all but the cars draws, A per phase."""
        return self._house_a

    def cars_a(self) -> dict[str, PerPhase]:
        """Return what each car draws, A per phase, by the charger's id."""
        return {name: row.currents_a() for name, row in self._chargers.items()}

    def statuses(self) -> list[ChargerStatus | None]:
        """Return the reported status of each car; None while its charger is offline."""
        return [row.status for row in self._chargers.values()]

    def view(self) -> PlantView:
        """Return what can be seen now."""
        return PlantView(
            time_s=self._now_s,
            house_w=self._house_w,
            house_a=self._house_a,
            grid_a=_sum(self._house_a, self._cars_a),
            reading=self._meter.reading(self._now_s),
            solar_w=self._solar_w(),
            battery_w=0.0 if self._battery is None else self._battery.power_w,
            battery_soc_percent=(
                None
                if self._battery is None
                else self._battery.soc_percent(int(self._now_s))
            ),
            chargers=tuple(c.view(self._now_s) for c in self._chargers.values()),
        )

    def statistics(self) -> PlantStatistics:
        """Return what the run came to so far."""
        second = int(self._now_s)
        chargers = self._chargers
        return self._ledger.statistics(
            second,
            energy_kwh={n: c.car.total_kwh(second) for n, c in chargers.items()},
            commands=sum(c.commands for c in chargers.values()),
            starts=sum(c.car.starts for c in chargers.values()),
            stops=sum(c.car.stops for c in chargers.values()),
        )

    def set_current(self, charger_id: str, current_a: float) -> bool:
        """Send a set-point, A; returns whether the charger could be reached.

        Below 6 A nothing is offered. Raises ValueError for what is no current.
        """
        if not isfinite(current_a) or current_a < 0:
            raise ValueError(f"{current_a} A is no set-point")
        taken = self._chargers[charger_id].command(self._now_s, current_a=current_a)
        self._follow(charger_id)
        return taken

    def set_enabled(self, charger_id: str, enabled: bool) -> bool:
        """Switch charging on or off; returns whether the charger could be reached."""
        taken = self._chargers[charger_id].command(self._now_s, enabled=enabled)
        self._follow(charger_id)
        return taken

    def plug_in(self, charger_id: str, need_kwh: float | None = None) -> None:
        """Plug a car in that needs so much, kWh; None for without end."""
        self._chargers[charger_id].plug_in(self._now_s, need_kwh)
        self._follow(charger_id)

    def unplug(self, charger_id: str) -> None:
        """Unplug the car."""
        self._chargers[charger_id].unplug(self._now_s)
        self._follow(charger_id)

    def set_charger_fault(self, charger_id: str, fault: ChargerFault | None) -> None:
        """Begin a charger's fault, or end it."""
        self._chargers[charger_id].fault = fault

    def set_meter_fault(self, fault: MeterFault | None) -> None:
        """Begin the meter's fault, or end it."""
        self._meter.set_fault(self._now_s, fault)

    def set_sun_share(self, share: float) -> None:
        """Let clouds leave this part of what the sun gives, 0 to 1."""
        self._sun_share = share
        self._flow(self._now_s)

    def set_extra_load(self, name: str, power_w: PerPhase) -> None:
        """Let an appliance draw this from now on, W per phase; below 0 it feeds."""
        self._extra_loads_w[name] = power_w
        self._flow(self._now_s)

    def _step(self, second: int) -> None:
        """Do what happens in one second."""
        if self._household.next_s <= second:
            self._household.step(second)
        if self._solar is not None and self._solar.next_s <= second:
            self._solar.step(second)
        if self._battery is not None and self._battery.next_s <= second:
            self._battery.step(second)
        while self._wake_ups and self._wake_ups[0][0] <= second:
            _, charger_id = heappop(self._wake_ups)
            self._chargers[charger_id].step(second)
            self._plan(charger_id)
        self._flow(second)

    def _plan(self, charger_id: str) -> None:
        next_s = self._chargers[charger_id].next_s
        if next_s < inf:
            heappush(self._wake_ups, (next_s, charger_id))

    def _follow(self, charger_id: str) -> None:
        """Take up what was done to a charger."""
        self._plan(charger_id)
        self._flow(self._now_s)
        self.advance(self._now_s)

    def _flow(self, time_s: float) -> None:
        """Let the currents be what house and cars make them."""
        second = int(time_s)
        house_w = self._all_but_cars_w()
        cars_a = self._all_cars_a()
        if (house_w, cars_a) != (self._house_w, self._cars_a):
            self._house_w = house_w
            self._house_a = self._currents_a(house_w)
            self._cars_a = cars_a
            self._ledger.change(second, self._house_a, cars_a)
            self._meter.record(time_s, _sum(self._house_a, cars_a))
        if self._battery is not None:
            grid_w = sum(house_w) + sum(cars_a) * self.configuration.voltage_v
            self._battery.regulate(second, grid_w)

    def _all_but_cars_w(self) -> PerPhase:
        """Add up household, other appliances, sun and battery, W per phase."""
        power_w = self._household.power_w
        for extra_w in self._extra_loads_w.values():
            power_w = _sum(power_w, extra_w)
        spread_w = -self._solar_w()
        if self._battery is not None:
            spread_w += self._battery.power_w
        return self._on_site(power_w, spread_w)

    def _solar_w(self) -> float:
        return 0.0 if self._solar is None else self._solar.power_w * self._sun_share

    def _all_cars_a(self) -> PerPhase:
        l1 = l2 = l3 = 0.0
        for charger in self._chargers.values():
            if charger.car.current_a:
                a, b, c = charger.currents_a()
                l1, l2, l3 = l1 + a, l2 + b, l3 + c
        return (l1, l2, l3)

    def _on_site(self, power_w: PerPhase, spread_w: float) -> PerPhase:
        """Put all on the phases that are there, `spread_w` on each alike."""
        l1, l2, l3 = power_w
        if len(self.configuration.phases) == 1:
            return (l1 + l2 + l3 + spread_w, 0.0, 0.0)
        if not spread_w:
            return power_w
        part_w = spread_w / 3
        return (l1 + part_w, l2 + part_w, l3 + part_w)

    def _currents_a(self, power_w: PerPhase) -> PerPhase:
        voltage_v = self.configuration.voltage_v
        return (power_w[0] / voltage_v, power_w[1] / voltage_v, power_w[2] / voltage_v)

    def _preloads_a(self) -> PerPhase:
        squares = [0.0, 0.0, 0.0]
        household = self.configuration.household
        for second in range(self._start_s - PRELOAD_S, self._start_s):
            power_w = self._on_site(household.power_w(second), 0.0)
            currents_a = self._currents_a(power_w)
            for phase in ALL_PHASES:
                squares[phase] += currents_a[phase] ** 2
        means_a = [sqrt(square / PRELOAD_S) for square in squares]
        return (means_a[0], means_a[1], means_a[2])


def _sum(one: PerPhase, other: PerPhase) -> PerPhase:
    """Add phase by phase."""
    return (one[0] + other[0], one[1] + other[1], one[2] + other[2])
