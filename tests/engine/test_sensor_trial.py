"""A charger's sensor that lies is found by the charger's own steps, and only that one."""

from dataclasses import replace
from random import Random

import pytest

from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    MeterKind,
    Phase,
    Response,
    SensorFault,
)

from .liars import Lie, LyingCharger, LyingHome

WIRES = {1: (Phase.L1,), 3: ALL_PHASES}
LIES = {
    "negative": (Lie.SCALED, -1.0, SensorFault.NEGATIVE),
    "watts": (Lie.SCALED, 230.0, SensorFault.SCALED),
    "milliampere": (Lie.SCALED, 1000.0, SensorFault.SCALED),
    "sum of phases": (Lie.SCALED, 3.0, SensorFault.SCALED),
    "half": (Lie.SCALED, 0.5, SensorFault.SCALED),
    "kiloampere": (Lie.SCALED, 0.001, SensorFault.STUCK),
    "stuck": (Lie.STUCK, 1.0, SensorFault.STUCK),
}


def bay(
    name: str, random: Random, *, car_max_a: float, wires: int = 3, most_a: float = 16
) -> LyingCharger:
    """Return a charger whose sensor tells the truth."""
    dead_time_s = random.choice([1, 3, 8])
    return LyingCharger(
        charger=Charger(
            charger_id=name,
            circuit_id="grid",
            phases=WIRES[wires],
            max_current_a=most_a,
            measures_current=True,
            pause_s=60.0,
            response=Response(dead_time_s=dead_time_s + 2),
        ),
        wires=WIRES[wires],
        car_max_a=car_max_a,
        dead_time_s=dead_time_s,
        report_s=random.choice([1, 5, 10]),
        tells_phases=random.random() < 0.5,
    )


def home(
    random: Random, bays: list[LyingCharger], kind: MeterKind, end_s: int
) -> LyingHome:
    """Return a home whose house moves by much every few minutes, and a little always."""
    house, now_s, level_a = [], 0, 3.0
    while now_s < end_s:
        if random.random() < 0.1:
            level_a = random.choice([2.0, 6.0, 10.0, 14.0, 18.0])
        rows = [level_a + random.uniform(-0.4, 0.4) for _ in range(3)]
        house.append((now_s, (rows[0], rows[1], rows[2])))
        now_s += 20
    return LyingHome(
        limit_a=25,
        kind=kind,
        period_s=random.choice([1, 5]),
        bays=bays,
        house_a=house,
        can_export=random.random() < 0.5,
    )


@pytest.mark.parametrize("wires", [1, 3])
@pytest.mark.parametrize("name", LIES)
def test_lie_is_found_and_named(name: str, wires: int) -> None:
    random = Random(f"{name} {wires}")
    lie, factor, fault = LIES[name]
    liar = bay("garage", random, car_max_a=32, wires=wires)
    liar = replace(liar, lie=lie, factor=factor, stuck_s=100)
    place = home(random, [liar], MeterKind.PER_PHASE, 7200)
    for now_s in range(60, 7200, 60):
        place.live(now_s)
        trial = place.state.chargers[0].trial
        if trial.dropped:
            break
    found = trial.verdict
    assert found is not None
    assert found.fault is fault
    if fault is SensorFault.SCALED:
        assert found.factor == pytest.approx(factor, rel=0.3)
    assert not place.state.chargers[0].measurements
    assert place.longest_overload_s() <= 2 * place.answer_s()


def test_sensor_that_behaves_again_is_used_again() -> None:
    random = Random(7)
    liar = bay("garage", random, car_max_a=32)
    liar = replace(liar, lie=Lie.SCALED, factor=-1.0)
    place = home(random, [liar], MeterKind.PER_PHASE, 14400)
    now_s = 0
    while not place.state.chargers or not place.state.chargers[0].trial.dropped:
        now_s += 60
        place.live(now_s)
    liar.lie = Lie.NONE
    while place.state.chargers[0].trial.dropped:
        now_s += 60
        place.live(now_s)
    place.live(now_s + 60)
    assert place.state.chargers[0].measurements
    assert place.state.chargers[0].trial.verdict is None


@pytest.mark.parametrize("seed", range(12))
def test_no_verdict_on_sensors_that_are_right(seed: int) -> None:
    """Whatever the cars take, and whatever the house does meanwhile."""
    random = Random(seed)
    bays = [
        bay(
            f"charger {number}",
            random,
            car_max_a=random.choice([0, 8, 10, 16, 32]),
            wires=random.choice([1, 3]),
            most_a=random.choice([16, 32]),
        )
        for number in range(random.choice([1, 1, 2]))
    ]
    place = home(random, bays, random.choice(list(MeterKind)), 3600)
    for now_s in range(300, 3600, 300):
        place.live(now_s)
        assert not any(row.trial.dropped for row in place.state.chargers)


def test_first_contradiction_stops_raises_and_only_for_a_while() -> None:
    """The cut was followed, by the meter; the sensor repeats what it showed before."""
    random = Random(3)
    liar = bay("garage", random, car_max_a=32, wires=1)
    liar = replace(liar, lie=Lie.STUCK, stuck_s=100, report_s=1, dead_time_s=3)
    calm, busy = (3.0, 3.0, 3.0), (17.0, 17.0, 17.0)
    place = LyingHome(
        limit_a=25,
        kind=MeterKind.PER_PHASE,
        period_s=5,
        bays=[liar],
        house_a=[(0, calm), (150, busy), (230, calm)],
    )
    place.live(230)
    assert place.sets_a[-1] == (8,)
    assert place.state.chargers[0].trial.doubted_until_s > 230
    assert not place.state.chargers[0].trial.dropped
    place.live(290)
    assert place.sets_a[-1] == (8,)
    place.live(500)
    assert place.sets_a[-1] == (16,)
