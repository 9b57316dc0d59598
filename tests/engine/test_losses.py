"""What is lost, and what becomes of several cars."""

from dataclasses import replace

import pytest

from benchmarks.closed_loop import Run
from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Lease,
    MeterLoss,
    MeterLossBehavior,
    Reading,
    ReadingProblem,
    Response,
    Site,
    Snapshot,
)
from custom_components.ev_lb.simulation.charger import ChargerFault
from custom_components.ev_lb.simulation.meter import MeterFault
from tests.engine.garage import Bay, PhaseLoad, changes, garage, house, loop_delay_s

L1, L2, L3 = ALL_PHASES
CALM = (5.3, 5.3, 5.3)
FRESHNESS_S = 60.0
TWO = (Bay(name="a"), Bay(name="b"))
BIG_AND_LATER = (Bay(name="a", max_a=32), Bay(name="b", plugged_in=False))


def home(
    *steps: tuple[int, PhaseLoad],
    bays: tuple[Bay, ...] = TWO,
    behavior: MeterLossBehavior = MeterLossBehavior.STOP,
) -> Run:
    return garage(
        bays,
        house((0, CALM), *steps),
        freshness_limit_s=FRESHNESS_S,
        meter_loss=MeterLoss(behavior=behavior, fallback_current_a=6),
        rotation_period_s=10**6,
    )


@pytest.mark.parametrize(
    ("behavior", "left"),
    [
        (MeterLossBehavior.STOP, {"a": 0, "b": 0, "c": 16}),
        (MeterLossBehavior.IGNORE, {"a": 10, "b": 9, "c": 9}),
        (MeterLossBehavior.SET_CURRENT, {"a": 6, "b": 6, "c": 13}),
    ],
)
def test_one_phase_lost_of_three(
    behavior: MeterLossBehavior, left: dict[str, float]
) -> None:
    """Who is on it falls back; who is not goes on, and may have what is left."""
    bays = (Bay(name="a"), Bay(name="b", phases=(L2,)), Bay(name="c", phases=(L3,)))
    run = home(bays=bays, behavior=behavior)
    run.until(300)
    before = run.set_a()
    run.lost_phases.add(L2)
    decision = run.until(500)
    assert decision.problems == (None, ReadingProblem.UNAVAILABLE, None)
    assert run.set_a() == left
    run.lost_phases.clear()
    run.until(900)
    assert run.set_a() == before
    assert run.plant.statistics().overload_s == 0


@pytest.mark.parametrize(
    ("fault", "lost_after_s"),
    [(MeterFault.LOST, 1), (MeterFault.SILENT, FRESHNESS_S + 1)],
)
@pytest.mark.parametrize(
    ("behavior", "left"),
    [
        (MeterLossBehavior.STOP, {"a": 0, "b": 0}),
        (MeterLossBehavior.IGNORE, {"a": 10, "b": 9}),
        (MeterLossBehavior.SET_CURRENT, {"a": 6, "b": 6}),
    ],
)
def test_meter_lost_and_back(
    fault: MeterFault,
    lost_after_s: float,
    behavior: MeterLossBehavior,
    left: dict[str, float],
) -> None:
    run = home(behavior=behavior)
    run.until(300)
    run.plant.set_meter_fault(fault)
    decision = run.until(300 + lost_after_s)
    assert decision.fallback_active
    assert run.set_a() == left
    run.until(600)
    assert run.set_a() == left
    run.plant.set_meter_fault(None)
    decision = run.until(900)
    assert decision.meter_ok
    assert run.set_a() == {"a": 10, "b": 9}
    assert run.plant.statistics().overload_s == 0


@pytest.mark.parametrize("report_s", [1, 10])
def test_frozen_meter_is_found_out_when_a_car_moves(report_s: float) -> None:
    """One value stands for three phases, and none of them shows the change."""
    bays = (Bay(name="a", report_s=report_s), Bay(name="b", report_s=report_s))
    run = home(bays=bays)
    run.until(300)
    run.plant.set_meter_fault(MeterFault.FROZEN)
    run.until(320)
    run.plant.unplug("a")
    decision = run.until(320 + FRESHNESS_S + 2 * report_s + 20)
    assert ReadingProblem.STUCK in decision.problems
    assert run.set_a() == {"a": 0, "b": 0}


@pytest.mark.parametrize("report_s", [1, 10])
def test_deaf_charger_is_told_again_and_others_make_way(report_s: float) -> None:
    bays = (Bay(name="a", report_s=report_s), Bay(name="b", report_s=report_s))
    run = home((600, (9.3, 5.3, 5.3)), (1200, CALM), bays=bays)
    run.until(300)
    run.plant.set_charger_fault("a", ChargerFault.DEAF)
    decision = run.until(900)
    deaf, other = decision.chargers
    assert not deaf.following
    assert other.following
    # 15.7 A with 10 A taken leave no minimum.
    assert other.set_a == 0
    told = [row for row in run.commands if row.charger_id == "a" and row.time_s > 600]
    assert len(told) >= (900 - 600) // 30 - 1
    found_s = loop_delay_s(run) + 2 + 2 * report_s
    assert run.longest_overload_s("grid") <= loop_delay_s(run) + found_s
    run.plant.set_charger_fault("a", None)
    decision = run.until(1700)
    assert all(row.following for row in decision.chargers)
    assert sorted(run.set_a().values()) == [9, 10]


@pytest.mark.parametrize("fault", [ChargerFault.DEAF, ChargerFault.OFFLINE])
def test_newcomer_waits_for_what_a_charger_does_not_give_up(
    fault: ChargerFault,
) -> None:
    """A cut that is not followed, or could not be told, makes room for nobody."""
    run = home(bays=BIG_AND_LATER)
    run.until(300)
    assert run.set_a() == {"a": 19, "b": 0}
    run.plant.set_charger_fault("a", fault)
    run.until(400)
    run.plant.plug_in("b")
    run.until(900)
    assert run.set_a()["b"] == 0
    run.plant.set_charger_fault("a", None)
    run.until(1500)
    assert sorted(run.set_a().values()) == [9, 10]
    assert run.longest_overload_s("grid") == 0


def test_others_take_the_whole_cut_while_a_charger_is_offline() -> None:
    """Its share is kept at the worst it may draw, and it is told on its return."""
    run = home((600, (9.3, 5.3, 5.3)), (1200, CALM))
    run.until(300)
    run.plant.set_charger_fault("a", ChargerFault.OFFLINE)
    run.until(900)
    assert run.set_a()["b"] == 0
    assert run.longest_overload_s("grid") <= loop_delay_s(run)
    run.plant.set_charger_fault("a", None)
    run.until(1700)
    assert sorted(run.set_a().values()) == [9, 10]
    assert run.longest_overload_s("grid", 700) == 0


def test_charger_that_goes_offline_and_comes_back_changes_nothing() -> None:
    run = home()
    run.until(300)
    run.plant.set_charger_fault("a", ChargerFault.OFFLINE)
    run.until(600)
    run.plant.set_charger_fault("a", None)
    run.until(900)
    assert not changes(run, 300)
    assert run.plant.statistics().overload_s == 0


@pytest.mark.parametrize("restart_s", [300, 607, 1201, 1223])
@pytest.mark.parametrize("measured", [True, False])
def test_restart_neither_drops_nor_raises_anything(
    restart_s: float, measured: bool
) -> None:
    """At rest, before and after a cut and a raise: the same set-points follow."""
    steps = ((600, (9.3, 5.3, 5.3)), (1200, CALM))
    bays = (Bay(name="a", measured=measured), Bay(name="b", measured=measured))
    run = home(*steps, bays=bays)
    run.until(restart_s)
    run.restart()
    run.until(1600)
    moves = [(row.charger_id, row.current_a) for row in changes(run, 400)]
    assert sorted(moves[:2]) == [("a", 8), ("b", 7)]
    assert sorted(moves[2:]) == [("a", 10), ("b", 9)]
    assert run.longest_overload_s("grid") <= loop_delay_s(run)


def test_restart_in_a_silent_home_waits_for_the_meter() -> None:
    """No raise before a fresh reading."""
    run = home(bays=BIG_AND_LATER)
    run.until(300)
    run.plant.set_meter_fault(MeterFault.SILENT)
    run.restart()
    run.plant.plug_in("b")
    run.until(330)
    assert run.set_a()["b"] == 0
    run.plant.set_meter_fault(None)
    run.until(500)
    assert sorted(run.set_a().values()) == [9, 10]
    assert run.plant.statistics().overload_s == 0


@pytest.mark.parametrize("tells_status", [True, False])
@pytest.mark.parametrize("house_a", [15.0, 22.0])
def test_lost_stop_of_an_unmeasured_charger_is_sent_until_it_holds(
    house_a: float, tells_status: bool
) -> None:
    """The service call succeeds, the charger does nothing: only the fuse tells."""
    run = garage(
        (Bay(name="a", measured=False),),
        house((0, (2.0, 2.0, 2.0)), (605, (house_a, 2.0, 2.0))),
        tells_status=tells_status,
    )
    run.until(600)
    assert run.set_a() == {"a": 16}
    run.plant.set_charger_fault("a", ChargerFault.DEAF)
    run.until(640)
    run.plant.set_charger_fault("a", None)
    run.until(700)
    assert run.plant.view().grid_a[0] <= 25
    sent = [command.time_s for command in run.commands if command.time_s > 600]
    assert len(sent) <= 5
    run.until(2400)
    assert run.longest_overload_s("grid", since_s=700) == 0


def test_lost_cut_behind_a_fuse_without_a_meter_is_sent_once_more() -> None:
    """Nothing would ever show it: no meter, no measured current."""
    run = garage(
        (
            Bay(name="a", measured=False, circuit="garage"),
            Bay(name="b", circuit="garage", plugged_in=False),
        ),
        house((0, CALM)),
        limit_a=40,
        circuits=(
            Circuit(circuit_id="garage", limit_a=(20, 20, 20), parent_id="grid"),
        ),
    )
    run.until(300)
    assert run.set_a() == {"a": 16, "b": 0}
    run.plant.set_charger_fault("a", ChargerFault.DEAF)
    run.plant.plug_in("b")
    run.until(310)
    run.plant.set_charger_fault("a", None)
    run.until(1800)
    assert run.set_a() == {"a": 10, "b": 10}
    sent = [row.time_s for row in run.commands if row.charger_id == "a"][1:]
    assert len(sent) == 2
    assert run.longest_overload_s("garage") <= 35


def test_circuit_keeps_room_for_a_stopped_car_that_goes_on_unseen() -> None:
    """Its charger says that it charges; only the main meter shows how much."""
    run = garage(
        (
            Bay(name="a", measured=False, circuit="garage"),
            Bay(name="b", circuit="garage", plugged_in=False),
        ),
        house((0, CALM), (400, (21.0, 21.0, 21.0)), (500, (0.0, 0.0, 0.0))),
        circuits=(
            Circuit(circuit_id="garage", limit_a=(20, 20, 20), parent_id="grid"),
        ),
    )
    run.until(300)
    assert run.set_a() == {"a": 16, "b": 0}
    run.plant.set_charger_fault("a", ChargerFault.DEAF)
    run.until(450)
    assert run.set_a()["a"] == 0
    run.plant.plug_in("b")
    run.until(1200)
    assert run.set_a()["b"] == 0
    run.plant.set_charger_fault("a", None)
    run.until(1800)
    assert run.set_a() == {"a": 10, "b": 10}
    assert run.longest_overload_s("garage") == 0


@pytest.mark.parametrize("mute", [False, True], ids=["refuses", "mute"])
def test_others_make_way_for_a_charger_that_does_not_take_a_cut(mute: bool) -> None:
    """Its response time after the cut, what it draws is there for nobody else."""
    response = Response(dead_time_s=5)
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(32, 32, 32)),),
        chargers=tuple(
            Charger(
                charger_id=name,
                circuit_id="grid",
                response=response,
                measures_current=True,
            )
            for name in ("a", "b")
        ),
    )
    state = resume(site, {"a": 13, "b": 13}, 0)
    draws_a = {"a": 13.0, "b": 13.0}
    accepted = {name: Reading(13, -1) for name in draws_a}
    loads_a: dict[int, float] = {}

    def measured_s(name: str, now_s: int) -> int:
        return min(now_s, 18) if mute and name == "a" else now_s

    for now_s in range(60):
        house_a = 6 if now_s < 20 else 12
        loads_a[now_s] = house_a + sum(draws_a.values())
        load = Reading(loads_a[now_s], now_s)
        readings = tuple(
            ChargerReading(
                charger_id=name,
                status=ChargerStatus.CHARGING,
                measured_a=(Reading(draws_a[name], measured_s(name, now_s)),),
                accepted=accepted[name],
            )
            for name in draws_a
        )
        snapshot = Snapshot(phase_currents_a=(load, load, load), chargers=readings)
        decision = decide(site, state, snapshot, now_s)
        state = decision.state
        b_a = decision.chargers[1].set_a
        if accepted["b"].value != b_a:
            draws_a["b"], accepted["b"] = b_a, Reading(b_a, now_s)
    assert draws_a == {"a": 13, "b": 7}
    over = [now_s for now_s, load_a in loads_a.items() if load_a > 32]
    # The measurement may be 2 s old, and the next reading brings the cut.
    assert len(over) <= response.dead_time_s + 2 + 2


def test_circuit_keeps_room_for_what_an_offline_charger_falls_back_to() -> None:
    """A car may come to it meanwhile, and only the main meter would show it."""
    run = garage(
        (
            Bay(name="a", circuit="garage"),
            Bay(name="b", circuit="garage", plugged_in=False),
        ),
        house((0, (0.0, 0.0, 0.0))),
        circuits=(
            Circuit(circuit_id="garage", limit_a=(16, 16, 16), parent_id="grid"),
        ),
    )
    lease = Lease(duration_s=300, fallback_current_a=6)
    chargers = tuple(replace(row, lease=lease) for row in run.site.chargers)
    run.site = replace(run.site, chargers=chargers)
    run.until(300)
    assert run.set_a() == {"a": 16, "b": 0}
    run.plant.set_charger_fault("b", ChargerFault.OFFLINE)
    run.until(400)
    assert run.set_a() == {"a": 10, "b": 0}
    run.plant.set_charger_fault("b", None)
    run.until(800)
    assert run.set_a() == {"a": 16, "b": 0}
