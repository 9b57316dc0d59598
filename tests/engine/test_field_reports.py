"""What owners of load balancers reported, each as the history of one home.

A history says what the house and the car do; the charger does what it is told, as far
as its row says. So each decision is judged with the answers to the ones before it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerDecision,
    ChargerReading,
    ChargerStatus,
    ChargingMode,
    Circuit,
    Decision,
    DistributionMode,
    LimitingFactor,
    Phase,
    PhaseSwitching,
    Reading,
    ReadingProblem,
    Site,
    Snapshot,
    State,
)

ONE = (Phase.L1,)
ALL = tuple(Phase)


def home(limit_a: float, *chargers: Charger, **options: object) -> Site:
    """Return a home of one fuse, on the phases of its first charger."""
    phases = chargers[0].phases
    limits_a = tuple(limit_a if row in phases else 0.0 for row in Phase)
    circuit = Circuit(circuit_id="grid", limit_a=limits_a)  # type: ignore[arg-type]
    return Site(circuits=(circuit,), phases=phases, chargers=chargers, **options)  # type: ignore[arg-type]


def charger(
    name: str = "car", phases: tuple[Phase, ...] = ONE, **row: object
) -> Charger:
    """Return a charger on the fuse of the home."""
    return Charger(charger_id=name, circuit_id="grid", phases=phases, **row)  # type: ignore[arg-type]


@dataclass
class History:
    """A home that goes on second by second, and what was decided."""

    site: Site
    house_a: float = 0.0
    takes_at_most_a: dict[str, float] = field(default_factory=dict)
    """What a car draws at most, A; the others draw what they are offered."""
    accepts_at_most_a: float = 80.0
    measured_a: float | None = None
    """What the sensor of each charger says, A, where it is no measurement."""
    seen: bool = True
    """Whether the meter shows the cars."""
    status: Callable[[int], ChargerStatus] = lambda now_s: ChargerStatus.CONNECTED
    now_s: int = 0
    state: State = field(default_factory=State)
    limits_a: dict[str, Reading] = field(default_factory=dict)
    started_s: list[int] = field(default_factory=list)

    def go(self, seconds: int, meter: Reading | None = None) -> Decision:
        """Let time go by, and return the last decision; the meter may show another."""
        for _ in range(seconds):
            self.now_s += 1
            decision = decide(self.site, self.state, self._snapshot(meter), self.now_s)
            self.state = decision.state
            for row in decision.chargers:
                if row.send:
                    self._tell(row)
        return decision

    def draw_a(self, row: Charger) -> float:
        """Return what the car of a charger draws, A."""
        limit = self.limits_a.get(row.charger_id)
        most_a = self.takes_at_most_a.get(row.charger_id, 80.0)
        return 0.0 if limit is None else min(limit.value, most_a)

    def set_a(self, name: str = "car") -> float:
        """Return what a charger is told, A."""
        limit = self.limits_a.get(name)
        return 0.0 if limit is None else limit.value

    def meter_a(self, phase: Phase) -> float:
        """Return what flows from the grid on a phase, A."""
        return self.house_a + sum(
            self.draw_a(row) for row in self.site.chargers if phase in row.phases
        )

    def _tell(self, row: ChargerDecision) -> None:
        if row.set_a > 0 and not self.set_a(row.charger_id):
            self.started_s.append(self.now_s)
        took_a = min(row.set_a, self.accepts_at_most_a)
        self.limits_a[row.charger_id] = Reading(took_a, self.now_s + 1)

    def _snapshot(self, meter: Reading | None) -> Snapshot:
        noise_a = self.now_s % 2 / 500
        shown = [
            meter
            or Reading(
                noise_a + (self.meter_a(row) if self.seen else self.house_a),
                self.now_s,
            )
            if row in self.site.phases
            else None
            for row in Phase
        ]
        return Snapshot(
            phase_currents_a=(shown[0], shown[1], shown[2]),
            chargers=tuple(self._reading(row) for row in self.site.chargers),
        )

    def _reading(self, row: Charger) -> ChargerReading:
        draw_a = self.draw_a(row)
        status = self.status(self.now_s)
        if draw_a > 0 and status is ChargerStatus.CONNECTED:
            status = ChargerStatus.CHARGING
        told_a = draw_a if self.measured_a is None else self.measured_a
        return ChargerReading(
            charger_id=row.charger_id,
            status=status,
            accepted=self.limits_a.get(row.charger_id),
            measured_a=(Reading(told_a, self.now_s),) if row.measures_current else (),
            phase_count=1 if row.phase_switching is not None else None,
        )


@pytest.mark.parametrize(("house_a", "accepts_a"), [(19.5, 11.0), (14.0, 8.0), (5, 16)])
def test_what_was_taken_is_the_set_point_until_more_is_worth_asking(
    house_a: float, accepts_a: float
) -> None:
    history = History(
        home(32, charger(max_current_a=32)), house_a, accepts_at_most_a=accepts_a
    )
    [row] = history.go(60).chargers
    assert row.set_a == accepts_a
    history.accepts_at_most_a = 32
    history.house_a = 5
    history.go(900)
    assert 26 <= history.set_a() <= 27
    history.house_a = 18
    history.go(2)
    assert history.meter_a(Phase.L1) <= 32


@pytest.mark.parametrize("wires", [1, 3])
@pytest.mark.parametrize("cut_a", [3.0, 8.0, 10.0])
def test_a_measurement_that_stays_raises_into_no_overload(
    wires: int, cut_a: float
) -> None:
    phases = ALL[:wires]
    history = History(home(25, charger(phases=phases, measures_current=True)), 5)
    history.go(60)
    assert history.set_a() == 16
    history.measured_a = 16
    history.house_a = 9 + cut_a
    history.go(5)
    for _ in range(300):
        history.go(1)
        assert history.meter_a(Phase.L1) <= 25


@pytest.mark.parametrize("wires", [1, 3])
@pytest.mark.parametrize("house_a", [0.02, 3.0, 12.0])
def test_what_the_meter_does_not_show_is_not_raised(wires: int, house_a: float) -> None:
    car = charger(phases=ALL[:wires], measures_current=True, max_current_a=32)
    history = History(home(25, car), house_a, seen=False)
    history.go(300)
    assert history.meter_a(Phase.L1) <= 25
    [row] = history.go(600).chargers
    assert row.limiting.factor is LimitingFactor.DOUBTED
    assert history.meter_a(Phase.L1) <= 25


@pytest.mark.parametrize(
    "strange",
    [
        Reading(37155, 31),
        Reading(-37155, 31),
        Reading(13, 31, ReadingProblem.UNAVAILABLE),
        Reading(float("nan"), 31),
    ],
)
@pytest.mark.parametrize("wires", [1, 3])
def test_one_absurd_reading_stops_nobody(strange: Reading, wires: int) -> None:
    history = History(home(32, charger(phases=ALL[:wires], max_current_a=32)), 13)
    history.go(30)
    assert 18 <= history.set_a() <= 19
    history.go(1, strange)
    history.go(200)
    assert 18 <= history.set_a() <= 19
    assert len(history.started_s) == 1


@pytest.mark.parametrize("wires", [1, 3])
def test_an_import_limit_that_is_not_known_yet_is_no_freedom(wires: int) -> None:
    site = home(32, charger(phases=ALL[:wires], max_current_a=32))
    currents = tuple(Reading(4.0, 0) if row in site.phases else None for row in Phase)

    def told(limit: Reading) -> ChargerDecision:
        snapshot = Snapshot(
            phase_currents_a=(currents[0], currents[1], currents[2]),
            chargers=(
                ChargerReading(charger_id="car", status=ChargerStatus.CONNECTED),
            ),
            import_cap_w=limit,
        )
        [row] = decide(site, State(), snapshot, 0).chargers
        return row

    unknown = told(Reading(0, 0, ReadingProblem.UNAVAILABLE))
    assert unknown.set_a == 0
    assert unknown.limiting.factor is LimitingFactor.LIMIT_UNKNOWN
    known = told(Reading(10500 if wires == 3 else 3500, 0))
    assert known.set_a == 11


@pytest.mark.parametrize("blink_s", [1, 5, 20])
def test_a_blink_of_the_plug_does_not_shorten_the_pause(blink_s: int) -> None:
    history = History(home(32, charger(max_current_a=32)), 13)
    history.go(20)
    history.house_a = 30
    history.go(10)
    assert history.set_a() == 0
    stopped_s, history.house_a = history.now_s, 13
    history.status = lambda now_s: (
        ChargerStatus.DISCONNECTED
        if stopped_s + 10 <= now_s < stopped_s + 10 + blink_s
        else ChargerStatus.CONNECTED
    )
    history.go(250)
    assert 18 <= history.set_a() <= 19
    _, again_s = history.started_s
    assert again_s - stopped_s >= 170


@pytest.mark.parametrize("mode", [ChargingMode.ECO, ChargingMode.EXCESS])
@pytest.mark.parametrize("house_a", [-2.899, -1.449])
def test_the_sun_of_one_phase_is_not_spread_over_three(
    mode: ChargingMode, house_a: float
) -> None:
    car = charger(
        "ev",
        ALL,
        measures_current=True,
        charging_mode=mode,
        phase_switching=PhaseSwitching(),
    )
    site = home(25, car, can_export=True, excess_threshold_w=500.0)
    state = State()
    for now_s in range(0, 1500, 5):
        drawn_a = 0.0 if not now_s else 6.0
        currents = (drawn_a + house_a, house_a, house_a)
        snapshot = Snapshot(
            phase_currents_a=tuple(Reading(row, now_s) for row in currents),  # type: ignore[arg-type]
            chargers=(
                ChargerReading(
                    charger_id="ev",
                    status=ChargerStatus.CHARGING,
                    accepted=Reading(6, 1) if now_s else None,
                    measured_a=(Reading(drawn_a, now_s),),
                    phase_count=1,
                ),
            ),
        )
        decision = decide(site, state, snapshot, now_s)
        state = decision.state
        assert decision.chargers[0].phase_count in (None, 1)


@pytest.mark.parametrize("order", [("first", "hurry"), ("hurry", "first")])
@pytest.mark.parametrize("fuse_a", [8.0, 11.0, 13.0])
def test_a_departure_counts_also_where_one_waits_for_the_other(
    order: tuple[str, str], fuse_a: float
) -> None:
    site = home(
        fuse_a,
        *(charger(name, priority=1 if name == "first" else 2) for name in order),
        distribution_mode=DistributionMode.SEQUENTIAL_STRICT,
    )
    snapshot = Snapshot(
        phase_currents_a=(Reading(0, 1200), None, None),
        chargers=tuple(
            ChargerReading(charger_id=name, energy_needed_kwh=2.7, departure_s=4800)
            if name == "hurry"
            else ChargerReading(charger_id=name)
            for name in order
        ),
    )
    told = {
        row.charger_id: row.set_a
        for row in decide(site, State(), snapshot, 1200).chargers
    }
    assert told == {"first": 0, "hurry": fuse_a}


@pytest.mark.parametrize("house_a", [11.0, 15.0, 18.0])
def test_a_full_car_of_better_priority_gives_its_place_away(house_a: float) -> None:
    cars = [
        charger(name, priority=rank, measures_current=True)
        for rank, name in enumerate(("full", "hungry"), 1)
    ]
    history = History(home(25, *cars), house_a, {"full": 0.0})
    history.go(400)
    assert history.set_a("hungry") >= 6
    assert history.meter_a(Phase.L1) <= 25


@pytest.mark.parametrize("wires", [1, 3])
@pytest.mark.parametrize("ramp_up_time_s", [20.0, 30.0, 60.0])
def test_a_restart_waits_once(wires: int, ramp_up_time_s: float) -> None:
    site = home(25, charger("ev", ALL[:wires]), ramp_up_time_s=ramp_up_time_s)
    history = History(site, 2)
    history.go(100)
    history.house_a = 22
    history.go(200)
    assert history.set_a("ev") == 0
    history.house_a = 2
    free_s = history.now_s
    history.go(300)
    assert history.set_a("ev") == 16
    assert history.started_s[-1] - free_s <= max(ramp_up_time_s, site.hold_window_s) + 2


@pytest.mark.parametrize("names", [("standard", "solar"), ("solar", "standard")])
@pytest.mark.parametrize("surplus_a", [6.5, 7.0, 16.0])
def test_no_solar_car_starts_on_sun_that_another_takes(
    names: tuple[str, str], surplus_a: float
) -> None:
    site = home(
        63,
        *(charger(name, ALL, charging_mode=ChargingMode(name)) for name in names),
        can_export=True,
    )
    snapshot = Snapshot(
        phase_currents_a=(Reading(-surplus_a, 100),) * 3,
        chargers=tuple(ChargerReading(charger_id=name) for name in names),
    )
    told = {
        row.charger_id: row.set_a
        for row in decide(site, State(), snapshot, 100).chargers
    }
    assert told == {"standard": 16, "solar": 0}
