"""While something is found to be wrong, nothing is raised on it; cuts go on."""

from hypothesis import given, settings, strategies as st
import pytest

from benchmarks.closed_loop import Run
from custom_components.ev_lb.engine.model import (
    DistributionMode,
    LimitingFactor,
    MeterLoss,
    MeterLossBehavior,
)
from custom_components.ev_lb.simulation.meter import MeterFault
from tests.searching import examples

from .garage import Bay, PhaseLoad, changes, garage, house
from .test_properties import histories

CALM = (5.0, 5.0, 5.0)
BUSY = (16.0, 5.0, 5.0)
CROWDED = (24.0, 5.0, 5.0)
LONG_S = 3600
BEHAVIORS = st.sampled_from(MeterLossBehavior)


def home(
    *steps: tuple[int, PhaseLoad], bays: tuple[Bay, ...] = (Bay(name="a"),)
) -> Run:
    return garage(bays, house((0, CALM), *steps), rotation_period_s=10**6)


def factors(run: Run, end_s: float) -> list[LimitingFactor]:
    return [row.limiting.factor for row in run.until(end_s).chargers]


def test_a_doubted_charger_is_cut_but_raised_only_once_the_doubt_is_gone() -> None:
    run = home((300, BUSY), (600, CALM))
    run.until(300)
    run.doubted = frozenset("a")
    run.until(599)
    assert run.set_a() == {"a": 9}
    assert factors(run, LONG_S) == [LimitingFactor.DOUBTED]
    assert run.set_a() == {"a": 9}
    assert run.plant.statistics().overload_s <= 20

    run.doubted = frozenset()
    run.until(LONG_S + 120)
    assert run.set_a() == {"a": 16}


def test_a_doubted_charger_is_stopped_but_started_only_once_the_doubt_is_gone() -> None:
    run = home((300, CROWDED), (600, CALM))
    run.until(300)
    run.doubted = frozenset("a")
    assert factors(run, LONG_S) == [LimitingFactor.DOUBTED]
    assert run.set_a() == {"a": 0}

    run.doubted = frozenset()
    run.until(LONG_S + 300)
    assert run.set_a() == {"a": 16}


def test_a_new_car_is_not_started_before_the_doubt_is_gone() -> None:
    run = home(bays=(Bay(name="a", plugged_in=False),))
    run.doubted = frozenset("a")
    run.until(100)
    run.plant.plug_in("a")
    assert factors(run, 1000) == [LimitingFactor.DOUBTED]
    assert run.set_a() == {"a": 0}

    run.doubted = frozenset()
    run.until(1100)
    assert run.set_a() == {"a": 16}


@pytest.mark.parametrize("mode", DistributionMode)
def test_others_get_what_a_doubted_charger_may_not_have(mode: DistributionMode) -> None:
    bays = (Bay(name="a", plugged_in=False), Bay(name="b", priority=2))
    run = garage(
        bays, house((0, BUSY)), rotation_period_s=10**6, distribution_mode=mode
    )
    run.doubted = frozenset("a")
    run.until(100)
    run.plant.plug_in("a")
    run.until(1000)
    assert run.set_a() == {"a": 0, "b": 9}


def test_a_doubted_charger_keeps_to_the_fallback_of_a_lost_meter() -> None:
    run = home()
    run.site = garage(
        (Bay(name="a"),),
        house((0, CALM)),
        freshness_limit_s=60,
        meter_loss=MeterLoss(
            behavior=MeterLossBehavior.SET_CURRENT, fallback_current_a=8
        ),
    ).site
    run.until(300)
    run.doubted = frozenset("a")
    run.plant.set_meter_fault(MeterFault.LOST)
    run.until(400)
    assert run.set_a() == {"a": 8}
    run.plant.set_meter_fault(None)
    run.until(1000)
    assert run.set_a() == {"a": 8}


LOADS = st.tuples(*[st.integers(0, 30).map(float)] * 3)
STEPS = st.lists(LOADS, min_size=2, max_size=6)
BAYS = st.builds(
    Bay,
    name=st.sampled_from(["a", "b", "c"]),
    max_a=st.sampled_from([10, 16, 32]),
    measured=st.booleans(),
    plugged_in=st.booleans(),
    priority=st.integers(1, 2),
)


@given(
    loads=STEPS,
    bays=st.lists(BAYS, min_size=1, max_size=3, unique_by=lambda bay: bay.name),
    mode=st.sampled_from(DistributionMode),
    behavior=BEHAVIORS,
    doubted=st.sets(st.sampled_from(["a", "b", "c"]), min_size=1),
)
@settings(max_examples=examples(25))
def test_with_doubt_no_set_point_rises_and_without_it_they_do(
    loads: list[PhaseLoad],
    bays: list[Bay],
    mode: DistributionMode,
    behavior: MeterLossBehavior,
    doubted: set[str],
) -> None:
    """Also over a loss of the meter; in the end each has what it would have had."""
    steps = [(200 * place, load) for place, load in enumerate(loads)]
    calm_s = 200 * len(loads) + 500

    def lived(doubts: set[str]) -> Run:
        run = garage(
            bays,
            house(*steps),
            meter_s=5,
            rotation_period_s=10**6,
            distribution_mode=mode,
            meter_loss=MeterLoss(behavior=behavior, fallback_current_a=6),
            freshness_limit_s=60,
        )
        run.until(150)
        run.doubted = frozenset(doubts)
        run.until(200 * len(loads))
        run.plant.set_meter_fault(MeterFault.LOST)
        run.until(200 * len(loads) + 100)
        run.plant.set_meter_fault(None)
        run.until(calm_s)
        run.doubted = frozenset()
        run.until(calm_s + 1500)
        return run

    run = lived(doubted)
    for row in changes(run, 150.5, calm_s):
        assert row.charger_id not in doubted or row.current_a < row.before_a
    assert run.set_a() == lived(set()).set_a()


@given(histories())
@settings(max_examples=examples(150))
def test_nothing_is_raised_that_is_doubted_whatever_else_is_known(history) -> None:
    for _, state, decision, snapshot in history:
        before = {row.charger_id: row.set_a for row in state.chargers}
        doubted = {row.charger_id for row in snapshot.chargers if row.doubted}
        for row in decision.chargers:
            if row.charger_id in doubted:
                assert row.set_a <= before.get(row.charger_id, 0.0)
