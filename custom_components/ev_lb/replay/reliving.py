"""A recorded home, living once more: this time the engine commands its chargers."""

from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from math import floor, inf
from typing import Final

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    ChargerReading,
    Decision,
    MeterKind,
    PerPhase,
    Reading,
    ReadingProblem,
    Reason,
    Site,
    Snapshot,
    State,
)
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration, ChargerView
from custom_components.ev_lb.simulation.household import HouseholdLoad
from custom_components.ev_lb.simulation.meter import MeterConfiguration
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

from .recording import Rebuilt, RebuiltCar, Stay

LEAD_S: Final = 60
"""The plant lives this long before the recording, so that a car that charges at
its start is in full swing, s."""
UNUSED_METER: Final = MeterConfiguration(sampling=Sampling(period_s=86400.0))
"""The meter reports when the recorded one did: the plant's own is not read."""
READING_DIGITS: Final = 3

type CarCurrents = dict[str, PerPhase]
"""What each car draws, A per phase of the site, by its charger's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A set-point that would have been sent, and what kept it from being more."""

    time_s: float
    """After the recording's start."""
    charger_id: str
    before_a: float
    current_a: float
    limiting: Reason


@dataclass(frozen=True, slots=True)
class LivedMoment:
    """What flowed into the cars from a second on, until the next one."""

    second: int
    cars_a: CarCurrents
    set_a: tuple[float, ...]
    """The set-points, in the order of the site's chargers."""


@dataclass(frozen=True, slots=True)
class _Happening:
    """What the recording brings about at one moment."""

    time_s: float
    part: int | None = None
    """The part of the meter that reports."""
    lost: bool = False
    charger_id: str = ""
    stay: Stay | None = None
    """The stay that begins, at this charger; None where one ends."""


@dataclass(slots=True)
class Life:
    """The recorded house with simulated cars where there were recorded ones."""

    site: Site
    rebuilt: Rebuilt
    start_s: float
    """When the recording starts, s since the epoch."""
    zone: tzinfo | None
    """By which the home's clocks went; None for the zone of this machine."""
    commands: list[Command] = field(default_factory=list)
    moments: list[LivedMoment] = field(default_factory=list)
    decisions: int = 0
    meter_lost_s: float = 0.0
    """How long the meter was not believed, s."""
    _set_a: dict[str, float] = field(init=False)
    _plant: Plant = field(init=False)
    _state: State = field(init=False)
    _readings: list[Reading | None] = field(init=False)
    _accepted: dict[str, Reading] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Build the plant, and take bearings as after a restart."""
        self._set_a = {
            car.charger.charger_id: _first_set_a(car) for car in self.rebuilt.cars
        }
        self._plant = Plant(self._configuration())
        self._state = resume(self.site, self._set_a, 0.0)
        total = self.site.meter.kind is MeterKind.TOTAL
        self._readings = [None] * (1 if total else len(self.site.phases))

    def run(self) -> None:
        """Live from the recording's start to its end."""
        for car in self.rebuilt.cars:
            if self._set_a[car.charger.charger_id]:
                self._begin(car.charger.charger_id, car.stays[0])
        self._plant.advance(LEAD_S)
        coming = self._happenings()
        place = 0
        now_s, end_s = 0.0, float(self.rebuilt.seconds)
        while now_s < end_s:
            while place < len(coming) and coming[place].time_s <= now_s:
                self._happen(coming[place], now_s)
                place += 1
            decision = self._decide(now_s)
            self._note(int(now_s))
            next_s = min(
                coming[place].time_s if place < len(coming) else inf,
                self._plant.next_event_s() - LEAD_S,
                inf if decision.next_look_s is None else decision.next_look_s,
                end_s,
            )
            # Sums of floats may put the next moment a little before this one.
            next_s = max(next_s, now_s)
            if not decision.meter_ok:
                self.meter_lost_s += next_s - now_s
            self._plant.advance(max(next_s + LEAD_S, self._plant.now_s))
            now_s = next_s
        self._note(self.rebuilt.seconds)

    def _happenings(self) -> list[_Happening]:
        """Return all that the recording brings about, in time order."""
        found = [
            _Happening(row.time_s, part=row.part, lost=row.lost)
            for row in self.rebuilt.heard
        ]
        for car in self.rebuilt.cars:
            charger_id = car.charger.charger_id
            running = bool(self._set_a[charger_id])
            for place, stay in enumerate(car.stays):
                if place or not running:
                    begin_s = float(stay.start_s)
                    found.append(_Happening(begin_s, charger_id=charger_id, stay=stay))
                found.append(_Happening(float(stay.end_s), charger_id=charger_id))
        return sorted(found, key=lambda row: row.time_s)

    def _happen(self, happening: _Happening, now_s: float) -> None:
        if happening.part is not None:
            self._readings[happening.part] = self._reading(
                happening.part, now_s, lost=happening.lost
            )
        elif happening.stay is None:
            self._plant.unplug(happening.charger_id)
        else:
            self._begin(happening.charger_id, happening.stay)

    def _begin(self, charger_id: str, stay: Stay) -> None:
        self._plant.plug_in(charger_id, stay.need_kwh)

    def _reading(self, part: int, now_s: float, *, lost: bool) -> Reading:
        """Return what the meter reports now, A or W."""
        if lost:
            return Reading(0.0, now_s, ReadingProblem.UNAVAILABLE)
        grid_a = self._plant.view().grid_a
        if self.site.meter.kind is MeterKind.TOTAL:
            value = sum(grid_a) * self.site.volts
        else:
            value = grid_a[self.site.phases[part]]
        return Reading(round(value, READING_DIGITS), now_s)

    def _decide(self, now_s: float) -> Decision:
        decision = decide(self.site, self._state, self._snapshot(now_s), now_s)
        self.decisions += 1
        self._state = decision.state
        for row in decision.chargers:
            if not row.send:
                continue
            before_a = self._set_a[row.charger_id]
            if row.set_a != before_a:
                self.commands.append(
                    Command(
                        time_s=now_s,
                        charger_id=row.charger_id,
                        before_a=before_a,
                        current_a=row.set_a,
                        limiting=row.limiting,
                    )
                )
            self._set_a[row.charger_id] = row.set_a
            self._plant.set_current(row.charger_id, row.set_a)
            self._accepted[row.charger_id] = Reading(row.set_a, now_s)
        return decision

    def _snapshot(self, now_s: float) -> Snapshot:
        views = {view.charger_id: view for view in self._plant.view().chargers}
        chargers = tuple(
            self._charger(car, views[car.charger.charger_id])
            for car in self.rebuilt.cars
        )
        snapshot = Snapshot(
            chargers=chargers,
            clock_ahead_s=-self.start_s,
            utc_offset_s=self._utc_offset_s(now_s),
        )
        if self.site.meter.kind is MeterKind.TOTAL:
            return replace(snapshot, total_power_w=self._readings[0])
        told = dict(zip(self.site.phases, self._readings, strict=True))
        l1, l2, l3 = (told.get(phase) for phase in ALL_PHASES)
        return replace(snapshot, phase_currents_a=(l1, l2, l3))

    def _utc_offset_s(self, now_s: float) -> float:
        """Return how much local time is ahead of UTC, s, where a limit asks for it."""
        if not self.site.import_windows:
            return 0.0
        moment = datetime.fromtimestamp(self.start_s + now_s, self.zone)
        offset = moment.astimezone(self.zone).utcoffset()
        return 0.0 if offset is None else offset.total_seconds()

    def _charger(self, car: RebuiltCar, view: ChargerView) -> ChargerReading:
        measured: tuple[Reading, ...] = ()
        if car.charger.measures_current:
            measured_s = view.measured_s - LEAD_S
            measured = (Reading(view.measured_a, measured_s),)
        return ChargerReading(
            charger_id=view.charger_id,
            status=view.status if car.tells_status else None,
            measured_a=measured,
            accepted=self._accepted.get(view.charger_id),
        )

    def _note(self, second: int) -> None:
        """Note what the cars draw, where that or a set-point has changed."""
        cars_a = {row.charger_id: row.currents_a for row in self._plant.view().chargers}
        set_a = tuple(self._set_a.values())
        newest = self.moments[-1] if self.moments else None
        if newest is None or (newest.cars_a, newest.set_a) != (cars_a, set_a):
            self.moments.append(LivedMoment(second, cars_a, set_a))

    def _configuration(self) -> PlantConfiguration:
        return PlantConfiguration(
            service_current_a=self.site.circuits[0].limit_a[self.site.phases[0]],
            phases=self.site.phases,
            voltage_v=self.site.volts,
            household=_household(self.site, self.rebuilt),
            start_hour=-LEAD_S / 3600,
            meter=UNUSED_METER,
            chargers=tuple(self._charger_configuration(c) for c in self.rebuilt.cars),
        )

    def _charger_configuration(self, car: RebuiltCar) -> ChargerConfiguration:
        return ChargerConfiguration(
            charger_id=car.charger.charger_id,
            phases=car.charger.phases,
            max_current_a=car.charger.max_current_a,
            initial_current_a=self._set_a[car.charger.charger_id],
            report=Sampling(period_s=car.period_s),
            car=CarConfiguration(
                max_current_a=car.most_a, phase_count=car.phase_count, plugged_in=False
            ),
        )


def _first_set_a(car: RebuiltCar) -> float:
    """Return what a charger is taken to be set to when the recording begins, A."""
    if not car.stays or car.stays[0].start_s > 0:
        return 0.0
    drawn_a = car.course.at(0)
    if not drawn_a:
        return 0.0
    charger = car.charger
    on_step_a = floor(drawn_a / charger.step_a) * charger.step_a
    return min(max(on_step_a, charger.min_current_a), charger.max_current_a)


def _household(site: Site, rebuilt: Rebuilt) -> HouseholdLoad:
    """Return the recorded house as the plant takes it."""
    changes = sorted({second for course in rebuilt.house for second in course.seconds})
    return HouseholdLoad(
        seconds=changes,
        powers_w=[_power_w(site, rebuilt.house_a(second)) for second in changes],
        length_s=None,
    )


def _power_w(site: Site, current_a: PerPhase) -> PerPhase:
    l1, l2, l3 = (current * site.volts for current in current_a)
    return (l1, l2, l3)
