"""The split in numbers that can be checked by hand."""

from math import inf, nan

import pytest

from custom_components.ev_lb.engine.allocation.split import Limit, Request, Share, split
from custom_components.ev_lb.engine.model import (
    DistributionMode,
    LimitingFactor,
    Phase,
)

WEIGHTED = DistributionMode.WEIGHTED
ON_FIRST = ((0, 1.0),)


def limit(
    capacity_a: float,
    factor: LimitingFactor = LimitingFactor.FUSE,
    phase: Phase | None = Phase.L1,
    circuit_id: str | None = "grid",
) -> Limit:
    return Limit(capacity_a, factor, phase, circuit_id)


def request(charger_id: str, **changes: object) -> Request:
    return Request(
        charger_id=charger_id,
        min_current_a=6.0,
        max_current_a=32.0,
        step_a=1.0,
        weight=1.0,
        uses=ON_FIRST,
        urgency=0,
        priority=1,
        turn=0.0,
        running=False,
        own_limit=LimitingFactor.CHARGER_MAX,
    )._replace(**changes)


def given_a(
    requests: list[Request],
    limits: list[Limit],
    mode: DistributionMode = WEIGHTED,
) -> list[float]:
    shares = split(requests, limits, mode)
    return [shares[request.charger_id].current_a for request in requests]


def weighted_trio(
    weights: tuple[float, float, float], highest_a: tuple[float, float, float]
) -> list[Request]:
    return [
        request(name, weight=weight, max_current_a=high_a)
        for name, weight, high_a in zip("abc", weights, highest_a, strict=True)
    ]


@pytest.mark.parametrize(
    ("room_a", "weights", "highest_a", "expected_a"),
    [
        (100, (50, 30, 20), (100, 100, 100), [50, 30, 20]),
        # What one cannot use goes to the others by their weights.
        (100, (50, 30, 20), (40, 100, 100), [40, 36, 24]),
        (100, (50, 30, 20), (40, 30, 100), [40, 30, 30]),
        (60, (0, 50, 50), (32, 32, 32), [0, 30, 30]),
        (30, (100, 0, 0), (32, 32, 32), [30, 0, 0]),
        (60, (1, 1, 1), (32, 32, 32), [20, 20, 20]),
        (32, (1, 1, 1), (8, 32, 32), [8, 12, 12]),
        (32, (1, 1, 1), (6, 10, 32), [6, 10, 16]),
        # The remainder of whole steps is given, not lost.
        (25, (1, 1, 0), (32, 32, 32), [13, 12, 0]),
        (32, (1, 1, 1), (32, 32, 32), [11, 11, 10]),
        # The minimum of a light one is kept; the rest is what it leaves.
        (30, (10, 10, 1), (32, 32, 32), [12, 12, 6]),
        # Room for two minima serves two, for one serves one, for none stops all.
        (17, (1, 1, 1), (32, 32, 32), [9, 8, 0]),
        (11, (1, 1, 1), (32, 32, 32), [11, 0, 0]),
        (5.9, (1, 1, 1), (32, 32, 32), [0, 0, 0]),
        (18, (1, 1, 1), (32, 32, 32), [6, 6, 6]),
    ],
)
def test_weights_share_one_fuse(
    room_a: float,
    weights: tuple[float, float, float],
    highest_a: tuple[float, float, float],
    expected_a: list[float],
) -> None:
    assert given_a(weighted_trio(weights, highest_a), [limit(room_a)]) == expected_a


@pytest.mark.parametrize(
    ("mode", "room_a", "expected_a"),
    [
        (DistributionMode.WEIGHTED, 40, [20, 10, 10]),
        (DistributionMode.SHARED, 40, [12, 12, 16]),
        # Equal priorities share by their weights.
        (DistributionMode.PRIORITY, 40, [20, 10, 10]),
        (DistributionMode.SEQUENTIAL_OPTIMIZED, 40, [32, 8, 0]),
        (DistributionMode.SEQUENTIAL_STRICT, 40, [32, 8, 0]),
        (DistributionMode.PRIORITY, 22, [6, 6, 10]),
        (DistributionMode.SEQUENTIAL_OPTIMIZED, 22, [16, 6, 0]),
        (DistributionMode.SEQUENTIAL_STRICT, 22, [22, 0, 0]),
        # What is left flows on, even past one whose minimum does not fit.
        (DistributionMode.SEQUENTIAL_OPTIMIZED, 80, [32, 32, 16]),
        (DistributionMode.SEQUENTIAL_OPTIMIZED, 11, [11, 0, 0]),
        # Strictly means: 4 A stay unused rather than serve who is behind.
        (DistributionMode.SEQUENTIAL_STRICT, 68, [32, 32, 0]),
        (DistributionMode.SEQUENTIAL_STRICT, 36, [32, 0, 0]),
    ],
)
def test_each_mode_has_its_own_way(
    mode: DistributionMode, room_a: float, expected_a: list[float]
) -> None:
    requests = [
        request("a", weight=2.0),
        request("b"),
        request("c", min_current_a=10.0),
    ]
    assert given_a(requests, [limit(room_a)], mode) == expected_a


@pytest.mark.parametrize(
    ("priorities", "room_a", "expected_a"),
    [
        ((1, 2, 3), 40, [24, 6, 10]),
        ((3, 2, 1), 40, [6, 6, 28]),
        ((2, 1, 1), 40, [6, 17, 17]),
        ((1, 1, 2), 40, [20, 10, 10]),
    ],
)
def test_a_better_priority_is_filled_first_and_equal_ones_share(
    priorities: tuple[int, int, int], room_a: float, expected_a: list[float]
) -> None:
    requests = [
        request("a", weight=2.0, priority=priorities[0]),
        request("b", priority=priorities[1]),
        request("c", min_current_a=10.0, priority=priorities[2]),
    ]
    given = given_a(requests, [limit(room_a)], DistributionMode.PRIORITY)
    assert given == expected_a


def test_who_does_not_fit_blocks_nobody_behind_it() -> None:
    requests = [request("a", min_current_a=16.0), request("b")]
    assert given_a(requests, [limit(10)]) == [0, 10]
    assert given_a(requests, [limit(10)], DistributionMode.SEQUENTIAL_STRICT) == [0, 0]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"urgency": 0, "priority": 9}, {"urgency": 1, "priority": 1}),
        ({"priority": 1}, {"priority": 2, "running": True}),
        ({"running": True, "turn": 9.0}, {"running": False, "turn": 1.0}),
        ({"turn": 1.0}, {"turn": 2.0}),
        ({}, {}),
    ],
)
def test_the_rank_decides_who_has_the_only_minimum(
    first: dict[str, object], second: dict[str, object]
) -> None:
    requests = [request("a", **first), request("b", **second)]
    for mode in DistributionMode:
        assert given_a(requests, [limit(7)], mode) == [7, 0]
        assert given_a(requests[::-1], [limit(7)], mode) == [0, 7]


def test_the_more_urgent_class_has_all_it_wants_above_the_minima() -> None:
    requests = [request("sun", urgency=2), request("now", urgency=0, max_current_a=16)]
    assert given_a(requests, [limit(20)]) == [6, 14]
    assert given_a(requests, [limit(40)]) == [24, 16]


def test_single_phases_do_not_take_from_each_other() -> None:
    limits = [limit(20, phase=phase) for phase in Phase]
    requests = [
        request("on L1", uses=((0, 1.0),)),
        request("on L2", uses=((1, 1.0),)),
        request("on all", uses=((0, 1.0), (1, 1.0), (2, 1.0))),
    ]
    assert given_a(requests, limits) == [10, 10, 10]
    # L1 holds the three-phase car at 6 A; L2 has more for the other.
    limits[0] = limit(12)
    assert given_a(requests, limits) == [6, 14, 6]


def test_a_circuit_below_holds_its_own_and_leaves_the_rest_to_others() -> None:
    limits = [limit(40), limit(16, LimitingFactor.CIRCUIT, Phase.L1, "garage")]
    in_garage = ((0, 1.0), (1, 1.0))
    requests = [
        request("a", uses=in_garage),
        request("b", uses=in_garage),
        request("c"),
    ]
    assert given_a(requests, limits) == [8, 8, 24]


def test_what_a_full_circuit_cannot_use_is_shared_by_the_others() -> None:
    """The circuit stops b at 10 A, above a's maximum; c and d have 10.5 A each."""
    limits = [limit(39), limit(18, LimitingFactor.CIRCUIT, Phase.L1, "garage")]
    in_garage = ((0, 1.0), (1, 1.0))
    requests = [
        request("a", uses=in_garage, max_current_a=8.0),
        request("b", uses=in_garage),
        request("c"),
        request("d", step_a=0.1),
    ]
    assert given_a(requests, limits) == [8, 10, 10, 11]


def test_a_power_cap_counts_phases_and_leaves_single_phases_alone() -> None:
    limits = [*(limit(25, phase=phase) for phase in Phase), limit(48, phase=None)]
    three_phases = ((0, 1.0), (1, 1.0), (2, 1.0), (3, 3.0))
    requests = [
        request("three", uses=three_phases),
        request("one", uses=((0, 1.0), (3, 1.0))),
    ]
    assert given_a(requests, limits) == [12, 12]
    # The other car's phase holds it, which does not shrink the first.
    assert given_a([requests[1]], limits) == [25]


def test_fine_and_coarse_steps_together_leave_nothing() -> None:
    requests = [request("a"), request("b", step_a=0.1)]
    assert given_a(requests, [limit(25.3)]) == [12, 13.3]
    assert given_a([request("a", step_a=0.1)], [limit(18.0)]) == [18.0]


def test_minimum_and_maximum_meet_the_step() -> None:
    odd = request("a", min_current_a=6.3, max_current_a=15.9)
    assert given_a([odd], [limit(6.9)]) == [0]
    assert given_a([odd], [limit(7)]) == [7]
    assert given_a([odd], [limit(40)]) == [15]
    none_between = request("a", min_current_a=6.3, max_current_a=6.9)
    assert given_a([none_between], [limit(40)]) == [0]


def test_room_that_was_computed_is_not_lost_to_floating_point() -> None:
    room_a = 35.0 - 0.2 - 16.8
    assert room_a < 18.0
    assert given_a([request("a")], [limit(room_a)]) == [18]
    assert 6.9 / 0.3 > 23.0
    lowest = request("a", min_current_a=6.9, step_a=0.3)
    assert given_a([lowest], [limit(6.9)]) == [6.9]
    requests = [request(name, step_a=0.1) for name in "abc"]
    assert given_a(requests, [limit(0.1 + 0.2 + 18.0)]) == [6.1, 6.1, 6.1]


def share(
    requests: list[Request],
    limits: list[Limit],
    mode: DistributionMode = WEIGHTED,
) -> Share:
    return split(requests, limits, mode)["a"]


def test_each_share_says_why_it_is_not_more() -> None:
    a, b = request("a"), request("b")
    circuit = limit(10, LimitingFactor.CIRCUIT, Phase.L2, "garage")
    both = ((0, 1.0), (1, 1.0))
    assert share([a], [limit(50)])[:4] == (32, LimitingFactor.CHARGER_MAX, None, None)
    assert share([a], [limit(20)])[:4] == (20, LimitingFactor.FUSE, Phase.L1, "grid")
    assert share([a._replace(uses=both)], [limit(20), circuit])[:4] == (
        10,
        LimitingFactor.CIRCUIT,
        Phase.L2,
        "garage",
    )
    assert share([a, b], [limit(20)])[:4] == (
        10,
        LimitingFactor.SHARE,
        Phase.L1,
        "grid",
    )


def test_who_gets_nothing_knows_why() -> None:
    a, b = request("a"), request("b", priority=0)
    nothing = [
        (share([a, b], [limit(10)]), LimitingFactor.QUEUE, Phase.L1),
        (share([a, b], [limit(5)]), LimitingFactor.FUSE, Phase.L1),
        (share([a._replace(weight=0.0)], [limit(50)]), LimitingFactor.SHARE, None),
        (
            share([a._replace(max_current_a=5.0)], [limit(50)]),
            LimitingFactor.CHARGER_MAX,
            None,
        ),
        (
            share([a, b], [limit(30)], DistributionMode.SEQUENTIAL_STRICT),
            LimitingFactor.QUEUE,
            Phase.L1,
        ),
    ]
    for given, factor, phase in nothing:
        assert (given.current_a, given.factor, given.phase) == (0.0, factor, phase)


def test_who_gets_nothing_is_told_the_fullest_limit() -> None:
    """Not the first one in which its minimum does not fit."""
    both = ((0, 1.0), (1, 1.0))
    a = request("a", uses=both)
    for first_a, second_a in ((5, 1), (0, -9), (-3, -4)):
        found = share([a], [limit(first_a), limit(second_a, phase=Phase.L2)])
        assert (found.current_a, found.phase) == (0.0, Phase.L2)


def test_who_waits_behind_one_that_is_stuck_elsewhere_only_queues() -> None:
    limits = [limit(5, phase=Phase.L1), limit(50, phase=Phase.L2)]
    requests = [request("b", priority=0), request("a", uses=((1, 1.0),))]
    waiting = share(requests, limits, DistributionMode.SEQUENTIAL_STRICT)
    assert waiting[:4] == (0.0, LimitingFactor.QUEUE, None, None)
    assert share(requests, limits).current_a == 32


@pytest.mark.parametrize("mode", DistributionMode)
@pytest.mark.parametrize("capacity_a", [nan, inf, -inf, -1.0, 0.0])
def test_a_limit_that_makes_no_sense_has_no_room(
    mode: DistributionMode, capacity_a: float
) -> None:
    assert given_a([request("a")], [limit(capacity_a)], mode) == [0]


@pytest.mark.parametrize("mode", DistributionMode)
@pytest.mark.parametrize(
    "changes",
    [
        {"min_current_a": nan},
        {"min_current_a": -1.0},
        {"max_current_a": nan},
        {"max_current_a": inf},
        {"weight": nan},
        {"weight": inf},
        {"weight": -1.0},
        {"uses": ((1, 1.0),)},
        {"uses": ((-1, 1.0),)},
        {"uses": ((0, nan),)},
        {"uses": ((0, -1.0),)},
    ],
)
def test_a_request_that_makes_no_sense_gets_nothing_and_takes_nothing(
    mode: DistributionMode, changes: dict[str, object]
) -> None:
    requests = [request("broken", **changes), request("good")]
    assert given_a(requests, [limit(40)], mode) == [0, 32]


@pytest.mark.parametrize("step_a", [0.0, -1.0, nan, inf])
def test_a_step_that_makes_no_sense_counts_as_a_milliampere(step_a: float) -> None:
    requests = [request("a", step_a=step_a)]
    assert given_a(requests, [limit(10.0004)]) == [10.0]
    assert given_a(requests, [limit(10.0016)]) == [10.001]


def test_a_turn_that_is_unknown_is_the_last() -> None:
    requests = [request("a", turn=nan), request("b", turn=1e9)]
    assert given_a(requests, [limit(7)]) == [0, 7]


def test_nobody_and_nothing() -> None:
    for mode in DistributionMode:
        assert split([], [], mode) == {}
        assert given_a([request("a", uses=())], [], mode) == [32]


def test_a_limit_named_twice_counts_twice() -> None:
    assert given_a([request("a", uses=((0, 1.0), (0, 1.0)))], [limit(20)]) == [10]
