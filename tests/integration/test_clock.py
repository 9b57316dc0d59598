"""The site's clock."""

from random import Random
import time

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ev_lb.control.clock import Clock


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


@pytest.mark.parametrize("speed", [1.0, 20.0])
@pytest.mark.parametrize("pause_s", [3.0, 60.0, 86400.0])
def test_a_pause_of_the_host_ages_what_was_read_before(
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    pause_s: float,
    speed: float,
) -> None:
    clock = Clock(speed)
    read_s = clock.from_wall_s(time.time())
    wall_s = time.time()
    monkeypatch.setattr(time, "time", lambda: wall_s + pause_s)

    assert clock.now_s() - read_s == pytest.approx(pause_s * speed)
    assert clock.now_s() - read_s == pytest.approx(pause_s * speed)
    assert clock.from_wall_s(wall_s) == pytest.approx(read_s)


@pytest.mark.parametrize("seed", range(20))
def test_it_never_goes_back_and_keeps_the_wall_s_quarter_hours(
    freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(seed)
    moved = {"wall": time.time(), "monotonic": time.monotonic()}
    monkeypatch.setattr(time, "time", lambda: moved["wall"])
    monkeypatch.setattr(time, "monotonic", lambda: moved["monotonic"])
    clock = Clock()
    last_s = clock.now_s()
    for _ in range(200):
        awake_s = random.uniform(0, 30)
        shift_s = random.choice((0, 0, 0.001, -0.001, 5, 3600, -3, -7200))
        moved["monotonic"] += awake_s
        moved["wall"] += awake_s + shift_s
        now_s = clock.now_s()

        # At least the time that passed by either clock has passed.
        assert now_s >= last_s + awake_s - 1e-3
        assert now_s >= last_s + awake_s + shift_s - 2.0
        # The wall's quarter-hour is known.
        assert now_s - clock.ahead_s == pytest.approx(moved["wall"], abs=2.0)
        last_s = now_s
