"""The moment told for a raise is the one at which it comes."""

from dataclasses import replace
from random import Random

import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Decision,
    Phase,
    Reading,
    Response,
    Site,
    Snapshot,
    State,
)


class Home:
    """A house whose loads are set, and a measured car which follows at once."""

    def __init__(self, site: Site, meter_s: int) -> None:
        """Start at night."""
        self.site, self.meter_s = site, meter_s
        self.house_a = [2.0, 2.0, 2.0]
        self.state = State()
        self.set_a, self.now_s = 0.0, 0
        self.accepted: Reading | None = None

    def report(self) -> Decision:
        """Let a meter period pass and decide."""
        self.now_s += self.meter_s
        now_s, phases = float(self.now_s), self.site.chargers[0].phases
        car_a = tuple(self.set_a if phase in phases else 0.0 for phase in Phase)
        first, second, third = (
            Reading(house_a + drawn_a, now_s)
            for house_a, drawn_a in zip(self.house_a, car_a, strict=True)
        )
        reading = ChargerReading(
            charger_id="garage",
            status=ChargerStatus.CHARGING,
            measured_a=tuple(Reading(car_a[phase], now_s) for phase in phases),
            accepted=self.accepted,
        )
        snapshot = Snapshot(
            phase_currents_a=(first, second, third), chargers=(reading,)
        )
        decision = decide(self.site, self.state, snapshot, now_s)
        self.state = decision.state
        row = decision.chargers[0]
        if row.send:
            self.accepted = Reading(row.set_a, now_s)
        self.set_a = row.set_a
        return decision


def random_home(random: Random) -> Home:
    phases = random.choice(((Phase.L1,), (Phase.L2,), tuple(Phase)))
    charger = Charger(
        charger_id="garage",
        circuit_id="grid",
        phases=phases,
        response=Response(dead_time_s=random.choice((1.0, 5.0, 15.0))),
        raise_interval_s=random.choice((0.0, 30.0, 90.0)),
    )
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25, 25, 25)),),
        chargers=(charger,),
        hold_window_s=random.choice((0.0, 20.0, 40.0, 300.0)),
        ramp_up_time_s=random.choice((0.0, 20.0, 60.0)),
    )
    return Home(site, random.choice((1, 2, 5, 10)))


@pytest.mark.parametrize("seed", range(12))
def test_the_raise_comes_when_it_is_told_to(seed: int) -> None:
    random = Random(seed)
    home = random_home(random)
    phases = home.site.chargers[0].phases
    for _ in range(3):
        for _ in range(random.randint(40, 400) // home.meter_s + 2):
            home.report()
        for _ in range(random.randint(1, 3)):
            home.house_a[random.choice(phases)] = random.uniform(10, 17)
            for _ in range(random.randint(1, 4)):
                home.report()
        home.house_a = [random.uniform(0, 9) for _ in range(3)]
        _wait_as_told(home)


def _wait_as_told(home: Home) -> None:
    """Keep all as it is and wait until the car has all that it may have."""
    told_s, before_a = None, home.set_a
    for _ in range(1500 // home.meter_s):
        decision = home.report()
        row = decision.chargers[0]
        if row.set_a > before_a and told_s is not None:
            assert told_s <= home.now_s < told_s + home.meter_s
        elif told_s is not None and row.set_a == before_a:
            assert home.now_s < told_s + home.meter_s
        if row.next_change_s is not None:
            assert row.next_change_s > decision.time_s
        told_s, before_a = row.next_change_s, row.set_a
    assert home.set_a == row.allocated_a


def test_a_learned_window_tells_its_own_time_and_the_phase() -> None:
    """An oven on L2 which ended under a window of 300 s."""
    home = random_home(Random(0))
    charger = replace(home.site.chargers[0], phases=tuple(Phase), raise_interval_s=0.0)
    home = Home(replace(home.site, chargers=(charger,), hold_window_s=20.0), 5)
    for _ in range(60):
        home.report()
    learned = tuple(
        row._replace(hold=row.hold._replace(window_s=300.0, raised_s=None))
        for row in home.state.phases
    )
    home.state = replace(home.state, phases=(learned[0], learned[1], learned[2]))
    home.house_a[1] = 15.0
    home.report()
    home.house_a[1] = 2.0
    home.report()
    for _ in range(20):
        row = home.report().chargers[0]
    ended_s = home.state.phases[1].peaks[0].until_s
    assert row.next_change_s == ended_s + 300
    assert row.limiting.phase is Phase.L2
