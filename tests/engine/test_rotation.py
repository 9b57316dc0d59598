"""A fuse with too little room for all: it never stops all, and all have their turn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

import pytest

from benchmarks.closed_loop import Run
from custom_components.ev_lb.engine.model import ALL_PHASES, DistributionMode
from tests.engine.garage import Bay, changes, garage, house

L1, L2, L3 = ALL_PHASES
SIX_HOURS_S = 6 * 3600
PERIOD_S = 900
MINIMUM_ON_S = 300
CHANGEOVER_S = 60
"""Hold window, the others' way down and the car's start, s."""


@dataclass(frozen=True)
class Stay:
    """A stretch of time that a charger runs, or waits."""

    from_s: float
    to_s: float
    runs: bool

    @property
    def length_s(self) -> float:
        return self.to_s - self.from_s


def crowd(
    bays: Sequence[Bay], free_a: float, *, meter_s: float = 10, **settings: object
) -> Run:
    """Return a home whose fuse leaves so much on each phase for the cars."""
    slowly = [replace(bay, report_s=max(bay.report_s, 10)) for bay in bays]
    load_a = 25 - free_a
    return garage(
        slowly, house((0, (load_a, load_a, load_a))), meter_s=meter_s, **settings
    )


def alike(count: int, *weights: float) -> list[Bay]:
    names = "abcd"[:count]
    return [
        Bay(name=name, weight=weight)
        for name, weight in zip(names, weights or (1,) * count, strict=True)
    ]


def stays(run: Run, charger_id: str, end_s: float) -> list[Stay]:
    """Return when a charger ran and when it waited."""
    rows = [row for row in changes(run) if row.charger_id == charger_id]
    turns = [row for row in rows if (row.before_a > 0) != (row.current_a > 0)]
    times = [0.0, *(row.time_s for row in turns), end_s]
    runs = [False, *(row.current_a > 0 for row in turns)]
    return [
        Stay(from_s, to_s, is_on)
        for from_s, to_s, is_on in zip(times, times[1:], runs, strict=False)
        if to_s > from_s
    ]


def waits(run: Run, charger_id: str, end_s: float) -> list[float]:
    return [row.length_s for row in stays(run, charger_id, end_s) if not row.runs]


def all_stopped_s(run: Run, from_s: float) -> float:
    """Return for how long in all no car drew anything."""
    stopped_s = 0.0
    for flow, later in zip(run.flows, run.flows[1:], strict=False):
        if flow.time_s >= from_s and not any(map(any, flow.cars_a.values())):
            stopped_s += later.time_s - flow.time_s
    return stopped_s


@pytest.mark.parametrize(
    ("weights", "free_a", "places"),
    [
        ((1, 1), 7.5, 1),
        ((1, 1, 1), 7.5, 1),
        ((1, 1, 1, 1), 13.5, 2),
        ((1, 1, 1, 1), 19.5, 3),
        ((1, 2, 3), 7.5, 1),
        ((1, 1, 1, 2), 13.5, 2),
    ],
)
def test_each_has_its_weighted_turn_over_six_hours(
    weights: tuple[float, ...], free_a: float, places: int
) -> None:
    """Energy by weight within a tenth; nobody waits for more than two rounds."""
    bays = alike(len(weights), *weights)
    run = crowd(bays, free_a)
    run.until(SIX_HOURS_S)
    statistics = run.plant.statistics()
    total_kwh = sum(statistics.energy_kwh.values())
    for bay in bays:
        share = bay.weight / sum(weights)
        assert statistics.energy_kwh[bay.name] == pytest.approx(
            total_kwh * share, rel=0.1
        )
        round_s = ceil(1 / (share * places)) * PERIOD_S
        assert max(waits(run, bay.name, SIX_HOURS_S)) <= 2 * round_s
        for stay in stays(run, bay.name, SIX_HOURS_S)[:-1]:
            assert not stay.runs or stay.length_s >= MINIMUM_ON_S
    assert statistics.overload_s == 0


@pytest.mark.parametrize(("count", "free_a"), [(2, 7.5), (3, 13.5), (4, 13.5)])
@pytest.mark.parametrize("dead_time_s", [3, 30])
def test_changeover_wastes_a_bounded_time(
    count: int, free_a: float, dead_time_s: float
) -> None:
    """At each turn one place stands empty for the way down and the start."""
    bays = [replace(bay, dead_time_s=dead_time_s) for bay in alike(count)]
    run = crowd(bays, free_a)
    run.until(120)
    run.until(2 * 3600)
    energy_kwh = sum(run.plant.statistics().energy_kwh.values())
    most_a = min(int(free_a), 16 * count)
    whole_kwh = 2 * most_a * 3 * 0.23
    turns = 2 * 3600 / PERIOD_S
    lost_kwh = turns * (CHANGEOVER_S + 2 * dead_time_s) / 3600 * most_a * 3 * 0.23
    assert energy_kwh >= whole_kwh - lost_kwh
    assert all_stopped_s(run, 120) <= turns * (CHANGEOVER_S + 2 * dead_time_s)
    if count < 2 * (free_a // 6):
        # Somebody keeps its place.
        assert all_stopped_s(run, 120) == 0


@pytest.mark.parametrize("mode", ["weighted", "shared", "priority"])
@pytest.mark.parametrize(
    ("report_s", "measured", "meter_s", "tells_status"),
    [(30, True, 60, True), (10, False, 10, True), (10, True, 5, False)],
)
def test_any_meter_and_any_sharing_give_all_a_turn(
    mode: str, report_s: float, measured: bool, meter_s: float, tells_status: bool
) -> None:
    bays = [
        replace(bay, report_s=report_s, measured=measured, dead_time_s=15)
        for bay in alike(3)
    ]
    run = crowd(
        bays,
        7.5,
        meter_s=meter_s,
        tells_status=tells_status,
        distribution_mode=DistributionMode(mode),
        rotation_period_s=600.0,
    )
    run.until(2 * 3600)
    statistics = run.plant.statistics()
    assert statistics.overload_s == 0
    energy = statistics.energy_kwh.values()
    assert min(energy) > 0.8 * max(energy)


def test_cars_on_different_phases_rotate_only_where_they_meet() -> None:
    """One on L1 and one on L2 run together; those on all phases take their turn."""
    bays = [
        Bay(name="a", phases=(L1,)),
        Bay(name="b"),
        Bay(name="c", phases=(L2,)),
        Bay(name="d", phases=(L3, L1, L2)),
    ]
    run = crowd(bays, 9.5)
    run.until(SIX_HOURS_S)
    energy = run.plant.statistics().energy_kwh
    assert energy["a"] == pytest.approx(energy["c"], rel=0.02)
    assert energy["b"] == pytest.approx(3 * energy["a"], rel=0.1)
    assert energy["d"] == pytest.approx(3 * energy["a"], rel=0.1)
    assert run.plant.statistics().overload_s == 0


def test_higher_priority_keeps_its_place_for_ever() -> None:
    """Turns go round among equals only."""
    bays = [Bay(name="a", priority=2), Bay(name="b"), Bay(name="c", priority=2)]
    run = crowd(bays, 13.5, rotation_period_s=600.0)
    run.until(2 * 3600)
    assert not any(row.current_a == 0 for row in changes(run) if row.charger_id == "b")
    energy = run.plant.statistics().energy_kwh
    assert energy["a"] == pytest.approx(energy["c"], rel=0.15)


def test_without_a_period_nobody_is_sent_away() -> None:
    run = crowd(alike(3), 7.5, rotation_period_s=0.0)
    run.until(3600)
    assert [row.charger_id for row in changes(run)] == ["a"]


def test_newcomer_waits_for_its_turn_and_not_longer() -> None:
    """Who comes to a full fuse sends nobody away before the period ends."""
    bays = [*alike(2), Bay(name="c", plugged_in=False)]
    run = crowd(bays, 13.5)
    run.until(1000)
    run.plant.plug_in("c")
    run.until(1799)
    assert run.set_a()["c"] == 0
    run.until(1800 + CHANGEOVER_S)
    assert run.set_a()["c"] >= 6
    assert run.plant.statistics().overload_s == 0


def test_no_command_when_the_period_ends_and_nobody_waits() -> None:
    run = crowd(alike(3), 22.5)
    run.until(2 * 3600)
    assert len(changes(run)) == 3


def test_full_cars_keep_nobody_waiting() -> None:
    """Two full cars hold two of three places until one who wants current comes.

    One of them may go on holding the third, for which nobody waits.
    """
    bays = [
        Bay(name="a", need_kwh=1),
        Bay(name="b", need_kwh=1),
        Bay(name="c"),
        Bay(name="d", plugged_in=False),
    ]
    run = garage(bays, house((0, (5.3, 5.3, 5.3))), rotation_period_s=900)
    run.until(1800)
    assert [row.current_a for row in run.state.chargers[2].set_points][-1] == 7
    run.plant.plug_in("d")
    run.until(2400)
    set_a = run.set_a()
    assert set_a["d"] >= 6
    assert set_a["c"] >= 6
    run.until(1800 + 4 * 3600)
    energy_kwh = run.plant.statistics().energy_kwh
    assert energy_kwh["c"] + energy_kwh["d"] >= 0.95 * (19 - 6) * 3 * 0.23 * 4
    stops = [row for row in changes(run, 2400) if row.current_a == 0]
    assert sum(row.charger_id in "cd" for row in stops) <= 4
    assert run.plant.statistics().overload_s == 0
