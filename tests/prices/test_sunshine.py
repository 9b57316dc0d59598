"""What the sun will give, as forecasts shape it, scaled by what the roof gives."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import isfinite

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_lb.engine.planning.forecast import Sunshine
from custom_components.ev_lb.prices.sunshine import learned_factor, scaled, sunshine

from .shapes import AMSTERDAM, AUTUMN, day_of
from .test_junk import NOW_S, values

NOON = datetime(2026, 6, 21, 10, tzinfo=UTC)
NOON_S = NOON.timestamp()

FORECAST_SOLAR = {
    "wh_hours": {
        # Its first period begins at sunrise, its last ends at sunset; no nights.
        "2026-06-21T05:37:00+02:00": 69,
        "2026-06-21T06:00:00+02:00": 450,
        "2026-06-21T07:00:00+02:00": 1200,
        "2026-06-21T08:00:00+02:00": 1700,
        "2026-06-21T09:00:00+02:00": 2100,
        "2026-06-21T20:00:00+02:00": 400,
        "2026-06-21T21:00:00+02:00": 200,
        "2026-06-22T05:37:00+02:00": 80,
        "2026-06-22T06:00:00+02:00": 500,
    }
}
SOLCAST = {
    "wh_hours": {
        (NOON + timedelta(minutes=30 * place)).isoformat(): 500.0 * place
        for place in range(1, 5)
    }
}
SOLCAST_SENSOR = {
    "estimate": 20.1,
    "detailedForecast": [
        {
            "period_start": NOON + timedelta(minutes=30 * place),
            "pv_estimate": 1.5 * place,
            "pv_estimate10": 0.1,
            "pv_estimate90": 9.0,
        }
        for place in range(4)
    ],
}
OPEN_METEO = {
    "watts": {NOON.isoformat(): 1234},
    "wh_period": {
        NOON.isoformat(): 300,
        (NOON + timedelta(minutes=15)).isoformat(): 400,
    },
}


def energy_wh(rows) -> float:
    return sum(row.power_w * (row.end_s - row.start_s) / 3600 for row in rows)


@pytest.mark.parametrize(
    ("forecast", "total_wh"),
    [
        (FORECAST_SOLAR, 6699),
        (SOLCAST, 5000),
        (SOLCAST_SENSOR, 4500),
        (OPEN_METEO, 700),
    ],
    ids=["Forecast.Solar", "Solcast", "Solcast's sensor", "Open-Meteo"],
)
def test_no_energy_is_lost(forecast, total_wh: float) -> None:
    assert energy_wh(sunshine([forecast], AMSTERDAM)) == pytest.approx(total_wh)


def test_the_evening_is_not_spread_over_the_night() -> None:
    rows = sunshine([FORECAST_SOLAR], AMSTERDAM)
    assert max(row.end_s - row.start_s for row in rows) == 3600
    assert rows[0] == Sunshine(rows[0].start_s, rows[0].start_s + 23 * 60, 180.0)


def test_several_roofs_add_up() -> None:
    rows = sunshine([SOLCAST, OPEN_METEO, None, SOLCAST], AMSTERDAM)
    assert energy_wh(rows) == pytest.approx(10700)
    assert all(first.end_s <= later.start_s for first, later in pairwise(rows))


def test_times_without_a_zone_are_local_on_the_odd_day_too() -> None:
    hours = [moment.astimezone(AMSTERDAM) for moment in day_of(AUTUMN, AMSTERDAM, 60)]
    forecast = {"wh_hours": {hour.isoformat(): 100 for hour in hours}}
    assert energy_wh(sunshine([forecast], AMSTERDAM)) == 2500


def flat(hours: int = 6, power_w: float = 2000.0) -> list[Sunshine]:
    return [
        Sunshine(NOON_S + 3600 * hour, NOON_S + 3600 * (hour + 1), power_w)
        for hour in range(hours)
    ]


def test_the_next_hour_begins_with_what_the_roof_gives_now() -> None:
    rows = scaled(flat(), NOON_S + 900, measured_w=1000.0, learned=0.9)
    by_start = {(row.start_s - NOON_S) / 900: row.power_w for row in rows}
    assert by_start == {
        0: pytest.approx(1800),
        1: pytest.approx(1000),
        2: pytest.approx(1200),
        3: pytest.approx(1400),
        4: pytest.approx(1600),
        5: pytest.approx(1800),
        **{place: pytest.approx(1800) for place in (8, 12, 16, 20)},
    }


@pytest.mark.parametrize(
    "measured_w", [None, -1.0, float("nan")], ids=["none", "negative", "no number"]
)
def test_an_unknown_roof_leaves_what_was_learned(measured_w) -> None:
    rows = scaled(flat(), NOON_S, measured_w, 0.8)
    assert {row.power_w for row in rows} == {1600.0}


def test_dawn_says_nothing_of_the_day() -> None:
    rows = [Sunshine(NOON_S - 3600, NOON_S, 50.0), *flat()]
    assert max(row.power_w for row in scaled(rows, NOON_S - 60, 500.0)) == 2000.0


@pytest.mark.parametrize(
    ("seen", "factor"),
    [
        ([], 1.0),
        ([(1000.0, 500.0)] * 10, 1.0),
        ([(2000.0, 1800.0)] * 96, 0.9),
        ([(2000.0, 0.0)] * 96, 0.3),
        ([(2000.0, 9000.0)] * 96, 1.5),
        ([(2000.0, 1000.0), (float("nan"), 1.0), (-5.0, 1e9)] * 96, 0.5),
    ],
    ids=["none", "too little", "less", "snow", "far more", "junk"],
)
def test_the_roof_has_a_factor_of_its_own(seen, factor) -> None:
    assert learned_factor(seen) == pytest.approx(factor)


@given(
    st.lists(
        st.one_of(
            values,
            st.dictionaries(
                st.sampled_from(["wh_hours", "watts", "detailedForecast", "wh_period"]),
                values,
            ),
        ),
        max_size=4,
    ),
    st.floats(),
    st.one_of(st.none(), st.floats()),
    st.floats(),
)
def test_no_forecast_makes_it_raise(forecasts, now_s, measured_w, learned) -> None:
    rows = sunshine(forecasts, AMSTERDAM)
    for found in (rows, scaled(rows, now_s, measured_w, learned)):
        assert all(
            row.start_s < row.end_s and isfinite(row.power_w) and row.power_w >= 0
            for row in found
        )
        assert all(one.end_s <= two.start_s for one, two in pairwise(found))
    scaled(rows, NOW_S, 1e300, 1.0)
