"""The small decisions of the drivers."""

from typing import Any

from homeassistant.core import State
import pytest

from custom_components.ev_lb.chargers.actions import with_variables
from custom_components.ev_lb.chargers.number_range import on_step
from custom_components.ev_lb.chargers.sender import retry_delay_s
from custom_components.ev_lb.chargers.status import StatusSensor
from custom_components.ev_lb.engine.model import ChargerStatus

NAMES = ["charger_id", "current_a"]
VARIABLES = {"charger_id": "{{ charger_id }}", "current_a": "{{ current_a }}"}


@pytest.mark.parametrize(
    ("current_a", "minimum_a", "step_a", "expected"),
    [
        (16.0, 0.0, 1.0, 16.0),
        (16.9, 0.0, 1.0, 16.0),
        (16.0, 0.0, 0.1, 16.0),
        (15.99, 0.0, 0.1, 15.9),
        (15.0, 6.0, 2.0, 14.0),
        (7.0, 6.0, 5.0, 6.0),
        (5.0, 6.0, 1.0, 5.0),
        (9.5, 0.0, 0.0, 9.5),
    ],
)
def test_a_current_is_rounded_down_to_a_step(
    current_a: float, minimum_a: float, step_a: float, expected: float
) -> None:
    assert on_step(current_a, minimum_a, step_a) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("failures", "delay_s"),
    [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (100_000, 60)],
)
def test_retries_grow_rarer(failures: int, delay_s: float) -> None:
    assert retry_delay_s(failures, 1.0) == delay_s


def test_a_slow_cloud_is_given_time() -> None:
    assert [retry_delay_s(failures, 30.0) for failures in (1, 2, 3)] == [30, 60, 60]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ({"action": "script.x"}, {"action": "script.x", "data": VARIABLES}),
        ({"service": "script.x"}, {"service": "script.x", "data": VARIABLES}),
        (
            {"action": "script.x", "data": {"current_a": 6, "more": 1}},
            {"action": "script.x", "data": VARIABLES | {"current_a": 6, "more": 1}},
        ),
        ({"action": "script.turn_on"}, {"action": "script.turn_on"}),
        ({"action": "number.set_value"}, {"action": "number.set_value"}),
        ({"delay": 1}, {"delay": 1}),
    ],
)
def test_only_scripts_by_name_are_handed_the_variables(
    step: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert with_variables(step, NAMES) == expected


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("Laden", ChargerStatus.CHARGING),
        ("Frei", ChargerStatus.DISCONNECTED),
        ("laden", None),
        ("unavailable", None),
    ],
)
def test_a_status_is_what_its_owner_says_it_is(
    value: str, status: ChargerStatus | None
) -> None:
    sensor = StatusSensor(
        "sensor.status",
        {"Laden": ChargerStatus.CHARGING, "Frei": ChargerStatus.DISCONNECTED},
    )
    sensor.observe(State("sensor.status", value))

    assert sensor.status is status


def test_no_state_is_no_status() -> None:
    sensor = StatusSensor("sensor.status", {"x": ChargerStatus.CHARGING})
    sensor.observe(State("sensor.status", "x"))
    sensor.observe(None)

    assert sensor.status is None
