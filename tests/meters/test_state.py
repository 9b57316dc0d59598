"""One state, one number, or a reason why not."""

from homeassistant.core import State
import pytest

from custom_components.ev_lb.engine.model import Reading, ReadingProblem
from custom_components.ev_lb.meters.state import Quantity, read_state

NOW_S = 1000.0


def state(value: str, unit: str | None) -> State:
    attributes = {} if unit is None else {"unit_of_measurement": unit}
    return State("sensor.meter", value, attributes)


@pytest.mark.parametrize(
    ("value", "unit", "quantity", "factor", "expected"),
    [
        ("3000", "W", Quantity.POWER, 1.0, 3000),
        ("3.0", "kW", Quantity.POWER, 1.0, 3000),
        ("0.003", "MW", Quantity.POWER, 1.0, 3000),
        ("-3000", "W", Quantity.POWER, -1.0, 3000),
        ("2.3", "kW", Quantity.POWER, 1 / 230, 10),
        ("16", "A", Quantity.CURRENT, 1.0, 16),
        ("16000", "mA", Quantity.CURRENT, 1.0, 16),
        (" 16 ", "A", Quantity.CURRENT, 1.0, 16),
        ("1.6e1", "A", Quantity.CURRENT, 1.0, 16),
        ("0", "A", Quantity.CURRENT, 1.0, 0),
        ("81.5", "%", Quantity.RATIO, 1.0, 81.5),
    ],
)
def test_a_number_in_a_known_unit_is_read(
    value: str, unit: str, quantity: Quantity, factor: float, expected: float
) -> None:
    reading = read_state(state(value, unit), quantity, NOW_S, factor)

    assert reading.value == pytest.approx(expected)
    assert reading.time_s == NOW_S
    assert reading.problem is None


@pytest.mark.parametrize(
    ("value", "unit", "problem"),
    [
        ("unavailable", "W", ReadingProblem.UNAVAILABLE),
        ("unknown", "W", ReadingProblem.UNAVAILABLE),
        ("", "W", ReadingProblem.UNAVAILABLE),
        ("nan", "W", ReadingProblem.NOT_A_NUMBER),
        ("inf", "W", ReadingProblem.NOT_A_NUMBER),
        ("-inf", "W", ReadingProblem.NOT_A_NUMBER),
        ("1e999", "W", ReadingProblem.NOT_A_NUMBER),
        ("on", "W", ReadingProblem.NOT_A_NUMBER),
        ("3,5", "W", ReadingProblem.NOT_A_NUMBER),
        ("3000", None, ReadingProblem.WRONG_UNIT),
        ("3000", "VA", ReadingProblem.WRONG_UNIT),
        ("3000", "w", ReadingProblem.WRONG_UNIT),
        ("13", "A", ReadingProblem.WRONG_UNIT),
        ("3", "kWh", ReadingProblem.WRONG_UNIT),
    ],
)
def test_anything_else_is_a_problem(
    value: str, unit: str | None, problem: ReadingProblem
) -> None:
    assert read_state(state(value, unit), Quantity.POWER, NOW_S).problem is problem


def test_no_state_is_no_reading() -> None:
    reading = read_state(None, Quantity.CURRENT, NOW_S)

    assert reading == Reading(0.0, NOW_S, ReadingProblem.UNAVAILABLE)
