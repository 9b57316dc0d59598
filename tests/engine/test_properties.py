"""What holds for every snapshot, however broken."""

from dataclasses import replace

from hypothesis import example, given, settings, strategies as st

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    Charger,
    Circuit,
    Decision,
    MeterKind,
    MeterLoss,
    MeterLossBehavior,
    Phase,
    Reading,
    Site,
    Snapshot,
    State,
)
from tests.searching import examples

from .strategies import any_number, sites, snapshots

steps = st.lists(st.sampled_from([0.0, 0.5, 1, 3, 10, 31, 61, 200]), max_size=8)


def outcome(decision: Decision) -> tuple[object, ...]:
    """Return what a user would see of a decision."""
    return (
        decision.balancer_state,
        decision.meter_ok,
        decision.fallback_active,
        tuple(
            (row.set_a, row.send, row.limiting.factor, row.limiting.phase)
            for row in decision.chargers
        ),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Site, State, Decision, object]]:
    """Draw a site and let it live through some snapshots."""
    site = draw(sites())
    now_s = 1e9
    state = State()
    lived = []
    for step_s in draw(steps):
        now_s += step_s
        snapshot = draw(snapshots(site, now_s))
        decision = decide(site, state, snapshot, now_s)
        lived.append((site, state, decision, snapshot))
        state = decision.state
        if draw(st.booleans()):
            site = replace(
                site,
                enabled=draw(st.booleans()),
                chargers=tuple(
                    replace(
                        charger,
                        max_current_a=charger.min_current_a + draw(st.integers(0, 20)),
                    )
                    for charger in site.chargers
                ),
            )
    return lived


@given(histories())
@settings(max_examples=examples(150))
def test_set_point_is_zero_or_within_the_charger_limits(history) -> None:
    """Also on the charger's step, as long as the site is enabled."""
    for site, _, decision, _ in history:
        if not site.enabled:
            continue
        for charger, row in zip(site.chargers, decision.chargers, strict=True):
            if row.set_a == 0:
                continue
            assert charger.min_current_a <= row.set_a <= charger.max_current_a + 1e-6
            held = site.meter_loss.behavior is MeterLossBehavior.IGNORE
            if not (held and not decision.meter_ok):
                whole = row.set_a / charger.step_a
                assert abs(whole - round(whole)) < 1e-3


@given(histories())
@settings(max_examples=examples(150))
def test_what_was_worked_out_before_saves_time_and_changes_nothing(history) -> None:
    """A state that comes from a document decides as one that has lived."""
    for site, state, decision, snapshot in history:
        bare = replace(state, memo=None)
        assert decide(site, bare, snapshot, decision.time_s) == decision


def held_by_unheard_a(
    site: Site, state: State, decision: Decision, snapshot: Snapshot
) -> dict[str, float]:
    """Return what each charger holds that cannot be told anything else, A."""
    heard = {row.charger_id for row in snapshot.chargers if row.available}
    before = {row.charger_id: row for row in state.chargers}
    held_a = dict.fromkeys((row.charger_id for row in site.chargers), 0.0)
    for row in decision.chargers:
        memory = before.get(row.charger_id)
        if row.charger_id in heard or memory is None or not memory.set_points:
            continue
        if memory.set_points[-1].accepted_s is None and row.set_a == memory.set_a:
            held_a[row.charger_id] = row.set_a
    return held_a


@given(histories())
@settings(max_examples=examples(150))
def test_set_points_stay_under_every_fuse(history) -> None:
    """What is set together fits beside the house, on each phase and circuit.

    A charger that cannot be reached and has not taken its set-point holds it, and the
    others take the whole cut (`test_losses.py`).
    """
    for site, state, decision, snapshot in history:
        if not site.enabled:
            continue
        held_a = held_by_unheard_a(site, state, decision, snapshot)
        for phase in Phase:
            free_a = decision.available_a[phase]
            on_phase = [
                (charger, row)
                for charger, row in zip(site.chargers, decision.chargers, strict=True)
                if phase in charger.phases
            ]
            total_a = sum(row.set_a for _, row in on_phase)
            phase_held_a = sum(held_a[row.charger_id] for _, row in on_phase)
            if free_a is not None and total_a > 0 and decision.meter_ok:
                assert total_a <= max(free_a, phase_held_a) + 1e-3
            garage_a = sum(
                row.set_a for charger, row in on_phase if charger.circuit_id == "garage"
            )
            garage_held_a = sum(
                held_a[row.charger_id]
                for charger, row in on_phase
                if charger.circuit_id == "garage"
            )
            if decision.fallback_active or garage_a <= 0:
                continue
            garage = site.circuits[1]
            beside_a = 0.0
            if garage.meter is not None:
                beside_a = decision.circuits[0].house_a[phase]
                if garage.meter.kind is MeterKind.TOTAL:
                    beside_a = max(beside_a, 0.0)
            garage_free_a = garage.limit_a[phase] - beside_a
            assert garage_a <= max(garage_free_a, garage_held_a) + 1e-3


def unheard_while_lost(
    behavior: MeterLossBehavior,
) -> list[tuple[Site, State, Decision, object]]:
    """Return a history in which a charger is missing when the meter is lost.

    It never took the 6 A that it was told.
    """
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25, 25, 25)),),
        chargers=(Charger(charger_id="garage", circuit_id="grid"),),
        meter_loss=MeterLoss(behavior=behavior, fallback_current_a=0),
    )
    state = resume(site, {"garage": 6.0}, 1e9)
    lived = []
    for now_s in (1e9, 1e9 + 10, 1e9 + 100):
        load = Reading(2.0, now_s)
        snapshot = Snapshot(phase_currents_a=(load, None, load))
        decision = decide(site, state, snapshot, now_s)
        lived.append((site, state, decision, snapshot))
        state = decision.state
    return lived


@given(histories())
@example(unheard_while_lost(MeterLossBehavior.STOP))
@example(unheard_while_lost(MeterLossBehavior.SET_CURRENT))
@example(unheard_while_lost(MeterLossBehavior.IGNORE))
@settings(max_examples=examples(150))
def test_lost_meter_never_raises(history) -> None:
    """Only the configured fallback may be above what was set."""
    for site, state, decision, _ in history:
        before = {row.charger_id: row.set_a for row in state.chargers}
        for charger, row in zip(site.chargers, decision.chargers, strict=True):
            if all(decision.problems[phase] is None for phase in charger.phases):
                continue
            allowed_a = before.get(charger.charger_id, 0.0)
            if site.meter_loss.behavior is MeterLossBehavior.SET_CURRENT:
                allowed_a = max(allowed_a, site.meter_loss.fallback_current_a)
            assert row.set_a <= allowed_a
            if site.enabled and site.meter_loss.behavior is MeterLossBehavior.STOP:
                assert row.set_a == 0


@given(histories(), st.data())
@settings(max_examples=examples(150))
def test_until_the_next_look_time_changes_nothing(history, data) -> None:
    """The same inputs at any moment before it give the same outcome."""
    for site, _, decision, snapshot in history:
        now_s = decision.time_s
        same = decide(site, decision.state, snapshot, now_s)
        assert [row.set_a for row in same.chargers] == [
            row.set_a for row in decision.chargers
        ]
        looks_s = (decision.next_look_s, same.next_look_s)
        last_s = min(
            (look for look in looks_s if look is not None), default=now_s + 500
        )
        assert last_s > now_s
        share = data.draw(st.floats(0, 0.999))
        later_s = now_s + share * (last_s - now_s)
        if later_s >= last_s:
            continue
        assert outcome(decide(site, decision.state, snapshot, later_s)) == outcome(same)


@given(histories())
@settings(max_examples=examples(60))
def test_same_inputs_give_the_same_decision(history) -> None:
    """A recorded snapshot can be replayed."""
    for site, state, decision, snapshot in history:
        assert decide(site, state, snapshot, decision.time_s) == decision


@given(histories())
@settings(max_examples=examples(60))
def test_order_of_the_chargers_changes_nothing(history) -> None:
    """Neither in the site nor in the snapshot; a lone difference is the order."""
    turned = State()
    for site, _, decision, snapshot in history:
        mirrored = replace(site, chargers=site.chargers[::-1])
        seen = replace(snapshot, chargers=snapshot.chargers[::-1])
        other = decide(mirrored, turned, seen, decision.time_s)
        turned = other.state
        assert other.chargers[::-1] == decision.chargers


broken_chargers = st.builds(
    Charger,
    charger_id=st.sampled_from(["a", "b"]),
    circuit_id=st.sampled_from(["grid", "nowhere", "loop"]),
    phases=st.lists(st.sampled_from(Phase), max_size=4).map(tuple),
    min_current_a=any_number,
    max_current_a=any_number,
    step_a=any_number,
    manual_limit_a=st.none() | any_number,
    pause_s=any_number,
    measures_current=st.booleans(),
)
broken_sites = st.builds(
    Site,
    circuits=st.lists(
        st.builds(
            Circuit,
            circuit_id=st.sampled_from(["grid", "loop"]),
            limit_a=st.tuples(any_number, any_number, any_number),
            parent_id=st.sampled_from([None, "grid", "loop"]),
        ),
        max_size=3,
    ).map(tuple),
    chargers=st.lists(broken_chargers, max_size=3).map(tuple),
    voltage_v=any_number,
    phases=st.lists(st.sampled_from(Phase), max_size=3, unique=True).map(tuple),
    ramp_up_time_s=any_number,
    hold_window_s=any_number,
)


@given(broken_sites, st.data())
@settings(max_examples=examples(300))
def test_no_input_raises(site: Site, data: st.DataObject) -> None:
    """Not even a site that no form would accept; no car gets more than its maximum."""
    state = State()
    for _ in range(3):
        now_s = data.draw(any_number)
        decision = decide(
            site, state, data.draw(snapshots(site, now_s, any_number)), now_s
        )
        state = decision.state
        highest = {
            charger.charger_id: charger.max_current_a
            for charger in reversed(site.chargers)
        }
        for row in decision.chargers:
            assert row.set_a == 0 or 0 < row.set_a <= highest[row.charger_id] + 1e-3
