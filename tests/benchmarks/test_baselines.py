"""The simple controllers do what their names say."""

from benchmarks.baselines import Fixed, Hold, LearningHold, PlainLoop
from benchmarks.plant_loop import Controller, run
from benchmarks.scenarios import Case
from benchmarks.visits import Visit

from .homes import one_car, steps


def sent(case: Case, controller: Controller) -> list[tuple[float, float]]:
    """Return the commands as (second, A)."""
    return [(row.time_s, row.current_a) for row in run(case, controller).commands]


def test_fixed_sends_its_maximum_once() -> None:
    case = one_car(steps((120, 30.0)))
    assert [current_a for _, current_a in sent(case, Fixed(case))] == [16.0]


def test_plain_loop_cuts_at_once_and_waits_with_a_raise() -> None:
    case = one_car(steps((200, 5.0), (5, 13.0), (95, 5.0)))
    commands = [row for row in sent(case, PlainLoop(case)) if row[0] >= 200]
    first, last = commands[0], commands[-1]
    assert first == (201.0, 12.0)
    assert last[1] == 16.0
    cuts = [time_s for time_s, current_a in commands if current_a < 16.0]
    assert last[0] >= cuts[-1] + 30


def test_hold_raises_when_the_load_has_left_its_window() -> None:
    case = one_car(steps((200, 5.0), (5, 13.0), (95, 5.0)))
    commands = [row for row in sent(case, Hold(case, 20.0)) if row[0] >= 200]
    assert commands == [(201.0, 12.0), (226.0, 16.0)]


def test_learning_hold_waits_longer_where_loads_come_again() -> None:
    cycles = [(5, 13.0), (35, 5.0)] * 10
    case = one_car(steps((200, 5.0), *cycles))
    fixed = sent(case, Hold(case, 20.0))
    learning = sent(case, LearningHold(case))
    assert len(learning) < len(fixed) / 2


def test_cars_that_are_there_get_equal_parts() -> None:
    house_a = steps((300, 0.0))
    house_a[0] = 50.0
    visits = (Visit(0, 0, 300, None), Visit(1, 100, 300, None))
    case = one_car(house_a, scenario="UK80", visits=visits)
    final = {}
    for row in run(case, Hold(case, 20.0)).commands:
        final[row.charger] = row.current_a
    assert final == {0: 15.0, 1: 15.0}
