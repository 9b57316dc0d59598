"""Whose fault is a trip: the house's, a broken device's, or the engine's.

A trip counts as the engine's where the same fuse would not have tripped with
the *unavoidable* currents in its place. Unavoidable is, in each second,

- the house;
- all cars as they drew, as long as the fuse carries no more than its limit;
- all cars as they drew, for one *reaction time* after the limit was first
  exceeded, and again whenever the house then draws more than before: no
  controller with the same meter and the same command paths can be faster. An
  overload is over when the limit has been kept for half a minute;
- a charger that does not do what it is told (deaf, offline, late, half obeying)
  as its car drew, until one reaction time after it obeys again;
- all cars as they drew while nothing can tell of an overload: the meter is
  frozen or its unit wrong, the engine's process is down, a silent meter has not
  passed its freshness limit yet, or the user chose that cars go on without it;
- all cars behind a fuse without a meter, while one of them that nobody measures
  does not do what it is told. Only one that is stopped gives itself away, where
  its charger says that it charges.

It is not the engine's either where they would have tripped it a moment later.

So what is left is each ampere of an obedient car that flows in an overload
which could have been known, later than it had to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, inf
from typing import Final

from custom_components.ev_lb.engine.model import (
    Charger,
    Circuit,
    MeterLossBehavior,
    Phase,
)
from custom_components.ev_lb.simulation.breaker import DEVICES, Tripping
from custom_components.ev_lb.simulation.charger import ChargerFault
from custom_components.ev_lb.simulation.meter import MeterFault

from .closed_loop import Command, Flow, Run
from .drill_faults import Fault, Trouble
from .drill_homes import Home

DEVICE: Final = DEVICES["typical"]
NEVER_TRIPS: Final = DEVICE.threshold**0.5
"""No current up to this multiple of the rating ever trips the device."""
CALM_S: Final = 30
MEASURABLE_A: Final = 1.0
"""An overload below the coarsest meter's resolution cannot be known, A."""
RESEND_S: Final = 30.0
"""A command that gets lost is sent again after this, s."""
SOONER_S: Final = 120
"""A trip that comes only this much sooner would have come anyway, s."""


@dataclass(frozen=True, slots=True)
class Trip:
    """A breaker that tripped."""

    second: int
    circuit_id: str
    phase: Phase
    by_engine: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The trips of a home's day."""

    trips: tuple[Trip, ...]
    house_trips: int

    @property
    def engine_trips(self) -> int:
        """How many are the engine's."""
        return sum(trip.by_engine for trip in self.trips)


def judge(home: Home, run: Run, faults: Sequence[Fault]) -> Verdict:
    """Find each fuse's trips, and whose they are."""
    trips: list[Trip] = []
    house_trips = 0
    for circuit in home.site.circuits:
        for phase in home.site.phases:
            fuse = _Fuse(home, circuit, phase, faults, run)
            found, by_house = fuse.judge()
            trips += found
            house_trips += by_house
    return Verdict(tuple(trips), house_trips)


def reaction_s(home: Home, charger: Charger) -> float:
    """Return the longest that a faultless controller needs to stop a car, s."""
    wired = next(
        row for row in home.plant.chargers if row.charger_id == charger.charger_id
    )
    sampling = home.plant.meter.sampling
    reading_s = sampling.period_s + sampling.latency_s + sampling.jitter_s
    if home.plant.meter.averages:
        reading_s += sampling.period_s
    if sampling.missing:
        reading_s += 2 * sampling.period_s
    command_s = wired.command_delay_s + wired.command_period_s
    if wired.command_loss:
        command_s += RESEND_S + charger.response.dead_time_s
    return reading_s + command_s + wired.car.dead_time_s + 3


class _Fuse:
    """One fuse in one phase."""

    def __init__(
        self,
        home: Home,
        circuit: Circuit,
        phase: Phase,
        faults: Sequence[Fault],
        run: Run,
    ) -> None:
        self.home = home
        self.run = run
        self.circuit = circuit
        self.phase = phase
        self.faults = faults
        self.limit_a = circuit.limit_a[phase]
        behind = {circuit.circuit_id}
        for row in home.site.circuits:
            if row.parent_id in behind:
                behind.add(row.circuit_id)
        self.chargers = [c for c in home.site.chargers if c.circuit_id in behind]
        self.reaction_s = max(
            (reaction_s(home, charger) for charger in self.chargers), default=0.0
        )

        self.unproven: list[Command] = []
        """What was commanded behind a fuse without a meter and is not measured."""
        if circuit.parent_id is not None and circuit.meter is None:
            names = {c.charger_id for c in self.chargers if not c.measures_current}
            self.unproven = [row for row in run.commands if row.charger_id in names]

    def judge(self) -> tuple[list[Trip], int]:
        """Return the trips, and how many the house alone would have caused."""
        flows = list(self._flows())
        if all(
            house_a + sum(cars_a.values()) < NEVER_TRIPS * self.limit_a
            for _, _, house_a, cars_a in flows
        ):
            return [], 0
        preload = (max(0.0, flows[0][2]) / self.limit_a) ** 2
        real = Tripping(DEVICE, preload)
        house = Tripping(DEVICE, preload)
        unavoidable = Tripping(DEVICE, preload)
        trips_s: list[int] = []
        unavoidable_s: list[int] = []
        for start_s, end_s, house_a, cars_a, least_a in self._with_least(flows):
            total_a = house_a + sum(cars_a.values())
            before = real.trips, unavoidable.trips
            real.carry((total_a / self.limit_a) ** 2, end_s - start_s)
            house.carry((house_a / self.limit_a) ** 2, end_s - start_s)
            unavoidable.carry((least_a / self.limit_a) ** 2, end_s - start_s)
            if real.trips > before[0]:
                trips_s.append(start_s)
            if unavoidable.trips > before[1]:
                unavoidable_s.append(start_s)
        trips: list[Trip] = []
        for second in trips_s:
            by_engine = not unavoidable_s or unavoidable_s[0] > second + SOONER_S
            if not by_engine:
                del unavoidable_s[0]
            trips.append(Trip(second, self.circuit.circuit_id, self.phase, by_engine))
        return trips, house.trips

    def _flows(self) -> Iterator[tuple[int, int, float, dict[str, float]]]:
        """Yield from when until when what flows: the house, and each car, A."""
        run = self.run
        last = Flow(run.plant.now_s, (0.0, 0.0, 0.0), {})
        for flow, later in pairwise([*run.flows, last]):
            start_s, end_s = int(flow.time_s), int(later.time_s)
            if end_s <= start_s:
                continue
            house_a = 0.0
            if self.circuit.parent_id is None:
                house_a = flow.house_a[self.phase]
            cars_a = {
                row.charger_id: flow.cars_a[row.charger_id][self.phase]
                for row in self.chargers
            }
            yield start_s, end_s, house_a, cars_a

    def _with_least(
        self, flows: list[tuple[int, int, float, dict[str, float]]]
    ) -> Iterator[tuple[int, int, float, dict[str, float], float]]:
        """Add the unavoidable current to each stretch, cut where that changes."""
        deadline_s = -inf
        highest_a = -inf
        calm_since_s = -inf
        for start_s, end_s, house_a, cars_a in flows:
            total_a = house_a + sum(cars_a.values())
            if total_a <= self.limit_a + MEASURABLE_A:
                calm_since_s = min(calm_since_s, start_s)
                if end_s - calm_since_s >= CALM_S:
                    highest_a = -inf
                yield start_s, end_s, house_a, cars_a, total_a
                continue
            calm_since_s = inf
            if house_a > highest_a + MEASURABLE_A / 2:
                highest_a = house_a
                deadline_s = self._deadline_s(start_s)
            for begin_s, stop_s in self._cut(start_s, end_s, deadline_s):
                least_a = total_a
                if begin_s >= deadline_s and not self._is_unseen(begin_s):
                    least_a = house_a + sum(
                        current_a
                        for charger_id, current_a in cars_a.items()
                        if self._disobeys(charger_id, begin_s)
                    )
                yield begin_s, stop_s, house_a, cars_a, least_a

    def _cut(
        self, start_s: int, end_s: int, deadline_s: float
    ) -> Iterator[tuple[int, int]]:
        """Cut a stretch where the unavoidable current may change in it."""
        moments = {start_s, end_s}
        edges: list[float] = [deadline_s] if deadline_s < inf else []
        for fault in self.faults:
            if isinstance(fault.kind, ChargerFault):
                edges += self._disobedience(fault)
        for row in self.unproven:
            edges += [ceil(row.time_s), ceil(row.time_s + self.reaction_s + RESEND_S)]
        moments |= {int(edge) for edge in edges if start_s < int(edge) < end_s}
        yield from pairwise(sorted(moments))

    def _is_unseen(self, second: int) -> bool:
        """Tell whether nothing shows what flows through this fuse."""
        if self.circuit.parent_id is None or self.circuit.meter is not None:
            return False
        return any(
            not row.measures_current
            and self._disobeys(row.charger_id, second)
            and not self._shows_itself(row.charger_id, second)
            for row in self.chargers
        )

    def _shows_itself(self, charger_id: str, second: int) -> bool:
        """Tell whether a charger has been stopped for a while and says it charges."""
        since_s = second - self.reaction_s - RESEND_S
        told = [row for row in self.unproven if row.charger_id == charger_id]
        before = [row for row in told if row.time_s <= since_s][-1:]
        lately = [row for row in told if since_s < row.time_s <= second]
        stopped = all(row.current_a == 0 for row in [*before, *lately])
        return self.home.tells_status and bool(before) and stopped

    def _disobeys(self, charger_id: str, second: int) -> bool:
        for fault in self.faults:
            if fault.charger_id == charger_id and isinstance(fault.kind, ChargerFault):
                start_s, end_s = self._disobedience(fault)
                if start_s <= second < end_s:
                    return True
        return False

    def _disobedience(self, fault: Fault) -> tuple[int, int]:
        """Return from when until when a charger cannot be expected to obey, s."""
        end_s = fault.end_s + self.reaction_s
        if fault.kind is not ChargerFault.OFFLINE:
            # Nobody told it anew: that happens when it is seen not to follow.
            end_s += RESEND_S
        return floor(fault.start_s - self.reaction_s), ceil(end_s)

    def _deadline_s(self, second: int) -> float:
        """Return by when an overload that begins now can be over, s."""
        deadline_s = second + self.reaction_s
        for fault in self.faults:
            blind_until_s = self._blind_until_s(fault)
            if fault.start_s - self.reaction_s <= second < blind_until_s:
                deadline_s = max(deadline_s, blind_until_s + self.reaction_s)
        return deadline_s

    def _blind_until_s(self, fault: Fault) -> float:
        """Return until when a fault hides overloads, s."""
        meter = self.home.plant.meter
        chosen = self.home.site.meter_loss.behavior is not MeterLossBehavior.STOP
        period_s = meter.sampling.period_s
        match fault.kind:
            case MeterFault.LATE:
                return fault.end_s + meter.late_s
            case MeterFault.FROZEN | MeterFault.THOUSANDTH:
                return fault.end_s + period_s
            case MeterFault.LOST | MeterFault.SILENT if chosen:
                return fault.end_s + period_s
            case MeterFault.SILENT:
                fresh_s = self.home.site.meter.freshness_limit_s
                return min(fault.end_s + period_s, fault.start_s + fresh_s)
            case Trouble.RESTART | Trouble.SUSPENDED:
                return fault.end_s + period_s
            case _:
                return -inf
