"""A home that is only watched: what control would do is what control does."""

from dataclasses import dataclass, field
from math import inf

import pytest

from benchmarks.closed_loop import Run
from custom_components.ev_lb.engine.model import ChargerStatus, Decision
from custom_components.ev_lb.engine.shadow import ShadowState, begin, imagine

from .test_closed_loop import home, house

QUIET_THEN_BUSY = house((0, 4), (200, 15), (400, 22), (600, 4))


@dataclass(slots=True)
class WatchedRun(Run):
    """A plant whose charger stands at a current that nobody of us has set."""

    stands_a: dict[str, float] = field(default_factory=dict)
    shadow: ShadowState | None = None

    def _decide(self) -> Decision:
        now_s = self.plant.now_s
        if self.shadow is None:
            self.shadow = begin(self.site, self.stands_a, now_s)
        snapshot = self._snapshot(self.plant.view())
        seen = imagine(self.site, self.shadow, snapshot, self.stands_a, now_s)
        self.shadow = seen.state
        self.said = self.plant.statuses()
        next_look_s = seen.shown.next_look_s
        self.next_look_s = inf if next_look_s is None else next_look_s
        return seen.shown


def watched(controlled: Run, stands_a: float, told: bool = True) -> WatchedRun:
    """Return the same home, with its charger left at a current."""
    run = WatchedRun(controlled.site, controlled.plant, tells_status=True)
    charger_id = run.site.chargers[0].charger_id
    run.plant.set_current(charger_id, stands_a)
    run.stands_a = {charger_id: stands_a} if told else {}
    return run


def would_set_a(run: WatchedRun) -> float:
    assert run.shadow is not None
    return run.shadow.imagined.chargers[0].set_a


@pytest.mark.parametrize("measures_current", [True, False])
@pytest.mark.parametrize("stands_a", [16.0, 6.0, 0.0])
def test_it_shows_what_control_would_have_set(
    stands_a: float, measures_current: bool
) -> None:
    def a_home() -> Run:
        return home(QUIET_THEN_BUSY, meter_s=5, measures_current=measures_current)

    control = a_home()
    control.tells_status = True
    shadow = watched(a_home(), stands_a)

    for end_s in (100, 190, 300, 390, 500, 590, 1000):
        control.until(end_s)
        shadow.until(end_s)
        assert would_set_a(shadow) == control.state.chargers[0].set_a, end_s
    assert shadow.plant.statistics().commands == 1  # the one by somebody else


def test_it_adds_up_what_control_would_have_changed() -> None:
    shadow = watched(home(QUIET_THEN_BUSY), 16.0)
    shadow.until(1200)

    assert shadow.shadow is not None
    tally = shadow.shadow.tally
    # 15 + 16 A and 22 + 16 A on 25 A, from 200 to 600 s.
    assert tally.overload_s == pytest.approx(400, abs=3)
    # Each of two cuts takes effect after the response time of 5 s.
    assert 380 <= tally.prevented_s <= 392
    # 6 A less for 200 s, 16 A less for 200 s and until it may start again.
    assert -0.5 < tally.energy_kwh < -0.25
    assert tally.commands >= 3


def test_what_the_house_does_alone_is_not_prevented() -> None:
    shadow = watched(home(house((0, 4), (100, 30), (400, 4))), 16.0)
    shadow.until(500)

    assert shadow.shadow is not None
    assert shadow.shadow.tally.overload_s == pytest.approx(300, abs=3)
    assert shadow.shadow.tally.prevented_s == 0


def test_a_car_that_takes_less_is_imagined_to_take_less() -> None:
    control = home(house((0, 4)), car_max_a=10)
    shadow = watched(home(house((0, 4)), car_max_a=10), 16.0)
    control.until(600)
    shadow.until(600)

    assert would_set_a(shadow) == control.state.chargers[0].set_a
    assert shadow.shadow is not None
    assert shadow.shadow.tally.energy_kwh == pytest.approx(0, abs=0.05)


def test_a_car_that_nobody_knows_of_counts_as_the_house() -> None:
    run = home(house((0, 4)), measures_current=False)
    shadow = watched(run, 16.0, told=False)
    shadow.until(100)

    # 4 A of the house and 16 A of the car leave 5 A: less than a car's minimum.
    assert would_set_a(shadow) == 0


def test_it_shows_the_real_house_and_meter() -> None:
    shadow = watched(home(house((0, 15))), 16.0)
    shown = shadow.until(100)

    assert shown.overload
    assert shown.house_a[0] == pytest.approx(15, abs=0.2)
    assert shown.chargers[0].set_a == 10


def test_no_car_no_charge() -> None:
    shadow = watched(home(house((0, 4)), plugged_in=False), 16.0)
    shown = shadow.until(100)

    assert shadow.plant.view().chargers[0].status is ChargerStatus.DISCONNECTED
    assert shown.chargers[0].set_a == 0
