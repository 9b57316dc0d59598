"""A closed loop that is fast on long recordings: the plant's chargers and cars on arrays.

Same model, delays and rounding as `simulation.Plant`; a test holds both to the
same ampere-seconds. The house comes as an array, nothing is simulated while no
car is plugged in, and what flows is scored afterwards, as a whole.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final, Protocol

import numpy as np

from custom_components.ev_lb.engine.model import ChargerStatus
from custom_components.ev_lb.simulation.battery import HomeBattery
from custom_components.ev_lb.simulation.charger import Charger
from custom_components.ev_lb.simulation.meter import MeterContent

from .data import Floats
from .scenarios import VOLTAGE_V, Case
from .visits import Visit

LEAD_S: Final = 600
"""How long before a car comes a controller watches the house, s."""


@dataclass(slots=True)
class Seen:
    """What a controller sees at one moment."""

    now_s: float
    meter_values: tuple[float, ...]
    """As the meter tells them, A or W."""
    meter_s: float
    """When that arrived."""
    measured_a: list[float]
    """What each car draws per phase, A."""
    measured_s: float
    statuses: list[ChargerStatus]
    fresh_meter: bool
    drawn_a: list[float]
    """What each car drew when the meter looked: nothing real can tell that."""
    battery_w: float = 0.0
    """Charging is positive."""
    battery_soc_percent: float | None = None
    solar_w: float | None = None


class Controller(Protocol):
    """What sends set-points."""

    wants_reports: bool
    """Whether it looks at each report of a charger, or at the meter's only."""

    def look(self, seen: Seen, send: Send) -> float:
        """Decide, and return when to look again without news; inf for never."""


class Send(Protocol):
    """Takes a command: which charger, and its set-point in A."""

    def __call__(self, place: int, current_a: float) -> None:
        """Send a set-point."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A set-point that was sent."""

    time_s: float
    charger: int
    current_a: float


@dataclass(slots=True)
class Flow:
    """What flowed, second by second."""

    house_a: Floats
    """House with battery, shape (3, seconds), A."""
    cars_a: Floats
    """All cars, shape (3, seconds), A."""
    currents: list[list[tuple[int, float]]]
    """Per charger: from which second on its car drew how much per phase."""
    commands: list[Sent] = field(default_factory=list)
    starts: int = 0
    stops: int = 0
    energy_kwh: list[float] = field(default_factory=list)
    unmet_kwh: float = 0.0
    served: list[float] = field(default_factory=list)
    """What each car with a need had of it when it left, as a part."""
    full_after_s: list[int | None] = field(default_factory=list)
    """When each of these cars was full, s after it came; None if it never was."""
    battery_w: Floats | None = None
    solar_w: Floats | None = None


def course_a(course: list[tuple[int, float]], seconds: int) -> Floats:
    """Return what a car drew in each second, A per phase."""
    times = np.array([second for second, _ in course])
    amps = np.array([current_a for _, current_a in course])
    return np.repeat(amps, np.diff(np.append(times, seconds)))


def run(case: Case, controller: Controller) -> Flow:
    """Let a controller charge the cars of a case."""
    loop = _Loop(case, controller)
    for start_s, end_s in _windows(case):
        loop.live(start_s, end_s)
    return loop.flow()


def _windows(case: Case) -> list[tuple[int, int]]:
    """Return the stretches of time in which there is something to control."""
    windows: list[tuple[int, int]] = []
    if case.scenario.battery is not None:
        # A battery lives on between the visits.
        return [(0, case.house_a.shape[1])]
    for visit in sorted(case.visits, key=lambda row: row.start_s):
        start_s, end_s = max(0, visit.start_s - LEAD_S), visit.end_s + 1
        if windows and start_s <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(windows[-1][1], end_s))
        else:
            windows.append((start_s, end_s))
    seconds = case.house_a.shape[1]
    return [(start_s, min(end_s, seconds)) for start_s, end_s in windows]


class _Loop:
    def __init__(self, case: Case, controller: Controller) -> None:
        self.case = case
        self.controller = controller
        self.chargers = [Charger(row, VOLTAGE_V, case.seed) for row in case.chargers]
        self.currents: list[list[tuple[int, float]]] = [
            [(0, 0.0)] for _ in self.chargers
        ]
        self.sent: list[Sent] = []
        self.unmet_kwh = 0.0
        self.served: list[float] = []
        self.full_after_s: list[int | None] = []
        self._full_s: dict[int, int] = {}
        """When the car on a charger was full."""
        self._cars_a = [0.0, 0.0, 0.0]
        self._now_s = 0.0
        self._told = False
        """Whether a charger has something new to report."""
        self._next_s: float = inf
        self.battery: HomeBattery | None = None
        self.battery_w: list[float] = []
        if case.scenario.battery is not None:
            self.battery = HomeBattery(case.scenario.battery)
        self._arrivals = self._timetable(case.visits, "start_s")
        self._departures = self._timetable(case.visits, "end_s")

    @staticmethod
    def _timetable(visits: Sequence[Visit], key: str) -> dict[int, list[Visit]]:
        table: dict[int, list[Visit]] = {}
        for visit in visits:
            table.setdefault(getattr(visit, key), []).append(visit)
        return table

    def live(self, start_s: int, end_s: int) -> None:
        """Live through a stretch of time."""
        meter, period_s = self.case.meter, int(self.case.timing.meter_period_s)
        latency_s = int(meter.sampling.latency_s)
        report_period_s = self.case.timing.report_period_s
        wants_reports = self.controller.wants_reports
        house = self.case.house_a[:, start_s:end_s].T.tolist()
        look_s: float = inf
        on_way: deque[tuple[int, tuple[float, ...], list[float]]] = deque()
        seen = self._first_seen(start_s, house[0])
        for second in range(start_s, end_s):
            while look_s < second:
                seen.now_s = self._now_s = look_s
                seen.fresh_meter = False
                look_s = self.controller.look(seen, self._send)
            if second in self._departures or second in self._arrivals:
                self._visit(second)
            if self._next_s <= second:
                self._step(second)
            if self.battery is not None:
                self._regulate(second, house[second - start_s])
            if second % period_s == 0:
                values = self._values(house[second - start_s])
                drawn_a = [row.car.current_a for row in self.chargers]
                on_way.append((second + latency_s, values, drawn_a))
            fresh = bool(on_way) and on_way[0][0] <= second
            told = self._told or second >= seen.measured_s + report_period_s
            if not fresh and not (told and wants_reports) and look_s > second:
                continue
            self._now_s = seen.now_s = float(second)
            seen.fresh_meter = fresh
            if fresh:
                seen.meter_s, seen.meter_values, seen.drawn_a = on_way.popleft()
                self._observe_sources(seen, second)
            if told:
                self._observe(seen, second)
            look_s = self.controller.look(seen, self._send)

    def flow(self) -> Flow:
        """Return what flowed."""
        seconds = self.case.house_a.shape[1]
        cars_a = np.zeros((3, seconds))
        energies_kwh = []
        for charger, course in zip(self.chargers, self.currents, strict=True):
            series = course_a(course, seconds)
            for phase in charger.used_phases:
                cars_a[phase] += series
            watts_per_a = VOLTAGE_V * len(charger.used_phases)
            energies_kwh.append(float(series.sum()) * watts_per_a / 3.6e6)
        house_a, battery_w = self.case.house_a, None
        if self.battery is not None:
            battery_w = np.array(self.battery_w)
            house_a = house_a + battery_w / (3 * VOLTAGE_V)
        return Flow(
            house_a=house_a,
            cars_a=cars_a,
            currents=self.currents,
            commands=self.sent,
            starts=sum(row.car.starts for row in self.chargers),
            stops=sum(row.car.stops for row in self.chargers),
            energy_kwh=energies_kwh,
            unmet_kwh=self.unmet_kwh,
            served=self.served,
            full_after_s=self.full_after_s,
            battery_w=battery_w,
            solar_w=self.case.solar_w,
        )

    def _first_seen(self, second: int, house_a: Sequence[float]) -> Seen:
        seen = Seen(
            now_s=float(second),
            meter_values=self._values(house_a),
            meter_s=float(second),
            measured_a=[],
            measured_s=0.0,
            statuses=[],
            fresh_meter=False,
            drawn_a=[],
        )
        self._observe(seen, second)
        return seen

    def _observe(self, seen: Seen, second: int) -> None:
        self._told = False
        seen.measured_a = [row.car.current_a for row in self.chargers]
        seen.statuses = [row.car.status for row in self.chargers]
        seen.measured_s = float(second)

    def _observe_sources(self, seen: Seen, second: int) -> None:
        if self.case.solar_w is not None:
            seen.solar_w = float(self.case.solar_w[second])
        if self.battery is not None:
            seen.battery_w = self.battery.power_w
            seen.battery_soc_percent = self.battery.soc_percent(second)

    def _regulate(self, second: int, house_a: list[float]) -> None:
        """Let the battery do in this second what it wants, and see the grid."""
        battery = self.battery
        if battery is None:
            return
        if battery.next_s <= second:
            battery.step(second)
        self.battery_w.append(battery.power_w)
        part_a = battery.power_w / (3 * VOLTAGE_V)
        for phase in range(3):
            house_a[phase] += part_a
        battery.regulate(second, (sum(house_a) + sum(self._cars_a)) * VOLTAGE_V)

    def _values(self, house_a: Sequence[float]) -> tuple[float, ...]:
        """Return what the meter would tell now."""
        cars_a = self._cars_a
        amps = [house_a[phase] + cars_a[phase] for phase in range(3)]
        step = self.case.meter.resolution
        match self.case.meter.content:
            case MeterContent.PHASE_CURRENT:
                values = amps
            case MeterContent.PHASE_POWER:
                values = [value * VOLTAGE_V for value in amps]
            case MeterContent.TOTAL_POWER:
                values = [sum(amps) * VOLTAGE_V]
        return tuple(round(round(value / step) * step, 6) for value in values)

    def _visit(self, second: int) -> None:
        """Unplug who leaves and plug in who comes."""
        for visit in self._departures.get(second, ()):
            charger = self.chargers[visit.charger]
            if visit.need_kwh is not None:
                took_kwh = charger.car.session_kwh(second)
                self.unmet_kwh += max(0.0, visit.need_kwh - took_kwh)
                self.served.append(min(1.0, took_kwh / visit.need_kwh))
                full_s = self._full_s.pop(visit.charger, None)
                self.full_after_s.append(full_s and full_s - visit.start_s)
            charger.unplug(second)
            self._told = True
            self._note(second, visit.charger)
        for visit in self._arrivals.get(second, ()):
            self.chargers[visit.charger].plug_in(second, visit.need_kwh)
            self._told = True
            self._note(second, visit.charger)
        self._plan()

    def _step(self, second: int) -> None:
        for place, charger in enumerate(self.chargers):
            while charger.next_s <= second:
                charger.step(second)
                self._note(second, place)
                if charger.car.full and charger.car.plugged_in:
                    self._full_s.setdefault(place, second)
        self._plan()

    def _plan(self) -> None:
        self._next_s = min(row.next_s for row in self.chargers)

    def _note(self, second: int, place: int) -> None:
        """Note what a car draws from now on."""
        course, charger = self.currents[place], self.chargers[place]
        current_a, before_a = charger.car.current_a, course[-1][1]
        if current_a == before_a:
            return
        self._told = True
        if course[-1][0] == second:
            course.pop()
        course.append((second, current_a))
        for phase in charger.used_phases:
            self._cars_a[phase] += current_a - before_a

    def _send(self, place: int, current_a: float) -> None:
        """Send a set-point now."""
        self.sent.append(Sent(self._now_s, place, current_a))
        self.chargers[place].command(self._now_s, current_a=current_a)
        self._next_s = min(self._next_s, self.chargers[place].next_s)
