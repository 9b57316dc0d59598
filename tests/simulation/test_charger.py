"""A charger takes commands late, and falls back by itself."""

import pytest

from custom_components.ev_lb.engine.model import ChargerStatus, Phase
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import (
    Charger,
    ChargerConfiguration,
    ChargerFault,
    ChargerView,
)
from custom_components.ev_lb.simulation.sampling import Sampling


def charger(**configuration: object) -> Charger:
    """Return a charger; see ChargerConfiguration."""
    return Charger(ChargerConfiguration(**configuration), 230.0, 0)  # type: ignore[arg-type]


def at(device: Charger, second: int) -> ChargerView:
    """Let the charger come to a second and look at it."""
    while device.next_s <= second:
        device.step(int(device.next_s))
    return device.view(second)


def test_takes_a_set_point_after_the_delay() -> None:
    device = charger(command_delay_s=3)
    assert device.command(10, current_a=13)
    assert at(device, 12).set_current_a == 0
    assert at(device, 13).set_current_a == 13
    assert at(device, 40).currents_a == (13, 13, 13)
    assert at(device, 40).power_w == pytest.approx(13 * 690)


def test_the_last_of_several_commands_holds() -> None:
    device = charger(command_delay_s=5)
    for second, current_a in ((0, 16), (1, 8), (2, 10)):
        device.command(second, current_a=current_a)
    assert [at(device, second).set_current_a for second in (5, 6, 7)] == [16, 8, 10]
    assert device.commands == 3


def test_offers_no_more_than_its_maximum_and_nothing_below_6_a() -> None:
    device = charger(max_current_a=13)
    device.command(0, current_a=32)
    assert at(device, 1).offered_a == 13
    device.command(1, current_a=5)
    assert at(device, 2).offered_a == 0


def test_switch_stops_and_starts_at_the_set_point() -> None:
    device = charger(initial_current_a=10)
    assert at(device, 30).status is ChargerStatus.CHARGING
    device.command(30, enabled=False)
    view = at(device, 40)
    assert (view.enabled, view.offered_a, view.set_current_a) == (False, 0, 10)
    assert view.status is ChargerStatus.CONNECTED
    device.command(40, enabled=True)
    assert at(device, 70).currents_a == (10, 10, 10)


def test_a_lease_ends_in_the_fallback_and_is_renewed_by_commands() -> None:
    device = charger(lease_s=60, fallback_current_a=7)
    device.command(0, current_a=16)
    assert at(device, 50).set_current_a == 16
    device.command(50, current_a=16)
    assert at(device, 110).set_current_a == 16
    assert at(device, 111).set_current_a == 7


def test_deaf_takes_commands_and_does_nothing() -> None:
    device = charger(lease_s=60, fallback_current_a=7, initial_current_a=16)
    device.fault = ChargerFault.DEAF
    assert device.command(10, current_a=6)
    assert at(device, 59).set_current_a == 16
    assert at(device, 60).set_current_a == 7


def test_offline_refuses_and_reports_nothing_but_the_car_goes_on() -> None:
    device = charger(initial_current_a=16)
    at(device, 30)
    device.fault = ChargerFault.OFFLINE
    assert not device.command(30, current_a=6)
    view = at(device, 60)
    assert not view.online
    assert view.status is None
    assert view.currents_a == (16.0, 16.0, 16.0)
    assert device.next_report_s(60) == float("inf")
    device.fault = None
    assert device.command(60, current_a=6)
    assert at(device, 70).currents_a == (6, 6, 6)


def test_half_obeying_goes_half_the_way() -> None:
    device = charger(initial_current_a=16)
    device.fault = ChargerFault.HALF_OBEYING
    device.command(10, current_a=6)
    assert at(device, 20).set_current_a == 11
    device.command(20, current_a=6)
    assert at(device, 30).set_current_a == 8.5


def test_late_does_commands_later_and_in_the_order_of_their_arrival() -> None:
    device = charger(late_s=30, initial_current_a=16)
    device.fault = ChargerFault.LATE
    device.command(10, current_a=6)
    device.fault = None
    device.command(20, current_a=10)
    assert at(device, 21).set_current_a == 10
    assert at(device, 41).set_current_a == 6


def test_commands_get_lost_as_the_seed_says() -> None:
    device = charger(command_loss=0.3)
    arrived = 0
    for second in range(0, 5000, 5):
        current_a = 6 + second % 2
        assert device.command(second, current_a=current_a)
        arrived += at(device, second + 2).set_current_a == current_a
        device.command(second + 3, current_a=16)
    assert arrived == pytest.approx(700, abs=60)


def test_refuses_commands_that_come_too_fast() -> None:
    device = charger(command_period_s=10)
    assert device.command(0, current_a=10)
    assert not device.command(9.9, current_a=6)
    assert device.command(10, current_a=8)
    assert at(device, 12).set_current_a == 8


@pytest.mark.parametrize(
    ("phases", "phase_count", "currents_a"),
    [
        ((Phase.L1, Phase.L2, Phase.L3), 3, (10, 10, 10)),
        ((Phase.L1, Phase.L2, Phase.L3), 1, (10, 0, 0)),
        ((Phase.L3, Phase.L1, Phase.L2), 1, (0, 0, 10)),
        ((Phase.L2, Phase.L3, Phase.L1), 2, (0, 10, 10)),
        ((Phase.L2,), 3, (0, 10, 0)),
    ],
)
def test_phases(
    phases: tuple[Phase, ...], phase_count: int, currents_a: tuple[float, ...]
) -> None:
    car = CarConfiguration(phase_count=phase_count)
    device = charger(phases=phases, car=car, initial_current_a=10)
    view = at(device, 100)
    assert view.currents_a == currents_a
    assert view.power_w == pytest.approx(sum(currents_a) * 230)


def test_reports_the_current_at_its_own_pace() -> None:
    device = charger(report=Sampling(period_s=30, latency_s=1), initial_current_a=16)
    assert at(device, 30).currents_a == (16, 16, 16)
    assert (at(device, 30).measured_a, at(device, 30).measured_s) == (0, 1)
    assert device.next_report_s(30) == 31
    assert (at(device, 31).measured_a, at(device, 31).measured_s) == (16, 31)


def test_a_car_comes_and_goes() -> None:
    device = charger(initial_current_a=16, car=CarConfiguration(plugged_in=False))
    assert at(device, 100).status is ChargerStatus.DISCONNECTED
    device.plug_in(100, need_kwh=1.0)
    assert at(device, 130).status is ChargerStatus.CHARGING
    view = at(device, 3600)
    assert view.status is ChargerStatus.CONNECTED
    assert view.session_kwh == pytest.approx(1.0, abs=0.002)
    device.unplug(3600)
    assert at(device, 3600).status is ChargerStatus.DISCONNECTED
