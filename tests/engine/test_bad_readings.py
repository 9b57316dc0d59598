"""A meter that tells nonsense, or nothing, for a moment (design section 4.1)."""

from math import inf, nan
from random import Random

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    CircuitReading,
    Decision,
    Meter,
    MeterKind,
    MeterLoss,
    MeterLossBehavior,
    Reading,
    ReadingProblem,
    Site,
    Snapshot,
    State,
)

FUSE_A = 25.0
VOLTAGE_V = 230.0
BAD: tuple[Reading | None, ...] = (
    None,
    Reading(0.0, 0.0, ReadingProblem.UNAVAILABLE),
    Reading(0.0, 0.0, ReadingProblem.NOT_A_NUMBER),
    Reading(0.0, 0.0, ReadingProblem.WRONG_UNIT),
    Reading(37155.0, 0.0),
    Reading(-37155.0, 0.0),
    Reading(nan, 0.0),
    Reading(inf, 0.0),
    # Within what a fuse bears for a moment, but no home without a sun exports it.
    Reading(-40.0, 0.0),
)
TIMELESS = Reading(5.0, 10_000.0)
"""A value from far ahead."""
HEAT_PUMP = "heat pump"


class Home:
    """A house and a car that follows at once; its meter may tell nonsense."""

    def __init__(
        self,
        *,
        kind: MeterKind = MeterKind.PER_PHASE,
        measured: bool = True,
        below: bool = False,
        grace_s: float = 10.0,
        freshness_s: float = 60.0,
        behavior: MeterLossBehavior = MeterLossBehavior.STOP,
    ) -> None:
        meter = Meter(kind=kind, freshness_limit_s=freshness_s)
        circuits = (Circuit(circuit_id="grid", limit_a=(FUSE_A,) * 3),)
        if below:
            circuits += (
                Circuit(
                    circuit_id=HEAT_PUMP,
                    limit_a=(FUSE_A,) * 3,
                    parent_id="grid",
                    meter=meter,
                ),
            )
        self.site = Site(
            circuits=circuits,
            chargers=(
                Charger(
                    charger_id="car",
                    circuit_id=HEAT_PUMP if below else "grid",
                    measures_current=measured,
                ),
            ),
            meter=meter,
            meter_loss=MeterLoss(behavior=behavior),
            meter_grace_s=grace_s,
        )
        self.state = State()
        self.car_a = 0.0
        self.house_a = 5.0
        self.now_s = 0.0
        self.told: Reading | None = None

    def pass_time(
        self, bad: Reading | bool | None = False, step_s: float = 1.0
    ) -> Decision:
        """Let a moment pass; `bad` is what the meter tells in place of its reading."""
        self.now_s += step_s
        value_a = self.house_a + self.car_a
        good = bad is False
        grid = Reading(value_a, self.now_s)
        if not good:
            assert not isinstance(bad, bool)
            grid = bad
            if bad is not None and bad is not TIMELESS:
                grid = bad._replace(time_s=self.now_s)
        below = self.site.circuits[-1].meter is not None
        amps = (Reading(value_a, self.now_s) if below else grid,) * 3
        snapshot = Snapshot(
            phase_currents_a=amps,
            total_power_w=_watts(amps[0]),
            circuits=(
                CircuitReading(
                    circuit_id=HEAT_PUMP,
                    phase_currents_a=(grid,) * 3,
                    total_power_w=_watts(grid),
                ),
            )
            if below
            else (),
            chargers=(
                ChargerReading(
                    charger_id="car",
                    status=ChargerStatus.CHARGING,
                    measured_a=(Reading(self.car_a, self.now_s),)
                    if self.site.chargers[0].measures_current
                    else (),
                    accepted=self.told,
                ),
            ),
        )
        decision = decide(self.site, self.state, snapshot, self.now_s)
        self.state = decision.state
        set_a = decision.chargers[0].set_a
        if self.told is None or self.told.value != set_a:
            self.told = Reading(set_a, self.now_s)
        self.car_a = set_a
        return decision

    def settle(self, seconds: int = 45) -> float:
        """Wait until the car has what it can have; return that, A."""
        for _ in range(seconds):
            decision = self.pass_time()
        return decision.chargers[0].set_a


def _watts(reading: Reading | None) -> Reading | None:
    """Return three phases alike as one power."""
    return reading and reading._replace(value=3 * VOLTAGE_V * reading.value)


HOMES = [
    pytest.param({}, id="each phase"),
    pytest.param({"measured": False}, id="not measured"),
    pytest.param({"kind": MeterKind.TOTAL}, id="total"),
    pytest.param({"below": True}, id="meter of a circuit"),
]


@pytest.mark.parametrize("bad", [*BAD, TIMELESS], ids=str)
@pytest.mark.parametrize("kind", HOMES)
def test_one_bad_reading_stops_no_car(
    kind: dict[str, object], bad: Reading | None
) -> None:
    home = Home(**kind)  # type: ignore[arg-type]
    charges_a = home.settle()
    assert charges_a > 0
    for _ in range(2):
        decision = home.pass_time(bad)
        assert decision.chargers[0].set_a == charges_a
        assert decision.meter_ok
        for _ in range(12):
            assert home.pass_time().chargers[0].set_a == charges_a


@pytest.mark.parametrize("bad", [*BAD, TIMELESS], ids=str)
@pytest.mark.parametrize("kind", HOMES)
def test_after_the_grace_the_meter_is_lost(
    kind: dict[str, object], bad: Reading | None
) -> None:
    home = Home(**kind)  # type: ignore[arg-type]
    charges_a = home.settle()
    for _ in range(10):
        assert home.pass_time(bad).chargers[0].set_a == charges_a
    assert home.pass_time(bad).chargers[0].set_a == 0
    assert home.pass_time(bad).fallback_active


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_without_a_grace_it_is_lost_at_once(bad: Reading | None) -> None:
    home = Home(grace_s=0.0)
    assert home.settle() > 0
    assert home.pass_time(bad).chargers[0].set_a == 0


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_time_alone_ends_the_grace(bad: Reading | None) -> None:
    """The decision says when, and holds until then."""
    home = Home()
    home.settle()
    decision = home.pass_time(bad)
    assert decision.next_look_s is not None
    assert decision.next_look_s <= home.now_s + 10
    assert home.pass_time(bad, step_s=10.0).chargers[0].set_a == 0


def test_nothing_is_raised_on_an_old_reading() -> None:
    """The house makes room just before the meter fails: that counts once it is back."""
    home = Home(grace_s=60.0)
    home.house_a = 15.0
    before_a = home.settle()
    home.house_a = 5.0
    home.pass_time()
    for _ in range(50):
        assert home.pass_time(None).chargers[0].set_a <= before_a
    assert home.settle() > before_a


def test_no_car_starts_on_an_old_reading() -> None:
    """Its pause ends while the meter tells nothing."""
    home = Home(grace_s=60.0)
    home.settle()
    home.house_a = 24.0
    home.pass_time()
    home.house_a = 5.0
    assert home.settle(170) == 0
    for _ in range(50):
        assert home.pass_time(None).chargers[0].set_a == 0
    assert home.settle(5) > 0


def test_no_longer_than_a_silent_meter_would_be_believed() -> None:
    home = Home(grace_s=120.0, freshness_s=20.0)
    assert home.settle() > 0
    for _ in range(19):
        assert home.pass_time(None).chargers[0].set_a > 0
    home.pass_time(None)
    assert home.pass_time(None).chargers[0].set_a == 0


def test_a_start_without_any_reading_has_nothing_to_count_on() -> None:
    home = Home()
    assert home.pass_time(None).fallback_active


def test_one_phase_that_fails_does_not_bring_back_a_frozen_one() -> None:
    """What counts on is what was believed before, not what was lost."""
    home = Home()
    home.settle()
    for _ in range(11):
        home.pass_time(None)
    assert home.pass_time(None).fallback_active
    assert home.pass_time(BAD[4]).fallback_active


@given(
    seed=st.integers(0, 10**6),
    measured=st.booleans(),
    period_s=st.integers(5, 60),
    lasts_s=st.integers(1, 9),
)
@example(seed=1, measured=True, period_s=60, lasts_s=1)
@example(seed=2924, measured=True, period_s=8, lasts_s=1)
@settings(max_examples=5)
def test_failed_polls_cost_next_to_nothing(
    seed: int, measured: bool, period_s: int, lasts_s: int
) -> None:
    """Whatever fails and whenever: no overload, no stop, and no raise meanwhile."""
    random = Random(seed)
    home = Home(measured=measured)
    home.settle()
    for second in range(240):
        if second % 80 == 0:
            home.house_a = random.uniform(1, 16)
        is_bad = second % (period_s + lasts_s) >= period_s and second % 80 > 2
        before_a = home.car_a
        decision = home.pass_time(random.choice(BAD) if is_bad else False)
        set_a = decision.chargers[0].set_a
        assert set_a > 0
        if is_bad:
            assert set_a <= before_a
        assert second % 80 == 0 or home.house_a + set_a <= FUSE_A + 1e-6
