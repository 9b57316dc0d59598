"""What holds for every plan: limits, totality, determinism, priority."""

from dataclasses import replace
import json
from math import inf

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.codec import from_document, to_document
from custom_components.ev_lb.engine.model import (
    CapacityTariff,
    Charger,
    Circuit,
    Phase,
    Site,
)
from custom_components.ev_lb.engine.planning.plan import Plan, plan
from custom_components.ev_lb.engine.planning.request import Goal, PlanRequest, Slot
from tests.searching import examples

from .checks import START_S, assert_sound, at

PHASES = (
    (Phase.L1,),
    (Phase.L3,),
    (Phase.L1, Phase.L2),
    (Phase.L1, Phase.L2, Phase.L3),
    (Phase.L2, Phase.L3, Phase.L1),
)
amps = st.floats(-30, 30)


@st.composite
def requests(draw: st.DrawFn) -> PlanRequest:
    """Draw a night that makes sense, with any loads and prices."""
    limit_a = draw(st.sampled_from([10.0, 16.0, 25.0, 40.0]))
    circuits = (
        Circuit(circuit_id="grid", limit_a=(limit_a,) * 3),
        Circuit(circuit_id="garage", limit_a=(13.0, 20.0, 20.0), parent_id="grid"),
    )
    chargers = tuple(
        Charger(
            charger_id=f"{number}",
            circuit_id=draw(st.sampled_from(["grid", "garage"])),
            phases=draw(st.sampled_from(PHASES)),
            max_current_a=draw(st.sampled_from([6.0, 10.0, 16.0, 32.0])),
        )
        for number in range(draw(st.integers(1, 5)))
    )
    site = Site(
        circuits=circuits,
        chargers=chargers,
        import_cap_w=draw(st.none() | st.floats(0, 20000)),
        capacity_tariff=draw(
            st.none() | st.floats(0, 20000).map(lambda w: CapacityTariff(limit_w=w))
        ),
        unbalance_limit_a=draw(st.none() | st.just(20.0)),
    )
    slots = tuple(
        Slot(
            start_s=at(number),
            end_s=at(number + 1),
            price=draw(st.floats(-0.5, 0.8)),
            feed_in_price=draw(st.floats(-0.1, 0.4)),
            house_a=draw(st.tuples(amps, amps, amps)),
            external_cap_w=draw(st.sampled_from([inf, inf, 4200.0, 0.0])),
        )
        for number in range(draw(st.integers(1, 12)))
    )
    goals = tuple(
        Goal(
            charger_id=charger.charger_id,
            needed_kwh=draw(st.floats(0.01, 30)),
            from_s=at(draw(st.floats(0, 6))),
            ready_s=at(draw(st.floats(6.1, 14))),
            price_limit=draw(st.sampled_from([inf, inf, 0.2, -0.1])),
            priority=draw(st.integers(1, 3)),
            phase_count=draw(st.sampled_from([None, None, 1])),
            running=draw(st.booleans()),
        )
        for charger in chargers
    )
    return PlanRequest(
        site=site,
        slots=slots,
        goals=goals,
        now_s=START_S,
        start_kwh=draw(st.sampled_from([0.0, 0.2])),
        peak_price=draw(st.sampled_from([None, None, 0.1, 4.0])),
    )


@given(requests())
@settings(max_examples=examples(100), deadline=None)
def test_no_plan_is_above_a_limit(asked: PlanRequest) -> None:
    assert_sound(asked, plan(asked))


@pytest.mark.parametrize("kind", [PlanRequest])
@given(data=st.data())
@settings(
    max_examples=examples(100),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_any_request_has_a_plan(kind: type[PlanRequest], data: st.DataObject) -> None:
    asked = data.draw(st.from_type(kind))
    made = plan(asked)
    assert [car.charger_id for car in made.cars] == [
        goal.charger_id for goal in asked.goals
    ]
    assert repr(plan(asked)) == repr(made)


broken = st.sampled_from([float("nan"), inf, -inf, 1e308, -1e308, 0.0, 1e-300, -1.0])


@given(requests(), st.data())
@settings(max_examples=examples(80), deadline=None)
def test_a_broken_number_harms_nothing_else(
    asked: PlanRequest, data: st.DataObject
) -> None:
    value = data.draw(broken)
    slot, goal = asked.slots[0], asked.goals[0]
    charger, grid = asked.site.chargers[0], asked.site.circuits[0]
    choice = data.draw(st.integers(0, 6))
    names = ["start_s", "end_s", "price", "feed_in_price", "import_cap_w"]
    name = data.draw(st.sampled_from([*names, "external_cap_w"]))
    match choice:
        case 0:
            slot = replace(slot, **{name: value})
        case 1:
            slot = replace(slot, house_a=(value, 0.0, 0.0))
        case 2:
            names = ["needed_kwh", "from_s", "ready_s", "price_limit", "max_current_a"]
            goal = replace(goal, **{data.draw(st.sampled_from(names)): value})
        case 3:
            names = ["min_current_a", "max_current_a", "manual_limit_a"]
            charger = replace(charger, **{data.draw(st.sampled_from(names)): value})
        case 4:
            grid = replace(grid, limit_a=(value, 16.0, 16.0))
        case 5:
            names = ["now_s", "start_kwh", "month_peak_w", "peak_price"]
            asked = replace(asked, **{data.draw(st.sampled_from(names)): value})
        case _:
            names = ["voltage_v", "import_cap_w", "unbalance_limit_a"]
            name = data.draw(st.sampled_from(names))
            asked = replace(asked, site=replace(asked.site, **{name: value}))
    site = replace(
        asked.site,
        circuits=(grid, *asked.site.circuits[1:]),
        chargers=(charger, *asked.site.chargers[1:]),
    )
    asked = replace(
        asked,
        site=site,
        slots=(slot, *asked.slots[1:]),
        goals=(goal, *asked.goals[1:]),
    )
    made = plan(asked)
    for car in made.cars:
        for block in car.blocks:
            for part in block.parts:
                assert part.start_s < part.end_s
                assert 0 < part.current_a <= 40.0


@given(requests())
@settings(max_examples=examples(30), deadline=None)
def test_a_plan_can_be_made_again_elsewhere(asked: PlanRequest) -> None:
    text = json.dumps(to_document(asked), allow_nan=False)
    again = from_document(PlanRequest, json.loads(text))
    assert again == asked
    made = plan(asked)
    assert plan(again) == made
    document = json.loads(json.dumps(to_document(made), allow_nan=False))
    assert from_document(Plan, document) == made


@given(requests())
@settings(max_examples=examples(30), deadline=None)
def test_who_comes_later_takes_nothing_from_who_comes_first(asked: PlanRequest) -> None:
    """What those of the first priority lack is what they lack without the others."""
    asked = replace(asked, peak_price=None, start_kwh=0.0)
    first = min(goal.priority for goal in asked.goals)
    alone = tuple(goal for goal in asked.goals if goal.priority == first)
    lacking = [
        sum(
            car.shortfall.energy_kwh
            for car, goal in zip(made.cars, goals, strict=True)
            if car.shortfall is not None and goal.priority == first
        )
        for made, goals in (
            (plan(asked), asked.goals),
            (plan(replace(asked, goals=alone)), alone),
        )
    ]
    assert lacking[0] <= lacking[1] + 0.2
