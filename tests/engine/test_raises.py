"""No raise counts on current that another car may still be drawing."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings, strategies as st
import pytest

from benchmarks.raises import Raise, Raises
from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerReading,
    ChargerStatus,
    ChargingMode,
    Circuit,
    DistributionMode,
    Phase,
    PhaseSwitching,
    Reading,
    Response,
    Site,
    Snapshot,
    State,
)
from tests.searching import examples

L1 = Phase.L1


class Garage:
    """Cars that follow late, chargers that take a command late or refuse it."""

    def __init__(self, site: Site, random: Random, meter_s: int, house_a: int) -> None:
        """Start with all cars away."""
        self.site, self.random = site, random
        self.meter_s, self.house_a = meter_s, house_a
        self.state = State()
        self.raises = Raises()
        self.parked = {row.charger_id: False for row in site.chargers}
        self.draws_a = dict.fromkeys(self.parked, 0.0)
        self.told = dict.fromkeys(self.parked, 0.0)
        self.accepted: dict[str, Reading] = {}
        self.taken_at: dict[str, int] = {}
        self.follows_at: dict[str, list[tuple[int, float]]] = {}
        self.meter: tuple[Reading | None, ...] = (None, None, None)
        self.measured = dict.fromkeys(self.parked, Reading(0.0, 0.0))

    def live(self, now_s: int) -> None:
        """Let a second pass: commands arrive, cars follow, sensors tell."""
        for charger in self.site.chargers:
            self._follow(charger, now_s)
        if now_s % self.meter_s == 0:
            self.meter = tuple(
                Reading(self.house_a + self.cars_a(phase), float(now_s))
                if phase in self.site.phases
                else None
                for phase in ALL_PHASES
            )
        decision = decide(self.site, self.state, self._snapshot(), float(now_s))
        self.state = decision.state
        self.raises.note(self.site, self._snapshot(), decision)
        for row in decision.chargers:
            if row.send:
                self.told[row.charger_id] = row.set_a
                late_s = self.random.choice((0, 0, 1, 5, 20))
                self.taken_at[row.charger_id] = now_s + late_s

    def _follow(self, charger: Charger, now_s: int) -> None:
        name = charger.charger_id
        if self.taken_at.get(name) == now_s:
            del self.taken_at[name]
            self.accepted[name] = Reading(self.told[name], float(now_s))
            late_s = self.random.randint(0, int(charger.response.dead_time_s) - 1)
            due = self.follows_at.setdefault(name, [])
            due.append((now_s + late_s, self.told[name]))
        for due_s, current_a in list(self.follows_at.get(name, [])):
            if due_s <= now_s:
                self.draws_a[name] = current_a
                self.follows_at[name].remove((due_s, current_a))
        if not self.parked[name]:
            self.draws_a[name] = 0.0
        if now_s % (1 + len(name) * 3) == 0:
            self.measured[name] = Reading(self.draws_a[name], float(now_s))

    def cars_a(self, phase: Phase) -> float:
        """Return what the cars draw on a phase, A."""
        return sum(
            self.draws_a[row.charger_id]
            for row in self.site.chargers
            if phase in row.phases
        )

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            phase_currents_a=self.meter,
            chargers=tuple(
                ChargerReading(
                    charger_id=row.charger_id,
                    status=self._status(row.charger_id),
                    measured_a=(self.measured[row.charger_id],)
                    if row.measures_current
                    else (),
                    accepted=self.accepted.get(row.charger_id),
                )
                for row in self.site.chargers
            ),
        )

    def _status(self, name: str) -> ChargerStatus:
        if not self.parked[name]:
            return ChargerStatus.DISCONNECTED
        draws = self.draws_a[name] > 0
        return ChargerStatus.CHARGING if draws else ChargerStatus.CONNECTED

    def change(self) -> None:
        """Let something happen that makes one car make way for another."""
        random, name = self.random, self.random.choice(list(self.parked))
        what = random.choice(("plug", "priority", "mode", "limit", "house", "most"))
        if what == "plug":
            self.parked[name] = not self.parked[name]
        elif what == "house":
            self.house_a = random.randint(0, 20)
        else:
            change = {
                "priority": {"priority": random.randint(1, 3)},
                "mode": {
                    "charging_mode": random.choice(
                        (ChargingMode.STANDARD, ChargingMode.ECO, ChargingMode.OFF)
                    )
                },
                "limit": {"manual_limit_a": random.choice((None, 0.0, 8.0))},
                "most": {"max_current_a": random.choice((10.0, 16.0))},
            }[what]
            chargers = tuple(
                replace(row, **change) if row.charger_id == name else row
                for row in self.site.chargers
            )
            self.site = replace(self.site, chargers=chargers)


def site_of(random: Random) -> Site:
    """Make a site with a circuit and two to four chargers on it."""
    chargers = tuple(
        Charger(
            charger_id="c" * (place + 1),
            circuit_id=random.choice(("grid", "garage")),
            phases=random.choice(((L1,), ALL_PHASES)),
            priority=random.randint(1, 2),
            pause_s=random.choice((0.0, 60.0)),
            minimum_on_s=random.choice((0.0, 60.0)),
            measures_current=random.random() < 0.5,
            response=Response(dead_time_s=random.choice((5.0, 30.0, 100.0))),
        )
        for place in range(random.randint(2, 4))
    )
    if random.random() < 0.3:
        first = replace(
            chargers[0], phases=ALL_PHASES, phase_switching=PhaseSwitching()
        )
        chargers = (first, *chargers[1:])
    limit_a = random.choice((16, 20, 25))
    return Site(
        circuits=(
            Circuit(circuit_id="grid", limit_a=(limit_a,) * 3),
            Circuit(circuit_id="garage", limit_a=(16,) * 3, parent_id="grid"),
        ),
        chargers=chargers,
        distribution_mode=random.choice(list(DistributionMode)),
        rotation_period_s=random.choice((60.0, 300.0)),
        ramp_up_time_s=random.choice((0.0, 10.0, 30.0)),
        hold_window_s=random.choice((0.0, 5.0, 20.0)),
    )


def unforced(seed: int, seconds: int = 400) -> list[Raise]:
    """Return the raises of a random history that a fuse does not bear."""
    random = Random(seed)
    garage = Garage(site_of(random), random, random.choice((1, 5, 10, 30)), 5)
    garage.parked = dict.fromkeys(garage.parked, True)
    for now_s in range(seconds):
        if random.random() < 0.04:
            garage.change()
        garage.live(now_s)
    return garage.raises.unforced


@given(st.integers(0, 2**32))
@settings(max_examples=examples(15))
def test_no_raise_overloads_a_fuse_by_what_was_known(seed: int) -> None:
    assert not unforced(seed)


@pytest.mark.parametrize("mode", DistributionMode)
@pytest.mark.parametrize("measured", [False, True])
def test_better_priority_waits_for_the_slow_one(
    mode: DistributionMode, *, measured: bool
) -> None:
    """Two chargers on 16 A, house 6 A, a meter of 10 s: never 26 A."""
    old = Charger(
        charger_id="old",
        circuit_id="grid",
        phases=(L1,),
        priority=2,
        max_current_a=10,
        minimum_on_s=0,
        measures_current=measured,
        response=Response(dead_time_s=100),
    )
    new = replace(
        old,
        charger_id="new",
        priority=1,
        response=Response(dead_time_s=5),
    )
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(16, 0, 0)),),
        phases=(L1,),
        chargers=(old, new),
        distribution_mode=mode,
    )
    garage = Garage(site, Random(1), 10, 6)
    garage.parked["old"] = True
    highest_a = told_a = 0.0
    for now_s in range(450):
        if now_s == 137:
            garage.parked["new"] = True
        garage.live(now_s)
        told_a = max(told_a, garage.told["new"])
        highest_a = max(highest_a, garage.house_a + garage.cars_a(L1))
    assert highest_a <= 16
    assert told_a == 10
    assert not garage.raises.unforced
