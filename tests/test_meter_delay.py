"""How late a meter is, by what the cars behind it do."""

from dataclasses import dataclass, field, replace
from random import Random

import pytest

from benchmarks.closed_loop import Run, site_for
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerReading,
    Circuit,
    CircuitReading,
    Meter,
    Phase,
    Reading,
    ReadingProblem,
    Response,
    Site,
    Snapshot,
)
from custom_components.ev_lb.health.meter_delay import (
    MARGIN_S,
    VOTES,
    DelayWatch,
    found_delay_s,
)
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import HouseholdLoad
from custom_components.ev_lb.simulation.meter import MeterConfiguration
from custom_components.ev_lb.simulation.plant import (
    Plant,
    PlantConfiguration,
    PlantView,
)
from custom_components.ev_lb.simulation.sampling import Sampling

STEP_S = 127
LEVELS_A = (0.0, 10.0, 0.0, 16.0, 8.0, 16.0, 6.0, 0.0, 12.0, 6.0, 16.0, 0.0, 9.0)
SHORTEST_S = 3.0
VOLTAGE_V = 230


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A car that takes each level for a while, behind a meter that is late."""

    late_s: int = 0
    period_s: int = 1
    mean_s: int = 1
    car_late_s: int = 0
    used: int = 3
    noise_a: float = 0.0
    total: bool = False
    circuit: bool = False
    other_car: bool = False
    problem: ReadingProblem | None = None
    levels_a: tuple[float, ...] = LEVELS_A
    pulse_s: int | None = None
    """How long the car takes a level before it goes back; None where it stays."""
    hides: float = 0.0
    """The part of the car's level by which the house falls at the same time..."""
    hides_s: int = 0
    """...and for how long."""

    def level_a(self, second: int) -> float:
        place, since_s = divmod(max(second, 0), STEP_S)
        if self.pulse_s is None or since_s < self.pulse_s:
            return self.levels_a[place]
        return self.levels_a[0]

    def house_a(self, second: int) -> float:
        hidden = max(second, 0) % STEP_S < self.hides_s
        return 5.0 - self.hides * self.level_a(second) if hidden else 5.0

    def watch(self) -> DelayWatch:
        """Return what has watched it all."""
        watch, random, home = DelayWatch(), Random(1), site()
        meter_a, read_s = 0.0, 0
        for second in range(STEP_S * len(self.levels_a)):
            if second % self.period_s == 0:
                seen = range(
                    second - self.late_s, second - self.late_s - self.mean_s, -1
                )
                meter_a = sum(map(self.level_a, seen)) / self.mean_s
                meter_a += random.gauss(self.house_a(second), self.noise_a)
                read_s = second
            watch.look(home, self.snapshot(second, meter_a, read_s), float(second))
        return watch

    def snapshot(self, second: int, meter_a: float, read_s: int) -> Snapshot:
        first, l2, l3 = (
            Reading(meter_a if phase < self.used else 5.0, read_s, self.problem)
            for phase in ALL_PHASES
        )
        told = Reading(self.level_a(second - self.car_late_s), float(second))
        other = Reading(self.level_a(second) if self.other_car else 0.0, float(second))
        chargers = (
            ChargerReading(charger_id="car", measured_a=(told,)),
            ChargerReading(charger_id="other", measured_a=(other,)),
        )
        still = Reading(5.0, float(second))
        nothing = (still, still, still)
        currents = (first, l2, l3)
        if self.circuit:
            circuits = (CircuitReading(circuit_id="garage", phase_currents_a=currents),)
            return Snapshot(
                phase_currents_a=nothing, chargers=chargers, circuits=circuits
            )
        if self.total:
            watts = sum(row.value for row in currents) * VOLTAGE_V
            total = Reading(watts, read_s, self.problem)
            return Snapshot(total_power_w=total, chargers=chargers)
        return Snapshot(phase_currents_a=currents, chargers=chargers)

    @property
    def found_s(self) -> float:
        found = self.watch().delays_s()
        return found.get("garage" if self.circuit else "grid", 0.0)


def site() -> Site:
    limit_a = (25.0, 25.0, 25.0)
    return Site(
        circuits=(
            Circuit(circuit_id="grid", limit_a=limit_a),
            Circuit(
                circuit_id="garage", limit_a=limit_a, parent_id="grid", meter=Meter()
            ),
        ),
        chargers=(
            Charger(charger_id="car", circuit_id="garage"),
            Charger(charger_id="other", circuit_id="grid"),
        ),
    )


@pytest.mark.parametrize("late_s", [5, 10, 30])
@pytest.mark.parametrize("used", [1, 3])
@pytest.mark.parametrize(
    ("total", "circuit"), [(False, False), (True, False), (False, True)]
)
def test_a_late_meter_is_found_out(
    late_s: int, used: int, total: bool, circuit: bool
) -> None:
    trace = Trace(late_s=late_s, used=used, total=total, circuit=circuit)
    assert late_s - 1 <= trace.found_s <= late_s + MARGIN_S


@pytest.mark.parametrize("pulse_s", [3, 12, 40])
@pytest.mark.parametrize("late_s", [5, 10, 30, 45])
@pytest.mark.parametrize("used", [1, 3])
@pytest.mark.parametrize("total", [False, True])
def test_a_late_meter_is_found_out_by_a_car_that_soon_goes_back(
    late_s: int, pulse_s: int, used: int, total: bool
) -> None:
    """A raise that the meter does not show in time is taken back."""
    trace = Trace(late_s=late_s, pulse_s=pulse_s, used=used, total=total)
    assert late_s - 1 <= trace.found_s <= late_s + MARGIN_S


@pytest.mark.parametrize("period_s", [1, 2, 5, 10])
def test_a_meter_that_tells_a_mean_is_late_by_that(period_s: int) -> None:
    trace = Trace(period_s=period_s, mean_s=10, late_s=2)
    assert 2 + 0.5 * 10 <= trace.found_s <= 2 + 10 + MARGIN_S


@pytest.mark.parametrize(
    "trace",
    [
        Trace(),
        Trace(period_s=10),
        Trace(period_s=60),
        Trace(late_s=2, period_s=10),
        Trace(late_s=10, car_late_s=10),
        Trace(late_s=10, other_car=True),
        Trace(late_s=10, problem=ReadingProblem.STUCK),
        Trace(late_s=10, levels_a=(0.0, 10.0, 0.0)),
        Trace(late_s=10, levels_a=(6.0, 9.0, 6.0, 9.0, 6.0, 9.0, 6.0, 9.0)),
        Trace(late_s=10, used=0),
        Trace(pulse_s=12),
        Trace(period_s=10, pulse_s=12),
        Trace(period_s=60, pulse_s=12),
        Trace(late_s=10, car_late_s=10, pulse_s=12),
        Trace(late_s=10, other_car=True, pulse_s=12),
        Trace(late_s=10, used=0, pulse_s=12),
        *(
            Trace(pulse_s=65, hides=part, hides_s=50, period_s=period_s)
            for part in (0.4, 0.5, 0.6, 1.0)
            for period_s in (1, 5, 10)
        ),
    ],
)
def test_nothing_is_made_of_what_proves_nothing(trace: Trace) -> None:
    assert trace.found_s <= SHORTEST_S


@pytest.mark.parametrize("seed", range(40))
def test_no_meter_is_found_to_be_later_than_it_is(seed: int) -> None:
    """Whatever the meter, the car and the noise of the house."""
    random = Random(seed)
    trace = Trace(
        late_s=random.randrange(20),
        period_s=random.choice((1, 2, 5, 10, 30)),
        mean_s=random.choice((1, 1, 5, 10)),
        car_late_s=random.choice((0, 1, 5, 20)),
        used=random.choice((1, 2, 3)),
        noise_a=random.choice((0.0, 0.3)),
        total=random.random() < 0.3,
        levels_a=tuple(random.choice((0.0, 6.0, 10.0, 16.0)) for _ in range(30)),
        pulse_s=random.choice((None, 2, 5, 12, 30, 60, 110)),
    )
    assert trace.found_s <= max(SHORTEST_S, trace.late_s + trace.mean_s + MARGIN_S)


@pytest.mark.parametrize(
    ("seen_s", "found_s"),
    [
        ([], 0.0),
        ([30.0] * (VOTES - 1), 0.0),
        ([30.0] * (VOTES - 1) + [0.0] * 9, 0.0),
        ([30.0, 4.0, 8.0, 0.0], 4.0 + MARGIN_S),
        ([8.0] * VOTES, 8.0 + MARGIN_S),
    ],
)
def test_several_steps_must_agree(seen_s: list[float], found_s: float) -> None:
    assert found_delay_s(seen_s) == found_s


@dataclass(slots=True)
class LearningRun(Run):
    """A closed loop that takes up what the steps show of its meter."""

    watch: DelayWatch = field(default_factory=DelayWatch)

    def _snapshot(self, view: PlantView) -> Snapshot:
        snapshot = super()._snapshot(view)
        if self.watch.look(self.site, snapshot, view.time_s):
            self.site = self.watch.applied(self.site)
        return snapshot


def run_of(delay_s: float, sampling: Sampling, *, averages: bool, learns: bool) -> Run:
    """Return an afternoon of one car that always has room for its minimum."""
    house_a = (4.0, 17.0, 8.0, 18.0)
    seconds = tuple(range(0, 2 * 3600, 300))
    configuration = PlantConfiguration(
        service_current_a=25,
        phases=(Phase.L1,),
        start_hour=0,
        household=HouseholdLoad(
            seconds=seconds,
            powers_w=tuple(
                (house_a[place % len(house_a)] * VOLTAGE_V, 0.0, 0.0)
                for place in range(len(seconds))
            ),
            length_s=10**6,
        ),
        meter=MeterConfiguration(averages=averages, sampling=sampling),
        chargers=(
            ChargerConfiguration(
                phases=(Phase.L1,), car=CarConfiguration(phase_count=1, dead_time_s=3)
            ),
        ),
    )
    built = site_for(
        configuration,
        measures_current=True,
        response=Response(dead_time_s=6),
        freshness_limit_s=180,
    )
    built = replace(built, meter=replace(built.meter, delay_s=delay_s))
    run = (LearningRun if learns else Run)(built, Plant(configuration))
    run.until(2 * 3600)
    return run


def stops_s(run: Run) -> list[float]:
    """Return when its car was stopped, s."""
    return [
        row.time_s for row in run.commands if row.before_a > 0 and row.current_a == 0
    ]


@pytest.mark.parametrize(
    ("sampling", "averages"),
    [
        (Sampling(latency_s=10), False),
        (Sampling(latency_s=30), False),
        (Sampling(latency_s=7, jitter_s=2), False),
        (Sampling(latency_s=3, period_s=10), True),
    ],
)
def test_a_slow_meter_stops_no_car_without_need(
    sampling: Sampling, averages: bool
) -> None:
    """What the car has just given up is no load of the house."""
    right_s = sampling.latency_s + sampling.jitter_s + 1
    right_s += sampling.period_s if averages else 0
    hasty = run_of(SHORTEST_S, sampling, averages=averages, learns=False)
    right = run_of(right_s, sampling, averages=averages, learns=False)
    learning = run_of(SHORTEST_S, sampling, averages=averages, learns=True)

    # Several of them in a row hold the car back for longer and longer.
    assert len(stops_s(hasty)) >= 5
    assert stops_s(right) == []
    assert SHORTEST_S < learning.site.meter.delay_s <= right_s
    assert len(stops_s(learning)) <= len(stops_s(hasty)) / 2
    assert [row for row in stops_s(learning) if row > 3600] == []
