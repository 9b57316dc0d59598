"""A calm house near a whole ampere changes neither set-points nor words."""

from itertools import pairwise
from random import Random

import pytest

from custom_components.ev_lb.engine.model import (
    BalancerState,
    Decision,
    LimitingFactor,
    MeterKind,
    Phase,
)
from custom_components.ev_lb.explaining.calm_words import CalmWords

from .engine.test_unseen_steps import FUSE_A, Home, sees

SECONDS = 400
CALM_FROM_S = 120


def words(decision: Decision) -> tuple[object, ...]:
    """Return what a decision says, without its numbers."""
    rows = decision.chargers
    said = [
        (row.limiting.factor, row.limiting.phase, row.next_change_s) for row in rows
    ]
    return (decision.balancer_state, *said)


@pytest.mark.parametrize("noise_a", [0.1, 0.3])
@pytest.mark.parametrize("cars", [1, 2])
@pytest.mark.parametrize("kind", MeterKind)
@pytest.mark.parametrize("pace_s", [1, 4])
def test_calm_house_changes_no_words(
    kind: MeterKind, cars: int, noise_a: float, pace_s: int
) -> None:
    random = Random(f"{kind} {cars} {noise_a} {pace_s}")
    home = Home(sees, kind=kind, cars=cars)
    level_a = 2.0
    if kind is MeterKind.PER_PHASE:
        level_a = FUSE_A - random.choice([9.0, 12.0]) * cars
    calm = CalmWords()
    found = []
    for second in range(SECONDS):
        if second % pace_s == 0:
            home.house_a = level_a + random.uniform(-noise_a, noise_a)
        found.append(calm.said(home.second()))
    calm_rows = found[CALM_FROM_S:]
    changes = sum(words(one) != words(other) for one, other in pairwise(calm_rows))
    moves = sum(
        [row.set_a for row in one.chargers] != [row.set_a for row in other.chargers]
        for one, other in pairwise(calm_rows)
    )
    assert changes <= 12 + 6 * moves


def test_a_set_point_that_moves_is_said_at_once_with_its_reason() -> None:
    home, calm = Home(sees), CalmWords()
    for _ in range(120):
        calm.said(home.second())
    home.house_a = 15.0
    for _ in range(20):
        told = home.second()
        said = calm.said(told)
        if told.chargers[0].set_a < 16:
            break
    assert said.chargers[0].limiting.factor is LimitingFactor.FUSE
    assert said.chargers[0].set_a == told.chargers[0].set_a


def test_words_that_stand_are_said_after_a_while() -> None:
    """It goes back and forth for a minute, and then the last words hold."""
    home, calm = Home(sees, phases=(Phase.L1,)), CalmWords()
    decision = home.settle()
    (row,) = decision.chargers
    reasons = [
        row.limiting._replace(factor=factor, phase=Phase.L1)
        for factor in (LimitingFactor.FUSE, LimitingFactor.RAMP_UP)
    ]
    heard = []
    for second in range(130):
        number = second % 2 if second < 60 else 0
        rows = (row._replace(limiting=reasons[number]),)
        one = decision._replace(
            time_s=decision.time_s + second,
            chargers=rows,
            balancer_state=BalancerState.ACTIVE,
        )
        heard.append(calm.said(one).chargers[0].limiting.factor)
    assert sum(one is not other for one, other in pairwise(heard)) == 2
    assert heard[-1] is LimitingFactor.FUSE
