"""A plug that blinks: what is said of it for a moment is no car that came or left."""

from random import Random

import pytest

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Phase,
    Reading,
    Response,
    Site,
    Snapshot,
)
from custom_components.ev_lb.engine.model.state import State

PAUSE_S = 180.0
GONE, THERE, CHARGES = (
    ChargerStatus.DISCONNECTED,
    ChargerStatus.CONNECTED,
    ChargerStatus.CHARGING,
)


class Driveway:
    """A charger whose car obeys at once, and of whose plug anything may be said."""

    def __init__(self, *, measured: bool = False, wires: int = 3) -> None:
        """Begin with nothing told and nobody there."""
        phases = tuple(Phase)[:wires]
        self.charger = Charger(
            charger_id="car",
            circuit_id="grid",
            phases=phases,
            max_current_a=16,
            pause_s=PAUSE_S,
            measures_current=measured,
            response=Response(dead_time_s=5),
        )
        self.site = Site(
            circuits=(Circuit(circuit_id="grid", limit_a=(25.0,) * 3),),
            chargers=(self.charger,),
        )
        self.measured = measured
        self.sensor_a: float | None = None
        """What its sensor shows, whatever is drawn; None for what is."""
        self.state, self.now_s = State(), 0
        self.accepted = Reading(0.0, -1.0)
        self.commands: list[tuple[int, float]] = []
        self.house_a = 5.0
        self.lost_s = 0

    @property
    def set_a(self) -> float:
        """Return what the charger was told last, A."""
        return self.accepted.value

    def live(
        self, seconds: int, said: ChargerStatus | None, *, car: bool = True
    ) -> None:
        """Let so many seconds pass in which one thing is said of the plug."""
        for _ in range(seconds):
            self.now_s += 1
            drawn_a = self.set_a if car else 0.0
            loads = [
                Reading(
                    self.house_a + (drawn_a if row in self.charger.phases else 0.0),
                    self.now_s,
                )
                for row in Phase
            ]
            sensor_a = drawn_a if self.sensor_a is None else self.sensor_a
            reading = ChargerReading(
                charger_id="car",
                status=said,
                accepted=self.accepted,
                measured_a=(Reading(sensor_a, self.now_s),) if self.measured else (),
            )
            snapshot = Snapshot(
                phase_currents_a=(loads[0], loads[1], loads[2]), chargers=(reading,)
            )
            decision = decide(self.site, self.state, snapshot, self.now_s)
            self.state = decision.state
            self.lost_s += not decision.meter_ok
            row = decision.chargers[0]
            if row.send:
                self.commands.append((self.now_s, row.set_a))
                self.accepted = Reading(row.set_a, self.now_s)


def test_a_charger_without_a_car_is_believed_from_the_start() -> None:
    home = Driveway()
    home.live(1, GONE, car=False)
    assert home.set_a == 0
    home.live(5, THERE)
    assert home.set_a > 0


def test_what_is_said_first_is_believed_also_where_nothing_was_said_before() -> None:
    home = Driveway()
    home.live(2, None)
    assert home.set_a > 0
    home.live(1, GONE, car=False)
    assert home.set_a == 0


def test_a_blink_after_a_restart_stops_nothing() -> None:
    home = Driveway()
    home.state = resume(home.site, {"car": 10.0}, 0.0)
    home.accepted = Reading(10.0, -1.0)
    home.live(10, GONE)
    home.live(10, THERE)
    assert 0.0 not in [current_a for _, current_a in home.commands]


@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.parametrize("wires", [1, 3])
@pytest.mark.parametrize("blink_s", [1, 5, 20])
def test_blinks_do_not_shorten_a_pause(
    measured: bool, wires: int, blink_s: int
) -> None:
    home = Driveway(measured=measured, wires=wires)
    home.live(60, THERE)
    assert home.set_a == 16
    home.house_a = 24.0
    home.live(20, CHARGES)
    assert home.set_a == 0
    stopped_s = home.commands[-1][0]
    home.house_a = 5.0
    home.live(30, THERE)
    while home.now_s < stopped_s + PAUSE_S - blink_s - 12:
        home.live(blink_s, GONE)
        home.live(10, THERE)
    assert home.commands[-1] == (stopped_s, 0)
    home.live(60, THERE)
    assert home.set_a == 16
    assert home.commands[-1][0] >= stopped_s + PAUSE_S


@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_blinks_cause_no_commands(seed: int, measured: bool) -> None:
    random = Random(seed)
    home = Driveway(measured=measured, wires=random.choice([1, 3]))
    home.live(120, CHARGES)
    before = list(home.commands)
    while home.now_s < 600:
        home.live(random.randint(1, 25), GONE)
        home.live(random.randint(1, 25), CHARGES)
    assert home.commands == before


@pytest.mark.parametrize("seed", range(8))
def test_car_that_never_comes_is_not_started_again_and_again(seed: int) -> None:
    random = Random(seed)
    home = Driveway(measured=random.random() < 0.5)
    while home.now_s < 900:
        home.live(random.randint(40, 60), GONE, car=False)
        home.live(random.randint(1, 20), THERE, car=False)
    # It is told nothing at first, then started once, and stopped again.
    assert len(home.commands) <= 3


@pytest.mark.parametrize("wires", [1, 3])
def test_sensor_that_stays_after_the_departure_blames_no_meter(wires: int) -> None:
    home = Driveway(measured=True, wires=wires)
    home.live(120, CHARGES)
    assert home.set_a == 16
    home.sensor_a = 16.0
    home.live(300, GONE, car=False)
    assert home.set_a == 0
    assert home.lost_s == 0


def test_car_that_left_is_gone_and_the_next_one_starts_at_once() -> None:
    home = Driveway()
    home.live(60, CHARGES)
    home.house_a = 24.0
    home.live(20, CHARGES)
    assert home.set_a == 0
    home.house_a = 5.0
    home.live(60, GONE, car=False)
    began_s = home.now_s
    home.live(5, THERE)
    assert home.set_a > 0
    assert home.commands[-1][0] <= began_s + 2
