"""Import limits that hold at a time of the day."""

from dataclasses import replace
from datetime import UTC, datetime
from math import inf, nan

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    Circuit,
    Decision,
    ImportWindow,
    LimitingFactor,
    Reading,
    Site,
    Snapshot,
    State,
)

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
NIGHT = ImportWindow(start_s=22 * HOUR_S, end_s=6 * HOUR_S, power_w=6900.0)
EVENING = ImportWindow(start_s=17 * HOUR_S, end_s=21 * HOUR_S, power_w=4600.0)


def decided(
    *windows: ImportWindow,
    local_s: float,
    day: int = 20_000,
    utc_offset_s: float = 0.0,
    clock_ahead_s: float = 0.0,
) -> Decision:
    """Return what is decided at a local time, of 16 A on three phases and no house."""
    now_s = day * DAY_S + local_s - utc_offset_s + clock_ahead_s
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25, 25, 25)),),
        chargers=(Charger(charger_id="ev", circuit_id="grid"),),
        import_windows=windows,
    )
    none = Reading(0.0, now_s)
    snapshot = Snapshot(
        phase_currents_a=(none, none, none),
        utc_offset_s=utc_offset_s,
        clock_ahead_s=clock_ahead_s,
        chargers=(ChargerReading(charger_id="ev"),),
    )
    return decide(site, State(), snapshot, now_s)


@pytest.mark.parametrize(
    ("hour", "expected_a"),
    [
        (0.0, 10),
        (5.99, 10),
        (6.0, 16),
        (12.0, 16),
        (17.0, 6),
        (20.99, 6),
        (21.0, 16),
        (22.0, 10),
        (23.99, 10),
    ],
)
@pytest.mark.parametrize("utc_offset_s", [0.0, HOUR_S, -5 * HOUR_S, 5.75 * HOUR_S])
@pytest.mark.parametrize("clock_ahead_s", [0.0, -1.25e9])
def test_limit_holds_at_its_time_of_the_local_day(
    hour: float, expected_a: float, utc_offset_s: float, clock_ahead_s: float
) -> None:
    (row,) = decided(
        NIGHT,
        EVENING,
        local_s=hour * HOUR_S,
        utc_offset_s=utc_offset_s,
        clock_ahead_s=clock_ahead_s,
    ).chargers
    assert row.set_a == expected_a
    limited = row.limiting.factor is LimitingFactor.IMPORT_CAP
    assert limited == (expected_a < 16)


def test_lower_limit_holds_where_windows_overlap() -> None:
    long = ImportWindow(start_s=0.0, end_s=0.0, power_w=9000.0)
    for hour, expected_a in ((12.0, 13), (18.0, 6), (23.0, 10)):
        (row,) = decided(long, NIGHT, EVENING, local_s=hour * HOUR_S).chargers
        assert row.set_a == expected_a


# Day 20 000 is a Friday.
@pytest.mark.parametrize(
    ("day", "hour", "expected_a"),
    [
        (20_000, 5.0, 16),
        (20_000, 23.0, 10),
        (20_001, 5.0, 10),
        (20_001, 6.0, 16),
        (20_001, 23.0, 16),
        (20_006, 23.0, 16),
        (20_007, 23.0, 10),
        (-1, 23.0, 16),
        (1, 23.0, 10),
    ],
)
def test_night_belongs_to_the_day_on_which_it_begins(
    day: int, hour: float, expected_a: float
) -> None:
    friday = replace(NIGHT, weekdays=(4,))
    (row,) = decided(friday, day=day, local_s=hour * HOUR_S).chargers
    assert row.set_a == expected_a


@pytest.mark.parametrize("weekdays", [(), (7,), (-1, 12)])
def test_window_of_no_day_holds_on_every_day(weekdays: tuple[int, ...]) -> None:
    window = replace(NIGHT, weekdays=weekdays)
    for day in range(20_000, 20_007):
        (row,) = decided(window, day=day, local_s=23 * HOUR_S).chargers
        assert row.set_a == 10


@given(
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(tuple),
    start_s=st.integers(0, 86_399).map(float),
    length_s=st.integers(1, 86_400).map(float),
    day=st.integers(0, 40_000),
    local_s=st.floats(0, 86_399),
    utc_offset_s=st.sampled_from([0.0, HOUR_S, -5 * HOUR_S, 5.75 * HOUR_S]),
)
def test_weekdays_are_those_of_the_calendar(
    weekdays: tuple[int, ...],
    start_s: float,
    length_s: float,
    day: int,
    local_s: float,
    utc_offset_s: float,
) -> None:
    window = ImportWindow(
        start_s=start_s,
        end_s=(start_s + length_s) % DAY_S,
        power_w=6900.0,
        weekdays=weekdays,
    )
    (row,) = decided(
        window, day=day, local_s=local_s, utc_offset_s=utc_offset_s
    ).chargers
    now_s = day * DAY_S + local_s
    begun = [(day + back) * DAY_S + start_s for back in (-1, 0)]
    is_open = any(
        begin_s <= now_s < begin_s + length_s
        and datetime.fromtimestamp(begin_s, UTC).weekday() in weekdays
        for begin_s in begun
    )
    assert row.set_a == (10 if is_open else 16)


@pytest.mark.parametrize(
    ("local_h", "ends_h"), [(23.0, 30.0), (1.0, 6.0), (18.0, 21.0), (12.0, None)]
)
@pytest.mark.parametrize("clock_ahead_s", [0.0, -1.25e9])
def test_reason_tells_when_the_limit_ends(
    local_h: float, ends_h: float | None, clock_ahead_s: float
) -> None:
    (row,) = decided(
        NIGHT, EVENING, local_s=local_h * HOUR_S, clock_ahead_s=clock_ahead_s
    ).chargers
    begin_s = 20_000 * DAY_S + clock_ahead_s
    expected_s = None if ends_h is None else begin_s + ends_h * HOUR_S
    assert row.limiting.limit_ends_s == expected_s
    assert row.limiting.until_s == expected_s


def test_limit_of_the_whole_day_does_not_end() -> None:
    whole = ImportWindow(start_s=0.0, end_s=0.0, power_w=6900.0)
    (row,) = decided(whole, local_s=8 * HOUR_S).chargers
    assert row.limiting.limit_ends_s is None


def test_limit_of_one_whole_day_ends_with_it() -> None:
    """Day 20,000 is a Friday; nothing begins on the Saturday after it."""
    whole = ImportWindow(start_s=0.0, end_s=0.0, power_w=6900.0, weekdays=(4,))
    (row,) = decided(whole, local_s=8 * HOUR_S).chargers
    assert row.limiting.limit_ends_s is not None


@pytest.mark.parametrize(
    ("start_s", "power_w"), [(nan, 5000.0), (inf, 5000.0), (0, nan)]
)
def test_window_without_sense_holds_always(start_s: float, power_w: float) -> None:
    window = ImportWindow(start_s=start_s, end_s=HOUR_S, power_w=power_w)
    (row,) = decided(window, local_s=0.5 * HOUR_S).chargers
    assert row.set_a < 16


@given(
    start_s=st.integers(0, 86_399).map(float),
    end_s=st.integers(0, 86_399).map(float),
    local_s=st.floats(0, 86_399),
    utc_offset_s=st.sampled_from([0.0, HOUR_S, -5 * HOUR_S, 5.75 * HOUR_S]),
)
def test_next_edge_is_when_to_decide_again(
    start_s: float, end_s: float, local_s: float, utc_offset_s: float
) -> None:
    """Until the next decision is due, the limit is as it was decided; then it changes."""
    window = ImportWindow(start_s=start_s, end_s=end_s, power_w=6900.0)
    decision = decided(window, local_s=local_s, utc_offset_s=utc_offset_s)
    is_open = (local_s - start_s) % DAY_S < ((end_s - start_s) % DAY_S or DAY_S)
    assert decision.chargers[0].set_a == (10 if is_open else 16)
    edge_s = end_s if is_open else start_s
    left_s = (edge_s - local_s) % DAY_S or DAY_S
    if end_s != start_s:
        assert decision.next_look_s is not None
        assert decision.next_look_s <= decision.time_s + left_s + 1e-3
