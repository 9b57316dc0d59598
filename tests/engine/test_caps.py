"""Import cap, external cap, power buffer and capacity tariff."""

from dataclasses import replace
from math import inf, nan
from typing import Any

from hypothesis import assume, example, given, strategies as st
import pytest

from benchmarks.closed_loop import Run, site_for
from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    CapacityTariff,
    Charger,
    ChargerReading,
    ChargingMode,
    Circuit,
    ExternalCap,
    LimitingFactor,
    Phase,
    Reading,
    ReadingProblem,
    Site,
    Snapshot,
    State,
)
from custom_components.ev_lb.simulation.household import HouseholdLoad
from custom_components.ev_lb.simulation.meter import MeterConfiguration, MeterFault
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

NOW_S = 1_000_800.0
"""A full quarter of an hour."""
VOLTAGE_V = 230


def site(*phase_counts: int, **settings: Any) -> Site:
    """Return 3 x 25 A with a 16 A charger for each number of phases, from L1 on."""
    chargers = tuple(
        Charger(
            charger_id=f"car {place}",
            circuit_id="grid",
            phases=ALL_PHASES if count == 3 else (ALL_PHASES[place],),
        )
        for place, count in enumerate(phase_counts)
    )
    made = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25, 25, 25)),), chargers=chargers
    )
    return replace(made, **settings)


def house(*amps: float, now_s: float = NOW_S, **known: Any) -> Snapshot:
    """Return what is known while the house draws so much on each phase."""
    first, second, third = (Reading(value, now_s) for value in amps)
    return Snapshot(phase_currents_a=(first, second, third), **known)


def outcome(made: Site, snapshot: Snapshot) -> tuple[list[float], list[LimitingFactor]]:
    """Return what each charger is set to at first, and what limits it."""
    cars = tuple(ChargerReading(charger_id=row.charger_id) for row in made.chargers)
    snapshot = replace(snapshot, chargers=cars)
    rows = decide(made, State(), snapshot, NOW_S).chargers
    return [row.set_a for row in rows], [row.limiting.factor for row in rows]


@pytest.mark.parametrize(
    ("number_w", "told_w", "expected_a", "factor"),
    [
        (None, None, 16, LimitingFactor.CHARGER_MAX),
        (9000, None, 12, LimitingFactor.IMPORT_CAP),
        (None, 9000, 12, LimitingFactor.IMPORT_CAP),
        (9000, 7000, 9, LimitingFactor.IMPORT_CAP),
        (7000, 9000, 9, LimitingFactor.IMPORT_CAP),
        (9000, inf, 12, LimitingFactor.IMPORT_CAP),
        (9000, nan, 0, LimitingFactor.LIMIT_UNKNOWN),
        (nan, None, 0, LimitingFactor.IMPORT_CAP),
        (4000, None, 0, LimitingFactor.IMPORT_CAP),
        (-100, None, 0, LimitingFactor.IMPORT_CAP),
        (50000, None, 16, LimitingFactor.CHARGER_MAX),
    ],
)
def test_lower_import_cap_holds(
    number_w: float | None,
    told_w: float | None,
    expected_a: float,
    factor: LimitingFactor,
) -> None:
    """The house draws 3 x 1 A, so that 9000 W leave 8310 W: 12 A on three phases."""
    told = None if told_w is None else Reading(told_w, NOW_S)
    snapshot = house(1, 1, 1, import_cap_w=told)
    assert outcome(site(3, import_cap_w=number_w), snapshot) == (
        [expected_a],
        [factor],
    )


@pytest.mark.parametrize(
    ("then", "expected_a"),
    [
        (Reading(nan, NOW_S, ReadingProblem.UNAVAILABLE), 12),
        (Reading(nan, NOW_S), 12),
        (Reading(inf, NOW_S), 16),
        (None, 16),
        (Reading(7000, NOW_S), 9),
    ],
)
def test_lost_import_cap_goes_on_as_it_was(
    then: Reading | None, expected_a: float
) -> None:
    """Only an entity that tells of no cap, or is no longer set, lifts it."""
    made = site(3)
    state = State()
    for minute, cap in enumerate((Reading(9000, NOW_S), then, then)):
        now_s = NOW_S + 60 * minute
        snapshot = house(
            1,
            1,
            1,
            now_s=now_s,
            import_cap_w=cap,
            chargers=(ChargerReading(charger_id="car 0"),),
        )
        decision = decide(made, state, snapshot, now_s)
        state = decision.state
    assert decision.chargers[0].allocated_a == expected_a


def test_import_cap_does_not_shrink_a_single_phase() -> None:
    """5000 W are 7 A on each of three phases, but all of them may be on one."""
    assert outcome(site(1, import_cap_w=5000), house(0, 0, 0)) == (
        [16],
        [LimitingFactor.CHARGER_MAX],
    )


def test_import_cap_counts_the_export_of_other_phases() -> None:
    made = site(1, import_cap_w=2000, can_export=True)
    assert outcome(made, house(3, -5, 0))[0] == [10]


def test_import_cap_is_shared_by_chargers_on_different_phases() -> None:
    assert outcome(site(1, 1, import_cap_w=4600), house(0, 0, 0))[0] == [10, 10]


@pytest.mark.parametrize(
    ("cap", "told", "phase_counts", "expected_a"),
    [
        pytest.param(ExternalCap(), inf, (3,), [16], id="no signal"),
        pytest.param(ExternalCap(), 4200, (3,), [6], id="4.2 kW on three phases"),
        pytest.param(ExternalCap(), 4200, (1,), [16], id="4.2 kW on one phase"),
        pytest.param(ExternalCap(), 4200, (1, 1), [9, 9], id="together"),
        pytest.param(
            ExternalCap(per_charger=True), 4200, (1, 1), [16, 16], id="for each"
        ),
        pytest.param(
            ExternalCap(per_charger=True), 2070, (1, 1), [9, 9], id="for each, low"
        ),
        pytest.param(ExternalCap(), 0, (1,), [0], id="nothing at all"),
        pytest.param(ExternalCap(), None, (3,), [6], id="a lost signal is on"),
        pytest.param(ExternalCap(), nan, (3,), [6], id="a senseless signal is on"),
        pytest.param(
            ExternalCap(power_w=2300), None, (1,), [10], id="its own power when lost"
        ),
    ],
)
def test_external_cap(
    cap: ExternalCap,
    told: float | None,
    phase_counts: tuple[int, ...],
    expected_a: list[float],
) -> None:
    """The grid operator's cap is on the cars' power; the house does not count."""
    signal = None if told is None else Reading(told, NOW_S)
    made = site(*phase_counts, external_cap=cap)
    assert outcome(made, house(5, 5, 5, external_cap_w=signal))[0] == expected_a


def test_unavailable_external_signal_is_on_and_says_so() -> None:
    told = Reading(inf, NOW_S, ReadingProblem.UNAVAILABLE)
    made = site(3, external_cap=ExternalCap())
    assert outcome(made, house(1, 1, 1, external_cap_w=told)) == (
        [6],
        [LimitingFactor.EXTERNAL_CAP],
    )


@pytest.mark.parametrize(
    ("unbalance_limit_a", "signal_w", "factor", "phase"),
    [
        (10.0, inf, LimitingFactor.UNBALANCE, ALL_PHASES[0]),
        (10.0, 1840.0, LimitingFactor.EXTERNAL_CAP, None),
        (None, 1840.0, LimitingFactor.EXTERNAL_CAP, None),
        (20.0, inf, LimitingFactor.CHARGER_MAX, None),
    ],
)
def test_unbalance_limit_is_not_the_operator_s_signal(
    unbalance_limit_a: float | None,
    signal_w: float,
    factor: LimitingFactor,
    phase: Phase | None,
) -> None:
    """A car on one phase is told which of the two holds it, and on which phase."""
    made = site(
        1, unbalance_limit_a=unbalance_limit_a, external_cap=ExternalCap(power_w=4200.0)
    )
    snapshot = house(1, 1, 1, external_cap_w=Reading(signal_w, NOW_S))
    cars = (ChargerReading(charger_id="car 0"),)
    (row,) = decide(made, State(), replace(snapshot, chargers=cars), NOW_S).chargers
    assert (row.limiting.factor, row.limiting.phase) == (factor, phase)


def test_power_buffer_is_not_for_eco() -> None:
    made = site(1, 1, power_buffer_w=6900)
    standard, eco = made.chargers
    eco = replace(eco, charging_mode=ChargingMode.ECO)
    made = replace(made, chargers=(standard, eco))
    assert outcome(made, house(10, 10, 0))[0] == [0, 6]


@pytest.mark.parametrize(
    ("follows_peak", "month_peak_w", "expected_a"),
    [(True, 7500.0, 10), (True, 2500.0, 6), (True, None, 6), (False, 7500.0, 6)],
)
def test_tariff_follows_the_month_peak(
    follows_peak: bool, month_peak_w: float | None, expected_a: float
) -> None:
    """A peak that is spent costs nothing more; a lower one does not bind."""
    tariff = CapacityTariff(limit_w=4500, follows_peak=follows_peak)
    told = None if month_peak_w is None else Reading(month_peak_w, NOW_S)
    made = site(3, capacity_tariff=tariff)
    assert outcome(made, house(0, 0, 0, month_peak_w=told)) == (
        [expected_a],
        [LimitingFactor.CAPACITY_TARIFF],
    )


def home(tariff: CapacityTariff, household: HouseholdLoad | None = None) -> Run:
    """Return a home on 3 x 25 A with one charger under a capacity tariff."""
    sampling = Sampling(period_s=5, latency_s=1)
    configuration = PlantConfiguration(meter=MeterConfiguration(sampling=sampling))
    if household is not None:
        configuration = replace(configuration, household=household, start_hour=0)
    made = replace(site_for(configuration), capacity_tariff=tariff)
    return Run(made, Plant(configuration))


def steady(power_w: float) -> HouseholdLoad:
    """Return a house that always draws so much."""
    third_w = power_w / 3
    return HouseholdLoad(seconds=(0,), powers_w=((third_w, third_w, third_w),))


def period_wh(run: Run, end_s: float) -> tuple[float, float]:
    """Live on to a moment; return what house and car used on the way, W h."""
    plant = run.plant
    first = round(plant.configuration.start_hour * 3600 + plant.now_s)
    seconds = range(first, first + round(end_s - plant.now_s))
    household = plant.configuration.household
    house_wh = sum(sum(household.power_w(second)) for second in seconds) / 3600
    before_kwh = plant.view().chargers[0].total_kwh
    run.until(end_s)
    return house_wh, (plant.view().chargers[0].total_kwh - before_kwh) * 1000


@pytest.mark.parametrize(
    ("period_s", "limit_w", "hours"), [(900, 8000, 2), (3600, 6000, 3)]
)
def test_mean_of_every_period_stays_under_the_limit(
    period_s: int, limit_w: float, hours: int
) -> None:
    """On the recorded day; the car gets 95 % of what was there with foresight."""
    run = home(CapacityTariff(limit_w=limit_w, period_s=period_s))
    best_wh = car_wh = 0.0
    for end_s in range(period_s, hours * 3600 + 1, period_s):
        house_wh, used_wh = period_wh(run, end_s)
        limit_wh = limit_w * period_s / 3600
        assert house_wh + used_wh <= limit_wh
        best_wh += min(limit_wh - house_wh, 3 * 16 * VOLTAGE_V * period_s / 3600)
        car_wh += used_wh
    assert car_wh >= 0.95 * best_wh
    stops = [row for row in run.commands if row.current_a == 0 < row.before_a]
    # The recorded afternoon begins with an oven, before there is anything to spare.
    assert not any(row.time_s > 600 for row in stops)


def test_little_room_under_the_limit_stops_the_car_no_more_than_needed() -> None:
    """The house leaves less than the minimum in the first periods."""
    run = home(CapacityTariff(limit_w=5000))
    for end_s in range(900, 2 * 3600 + 1, 900):
        house_wh, used_wh = period_wh(run, end_s)
        assert house_wh + used_wh <= 1250
    stops = [row for row in run.commands if row.current_a == 0 < row.before_a]
    # A pause of three minutes after each leaves at most two in a quarter.
    assert len(stops) <= 8
    assert not any(row.time_s > 3600 for row in stops)


def test_nothing_jumps_at_the_end_of_a_period() -> None:
    """What is left over is not thrown into the last minute, nor the car stopped."""
    run = home(CapacityTariff(limit_w=8000), steady(1000))
    run.until(2 * 3600)
    moves = [row for row in run.commands if row.time_s > 1000 and row.before_a]
    assert all(abs(row.current_a - row.before_a) <= 2 for row in moves)
    assert len(moves) <= 2 * 4 * 2


def test_start_in_the_middle_of_a_period() -> None:
    """What nobody saw counts as the limit's own share."""
    run = home(CapacityTariff(limit_w=6000), steady(600))
    run.plant.advance(450)
    house_wh, used_wh = period_wh(run, 900)
    assert used_wh <= 6000 * 450 / 3600 - house_wh
    assert used_wh >= 0.9 * (6000 * 450 / 3600 - house_wh)


def test_meter_lost_in_the_middle_of_a_period() -> None:
    """The last power counts on, so that the period still keeps its limit."""
    run = home(CapacityTariff(limit_w=6000), steady(600))
    run.until(1200)
    run.plant.set_meter_fault(MeterFault.LOST)
    run.until(1260)
    assert run.set_a() == {"charger": 0}
    run.plant.set_meter_fault(None)
    before_kwh = run.plant.view().chargers[0].total_kwh
    run.until(1800)
    assert run.plant.view().chargers[0].total_kwh > before_kwh
    house_wh, used_wh = period_wh(run, 2700)
    assert house_wh + used_wh <= 1500


def test_period_that_went_wrong_stops_the_car_and_the_next_one_starts_it() -> None:
    """12 kW of house for five minutes use up a quarter of an hour at 4 kW."""
    burst = HouseholdLoad(
        seconds=(0, 1000, 1300),
        powers_w=((100.0,) * 3, (4000.0,) * 3, (100.0,) * 3),
        length_s=10**6,
    )
    run = home(CapacityTariff(limit_w=4800), burst)
    run.until(1790)
    assert run.set_a() == {"charger": 0}
    run.until(1800)
    house_wh, used_wh = period_wh(run, 2700)
    assert run.set_a()["charger"] >= 6
    assert 1000 <= house_wh + used_wh <= 1200


@pytest.mark.parametrize("ahead_s", [0.0, 137.0, 899.0, 3600.0, 5000.5])
def test_period_is_the_wall_clock_s_after_it_was_set_back(ahead_s: float) -> None:
    """The biller's meter counts by the true time, whatever the site's clock says."""
    made = site(3, capacity_tariff=CapacityTariff(limit_w=6000))
    state = State()
    wall_s = NOW_S + 400
    for back_s in (0.0, ahead_s):
        now_s = wall_s + back_s
        known = house(1, 1, 1, now_s=now_s, clock_ahead_s=back_s)
        decided = decide(made, state, known, now_s)
        state = decided.state
    period = decided.state.period
    assert period is not None
    assert period.number == NOW_S // 900
    end_s = NOW_S + 900 + ahead_s
    at_end = house(1, 1, 1, now_s=end_s, clock_ahead_s=ahead_s)
    before = decide(made, state, at_end, end_s - 1).state.period
    after = decide(made, state, at_end, end_s).state.period
    assert before is not None
    assert after is not None
    assert (before.number, after.number) == (NOW_S // 900, NOW_S // 900 + 1)
    assert decided.next_look_s is not None
    assert decided.next_look_s <= end_s


@given(
    limit_w=st.floats(5000, 15_000),
    house_a=st.floats(0, 8),
    passed_s=st.floats(1, 890),
    ahead_s=st.sampled_from([0.0, 137.0, 3600.0]),
)
@example(limit_w=6000.0, house_a=3.0, passed_s=450.0, ahead_s=137.0)
def test_reason_tells_what_the_rest_of_the_period_may_import(
    limit_w: float, house_a: float, passed_s: float, ahead_s: float
) -> None:
    """The margin of what steers is a part of that: it is reserved."""
    made = site(3, capacity_tariff=CapacityTariff(limit_w=limit_w))
    first_s = NOW_S + ahead_s
    amps = (house_a, house_a, house_a)
    cars = (ChargerReading(charger_id="car 0"),)
    known = house(*amps, now_s=first_s, clock_ahead_s=ahead_s, chargers=cars)
    state = decide(made, State(), known, first_s).state
    now_s = first_s + passed_s
    known = house(*amps, now_s=now_s, clock_ahead_s=ahead_s, chargers=cars)
    decided = decide(made, state, known, now_s)
    reason, period = decided.chargers[0].limiting, decided.tariff_period
    assume(reason.limit is LimitingFactor.CAPACITY_TARIFF)
    assert period is not None
    left_w = (limit_w * 900 - period.energy_ws) / (first_s + 900 - period.read_s)
    assert reason.capacity_w == pytest.approx(max(left_w, 0.0))
    assert reason.limit_ends_s == first_s + 900
    assert reason.load_w is not None
    assert reason.reserved_w >= 0


@pytest.mark.parametrize("ahead_s", [nan, inf, -inf, 1e300])
def test_clock_that_makes_no_sense_is_the_wall_s(ahead_s: float) -> None:
    made = site(3, capacity_tariff=CapacityTariff(limit_w=6000))
    odd = decide(made, State(), house(1, 1, 1, clock_ahead_s=ahead_s), NOW_S)
    assert odd.state.period == decide(made, State(), house(1, 1, 1), NOW_S).state.period
