"""The numbers of a reason are the facts of the decision that has it."""

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Basis,
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    CircuitReading,
    Decision,
    ExternalCap,
    LimitingFactor,
    Meter,
    MeterKind,
    Phase,
    Reading,
    Site,
    Snapshot,
    State,
)
from tests.searching import examples

NOW_S = 1_000_800.0
ON_FUSES = (LimitingFactor.FUSE, LimitingFactor.CIRCUIT)
EXACT_A = 0.01
"""How exactly sums of drawn currents agree, A."""

amps = st.sampled_from([0.0, 0.4, 1.0, 2.3, 3.0, 5.5, 8.0, 12.3, 25.0])
seldom = st.sampled_from([False, False, False, True])


@st.composite
def homes(draw: st.DrawFn) -> Site:
    """Draw a home whose chargers hang on its grid connection, a garage and a cellar."""
    places = ("grid", "garage", "cellar")
    fuses = (
        Circuit(circuit_id="grid", limit_a=draw(st.tuples(*[st.integers(16, 63)] * 3))),
        Circuit(
            circuit_id="garage",
            limit_a=draw(st.tuples(*[st.integers(10, 40)] * 3)),
            parent_id="grid",
            meter=draw(st.none() | st.builds(Meter)),
        ),
        Circuit(
            circuit_id="cellar",
            limit_a=draw(st.tuples(*[st.integers(10, 40)] * 3)),
            parent_id="garage",
        ),
    )
    cars = tuple(
        Charger(
            charger_id=f"car {number}",
            circuit_id=draw(st.sampled_from(places)),
            phases=draw(
                st.sampled_from([ALL_PHASES, (Phase.L1,), (Phase.L2,), (Phase.L3,)])
            ),
            max_current_a=draw(st.sampled_from([10.0, 16.0, 32.0])),
            step_a=draw(st.sampled_from([1.0, 0.1])),
            measures_current=True,
        )
        for number in range(draw(st.integers(1, 3)))
    )
    return Site(
        circuits=fuses,
        chargers=cars,
        meter=Meter(kind=draw(st.sampled_from([*MeterKind, MeterKind.PER_PHASE]))),
        can_export=True,
        power_buffer_w=draw(st.sampled_from([0.0, 0.0, 690.0])),
        import_cap_w=15000.0 if draw(seldom) else None,
        external_cap=ExternalCap(power_w=4200.0) if draw(seldom) else None,
        unbalance_limit_a=12.0 if draw(seldom) else None,
        grid_unbalance_limit_a=14.0 if draw(seldom) else None,
    )


BELOW = {
    "grid": ("grid", "garage", "cellar"),
    "garage": ("garage", "cellar"),
    "cellar": ("cellar",),
}
OVER = {
    "grid": ("grid",),
    "garage": ("garage", "grid"),
    "cellar": ("cellar", "garage", "grid"),
}
type House = dict[str, tuple[float, float, float]]


def carried_a(site: Site, house: House, set_a: dict[str, float], place: str) -> list:
    """Return what a circuit carries on each phase, house and cars."""
    return [
        sum(house[below][phase] for below in BELOW[place])
        + sum(
            set_a.get(car.charger_id, 0.0)
            for car in site.chargers
            if phase in car.phases and car.circuit_id in BELOW[place]
        )
        for phase in ALL_PHASES
    ]


def shown(site: Site, house: House, set_a: dict[str, float], now_s: float) -> Snapshot:
    """Return what meters and chargers show of cars that follow at once."""

    def phases(place: str) -> tuple[Reading, Reading, Reading]:
        first, second, third = carried_a(site, house, set_a, place)
        return Reading(first, now_s), Reading(second, now_s), Reading(third, now_s)

    grid = phases("grid")
    return Snapshot(
        phase_currents_a=grid,
        total_power_w=Reading(sum(row.value for row in grid) * site.voltage_v, now_s),
        external_cap_w=Reading(4200.0, now_s),
        circuits=(
            CircuitReading(circuit_id="garage", phase_currents_a=phases("garage")),
        )
        if site.circuits[1].meter is not None
        else (),
        chargers=tuple(
            ChargerReading(
                charger_id=car.charger_id,
                status=ChargerStatus.CHARGING,
                measured_a=(Reading(set_a.get(car.charger_id, 0.0), now_s),),
                accepted=Reading(set_a.get(car.charger_id, 0.0), now_s),
            )
            for car in site.chargers
        ),
    )


type Lived = list[tuple[Site, Snapshot, Decision]]


@st.composite
def courses(draw: st.DrawFn) -> Lived:
    """Draw a home and let it live, with a house load that comes and goes."""
    site, state, now_s = draw(homes()), State(), NOW_S
    set_a: dict[str, float] = {}
    lived: Lived = []
    for wait_s in draw(st.lists(st.sampled_from([2.0, 10.0, 40.0, 200.0]), max_size=6)):
        now_s += wait_s
        house = {place: draw(st.tuples(*[amps] * 3)) for place in BELOW}
        snapshot = shown(site, house, set_a, now_s)
        decision = decide(site, state, snapshot, now_s)
        lived.append((site, snapshot, decision))
        state = decision.state
        set_a = {row.charger_id: row.set_a for row in decision.chargers}
    return lived


def limit_a(site: Site, place: str, phase: Phase) -> float:
    return next(row for row in site.circuits if row.circuit_id == place).limit_a[phase]


def house_a(decision: Decision, place: str, phase: Phase) -> float:
    """Return what else hangs on a circuit, as far as the decision tells."""
    if place == "grid":
        return decision.house_a[phase] or 0.0
    found = (row for row in decision.circuits if row.circuit_id == place)
    return next((row.house_a[phase] or 0.0 for row in found), 0.0)


@given(courses())
@settings(max_examples=examples(150))
def test_a_reason_has_the_limit_that_is_in_force(lived: Lived) -> None:
    for site, _, decision in lived:
        for car, row in zip(site.chargers, decision.chargers, strict=True):
            reason = row.limiting
            if reason.circuit_id is not None and reason.phase is not None:
                assert reason.phase in car.phases
                assert reason.circuit_id in OVER[car.circuit_id]
                whole_a = limit_a(site, reason.circuit_id, reason.phase)
                if reason.limit is LimitingFactor.UNBALANCE:
                    whole_a = site.grid_unbalance_limit_a
                assert reason.capacity_a == whole_a
            if reason.limit is LimitingFactor.IMPORT_CAP:
                assert reason.capacity_w == pytest.approx(site.import_cap_w)
            if reason.limit is LimitingFactor.EXTERNAL_CAP:
                assert reason.capacity_w == pytest.approx(4200.0)
            if reason.limit is LimitingFactor.UNBALANCE and not reason.circuit_id:
                assert reason.capacity_a == site.unbalance_limit_a
            if reason.factor is LimitingFactor.CHARGER_MAX:
                assert reason.capacity_a == car.max_current_a


@given(courses())
@settings(max_examples=examples(150))
def test_a_load_of_now_is_no_more_than_its_meter_shows(lived: Lived) -> None:
    for site, snapshot, decision in lived:
        meters = {"grid": snapshot.phase_currents_a}
        if site.meter.kind is MeterKind.TOTAL:
            total_a = snapshot.total_power_w.value / site.voltage_v
            meters["grid"] = (Reading(total_a, decision.time_s),) * 3
        meters |= {row.circuit_id: row.phase_currents_a for row in snapshot.circuits}
        for row in decision.chargers:
            reason = row.limiting
            if reason.load_w is not None and reason.basis is Basis.NOW:
                carried_w = snapshot.total_power_w.value
                assert reason.load_w <= carried_w + 1
            if reason.load_a is None or reason.basis is not Basis.NOW:
                continue
            if reason.circuit_id in meters:
                carried_a = meters[reason.circuit_id][reason.phase].value
                assert reason.load_a <= max(carried_a, 0.0) + EXACT_A
            else:
                assert reason.load_a == 0


@given(courses())
@settings(max_examples=examples(150))
def test_a_fuse_that_limits_is_the_tightest_and_its_numbers_add_up(
    lived: Lived,
) -> None:
    for site, _, decision in lived:
        for car, row in zip(site.chargers, decision.chargers, strict=True):
            reason = row.limiting
            steady = row.set_a == row.allocated_a and reason.basis is Basis.NOW
            if reason.factor not in ON_FUSES or not steady:
                continue
            left_a = reason.capacity_a - reason.load_a - reason.reserved_a
            if row.set_a > 0:
                assert left_a - car.step_a - EXACT_A <= row.set_a <= left_a + EXACT_A
            else:
                # What others have on another place then is no reason of its own.
                assert left_a < car.min_current_a
                continue
            if any(other.set_a != other.allocated_a for other in decision.chargers):
                continue
            by_place = {
                (place, phase): _left_a(site, decision, car, place, phase)
                for place in OVER[car.circuit_id]
                for phase in car.phases
            }
            here_a = by_place[reason.circuit_id, reason.phase]
            assert here_a <= min(by_place.values()) + EXACT_A


def _left_a(
    site: Site, decision: Decision, car: Charger, place: str, phase: Phase
) -> float:
    """Return what is left on a circuit beside the house, the buffer and other cars."""
    others_a = sum(
        row.allocated_a
        for other, row in zip(site.chargers, decision.chargers, strict=True)
        if other is not car
        and phase in other.phases
        and other.circuit_id in BELOW[place]
    )
    kept_a = site.power_buffer_w / site.voltage_v / 3 if place == "grid" else 0.0
    load_a = house_a(decision, place, phase)
    return limit_a(site, place, phase) - load_a - kept_a - others_a
