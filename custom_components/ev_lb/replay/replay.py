"""Recorded history under the engine: what it would have commanded, and to what end.

The house is what the recording leaves without its cars; the cars are simulated
where the recorded ones were connected. Pure: engine and simulation only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo

from custom_components.ev_lb.engine.model import ALL_PHASES, PerPhase, Phase, Site
from custom_components.ev_lb.simulation.ledger import Ledger

from .rebuilding import rebuild
from .recording import Rebuilt, RebuiltCar, Recording
from .reliving import CarCurrents, Command, Life


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseOutcome:
    """What one phase of the connection went through."""

    phase: Phase
    peak_a: float
    car_overload_as: float
    """What cars drew above the limit, A·s."""
    house_overload_as: float
    """What the house alone drew above the limit, A·s."""
    longest_car_overload_s: int
    thermal_headroom_used: Mapping[str, float]
    """How near each breaker came to tripping, as a part; 1 and more tripped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a stretch of time came to."""

    energy_kwh: Mapping[str, float]
    """By charger."""
    car_overload_s: int
    longest_car_overload_s: int
    car_overload_as: float
    house_overload_as: float
    trips: Mapping[str, int]
    """By breaker (early, typical, late), over all phases."""
    car_trips: Mapping[str, int]
    """Those that the house alone would not have caused."""
    starts: int
    """How often a car began to draw."""
    phases: tuple[PhaseOutcome, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """What flowed from a second on, until the next one; A per phase."""

    second: int
    house_a: PerPhase
    recorded_a: PerPhase
    """All cars together, as they were."""
    replayed_a: PerPhase
    """All cars together, as they would have been."""
    set_a: tuple[float, ...]
    """The set-points, in the order of the site's chargers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What was, and what would have been."""

    site: Site
    start_s: float
    """Since the epoch."""
    seconds: int
    cars: tuple[RebuiltCar, ...]
    recorded: Outcome
    replayed: Outcome
    commands: tuple[Command, ...]
    flows: tuple[Flow, ...]
    decisions: int
    meter_lost_s: float
    """How long the replayed balancer had no meter to go by, s."""


def replay(
    site: Site,
    recording: Recording,
    car_current_a: float | None = None,
    zone: tzinfo | None = None,
) -> Replay:
    """Let the engine balance a recorded home.

    `car_current_a` is the most that each car takes; without it, that is the most
    that it was seen to draw. Limits by time of day hold by
    the clocks of `zone`, or of this machine. Raises RecordingError where the meter
    never reported.
    """
    site = _replayable(site)
    rebuilt = rebuild(site, recording)
    if car_current_a is not None:
        cars = tuple(replace(car, most_a=car_current_a) for car in rebuilt.cars)
        rebuilt = replace(rebuilt, cars=cars)
    life = Life(site, rebuilt, recording.start_s, zone)
    life.run()
    recorded, replayed = _Tally(site, rebuilt), _Tally(site, rebuilt)
    flows = []
    for flow, recorded_a, replayed_a in _flows(rebuilt, life):
        recorded.change(flow.second, flow.house_a, recorded_a)
        replayed.change(flow.second, flow.house_a, replayed_a)
        flows.append(flow)
    return Replay(
        site=site,
        start_s=recording.start_s,
        seconds=rebuilt.seconds,
        cars=rebuilt.cars,
        recorded=recorded.outcome(rebuilt.seconds),
        replayed=replayed.outcome(rebuilt.seconds),
        commands=tuple(life.commands),
        flows=tuple(flows),
        decisions=life.decisions,
        meter_lost_s=life.meter_lost_s,
    )


def _replayable(site: Site) -> Site:
    """Return a site as it is balanced with nothing but its meter and chargers.

    A recording tells nothing of batteries, of meters of circuits, of what the grid
    operator allowed and of limits set by hand; and the simulated car stays on the
    phases that it was seen on.
    """
    return replace(
        site,
        enabled=True,
        battery=None,
        external_cap=None,
        circuits=tuple(replace(row, meter=None) for row in site.circuits),
        chargers=tuple(
            replace(row, manual_limit_a=None, phase_switching=None, lease=None)
            for row in site.chargers
        ),
    )


def _flows(
    rebuilt: Rebuilt, life: Life
) -> Iterator[tuple[Flow, CarCurrents, CarCurrents]]:
    """Yield what flowed, at each change of anything, and what each car drew."""
    lived = {moment.second: moment for moment in life.moments}
    changes = {0, *lived}
    for course in rebuilt.house:
        changes.update(course.seconds)
    for car in rebuilt.cars:
        changes.update(second + car.lag_s for second in car.course.seconds)
    moment = life.moments[0]
    for second in sorted(changes):
        if not 0 <= second < rebuilt.seconds:
            continue
        moment = lived.get(second, moment)
        recorded_a = {
            car.charger.charger_id: car.currents_a(second) for car in rebuilt.cars
        }
        flow = Flow(
            second=second,
            house_a=rebuilt.house_a(second),
            recorded_a=_sum(recorded_a),
            replayed_a=_sum(moment.cars_a),
            set_a=moment.set_a,
        )
        yield flow, recorded_a, moment.cars_a


def _sum(cars_a: CarCurrents) -> PerPhase:
    """Return what all cars draw together, A per phase."""
    l1, l2, l3 = (sum(row[phase] for row in cars_a.values()) for phase in ALL_PHASES)
    return (l1, l2, l3)


class _Tally:
    """Counts what flows through the main fuse and into the cars."""

    def __init__(self, site: Site, rebuilt: Rebuilt) -> None:
        """Start with breakers that have carried the house's first load for long."""
        self._site = site
        self._limit_a = min(site.circuits[0].limit_a[phase] for phase in site.phases)
        self._ledger = Ledger(
            limit_a=self._limit_a,
            voltage_v=site.volts,
            preloads_a=rebuilt.house_a(0),
        )
        self._drawn_as = {row.charger_id: 0.0 for row in site.chargers}
        self._cars_a: CarCurrents = {}
        self._second = 0
        self._over_since: dict[Phase, int] = {}
        self._longest_s = dict.fromkeys(site.phases, 0)
        self._starts = 0

    def change(self, second: int, house_a: PerPhase, cars_a: CarCurrents) -> None:
        """Let other currents flow from this second on."""
        self._count(second)
        for charger_id, drawn_a in cars_a.items():
            drew = any(self._cars_a.get(charger_id, ()))
            self._starts += any(drawn_a) and not drew
        self._cars_a = cars_a
        total_a = _sum(cars_a)
        self._ledger.change(second, house_a, total_a)
        for phase in self._site.phases:
            over_a = house_a[phase] + total_a[phase] - self._limit_a
            if over_a > 0 and total_a[phase] > 0:
                self._over_since.setdefault(phase, second)
            else:
                self._end_overload(phase, second)

    def outcome(self, second: int) -> Outcome:
        """Return what it came to up to this second; nothing may follow."""
        self._count(second)
        self._ledger.close(second)
        for phase in self._site.phases:
            self._end_overload(phase, second)
        energy_kwh = {
            charger_id: drawn_as * self._site.volts / 3.6e6
            for charger_id, drawn_as in self._drawn_as.items()
        }
        sums = self._ledger.statistics(
            second, energy_kwh=energy_kwh, commands=0, starts=self._starts, stops=0
        )
        return Outcome(
            energy_kwh=energy_kwh,
            car_overload_s=sums.overload_s,
            longest_car_overload_s=sums.longest_overload_s,
            car_overload_as=sums.overload_as,
            house_overload_as=sums.house_overload_as,
            trips=sums.trips,
            car_trips=sums.car_trips,
            starts=self._starts,
            phases=tuple(self._phase(phase) for phase in self._site.phases),
        )

    def _phase(self, phase: Phase) -> PhaseOutcome:
        ledger = self._ledger.phases[phase]
        return PhaseOutcome(
            phase=phase,
            peak_a=ledger.peak_a,
            car_overload_as=ledger.overload_as,
            house_overload_as=ledger.house_overload_as,
            longest_car_overload_s=self._longest_s[phase],
            thermal_headroom_used={
                name: breaker.thermal_headroom_used
                for name, breaker in ledger.pole.devices.items()
            },
        )

    def _end_overload(self, phase: Phase, second: int) -> None:
        since = self._over_since.pop(phase, second)
        self._longest_s[phase] = max(self._longest_s[phase], second - since)

    def _count(self, second: int) -> None:
        for charger_id, drawn_a in self._cars_a.items():
            self._drawn_as[charger_id] += sum(drawn_a) * (second - self._second)
        self._second = second
