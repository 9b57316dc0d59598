"""Single nights whose best plan one can see."""

from dataclasses import replace
from math import inf

import pytest

from custom_components.ev_lb.engine.model import (
    CapacityTariff,
    Charger,
    Circuit,
    LimitingFactor,
    Phase,
)
from custom_components.ev_lb.engine.planning.plan import Plan, plan
from custom_components.ev_lb.engine.planning.request import Goal

from .checks import assert_sound, at, request, site, slots

FULL_KWH = 16 * 3 * 230 / 1000 / 4
"""Of a quarter-hour at 16 A on three phases."""


def times(made: Plan, car: int = 0) -> list[tuple[float, float]]:
    """Return a car's blocks in quarter-hours from the first slot."""
    return [
        ((block.start_s - at(0)) / 900, (block.end_s - at(0)) / 900)
        for block in made.cars[car].blocks
    ]


def test_the_cheapest_hours_before_it_leaves() -> None:
    prices = slots([0.3, 0.1, 0.2, 0.4, 0.01])
    goal = Goal(charger_id="a", needed_kwh=2 * FULL_KWH, ready_s=at(4))
    asked = request(site("a"), prices, goal)
    made = plan(asked)
    assert times(made) == [(1, 3)]
    assert made.cars[0].done_s == at(3)
    assert made.cost == pytest.approx(FULL_KWH * 0.3)
    assert_sound(asked, made)


def test_of_equal_hours_the_earlier() -> None:
    goal = Goal(charger_id="a", needed_kwh=2 * FULL_KWH, ready_s=at(8))
    assert times(plan(request(site("a"), slots([0.2] * 8), goal))) == [(0, 2)]


def test_two_cars_share_the_fuse_so_that_both_are_ready() -> None:
    """Who may stay leaves the cheap hours to who must go."""
    prices = slots([0.1, 0.3, 0.2, 0.2])
    goals = (
        Goal(charger_id="a", needed_kwh=FULL_KWH, ready_s=at(4)),
        Goal(charger_id="b", needed_kwh=FULL_KWH, ready_s=at(1)),
    )
    made = plan(request(site("a", "b", limit_a=16), prices, *goals))
    assert times(made, 0) == [(2, 3)]
    assert times(made, 1) == [(0, 1)]


def test_a_car_charges_with_its_minimum_or_not_at_all() -> None:
    goal = Goal(charger_id="a", needed_kwh=0.5, ready_s=at(4))
    made = plan(request(site("a"), slots([0.1] * 4), goal))
    (block,) = made.cars[0].blocks
    assert [part.current_a for part in block.parts] == [6.0]
    assert block.end_s - block.start_s == pytest.approx(900 * 0.5 / 1.035)


def test_the_house_and_the_circuit_leave_less() -> None:
    home = site("a")
    home = replace(
        home,
        circuits=(
            *home.circuits,
            Circuit(circuit_id="garage", limit_a=(12.0,) * 3, parent_id="grid"),
        ),
        chargers=(replace(home.chargers[0], circuit_id="garage"),),
    )
    goal = Goal(charger_id="a", needed_kwh=50.0, ready_s=at(2))
    loaded = slots([0.1, 0.1], house_a=(16.0, 0.0, 0.0))
    for prices, current_a in ((slots([0.1, 0.1]), 12.0), (loaded, 9.0)):
        made = plan(request(home, prices, goal))
        assert [p.current_a for p in made.cars[0].blocks[0].parts] == [current_a]


def test_what_lacks_and_why() -> None:
    loaded = slots([0.2] * 4, house_a=(0.0, 12.0, 0.0))
    goals = (
        Goal(charger_id="a", needed_kwh=100.0, ready_s=at(4)),
        Goal(charger_id="b", needed_kwh=4.0, ready_s=at(4), priority=2),
        Goal(charger_id="c", needed_kwh=4.0, ready_s=at(4), priority=3),
    )
    made = plan(request(site("a", "b", limit_a=20.0), loaded, *goals))
    first, second, third = (car.shortfall for car in made.cars)
    assert first is not None
    assert first.factor is LimitingFactor.FUSE
    assert (first.phase, first.circuit_id) == (Phase.L2, "grid")
    assert first.energy_kwh == pytest.approx(100 - 8 * 0.69)
    assert second is not None
    assert second.charger_ids == ("a",)
    assert (second.start_s, second.end_s) == (at(0), at(4))
    # There is no such charger.
    assert third is not None
    assert third.factor is LimitingFactor.DISABLED


def test_full_power_all_the_time_is_not_enough() -> None:
    goal = Goal(charger_id="a", needed_kwh=100.0, ready_s=at(4))
    shortfall = plan(request(site("a"), slots([0.2] * 4), goal)).cars[0].shortfall
    assert shortfall is not None
    assert shortfall.factor is LimitingFactor.CHARGER_MAX
    assert shortfall.energy_kwh == pytest.approx(100 - 4 * FULL_KWH)


def test_a_goal_that_comes_first_takes_all_it_needs() -> None:
    goals = (
        Goal(charger_id="a", needed_kwh=4 * FULL_KWH, ready_s=at(4), priority=2),
        Goal(charger_id="b", needed_kwh=3 * FULL_KWH, ready_s=at(4), priority=1),
    )
    made = plan(request(site("a", "b", limit_a=16), slots([0.2] * 4), *goals))
    assert made.cars[1].shortfall is None
    assert made.cars[0].energy_kwh == pytest.approx(FULL_KWH)


def test_no_priority_gives_way_to_one_that_comes_after_it_though_it_draws_more() -> (
    None
):
    """Of three priorities the second one's car takes twice as much on the same fuse."""
    one_at_a_time = (
        Charger(charger_id="last", circuit_id="grid", phases=(Phase.L1,)),
        Charger(charger_id="second", circuit_id="grid", phases=(Phase.L1, Phase.L2)),
        Charger(charger_id="first", circuit_id="grid", phases=(Phase.L1,)),
    )
    home = replace(
        site("last", limit_a=10),
        chargers=tuple(replace(row, max_current_a=6.0) for row in one_at_a_time),
    )
    goals = tuple(
        Goal(
            charger_id=row.charger_id, needed_kwh=1.0, ready_s=at(7), priority=3 - place
        )
        for place, row in enumerate(one_at_a_time)
    )
    made = plan(request(home, slots([0.0]), *goals))
    assert [len(car.blocks) for car in made.cars] == [0, 0, 1]


def test_a_price_limit_leaves_the_surplus() -> None:
    prices = (
        *slots([0.1, 0.3]),
        *(
            replace(slot, start_s=at(2 + place), end_s=at(3 + place))
            for place, slot in enumerate(
                slots([0.3, 0.3], house_a=(-8.0,) * 3, feed_in_price=0.08)
            )
        ),
    )
    goal = Goal(charger_id="a", needed_kwh=30.0, ready_s=at(4), price_limit=0.2)
    made = plan(request(site("a"), prices, goal))
    assert [p.current_a for b in made.cars[0].blocks for p in b.parts] == [16, 8]
    assert made.cost == pytest.approx(FULL_KWH * 0.1 + FULL_KWH * 0.08)
    assert made.cars[0].shortfall is not None
    assert made.cars[0].shortfall.factor is LimitingFactor.SOLAR


def test_the_surplus_is_for_whoever_can_only_use_it() -> None:
    """One car leaves before the sun comes again: the sun of now is for that one."""
    sunny = slots([0.3], house_a=(-16.0,) * 3, feed_in_price=0.05)
    later = tuple(
        replace(sunny[0], start_s=at(place), end_s=at(place + 1)) for place in (2, 3)
    )
    dark = slots([0.3] * 2)[1:]
    goals = (
        Goal(charger_id="a", needed_kwh=FULL_KWH, ready_s=at(4)),
        Goal(charger_id="b", needed_kwh=FULL_KWH, ready_s=at(2)),
    )
    made = plan(request(site("a", "b"), (*sunny, *dark, *later), *goals))
    assert made.cost == pytest.approx(2 * FULL_KWH * 0.05)
    assert times(made, 1) == [(0, 1)]


@pytest.mark.parametrize(
    ("more", "factor"),
    [
        ({"import_cap_w": 6900.0}, LimitingFactor.IMPORT_CAP),
        (
            {"capacity_tariff": CapacityTariff(limit_w=6900.0)},
            LimitingFactor.CAPACITY_TARIFF,
        ),
    ],
)
def test_caps_on_power_hold(more: dict[str, object], factor: LimitingFactor) -> None:
    goal = Goal(charger_id="a", needed_kwh=50.0, ready_s=at(4))
    made = plan(request(site("a", **more), slots([0.2] * 4), goal))
    assert [p.current_a for p in made.cars[0].blocks[0].parts] == [pytest.approx(10.0)]
    assert made.cars[0].shortfall is not None
    assert made.cars[0].shortfall.factor is factor


def test_the_grid_operators_signal_holds_while_it_lasts() -> None:
    prices = slots([0.2, 0.2])
    prices = (replace(prices[0], external_cap_w=4200.0), prices[1])
    goal = Goal(charger_id="a", needed_kwh=50.0, ready_s=at(2))
    parts = plan(request(site("a"), prices, goal)).cars[0].blocks[0].parts
    assert [part.current_a for part in parts] == [pytest.approx(4200 / 690), 16.0]


def test_the_months_peak_grows_only_for_a_goal_or_where_that_is_cheaper() -> None:
    prices = slots([0.1] + [0.2] * 7)
    tariff = CapacityTariff(limit_w=4140.0)
    goal = Goal(charger_id="a", needed_kwh=4.14, ready_s=at(8))
    asked = request(site("a", capacity_tariff=tariff), prices, goal)
    assert plan(asked).peak_w == 4140.0
    dear = plan(replace(asked, peak_price=5.0))
    assert dear.peak_w == 4140.0
    cheap = plan(replace(asked, peak_price=0.0))
    assert cheap.peak_w is not None
    assert cheap.peak_w > 11000
    pressed = replace(asked, peak_price=5.0, goals=(replace(goal, ready_s=at(2)),))
    made = plan(pressed)
    assert made.cars[0].energy_kwh == pytest.approx(4.14, abs=0.02)
    assert made.peak_w is not None
    assert 8200 < made.peak_w < 8600


def test_few_starts_for_little_money() -> None:
    prices = slots([0.20, 0.21, 0.20, 0.21, 0.20, 0.21, 0.20, 0.21])
    goal = Goal(charger_id="a", needed_kwh=4 * FULL_KWH, ready_s=at(8))
    asked = request(site("a"), prices, goal)
    assert len(plan(asked).cars[0].blocks) == 4
    few = plan(replace(asked, start_kwh=0.2))
    assert len(few.cars[0].blocks) == 1
    assert few.cars[0].shortfall is None
    assert few.cost <= plan(asked).cost + 3 * 0.2 * 0.21


def test_who_charges_goes_on() -> None:
    prices = slots([0.2, 0.2, 0.199, 0.199])
    goal = Goal(charger_id="a", needed_kwh=2 * FULL_KWH, ready_s=at(4))
    asked = replace(request(site("a"), prices, goal), start_kwh=0.2)
    assert times(plan(asked)) == [(2, 4)]
    running = replace(asked, goals=(replace(goal, running=True),))
    # At its minimum through the dear quarter-hours: that is cheaper than a start.
    assert times(plan(running)) == [(0, 4)]


def test_guesses_are_marked() -> None:
    prices = slots([0.2, 0.2, 0.1])
    prices = (*prices[:2], replace(prices[2], guessed=True))
    for needed_kwh, guessed in ((FULL_KWH, True), (3 * FULL_KWH, True)):
        goal = Goal(charger_id="a", needed_kwh=needed_kwh, ready_s=at(3))
        made = plan(request(site("a"), prices, goal))
        assert made.cars[0].blocks[-1].guessed is guessed
    goal = Goal(charger_id="a", needed_kwh=FULL_KWH, ready_s=at(2))
    assert not plan(request(site("a"), prices, goal)).cars[0].blocks[0].guessed


@pytest.mark.parametrize("needed_kwh", [0.0, -1.0, float("nan")])
def test_who_needs_nothing_is_done(needed_kwh: float) -> None:
    goal = Goal(charger_id="a", needed_kwh=needed_kwh, ready_s=inf)
    made = plan(request(site("a"), slots([0.2]), goal))
    assert made.cars[0].blocks == ()
    assert made.cars[0].shortfall is None


def test_slots_are_cut_where_a_car_comes_and_goes() -> None:
    goal = Goal(charger_id="a", needed_kwh=9.0, from_s=at(0.5), ready_s=at(2.25))
    asked = request(site("a"), slots([0.2] * 3), goal)
    made = plan(asked)
    assert times(made) == [(0.5, 2.25)]
    assert_sound(asked, made)
