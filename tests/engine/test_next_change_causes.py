"""The moment told for a raise that the sun holds, or what another car still draws."""

from random import Random

import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    ChargingMode,
    Circuit,
    Decision,
    DistributionMode,
    LimitingFactor,
    Phase,
    Reading,
    Response,
    Site,
    Snapshot,
    State,
)

SUN_MODES = (ChargingMode.SOLAR, ChargingMode.EXCESS, ChargingMode.ECO)
METER_S = 5


class Home:
    """A house whose loads are set, and cars which follow after their dead time."""

    def __init__(self, site: Site) -> None:
        """Start with all cars there."""
        self.site = site
        self.house_a = [2.0, 2.0, 2.0]
        self.state = State()
        names = [row.charger_id for row in site.chargers]
        self.set_a = dict.fromkeys(names, 0.0)
        self.drawn_a = dict.fromkeys(names, 0.0)
        self.due_s = dict.fromkeys(names, 0.0)
        self.accepted: dict[str, Reading] = {}
        self.away: set[str] = set()
        self.now_s = 0.0

    def report(self) -> Decision:
        """Let a meter period pass and decide."""
        self.now_s += METER_S
        loads_a = list(self.house_a)
        for charger in self.site.chargers:
            name = charger.charger_id
            if self.now_s >= self.due_s[name]:
                self.drawn_a[name] = self.set_a[name]
            for phase in charger.phases:
                loads_a[phase] += self.drawn_a[name]
        first, second, third = (Reading(row, self.now_s) for row in loads_a)
        snapshot = Snapshot(
            phase_currents_a=(first, second, third),
            chargers=tuple(self._told(row) for row in self.site.chargers),
        )
        decision = decide(self.site, self.state, snapshot, self.now_s)
        self.state = decision.state
        for charger, row in zip(self.site.chargers, decision.chargers, strict=True):
            name = row.charger_id
            if row.set_a != self.set_a[name]:
                self.due_s[name] = self.now_s + charger.response.dead_time_s
            self.set_a[name] = row.set_a
            if row.send:
                self.accepted[name] = Reading(row.set_a, self.now_s)
        return decision

    def _told(self, charger: Charger) -> ChargerReading:
        name = charger.charger_id
        measured_a = ()
        if charger.measures_current:
            measured_a = (Reading(self.drawn_a[name], self.now_s),)
        status = ChargerStatus.CHARGING
        if name in self.away:
            status = ChargerStatus.DISCONNECTED
        return ChargerReading(
            charger_id=name,
            status=status,
            measured_a=measured_a,
            accepted=self.accepted.get(name),
        )


def assert_comes_as_told(home: Home, reports: int) -> set[LimitingFactor]:
    """Keep all as it is; return what held the raises that came as they were told."""
    told = {row.charger_id: None for row in home.site.chargers}
    causes = set()
    before_a = dict(home.set_a)
    cause = dict.fromkeys(before_a, LimitingFactor.CHARGER_MAX)
    for number in range(reports):
        for row in home.report().chargers:
            name, told_s = row.charger_id, told[row.charger_id]
            if row.set_a > before_a[name] and number > 2:
                assert told_s is not None
                assert told_s <= home.now_s < told_s + METER_S
                causes.add(cause[name])
            elif told_s is not None and row.set_a == before_a[name]:
                assert home.now_s < told_s + METER_S
            if row.next_change_s is not None:
                assert row.next_change_s > home.now_s
            told[name], before_a[name] = row.next_change_s, row.set_a
            cause[name] = row.limiting.factor
    return causes


@pytest.mark.parametrize("seed", range(24))
def test_raise_that_the_sun_holds_comes_when_it_is_told_to(seed: int) -> None:
    """Clouds pass, then the sun shines as it does."""
    random = Random(seed)
    phases = random.choice(((Phase.L1,), tuple(Phase)))
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(40, 40, 40)),),
        chargers=(
            Charger(
                charger_id="a",
                circuit_id="grid",
                phases=phases,
                response=Response(dead_time_s=2.0),
                measures_current=True,
                pause_s=60.0,
            ),
        ),
        can_export=True,
        charging_mode=random.choice(SUN_MODES),
        excess_threshold_w=500.0,
        hold_window_s=random.choice([20.0, 60.0, 180.0]),
        ramp_up_time_s=random.choice([0.0, 30.0]),
    )
    home = Home(site)
    sun_a = 20.0 * len(phases)

    def shine(part: float) -> None:
        home.house_a = [1.0 - part * sun_a / 3] * 3

    for _ in range(3):
        shine(random.uniform(0.55, 0.7))
        for _ in range(random.randint(60, 120)):
            home.report()
        shine(random.uniform(0.2, 0.5))
        for _ in range(random.randint(1, 6)):
            home.report()
        shine(random.uniform(0.75, 0.9))
        causes = assert_comes_as_told(home, 120)
        assert causes <= {LimitingFactor.SOLAR, LimitingFactor.RAMP_UP}
        assert home.set_a["a"] > 6


@pytest.mark.parametrize("seed", range(24))
def test_raise_that_another_car_holds_comes_when_it_is_told_to(seed: int) -> None:
    """A car of better priority comes; the other makes way as slowly as it may."""
    random = Random(seed)
    phases = random.choice(((Phase.L2,), tuple(Phase)))
    slow_s = random.choice([10.0, 33.0, 60.0])
    chargers = tuple(
        Charger(
            charger_id=name,
            circuit_id="grid",
            phases=phases,
            priority=priority,
            response=Response(dead_time_s=dead_time_s, ramp_up_a_per_s=100.0),
            pause_s=30.0,
            minimum_on_s=0.0,
        )
        for name, priority, dead_time_s in (("first", 1, 2.0), ("slow", 2, slow_s))
    )
    limit_a = random.choice([18.0, 22.0])
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(limit_a,) * 3),),
        chargers=chargers,
        distribution_mode=DistributionMode.PRIORITY,
        ramp_up_time_s=random.choice([0.0, 30.0]),
    )
    home = Home(site)
    home.away = {"first"}
    for _ in range(60):
        home.report()
    assert home.set_a["slow"] > 10
    home.away = set()
    told_s, factors = None, set()
    for _ in range(80):
        row = home.report().chargers[0]
        if row.set_a > 0:
            break
        if row.next_change_s is not None:
            told_s = row.next_change_s
            factors.add(row.limiting.factor)
            assert row.limiting.phase in phases
    assert told_s is not None
    assert told_s <= home.now_s < told_s + METER_S
    assert factors == {LimitingFactor.SHARE}
