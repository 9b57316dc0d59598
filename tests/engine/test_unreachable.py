"""A charger that is long out of reach keeps no more than the meters leave its car."""

from collections.abc import Callable
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
    ExternalCap,
    Lease,
    LimitingFactor,
    Phase,
    Reading,
    Response,
    Site,
    Snapshot,
)

L1, L2, L3 = ALL_PHASES
FUSE_A = 25.0
LONG_S = 400.0
REPORT_S = 5.0
NO_HOUSE = (0.0, 0.0, 0.0)

type PerPhase = tuple[float, float, float]


def charger(
    name: str, phases: tuple[Phase, ...] = ALL_PHASES, **more: object
) -> Charger:
    row = Charger(
        charger_id=name,
        circuit_id="grid",
        phases=phases,
        max_current_a=16.0,
        pause_s=30.0,
        response=Response(dead_time_s=5.0),
        measures_current=True,
    )
    return replace(row, **more)


def site(*chargers: Charger, **more: object) -> Site:
    row = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(FUSE_A,) * 3),),
        chargers=chargers,
        can_export=False,
    )
    return replace(row, **more)


class Home:
    """A charger `far` that gets out of reach, others beside it, and a house."""

    def __init__(self, site: Site, *, measured: bool = True) -> None:
        self.site, self.measured = site, measured
        self.cars_a = {row.charger_id: 10.0 for row in site.chargers}
        self.accepted = {name: Reading(10.0, -1.0) for name in self.cars_a}
        self.state = resume(site, self.cars_a, 0.0)
        self.house_a: PerPhase = (2.0, 2.0, 2.0)
        self.far_draws: Callable[[float], float] | None = None
        """What the far car draws at a time; None while its charger is in reach."""
        self.now_s = 0.0
        self.over_as = 0.0

    def load_a(self, phase: Phase) -> float:
        return self.house_a[phase] + sum(
            self.cars_a[row.charger_id]
            for row in self.site.chargers
            if phase in row.phases
        )

    def report(self) -> Decision:
        """Let a meter report come, and let those follow at once that are in reach."""
        self.now_s += REPORT_S
        if self.far_draws is not None:
            self.cars_a["far"] = self.far_draws(self.now_s)
        loads = [self.load_a(phase) for phase in ALL_PHASES]
        self.over_as += max(0.0, max(loads) - FUSE_A) * REPORT_S
        first, second, third = (Reading(load, self.now_s) for load in loads)
        decision = decide(
            self.site,
            self.state,
            Snapshot(
                phase_currents_a=(first, second, third),
                chargers=tuple(self._told(name) for name in self.cars_a),
            ),
            self.now_s,
        )
        self.state = decision.state
        for row in decision.chargers:
            name = row.charger_id
            if name == "far" and self.far_draws is not None:
                continue
            if row.send or self.accepted[name].value != row.set_a:
                self.accepted[name] = Reading(row.set_a, self.now_s)
            self.cars_a[name] = row.set_a
        return decision

    def run(self, seconds: float) -> Decision:
        decision = self.report()
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            decision = self.report()
        return decision

    def _told(self, name: str) -> ChargerReading:
        if name == "far" and self.far_draws is not None:
            return ChargerReading(charger_id=name, available=False)
        return ChargerReading(
            charger_id=name,
            status=ChargerStatus.CHARGING,
            measured_a=(Reading(self.cars_a[name], self.now_s),)
            if self.measured
            else (),
            accepted=self.accepted[name],
        )


def set_a(decision: Decision, name: str = "near") -> float:
    return next(row.set_a for row in decision.chargers if row.charger_id == name)


def steady(amps: float) -> Callable[[float], float]:
    return lambda _: amps


@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.parametrize("can_export", [True, False])
@pytest.mark.parametrize(
    ("far", "near", "house_a", "draws_a", "expected_a"),
    [
        (ALL_PHASES, ALL_PHASES, (2, 2, 2), 0, 16),
        (ALL_PHASES, ALL_PHASES, (2, 2, 2), 6, 16),
        (ALL_PHASES, ALL_PHASES, (2, 2, 2), 11, 12),
        (ALL_PHASES, ALL_PHASES, (5, 3, 9), 0, 16),
        (ALL_PHASES, ALL_PHASES, (12, 3, 1), 0, 13),
        (ALL_PHASES, (L2,), (2, 6, 2), 0, 16),
        ((L1,), ALL_PHASES, (7, 2, 2), 0, 16),
        ((L1,), (L1,), (7, 0, 0), 2, 16),
        ((L3,), ALL_PHASES, (0, 0, 6), 9, 10),
    ],
)
def test_the_others_get_what_the_meter_leaves(
    measured: bool,
    can_export: bool,
    far: tuple[Phase, ...],
    near: tuple[Phase, ...],
    house_a: PerPhase,
    draws_a: float,
    expected_a: float,
) -> None:
    home = Home(
        site(charger("far", far), charger("near", near), can_export=can_export),
        measured=measured,
    )
    home.house_a = house_a
    home.run(200)
    home.over_as = 0
    home.far_draws = steady(draws_a)
    decision = home.run(LONG_S)
    assert set_a(decision) == expected_a
    assert home.over_as == 0


@pytest.mark.parametrize("draws_a", [0, 5, 10])
def test_it_is_reserved_in_full_at_first(draws_a: float) -> None:
    """A car that pauses for a moment may go on at any time."""
    home = Home(site(charger("far"), charger("near")))
    home.run(200)
    before_a = set_a(home.report())
    home.far_draws = steady(draws_a)
    for _ in range(20):
        assert set_a(home.report()) <= before_a + 1


def test_three_share_what_one_does_not_draw() -> None:
    home = Home(site(charger("far"), charger("near"), charger("next")))
    home.run(300)
    home.far_draws = steady(0.0)
    decision = home.run(LONG_S)
    assert set_a(decision) + set_a(decision, "next") == 23


def test_what_it_has_is_left_and_counts_when_it_is_back() -> None:
    home = Home(site(charger("far"), charger("near")))
    home.run(200)
    had_a = home.cars_a["far"]
    home.far_draws = steady(0.0)
    decision = home.run(LONG_S)
    assert set_a(decision, "far") == had_a
    home.far_draws = None
    home.cars_a["far"] = had_a
    decision = home.run(30)
    assert set_a(decision) + set_a(decision, "far") <= 23
    assert min(set_a(decision), set_a(decision, "far")) >= 6
    assert home.over_as <= 2 * had_a * REPORT_S


def test_a_lost_meter_leaves_the_reservation_whole() -> None:
    home = Home(site(charger("far"), charger("near"), meter_grace_s=0))
    home.run(200)
    home.far_draws = steady(0.0)
    assert set_a(home.run(LONG_S)) == 16
    snapshot = Snapshot(chargers=tuple(home._told(name) for name in home.cars_a))
    decision = decide(home.site, home.state, snapshot, home.now_s + 200)
    assert set_a(decision) == 0


@pytest.mark.parametrize("fallback_a", [0.0, 6.0, 11.0])
def test_a_lease_ends_before_the_meter_says_anything(fallback_a: float) -> None:
    lease = Lease(duration_s=200.0, fallback_current_a=fallback_a)
    home = Home(site(charger("far", lease=lease), charger("near")))
    home.run(200)
    home.far_draws = steady(0.0)
    home.run(150)
    assert set_a(home.report()) + fallback_a <= 23
    assert set_a(home.run(LONG_S)) == 16


@pytest.mark.parametrize("can_export", [True, False])
def test_a_cap_on_the_cars_counts_what_it_may_draw(can_export: bool) -> None:
    """What is the car's and what the house's the meter cannot tell."""
    cap = ExternalCap(power_w=11040.0)
    home = Home(
        site(charger("far"), charger("near"), external_cap=cap, can_export=can_export)
    )
    home.run(200)
    home.far_draws = steady(8.0)
    for _ in range(150):
        decision = home.report()
        assert set_a(decision) + 8 <= 16
    assert set_a(decision) >= 6


def test_a_circuit_without_a_meter_counts_what_the_car_may_draw() -> None:
    circuits = (
        Circuit(circuit_id="grid", limit_a=(FUSE_A,) * 3),
        Circuit(circuit_id="garage", limit_a=(16.0,) * 3, parent_id="grid"),
    )
    home = Home(
        site(
            charger("far", circuit_id="garage"),
            charger("near", circuit_id="garage"),
            circuits=circuits,
        )
    )
    home.run(200)
    drawn_a = home.cars_a["far"]
    home.far_draws = steady(drawn_a)
    for _ in range(100):
        assert set_a(home.report()) + drawn_a <= 16
    # As soon as the meter at the grid shows that it cannot draw it, it is free.
    home.far_draws = steady(0.0)
    home.house_a = NO_HOUSE
    assert set_a(home.run(LONG_S)) >= 13


@pytest.mark.parametrize("seed", range(12))
def test_a_car_that_comes_and_goes_is_no_worse_than_an_oven(seed: int) -> None:
    """It overloads the fuse no longer than one report, each time it begins."""
    random = Random(seed)
    phases = random.choice([ALL_PHASES, (L1,), (L2,)])
    home = Home(
        site(charger("far", phases), charger("near"), can_export=random.random() < 0.5),
        measured=random.random() < 0.7,
    )
    home.house_a = tuple(random.uniform(0, 8) for _ in ALL_PHASES)  # type: ignore[assignment]
    home.run(200)
    had_a, begins, home.over_as = home.cars_a["far"], 0, 0.0
    home.far_draws = steady(0.0)
    home.run(LONG_S)
    for _ in range(8):
        home.far_draws = steady(random.choice([had_a, 6.0]) if begins % 2 == 0 else 0.0)
        begins += 1
        decision = home.run(random.uniform(20, 300))
        factor = next(r.limiting for r in decision.chargers if r.charger_id == "far")
        assert factor is not None
        assert factor.factor is LimitingFactor.UNREACHABLE
    assert home.over_as <= begins * had_a * REPORT_S
