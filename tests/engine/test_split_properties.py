"""What holds for every split, whatever is asked."""

from math import isfinite

from hypothesis import given, settings, strategies as st

from custom_components.ev_lb.engine.allocation.split import Limit, Request, Share, split
from custom_components.ev_lb.engine.model import (
    DistributionMode,
    LimitingFactor,
    Phase,
)
from tests.searching import examples

LIMIT_COUNT = 5

modes = st.sampled_from(DistributionMode)
any_float = st.floats() | st.sampled_from([0.0, 1e-300, 1e300, -1e300])
steps_a = st.sampled_from([1.0, 0.1, 0.5, 0.25, 2.0])
coefficients = st.sampled_from([1.0, 1.0, 3.0, 0.5])


def lines(coefficient: st.SearchStrategy[float]) -> st.SearchStrategy:
    return st.dictionaries(
        st.integers(0, LIMIT_COUNT - 1), coefficient, min_size=1, max_size=4
    ).map(lambda uses: tuple(uses.items()))


@st.composite
def sane_requests(draw: st.DrawFn, charger_id: str) -> Request:
    lowest_a = draw(st.sampled_from([0.0, 6.0, 6.0, 6.3, 8.0, 10.0]))
    return Request(
        charger_id=charger_id,
        min_current_a=lowest_a,
        max_current_a=lowest_a + draw(st.integers(0, 260)) / 10,
        step_a=draw(steps_a),
        weight=draw(st.sampled_from([1.0, 1.0, 2.0, 5.0, 0.3, 50.0, 0.0])),
        uses=draw(lines(coefficients)),
        urgency=draw(st.integers(0, 3)),
        priority=draw(st.integers(1, 3)),
        turn=float(draw(st.integers(0, 2))),
        running=draw(st.booleans()),
        own_limit=LimitingFactor.CHARGER_MAX,
    )


@st.composite
def broken_requests(draw: st.DrawFn, charger_id: str) -> Request:
    uses = st.tuples(st.integers(-2, LIMIT_COUNT + 1), any_float | coefficients)
    sane = draw(sane_requests(charger_id))
    for name, values in {
        "min_current_a": any_float,
        "max_current_a": any_float,
        "step_a": any_float,
        "weight": any_float,
        "turn": any_float,
        "uses": st.lists(uses, max_size=5).map(tuple),
    }.items():
        if draw(st.booleans()):
            sane = sane._replace(**{name: draw(values)})
    return sane


def limits_of(capacities_a: st.SearchStrategy[float]) -> st.SearchStrategy[list[Limit]]:
    return st.lists(
        st.builds(
            Limit,
            capacities_a,
            st.just(LimitingFactor.FUSE),
            st.sampled_from([*Phase, None]),
            st.sampled_from(["grid", None]),
        ),
        min_size=LIMIT_COUNT,
        max_size=LIMIT_COUNT,
    )


sane_limits = limits_of(st.integers(0, 900).map(lambda tenths: tenths / 10))


@st.composite
def sane_sites(draw: st.DrawFn) -> tuple[list[Request], list[Limit]]:
    count = draw(st.integers(1, 8))
    requests = [draw(sane_requests(f"charger {number}")) for number in range(count)]
    return requests, draw(sane_limits)


@st.composite
def broken_sites(draw: st.DrawFn) -> tuple[list[Request], list[Limit]]:
    count = draw(st.integers(0, 5))
    requests = [draw(broken_requests(f"charger {number}")) for number in range(count)]
    limits = draw(sane_limits | limits_of(any_float))
    return requests, limits[: draw(st.integers(0, LIMIT_COUNT))]


def loads_a(
    requests: list[Request], limits: list[Limit], shares: dict[str, Share]
) -> list[float]:
    loads = [0.0] * len(limits)
    for request in requests:
        current_a = shares[request.charger_id].current_a
        for place, coefficient in request.uses if current_a else ():
            loads[place] += coefficient * current_a
    return loads


def assert_on_step(request: Request, current_a: float) -> None:
    if current_a == 0.0:
        return
    slack_a = 1e-6 * (1.0 + current_a)
    assert request.min_current_a - slack_a <= current_a
    assert current_a <= request.max_current_a + slack_a
    if request.step_a >= 0.001 and isfinite(request.step_a):
        steps = current_a / request.step_a
        assert abs(steps - round(steps)) < 1e-6 * (1.0 + steps)


@settings(max_examples=examples(600))
@given(sane_sites() | broken_sites(), modes)
def test_no_limit_is_exceeded_and_every_current_can_be_set(
    site: tuple[list[Request], list[Limit]], mode: DistributionMode
) -> None:
    requests, limits = site
    shares = split(requests, limits, mode)
    assert set(shares) == {request.charger_id for request in requests}
    for limit, load_a in zip(limits, loads_a(requests, limits, shares), strict=True):
        if load_a:
            assert load_a <= limit.capacity_a * (1.0 + 1e-8)
    for request in requests:
        current_a = shares[request.charger_id].current_a
        assert isfinite(current_a)
        assert current_a >= 0.0
        assert_on_step(request, current_a)


@settings(max_examples=examples(400))
@given(sane_sites(), modes)
def test_nothing_is_wasted(
    site: tuple[list[Request], list[Limit]], mode: DistributionMode
) -> None:
    """No charger could have a step, or its minimum, that nobody else has."""
    if mode is DistributionMode.SEQUENTIAL_STRICT:
        return
    requests, limits = site
    shares = split(requests, limits, mode)
    loads = loads_a(requests, limits, shares)
    for request in requests:
        current_a = shares[request.charger_id].current_a
        lowest_a = -(-request.min_current_a // request.step_a) * request.step_a
        more_a = request.step_a if current_a else max(lowest_a, request.step_a)
        if request.weight <= 0.0 or current_a + more_a > request.max_current_a:
            continue
        assert any(
            loads[place] + coefficient * more_a > limits[place].capacity_a
            for place, coefficient in request.uses
        )


@settings(max_examples=examples(200))
@given(sane_sites() | broken_sites(), modes, st.randoms())
def test_the_order_in_which_chargers_are_named_changes_nothing(
    site: tuple[list[Request], list[Limit]], mode: DistributionMode, chance: object
) -> None:
    requests, limits = site
    shuffled = requests.copy()
    chance.shuffle(shuffled)
    assert split(shuffled, limits, mode) == split(requests, limits, mode)
    assert split(requests, limits, mode) == split(requests, limits, mode)


@st.composite
def equals_under_one_fuse(draw: st.DrawFn) -> list[Request]:
    step_a = draw(steps_a)
    return [
        Request(
            charger_id=f"charger {number}",
            min_current_a=6.0,
            max_current_a=6.0 + draw(st.integers(0, 260)) / 10,
            step_a=step_a,
            weight=3.0,
            uses=((0, 1.0),),
            urgency=0,
            priority=1,
            turn=float(draw(st.integers(0, 2))),
            running=False,
            own_limit=LimitingFactor.CHARGER_MAX,
        )
        for number in range(draw(st.integers(1, 5)))
    ]


def fuse(capacity_a: float) -> list[Limit]:
    return [Limit(capacity_a, LimitingFactor.FUSE, Phase.L1, "grid")]


@given(equals_under_one_fuse(), st.floats(0, 150), st.floats(0, 50))
def test_more_room_gives_nobody_less(
    requests: list[Request], room_a: float, more_a: float
) -> None:
    """Equal weights and steps, one class, one fuse, and the same chargers running.

    When more room lets one more charger run, the others make place for it.
    """
    for mode in (DistributionMode.WEIGHTED, DistributionMode.SHARED):
        before = split(requests, fuse(room_a), mode)
        after = split(requests, fuse(room_a + more_a), mode)
        total_before = sum(share.current_a for share in before.values())
        total_after = sum(share.current_a for share in after.values())
        assert total_after >= total_before - 1e-9
        running = {name for name, share in before.items() if share.current_a}
        if running != {name for name, share in after.items() if share.current_a}:
            continue
        for name, share in before.items():
            assert after[name].current_a >= share.current_a


@given(equals_under_one_fuse(), st.floats(0, 150), st.floats(0, 50))
def test_weights_and_fine_steps_follow_the_room_to_within_a_step(
    requests: list[Request], room_a: float, more_a: float
) -> None:
    """Any weights on one fuse: levels rise with room; whole steps may differ by one."""
    requests = [
        request._replace(step_a=0.01, weight=float(1 + number))
        for number, request in enumerate(requests)
    ]
    before = split(requests, fuse(room_a), DistributionMode.WEIGHTED)
    after = split(requests, fuse(room_a + more_a), DistributionMode.WEIGHTED)
    if {name for name, share in before.items() if share.current_a} != {
        name for name, share in after.items() if share.current_a
    }:
        return
    for name, share in before.items():
        assert after[name].current_a >= share.current_a - 0.0100001


@given(sane_sites(), st.sampled_from([0.125, 2.0, 64.0]))
def test_only_the_ratio_of_weights_counts(
    site: tuple[list[Request], list[Limit]], factor: float
) -> None:
    requests, limits = site
    scaled = [request._replace(weight=request.weight * factor) for request in requests]
    assert split(scaled, limits, DistributionMode.WEIGHTED) == split(
        requests, limits, DistributionMode.WEIGHTED
    )
