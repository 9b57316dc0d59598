"""Smart charges from the grid in planned blocks, and from the surplus at any time."""

from dataclasses import replace
from math import inf, nan
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Basis,
    Battery,
    Charger,
    ChargerReading,
    ChargerStatus,
    ChargingMode,
    Circuit,
    Decision,
    LimitingFactor,
    NextBlock,
    Phase,
    Reading,
    Site,
    Snapshot,
    State,
)
from tests.searching import examples

from .strategies import sites, snapshots
from .test_deadlines import SITE as GARAGE

NOW_S = 1_000_020.0
HOUR_S = 3600.0
SOLAR, STANDARD = ChargingMode.SOLAR, ChargingMode.STANDARD


class Home:
    """A car in smart mode that follows at once, on a meter that is read each 5 s."""

    def __init__(self, sun_w: float = 0.0, **settings: Any) -> None:
        """Begin with the car stopped, and a house that takes nothing."""
        settings = {"solar_grace_s": 300.0, "ramp_up_time_s": 10.0} | settings
        self.site = Site(
            circuits=(Circuit(circuit_id="grid", limit_a=(25, 25, 25)),),
            chargers=(
                Charger(
                    charger_id="car",
                    circuit_id="grid",
                    phases=settings.pop("phases", (Phase.L1,)),
                    measures_current=True,
                    pause_s=0.0,
                ),
            ),
            can_export=True,
            charging_mode=ChargingMode.SMART,
            hold_window_s=0.0,
            **settings,
        )
        self.sun_w, self.soc_percent = sun_w, 50.0
        self.state, self.set_a, self.now_s = State(), 0.0, NOW_S

    def step(self, step_s: float = 5.0, **told: Any) -> Decision:
        """Let some time pass and decide on what is told of the car."""
        self.now_s += step_s
        phases = self.site.chargers[0].phases
        loads_a = [-self.sun_w / 230 / 3] * 3
        for phase in phases:
            loads_a[phase] += self.set_a
        first, second, third = (Reading(row, self.now_s) for row in loads_a)
        reading = ChargerReading(
            charger_id="car",
            status=ChargerStatus.CHARGING,
            measured_a=(Reading(self.set_a, self.now_s),) * len(phases),
            accepted=Reading(self.set_a, self.now_s),
            **told,
        )
        snapshot = Snapshot(
            phase_currents_a=(first, second, third),
            battery_soc_percent=Reading(self.soc_percent, self.now_s),
            battery_power_w=Reading(0.0, self.now_s),
            chargers=(reading,),
        )
        decision = decide(self.site, self.state, snapshot, self.now_s)
        self.state, self.set_a = decision.state, decision.chargers[0].set_a
        return decision

    def run(self, length_s: float, **told: Any) -> list[float]:
        """Return what the car was set to in some time, A."""
        return [self.step(**told).chargers[0].set_a for _ in range(int(length_s / 5))]


def test_charges_in_its_block_and_stops_with_it() -> None:
    """It ran from the grid: no grace of the sun holds it beyond."""
    home = Home()
    end_s = NOW_S + 300
    assert max(home.run(100, planned_left_s=600.0)) == 0
    in_block = home.run(190, may_draw_until_s=end_s, planned_left_s=600.0)
    assert in_block[-1] == 16
    decision = home.step(may_draw_until_s=end_s, planned_left_s=600.0)
    assert decision.next_look_s is not None
    assert decision.next_look_s <= end_s
    assert max(home.run(300, may_draw_until_s=end_s, planned_left_s=300.0)) == 0


@pytest.mark.parametrize(("sun_w", "stays_a"), [(2000.0, 8), (1000.0, 0), (6000.0, 16)])
def test_takes_the_surplus_after_its_block(sun_w: float, stays_a: float) -> None:
    home = Home(sun_w)
    home.run(60, may_draw_until_s=home.now_s + 60, planned_left_s=0.0)
    assert home.run(60, planned_left_s=0.0)[-1] == stays_a


def test_a_cloud_has_its_grace_also_where_there_was_a_block() -> None:
    home = Home(3000.0)
    home.run(60, may_draw_until_s=home.now_s + 60, planned_left_s=0.0)
    assert home.run(60, planned_left_s=0.0)[-1] == 13
    home.sun_w = 0.0
    ran = home.run(600, planned_left_s=0.0)
    assert ran[40] == 6
    assert ran[-1] == 0


@pytest.mark.parametrize(
    ("soc_percent", "sun_w", "expected_a"),
    [(50.0, 3000.0, 13), (90.0, 3000.0, 13), (50.0, 0.0, 0), (90.0, 0.0, 0)],
)
def test_surplus_is_taken_at_any_charge_of_the_battery_and_none_of_the_battery(
    soc_percent: float, sun_w: float, expected_a: float
) -> None:
    home = Home(sun_w, battery=Battery())
    home.soc_percent = soc_percent
    assert home.run(120, planned_left_s=0.0)[-1] == expected_a


def test_no_grid_means_surplus_alone_in_a_block_too() -> None:
    home = Home(battery=Battery(), allow_grid_charging=False)
    home.soc_percent = 90.0
    assert max(home.run(60, may_draw_until_s=NOW_S + 999)) == 0
    home.sun_w = 2000.0
    assert home.run(60, may_draw_until_s=NOW_S + 999)[-1] == 8


def test_says_what_it_waits_for() -> None:
    home = Home()
    block = NextBlock(NOW_S + HOUR_S, 0.23, 0.31, NOW_S + 3 * HOUR_S)
    row = home.step(planned_left_s=7200.0, next_block=block).chargers[0]
    reason = row.limiting
    assert (row.set_a, reason.factor) == (0, LimitingFactor.PLAN)
    assert (reason.basis, reason.until_s) == (Basis.PLAN, block.start_s)
    assert (reason.price, reason.price_now, reason.done_s) == block[1:]
    home.sun_w = 3000.0
    home.run(60, planned_left_s=7200.0, next_block=block)
    row = home.step(planned_left_s=7200.0, next_block=block).chargers[0]
    assert (row.set_a, row.limiting.factor) == (13, LimitingFactor.SOLAR)


def test_a_block_that_should_have_begun_is_not_waited_for() -> None:
    home = Home()
    row = home.step(planned_left_s=0.0, next_block=NextBlock(NOW_S)).chargers[0]
    assert (row.set_a, row.limiting.factor) == (0, LimitingFactor.SOLAR)


def shares(**modes_and_told: tuple[ChargingMode, dict[str, float]]) -> list[float]:
    """Return what cars are given that share a fuse of 36 A."""
    chargers = tuple(
        replace(charger, charging_mode=modes_and_told[charger.charger_id][0])
        for charger in GARAGE.chargers
        if charger.charger_id in modes_and_told
    )
    told = tuple(
        ChargerReading(charger_id=name, **row)
        for name, (_, row) in modes_and_told.items()
    )
    snapshot = Snapshot(
        phase_currents_a=(Reading(0.0, NOW_S), None, None), chargers=told
    )
    site = replace(GARAGE, chargers=chargers, can_export=True)
    return [row.allocated_a for row in decide(site, State(), snapshot, NOW_S).chargers]


IN_BLOCK: dict[str, float] = {"may_draw_until_s": NOW_S + 2 * HOUR_S}


def test_is_served_after_standard_and_before_eco() -> None:
    smart = ChargingMode.SMART
    assert shares(a=(smart, IN_BLOCK), b=(STANDARD, {})) == [6, 30]
    assert shares(a=(ChargingMode.ECO, {}), b=(smart, IN_BLOCK)) == [6, 30]
    assert shares(a=(smart, IN_BLOCK), b=(smart, IN_BLOCK)) == [18, 18]


@pytest.mark.parametrize(
    ("needed_kwh", "hours", "planned_h", "expected_a"),
    [
        pytest.param(10.0, 12.0, 2.0, [12, 24], id="of 12 h two are planned"),
        pytest.param(10.0, 2.0, 12.0, [12, 24], id="a plan beyond the departure"),
        pytest.param(10.0, 12.0, 12.0, [18, 18], id="time enough"),
        pytest.param(10.0, 12.0, 0.0, [6, 30], id="a plan that has run out"),
        pytest.param(10.0, 12.0, -9.0, [6, 30], id="nonsense is no time"),
        pytest.param(10.0, 12.0, nan, [18, 18], id="no number is no plan"),
    ],
)
def test_a_deadline_counts_the_planned_time(
    needed_kwh: float, hours: float, planned_h: float, expected_a: list[float]
) -> None:
    """10 kWh in 2 h need 24 A; spread over the whole night they would need 4 A."""
    told = {
        "energy_needed_kwh": needed_kwh,
        "departure_s": NOW_S + hours * HOUR_S,
        "planned_left_s": planned_h * HOUR_S,
    }
    smart = ChargingMode.SMART
    assert shares(a=(smart, IN_BLOCK), b=(smart, told | IN_BLOCK)) == expected_a


def test_a_departure_does_not_press_outside_of_a_block() -> None:
    """Else it would have a floor in dear hours."""
    home = Home()
    leaves_s = NOW_S + HOUR_S
    told = {"energy_needed_kwh": 9.0, "departure_s": leaves_s, "planned_left_s": 60.0}
    assert max(home.run(60, **told)) == 0


@pytest.mark.parametrize("phases", [(Phase.L1,), ALL_PHASES])
def test_without_a_plan_it_begins_when_it_must(phases: tuple[Phase, ...]) -> None:
    """And goes on until it is done, though it is then ahead of time."""
    home = Home(phases=phases)
    kw = 16 * 230 * len(phases) / 1000
    leaves_s, needed_kwh = NOW_S + 5 * HOUR_S, 2 * kw
    began_s = done_s = None
    while home.now_s < leaves_s:
        home.step(60, energy_needed_kwh=needed_kwh, departure_s=leaves_s)
        needed_kwh -= home.set_a * 230 * len(phases) / 1000 / 60
        if home.set_a > 0 and began_s is None:
            began_s = home.now_s
        if began_s is not None and done_s is None and home.set_a <= 0:
            done_s = home.now_s
    assert began_s is not None
    assert leaves_s - 2.3 * HOUR_S < began_s < leaves_s - 2 * HOUR_S
    assert needed_kwh <= 0.1
    assert done_s is not None
    assert done_s - began_s < 2.2 * HOUR_S


def test_without_plan_and_departure_it_has_the_surplus() -> None:
    home = Home()
    assert max(home.run(60, energy_needed_kwh=10.0)) == 0
    home.sun_w = 2000.0
    assert home.run(60)[-1] == 8


def told_to_all(snapshot: Snapshot, **told: Any) -> Snapshot:
    """Return a snapshot in which each charger's reading says so much more."""
    rows = tuple(replace(row, **told) for row in snapshot.chargers)
    return replace(snapshot, chargers=rows)


def all_told(site: Site, snapshot: Snapshot) -> bool:
    told = {row.charger_id for row in snapshot.chargers}
    return {row.charger_id for row in site.chargers} == told


def in_mode(site: Site, mode: ChargingMode) -> Site:
    """Return a site where one that was to be smart has another mode."""
    chargers = tuple(
        replace(row, charging_mode=mode)
        if row.charging_mode is ChargingMode.SMART
        else row
        for row in site.chargers
    )
    return replace(site, chargers=chargers)


def outcome(decision: Decision, *, reasons: bool) -> list[object]:
    return [
        (row.set_a, row.allocated_a, row.send, reasons and row.limiting)
        for row in decision.chargers
    ]


@st.composite
def lives(draw: st.DrawFn, **told: Any) -> tuple[Site, list[tuple[float, Snapshot]]]:
    """Draw a site and what it lives through, each charger telling the same."""
    site = draw(sites())
    now_s, steps = 1e9, []
    for step_s in draw(st.lists(st.sampled_from([0.5, 3, 31, 61, 200]), max_size=8)):
        now_s += step_s
        snapshot = draw(snapshots(site, now_s).filter(lambda row: all_told(site, row)))
        steps.append((now_s, told_to_all(snapshot, **told)))
    return site, steps


@given(lives(may_draw_until_s=2e9, planned_left_s=None, next_block=None), st.booleans())
@settings(max_examples=examples(100))
def test_in_a_block_it_is_as_standard_under_every_limit(life, eco: bool) -> None:
    """Whatever the plan has promised: the limits, the pace and the losses decide."""
    site, steps = life
    other = ChargingMode.ECO if eco else ChargingMode.SMART
    first, *others = site.chargers
    chargers = (
        replace(first, charging_mode=ChargingMode.SMART),
        *(replace(row, charging_mode=other) for row in others),
    )
    site = replace(site, chargers=chargers, allow_grid_charging=True)
    smart = standard = State()
    for now_s, snapshot in steps:
        planned = decide(site, smart, snapshot, now_s)
        plain = decide(in_mode(site, STANDARD), standard, snapshot, now_s)
        assert outcome(planned, reasons=True) == outcome(plain, reasons=True)
        smart, standard = planned.state, plain.state


@given(
    lives(
        may_draw_until_s=None,
        planned_left_s=0.0,
        energy_needed_kwh=None,
        next_block=None,
    ),
    st.data(),
)
@settings(max_examples=examples(100))
def test_outside_of_a_block_it_is_as_solar(life, data: st.DataObject) -> None:
    """It never imports more, whatever others do beside it."""
    site, steps = life
    modes = st.sampled_from([*ChargingMode, ChargingMode.SMART])
    chargers = tuple(
        replace(row, charging_mode=data.draw(modes)) for row in site.chargers
    )
    site = replace(site, chargers=chargers, battery=None)
    smart = solar = State()
    for now_s, snapshot in steps:
        planned = decide(site, smart, snapshot, now_s)
        plain = decide(in_mode(site, SOLAR), solar, snapshot, now_s)
        assert outcome(planned, reasons=True) == outcome(plain, reasons=True)
        smart, solar = planned.state, plain.state


@pytest.mark.parametrize("until_s", [nan, inf, -inf, 1e300, -1.0])
def test_a_block_without_a_sensible_end_is_none(until_s: float) -> None:
    home = Home()
    row = home.step(may_draw_until_s=until_s, planned_left_s=0.0).chargers[0]
    assert (row.set_a, row.allocated_a) == (0, 0)


def test_a_wrong_plan_overloads_nothing() -> None:
    """It promises a whole night; the house leaves 8 A, and then nothing."""
    home = Home()
    home.sun_w = -17 * 3 * 230
    told = {"may_draw_until_s": NOW_S + 9e6, "planned_left_s": 9e6}
    assert home.run(60, **told)[-1] == 8
    home.sun_w = -20 * 3 * 230
    assert home.run(10, **told)[-1] == 0
