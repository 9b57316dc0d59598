"""Single decisions whose outcome can be worked out by hand."""

from copy import replace
from itertools import pairwise

import pytest

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    BalancerState,
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Decision,
    Lease,
    LimitingFactor,
    Meter,
    MeterKind,
    MeterLoss,
    MeterLossBehavior,
    Phase,
    Reading,
    ReadingProblem,
    Response,
    Site,
    Snapshot,
    State,
)
from custom_components.ev_lb.engine.model.state import SetPoint

NOW_S = 1_000_000.0


def one_phase_site(**changes: object) -> Site:
    """Return 1 x 32 A with a total-power meter and a 32 A charger."""
    charger_changes = changes.pop("charger", {})
    assert isinstance(charger_changes, dict)
    charger = Charger(
        charger_id="garage", circuit_id="grid", phases=(Phase.L1,), max_current_a=32
    )
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(32, 0, 0)),),
        phases=(Phase.L1,),
        meter=Meter(kind=MeterKind.TOTAL),
        chargers=(replace(charger, **charger_changes),),
    )
    return replace(site, **changes)


def three_phase_site(**changes: object) -> Site:
    """Return 3 x 25 A with a meter per phase and a 16 A charger on all of them."""
    charger_changes = changes.pop("charger", {})
    assert isinstance(charger_changes, dict)
    charger = Charger(charger_id="garage", circuit_id="grid")
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25, 25, 25)),),
        chargers=(replace(charger, **charger_changes),),
    )
    return replace(site, **changes)


def total(
    power_w: float,
    now_s: float = NOW_S,
    *,
    car_a: float | None = None,
    status: ChargerStatus | None = None,
    accepted: Reading | None = None,
) -> Snapshot:
    """Return what a total-power meter and the charger tell at a moment."""
    measured = () if car_a is None else (Reading(car_a, now_s),)
    charger = ChargerReading(
        charger_id="garage", status=status, measured_a=measured, accepted=accepted
    )
    return Snapshot(total_power_w=Reading(power_w, now_s), chargers=(charger,))


def phases(
    *amps: float | None, now_s: float = NOW_S, car_a: float | None = None
) -> Snapshot:
    """Return what a meter per phase tells; None for a lost phase."""
    first, second, third = (
        None if value is None else Reading(value, now_s) for value in amps
    )
    measured = () if car_a is None else (Reading(car_a, now_s),)
    return Snapshot(
        phase_currents_a=(first, second, third),
        chargers=(ChargerReading(charger_id="garage", measured_a=measured),),
    )


def set_a(decision: Decision) -> float:
    """Return what the one charger is set to."""
    return decision.chargers[0].set_a


def charging(site: Site, current_a: float) -> State:
    """Return the state of a site whose car has charged for ten minutes."""
    state = resume(site, {"garage": current_a}, NOW_S - 600)
    point = SetPoint(current_a, NOW_S - 600, NOW_S - 600)
    charger = replace(state.chargers[0], set_points=(point,), sent_s=NOW_S - 600)
    return replace(state, chargers=(charger,))


@pytest.mark.parametrize(
    ("before_a", "power_w", "car_a", "expected_a", "available_a"),
    [
        pytest.param(0, 3000, 0, 18, 18.96, id="18 A beside 3 kW of house"),
        pytest.param(
            18, 7140, 18, 18, 18.96, id="the car's own draw is not the house's"
        ),
        pytest.param(18, 7140, None, 18, 18.96, id="the same without a measurement"),
        pytest.param(0, 9000, 0, 0, -7.13, id="9 kW of house leave nothing"),
        pytest.param(18, 9000, 18, 10, 10.87, id="a cut at once"),
        pytest.param(18, 10200, 18, 0, 5.65, id="below 6 A the car stops"),
        pytest.param(18, 10120, 18, 6, 6.0, id="6 A exactly go on"),
        pytest.param(0, 0, 0, 32, 32, id="never above the charger's maximum"),
    ],
)
def test_arithmetic_of_one_phase(
    before_a: float,
    power_w: float,
    car_a: float | None,
    expected_a: float,
    available_a: float,
) -> None:
    """What the plain loop of one charger on one phase decides, in its steady cases."""
    site = one_phase_site()
    state = charging(site, before_a) if before_a else State()
    decision = decide(site, state, total(power_w, car_a=car_a), NOW_S)
    assert set_a(decision) == expected_a
    assert decision.available_a[0] == pytest.approx(available_a, abs=0.01)


@pytest.mark.parametrize(
    ("amps", "expected_a", "phase"),
    [
        ((5.0, 5.0, 5.0), 16, None),
        ((12.2, 3.0, 3.0), 12, Phase.L1),
        ((3.0, 14.9, 3.0), 10, Phase.L2),
        ((3.0, 3.0, 19.5), 0, Phase.L3),
        ((-8.0, 3.0, 15.0), 10, Phase.L3),
    ],
)
def test_worst_phase_limits_a_three_phase_car(
    amps: tuple[float, float, float], expected_a: float, phase: Phase | None
) -> None:
    site = three_phase_site(can_export=True)
    decision = decide(site, State(), phases(*amps), NOW_S)
    assert set_a(decision) == expected_a
    limiting = decision.chargers[0].limiting
    assert limiting.phase is phase
    assert limiting.factor is (
        LimitingFactor.CHARGER_MAX if phase is None else LimitingFactor.FUSE
    )


@pytest.mark.parametrize(("wire", "expected_a"), [(0, 0), (1, 10), (2, 16)])
def test_one_phase_car_is_limited_by_its_own_phase_only(
    wire: int, expected_a: float
) -> None:
    site = three_phase_site(charger={"phases": (ALL_PHASES[wire],)})
    decision = decide(site, State(), phases(21.0, 14.5, 2.0), NOW_S)
    assert set_a(decision) == expected_a


def test_total_power_on_three_phases_is_taken_to_be_on_each() -> None:
    """3 x 25 A with 3450 W: the 15 A may all be on the car's phase."""
    site = three_phase_site(meter=Meter(kind=MeterKind.TOTAL))
    decision = decide(site, State(), total(3450, car_a=0), NOW_S)
    assert set_a(decision) == 10
    one_phase = three_phase_site(
        meter=Meter(kind=MeterKind.TOTAL), charger={"phases": (Phase.L2,)}
    )
    assert set_a(decide(one_phase, State(), total(3450, car_a=0), NOW_S)) == 10


def test_total_power_counts_the_car_on_each_of_its_phases() -> None:
    site = three_phase_site(meter=Meter(kind=MeterKind.TOTAL))
    state = charging(site, 10)
    # 10 A on three phases are 6900 W, and the house draws 2300 W.
    decision = decide(site, state, total(9200, car_a=10), NOW_S)
    assert decision.house_a[0] == pytest.approx(10)


broken = [
    pytest.param(None, ReadingProblem.UNAVAILABLE, id="no reading"),
    pytest.param(
        Reading(3000, NOW_S, ReadingProblem.WRONG_UNIT),
        ReadingProblem.WRONG_UNIT,
        id="a unit that is none",
    ),
    pytest.param(Reading(float("nan"), NOW_S), ReadingProblem.NOT_A_NUMBER, id="nan"),
    pytest.param(Reading(float("inf"), NOW_S), ReadingProblem.NOT_A_NUMBER, id="inf"),
    pytest.param(Reading(1e9, NOW_S), ReadingProblem.IMPLAUSIBLE, id="1e9"),
    pytest.param(Reading(3000, NOW_S - 60), ReadingProblem.STALE, id="a minute old"),
    pytest.param(Reading(3000, NOW_S + 3600), ReadingProblem.STALE, id="from later"),
    pytest.param(
        Reading(-5000, NOW_S), ReadingProblem.IMPLAUSIBLE, id="an export from nowhere"
    ),
]


@pytest.mark.parametrize(("reading", "problem"), broken)
@pytest.mark.parametrize(
    ("behavior", "fallback_a", "expected_a"),
    [
        (MeterLossBehavior.STOP, 6, 0),
        (MeterLossBehavior.IGNORE, 6, 18),
        (MeterLossBehavior.SET_CURRENT, 10, 10),
        (MeterLossBehavior.SET_CURRENT, 50, 18),
        (MeterLossBehavior.SET_CURRENT, 4, 0),
    ],
)
def test_broken_reading_is_a_lost_meter(
    reading: Reading | None,
    problem: ReadingProblem,
    behavior: MeterLossBehavior,
    fallback_a: float,
    expected_a: float,
) -> None:
    """The worst house load of late, 13 A, leaves 18 A for a fallback of 50 A."""
    site = one_phase_site(
        meter_loss=MeterLoss(behavior=behavior, fallback_current_a=fallback_a),
        meter_grace_s=0,
    )
    state = decide(site, charging(site, 18), total(7140, NOW_S - 1), NOW_S - 1).state
    decision = decide(site, state, Snapshot(total_power_w=reading), NOW_S)
    assert decision.problems[0] is problem
    assert set_a(decision) == expected_a
    assert not decision.meter_ok
    assert decision.fallback_active
    assert decision.chargers[0].limiting.factor is LimitingFactor.METER_LOST


def test_one_lost_phase_leaves_the_other_chargers_alone() -> None:
    site = three_phase_site(charger={"phases": (Phase.L1,)})
    other = Charger(charger_id="yard", circuit_id="grid", phases=(Phase.L2,))
    site = replace(site, chargers=(*site.chargers, other))
    snapshot = phases(5.0, None, 5.0)
    snapshot = replace(
        snapshot, chargers=(*snapshot.chargers, ChargerReading(charger_id="yard"))
    )
    decision = decide(site, State(), snapshot, NOW_S)
    assert [row.set_a for row in decision.chargers] == [16, 0]
    factors = [row.limiting.factor for row in decision.chargers]
    assert factors == [LimitingFactor.CHARGER_MAX, LimitingFactor.METER_LOST]


def test_value_of_a_meter_that_repeats_itself_stays_fresh() -> None:
    site = one_phase_site()
    state = State()
    for second in range(0, 600, 30):
        decision = decide(site, state, total(3000, NOW_S + second), NOW_S + second)
        state = decision.state
        assert decision.meter_ok


@pytest.mark.parametrize(
    ("changes", "status", "expected_a", "factor"),
    [
        ({"max_current_a": 10.0}, None, 10, LimitingFactor.CHARGER_MAX),
        ({"manual_limit_a": 8.0}, None, 8, LimitingFactor.MANUAL),
        ({"manual_limit_a": 3.0}, None, 0, LimitingFactor.MANUAL),
        ({"manual_limit_a": 99.0}, None, 18, LimitingFactor.FUSE),
        ({"enabled": False}, None, 0, LimitingFactor.DISABLED),
        ({"min_current_a": 19.0}, None, 0, LimitingFactor.FUSE),
        ({"step_a": 0.1}, None, 18.9, LimitingFactor.FUSE),
        ({}, ChargerStatus.DISCONNECTED, 0, LimitingFactor.CAR),
        ({}, ChargerStatus.CONNECTED, 18, LimitingFactor.FUSE),
    ],
)
def test_settings_and_status_of_the_charger(
    changes: dict[str, object],
    status: ChargerStatus | None,
    expected_a: float,
    factor: LimitingFactor,
) -> None:
    site = one_phase_site(charger=changes)
    decision = decide(site, State(), total(3000, car_a=0, status=status), NOW_S)
    assert set_a(decision) == pytest.approx(expected_a)
    assert decision.chargers[0].limiting.factor is factor


def test_disabled_site_leaves_the_charger_as_it_is() -> None:
    site = one_phase_site(enabled=False)
    decision = decide(site, charging(site, 18), total(12000, car_a=18), NOW_S)
    assert decision.balancer_state is BalancerState.DISABLED
    assert set_a(decision) == 18
    assert not decision.chargers[0].send


def test_restart_raises_nothing_before_a_fresh_reading() -> None:
    """And keeps what was set: no spike and no drop."""
    site = one_phase_site()
    state = resume(site, {"garage": 10}, NOW_S)
    old = total(2300, NOW_S - 5, car_a=10)
    decision = decide(site, state, old, NOW_S)
    assert set_a(decision) == 10
    assert decision.chargers[0].send
    for second in range(1, 50):
        decision = decide(site, decision.state, old, NOW_S + second)
        assert set_a(decision) == 10
    accepted = Reading(10, NOW_S + 1)
    for second in range(50, 120):
        fresh = total(2300, NOW_S + second, car_a=10, accepted=accepted)
        decision = decide(site, decision.state, fresh, NOW_S + second)
    assert set_a(decision) == 32


def test_restart_starts_no_car_on_a_reading_from_before() -> None:
    site = one_phase_site()
    state = resume(site, {}, NOW_S)
    decision = decide(site, state, total(2300, NOW_S - 5, car_a=0), NOW_S)
    assert set_a(decision) == 0


def test_cut_is_made_again_when_nobody_says_that_it_was_taken() -> None:
    """A driver that cannot tell must not keep the engine from cutting on."""
    site = one_phase_site()
    state = charging(site, 18)
    decision = decide(site, state, total(9000), NOW_S)
    assert set_a(decision) == 10
    for second in range(1, 40):
        # The house goes on to rise, and the car has followed.
        decision = decide(
            site, decision.state, total(9000, NOW_S + second), NOW_S + second
        )
    assert set_a(decision) < 10


def test_charger_that_does_not_follow_is_told_again() -> None:
    site = one_phase_site(charger={"measures_current": True})
    state = charging(site, 18)
    accepted = None
    sent = []
    for second in range(120):
        now_s = NOW_S + second
        decision = decide(
            site, state, total(9000, now_s, car_a=18, accepted=accepted), now_s
        )
        state = decision.state
        row = decision.chargers[0]
        if row.send:
            sent.append((second, row.set_a))
            accepted = Reading(row.set_a, now_s)
    # Nothing else can end the overload that the meter shows.
    assert [current_a for _, current_a in sent] == [10] + [0] * (len(sent) - 1)
    assert 3 <= len(sent) <= 6
    assert not decision.chargers[0].following


def test_charger_that_is_away_is_not_raised_but_cut() -> None:
    site = one_phase_site()
    away = ChargerReading(charger_id="garage", available=False)
    low = replace(total(2300 + 10 * 230), chargers=(away,))
    state = charging(site, 10)
    for second in range(0, 200, 10):
        snapshot = replace(low, total_power_w=Reading(4600, NOW_S + second))
        decision = decide(site, state, snapshot, NOW_S + second)
        state = decision.state
        assert set_a(decision) == 10
    high = replace(low, total_power_w=Reading(9000, NOW_S + 200))
    assert set_a(decide(site, state, high, NOW_S + 200)) == 0


def test_lease_is_renewed_before_it_ends() -> None:
    lease = Lease(duration_s=60, fallback_current_a=6)
    site = one_phase_site(charger={"lease": lease})
    state, sent_s, now_s = State(), [], NOW_S
    while now_s < NOW_S + 300:
        snapshot = total(3000, now_s, accepted=Reading(18, NOW_S))
        decision = decide(site, state, snapshot, now_s)
        state = decision.state
        if decision.chargers[0].send:
            sent_s.append(now_s)
        assert decision.next_look_s is not None
        now_s = decision.next_look_s
    gaps_s = [after - before for before, after in pairwise(sent_s)]
    assert gaps_s
    assert max(gaps_s) <= 30


def test_since_when_a_limit_holds_is_kept() -> None:
    site = one_phase_site()
    first = decide(site, State(), total(3000), NOW_S)
    later = decide(site, first.state, total(3010, NOW_S + 40), NOW_S + 40)
    assert later.chargers[0].limiting == first.chargers[0].limiting
    assert later.chargers[0].limiting.since_s == NOW_S


def test_a_raise_that_a_cut_undid_explains_no_load_any_more() -> None:
    """Once the cut has had its effect, what is more on the meter is the house's."""
    response = Response(dead_time_s=2)
    site = one_phase_site(charger={"measures_current": True, "response": response})
    state, accepted = State(), Reading(0, NOW_S - 1)
    for second in range(15):
        now_s = NOW_S + second
        house_a = 6 if second < 4 else 12 if second < 10 else 17
        # The car is at once where it was told to be.
        load_w = (house_a + accepted.value) * 230
        told = total(load_w, now_s, car_a=accepted.value, accepted=accepted)
        decision = decide(site, state, told, now_s)
        state = decision.state
        if set_a(decision) != accepted.value:
            accepted = Reading(set_a(decision), now_s)
        expected_a = 26 if second < 4 else 20 if second < 10 else 15
        assert set_a(decision) == expected_a
