"""A meter that hangs while it goes on to report."""

from dataclasses import replace
from itertools import pairwise
from math import inf
from random import Random

import pytest

from benchmarks.closed_loop import Run
from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerReading,
    Circuit,
    Decision,
    MeterKind,
    MeterLoss,
    MeterLossBehavior,
    Reading,
    ReadingProblem,
    Site,
    Snapshot,
    State,
)
from custom_components.ev_lb.simulation.meter import MeterFault
from tests.engine.frozen_homes import FRESHNESS_S, found_s, random_home
from tests.engine.garage import Bay, PhaseLoad, garage, house

LIMIT_A = 25.0


def allow(run: Run, charger_id: str, max_a: float) -> None:
    """Let the owner change what a charger may have at most."""
    chargers = tuple(
        replace(row, max_current_a=max_a) if row.charger_id == charger_id else row
        for row in run.site.chargers
    )
    run.site = replace(run.site, chargers=chargers)


def latest_s(run: Run, raise_a: float) -> float:
    """Return within what time a meter that hides a raise must be found out, s."""
    limits = 1 if raise_a > 1.5 else 5
    period_s = run.plant.configuration.meter.sampling.period_s
    return limits * FRESHNESS_S + 3 * period_s + 50


@pytest.mark.parametrize("raise_a", [1, 2, 3, 10])
@pytest.mark.parametrize("seed", range(10))
def test_raise_that_does_not_show_is_found_out_on_any_meter(
    seed: int, raise_a: float
) -> None:
    """Also beside a car that is not measured, and right after the freeze."""
    random = Random(seed)
    names = ("a", "b")[: random.choice((1, 2))]
    measured = frozenset(names[: random.choice((1, 2))])
    run = random_home(random, calm=False, names=names, measured=measured)
    run.until(120 + random.uniform(0, 60))
    run.plant.set_meter_fault(MeterFault.FROZEN)
    run.until(run.plant.now_s + random.choice((0.5, 5, 40)))
    before_a = run.set_a()["a"]
    allow(run, "a", 8 + raise_a)
    raised_s = run.plant.now_s
    run.until(raised_s + random.uniform(0, 60))
    run.plant.set_extra_load("oven", (4600.0, 4600.0, 4600.0))
    first_s = found_s(run, raised_s + latest_s(run, raise_a))
    assert before_a > 0
    if before_a < max(row.current_a for row in run.commands if row.charger_id == "a"):
        assert first_s < inf
        assert set(run.set_a().values()) == {0}
        assert run.longest_overload_s("grid", first_s + 30) == 0
        # It is not believed again before it has told something else.
        assert found_s(run, first_s + 600) < inf
        assert not any(run.set_a().values())


def taken_back_s(run: Run, before_a: dict[str, float], raise_a: float) -> float:
    """Return within what time a raise that a meter hides must be taken back, s.

    The car follows and its charger tells so. Then the meter has its delay, and as long
    as one of its values stood, which takes some values to learn.
    """
    configuration = run.plant.configuration
    follows_s = max(
        row.command_delay_s
        + (row.car.dead_time_s if before_a[row.charger_id] else row.car.start_delay_s)
        + raise_a / row.car.rise_a_per_s
        + row.report.period_s
        + row.report.latency_s
        for row in configuration.chargers
    )
    reports_s = 3 * configuration.meter.sampling.period_s
    return follows_s + run.site.meter.delay_s + 10 + reports_s + 1


@pytest.mark.parametrize("raise_a", [2, 5, 12])
@pytest.mark.parametrize("seed", range(10))
def test_raise_that_does_not_show_is_soon_taken_back(seed: int, raise_a: float) -> None:
    """Long before the meter counts as lost; nothing is raised on it meanwhile."""
    random = Random(seed)
    names = ("a", "b")[: random.choice((1, 2))]
    run = random_home(random, calm=False, names=names, measured=frozenset(names))
    run.site = replace(run.site, can_export=True)
    run.until(120 + random.uniform(0, 60))
    run.plant.set_meter_fault(MeterFault.FROZEN)
    run.until(run.plant.now_s + random.choice((0.5, 5, 40)))
    before_a = run.set_a()
    for name in names[: random.choice((1, 2))]:
        allow(run, name, 8 + raise_a)
    first_s = run.plant.now_s
    while run.set_a() == before_a and run.plant.now_s < first_s + 200:
        run.until(run.plant.now_s + 1)
    run.until(run.plant.now_s + taken_back_s(run, before_a, raise_a))
    commands = len(run.commands)
    assert all(run.set_a()[name] <= before_a[name] for name in names)
    run.until(run.plant.now_s + 300)
    if before_a["a"] > 0:
        assert all(row.current_a < row.before_a for row in run.commands[commands:])


def _charging(raise_a: float, *falls: tuple[int, float]) -> Run:
    """Return a calm home whose car was just given more; its house falls meanwhile."""
    steps: list[tuple[int, PhaseLoad]] = [(0, (9.0,) * 3)]
    steps += [(second, (9.0 - less_a,) * 3) for second, less_a in falls]
    run = garage((Bay(name="a", max_a=32),), house(*steps), tells_phases=True)
    allow(run, "a", 8)
    run.until(120)
    assert run.set_a() == {"a": 8}
    allow(run, "a", 8 + raise_a)
    return run


@pytest.mark.parametrize("raise_a", [2, 3, 4, 7])
def test_raise_is_made_again_once_the_meter_shows_that_it_was_taken_back(
    raise_a: float,
) -> None:
    """A house that falls by what a car rises looks like a frozen meter for a moment."""
    run = _charging(raise_a)
    run.until(140)
    falls = tuple(
        (round(flow.time_s), flow.cars_a["a"][0] - 8)
        for flow in run.flows
        if flow.time_s > 120
    )
    assert falls[-1][1] == raise_a
    run = _charging(raise_a, *falls)
    assert found_s(run, 300) == inf
    set_a = [row.current_a for row in run.commands if row.time_s >= 120]
    assert set_a == [8 + raise_a, 8, 8 + raise_a]


@pytest.mark.parametrize("renewed_s", [1, 5, 10, 20, 30, 45])
def test_no_raise_is_taken_back_where_the_same_value_is_reported_again(
    renewed_s: int,
) -> None:
    """Many meters are asked more often than they have anything new to tell."""
    car = Charger(
        charger_id="car", circuit_id="grid", max_current_a=6, measures_current=True
    )
    circuit = Circuit(circuit_id="grid", limit_a=(LIMIT_A,) * 3)
    site = Site(circuits=(circuit,), chargers=(car,), can_export=True)
    state, set_a, drawn_a, shown_a = State(), [0.0], [0.0], 2.0
    accepted = Reading(0.0, 0.0)
    for now_s in range(1500):
        if now_s in {400, 700, 1000, 1300}:
            car = replace(car, max_current_a=car.max_current_a + 3)
            site = replace(site, chargers=(car,))
        target_a = set_a[max(now_s - 4, 0)]
        drawn_a.append(min(target_a, drawn_a[-1] + 2) if target_a else 0.0)
        if now_s % renewed_s == 0:
            shown_a = 2.0 + drawn_a[-1]
        told = ChargerReading(
            charger_id="car",
            measured_a=(Reading(drawn_a[-1], now_s),) * 3,
            accepted=accepted,
        )
        reading = Reading(shown_a, now_s - now_s % 5)
        snapshot = Snapshot(phase_currents_a=(reading,) * 3, chargers=(told,))
        decision = decide(site, state, snapshot, now_s)
        state = decision.state
        if decision.chargers[0].set_a != set_a[-1]:
            accepted = Reading(decision.chargers[0].set_a, now_s)
        set_a.append(decision.chargers[0].set_a)
    assert set_a == sorted(set_a)
    assert set_a[-1] == 18


@pytest.mark.parametrize("calm", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_no_raise_is_taken_back_where_the_meter_shows_it(seed: int, calm: bool) -> None:
    """However coarse, slow or averaging it is. A total is asked for by cuts, too."""
    random = Random(seed)
    run = random_home(random, calm=calm, names=("a",), measured=frozenset({"a"}))
    while run.site.meter.kind is MeterKind.TOTAL:
        run = random_home(random, calm=calm, names=("a",), measured=frozenset({"a"}))
    run.until(200)
    for max_a in (10, 11, 15):
        allow(run, "a", max_a)
        since_s = run.plant.now_s
        assert found_s(run, since_s + 200) == inf
        assert all(
            row.current_a > row.before_a
            for row in run.commands
            if row.time_s >= since_s
        )


@pytest.mark.parametrize("battery", [False, True])
@pytest.mark.parametrize("calm", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_meter_that_tells_the_truth_is_not_taken_for_frozen(
    seed: int, calm: bool, battery: bool
) -> None:
    """Also where a battery keeps the home at zero, whether it tells its power or not."""
    random = Random(seed)
    names = ("a", "b")[: random.choice((1, 2))]
    measured = frozenset(names[: random.choice((1, 2))])
    run = random_home(
        random, calm=calm, names=names, measured=measured, battery=battery
    )
    run.until(60)
    for _ in range(8):
        allow(run, random.choice(names), random.randint(6, 16))
        assert found_s(run, run.plant.now_s + random.uniform(20, 200)) == inf


@pytest.mark.parametrize("seed", range(6))
def test_frozen_meter_stays_lost_when_the_car_goes_back(seed: int) -> None:
    """The current of the fallback is what the car drew when the meter froze."""
    random = Random(seed)
    run = random_home(random, calm=False, names=("a",), measured=frozenset({"a"}))
    loss = MeterLoss(behavior=MeterLossBehavior.SET_CURRENT, fallback_current_a=8)
    run.site = replace(run.site, meter_loss=loss)
    run.until(150)
    run.plant.set_meter_fault(MeterFault.FROZEN)
    allow(run, "a", 14)
    assert found_s(run, 150 + latest_s(run, 6)) < inf
    for _ in range(60):
        decision = run.until(run.plant.now_s + 5)
        assert ReadingProblem.STUCK in decision.problems
    assert run.set_a()["a"] <= 8
    # A coarse meter that is back may still tell the same: then the house must move.
    run.plant.set_meter_fault(None)
    run.plant.set_extra_load("kettle", (1000.0, 1000.0, 1000.0))
    assert run.until(run.plant.now_s + 120).meter_ok


@pytest.mark.parametrize("seed", range(24))
def test_no_car_is_raised_twice_on_the_values_of_a_frozen_meter(seed: int) -> None:
    random = Random(seed)
    count = random.choice((1, 1, 2, 3))
    bays = tuple(
        Bay(name=f"car{place}", max_a=32, measured=random.random() < 0.6)
        for place in range(count)
    )
    load_a = random.uniform(-8, 6)
    run = garage(
        bays,
        house((0, (load_a, load_a + 0.3, load_a + 0.6))),
        tells_phases=random.random() < 0.5,
        can_export=True,
    )
    most_a = dict.fromkeys((bay.name for bay in bays), 6.0)
    for name in most_a:
        allow(run, name, 6.0)
    run.until(60 + random.uniform(0, 30))
    run.plant.set_meter_fault(MeterFault.FROZEN)
    frozen_s = run.plant.now_s
    for _ in range(12):
        name = random.choice(list(most_a))
        most_a[name] = min(32.0, most_a[name] + random.choice((2, 3, 2.5)))
        allow(run, name, most_a[name])
        run.until(run.plant.now_s + random.uniform(5, 60))
    raises = [
        row
        for row in run.commands
        if row.time_s > frozen_s + 2 and row.current_a > row.before_a
    ]
    # Those raised at one moment rest on the same true reading.
    assert len({row.time_s for row in raises}) <= 1
    assert run.plant.statistics().overload_s == 0


@pytest.mark.parametrize("seed", range(8))
def test_raises_go_on_while_the_meter_moves(seed: int) -> None:
    random = Random(seed)
    bays = (Bay(name="a", max_a=16), Bay(name="b", measured=random.random() < 0.5))
    run = garage(bays, house((0, (3.0, 3.2, 3.4))), tells_phases=True)
    for max_a in range(6, 11):
        for bay in bays:
            allow(run, bay.name, max_a)
        run.until(run.plant.now_s + 60)
    assert run.set_a() == {"a": 10, "b": 10}
    times_s = [row.time_s for row in run.commands if row.charger_id == "a"]
    assert all(later - sooner <= 70 for sooner, later in pairwise(times_s))


def _zero_home(shown_a: float, drawn_a: float) -> Decision:
    """Show a value on all phases for a while, and a car that draws."""
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(LIMIT_A,) * 3),),
        chargers=(
            Charger(
                charger_id="car",
                circuit_id="grid",
                max_current_a=32,
                measures_current=True,
            ),
        ),
        can_export=True,
    )
    state = State()
    for now_s in range(0, 400, 5):
        shown = 12.0 if now_s < 60 else shown_a
        reading = Reading(shown, now_s)
        car = ChargerReading(
            charger_id="car",
            measured_a=(Reading(drawn_a, now_s),) * 3,
        )
        snapshot = Snapshot(phase_currents_a=(reading,) * 3, chargers=(car,))
        decision = decide(site, state, snapshot, now_s)
        state = decision.state
    return decision


@pytest.mark.parametrize("drawn_a", [6.0, 10.0, 16.0])
def test_a_meter_that_shows_zero_on_all_phases_while_a_car_draws_is_not_believed(
    drawn_a: float,
) -> None:
    decision = _zero_home(0.0, drawn_a)
    assert decision.problems == (ReadingProblem.STUCK,) * len(ALL_PHASES)


def test_a_meter_that_shows_zero_while_nothing_draws_is_believed() -> None:
    decision = _zero_home(0.0, 0.0)
    assert decision.meter_ok
