"""What a car's sensor says of its battery, and what of it is believed."""

from math import inf, nan

from hypothesis import example, given, strategies as st
import pytest

from custom_components.ev_lb.engine.planning.car_battery import (
    DOUBTED_S,
    PLUG_TO_BATTERY,
    RECENT_S,
    CarBattery,
    SaidCharge,
    heard,
    needed_kwh,
    taper_s,
)

CAPACITY_KWH = 60.0
PLUGGED_S = 1e6


class Stay:
    """A car at its charger, whose sensor says one thing after another."""

    def __init__(self) -> None:
        """Plug it in."""
        self.battery, self.had_kwh, self.now_s = CarBattery(), 0.0, PLUGGED_S

    def say(self, percent: float | None, changed_s: float | None = None) -> None:
        """Let the sensor show a value, as new as nothing else is said."""
        self.now_s += 60
        changed_s = self.now_s if changed_s is None else changed_s
        said = None if percent is None else SaidCharge(percent, changed_s)
        self.battery = heard(
            self.battery, said, self.had_kwh, CAPACITY_KWH, PLUGGED_S, self.now_s
        )

    @property
    def percent(self) -> float | None:
        """Return what is believed now."""
        return self.battery.charge_percent(self.had_kwh, CAPACITY_KWH)


@pytest.mark.parametrize("percent", [None, 0.0, -1.0, 101.0, nan, inf, 255.0])
def test_a_car_that_sleeps_keeps_what_it_had(percent: float | None) -> None:
    stay = Stay()
    stay.say(percent)
    assert stay.percent is None
    stay.say(50.0)
    stay.say(percent)
    assert stay.percent == 50
    stay.had_kwh = 10.0
    stay.say(percent)
    assert stay.percent == pytest.approx(50 + 100 * 10 * PLUG_TO_BATTERY / CAPACITY_KWH)


def test_a_value_from_before_the_drive_is_known_as_that() -> None:
    stay = Stay()
    stay.say(90.0, PLUGGED_S - RECENT_S - 1)
    assert stay.percent == 90
    assert stay.battery.is_from_before
    stay.say(40.0)
    assert stay.percent == 40
    assert not stay.battery.is_from_before


def test_what_it_said_on_the_last_miles_is_believed() -> None:
    stay = Stay()
    stay.say(55.0, PLUGGED_S - RECENT_S + 60)
    assert not stay.battery.is_from_before


@pytest.mark.parametrize("glitch", [1.0, 20.0, 99.0])
def test_a_jump_counts_once_it_has_lasted(glitch: float) -> None:
    stay = Stay()
    stay.say(50.0)
    stay.say(glitch)
    assert stay.percent == 50
    stay.say(50.0)
    stay.now_s += DOUBTED_S
    stay.say(glitch)
    assert stay.percent == 50
    stay.now_s += DOUBTED_S
    stay.say(glitch)
    assert stay.percent == glitch


def test_a_jump_elsewhere_is_doubted_anew() -> None:
    stay = Stay()
    stay.say(50.0)
    stay.say(5.0)
    stay.now_s += DOUBTED_S
    stay.say(95.0)
    assert stay.percent == 50


def test_it_does_not_fall_while_it_charges() -> None:
    stay = Stay()
    stay.say(50.0)
    stay.had_kwh = 2.0
    stay.say(48.0)
    assert stay.percent == pytest.approx(53)
    # The car heats its seats, and has drawn nothing.
    resting = Stay()
    resting.say(50.0)
    resting.say(48.0)
    assert resting.percent == 48


def test_what_the_car_says_while_it_charges_counts_from_then_on() -> None:
    """It takes less of the energy than was thought."""
    stay = Stay()
    stay.say(50.0)
    stay.had_kwh = 10.0
    stay.say(60.0)
    assert stay.percent == 60
    stay.had_kwh = 12.0
    assert stay.percent == pytest.approx(63)


def test_one_that_says_the_same_all_night_has_what_it_was_given() -> None:
    stay = Stay()
    stay.say(50.0)
    for _ in range(20):
        stay.had_kwh += 1.0
        stay.say(50.0)
    assert stay.percent == pytest.approx(80)


def test_the_need_is_counted_at_the_plug() -> None:
    assert needed_kwh(50.0, 80.0, 60.0) == pytest.approx(20)
    assert needed_kwh(80.0, 50.0, 60.0) == 0
    assert needed_kwh(50.0, 800.0, 60.0) == needed_kwh(50.0, 100.0, 60.0)


def test_the_last_tenth_takes_twice_as_long() -> None:
    """6 kWh above 90 % take 40 min at 10 kW, losses included, and 80 at half of that."""
    assert taper_s(20.0, 80.0, 60.0, 1e4) == 0
    assert taper_s(20.0, 100.0, 60.0, 1e4) == pytest.approx(2400)
    assert taper_s(95.0, 100.0, 60.0, 1e4) == pytest.approx(1200)
    assert taper_s(95.0, 100.0, 60.0, 0.0) == 0


@given(
    rows=st.lists(
        st.tuples(st.floats(), st.floats(), st.floats(), st.floats(0, 1e4)), max_size=12
    ),
    capacity_kwh=st.floats(),
)
@example(rows=[(50.0, PLUGGED_S, nan, 0.0)], capacity_kwh=60.0)
def test_whatever_it_says_the_charge_is_one(
    rows: list[tuple[float, float, float, float]], capacity_kwh: float
) -> None:
    battery, now_s = CarBattery(), PLUGGED_S
    for percent, changed_s, had_kwh, later_s in rows:
        now_s += later_s
        said = SaidCharge(percent, changed_s)
        battery = heard(battery, said, had_kwh, capacity_kwh, PLUGGED_S, now_s)
        found = battery.charge_percent(had_kwh, capacity_kwh)
        assert found is None or 0 < found <= 100
