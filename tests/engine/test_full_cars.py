"""A car that takes nothing stands behind all that could use the current."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    ChargerReading,
    ChargerStatus,
    ChargingMode,
    DistributionMode,
    Reading,
    Snapshot,
    State,
)
from tests.engine.garage import one_phase_site
from tests.searching import examples

STEP_S = 10.0
WATCH_S = 160.0
"""Response, start and watch of a car that nobody measures, s."""
CHANGEOVER_S = 260.0
"""Pause, ramp-up time and hold window of the one that waited, s."""
ASKED_AGAIN_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class Car:
    """A car on one phase, and what its charger tells of it."""

    full: bool
    priority: int = 1
    mode: ChargingMode = ChargingMode.STANDARD
    measured: bool = True
    reports_changes_only: bool = False
    min_a: float = 6.0
    in_hurry: bool = False


class Home:
    """A home on one phase whose cars follow at once."""

    def __init__(
        self, cars: Sequence[Car], free_a: float, mode: DistributionMode
    ) -> None:
        self.cars = {f"car {place}": car for place, car in enumerate(cars)}
        site = one_phase_site(tuple(self.cars), mode, 25)
        self.site = replace(
            site,
            chargers=tuple(
                replace(
                    charger,
                    priority=car.priority,
                    charging_mode=car.mode,
                    measures_current=car.measured,
                    min_current_a=car.min_a,
                )
                for charger, car in zip(site.chargers, cars, strict=True)
            ),
        )
        self.house_a = 25.0 - free_a
        self.state = State()
        self.now_s = 1000.0
        self.set_a = dict.fromkeys(self.cars, 0.0)
        self.accepted: dict[str, Reading] = {}
        self.told: dict[str, Reading] = {}

    def live(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s += STEP_S
            load_a = self.house_a + sum(map(self.draws_a, self.cars))
            snapshot = Snapshot(
                phase_currents_a=(Reading(load_a, self.now_s), None, None),
                chargers=tuple(map(self.reading, self.cars)),
            )
            decision = decide(self.site, self.state, snapshot, self.now_s)
            self.state = decision.state
            for row in decision.chargers:
                self.set_a[row.charger_id] = row.set_a
                if row.send:
                    self.accepted[row.charger_id] = Reading(row.set_a, self.now_s)

    def draws_a(self, name: str) -> float:
        return 0.0 if self.cars[name].full else self.set_a[name]

    def reading(self, name: str) -> ChargerReading:
        car, draws_a = self.cars[name], self.draws_a(name)
        told = self.told.get(name)
        if not (car.reports_changes_only and told and told.value == draws_a):
            self.told[name] = Reading(draws_a, self.now_s)
        charges = ChargerStatus.CHARGING if draws_a else ChargerStatus.CONNECTED
        return ChargerReading(
            charger_id=name,
            status=charges,
            measured_a=(self.told[name],) if car.measured else (),
            accepted=self.accepted.get(name),
            energy_needed_kwh=5.0 if car.in_hurry else None,
            departure_s=40_000.0 if car.in_hurry else None,
        )

    def waiting_in_vain(self) -> list[str]:
        """Return who could have its minimum if those made way that take nothing."""
        hungry = [name for name, car in self.cars.items() if not car.full]
        free_a = 25.0 - self.house_a - sum(self.set_a[name] for name in hungry)
        waiting = [name for name in hungry if not self.set_a[name]]
        fitting = [name for name in waiting if self.cars[name].min_a <= free_a]
        if self.site.distribution_mode is not DistributionMode.SEQUENTIAL_STRICT:
            return fitting
        # Strictly, who cannot have its minimum blocks those behind it.
        return fitting if fitting == hungry else []


cars = st.builds(
    Car,
    full=st.booleans(),
    priority=st.integers(1, 3),
    mode=st.sampled_from([ChargingMode.STANDARD, ChargingMode.ECO]),
    measured=st.booleans(),
    reports_changes_only=st.booleans(),
    min_a=st.sampled_from([6.0, 6.0, 8.0, 10.0]),
    in_hurry=st.booleans(),
)


@settings(max_examples=examples(60))
@given(
    st.lists(cars, min_size=2, max_size=4),
    st.integers(6, 20),
    st.sampled_from(DistributionMode),
)
def test_nobody_waits_behind_a_car_that_takes_nothing(
    drawn: list[Car], free_a: int, mode: DistributionMode
) -> None:
    """Each full one is watched once; then all that can charge do."""
    home = Home(drawn, free_a + 0.4, mode)
    full = sum(car.full for car in drawn)
    home.live(full * (WATCH_S + CHANGEOVER_S) + CHANGEOVER_S)
    assert home.waiting_in_vain() == []


@pytest.mark.parametrize("mode", DistributionMode)
@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.parametrize(
    ("full", "hungry"),
    [
        (Car(full=True, priority=1), Car(full=False, priority=2)),
        (Car(full=True), Car(full=False, mode=ChargingMode.ECO)),
        (Car(full=True, in_hurry=True), Car(full=False)),
    ],
)
def test_the_only_place_is_for_who_can_use_it(
    mode: DistributionMode, measured: bool, full: Car, hungry: Car
) -> None:
    home = Home(
        [replace(full, measured=measured), replace(hungry, measured=measured)],
        10.4,
        mode,
    )
    most_a = 6 if hungry.mode is ChargingMode.ECO else 10
    home.live(WATCH_S + 2 * STEP_S)
    assert home.set_a == {"car 0": 0, "car 1": most_a}
    home.live(2000)
    assert home.set_a == {"car 0": 0, "car 1": most_a}


@pytest.mark.parametrize("mode", DistributionMode)
def test_a_full_car_gets_its_place_back_when_it_wants_again(
    mode: DistributionMode,
) -> None:
    """At once where it is offered current; within the hour where it is not."""
    home = Home([Car(full=True, priority=1), Car(full=False, priority=2)], 10.4, mode)
    home.live(2000)
    home.cars["car 0"] = replace(home.cars["car 0"], full=False)
    home.live(ASKED_AGAIN_S)
    assert home.set_a == {"car 0": 10, "car 1": 0}


@pytest.mark.parametrize("mode", DistributionMode)
def test_a_full_car_keeps_its_minimum_while_nobody_needs_it(
    mode: DistributionMode,
) -> None:
    home = Home([Car(full=True, priority=1), Car(full=False, priority=2)], 20.4, mode)
    home.live(2000)
    strict = mode is DistributionMode.SEQUENTIAL_STRICT
    assert home.set_a == {"car 0": 0 if strict else 6, "car 1": 16 if strict else 14}
    if strict:
        return
    home.cars["car 0"] = replace(home.cars["car 0"], full=False)
    home.live(200)
    assert home.set_a["car 0"] >= 10


def test_two_full_cars_do_not_take_turns_for_nothing() -> None:
    home = Home([Car(full=True), Car(full=True)], 10.4, DistributionMode.WEIGHTED)
    home.live(1000)
    before = dict(home.set_a)
    home.live(2000)
    assert home.set_a == before
