"""The site's clock."""

import time

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ev_lb.clock import Clock


@pytest.mark.parametrize("speed", [1.0, 20.0])
def test_it_runs_at_its_speed_from_the_wall_s_time(
    freezer: FrozenDateTimeFactory, speed: float
) -> None:
    start_s = time.time()
    clock = Clock(speed)
    assert clock.now_s() == pytest.approx(start_s)

    freezer.tick(3)

    assert clock.now_s() == pytest.approx(start_s + 3 * speed)
    assert clock.from_wall_s(start_s + 2) == pytest.approx(start_s + 2 * speed)
    assert clock.wall_delay_s(10) == pytest.approx(10 / speed)


def test_a_time_ahead_of_the_wall_clock_is_now(
    freezer: FrozenDateTimeFactory,
) -> None:
    clock = Clock()

    assert clock.from_wall_s(time.time() + 100) == clock.now_s()


def test_a_corrected_wall_clock_does_not_move_it(
    freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    before_s = clock.now_s()
    wall_s = time.time()
    monkeypatch.setattr(time, "time", lambda: wall_s - 3600)

    assert clock.now_s() == before_s
    # A report that was made just now is young by the corrected clock, too.
    assert clock.from_wall_s(wall_s - 3600 - 2) == pytest.approx(before_s - 2)
