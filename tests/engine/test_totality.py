"""`decide` answers whatever the numbers: it never raises and is never unsafe."""

from dataclasses import replace
from math import isfinite

from hypothesis import HealthCheck, given, settings, strategies as st

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Circuit,
    Decision,
    Site,
    Snapshot,
    State,
)
from tests.searching import examples

from .nasty import nasty, numbers
from .strategies import sites, snapshots

drawn = settings(
    max_examples=examples(100),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def check(site: Site, decision: Decision) -> None:
    """Hold what was decided against what is safe, and against the calendar."""
    assert isfinite(decision.time_s)
    look_s = decision.next_look_s
    assert look_s is None or decision.time_s < look_s < float("inf")
    highest_a: dict[str, float] = {}
    for charger in site.chargers:
        highest_a.setdefault(charger.charger_id, charger.max_current_a)
    for row in decision.chargers:
        assert isfinite(row.set_a)
        assert isfinite(row.allocated_a)
        if site.enabled:
            assert row.set_a == 0 or 0 < row.set_a <= highest_a[row.charger_id] + 1e-3
        next_s = row.next_change_s
        assert next_s is None or isfinite(next_s)


@given(nasty(Site), nasty(State), nasty(Snapshot), numbers, numbers)
@drawn
def test_any_site_state_and_snapshot_is_decided_on(
    site: Site, state: State, snapshot: Snapshot, now_s: float, later_s: float
) -> None:
    """Also what was decided is a state to go on from."""
    decision = decide(site, state, snapshot, now_s)
    check(site, decision)
    check(site, decide(site, decision.state, snapshot, later_s))


@given(st.data())
@drawn
def test_one_broken_part_among_sane_ones_is_decided_on(data: st.DataObject) -> None:
    """It reaches the depths that an all-broken site never comes to."""
    site = data.draw(sites())
    now_s, state = 1e9, State()
    for _ in range(3):
        now_s += 31
        snapshot = data.draw(snapshots(site, now_s))
        part = data.draw(st.sampled_from((site, state, snapshot)))
        names = [name for name in part.__slots__ if name != "memo"]
        name = data.draw(st.sampled_from(names))
        value = getattr(data.draw(nasty(type(part))), name)
        broken = replace(part, **{name: value})
        if isinstance(broken, State):
            broken = replace(broken, memo=None)
        asked = [broken if row is part else row for row in (site, state, snapshot)]
        decision = decide(asked[0], asked[1], asked[2], now_s)
        check(asked[0], decision)
        state = decision.state


def test_turns_of_no_length_are_none() -> None:
    """Their number would be beyond all integers."""
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25.0, 25.0, 25.0)),),
        rotation_period_s=5e-324,
    )
    check(site, decide(site, State(), Snapshot(), 1e9))
