"""The unbalance limit at the grid: the house counts, and no car adds to it."""

from itertools import permutations

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerReading,
    ChargingMode,
    Circuit,
    LimitingFactor,
    Meter,
    MeterKind,
    PerPhase,
    Phase,
    Reading,
    Site,
    Snapshot,
    State,
)
from tests.searching import examples

NOW_S = 100.0
L1, L2, L3 = ALL_PHASES


def site(
    *wirings: tuple[Phase, ...],
    limit_a: float | None = 18.0,
    meter: Meter | None = None,
    mode: ChargingMode = ChargingMode.STANDARD,
) -> Site:
    """Return 3 x 32 A with a charger on each of these wirings."""
    return Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(32, 32, 32)),),
        chargers=tuple(
            Charger(charger_id=f"ev {place}", circuit_id="grid", phases=phases)
            for place, phases in enumerate(wirings)
        ),
        meter=meter or Meter(),
        can_export=True,
        charging_mode=mode,
        grid_unbalance_limit_a=limit_a,
    )


def snapshot(
    made: Site, load_a: PerPhase, drawn_a: tuple[float, ...], now_s: float
) -> Snapshot:
    """Return what is known while the phases carry so much, of it the cars."""
    first, second, third = (Reading(row, now_s) for row in load_a)
    return Snapshot(
        phase_currents_a=(first, second, third),
        chargers=tuple(
            ChargerReading(
                charger_id=row.charger_id, measured_a=(Reading(current_a, now_s),)
            )
            for row, current_a in zip(made.chargers, drawn_a, strict=True)
        ),
    )


@pytest.mark.parametrize(
    ("house_a", "wiring", "expected_a"),
    [
        # The history of the field: 14 A of the house leave 4 A of 18, no minimum.
        ((14, 0, 0), (L1,), 0),
        ((14, 0, 0), (L2,), 16),
        ((14, 0, 0), (L1, L2, L3), 16),
        ((14, 0, 0), (L1, L2), 0),
        ((14, 0, 0), (L2, L3), 16),
        ((14, 8, 8), (L1,), 12),
        ((14, 8, 5), (L1,), 9),
        ((14, 8, -5), (L1,), 0),
        ((-10, 0, 0), (L1,), 16),
        ((-10, 0, 0), (L2,), 8),
        # The house alone is over the limit: cars may make it less, or leave it.
        ((25, 0, 0), (L1,), 0),
        ((25, 0, 0), (L2,), 16),
        ((25, 0, 0), (L1, L2, L3), 7),
    ],
)
def test_house_counts(
    house_a: PerPhase, wiring: tuple[Phase, ...], expected_a: float
) -> None:
    made = site(wiring)
    known = snapshot(made, house_a, (0.0,), NOW_S)
    (row,) = decide(made, State(), known, NOW_S).chargers
    assert row.set_a == expected_a


def test_reason_names_the_phase() -> None:
    made = site((L1,))
    (row,) = decide(
        made, State(), snapshot(made, (14, 0, 0), (0.0,), NOW_S), NOW_S
    ).chargers
    assert (row.limiting.factor, row.limiting.phase) == (LimitingFactor.UNBALANCE, L1)


def test_total_meter_does_not_tell_the_house_of_a_phase() -> None:
    """Then the limit counts cars alone."""
    made = site((L1,), limit_a=12.0, meter=Meter(kind=MeterKind.TOTAL))
    known = Snapshot(
        total_power_w=Reading(14 * 230.0, NOW_S),
        chargers=(ChargerReading(charger_id="ev 0"),),
    )
    (row,) = decide(made, State(), known, NOW_S).chargers
    assert row.set_a == 12


def loaded_a(
    house_a: PerPhase, wirings: list[tuple[Phase, ...]], set_a: tuple[float, ...]
) -> PerPhase:
    """Return what the phases carry with cars that draw what they may."""
    load_a = list(house_a)
    for phases, current_a in zip(wirings, set_a, strict=True):
        for phase in phases:
            load_a[phase] += current_a
    return (load_a[0], load_a[1], load_a[2])


some_phases = st.sampled_from(
    [(L1,), (L2,), (L3,), (L1, L2), (L2, L3), (L1, L2, L3), (L3, L1, L2)]
)
house_loads = st.tuples(*[st.floats(-15, 30).map(lambda row: round(row, 2))] * 3)


@settings(max_examples=examples(150), deadline=None)
@given(
    wirings=st.lists(some_phases, min_size=1, max_size=4),
    limit_a=st.floats(6, 30),
    mode=st.sampled_from([ChargingMode.STANDARD, ChargingMode.ECO, ChargingMode.SOLAR]),
    houses=st.lists(house_loads, min_size=1, max_size=4),
)
@example(
    wirings=[(L1,), (L2, L3)],
    limit_a=6.0,
    mode=ChargingMode.STANDARD,
    houses=[(1.0, 1.0, 0.0), (0.0, 0.0, 1.0)],
)
def test_no_car_adds_to_an_unbalance_over_the_limit(
    wirings: list[tuple[Phase, ...]],
    limit_a: float,
    mode: ChargingMode,
    houses: list[PerPhase],
) -> None:
    """Whatever the house does: cars keep the limit, or do not add to its own.

    In the first decision after a change of the house it may still be open whether a
    car that was stopped draws on: then nothing is raised, and the next one cuts.
    """
    made = site(*wirings, limit_a=limit_a, mode=mode)
    state, set_a = State(), tuple(0.0 for _ in wirings)
    for place, house_a in enumerate(houses):
        # Several decisions under one house: cuts, pauses and raises.
        for second in (0.0, 100.0, 250.0, 400.0):
            now_s = NOW_S + place * 500.0 + second
            before_a = loaded_a(house_a, wirings, set_a)
            known = snapshot(made, before_a, set_a, now_s)
            decision = decide(made, state, known, now_s)
            state, set_a = decision.state, tuple(row.set_a for row in decision.chargers)
            load_a = loaded_a(house_a, wirings, set_a)
            for phase, other in permutations(ALL_PHASES, 2):
                allowed_a = max(house_a[phase] - house_a[other], limit_a)
                if second == 0.0:
                    allowed_a = max(before_a[phase] - before_a[other], allowed_a)
                assert load_a[phase] - load_a[other] <= allowed_a + 1e-3
