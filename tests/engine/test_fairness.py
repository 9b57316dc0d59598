"""No name decides for ever, and a departure counts, in every distribution."""

from itertools import permutations

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    ChargerReading,
    Decision,
    DistributionMode,
    Reading,
    Site,
    Snapshot,
    State,
)
from tests.engine.garage import Bay, garage, house, one_phase_site
from tests.searching import examples

HOUR_S = 3600.0
PERIOD_S = 900.0
VOLTAGE_V = 230.0
SEQUENTIAL = (
    DistributionMode.SEQUENTIAL_OPTIMIZED,
    DistributionMode.SEQUENTIAL_STRICT,
)


def first_decision(site: Site, needs: dict[str, tuple[float, float]]) -> Decision:
    """Decide on cars that have just come; needs are kWh and hours."""
    now_s = 600_000.0
    chargers = tuple(
        ChargerReading(
            charger_id=row.charger_id,
            energy_needed_kwh=needs.get(row.charger_id, (None, 0.0))[0],
            departure_s=now_s + needs.get(row.charger_id, (None, 0.0))[1] * HOUR_S,
        )
        for row in site.chargers
    )
    reading = Reading(0.0, now_s)
    snapshot = Snapshot(phase_currents_a=(reading, None, None), chargers=chargers)
    return decide(site, State(), snapshot, now_s)


@settings(max_examples=examples(300))
@given(
    st.sampled_from(DistributionMode),
    st.permutations("abcd"),
    st.lists(st.integers(1, 3), min_size=4, max_size=4),
    st.integers(1, 4),
    st.floats(0.5, 3.0),
    st.integers(0, 60),
    st.floats(1.0, 10.0),
)
def test_a_departure_counts_in_every_mode(
    mode: DistributionMode,
    names: list[str],
    priorities: list[int],
    count: int,
    needed_kwh: float,
    spare_a: int,
    hours: float,
) -> None:
    """Whatever its priority and name, and though it is the last in the row.

    Where minima come first, others yield down to these; else altogether.
    """
    hurry, *others = names[:count]
    needed_a = min(1.1 * needed_kwh * 1000 / VOLTAGE_V / hours, 16.0)
    needed_a = max(needed_a, 6.0)
    limit_a = max(float(spare_a), needed_a + 1)
    site = one_phase_site((*others, hurry), mode, limit_a, *priorities)
    decision = first_decision(site, {hurry: (needed_kwh, hours)})
    given_a = {row.charger_id: row.allocated_a for row in decision.chargers}
    beside_a = sum(6.0 for name in others if given_a[name] > 0)
    if mode in SEQUENTIAL:
        beside_a = 0.0
    assert given_a[hurry] >= min(needed_a, int(limit_a) - beside_a)
    assert given_a[hurry] >= 6
    assert sum(given_a.values()) <= limit_a


@pytest.mark.parametrize("mode", SEQUENTIAL)
def test_those_without_a_departure_go_on_in_their_row(mode: DistributionMode) -> None:
    site = one_phase_site("abc", mode, 40, 1, 2, 3)
    decision = first_decision(site, {"c": (2.5, 1.0)})
    assert [row.allocated_a for row in decision.chargers] == [16, 12, 12]


@pytest.mark.parametrize("names", permutations("abc"))
@pytest.mark.parametrize("free_a", [13, 16, 22, 25, 31])
def test_equal_priorities_share_alike(names: tuple[str, ...], free_a: int) -> None:
    site = one_phase_site(names, DistributionMode.PRIORITY, free_a)
    shares_a = [row.allocated_a for row in first_decision(site, {}).chargers]
    running_a = [share_a for share_a in shares_a if share_a]
    assert sum(running_a) == free_a
    assert max(running_a) - min(running_a) <= 1


@pytest.mark.parametrize(
    "mode", [DistributionMode.PRIORITY, *SEQUENTIAL], ids=lambda mode: mode.value
)
@pytest.mark.parametrize(("names", "free_a"), [("ab", 16), ("ba", 24), ("cab", 21)])
def test_equals_have_had_alike_in_the_long_run(
    mode: DistributionMode, names: str, free_a: float
) -> None:
    """To within a turn, whoever is named first."""
    load_a = 25 - free_a - 0.5
    bays = [Bay(name=name, report_s=10) for name in names]
    run = garage(
        bays,
        house((0, (load_a, load_a, load_a))),
        meter_s=10,
        distribution_mode=mode,
    )
    run.until(4 * HOUR_S)
    energy_kwh = run.plant.statistics().energy_kwh
    turn_kwh = 16 * 3 * VOLTAGE_V * PERIOD_S / 3.6e6
    assert max(energy_kwh.values()) - min(energy_kwh.values()) <= turn_kwh
    assert run.plant.statistics().overload_s == 0
