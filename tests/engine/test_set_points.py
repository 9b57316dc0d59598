"""What is remembered of the set-points that a charger was told."""

from hypothesis import given, strategies as st

from custom_components.ev_lb.engine.model.set_points import (
    EFFECT_OPEN_S,
    SET_POINTS_MOST,
    most_commanded_a,
    with_set_point,
)
from custom_components.ev_lb.engine.model.state import ChargerState, SetPoint

SLOWEST_S = 120.0


@given(
    st.lists(st.tuples(st.floats(0.5, 90), st.integers(0, 32)), max_size=100),
    st.booleans(),
    st.floats(1, SLOWEST_S),
    st.floats(0, 60),
)
def test_forgotten_set_points_hide_nothing_that_a_car_may_draw(
    steps: list[tuple[float, int]], falls: bool, dead_time_s: float, delay_s: float
) -> None:
    """However many are told within a slow response; and they never pile up."""
    if falls:
        steps = sorted(steps, key=lambda row: -row[1])
    state = ChargerState(charger_id="garage", set_a=16)
    everything: list[SetPoint] = [SetPoint(16, -1e9, -1e9)]
    now_s = 1000.0
    for wait_s, current_a in steps:
        now_s += wait_s
        before = state
        state = with_set_point(state, current_a, now_s)
        told = state.set_points[-1]._replace(accepted_s=now_s)
        state = state._replace(set_points=(*state.set_points[:-1], told))
        everything.append(told)
        assert len(state.set_points) <= SET_POINTS_MOST
        assert len(state.set_points) <= len(before.set_points) + 2
        whole = state._replace(set_points=tuple(everything))
        if _is_monotone(everything, now_s):
            assert _most_a(state, now_s, dead_time_s, delay_s) >= _most_a(
                whole, now_s, dead_time_s, delay_s
            )


def _most_a(
    state: ChargerState, now_s: float, dead_time_s: float, delay_s: float
) -> float:
    ends_s = tuple(row.decided_s + dead_time_s for row in state.set_points)
    return most_commanded_a(state, ends_s, now_s, delay_s)


def _is_monotone(points: list[SetPoint], now_s: float) -> bool:
    """Tell whether what may be under way fits, or is one row of cuts."""
    under_way = [row for row in points if row.decided_s > now_s - EFFECT_OPEN_S]
    amps = [row.current_a for row in under_way]
    return len(amps) < SET_POINTS_MOST - 1 or amps == sorted(amps, reverse=True)
