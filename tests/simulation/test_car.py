"""A car keeps to IEC 61851-1, in its own time."""

from itertools import pairwise

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.model import ChargerStatus
from custom_components.ev_lb.simulation.car import Car, CarConfiguration, Session

WATTS_PER_A = 690.0


def drive(
    car: Car, offers: dict[int, float], seconds: int, start: int = 0
) -> list[float]:
    """Make offers at their seconds and return the current of each second."""
    currents_a = []
    for second in range(start, start + seconds):
        if car.next_s <= second:
            car.step(second)
        if second in offers:
            car.offer(second, offers[second])
        currents_a.append(car.current_a)
    return currents_a


def charging_car(**configuration: float | None) -> Car:
    """Return a car that has been drawing its 16 A since before 30 s."""
    car = Car(CarConfiguration(**configuration), WATTS_PER_A)  # type: ignore[arg-type]
    car.plug_in(0, car.configuration.need_kwh)
    assert drive(car, {0: 16}, 30)[-1] == 16
    return car


def test_starts_after_the_delay_and_ramps_up() -> None:
    car = Car(CarConfiguration(), WATTS_PER_A)
    car.plug_in(0, None)
    currents_a = drive(car, {5: 16}, 25)
    assert currents_a[:16] == [0] * 16
    assert currents_a[16:] == [2, 4, 6, 8, 10, 12, 14, 16, 16]
    assert car.starts == 1


def test_follows_a_cut_after_the_dead_time() -> None:
    car = charging_car()
    assert drive(car, {30: 6}, 6, start=30) == [16, 16, 16, 16, 6, 6]
    assert car.stops == 0


def test_falls_at_its_rate() -> None:
    car = charging_car(fall_a_per_s=4.0)
    assert drive(car, {30: 6}, 8, start=30) == [16, 16, 16, 16, 12, 8, 6, 6]


def test_follows_a_raise_after_the_dead_time() -> None:
    car = charging_car()
    drive(car, {30: 6}, 10, start=30)
    assert drive(car, {40: 13}, 10, start=40) == [6, 6, 6, 6, 8, 10, 12, 13, 13, 13]


@pytest.mark.parametrize("offered_a", [0, 5.9])
def test_less_than_6_a_is_no_charging(offered_a: float) -> None:
    car = charging_car()
    assert drive(car, {30: offered_a}, 6, start=30)[-1] == 0
    assert (car.stops, car.status) == (1, ChargerStatus.CONNECTED)


def test_takes_no_more_than_its_own_maximum() -> None:
    car = Car(CarConfiguration(max_current_a=10), WATTS_PER_A)
    car.plug_in(0, None)
    assert max(drive(car, {0: 32}, 60)) == 10


def test_unplugging_ends_it_at_once() -> None:
    car = charging_car()
    car.unplug(30)
    assert (car.current_a, car.status) == (0, ChargerStatus.DISCONNECTED)
    assert drive(car, {40: 10}, 60, start=30) == [0] * 60
    assert car.stops == 0
    car.plug_in(90, None)
    assert drive(car, {}, 40, start=90)[-1] == 10
    assert car.starts == 2


def test_tapers_above_90_percent_and_stops_full() -> None:
    car = Car(CarConfiguration(need_kwh=5.0), WATTS_PER_A)
    car.plug_in(0, 5.0)
    currents_a = drive(car, {0: 16}, 3600)
    energy_kwh = 0.0
    for second, (current_a, next_a) in enumerate(pairwise(currents_a)):
        able_a = 6 + 10 * min(1.0, (5.0 - energy_kwh) / 0.5)
        energy_kwh += current_a * WATTS_PER_A / 3.6e6
        if second < 60 or not current_a:
            continue
        # A step of 0.1 A, and the second that it takes to follow.
        assert current_a == pytest.approx(able_a, abs=0.2)
        assert next_a <= current_a
    assert currents_a[-1] == 0
    assert car.full
    assert 5.0 <= car.session_kwh(3600) <= 5.0 + 6 * WATTS_PER_A / 3.6e6
    assert car.session_kwh(3600) == pytest.approx(energy_kwh)
    assert (car.starts, car.stops) == (1, 0)


def test_sessions_add_up() -> None:
    car = charging_car()
    car.unplug(30)
    first_kwh = car.session_kwh(30)
    car.plug_in(40, None)
    drive(car, {}, 60, start=40)
    assert first_kwh > 0
    assert car.total_kwh(100) == pytest.approx(first_kwh + car.session_kwh(100))


offers = st.dictionaries(
    st.integers(min_value=0, max_value=299),
    st.sampled_from([0.0, 5.0, 6.0, 7.5, 13.0, 16.0, 32.0]),
    max_size=20,
)
cars = st.builds(
    CarConfiguration,
    max_current_a=st.sampled_from([6.0, 10.0, 16.0, 32.0]),
    need_kwh=st.sampled_from([None, 0.1, 0.5]),
    dead_time_s=st.sampled_from([0.0, 0.5, 3.0, 5.0, 30.0]),
    fall_a_per_s=st.sampled_from([3.0, 20.0]),
    rise_a_per_s=st.sampled_from([0.5, 2.0, 4.0]),
    start_delay_s=st.sampled_from([0.0, 5.0, 10.0, 60.0]),
)


@settings(deadline=None)
@given(cars, offers)
def test_draws_what_it_was_offered_and_what_it_counts(
    configuration: CarConfiguration, offers: dict[int, float]
) -> None:
    car = Car(configuration, WATTS_PER_A)
    car.plug_in(0, configuration.need_kwh)
    currents_a = drive(car, offers, 300)

    assert car.total_kwh(300) == pytest.approx(sum(currents_a) * WATTS_PER_A / 3.6e6)

    offered_a = 0.0
    history_a = []
    for second in range(300):
        offered_a = offers.get(second, offered_a)
        history_a.append(offered_a if offered_a >= 6 else 0.0)
    # After a cut: the dead time, and then the fall.
    fall_s = 32 / configuration.fall_a_per_s
    late_s = int(configuration.dead_time_s + fall_s) + 2
    for second, current_a in enumerate(currents_a):
        recent_a = history_a[max(0, second - late_s) : second + 1]
        assert current_a <= min(max(recent_a), configuration.max_current_a)
    for before_a, after_a in pairwise(currents_a):
        assert after_a - before_a <= configuration.rise_a_per_s + 1e-9
        if not car.full:
            assert before_a - after_a <= configuration.fall_a_per_s + 1e-9


def test_takes_its_part_of_what_is_offered() -> None:
    car = Car(CarConfiguration(takes=0.95, max_current_a=12), WATTS_PER_A)
    car.plug_in(0, None)
    assert drive(car, {0: 10}, 30)[-1] == pytest.approx(9.5)
    assert drive(car, {30: 16}, 30, start=30)[-1] == 12


def test_sleeps_after_too_many_pauses_until_it_is_plugged_in_anew() -> None:
    car = charging_car(pauses_endured=1)
    drive(car, {30: 0, 60: 16, 90: 0, 120: 16}, 200, start=30)
    assert (car.starts, car.stops, car.asleep) == (2, 2, True)
    assert car.current_a == 0
    car.unplug(230)
    car.plug_in(240, None)
    assert drive(car, {}, 30, start=240)[-1] == 16


def test_comes_and_goes_by_its_sessions() -> None:
    sessions = (Session(10, 100), Session(120, 5000, need_kwh=1.0), Session(6000, 6001))
    car = Car(CarConfiguration(sessions=sessions), WATTS_PER_A)
    seen = {}
    for second in range(7000):
        if car.next_s <= second:
            car.step(second)
        if second == 0:
            car.offer(0, 16)
        seen[second] = car.status
    changes = [b for b in range(1, 7000) if seen[b] != seen[b - 1]]
    assert changes[0] == 10
    assert changes[2:4] == [100, 120]
    assert changes[-3:] == [5000, 6000, 6001]
    assert car.total_kwh(7000) > car.session_kwh(7000) == 0
    assert seen[4999] is ChargerStatus.CONNECTED
