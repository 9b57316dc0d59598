"""A meter that is lost while a charger cannot be reached."""

from dataclasses import replace
from random import Random

import pytest

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Decision,
    MeterLoss,
    MeterLossBehavior,
    Phase,
    Reading,
    Response,
    Site,
    Snapshot,
)

L1, L2, L3 = ALL_PHASES
FUSE_A = 25.0
DEAD_TIME_S = 5.0


class Home:
    """A house, its cars, and chargers which hear a command only while they are there."""

    def __init__(self, site: Site, cars_a: dict[str, float]) -> None:
        """Begin after a restart, with all chargers as they were left."""
        self.site = site
        self.cars_a = dict(cars_a)
        self.state = resume(site, cars_a, 0.0)
        self.accepted = {name: Reading(amps, -1.0) for name, amps in cars_a.items()}
        self.away: set[str] = set()
        self.lost: set[Phase] = set()
        self.house_a = 2.0
        self.now_s = 0.0

    def load_a(self, phase: Phase) -> float:
        """Return what a phase carries."""
        return self.house_a + sum(
            self.cars_a[row.charger_id]
            for row in self.site.chargers
            if phase in row.phases
        )

    def report(self, *, missing: bool = False) -> Decision:
        """Let 5 s pass and decide; those that are there follow at once."""
        self.now_s += 5.0
        first, second, third = (
            None if phase in self.lost else Reading(self.load_a(phase), self.now_s)
            for phase in Phase
        )
        told = tuple(
            self._told(row.charger_id)
            for row in self.site.chargers
            if not (missing and row.charger_id in self.away)
        )
        snapshot = Snapshot(phase_currents_a=(first, second, third), chargers=told)
        decision = decide(self.site, self.state, snapshot, self.now_s)
        self.state = decision.state
        for row in decision.chargers:
            before = self.accepted[row.charger_id]
            if row.charger_id in self.away:
                continue
            if row.send or before.value != row.set_a:
                self.accepted[row.charger_id] = Reading(row.set_a, self.now_s)
                self.cars_a[row.charger_id] = row.set_a
        return decision

    def _told(self, name: str) -> ChargerReading:
        if name in self.away:
            return ChargerReading(charger_id=name, available=False)
        return ChargerReading(
            charger_id=name,
            status=ChargerStatus.CHARGING,
            measured_a=(Reading(self.cars_a[name], self.now_s),),
            accepted=self.accepted[name],
        )


def home(
    behavior: MeterLossBehavior,
    fallback_a: float = 10.0,
    cars_a: tuple[float, float] = (16.0, 6.0),
) -> Home:
    """Return a home with a charger on all phases and one on L2 only."""
    chargers = tuple(
        Charger(
            charger_id=name,
            circuit_id="grid",
            phases=phases,
            max_current_a=32.0,
            pause_s=30.0,
            response=Response(dead_time_s=DEAD_TIME_S),
            measures_current=True,
        )
        for name, phases in (("all", ALL_PHASES), ("second", (L2,)))
    )
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(FUSE_A,) * 3),),
        chargers=chargers,
        meter_loss=MeterLoss(behavior=behavior, fallback_current_a=fallback_a),
        meter_grace_s=0,
    )
    return Home(site, dict(zip(("all", "second"), cars_a, strict=True)))


def set_a(decision: Decision) -> dict[str, float]:
    return {row.charger_id: row.set_a for row in decision.chargers}


@pytest.mark.parametrize("missing", [False, True], ids=["offline", "missing"])
@pytest.mark.parametrize(
    ("behavior", "fallback_a", "house_a", "expected_a"),
    [
        (MeterLossBehavior.STOP, 10, 2, 0),
        (MeterLossBehavior.IGNORE, 10, 2, 16),
        (MeterLossBehavior.SET_CURRENT, 10, 2, 10),
        (MeterLossBehavior.SET_CURRENT, 4, 2, 0),
        (MeterLossBehavior.SET_CURRENT, 20, 2, 12),
    ],
)
def test_what_it_is_to_have_is_decided_and_told_when_it_is_back(
    behavior: MeterLossBehavior,
    fallback_a: float,
    house_a: float,
    expected_a: float,
    missing: bool,
) -> None:
    """It goes on to count with what it drew until it shows otherwise."""
    lived = home(behavior, fallback_a, (16.0, 0.0))
    lived.house_a = house_a
    lived.away = {"all"}
    for _ in range(4):
        assert set_a(lived.report(missing=missing))["all"] == 16
    lived.lost = {L1}
    for _ in range(60):
        decision = lived.report(missing=missing)
        assert set_a(decision)["all"] == expected_a
        assert lived.load_a(L2) <= FUSE_A
    lived.away = set()
    assert set_a(lived.report())["all"] == expected_a
    assert lived.cars_a["all"] == expected_a
    for _ in range(60):
        decision = lived.report()
    free_a = FUSE_A - house_a - expected_a
    assert set_a(decision) == {"all": expected_a, "second": free_a // 1}


@pytest.mark.parametrize("missing", [False, True], ids=["offline", "missing"])
def test_worst_house_load_bounds_what_it_falls_back_to(missing: bool) -> None:
    lived = home(MeterLossBehavior.SET_CURRENT, 14, (10.0, 0.0))
    lived.site = replace(lived.site, chargers=lived.site.chargers[:1])
    lived.house_a = 13.0
    lived.report()
    lived.away, lived.lost = {"all"}, {L1}
    lived.report(missing=missing)
    lived.lost = set()
    lived.house_a = 16.0
    lived.report(missing=missing)
    lived.lost = {L1}
    assert set_a(lived.report(missing=missing))["all"] == 9


@pytest.mark.parametrize("back_with_meter", [False, True])
def test_charger_that_comes_back_as_the_meter_does(back_with_meter: bool) -> None:
    """It is told 0 A if the meter is lost then; else it may start after its pause."""
    lived = home(MeterLossBehavior.STOP)
    lived.away, lived.lost = {"all"}, {L1}
    lived.report()
    lived.lost, lived.away = set(), set()
    if not back_with_meter:
        lived.lost = {L1}
    assert set_a(lived.report())["all"] == 0
    assert lived.cars_a["all"] == 0
    lived.lost = set()
    for _ in range(60):
        decision = lived.report()
    assert set_a(decision)["all"] >= 6


def test_held_set_point_that_was_not_taken_leaves_the_old_current_reserved() -> None:
    """It was told 6 A, which did not reach it, and then the meter was lost."""
    lived = home(MeterLossBehavior.IGNORE, cars_a=(16.0, 6.0))
    lived.report()
    lived.house_a = 9.0
    lived.away = {"all"}
    lived.report()
    assert set_a(lived.report())["all"] < 16
    lived.house_a = 1.0
    for _ in range(10):
        lived.report()
    lived.lost = {L1}
    for _ in range(60):
        lived.report()
        assert lived.load_a(L2) <= FUSE_A


@pytest.mark.parametrize("seed", range(30))
def test_whoever_comes_and_goes_overloads_no_phase(seed: int) -> None:
    """Phases and chargers that are lost and come back at random, several at a time."""
    random = Random(seed)
    behavior = random.choice(list(MeterLossBehavior))
    fallback_a = random.choice([4.0, 6.0, 8.0])
    wires = [random.choice([(L1,), (L2,), (L3,), ALL_PHASES]) for _ in range(3)]
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(FUSE_A,) * 3),),
        chargers=tuple(
            Charger(
                charger_id=f"{place}",
                circuit_id="grid",
                phases=phases,
                pause_s=30.0,
                response=Response(dead_time_s=DEAD_TIME_S),
                measures_current=random.random() < 0.5,
            )
            for place, phases in enumerate(wires)
        ),
        meter_loss=MeterLoss(behavior=behavior, fallback_current_a=fallback_a),
        meter_grace_s=0,
    )
    lived = Home(site, {row.charger_id: 6.0 for row in site.chargers})
    names = sorted(lived.cars_a)
    before = lived.report()
    for _ in range(150):
        if random.random() < 0.15:
            lived.away = {name for name in names if random.random() < 0.4}
        if random.random() < 0.15:
            lived.lost = {phase for phase in Phase if random.random() < 0.3}
        decision = lived.report(missing=random.random() < 0.5)
        was_a, now_a = set_a(before), set_a(decision)
        for phase in Phase:
            assert lived.load_a(phase) <= FUSE_A
        for charger in site.chargers:
            if not lived.lost & set(charger.phases):
                continue
            name = charger.charger_id
            assert now_a[name] <= max(was_a[name], fallback_a)
            if behavior is MeterLossBehavior.STOP:
                assert now_a[name] == 0
            if behavior is MeterLossBehavior.SET_CURRENT:
                assert now_a[name] in (0, *range(6, int(fallback_a) + 1))
        before = decision
