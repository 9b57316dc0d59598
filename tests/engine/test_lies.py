"""One witness lies in a lively home: the others keep the cars under the fuse."""

import pytest

from benchmarks.witness_homes import Lie, random_home

SECONDS = 900


@pytest.mark.parametrize("seed", [0, 2])
@pytest.mark.parametrize("lie", Lie, ids=str)
def test_no_lie_keeps_cars_above_the_fuse(lie: Lie, seed: int) -> None:
    """Longer than a contradiction takes to show, and a cut to work."""
    home = random_home(seed, lie, SECONDS)
    home.live(SECONDS)
    # A meter that is stuck from the start need not be tried.
    assert home.steps or lie is Lie.METER_STUCK, "nothing was tried: take another seed"
    assert home.longest_over_s <= 2 * home.answer_s


@pytest.mark.parametrize("seed", range(20, 26))
def test_the_truth_is_not_blamed(seed: int) -> None:
    home = random_home(seed, Lie.NONE, SECONDS)
    home.live(SECONDS)
    assert not home.blamed
