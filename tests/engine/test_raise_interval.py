"""A charger in a cloud that asks not to be told too often."""

from dataclasses import replace

from benchmarks.closed_loop import Run

from .garage import Bay, changes, garage, house

INTERVAL_S = 900


def home(*steps: tuple[int, float]) -> Run:
    """Return a home whose load on each phase changes at these times, s and A."""
    run = garage([Bay(name="cloud")], house(*((at, (a, a, a)) for at, a in steps)))
    charger = replace(run.site.chargers[0], raise_interval_s=INTERVAL_S)
    run.site = replace(run.site, chargers=(charger,))
    return run


def test_a_cut_goes_out_at_once_and_a_raise_waits() -> None:
    run = home((0, 10), (100, 15), (160, 5))
    run.until(2000)

    start, cut, up = changes(run)
    assert start.current_a == 15
    assert 100 <= cut.time_s < 110
    assert cut.current_a <= 10
    assert cut.time_s + INTERVAL_S <= up.time_s < cut.time_s + INTERVAL_S + 30
    assert up.current_a == 16


def test_each_further_cut_goes_out_at_once() -> None:
    run = home((0, 9), (100, 12), (140, 14), (180, 17))
    run.until(400)

    times = [round(command.time_s, -1) for command in changes(run, 50)]
    assert times == [100, 140, 180]


def test_a_stopped_car_waits_too() -> None:
    run = home((0, 10), (100, 24), (160, 5))
    run.until(2000)

    _, stop, start = changes(run)
    assert stop.current_a == 0
    assert start.time_s >= stop.time_s + INTERVAL_S
