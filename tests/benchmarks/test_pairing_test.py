"""The benchmark of a charger's test, on a few of its houses."""

import pytest

from benchmarks import pairing_test
from custom_components.ev_lb.engine.model import Phase

L1, L2, L3 = Phase


@pytest.mark.parametrize(
    ("order", "used"),
    [((L2, L3, L1), 1), ((L3, L2, L1), 2), ((L2, L1, L3), 3)],
)
def test_a_noisy_house_does_not_hide_the_phases(
    order: tuple[Phase, ...], used: int
) -> None:
    outcome, took_s = pairing_test.tested(1, order, used)
    assert outcome == "right"
    assert took_s > 0
