"""What speaks against the state that a connector is shown in."""

from math import inf

import pytest

from custom_components.ev_lb.chargers.ocpp_unsaid import Unsaid
from custom_components.ev_lb.engine.model import Reading


def drawn(*amps: float) -> tuple[Reading, ...]:
    return tuple(Reading(value, 0.0) for value in amps)


@pytest.mark.parametrize("said", ["Available", "Preparing", "Finishing", "Faulted"])
@pytest.mark.parametrize("amps", [(6.0,), (0.0, 0.0, 7.5), (16.0, 16.0, 16.0)])
def test_a_current_that_comes_is_a_charge(said: str, amps: tuple[float, ...]) -> None:
    unsaid = Unsaid()
    unsaid.say(said, drawn(0.0), 0.0)
    unsaid.notice(drawn(*amps), -inf, 60.0)
    assert unsaid.word(said, drawn(*amps)) == "Charging"
    assert unsaid.word(said, drawn(0.0)) == said


def test_what_is_left_over_is_none_however_often_it_is_written() -> None:
    unsaid = Unsaid()
    unsaid.say("Charging", drawn(16.0), 0.0)
    unsaid.say("Available", drawn(16.0), 100.0)
    for now_s in range(100, 400, 7):
        unsaid.notice(drawn(16.0), now_s - 5.0, float(now_s))
    assert unsaid.word("Available", drawn(16.0)) == "Available"


def test_what_is_told_again_and_again_when_it_is_asked_for_flows() -> None:
    unsaid = Unsaid()
    unsaid.say("Finishing", drawn(16.0), 0.0)
    for now_s in (20.0, 30.0):
        unsaid.notice(drawn(16.0), now_s, now_s + 0.5)
        # One message writes several sensors.
        unsaid.notice(drawn(16.0), now_s, now_s + 0.5)
    assert unsaid.word("Finishing", drawn(16.0)) == "Finishing"
    unsaid.notice(drawn(16.0), 40.0, 40.5)
    assert unsaid.word("Finishing", drawn(16.0)) == "Charging"


def test_a_car_that_ramps_down_after_its_charge_is_none() -> None:
    unsaid = Unsaid()
    unsaid.say("Finishing", drawn(16.0), 0.0)
    for second, amps in enumerate((14.0, 9.0, 4.0, 2.5)):
        unsaid.notice(drawn(amps), -inf, float(second))
    unsaid.notice(drawn(2.5), -inf, 60.0)
    assert unsaid.word("Finishing", drawn(2.5)) == "Finishing"


@pytest.mark.parametrize("said", ["Available", "Preparing", "Faulted"])
def test_a_charge_that_begins_may_draw_until_something_else_is_said(said: str) -> None:
    unsaid = Unsaid()
    unsaid.say(said, (), 0.0)
    unsaid.begin()
    assert unsaid.word(said, ()) == "SuspendedEV"
    unsaid.say("Finishing", (), 10.0)
    assert unsaid.word("Finishing", ()) == "Finishing"


def test_nothing_is_made_of_a_state_that_is_not_known() -> None:
    unsaid = Unsaid()
    unsaid.begin()
    unsaid.notice(drawn(16.0), -inf, 60.0)
    assert unsaid.word(None, drawn(16.0)) is None
