"""Plans of random nights against what HiGHS proves; `benchmarks.planning_gap` does more."""

from statistics import mean

import pytest

from benchmarks.planning_gap import Compared, compare
from benchmarks.planning_homes import random_request, recorded
from custom_components.ev_lb.engine.planning.plan import plan

from .checks import assert_sound

NIGHTS = 24
LP_MARGIN = 0.01
"""The linear program ignores the minima: where goals do not fit it has more."""


@pytest.fixture(scope="module")
def nights() -> list[Compared]:
    data = recorded()
    return [compare(random_request(data, seed), seed) for seed in range(NIGHTS)]


def test_nearly_the_least_money(nights: list[Compared]) -> None:
    assert mean(night.gap for night in nights) <= 0.001
    assert max(night.gap for night in nights) <= 0.015


def test_nothing_lacks_that_could_be_had(nights: list[Compared]) -> None:
    for night in nights:
        inevitable_kwh = night.short_kwh - night.shorter_kwh
        assert night.shorter_kwh <= 0.2 + LP_MARGIN * inevitable_kwh, night


def test_none_of_them_is_above_a_limit() -> None:
    data = recorded()
    for seed in range(1000, 1000 + NIGHTS):
        asked = random_request(data, seed)
        assert_sound(asked, plan(asked))
