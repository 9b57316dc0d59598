"""Meters that are wired wrongly give themselves away by what cars do to them."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    Circuit,
    Meter,
    MeterKind,
    Phase,
    Reading,
    Site,
    Snapshot,
)
from custom_components.ev_lb.health.cross_check import CrossCheck, Verdict
from tests.searching import examples

STEPS_A = (0.0, 10.0, 0.0, 16.0, 8.0, 0.0)
HOUSE_A = (5.0, 3.0, 2.0)

type MeterOf = Callable[[Phase, float], float]


def site(*phases: Phase, kind: MeterKind = MeterKind.PER_PHASE) -> Site:
    return Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25.0, 25.0, 25.0)),),
        chargers=(Charger(charger_id="garage", circuit_id="grid", phases=phases),),
        meter=Meter(kind=kind),
    )


def honest(drawn_a: float) -> float:
    return drawn_a


def watch(
    home: Site,
    shows: MeterOf,
    steps_a: tuple[float, ...] = STEPS_A,
    told_late_s: int = 6,
    measures: Callable[[float], float] = honest,
) -> Verdict:
    """Let a car take each step for a minute; return what that shows of the meter.

    The car tells what it draws some seconds after the meter.
    """
    check = CrossCheck()
    for second in range(60 * len(steps_a)):
        drawn_a = steps_a[second // 60]
        told_a = steps_a[max(second - told_late_s, 0) // 60]
        told = snapshot(home, shows, drawn_a, measures(told_a), second)
        told = replace(
            told,
            chargers=tuple(
                replace(row, accepted=Reading(drawn_a, second)) for row in told.chargers
            ),
        )
        check.look(home, told, 1000.0 + second, None)
    return check.verdict("garage")


def snapshot(
    home: Site, shows: MeterOf, drawn_a: float, told_a: float, second: int
) -> Snapshot:
    charger = ChargerReading(charger_id="garage", measured_a=(Reading(told_a, second),))
    values = [shows(phase, drawn_a) for phase in Phase]
    if home.meter.kind is MeterKind.TOTAL:
        total = Reading(sum(values) * 230, second)
        return Snapshot(total_power_w=total, chargers=(charger,))
    first, second_, third = (Reading(value, second) for value in values)
    return Snapshot(phase_currents_a=(first, second_, third), chargers=(charger,))


def right(*phases: Phase) -> MeterOf:
    return lambda phase, car_a: HOUSE_A[phase] + (car_a if phase in phases else 0.0)


@pytest.mark.parametrize("kind", MeterKind)
@pytest.mark.parametrize("phases", [(Phase.L2,), tuple(Phase)])
def test_a_meter_that_is_right(phases: tuple[Phase, ...], kind: MeterKind) -> None:
    home = site(*phases, kind=kind)
    assert watch(home, right(*phases)) == Verdict.RIGHT


@pytest.mark.parametrize("kind", MeterKind)
def test_import_and_export_swapped(kind: MeterKind) -> None:
    shown = right(*Phase)
    home = site(*Phase, kind=kind)
    found = watch(home, lambda phase, car_a: -shown(phase, car_a))
    assert found == Verdict.SIGN


@pytest.mark.parametrize("kind", MeterKind)
@given(
    st.sampled_from(
        [
            lambda drawn_a: -drawn_a,
            lambda drawn_a: 16.0 - drawn_a,
            lambda drawn_a: drawn_a - 20.0,
            lambda drawn_a: -3.0 * drawn_a,
            lambda drawn_a: 1000.0 * drawn_a,
        ]
    )
)
@settings(max_examples=examples(10))
def test_a_sensor_that_shows_what_cannot_be_tells_nothing_against_the_meter(
    kind: MeterKind, measures: Callable[[float], float]
) -> None:
    home = site(*Phase, kind=kind)
    assert watch(home, right(*Phase), measures=measures) == Verdict.RIGHT


def test_what_was_seen_holds_while_the_sensor_tells_nothing() -> None:
    """Else a blink of it would lift the doubt on a meter that is wrong."""
    home, shown, check = site(*Phase), right(*Phase), CrossCheck()

    def swapped(phase: Phase, car_a: float) -> float:
        return -shown(phase, car_a)

    for second in range(60 * len(STEPS_A)):
        told_a = drawn_a = STEPS_A[second // 60]
        now = snapshot(home, swapped, drawn_a, told_a, second)
        check.look(home, now, 1000.0 + second, None)
    check.look(home, Snapshot(), 2000.0, None)
    assert check.verdict("garage") == Verdict.SIGN


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_a_wrong_unit(factor: float) -> None:
    shown = right(Phase.L1)
    found = watch(site(Phase.L1), lambda phase, car_a: factor * shown(phase, car_a))
    assert found == Verdict.UNIT


@pytest.mark.parametrize(
    "steps_a",
    [
        # Two steps are not enough, and small ones prove nothing.
        (0.0, 10.0, 0.0),
        (6.0, 9.0, 6.0, 9.0, 6.0, 9.0),
    ],
)
def test_little_proves_nothing(steps_a: tuple[float, ...]) -> None:
    shown = right(Phase.L1)
    found = watch(
        site(Phase.L1), lambda phase, car_a: -shown(phase, car_a), steps_a=steps_a
    )
    assert found == Verdict.RIGHT


def test_a_stuck_meter_is_not_a_swapped_one() -> None:
    found = watch(site(Phase.L1), lambda phase, _: HOUSE_A[phase])
    assert found == Verdict.RIGHT
