"""A tolerated overload never comes near what trips a breaker."""

from dataclasses import replace

import pytest

from custom_components.ev_lb.engine.model import LimitingFactor
from custom_components.ev_lb.engine.model.fuse_heat import THRESHOLD

from .test_closed_loop import home, house


@pytest.mark.parametrize("overload_a", [1, 3])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_stop_waits_within_its_part_of_the_reserve(
    overload_a: float, part: float
) -> None:
    """The earliest breaker that the standard allows keeps the rest of its reserve."""
    load = house((0, 5.3), (1000, 25 - 6 + overload_a + 0.05))
    run = home(load)
    run.site = replace(run.site, fuse_tolerance=part)
    run.until(1010)
    assert run.state.chargers[0].set_a == 6
    run.until(2500)
    used = run.plant.statistics().thermal_headroom_used["early"]
    assert used <= (1 + part * (THRESHOLD - 1)) / THRESHOLD + 0.01
    assert run.state.chargers[0].set_a == 0


def test_time_left_is_told_and_kept() -> None:
    run = home(house((0, 5.3), (1000, 24.3)))
    run.site = replace(run.site, fuse_tolerance=0.9)
    row = run.until(1010).chargers[0]
    assert row.limiting.factor is LimitingFactor.FUSE
    assert row.tolerated_until_s is not None
    run.until(row.tolerated_until_s - 8)
    assert run.state.chargers[0].set_a == 6
    run.until(row.tolerated_until_s + 8)
    assert run.state.chargers[0].set_a == 0


def test_short_peak_does_not_stop_the_car() -> None:
    run = home(house((0, 5.3), (1000, 20.3), (1015, 5.3)))
    run.site = replace(run.site, fuse_tolerance=0.8)
    run.until(1200)
    assert [row.current_a for row in run.commands] == [16, 6, 16]


def test_without_tolerance_the_stop_is_at_once() -> None:
    run = home(house((0, 5.3), (1000, 21.3)))
    run.until(1002)
    assert run.state.chargers[0].set_a == 0
