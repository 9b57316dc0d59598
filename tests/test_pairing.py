"""Which phases a charger's wires hang on, by what its cars do."""

from itertools import permutations
from random import Random

import pytest

from benchmarks.pairing import Outcome, watch_seed
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Phase,
    Reading,
    Site,
    Snapshot,
)
from custom_components.ev_lb.health.pairing import (
    Finder,
    Order,
    PairingFinding,
    PairingWatch,
    Step,
)

ORDERS = list(permutations(ALL_PHASES))
HOUSE_A = (5.0, 3.0, 2.0)
STEPS_A = (0.0, 10.0, 0.0, 16.0, 8.0, 16.0, 6.0, 0.0)
L1, L2, L3 = ALL_PHASES


def site(*orders: Order) -> Site:
    return Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25.0, 25.0, 25.0)),),
        chargers=tuple(
            Charger(charger_id=f"{number}", circuit_id="grid", phases=order)
            for number, order in enumerate(orders)
        ),
    )


def watch(
    order: Order,
    used: int,
    steps_a: tuple[float, ...] = STEPS_A,
    *,
    told_late_s: int = 6,
    meter_s: int = 1,
    measured: bool = True,
    noise_a: float = 0.0,
    other_car: bool = False,
) -> PairingFinding:
    """Let a car on the first wires take each step for a minute; return the finding."""
    home = site(order, order) if other_car else site(order)
    pairing, random = PairingWatch(), Random(1)
    house_a, meter = HOUSE_A, Reading(0.0, 0.0)
    meter_a: tuple[Reading, ...] = (meter, meter, meter)
    for second in range(60 * len(steps_a)):
        drawn_a = steps_a[second // 60]
        told_a = steps_a[max(second - told_late_s, 0) // 60]
        if second % 7 == 0:
            first, *rest = (load_a + random.gauss(0, noise_a) for load_a in HOUSE_A)
            house_a = (first, rest[0], rest[1])
        cars_a = drawn_a * (2 if other_car else 1)
        if second % meter_s == 0:
            meter_a = tuple(
                Reading(house_a[p] + (cars_a if p in order[:used] else 0.0), second)
                for p in ALL_PHASES
            )
        status = ChargerStatus.CHARGING if drawn_a else ChargerStatus.CONNECTED
        chargers = tuple(
            ChargerReading(
                charger_id=row.charger_id,
                status=status,
                measured_a=(Reading(told_a, second),) if measured else (),
                accepted=Reading(drawn_a, second // 60 * 60.0),
            )
            for row in home.chargers
        )
        phase_currents_a = (meter_a[0], meter_a[1], meter_a[2])
        snapshot = Snapshot(phase_currents_a=phase_currents_a, chargers=chargers)
        pairing.look(home, snapshot, float(second))
    return pairing.finding(home, home.chargers[0])


@pytest.mark.parametrize("order", ORDERS)
def test_a_car_on_one_phase_tells_the_first_wire(order: Order) -> None:
    finding = watch(order, 1)
    assert {found[0] for found in finding.orders} == {order[0]}
    assert len(finding.orders) == 2
    assert finding.order is None


@pytest.mark.parametrize("order", ORDERS)
def test_a_car_on_two_phases_tells_the_last_wire(order: Order) -> None:
    finding = watch(order, 2)
    assert {found[2] for found in finding.orders} == {order[2]}


@pytest.mark.parametrize("order", ORDERS)
def test_a_car_on_all_phases_tells_nothing_of_their_order(order: Order) -> None:
    assert set(watch(order, 3).orders) == set(ORDERS)


@pytest.mark.parametrize("phase", ALL_PHASES)
def test_a_charger_with_one_wire_is_found_whole(phase: Phase) -> None:
    finding = watch((phase,), 1)
    assert finding.order == (phase,)
    assert finding.votes == finding.of == 7


@pytest.mark.parametrize("meter_s", [1, 5, 10, 20])
@pytest.mark.parametrize("measured", [True, False])
def test_a_slow_meter_and_an_unmeasured_car_do_as_well(
    meter_s: int, measured: bool
) -> None:
    assert watch((L3,), 1, meter_s=meter_s, measured=measured).order == (L3,)


@pytest.mark.parametrize(
    "steps_a",
    [
        # Too few of them, and too small ones.
        (0.0, 10.0, 0.0, 10.0),
        (6.0, 9.0, 6.0, 9.0, 6.0, 9.0, 6.0, 9.0),
    ],
)
def test_little_proves_nothing(steps_a: tuple[float, ...]) -> None:
    assert len(watch((L2,), 1, steps_a).orders) == 3


def test_noise_makes_unsure_but_not_wrong() -> None:
    calm, loud = watch((L2,), 1, noise_a=1.0), watch((L2,), 1, noise_a=12.0)
    assert calm.order == (L2,)
    assert loud.order is None
    assert (L2,) in loud.orders


def test_two_cars_at_once_prove_nothing() -> None:
    assert watch((L2,), 1, other_car=True).of == 0


def steps(*answers: str) -> PairingFinding:
    """Return what steps that show on these phases come to."""
    finder = Finder(ALL_PHASES, 3)
    for number, answer in enumerate(answers):
        changes_a = {phase: 10.0 * (phase.name in answer) for phase in ALL_PHASES}
        finder.add(Step(float(number), 10.0, changes_a))
    return finder.finding()


def test_coincidences_are_outvoted_and_no_more() -> None:
    """An oven that goes with the car is a wrong answer now and then."""
    assert steps(*["L2"] * 6, "L1 L2", "L2 L3").orders == ((L2, L1, L3), (L2, L3, L1))
    assert steps(*["L2"] * 4, *["L1"] * 4).orders == tuple(ORDERS)


def test_a_house_that_hides_a_car_on_all_wires_is_no_evidence() -> None:
    """Each time L1 of the house rises, the car is cut by as much, and back later."""
    home, pairing = site(ALL_PHASES), PairingWatch()
    swings = [(5.0, 16.0), (11.0, 10.0), (11.0, 10.0), (5.0, 10.0), (5.0, 16.0)]
    for second in range(60 * 8 * len(swings)):
        house_a, drawn_a = swings[second // 60 % len(swings)]
        told = Reading(drawn_a, second)
        meter = tuple(
            Reading(drawn_a + load_a, second) for load_a in (house_a, 3.0, 2.0)
        )
        row = ChargerReading(
            charger_id="0", status=ChargerStatus.CHARGING, measured_a=(told,)
        )
        snapshot = Snapshot(phase_currents_a=meter, chargers=(row,))
        pairing.look(home, snapshot, 1000.0 + second)
    assert not pairing.finding(home, home.chargers[0]).contradicts(ALL_PHASES)


def test_cars_of_all_wires_say_nothing_against_others() -> None:
    assert len(steps(*["L1 L2 L3"] * 8, *["L3"] * 4).orders) == 2


@pytest.mark.parametrize(
    ("told", "contradicts", "nearest"),
    [
        # The first wire fits: there is nothing to complain about.
        ((L2, L3, L1), False, (L2, L3, L1)),
        ((L2, L1, L3), False, (L2, L1, L3)),
        # Rotated: swapped wires would turn motors round.
        ((L1, L2, L3), True, (L2, L3, L1)),
        ((L3, L2, L1), True, (L2, L1, L3)),
    ],
)
def test_what_was_told_is_held_against_what_was_seen(
    told: Order, contradicts: bool, nearest: Order
) -> None:
    finding = steps(*["L2"] * 5)
    assert finding.contradicts(told) is contradicts
    assert finding.nearest(told) == nearest


def test_a_day_in_a_random_home() -> None:
    """One charger has one wire, which shows; the other's car loads all three alike."""
    one_wire, three_wires = watch_seed(3)
    assert (one_wire.outcome, three_wires.outcome) == (Outcome.WHOLE, Outcome.UNSURE)
    assert not one_wire.ever_wrong
    assert one_wire.contradicts is not one_wire.told_right
