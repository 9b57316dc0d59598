"""Whatever a charger answers, and however soon: decisions come to rest."""

from collections.abc import Callable

import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Phase,
    Reading,
    Response,
    Site,
    Snapshot,
)
from custom_components.ev_lb.engine.model.state import State

FUSE_A = 25.0
SENT_MOST = 4
"""Commands in one moment: a few answers may teach what to ask for."""

ANSWERS: dict[str, Callable[[float], float]] = {
    "as asked": lambda asked_a: asked_a,
    "never below its minimum": lambda asked_a: max(asked_a, 6.0),
    "never below 8 A": lambda asked_a: max(asked_a, 8.0),
    "always the same": lambda _asked_a: 10.0,
    "one more": lambda asked_a: asked_a + 1.0,
    "twice": lambda asked_a: 2 * asked_a,
    "in steps of 4 A, upwards": lambda asked_a: -(-asked_a // 4) * 4.0,
    "1 A for a stop": lambda asked_a: asked_a or 1.0,
    "its highest for a stop": lambda asked_a: asked_a or 16.0,
    "half": lambda asked_a: asked_a / 2,
    "nothing": lambda _asked_a: 0.0,
}


@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("answer", ANSWERS)
def test_commands_come_to_rest_in_each_moment(
    answer: str, count: int, measured: bool
) -> None:
    names = [f"car {number}" for number in range(count)]
    chargers = tuple(
        Charger(
            charger_id=name,
            circuit_id="grid",
            phases=tuple(Phase),
            max_current_a=16.0,
            pause_s=0.0,
            measures_current=measured,
            response=Response(dead_time_s=2.0),
        )
        for name in names
    )
    circuits = (Circuit(circuit_id="grid", limit_a=(FUSE_A,) * 3),)
    site = Site(circuits=circuits, chargers=chargers, ramp_up_time_s=5.0)
    state, took = State(), dict.fromkeys(names, Reading(0.0, 0.0))
    asked = dict.fromkeys(names, 0.0)
    for second in range(1, 240):
        house_a = 5.0 if second % 120 < 60 else 23.0
        drawn_a = sum(row.value for row in took.values())
        load = Reading(house_a + second % 2 / 10 + drawn_a, second)
        drawn = {name: Reading(took[name].value, second) for name in names}
        sent = dict.fromkeys(names, 0)
        for turn in range(50):
            snapshot = Snapshot(
                phase_currents_a=(load,) * 3,
                chargers=tuple(
                    ChargerReading(
                        charger_id=name,
                        status=ChargerStatus.CHARGING,
                        accepted=took[name],
                        asked_a=asked[name],
                        measured_a=(drawn[name],) if measured else (),
                    )
                    for name in names
                ),
            )
            now_s = second + turn / 1000
            decision = decide(site, state, snapshot, now_s)
            state = decision.state
            again = False
            for row in decision.chargers:
                if row.send:
                    again = True
                    sent[row.charger_id] += 1
                    asked[row.charger_id] = row.set_a
                    took[row.charger_id] = Reading(ANSWERS[answer](row.set_a), now_s)
            if not again:
                break
        assert max(sent.values()) <= SENT_MOST, (second, asked, took)
