"""What a plan says as time passes, and when another one takes its place."""

from math import inf

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.model import LimitingFactor
from custom_components.ev_lb.engine.planning.plan import plan
from custom_components.ev_lb.engine.planning.request import Goal, PlanRequest
from custom_components.ev_lb.engine.planning.standing import (
    Standing,
    energy_kwh,
    is_worth_keeping,
    shifted,
    standing,
    with_late_slots,
)
from tests.searching import examples

from .checks import at, request, site, slots
from .test_plan import FULL_KWH

PRICES = [0.4, 0.3, 0.1, 0.1, 0.4, 0.3, 0.2, 0.4]
"""The best two quarter-hours begin at 2."""


def asked(needed_kwh: float, prices: list[float] = PRICES) -> PlanRequest:
    goal = Goal(charger_id="a", needed_kwh=needed_kwh, ready_s=at(len(prices)))
    return request(site("a"), slots(prices), goal)


def said(of: PlanRequest, time_s: float, *, priced: bool = True) -> Standing:
    made = plan(of)
    return standing(made.cars[0], of.goals[0], of.slots, time_s, priced=priced)


def test_says_what_is_waited_for_and_how_long_it_may_draw() -> None:
    of = asked(2 * FULL_KWH)
    before = said(of, at(1) + 10)
    assert (before.may_draw_until_s, before.planned_left_s) == (None, 1800)
    assert before.next_block is not None
    start_s, price, price_now, done_s = before.next_block
    assert (start_s, price_now, done_s) == (at(2), 0.3, at(4))
    assert price == pytest.approx(0.1)
    inside = said(of, at(3) + 30)
    assert inside == Standing(at(4), 840, None)
    assert said(of, at(4)) == Standing(None, 0, None)


def test_says_no_price_where_none_is_known() -> None:
    block = said(asked(FULL_KWH), at(0), priced=False).next_block
    assert block is not None
    assert block[1:3] == (None, None)


def test_who_lacks_may_draw_at_any_time() -> None:
    of = asked(99 * FULL_KWH)
    assert said(of, at(0)).may_draw_until_s == at(8)
    assert said(of, at(8)).may_draw_until_s is None


def test_who_lacks_for_its_price_limit_waits_all_the_same() -> None:
    goal = Goal(charger_id="a", needed_kwh=5 * FULL_KWH, ready_s=at(8), price_limit=0.2)
    of = request(site("a"), slots(PRICES), goal)
    lacks = plan(of).cars[0].shortfall
    assert lacks is not None
    assert lacks.factor is LimitingFactor.SOLAR
    assert said(of, at(0)).may_draw_until_s is None


def test_blocks_to_come_are_shifted_and_none_beyond_its_end() -> None:
    of = asked(2 * FULL_KWH, [0.3, 0.3, 0.1, 0.1])
    made = shifted(plan(of), of.goals, 40, at(0))
    (block,) = made.cars[0].blocks
    assert (block.start_s, block.end_s) == (at(2) + 40, at(4))
    assert made.cars[0].done_s == at(4)
    assert shifted(plan(of), of.goals, 40, at(2)) == plan(of)


def test_a_plan_stays_for_a_little_money_and_goes_for_more() -> None:
    old = plan(asked(2 * FULL_KWH))
    little = asked(2 * FULL_KWH, [0.4, 0.3, 0.1, 0.1, 0.4, 0.097, 0.097, 0.4])
    much = asked(2 * FULL_KWH, [0.4, 0.3, 0.1, 0.1, 0.4, 0.05, 0.01, 0.4])
    assert plan(little) != old
    assert is_worth_keeping(old, plan(little), little)
    assert not is_worth_keeping(old, plan(much), much)


@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 2), (2, 99), (99, 2)])
def test_a_plan_goes_that_gives_too_little_or_too_much(before: int, after: int) -> None:
    old, of = plan(asked(before * FULL_KWH)), asked(after * FULL_KWH)
    assert not is_worth_keeping(old, plan(of), of)


def test_a_plan_without_the_car_is_not_kept() -> None:
    of = asked(FULL_KWH)
    assert not is_worth_keeping(plan(of)._replace(cars=()), plan(of), of)


def test_energy_is_counted_by_time() -> None:
    of = asked(2 * FULL_KWH)
    car = plan(of).cars[0]
    assert energy_kwh(car, -inf, inf) == pytest.approx(2 * FULL_KWH)
    assert energy_kwh(car, at(2), at(3)) == pytest.approx(FULL_KWH)
    assert energy_kwh(car, at(4), inf) == 0


def test_without_prices_it_begins_as_late_as_it_may() -> None:
    goal = Goal(charger_id="a", needed_kwh=3 * FULL_KWH, ready_s=at(30))
    late = with_late_slots((), at(0) + 100, at(30))
    assert (late[0].start_s, late[-1].end_s) == (at(0) + 100, at(30))
    made = plan(request(site("a"), late, goal))
    (block,) = made.cars[0].blocks
    assert (block.start_s, block.end_s) == (at(27), at(30))


@given(
    st.lists(st.floats(-1, 1), max_size=12),
    st.floats(0, 40),
    st.floats(-2, 40),
    st.integers(0, 59),
    st.floats(-2, 40),
)
@settings(max_examples=examples(100))
def test_whatever_is_planned_has_a_standing(
    prices: list[float], needed: float, ready: float, by_s: int, moment: float
) -> None:
    goal = Goal(
        charger_id="a", needed_kwh=needed * FULL_KWH, ready_s=at(0) + ready * 900
    )
    of = request(site("a"), with_late_slots(slots(prices), at(0), goal.ready_s), goal)
    made = shifted(plan(of), of.goals, by_s, of.now_s)
    now_s = at(0) + moment * 900
    found = standing(made.cars[0], goal, of.slots, now_s, priced=True)
    assert 0 <= found.planned_left_s <= max(goal.ready_s - now_s, 0) + 1e-6
    if found.may_draw_until_s is not None:
        assert now_s < found.may_draw_until_s <= goal.ready_s + 1e-6
    if found.next_block is not None:
        assert now_s < found.next_block.start_s
    assert is_worth_keeping(plan(of), plan(of), of)
