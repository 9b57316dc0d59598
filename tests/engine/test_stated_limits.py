"""Limits that entities state, and have not stated yet after a start (section 4.3)."""

from dataclasses import replace
from math import inf, nan

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    CapacityTariff,
    Charger,
    ChargerReading,
    Circuit,
    Decision,
    ExternalCap,
    LimitingFactor,
    Reading,
    ReadingProblem,
    Site,
    Snapshot,
    State,
    StatedLimits,
)

UNKNOWN = Reading(0.0, 0.0, ReadingProblem.UNAVAILABLE)
SITE = Site(
    circuits=(Circuit(circuit_id="grid", limit_a=(32.0, 32.0, 32.0)),),
    chargers=(Charger(charger_id="car", circuit_id="grid", max_current_a=32.0),),
)
ONE_PHASE = replace(
    SITE,
    chargers=(replace(SITE.chargers[0], phases=(ALL_PHASES[0],)),),
)


def at(
    site: Site,
    state: State,
    now_s: float,
    *,
    import_cap: Reading | None = None,
    signal: Reading | None = None,
    house_a: float = 1.0,
) -> Decision:
    """Decide on a car beside a calm house."""
    row = Reading(
        house_a + state.chargers[0].set_a if state.chargers else house_a, now_s
    )
    return decide(
        site,
        state,
        Snapshot(
            phase_currents_a=(row, row, row),
            import_cap_w=import_cap,
            external_cap_w=signal,
            chargers=(ChargerReading(charger_id="car"),),
        ),
        now_s,
    )


def test_an_import_limit_that_was_never_stated_leaves_nothing() -> None:
    """The car waits, the reason says for what, and it goes on once it is known."""
    decision = at(SITE, State(), 0.0, import_cap=UNKNOWN)
    (row,) = decision.chargers
    assert (row.set_a, row.limiting.factor) == (0.0, LimitingFactor.LIMIT_UNKNOWN)
    assert decision.stated_limits == StatedLimits()
    decision = at(SITE, decision.state, 5.0, import_cap=Reading(9000.0, 5.0))
    assert decision.chargers[0].set_a == 12.0
    assert decision.stated_limits.import_cap_w == 9000.0


@pytest.mark.parametrize("unknown", [UNKNOWN, Reading(nan, 0.0)], ids=str)
@given(before_w=st.floats(0.0, 30_000.0) | st.just(inf), house_a=st.floats(0.0, 10.0))
@settings(max_examples=8)
def test_a_limit_counts_as_before_the_restart(
    unknown: Reading, before_w: float, house_a: float
) -> None:
    """Whatever it was: as if its entity had come back at once."""
    limits = StatedLimits(import_cap_w=before_w)
    state = resume(SITE, {}, 100.0, None, limits)
    found = at(SITE, state, 101.0, import_cap=unknown, house_a=house_a)
    known = at(SITE, state, 101.0, import_cap=Reading(before_w, 101.0), house_a=house_a)
    assert found.chargers[0].set_a == known.chargers[0].set_a
    assert found.stated_limits == limits


CAPPED = replace(ONE_PHASE, external_cap=ExternalCap(power_w=2300.0))


@pytest.mark.parametrize(
    ("before_w", "soon_a", "later_a"),
    [(None, 10, 10), (inf, 31, 10), (4600.0, 20, 10), (1610.0, 7, 7), (0.0, 0, 0)],
)
def test_a_signal_counts_as_before_the_restart_until_all_have_started(
    before_w: float | None, soon_a: float, later_a: float
) -> None:
    """One that does not come back is lost, and counts as on."""
    state = resume(
        CAPPED, {"car": 31.0}, 0.0, None, StatedLimits(external_cap_w=before_w)
    )
    for now_s in (1.0, 60.0, 290.0):
        decision = at(CAPPED, state, now_s, signal=UNKNOWN)
        state = decision.state
        assert decision.chargers[0].set_a == soon_a
    assert at(CAPPED, state, 301.0, signal=UNKNOWN).chargers[0].set_a == later_a


def test_a_signal_that_is_lost_later_is_on_at_once() -> None:
    state = resume(CAPPED, {}, 0.0, None, StatedLimits(external_cap_w=inf))
    decision = at(CAPPED, state, 1.0, signal=Reading(inf, 1.0))
    assert decision.chargers[0].set_a > 10
    assert at(CAPPED, decision.state, 2.0, signal=UNKNOWN).chargers[0].set_a == 10


@pytest.mark.parametrize("worst", [nan, -inf, -5.0])
@pytest.mark.parametrize(
    "site",
    [
        pytest.param(lambda n: replace(SITE, import_cap_w=n), id="import limit"),
        pytest.param(
            lambda n: replace(ONE_PHASE, unbalance_limit_a=n), id="unbalance limit"
        ),
        pytest.param(
            lambda n: replace(ONE_PHASE, grid_unbalance_limit_a=n),
            id="unbalance limit at the grid",
        ),
        pytest.param(
            lambda n: replace(SITE, capacity_tariff=CapacityTariff(limit_w=n)),
            id="capacity tariff",
        ),
        pytest.param(
            lambda n: replace(SITE, external_cap=ExternalCap(power_w=n)),
            id="grid operator's signal",
        ),
        pytest.param(
            lambda n: replace(
                SITE, chargers=(replace(SITE.chargers[0], manual_limit_a=n),)
            ),
            id="limit by hand",
        ),
    ],
)
def test_a_limit_that_is_no_number_counts_for_the_worst(
    site: object, worst: float
) -> None:
    assert callable(site)
    assert at(site(worst), State(), 0.0, signal=UNKNOWN).chargers[0].set_a == 0
