"""What a flow comes to: exact sums, whole parts, and no price where none is known."""

from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_lb.accounting.amounts import (
    NOTHING,
    Amounts,
    Flow,
    amounts_of,
)
from custom_components.ev_lb.accounting.sources import ALL_GRID, Sources, sources_of
from custom_components.ev_lb.accounting.tariff import Tariff, mean_price
from custom_components.ev_lb.engine.planning.forecast import Price

POWERS_W = st.floats(-50_000, 50_000)
TIMES_S = st.floats(0, 40_000)
PRICES = st.floats(-1, 3)


@st.composite
def price_times(draw: st.DrawFn) -> tuple[Price, ...]:
    """Return prices in order and disjoint, with gaps."""
    edges = sorted(set(draw(st.lists(st.integers(0, 40_000), max_size=12))))
    rows = pairwise(edges)
    return tuple(
        Price(float(start), float(end), draw(PRICES))
        for start, end in rows
        if draw(st.integers(0, 3))
    )


TARIFFS = st.builds(Tariff, price_times(), price_times())
SOURCES = st.builds(sources_of, POWERS_W, POWERS_W, POWERS_W)
FLOWS = st.builds(Flow, st.floats(0, 50_000), st.booleans())


def price_at(times: tuple[Price, ...], time_s: float) -> float | None:
    return next((r.price for r in times if r.start_s <= time_s < r.end_s), None)


@given(POWERS_W, POWERS_W, POWERS_W)
def test_the_parts_are_one_and_never_negative(
    cars_w: float, grid_w: float, discharge_w: float
) -> None:
    parts = sources_of(cars_w, grid_w, discharge_w)
    assert sum(parts) == pytest.approx(1)
    assert min(parts) >= 0


@pytest.mark.parametrize(
    ("cars_w", "grid_w", "discharge_w", "expected"),
    [
        (11_000, 11_500, 0, (1, 0, 0)),
        (11_000, 0, 0, (0, 1, 0)),
        (11_000, -2_000, 0, (0, 1, 0)),
        (10_000, 2_500, 0, (0.25, 0.75, 0)),
        (10_000, 2_500, 5_000, (0.25, 0.25, 0.5)),
        # The sun charges the battery: it is no source.
        (4_000, 0, -3_000, (0, 1, 0)),
        # The house has what the battery gives before the cars have it.
        (4_000, 6_000, 2_000, (1, 0, 0)),
        (6_000, 3_000, 5_000, (0.5, 0, 0.5)),
        # Nobody draws: there is nothing to divide.
        (0, 500, 0, (1, 0, 0)),
    ],
)
def test_the_sun_serves_the_house_first(
    cars_w: float, grid_w: float, discharge_w: float, expected: tuple[float, ...]
) -> None:
    parts = sources_of(cars_w, grid_w, discharge_w)
    assert (parts.grid, parts.solar, parts.battery) == pytest.approx(expected)


@given(FLOWS, SOURCES, TARIFFS, TIMES_S, TIMES_S)
def test_the_parts_sum_up_to_what_flowed(
    flow: Flow, sources: Sources, tariff: Tariff, from_s: float, until_s: float
) -> None:
    found = amounts_of(flow, sources, tariff, from_s, until_s)
    whole_kwh = flow.power_w * max(until_s - from_s, 0) / 3.6e6
    assert found.energy_kwh == pytest.approx(whole_kwh, abs=1e-12)
    energies = found._replace(grid_cost=0.0, solar_cost=0.0)
    assert min(energies) >= 0
    assert found.unpriced_kwh <= found.grid_kwh + 1e-12
    estimated_kwh = 0 if flow.measured else found.energy_kwh
    assert found.estimated_kwh == pytest.approx(estimated_kwh)


@given(FLOWS, SOURCES, TARIFFS, st.lists(TIMES_S, min_size=2, max_size=9))
def test_looking_more_often_changes_nothing(
    flow: Flow, sources: Sources, tariff: Tariff, times_s: list[float]
) -> None:
    times_s.sort()
    whole = amounts_of(flow, sources, tariff, times_s[0], times_s[-1])
    parts = NOTHING
    for from_s, until_s in pairwise(times_s):
        parts = parts.plus(amounts_of(flow, sources, tariff, from_s, until_s))
    assert parts == pytest.approx(whole, rel=1e-9, abs=1e-9)


@given(price_times(), TIMES_S, st.integers(1, 3000))
def test_the_mean_price_is_that_of_its_seconds(
    times: tuple[Price, ...], from_s: float, length_s: int
) -> None:
    from_s = float(round(from_s))
    prices = [price_at(times, from_s + second) for second in range(length_s)]
    known = [row for row in prices if row is not None]
    mean = mean_price(times, from_s, from_s + length_s)
    assert mean.known == pytest.approx(len(known) / length_s)
    assert mean.price == pytest.approx(sum(known) / max(len(known), 1), abs=1e-9)


def test_a_kwh_costs_what_it_cost_when_it_flowed() -> None:
    tariff = Tariff(
        bought=(Price(0, 3600, 0.40), Price(3600, 7200, 0.10)),
        earned=(Price(0, 7200, 0.08),),
    )
    # Half of it is sun: 2 kWh across the change of the price.
    found = amounts_of(Flow(2000, True), Sources(0.5, 0.5, 0), tariff, 1800, 5400)
    assert found.grid_cost == pytest.approx(0.5 * 0.40 + 0.5 * 0.10)
    assert found.solar_cost == pytest.approx(1 * 0.08)
    assert found.price_per_kwh == pytest.approx(0.33 / 2)
    assert found.solar_share == pytest.approx(0.5)


def test_what_has_no_price_has_no_cost() -> None:
    none = amounts_of(Flow(3600, True), ALL_GRID, Tariff(), 0, 3600)
    assert (none.cost, none.price_per_kwh, none.unpriced_kwh) == (None, None, 3.6)
    half = amounts_of(
        Flow(3600, True), ALL_GRID, Tariff((Price(0, 1800, 0.2),)), 0, 3600
    )
    assert half.cost == pytest.approx(0.36)
    assert half.price_per_kwh == pytest.approx(0.2)
    assert half.unpriced_kwh == pytest.approx(1.8)


def test_sun_is_free_where_nobody_says_what_it_earns() -> None:
    found = amounts_of(Flow(3600, True), Sources(0, 0.7, 0.3), Tariff(), 0, 3600)
    assert found.cost == 0
    assert found.unpriced_kwh == 0


def test_nothing_comes_of_no_time_and_of_time_that_goes_back() -> None:
    for until_s in (10.0, 5.0, -1e9):
        assert amounts_of(Flow(3600, True), ALL_GRID, Tariff(), 10, until_s) is NOTHING


def test_nothing_was_charged_before_anything_was() -> None:
    assert (NOTHING.energy_kwh, NOTHING.cost, NOTHING.solar_share) == (0, 0, None)
    assert Amounts().price_per_kwh is None
