"""A charger's current counts only where it can be one."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.estimation.draw import (
    PLAUSIBLE_A,
    measured_on_phases,
)
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    DistributionMode,
    Meter,
    MeterKind,
    Phase,
    Reading,
    Response,
    Site,
    Snapshot,
    State,
)

GARAGE = Charger(charger_id="garage", circuit_id="grid", measures_current=True)


def told(*values: float, status: ChargerStatus) -> ChargerReading:
    """Return what a charger tells of its current, A."""
    return ChargerReading(
        charger_id="garage",
        status=status,
        measured_a=tuple(Reading(value, 10.0) for value in values),
    )


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("status", [ChargerStatus.CHARGING, ChargerStatus.DISCONNECTED])
def test_absurd_current_is_no_measurement(seed: int, status: ChargerStatus) -> None:
    random = Random(seed)
    values = [random.uniform(0, 32) for _ in ALL_PHASES]
    absurd = random.choice([-1, 1]) * PLAUSIBLE_A * random.uniform(1.01, 1e6)
    values[random.randrange(3)] = absurd
    assert measured_on_phases(GARAGE, told(*values, status=status)) is None


@pytest.mark.parametrize("seed", range(20))
def test_charger_without_car_draws_nothing(seed: int) -> None:
    random = Random(seed)
    values = [random.uniform(0, 80) for _ in range(random.choice([1, 3]))]
    status = ChargerStatus.DISCONNECTED
    measured = measured_on_phases(GARAGE, told(*values, status=status))
    assert measured is not None
    assert measured.current_a == (0, 0, 0)
    measured = measured_on_phases(GARAGE, told(*values, status=ChargerStatus.CHARGING))
    assert measured is not None
    assert max(measured.current_a) == max(values)


@pytest.mark.parametrize(
    ("max_a", "value_a", "believed"),
    [
        (6, 32, True),
        (16, 80, True),
        (16, 81, False),
        (32, 96, False),
        (80, 99, True),
        (80, 101, False),
    ],
)
def test_current_far_above_what_the_charger_gives_is_none(
    max_a: float, value_a: float, believed: bool
) -> None:
    """One that is set to a part of what it can give may give more elsewhere."""
    charger = replace(GARAGE, max_current_a=max_a)
    reading = told(value_a, status=ChargerStatus.CHARGING)
    assert (measured_on_phases(charger, reading) is not None) is believed


class Garage:
    """Two cars on 25 A: what the first one's charger tells is wrong."""

    def __init__(
        self, tells: Callable[[float], Reading], status: ChargerStatus
    ) -> None:
        """Begin with the first at 16 A that it does not take."""
        self.tells, self.status = tells, status
        chargers = tuple(
            replace(GARAGE, charger_id=name, response=Response(dead_time_s=5))
            for name in ("a", "b")
        )
        self.site = Site(
            circuits=(Circuit(circuit_id="grid", limit_a=(25, 25, 25)),),
            chargers=chargers,
            distribution_mode=DistributionMode.SEQUENTIAL_STRICT,
        )
        self.state = resume(self.site, {"a": 16.0, "b": 0.0}, 0.0)
        self.accepted = {"a": Reading(16.0, -1.0), "b": Reading(0.0, -1.0)}
        self.now_s = 10_000.0

    def live(self, seconds: int, house_a: float) -> dict[str, float]:
        """Return the set-points after so long; the second car follows at once."""
        set_a = {name: row.value for name, row in self.accepted.items()}
        for _ in range(0, seconds, 5):
            self.now_s += 5
            load = Reading(house_a + set_a["b"], self.now_s)
            first = ChargerReading(
                charger_id="a",
                status=self.status,
                measured_a=(self.tells(self.now_s),),
                accepted=self.accepted["a"],
            )
            second = ChargerReading(
                charger_id="b",
                status=ChargerStatus.CHARGING,
                measured_a=(Reading(set_a["b"], self.now_s),),
                accepted=self.accepted["b"],
            )
            snapshot = Snapshot(
                phase_currents_a=(load, load, load), chargers=(first, second)
            )
            decision = decide(self.site, self.state, snapshot, self.now_s)
            self.state = decision.state
            for row in decision.chargers:
                set_a[row.charger_id] = row.set_a
                if row.send:
                    self.accepted[row.charger_id] = Reading(row.set_a, self.now_s)
        return set_a


@pytest.mark.parametrize(
    ("tells", "status"),
    [
        pytest.param(
            lambda _: Reading(16.0, 9_000.0), ChargerStatus.CONNECTED, id="frozen"
        ),
        pytest.param(
            lambda now_s: Reading(16.0, now_s + 3600),
            ChargerStatus.CONNECTED,
            id="later than now",
        ),
        pytest.param(
            lambda now_s: Reading(160.0, now_s),
            ChargerStatus.CONNECTED,
            id="far above",
        ),
        pytest.param(
            lambda now_s: Reading(-16.0, now_s), ChargerStatus.CHARGING, id="negative"
        ),
    ],
)
def test_nothing_is_raised_on_a_wrong_current(
    tells: Callable[[float], Reading], status: ChargerStatus
) -> None:
    """The car takes nothing, but may: both cars fit beside all that the meter shows."""
    garage = Garage(tells, status)
    set_a = garage.live(50, 17.0)
    assert set_a["a"] + set_a["b"] + 17 <= 25
    assert set_a["a"] + set_a["b"] > 0


@pytest.mark.parametrize("house_a", [9.0, 14.0])
@pytest.mark.parametrize(
    "tells",
    [
        pytest.param(lambda _: Reading(16.0, 9_000.0), id="frozen"),
        pytest.param(lambda now_s: Reading(16.0, now_s + 3600), id="later than now"),
        pytest.param(lambda now_s: Reading(-16.0, now_s), id="negative"),
    ],
)
def test_house_load_beside_a_wrong_current_is_seen(
    tells: Callable[[float], Reading], house_a: float
) -> None:
    """An overload that the meter shows is cut, whatever the charger tells."""
    garage = Garage(tells, ChargerStatus.CHARGING)
    garage.site = replace(garage.site, chargers=garage.site.chargers[:1])
    set_a = garage.live(60, house_a + 16)
    assert set_a["a"] <= 25 - house_a


def test_measurement_counts_again_once_its_time_has_come() -> None:
    """Nobody has to report for that: the decision says when."""
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25, 25, 25)),),
        chargers=(GARAGE,),
    )
    state = resume(site, {"garage": 10.0}, 0.0)
    load = Reading(12.0, 100.0)
    reading = ChargerReading(
        charger_id="garage",
        status=ChargerStatus.CHARGING,
        measured_a=(Reading(10.0, 130.0),),
        accepted=Reading(10.0, 0.0),
    )
    snapshot = Snapshot(phase_currents_a=(load, load, load), chargers=(reading,))
    decision = decide(site, state, snapshot, 100.0)
    assert not decision.state.chargers[0].measurements
    while decision.next_look_s is not None and decision.next_look_s <= 130.0:
        if decision.state.chargers[0].measurements:
            break
        decision = decide(site, decision.state, snapshot, decision.next_look_s)
    assert decision.state.chargers[0].measurements


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", MeterKind)
def test_car_which_takes_more_than_offered_is_told_less(
    seed: int, kind: MeterKind
) -> None:
    """It says so, and counts with what it draws, above its maximum as well."""
    random = Random(seed)
    beyond = random.choice([1.05, 1.1, 1.15, 1.2])
    wires = random.choice([(Phase.L1,), ALL_PHASES])
    metered = random.random() < 0.5
    circuits = (
        Circuit(circuit_id="grid", limit_a=(25, 25, 25)),
        Circuit(circuit_id="garage", limit_a=(20, 20, 20), parent_id="grid"),
    )
    charger = replace(
        GARAGE,
        phases=wires,
        circuit_id="grid" if metered else "garage",
        response=Response(dead_time_s=5),
    )
    site = Site(circuits=circuits, chargers=(charger,), meter=Meter(kind=kind))
    state, set_a, accepted, over = State(), 0.0, None, 0
    house_a = 2.0
    for now_s in range(0, 3000, 5):
        if random.random() < 0.01:
            house_a = random.uniform(0.5, 24)
            over = 0
        drawn_a = [set_a * beyond if row in wires else 0.0 for row in Phase]
        loads = [house_a + row for row in drawn_a]
        first, second, third = (Reading(row, now_s) for row in loads)
        reading = ChargerReading(
            charger_id="garage",
            status=ChargerStatus.CHARGING,
            measured_a=tuple(Reading(drawn_a[row], now_s) for row in wires),
            accepted=accepted,
        )
        snapshot = Snapshot(
            phase_currents_a=(first, second, third),
            total_power_w=Reading(sum(loads) * 230, now_s),
            chargers=(reading,),
        )
        decision = decide(site, state, snapshot, now_s)
        state, row = decision.state, decision.chargers[0]
        if row.send:
            accepted = Reading(row.set_a, now_s)
        set_a = row.set_a
        limit_a = 25.0 if metered else min(25.0, 20.0 + house_a)
        over = over + 1 if max(loads) > limit_a + 1e-3 else 0
        # One reading shows it, and its cut may fit only once what it was is known.
        assert over <= 4
