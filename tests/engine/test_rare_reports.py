"""A charger that reports rarely, beside one that waits for more."""

import pytest

from custom_components.ev_lb.engine.decide import decide
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

FUSE_A = 32.0
HOLD_WINDOW_S = 20.0


class Yard:
    """Two chargers; the car of the first one takes what it likes, and tells that rarely."""

    def __init__(self, *, takes_a: float, every_s: int, wires: int = 3) -> None:
        """Take what it takes, A, and how often it tells that."""
        phases = tuple(Phase)[:wires]
        chargers = tuple(
            Charger(
                charger_id=name,
                circuit_id="grid",
                phases=phases,
                max_current_a=16.0,
                pause_s=0.0,
                measures_current=True,
                response=Response(dead_time_s=2.0),
            )
            for name in ("rare", "usual")
        )
        circuits = (Circuit(circuit_id="grid", limit_a=(FUSE_A,) * 3),)
        self.site = Site(
            circuits=circuits,
            chargers=chargers,
            hold_window_s=HOLD_WINDOW_S,
            ramp_up_time_s=5.0,
        )
        self.takes_a, self.every_s = takes_a, every_s
        self.set_a = {"rare": 0.0, "usual": 0.0}
        self.accepted = {name: Reading(0.0, 0.0) for name in self.set_a}
        self.told = Reading(0.0, 0.0)
        self.state, self.now_s = State(), 0
        self.most_a = 0.0

    def live(self, seconds: int, house_a: float) -> None:
        """Let time go by with a house of so much, A."""
        for _ in range(seconds):
            self.now_s += 1
            drawn = {
                "rare": min(self.takes_a, self.set_a["rare"]),
                "usual": self.set_a["usual"],
            }
            if self.now_s % self.every_s == 0:
                self.told = Reading(drawn["rare"], self.now_s)
            load_a = house_a + self.now_s % 2 / 10 + sum(drawn.values())
            self.most_a = max(self.most_a, load_a)
            measured = {"rare": self.told, "usual": Reading(drawn["usual"], self.now_s)}
            snapshot = Snapshot(
                phase_currents_a=(Reading(load_a, self.now_s),) * 3,
                chargers=tuple(
                    ChargerReading(
                        charger_id=name,
                        status=ChargerStatus.CHARGING,
                        accepted=self.accepted[name],
                        measured_a=(measured[name],),
                    )
                    for name in drawn
                ),
            )
            decision = decide(self.site, self.state, snapshot, self.now_s)
            self.state = decision.state
            for row in decision.chargers:
                if row.send:
                    self.set_a[row.charger_id] = row.set_a
                    self.accepted[row.charger_id] = Reading(row.set_a, self.now_s)


@pytest.mark.parametrize("every_s", [10, 30, 60, 90])
@pytest.mark.parametrize("wires", [1, 3])
def test_a_car_that_takes_nothing_holds_up_nobody(every_s: int, wires: int) -> None:
    yard = Yard(takes_a=0.0, every_s=every_s, wires=wires)
    yard.live(300, 4.0)
    assert yard.set_a["usual"] == 16
    yard.live(100, 24.0)
    assert yard.set_a["usual"] < 9
    yard.live(int(HOLD_WINDOW_S) + 12, 4.0)
    assert yard.set_a["usual"] == 16


@pytest.mark.parametrize("every_s", [10, 30, 60, 90])
@pytest.mark.parametrize("takes_a", [6.0, 9.0, 16.0])
def test_a_car_that_draws_and_tells_it_rarely_overloads_nothing(
    every_s: int, takes_a: float
) -> None:
    yard = Yard(takes_a=takes_a, every_s=every_s)
    yard.live(300, 4.0)
    for seconds, house_a in ((40, 10.0), (70, 4.0), (15, 8.0), (100, 4.0)):
        yard.most_a = 0.0
        yard.live(3, house_a)
        yard.most_a = 0.0
        yard.live(seconds, house_a)
        assert yard.most_a <= FUSE_A + 0.5
