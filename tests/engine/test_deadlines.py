"""Cars that must leave are served first, and nobody is worse off without them."""

from dataclasses import replace

import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    Circuit,
    Phase,
    Reading,
    Site,
    Snapshot,
    State,
)

NOW_S = 1_000_020.0
HOUR_S = 3600.0
SITE = Site(
    circuits=(Circuit(circuit_id="grid", limit_a=(36, 0, 0)),),
    phases=(Phase.L1,),
    chargers=tuple(
        Charger(
            charger_id=name, circuit_id="grid", phases=(Phase.L1,), max_current_a=32
        )
        for name in ("a", "b", "c")
    ),
)


def allocated(needs: dict[str, tuple[float, float]], site: Site = SITE) -> list[float]:
    """Return what cars get that need (kWh, in hours), on a fuse with 36 A left."""
    told = []
    for charger in site.chargers:
        reading = ChargerReading(charger_id=charger.charger_id)
        if charger.charger_id in needs:
            needed_kwh, hours = needs[charger.charger_id]
            reading = replace(
                reading,
                energy_needed_kwh=needed_kwh,
                departure_s=NOW_S + hours * HOUR_S,
            )
        told.append(reading)
    snapshot = Snapshot(
        phase_currents_a=(Reading(0.0, NOW_S), None, None), chargers=tuple(told)
    )
    decision = decide(site, State(), snapshot, NOW_S)
    return [row.allocated_a for row in decision.chargers]


@pytest.mark.parametrize(
    ("needs", "expected_a"),
    [
        pytest.param({}, [12, 12, 12], id="nobody must leave"),
        pytest.param({"b": (10, 2)}, [6, 24, 6], id="10 kWh in 2 h need all there is"),
        pytest.param({"b": (7.36, 2)}, [9, 18, 9], id="the rest is shared as ever"),
        pytest.param({"b": (1, 10)}, [12, 12, 12], id="time enough changes nothing"),
        pytest.param({"b": (10, -1)}, [12, 12, 12], id="too late changes nothing"),
        pytest.param({"b": (0, 1)}, [12, 12, 12], id="full changes nothing"),
        pytest.param(
            {"a": (20, 4), "b": (6.9, 1)}, [6, 24, 6], id="least laxity comes first"
        ),
        pytest.param({"b": (float("nan"), 1)}, [12, 12, 12], id="no number"),
    ],
)
def test_those_who_leave_first_are_served(
    needs: dict[str, tuple[float, float]], expected_a: list[float]
) -> None:
    assert allocated(needs) == expected_a


def test_a_car_in_a_hurry_does_not_wait_in_the_queue() -> None:
    """A fuse with room for two: the third one must leave, and runs."""
    site = replace(SITE, circuits=(Circuit(circuit_id="grid", limit_a=(13, 0, 0)),))
    assert allocated({}, site) == [7, 6, 0]
    assert allocated({"c": (2, 1)}, site) == [6, 0, 7]


def test_deadline_is_looked_at_again_every_minute() -> None:
    snapshot = Snapshot(
        phase_currents_a=(Reading(0.0, NOW_S), None, None),
        chargers=(
            ChargerReading(
                charger_id="a", energy_needed_kwh=10, departure_s=NOW_S + HOUR_S
            ),
        ),
    )
    decision = decide(SITE, State(), snapshot, NOW_S)
    assert decision.next_look_s is not None
    assert decision.next_look_s <= NOW_S + 60
