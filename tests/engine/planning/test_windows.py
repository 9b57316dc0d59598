"""Import limits by time of day and the unbalance at the grid hold in plans, too."""

from datetime import datetime
from math import inf, nan
from zoneinfo import ZoneInfo

from hypothesis import example, given, strategies as st
import pytest

from custom_components.ev_lb.engine.model import (
    Charger,
    Circuit,
    ImportWindow,
    LimitingFactor,
    Meter,
    MeterKind,
    Phase,
    Site,
)
from custom_components.ev_lb.engine.planning.plan import plan
from custom_components.ev_lb.engine.planning.request import (
    ClockChange,
    Goal,
    PlanRequest,
    Slot,
)
from custom_components.ev_lb.engine.planning.windows import cap_w, open_times

from .checks import assert_sound, at, request, site, slots

HOUR_S = 3600.0
BERLIN = ZoneInfo("Europe/Berlin")
CLOCK = (
    ClockChange(datetime.fromisoformat("2025-10-26T01:00Z").timestamp(), 3600.0),
    ClockChange(datetime.fromisoformat("2026-03-29T01:00Z").timestamp(), 7200.0),
    ClockChange(datetime.fromisoformat("2026-10-25T01:00Z").timestamp(), 3600.0),
)


def day_of(weekday: int) -> tuple[float, float]:
    """Return a day of the week of the plans, UTC."""
    monday_s = 1_789_948_800.0  # Monday, 21 September 2026
    return monday_s + weekday * 86400, monday_s + (weekday + 1) * 86400


@pytest.mark.parametrize("phases", [(0,), (1, 2), (0, 1, 2)])
@pytest.mark.parametrize("hours", [(1, 3), (23, 2), (2, 2)])
def test_no_window_is_exceeded(phases: tuple[int, ...], hours: tuple[int, int]) -> None:
    window = ImportWindow(
        start_s=hours[0] * HOUR_S, end_s=hours[1] * HOUR_S, power_w=2500.0
    )
    charger = Charger(
        charger_id="a", circuit_id="grid", phases=tuple(Phase(row) for row in phases)
    )
    home = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25.0,) * 3),),
        chargers=(charger,),
        import_windows=(window,),
    )
    asked = request(
        home,
        slots([0.3, 0.1] * 48, house_a=(1.0, 1.0, 1.0)),
        Goal(charger_id="a", needed_kwh=60.0, ready_s=at(96)),
    )
    found = plan(asked)
    assert_sound(asked, found)
    # On one phase there is room for a minimum beside the house, on more there is none.
    assert found.cars[0].energy_kwh > 0 or hours == (2, 2)


def test_what_the_window_takes_is_named() -> None:
    home = site("a", import_windows=(ImportWindow(start_s=0, end_s=0, power_w=3000),))
    asked = request(
        home, slots([0.3] * 8), Goal(charger_id="a", needed_kwh=9, ready_s=at(8))
    )
    (car,) = plan(asked).cars
    assert car.energy_kwh == 0
    assert car.shortfall is not None
    assert car.shortfall.factor is LimitingFactor.IMPORT_CAP


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-10-24", 25), ("2026-03-28", 23), ("2026-06-01", 24)]
)
def test_a_window_of_local_time_is_as_long_as_the_night(day: str, hours: int) -> None:
    """From 22:00 to 22:00, over a change of the clock."""
    start = datetime.fromisoformat(f"{day}T22:00").replace(tzinfo=BERLIN).timestamp()
    window = ImportWindow(start_s=22 * HOUR_S, end_s=22 * HOUR_S, power_w=1.0)
    found = open_times((window,), CLOCK, start - 60, start + 60)
    assert [row.end_s - row.start_s for row in found if row.start_s == start] == [
        hours * HOUR_S
    ]


def test_a_window_begins_on_its_days() -> None:
    window = ImportWindow(
        start_s=20 * HOUR_S, end_s=4 * HOUR_S, power_w=1.0, weekdays=(4,)
    )
    for weekday in range(7):
        from_s, until_s = day_of(weekday)
        found = open_times((window,), (), from_s, until_s)
        assert bool(found) == (weekday in (4, 5)), weekday


@pytest.mark.parametrize("nonsense", [nan, inf, -inf])
def test_a_window_whose_times_make_no_sense_is_always_open(nonsense: float) -> None:
    window = ImportWindow(start_s=nonsense, end_s=0.0, power_w=100.0)
    times = open_times((window,), (), *day_of(0))
    assert cap_w(times, *day_of(3)) == 100


@pytest.mark.parametrize("kind", [MeterKind.TOTAL, MeterKind.PER_PHASE])
def test_the_grid_is_not_unbalanced(kind: MeterKind) -> None:
    """The house draws 8 A more on the first phase; a total meter does not tell that."""
    one = Charger(charger_id="a", circuit_id="grid", phases=(Phase.L1,))
    home = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(40.0,) * 3),),
        chargers=(one,),
        meter=Meter(kind=kind),
        grid_unbalance_limit_a=20.0,
    )
    asked = request(
        home,
        slots([0.3] * 4, house_a=(9.0, 1.0, 1.0)),
        Goal(charger_id="a", needed_kwh=50, ready_s=at(4)),
    )
    (car,) = plan(asked).cars
    most_a = max(part.current_a for block in car.blocks for part in block.parts)
    assert most_a == pytest.approx(16 if kind is MeterKind.TOTAL else 12)
    assert car.shortfall is not None
    expected = (
        LimitingFactor.CHARGER_MAX
        if kind is MeterKind.TOTAL
        else LimitingFactor.UNBALANCE
    )
    assert car.shortfall.factor is expected


@given(
    start_s=st.floats(),
    end_s=st.floats(),
    power_w=st.floats(),
    weekdays=st.lists(st.integers(-9, 9), max_size=4),
    limit_a=st.floats() | st.none(),
    clock=st.lists(st.tuples(st.floats(), st.floats()), max_size=3),
)
@example(
    start_s=0.0, end_s=1.0, power_w=1.0, weekdays=[], limit_a=None, clock=[(0.0, nan)]
)
@example(
    start_s=0.0, end_s=1.0, power_w=1.0, weekdays=[], limit_a=None, clock=[(0.0, inf)]
)
def test_any_window_and_any_clock_give_a_plan(
    start_s: float,
    end_s: float,
    power_w: float,
    weekdays: list[int],
    limit_a: float | None,
    clock: list[tuple[float, float]],
) -> None:
    window = ImportWindow(
        start_s=start_s, end_s=end_s, power_w=power_w, weekdays=tuple(weekdays)
    )
    home = site("a", import_windows=(window,), grid_unbalance_limit_a=limit_a)
    asked = PlanRequest(
        site=home,
        slots=(Slot(start_s=at(0), end_s=at(1), price=0.3),),
        goals=(Goal(charger_id="a", needed_kwh=1.0, ready_s=at(1)),),
        now_s=at(0),
        clock=tuple(ClockChange(*row) for row in clock),
    )
    (car,) = plan(asked).cars
    assert car.energy_kwh >= 0
