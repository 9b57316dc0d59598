"""A stopped charger restarts after one wait, at the time that it told at first."""

from itertools import pairwise

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Decision,
    Phase,
    Reading,
    Site,
    Snapshot,
    State,
)
from custom_components.ev_lb.engine.model.state import Hold
from tests.searching import examples

EASY_A, HIGH_A = 2.0, 22.0


def home(**settings: float) -> Site:
    """Return a home of 25 A on one phase with one charger; settings are the site's."""
    return Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25, 0, 0)),),
        phases=(Phase.L1,),
        chargers=(Charger(charger_id="ev", circuit_id="grid", phases=(Phase.L1,)),),
        **settings,
    )


def seen(now_s: float, house_a: float, set_a: float, sent_s: float) -> Snapshot:
    """Return what is seen of a car that does at once what it is told."""
    status = ChargerStatus.CHARGING if set_a > 0 else ChargerStatus.CONNECTED
    return Snapshot(
        phase_currents_a=(Reading(house_a + set_a, now_s), None, None),
        chargers=(
            ChargerReading(
                charger_id="ev", status=status, accepted=Reading(set_a, sent_s)
            ),
        ),
    )


def stopped_until(
    site: Site, easy_s: float, end_s: float, window_s: float = 0.0
) -> list[Decision]:
    """Stop the car at 100 s by the house, which draws less from `easy_s` on."""
    state, set_a, sent_s, decisions = State(), 0.0, 0.0, []
    for now_s in range(int(end_s)):
        house_a = HIGH_A if 100 <= now_s < easy_s else EASY_A
        decision = decide(site, state, seen(now_s, house_a, set_a, sent_s), now_s)
        state = decision.state
        if now_s == 101 and window_s:
            first, *others = state.phases
            first = first._replace(hold=Hold(window_s=window_s))
            state = State(
                phases=(first, *others), chargers=state.chargers, resumed_s=0.0
            )
        row = decision.chargers[0]
        if row.send:
            set_a, sent_s = row.set_a, now_s
        decisions.append(decision)
    return decisions


@pytest.mark.parametrize("window_s", [0.0, 40.0, 600.0])
def test_restart_waits_the_ramp_up_time_once(window_s: float) -> None:
    """However long a hold window was learned; what is beyond the minimum waits."""
    decisions = stopped_until(home(), 400, 500, window_s)
    courses = [row.chargers[0] for row in decisions]
    assert courses[100].set_a == courses[399].set_a == 0
    assert [row.next_change_s for row in courses[400:430]] == [430.0] * 30
    assert courses[429].set_a == 0
    assert courses[430].set_a == (16 if window_s < 40 else 6)


@given(
    ramp_up_s=st.sampled_from([0, 10, 30, 120]),
    hold_s=st.sampled_from([0, 5, 20, 60, 300]),
    easy_s=st.integers(120, 600),
)
@settings(max_examples=examples(30))
def test_a_restart_comes_when_it_was_first_told(
    ramp_up_s: int, hold_s: int, easy_s: int
) -> None:
    """One wait after the headroom or the pause, whichever is later."""
    site = home(ramp_up_time_s=ramp_up_s, hold_window_s=hold_s)
    end_s = max(easy_s + ramp_up_s, 280) + 2
    courses = [row.chargers[0] for row in stopped_until(site, easy_s, end_s)]
    due_s = max(easy_s + ramp_up_s, 280)
    assert all(row.set_a == 0 for row in courses[100:due_s])
    assert {row.next_change_s for row in courses[easy_s:due_s]} <= {float(due_s)}
    assert courses[due_s].set_a > 0


def test_headroom_that_goes_begins_the_wait_anew() -> None:
    """A kettle in the wait: the ramp-up time counts from when it is off again."""
    site, state, set_a, sent_s = home(), State(), 0.0, 0.0
    starts = []
    for now_s in range(500):
        busy = 100 <= now_s < 400 or 415 <= now_s < 420
        house_a = HIGH_A if busy else EASY_A
        decision = decide(site, state, seen(now_s, house_a, set_a, sent_s), now_s)
        state = decision.state
        row = decision.chargers[0]
        if row.send:
            set_a, sent_s = row.set_a, now_s
        starts.append(row.set_a > 0)
    on = [now_s for now_s, (a, b) in enumerate(pairwise(starts), 1) if b and not a]
    assert on == [450]
