"""The drill: homes by seed, and whose fault a trip is."""

from dataclasses import replace
import json
from pathlib import Path
from random import Random

import pytest

from benchmarks.closed_loop import Command, Flow, Run, site_for
from benchmarks.drill import Drilled, drill_seed, replay, run as run_drill, summary
from benchmarks.drill_blame import Verdict, judge, reaction_s
from benchmarks.drill_faults import Fault, Trouble, live, random_faults
from benchmarks.drill_homes import Home, random_home
from benchmarks.parallel import Workers
from custom_components.ev_lb.engine.model import (
    Circuit,
    MeterLoss,
    MeterLossBehavior,
    Phase,
)
from custom_components.ev_lb.simulation.charger import (
    ChargerConfiguration,
    ChargerFault,
)
from custom_components.ev_lb.simulation.household import HouseholdLoad
from custom_components.ev_lb.simulation.meter import MeterFault
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration

HOUR_S = 3600
QUICK_SEED = 20  # two hours of a car, and a slow meter


def home(
    house_a: float = 2, behavior: MeterLossBehavior = MeterLossBehavior.STOP
) -> Home:
    """Return a home on 25 A with one phase and two chargers."""
    plant = PlantConfiguration(
        phases=(Phase.L1,),
        start_hour=0,
        household=HouseholdLoad((0,), ((house_a * 230.0, 0.0, 0.0),)),
        chargers=tuple(
            ChargerConfiguration(charger_id=name, phases=(Phase.L1,))
            for name in ("a", "b")
        ),
    )
    site = replace(site_for(plant), meter_loss=MeterLoss(behavior=behavior))
    return Home(plant, site, tells_status=True, tells_phases=False)


def verdict(
    house_a: list[tuple[int, float]],
    cars_a: list[tuple[int, float, float]],
    *faults: Fault,
    behavior: MeterLossBehavior = MeterLossBehavior.STOP,
) -> Verdict:
    """Judge an hour in which house and cars draw this from each second on."""
    judged = home(behavior=behavior)
    run = Run(judged.site, Plant(judged.plant))
    run.plant.advance(HOUR_S)
    for second in sorted({row[0] for row in [*house_a, *cars_a]}):
        house = [amps for since_s, amps in house_a if since_s <= second][-1]
        _, a, b = [row for row in cars_a if row[0] <= second][-1]
        cars = {"a": (a, 0.0, 0.0), "b": (b, 0.0, 0.0)}
        run.flows.append(Flow(second, (house, 0.0, 0.0), cars))
    return judge(judged, run, faults)


def counts(found: Verdict) -> tuple[bool, bool, bool]:
    """Tell whether there are trips, by the house alone, and by the engine."""
    return bool(found.trips), found.house_trips > 0, found.engine_trips > 0


def test_no_trip_no_blame() -> None:
    assert counts(verdict([(0, 10)], [(0, 8, 6)])) == (False, False, False)


def test_house_that_trips_alone_is_nobody_s_fault() -> None:
    found = verdict([(0, 5), (600, 60)], [(0, 6, 6), (605, 0, 0)])
    assert counts(found) == (True, True, False)


def test_car_that_goes_on_in_an_overload_is_the_engine_s() -> None:
    found = verdict([(0, 5), (600, 20)], [(0, 16, 0)])
    assert counts(found) == (True, False, True)
    assert found.trips[0].phase is Phase.L1


def test_trip_only_a_minute_sooner_is_not_the_engine_s() -> None:
    """The house trips it alone, two cycles of the oven later than with a warm fuse."""
    oven = [(900 + 45 * use, 40.6) for use in range(12)]
    pauses = [(925 + 45 * use, 20.6) for use in range(12)]
    house = sorted([(0, 5.0), (300, 20.6), *oven, *pauses, (1600, 5.0)])
    alone = verdict(house, [(0, 0, 0)])
    warmed = verdict(house, [(0, 6, 0), (700, 0, 0)])
    assert 0 < alone.trips[0].second - warmed.trips[0].second <= 120
    assert warmed.engine_trips == 0


def test_trip_long_before_one_of_the_house_is_the_engine_s() -> None:
    house = [(0, 5.0), (600, 20.0), (2400, 60.0)]
    found = verdict(house, [(0, 16, 0), (2000, 0, 0)])
    assert found.trips[0].by_engine
    assert not found.trips[-1].by_engine


def test_what_nobody_could_have_stopped_in_time_is_unavoidable() -> None:
    """The house asks for so much that the breaker goes within the reaction time."""
    seconds = round(reaction_s(home(), home().site.chargers[0]))
    found = verdict([(0, 5), (600, 70)], [(0, 16, 4), (600 + seconds, 0, 0)])
    assert counts(found)[2] is False


def test_each_step_of_the_house_has_a_reaction_time_of_its_own() -> None:
    house = [(0, 5.0), *((600 + 5 * step, 22 + 2.0 * step) for step in range(30))]
    cars = [(0, 16.0, 0.0), (750, 0.0, 0.0)]
    assert counts(verdict(house, cars))[2] is False
    assert counts(verdict([(0, 5), (600, 30)], cars))[2] is True


@pytest.mark.parametrize("kind", ChargerFault)
def test_disobedient_charger_is_no_excuse_for_the_others(kind: ChargerFault) -> None:
    fault = Fault(kind, 500, HOUR_S, "a")
    own_draw = [(0, 5.0), (600, 20.0)], [(0, 16.0, 0.0)]
    assert counts(verdict(*own_draw)) == (True, False, True)
    assert counts(verdict(*own_draw, fault)) == (True, False, False)
    with_another = verdict([(0, 5), (600, 9)], [(0, 16, 16)], fault)
    assert counts(with_another) == (True, False, True)


@pytest.mark.parametrize(
    ("measured", "told_a", "by_engine"),
    [(True, 10.0, True), (False, 10.0, False), (False, 0.0, True)],
)
def test_fuse_without_a_meter_is_guarded_by_what_its_chargers_tell(
    measured: bool, told_a: float, by_engine: bool
) -> None:
    """One that nobody measures gives itself away only when it is stopped."""
    plain = home()
    limit_a = (16.0, 16.0, 16.0)
    garage = Circuit(circuit_id="garage", limit_a=limit_a, parent_id="grid")
    chargers = tuple(
        replace(row, circuit_id="garage", measures_current=measured)
        for row in plain.site.chargers
    )
    circuits = (*plain.site.circuits, garage)
    site = replace(plain.site, circuits=circuits, chargers=chargers)
    judged = replace(plain, site=site)
    run = Run(site, Plant(judged.plant))
    run.plant.advance(HOUR_S)
    for second, a, b in ((0, 0.0, 0.0), (600, 14.0, 10.0)):
        cars = {"a": (a, 0.0, 0.0), "b": (b, 0.0, 0.0)}
        run.flows.append(Flow(second, (0.0, 0.0, 0.0), cars))
    run.commands.append(Command(500, "a", 16.0, told_a))
    found = judge(judged, run, [Fault(ChargerFault.DEAF, 0, HOUR_S, "a")])
    assert found.trips
    assert (found.engine_trips > 0) == by_engine


def test_charger_that_would_obey_again_is_the_engine_s() -> None:
    fault = Fault(ChargerFault.DEAF, 500, 640, "a")
    found = verdict([(0, 5), (600, 22)], [(0, 16, 0)], fault)
    assert counts(found) == (True, False, True)


@pytest.mark.parametrize(
    ("kind", "behavior", "by_engine"),
    [
        (MeterFault.FROZEN, MeterLossBehavior.STOP, False),
        (MeterFault.LOST, MeterLossBehavior.STOP, True),
        (MeterFault.LOST, MeterLossBehavior.SET_CURRENT, False),
        (MeterFault.SILENT, MeterLossBehavior.STOP, True),
    ],
)
def test_what_a_meter_hides(
    kind: MeterFault, behavior: MeterLossBehavior, by_engine: bool
) -> None:
    fault = Fault(kind, 500, HOUR_S)
    found = verdict([(0, 5), (600, 21)], [(0, 16, 0)], fault, behavior=behavior)
    assert counts(found) == (True, False, by_engine)


def test_seed_makes_the_same_home_and_faults() -> None:
    def made(seed: int) -> tuple[Home, list[Fault]]:
        random = Random(seed)
        made_home = random_home(random)
        return made_home, random_faults(random, made_home)

    assert made(3) == made(3)
    assert made(3) != made(4)


def test_homes_differ_in_all_that_matters() -> None:
    homes = [random_home(Random(seed)) for seed in range(200)]
    assert {len(row.site.phases) for row in homes} == {1, 3}
    assert {len(row.site.chargers) for row in homes} == {1, 2, 3, 4}
    assert {len(row.site.circuits) for row in homes} == {1, 2}
    assert {row.plant.battery is None for row in homes} == {True, False}
    kinds = {
        fault.kind
        for seed, row in enumerate(homes)
        for fault in random_faults(Random(seed), row)
    }
    assert kinds == {*MeterFault, *ChargerFault, *Trouble}


@pytest.mark.parametrize("kind", [Trouble.RESTART, Trouble.SUSPENDED])
def test_no_command_comes_from_an_engine_that_is_down(kind: Trouble) -> None:
    """It cuts once it is back, by what it finds then."""
    made = home()
    load = HouseholdLoad((0, 1000), ((460.0, 0, 0), (16 * 230.0, 0, 0)), None)
    run = Run(made.site, Plant(replace(made.plant, household=load)))
    live(run, [Fault(kind, 995, 1100)], 1200)
    times_s = [row.time_s for row in run.commands if row.before_a != row.current_a]
    assert [second for second in times_s if 995 < second < 1100] == []
    assert [second for second in times_s if 1100 <= second < 1110] != []
    assert sum(run.plant.view().grid_a) <= 25


def test_drills_and_replays_a_seed() -> None:
    drilled = drill_seed(QUICK_SEED)
    assert drilled.error == ""
    assert drilled.engine_trips == 0
    assert drilled.decisions > 0
    lines = list(replay(QUICK_SEED))
    assert lines[0] == f"seed {QUICK_SEED}"
    assert lines[-1].endswith("0 by the engine")


def test_drill_goes_on_where_it_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "drill.jsonl"
    assert run_drill(1, first_seed=QUICK_SEED, file=file, workers=Workers(1)) == 0
    (line,) = file.read_text().splitlines()
    assert json.loads(line)["seed"] == QUICK_SEED
    assert "1 home-days, 1 of them in" in capsys.readouterr().out
    assert run_drill(1, first_seed=QUICK_SEED, file=file, workers=Workers(1)) == 0
    assert file.read_text().splitlines() == [line]
    assert "1 home-days, 0 of them in" in capsys.readouterr().out


def test_summary_names_the_seeds_that_failed() -> None:
    good = Drilled(1, 0, 0, 0, 3, 100, 5, 0.0, 10.0, 1.0)
    bad = replace(good, seed=77, trips=2, engine_trips=1)
    text = summary([good, bad], 0, 60.0)
    assert "2.0 a minute" in text
    assert "seeds that failed: 77" in text


def test_summary_counts_raises_into_a_fuse_that_does_not_bear_them() -> None:
    good = Drilled(1, 0, 0, 0, 3, 100, 5, 0.0, 10.0, 1.0, raises=7)
    bad = replace(good, seed=77, unforced_raises=2)
    text = summary([good, bad], 0, 60.0)
    assert "14 raises, 2 of them" in text
