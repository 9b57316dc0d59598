"""Circuits with a meter of their own, for what else hangs on them."""

from dataclasses import replace

import pytest

from benchmarks.closed_loop import Run
from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    Circuit,
    CircuitReading,
    Decision,
    LimitingFactor,
    Meter,
    MeterKind,
    MeterLoss,
    MeterLossBehavior,
    PerPhase,
    Reading,
    ReadingProblem,
    Site,
    Snapshot,
    State,
)
from tests.engine.garage import (
    VOLTAGE_V,
    Bay,
    changes,
    fair_shares,
    garage,
    house,
    loop_delay_s,
)

NOW_S = 1_000_000.0
GARAGE = Circuit(
    circuit_id="garage", limit_a=(20, 20, 20), parent_id="grid", meter=Meter()
)
CALM = (5.0, 5.0, 5.0)


def site(*circuits: Circuit, on: str = "garage", **settings: object) -> Site:
    """Return 3 x 40 A with one 32 A charger on a circuit."""
    return Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(40, 40, 40)), *circuits),
        chargers=(Charger(charger_id="a", circuit_id=on, max_current_a=32),),
        **settings,
    )


def told(circuit_id: str, load_a: PerPhase | None) -> CircuitReading:
    """Return what the meter of a circuit tells; None for nothing."""
    if load_a is None:
        return CircuitReading(circuit_id=circuit_id)
    first, second, third = (Reading(value, NOW_S) for value in load_a)
    return CircuitReading(
        circuit_id=circuit_id, phase_currents_a=(first, second, third)
    )


def first_decision(
    where: Site, house_a: PerPhase, *circuits: CircuitReading
) -> Decision:
    """Return what is decided on a plug-in."""
    first, second, third = (Reading(value, NOW_S) for value in house_a)
    snapshot = Snapshot(
        phase_currents_a=(first, second, third),
        circuits=circuits,
        chargers=tuple(
            ChargerReading(charger_id=row.charger_id) for row in where.chargers
        ),
    )
    return decide(where, State(), snapshot, NOW_S)


@pytest.mark.parametrize(
    ("beside_a", "set_a", "factor", "phase", "circuit_id"),
    [
        ((0, 0, 0), 20, LimitingFactor.CIRCUIT, 0, "garage"),
        ((0, 4.5, 0), 15, LimitingFactor.CIRCUIT, 1, "garage"),
        ((14.5, 0, 0), 0, LimitingFactor.CIRCUIT, 0, "garage"),
    ],
)
def test_what_else_hangs_on_the_circuit_is_left_free(
    beside_a: PerPhase,
    set_a: float,
    factor: LimitingFactor,
    phase: int,
    circuit_id: str,
) -> None:
    decision = first_decision(site(GARAGE), (15, 15, 15), told("garage", beside_a))
    row = decision.chargers[0]
    assert row.set_a == set_a
    limiting = row.limiting
    assert (limiting.factor, limiting.phase, limiting.circuit_id) == (
        factor,
        phase,
        circuit_id,
    )
    assert decision.circuits[0].house_a == beside_a


def test_sun_on_the_circuit_gives_the_car_more() -> None:
    where = site(GARAGE, can_export=True)
    decision = first_decision(where, CALM, told("garage", (-6, -6, -6)))
    assert decision.chargers[0].set_a == 26


def test_total_power_counts_on_each_phase_and_no_export_does() -> None:
    circuit = replace(GARAGE, meter=Meter(kind=MeterKind.TOTAL))
    where = site(circuit, can_export=True)
    for power_w, set_a in ((5 * VOLTAGE_V, 15), (-5 * VOLTAGE_V, 20)):
        reading = CircuitReading(
            circuit_id="garage", total_power_w=Reading(power_w, NOW_S)
        )
        decision = first_decision(where, CALM, reading)
        assert decision.chargers[0].set_a == set_a


def test_circuit_without_meter_carries_what_those_below_carry() -> None:
    yard = Circuit(circuit_id="yard", limit_a=(25, 25, 25), parent_id="grid")
    barn = replace(GARAGE, circuit_id="barn", parent_id="yard")
    shed = replace(GARAGE, circuit_id="shed", parent_id="yard")
    where = site(yard, barn, shed, on="yard", can_export=True)
    decision = first_decision(
        where, (11, 11, 11), told("barn", (8, 0, 0)), told("shed", (3, -9, 0))
    )
    row = decision.chargers[0]
    assert row.set_a == 14
    assert (row.limiting.circuit_id, row.limiting.phase) == ("yard", 0)


@pytest.mark.parametrize(
    ("behavior", "set_a"),
    [(MeterLossBehavior.STOP, 0), (MeterLossBehavior.SET_CURRENT, 8)],
)
def test_lost_circuit_meter_is_a_lost_meter_for_its_chargers(
    behavior: MeterLossBehavior, set_a: float
) -> None:
    where = site(GARAGE, meter_loss=MeterLoss(behavior=behavior, fallback_current_a=8))
    elsewhere = Charger(charger_id="b", circuit_id="grid", max_current_a=10)
    where = replace(where, chargers=(*where.chargers, elsewhere))
    decision = first_decision(where, CALM, told("garage", None))
    a, b = decision.chargers
    assert a.set_a == set_a
    assert (a.limiting.factor, a.limiting.circuit_id) == (
        LimitingFactor.METER_LOST,
        "garage",
    )
    assert b.allocated_a == 10
    assert decision.meter_ok
    assert decision.fallback_active
    assert decision.circuits[0].problems == (ReadingProblem.UNAVAILABLE,) * 3


def heat_pump_on_the_circuit(meter_s: float) -> Run:
    """Return two cars on a metered circuit of 20 A, on which a heat pump hangs."""
    run = garage(
        (Bay(name="a", circuit="garage"), Bay(name="b", circuit="garage")),
        house((0, CALM)),
        limit_a=40,
        meter_s=meter_s,
        circuits=(GARAGE,),
        rotation_period_s=10**6,
    )
    run.circuit_loads_a["garage"] = (0.0, 0.0, 0.0)
    return run


@pytest.mark.parametrize("meter_s", [1, 10])
def test_heat_pump_on_the_circuit_costs_the_cars_one_cut(meter_s: float) -> None:
    """Its step is met within the loop's delay, and given back when it ends."""
    run = heat_pump_on_the_circuit(meter_s)
    run.until(300)
    assert run.set_a() == {"a": 10, "b": 10}
    for from_s, heat_pump_a, cars_a in ((300, 7.0, {"a": 7, "b": 6}), (900, 0.0, None)):
        loads_a = (heat_pump_a,) * 3
        run.circuit_loads_a["garage"] = loads_a
        run.plant.set_extra_load("heat pump", (heat_pump_a * VOLTAGE_V,) * 3)
        run.until(from_s + 600)
        assert run.set_a() == (cars_a or {"a": 10, "b": 10})
        assert len(changes(run, from_s, from_s + 600)) <= 4
    assert run.longest_overload_s("garage") <= loop_delay_s(run)
    assert fair_shares(run.site, CALM) == run.set_a()
    assert run.plant.statistics().overload_s == 0
