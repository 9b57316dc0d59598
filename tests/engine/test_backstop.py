"""Whatever chargers tell, no overload that the meter shows is left standing."""

import pytest

from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    MeterKind,
    Response,
)
from custom_components.ev_lb.engine.model.set_points import START_TIME_S

from .liars import Lie, LyingCharger, LyingHome, random_home

LIARS_SEEN_BY_TOTALS = (34, 87, 124, 344, 424, 489, *range(6))
LIARS_SEEN = (15, 24, 27, 37, 38, 46, 58, 124, 183, 194, 216, *range(12))


def one_liar(factor: float, house_a: float) -> LyingHome:
    """Return a home on 25 A with a car of 16 A whose sensor tells a multiple."""
    charger = Charger(
        charger_id="garage",
        circuit_id="grid",
        measures_current=True,
        response=Response(dead_time_s=5),
    )
    bay = LyingCharger(
        charger=charger,
        wires=ALL_PHASES,
        car_max_a=16,
        dead_time_s=3,
        lie=Lie.SCALED,
        factor=factor,
    )
    return LyingHome(
        limit_a=25,
        kind=MeterKind.PER_PHASE,
        period_s=5,
        bays=[bay],
        house_a=[(0, (2, 2, 2)), (300, (house_a, house_a, house_a)), (1200, (2, 2, 2))],
        can_export=True,
    )


@pytest.mark.parametrize("factor", [1.15, 1.2, 2, 3, 5])
def test_sensor_that_tells_too_much_hides_no_overload(factor: float) -> None:
    home = one_liar(factor, 18)
    home.live(1200)
    assert home.longest_overload_s() <= home.answer_s()
    # What the meter shows to be free is still used, and used again.
    assert home.sets_a[-1][0] >= 6
    home.live(2400)
    assert home.sets_a[-1][0] >= 15


@pytest.mark.parametrize("seed", LIARS_SEEN)
def test_liars_hide_no_overload_from_the_meter(seed: int) -> None:
    """It lasts no longer than an answer, and one cut for each car."""
    home = random_home(seed)
    home.live(900)
    cuts = 1 + len(home.bays)
    assert home.longest_overload_s() <= cuts * home.answer_s()


@pytest.mark.parametrize("seed", LIARS_SEEN_BY_TOTALS)
def test_liars_hide_no_overload_from_a_total(seed: int) -> None:
    """The same, once the start of a car that nothing measures has had its time."""
    home = random_home(seed, MeterKind.TOTAL)
    home.live(900)
    measured = all(bay.charger.measures_current for bay in home.bays)
    cuts = 1 + len(home.bays)
    start_s = 0 if measured else START_TIME_S
    assert home.longest_overload_s() <= start_s + cuts * home.answer_s()
