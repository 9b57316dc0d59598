"""The tool that makes the recorded day keeps what is real."""

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from tools.reconstruction import MINUTE_S, put_on_phases, reconstruct

MINUTES = 40

minutes = st.lists(
    st.sampled_from([0.0, 120.0, 350.0, 900.0, 2000.0, 2600.0]),
    min_size=MINUTES,
    max_size=MINUTES,
)


@settings(deadline=None)
@given(minutes, minutes, minutes, st.integers(min_value=0, max_value=9))
def test_minute_means_are_kept_whatever_they_are(
    total: list[float], kettle: list[float], washer: list[float], seed: int
) -> None:
    """Sub-meters that exceed the clamp together are scaled down to it."""
    means = {
        "total": np.array(total) + 50,
        "kettle": np.array(kettle),
        "washer": np.array(washer),
    }
    phases = put_on_phases(reconstruct(means, seed), seed)
    assert phases.shape == (3, MINUTES * MINUTE_S)
    assert phases.min() >= -1e-6
    kept = phases.sum(axis=0).reshape(-1, MINUTE_S).mean(axis=1)
    assert kept == pytest.approx(means["total"])
    again = put_on_phases(reconstruct(means, seed), seed)
    assert (again == phases).all()


def test_a_kettle_is_on_at_its_power_for_a_part_of_the_minute() -> None:
    kettle = np.zeros(MINUTES)
    kettle[10] = 1400
    parts = reconstruct({"total": kettle + 100, "kettle": kettle}, seed=1)
    minute = parts["kettle"][10 * MINUTE_S : 11 * MINUTE_S]
    assert sorted(set(minute)) == [0, 2800]
    assert minute.sum() == pytest.approx(1400 * MINUTE_S)
    assert (put_on_phases(parts, seed=1)[0] >= parts["kettle"]).all()
