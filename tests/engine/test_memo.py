"""Results of earlier decisions save time and change nothing."""

from dataclasses import replace

from hypothesis import given, settings, strategies as st

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.memo import Memo, RecallingWakeups
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Reading,
    Site,
    Snapshot,
    State,
)
from custom_components.ev_lb.engine.wakeups import Wakeups
from tests.searching import examples

from .strategies import sites, snapshots


def doubled(_: Wakeups, number: float) -> list[float]:
    """Depend on nothing but the input; each run returns an object of its own."""
    return [2 * number]


def is_over(wakeups: Wakeups, end_s: float) -> list[bool]:
    """Depend on whether a moment has come."""
    return [wakeups.passed(end_s)]


def stamped(wakeups: Wakeups, _: float) -> list[float]:
    """Have the present itself in the result."""
    return [wakeups.now_s]


def indirect(wakeups: Wakeups, number: float) -> list[float]:
    """Depend on the present by another step."""
    return wakeups.run(stamped, "inner", number)


def test_the_same_inputs_give_the_same_object_while_they_are_asked_for() -> None:
    first = RecallingWakeups(0.0, Memo())
    value = first.run(doubled, "a", 1.0)
    assert value == [2.0]
    assert first.run(doubled, "a", 1.0) is value
    second = RecallingWakeups(5.0, first.memo)
    assert second.run(doubled, "a", 1.0) is value
    assert second.run(doubled, "a", 3.0) == [6.0]
    assert second.run(doubled, "b", 1.0) is not value
    # Nobody asked in the third decision: so the fourth does not know it any more.
    third = RecallingWakeups(6.0, second.memo)
    fourth = RecallingWakeups(7.0, third.memo)
    assert fourth.run(doubled, "a", 1.0) is not value


def test_a_moment_that_comes_ends_a_result_and_is_remembered() -> None:
    first = RecallingWakeups(0.0, Memo())
    waiting = first.run(is_over, "a", 10.0)
    assert (waiting, first.next_s) == ([False], 10.0)
    second = RecallingWakeups(9.0, first.memo)
    second.note(20.0)
    assert second.run(is_over, "a", 10.0) is waiting
    assert second.next_s == 10.0
    third = RecallingWakeups(10.0, second.memo)
    over = third.run(is_over, "a", 10.0)
    assert (over, third.next_s) == ([True], None)
    assert RecallingWakeups(99.0, third.memo).run(is_over, "a", 10.0) is over
    # A clock that is set back.
    assert RecallingWakeups(9.0, third.memo).run(is_over, "a", 10.0) == [False]


def test_a_result_with_the_present_in_it_holds_at_no_other_moment() -> None:
    for step in (stamped, indirect):
        first = RecallingWakeups(1.0, Memo())
        value = first.run(step, "a", 0.0)
        assert RecallingWakeups(1.0, first.memo).run(step, "a", 0.0) is value
        assert RecallingWakeups(2.0, first.memo).run(step, "a", 0.0) == [2.0]


def test_an_equal_result_of_other_inputs_is_the_object_of_before() -> None:
    first = RecallingWakeups(0.0, Memo())
    value = first.run(is_over, "a", -1.0)
    assert RecallingWakeups(0.0, first.memo).run(is_over, "a", -2.0) is value


@given(st.data())
@settings(max_examples=examples(40))
def test_a_decision_does_not_depend_on_what_was_decided_before(
    data: st.DataObject,
) -> None:
    """Whatever came in between: other sites, old states, a clock that is set back."""
    homes = [data.draw(sites()), data.draw(sites())]
    now_s = 1e9
    snapshot = data.draw(snapshots(homes[0], now_s))
    known = [State()]
    for _ in range(8):
        now_s += data.draw(st.sampled_from((0.0, 0.5, 1.0, 7.0, 61.0, 700.0, -30.0)))
        site = data.draw(st.sampled_from(homes))
        state = data.draw(st.sampled_from(known[-3:]))
        news = data.draw(st.sampled_from(("none", "none", "meter", "all")))
        if news == "all":
            snapshot = data.draw(snapshots(site, now_s))
        elif news == "meter":
            told = data.draw(snapshots(site, now_s))
            snapshot = replace(told, chargers=snapshot.chargers)
        decision = decide(site, state, snapshot, now_s)
        assert decide(site, replace(state, memo=None), snapshot, now_s) == decision
        known.append(decision.state)


def test_what_is_kept_does_not_grow_with_the_number_of_decisions() -> None:
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25.0, 25.0, 25.0)),),
        chargers=tuple(
            Charger(charger_id=name, circuit_id="grid", measures_current=True)
            for name in ("left", "right")
        ),
    )
    state, counts = State(), []
    for second in range(300):
        now_s = float(second)
        readings = tuple(
            ChargerReading(
                charger_id=row.charger_id,
                status=ChargerStatus.CHARGING,
                measured_a=(Reading(second % 7, now_s),),
            )
            for row in site.chargers
        )
        load = Reading(5.0 + second % 11, now_s)
        snapshot = Snapshot(phase_currents_a=(load, load, load), chargers=readings)
        state = decide(site, state, snapshot, now_s).state
        assert isinstance(state.memo, Memo)
        counts.append(sum(len(rows) for rows in state.memo.values()))
    assert max(counts[150:]) <= max(counts[:150])
    assert max(counts) < 30
