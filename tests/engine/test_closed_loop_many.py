"""Engine and plant with several cars: rest, overload, use, coming and going."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from benchmarks.closed_loop import Run
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    ChargerStatus,
    Circuit,
    DistributionMode,
    LimitingFactor,
    Phase,
)
from tests.engine.garage import Bay, changes, fair_shares, garage, house, loop_delay_s

L1, L2, L3 = ALL_PHASES
CALM = (7.3, 5.3, 4.3)
SUBCIRCUIT = Circuit(circuit_id="garage", limit_a=(16, 16, 16), parent_id="grid")

GARAGES: dict[str, tuple[Bay, ...]] = {
    "two alike": (Bay(name="a"), Bay(name="b")),
    "mixed phases": (
        Bay(name="a"),
        Bay(name="b", phases=(L2,)),
        Bay(name="c", phases=(L2, L3, L1), max_a=32),
    ),
    "weights": (Bay(name="a", weight=2, max_a=32), Bay(name="b", max_a=32)),
    "priorities": (
        Bay(name="a", priority=2),
        Bay(name="b"),
        Bay(name="c", phases=(L1,), priority=3),
    ),
    "own fuse": (
        Bay(name="a", circuit="garage"),
        Bay(name="b", circuit="garage"),
        Bay(name="c"),
    ),
    "four": (
        Bay(name="a", phases=(L1,), max_a=32),
        Bay(name="b", phases=(L3, L1, L2)),
        Bay(name="c", phases=(L2,), weight=3),
        Bay(name="d", phases=(L3,), max_a=10),
    ),
}
LOOPS = [
    # meter_s, dead_time_s, report_s; None for not measured
    (1, 3, 5),
    (2, 15, 30),
    (2, 30, None),
    (10, 1, 10),
    (60, 30, 30),
]


def home(
    name: str,
    loop: tuple[float, float, float | None],
    *steps: tuple[int, tuple[float, float, float]],
    **settings: object,
) -> Run:
    """Return a garage by its name, with meter, dead time and reports of a loop."""
    meter_s, dead_time_s, report_s = loop
    bays = [
        replace(
            bay,
            dead_time_s=dead_time_s,
            measured=report_s is not None,
            report_s=report_s or 60,
        )
        for bay in GARAGES[name]
    ]
    circuits = (SUBCIRCUIT,) if name == "own fuse" else ()
    return garage(
        bays,
        house(*steps),
        limit_a=25 if name in ("two alike", "weights") else 32,
        meter_s=meter_s,
        circuits=circuits,
        rotation_period_s=10**6,
        **settings,
    )


def commands_of(run: Run, from_s: float, to_s: float) -> Counter[str]:
    return Counter(command.charger_id for command in changes(run, from_s, to_s))


def assert_never_overloaded(run: Run, since_s: float = 0) -> None:
    for circuit in run.site.circuits:
        assert run.longest_overload_s(circuit.circuit_id, since_s) == 0


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", GARAGES)
def test_calm_house_comes_to_rest_at_the_fair_share(
    name: str, loop: tuple[float, float, float | None]
) -> None:
    """All cars start at what is theirs, and stay there, without any overload."""
    run = home(name, loop, (0, CALM))
    run.until(400)
    assert run.set_a() == fair_shares(run.site, CALM)
    run.until(700)
    assert not changes(run, 400)
    assert_never_overloaded(run)


@pytest.mark.parametrize("mode", DistributionMode)
@pytest.mark.parametrize("name", ["mixed phases", "weights", "priorities", "four"])
def test_every_distribution_mode_is_the_split_at_rest(
    name: str, mode: DistributionMode
) -> None:
    run = home(name, (10, 3, 10), (0, CALM), distribution_mode=mode)
    run.until(900)
    assert run.set_a() == fair_shares(run.site, CALM)
    assert not changes(run, 400)
    assert_never_overloaded(run)


def test_weights_hold_at_rest() -> None:
    """17.7 A for weights of 2 and 1; the whole ampere left goes to the lower level."""
    run = home("weights", (1, 3, 1), (0, CALM))
    run.until(600)
    assert run.set_a() == {"a": 11, "b": 6}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", GARAGES)
def test_one_step_of_the_house_gives_one_set_of_commands(
    name: str, loop: tuple[float, float, float | None]
) -> None:
    """A step that stops nobody: each car gets one cut, and one raise back."""
    high = (9.3, 6.3, 7.3) if name in ("two alike", "weights") else (10.3, 6.3, 7.3)
    run = home(name, loop, (0, CALM), (500, high), (1000, CALM))
    run.until(1000)
    assert run.set_a() == fair_shares(run.site, high)
    run.until(1500)
    assert run.set_a() == fair_shares(run.site, CALM)
    for start_s in (500, 1000):
        assert max(commands_of(run, start_s, start_s + 500).values(), default=0) <= 1
    assert_never_overloaded(run, 1000)
    assert run.longest_overload_s("grid") <= loop_delay_s(run)
    if name == "own fuse":
        assert run.longest_overload_s("garage") == 0


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", ["two alike", "four", "own fuse"])
def test_car_that_was_stopped_comes_back_when_there_is_room_again(
    name: str, loop: tuple[float, float, float | None]
) -> None:
    """Those that have taken its part make way, after its pause, and only then."""
    meter_s = loop[0]
    run = home(name, loop, (0, CALM), (400, (20.3, 18.3, 17.3)), (700, CALM))
    run.until(700)
    stopped = [row for row in changes(run, 400) if row.current_a == 0]
    assert stopped
    assert run.longest_overload_s("grid") <= loop_delay_s(run)
    run.until(1500)
    assert run.set_a() == fair_shares(run.site, CALM)
    for row in stopped:
        started = next(
            command
            for command in changes(run, 400)
            if command.charger_id == row.charger_id and command.before_a == 0
        )
        assert started.time_s - row.time_s >= 180
        # Hold window, ramp-up time and the others' way down, by the clock of
        # meter and reports.
        assert started.time_s <= 700 + 180 + 2 * meter_s
    assert_never_overloaded(run, 700)


@pytest.mark.parametrize("loop", [(1, 3, 10), (2, 15, None), (10, 5, 5)])
@pytest.mark.parametrize("name", ["mixed phases", "own fuse", "four"])
def test_lively_house_neither_overloads_for_long_nor_stops_too_often(
    name: str, loop: tuple[float, float, float | None]
) -> None:
    """A house that jumps on all phases at moments of no regularity."""
    steps = [
        (
            97 * n,
            (
                3.3 + 4 * (n * n % 6),
                2.3 + 3 * (n * n * n % 7),
                4.3 + 5 * (n * n % 5),
            ),
        )
        for n in range(20)
    ]
    run = home(name, loop, *steps)
    run.until(97 * 20)
    # A step that falls into a start shows only when the car has risen, 16 A at
    # 2 A/s, and is cut again then.
    assert run.longest_overload_s("grid") <= 2 * loop_delay_s(run) + 8
    assert run.plant.statistics().car_trips["typical"] == 0
    for bay in GARAGES[name]:
        rows = [row for row in changes(run) if row.charger_id == bay.name]
        for stop, start in pairwise(rows):
            if stop.current_a == 0:
                assert start.time_s - stop.time_s >= 180
    if name == "own fuse":
        assert run.longest_overload_s("garage") == 0


@pytest.mark.parametrize("report_s", [1, 30])
@pytest.mark.parametrize("cable_a", [5.9, 10, 10.1, 10.9])
def test_car_that_takes_less_leaves_the_rest_to_others(
    cable_a: float, report_s: float
) -> None:
    """It keeps a margin of one to two amperes, and no command follows."""
    bays = [
        Bay(name="a", car_max_a=cable_a, report_s=report_s),
        Bay(name="b", report_s=report_s),
    ]
    run = garage(bays, house((0, (5.3, 5.3, 5.3))), limit_a=31)
    run.until(300)
    kept_a, other_a = run.set_a().values()
    assert max(cable_a + 1, 6) < kept_a <= max(cable_a + 3, 6)
    assert other_a == min(16, 25 - kept_a)
    run.until(900)
    assert not changes(run, 300)
    assert_never_overloaded(run)


@pytest.mark.parametrize("report_s", [1, 10, 30])
def test_full_car_leaves_the_rest_and_gets_it_back(report_s: float) -> None:
    """A new session on the same charger is given its share again."""
    bays = [
        Bay(name="a", need_kwh=1, report_s=report_s),
        Bay(name="b", report_s=report_s),
    ]
    run = garage(bays, house((0, (5.3, 5.3, 5.3))), limit_a=29, tells_status=False)
    run.until(1500)
    assert run.plant.view().chargers[0].status is ChargerStatus.CONNECTED
    assert run.set_a() == {"a": 6, "b": 16}
    # As it tapers off it is followed down in steps, not in tenths.
    assert commands_of(run, 0, 1500)["a"] <= 5
    run.plant.plug_in("a")
    run.until(1700)
    assert run.set_a() == {"a": 12, "b": 11}
    assert_never_overloaded(run)


def test_car_on_one_phase_is_counted_on_that_phase_only() -> None:
    """Once it has shown: the two share L1; L2 is the others' alone."""
    bays = [
        Bay(name="a", phases=(L1, L2, L3), car_phases=1),
        Bay(name="b", phases=(L2, L3, L1), car_phases=1),
        Bay(name="c", phases=(L1,)),
    ]
    run = garage(bays, house((0, (5.3, 9.3, 5.3))), tells_phases=True)
    run.until(20)
    assert run.set_a() == {"a": 7, "b": 6, "c": 6}
    run.until(400)
    assert run.set_a() == {"a": 10, "b": 15, "c": 9}
    assert not changes(run, 120)
    assert_never_overloaded(run)


@pytest.mark.parametrize("measured", [True, False])
def test_one_value_for_three_phases_and_a_car_on_one_is_no_broken_meter(
    measured: bool,
) -> None:
    """Else the house would seem to export where the car is not."""
    bays = [Bay(name="a", car_phases=1, measured=measured), Bay(name="b")]
    run = garage(bays, house((0, (5.3, 5.3, 5.3))))
    decision = run.until(900)
    assert decision.meter_ok
    assert [row.current_a for row in changes(run)] == [10, 9]
    run.plant.unplug("a")
    decision = run.until(1500)
    assert decision.meter_ok
    assert run.set_a() == {"a": 0, "b": 16}
    assert_never_overloaded(run)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", ["two alike", "mixed phases", "own fuse", "four"])
def test_car_that_comes_is_given_room_without_overload_and_leaves_it_again(
    name: str, loop: tuple[float, float, float | None]
) -> None:
    run = home(name, loop, (0, CALM))
    newcomer = GARAGES[name][-1].name
    run.plant.unplug(newcomer)
    run.until(500)
    assert run.set_a()[newcomer] == 0
    alone = run.set_a()
    run.plant.plug_in(newcomer)
    run.until(500 + loop_delay_s(run) + 65)
    assert run.set_a()[newcomer] >= 6
    run.until(1100)
    assert run.set_a() == fair_shares(run.site, CALM)
    run.plant.unplug(newcomer)
    run.until(1500)
    assert run.set_a() == alone
    assert_never_overloaded(run)


@pytest.mark.parametrize("report_s", [1, 10, 30])
def test_car_that_nobody_announces_is_found_by_what_it_draws(report_s: float) -> None:
    """Until it comes, its charger keeps its minimum and others have the rest."""
    bays = [
        Bay(name="a", report_s=report_s),
        Bay(name="b", report_s=report_s, plugged_in=False),
    ]
    run = garage(bays, house((0, (5.3, 5.3, 5.3))), tells_status=False)
    run.until(500)
    assert run.set_a() == {"a": 13, "b": 6}
    run.plant.plug_in("b")
    run.until(600)
    assert sorted(run.set_a().values()) == [9, 10]
    run.plant.unplug("a")
    run.until(800)
    assert run.set_a() == {"a": 6, "b": 13}
    assert_never_overloaded(run)


def test_fuse_with_room_for_one_of_two_says_who_waits() -> None:
    run = garage(GARAGES["two alike"], house((0, (17.3, 5.3, 5.3))))
    first, second = run.until(120).chargers
    assert (first.set_a, second.set_a) == (7, 0)
    assert second.limiting.factor is LimitingFactor.QUEUE
    assert second.limiting.phase is Phase.L1


def test_commands_do_not_depend_on_the_order_of_the_chargers() -> None:
    def moves(bays: Sequence[Bay]) -> list[tuple[float, str, float]]:
        run = garage(bays, house((0, CALM), (300, (13.3, 9.3, 8.3)), (600, CALM)))
        run.until(900)
        rows = [(row.time_s, row.charger_id, row.current_a) for row in changes(run)]
        return sorted(rows)

    bays = [replace(bay, report_s=10) for bay in GARAGES["mixed phases"]]
    assert moves(bays) == moves(bays[::-1])
