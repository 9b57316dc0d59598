"""One state, one number, or a reason why not."""

from homeassistant.core import State
import pytest

from custom_components.ev_lb.engine.model import Phase, Reading, ReadingProblem
from custom_components.ev_lb.meters.sensor import Sensor
from custom_components.ev_lb.meters.site_meter import SiteMeter
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


def test_a_meter_keeps_the_last_report_of_each_phase() -> None:
    meter = SiteMeter(
        phases={
            Phase.L1: Sensor("sensor.l1", Quantity.CURRENT),
            Phase.L3: Sensor("sensor.l3", Quantity.CURRENT),
        }
    )
    assert meter.phase_currents_a() == (None, None, None)

    meter.observe("sensor.l3", state("4", "A"), 1.0)
    meter.observe("sensor.l3", state("5", "A"), 2.0)
    meter.observe("sensor.other", state("6", "A"), 3.0)

    assert meter.phase_currents_a() == (None, None, Reading(5.0, 2.0))
    assert meter.total_power_w() is None
    assert meter.entity_of(Phase.L3) == "sensor.l3"
    assert meter.entity_of(Phase.L2) is None


def test_a_total_meter_tells_of_no_phase() -> None:
    meter = SiteMeter(total=Sensor("sensor.power", Quantity.POWER))
    meter.observe("sensor.power", state("2", "kW"), 1.0)

    assert meter.total_power_w() == Reading(2000.0, 1.0)
    assert meter.phase_currents_a() == (None, None, None)
    assert meter.entity_of(Phase.L2) == "sensor.power"
