"""A charger's current counts only where it can be one."""

from random import Random

import pytest

from custom_components.ev_lb.engine.draw import (
    PLAUSIBLE_A,
    measured_on_phases,
)
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerReading,
    ChargerStatus,
    Reading,
)

GARAGE = Charger(charger_id="garage", circuit_id="grid", measures_current=True)


def told(*values: float, status: ChargerStatus) -> ChargerReading:
    """Return what a charger tells of its current, A."""
    return ChargerReading(
        charger_id="garage",
        status=status,
        measured_a=tuple(Reading(value, 10.0) for value in values),
    )


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("status", [ChargerStatus.CHARGING, ChargerStatus.DISCONNECTED])
def test_absurd_current_is_no_measurement(seed: int, status: ChargerStatus) -> None:
    random = Random(seed)
    values = [random.uniform(0, 32) for _ in ALL_PHASES]
    absurd = random.choice([-1, 1]) * PLAUSIBLE_A * random.uniform(1.01, 1e6)
    values[random.randrange(3)] = absurd
    assert measured_on_phases(GARAGE, told(*values, status=status)) is None


@pytest.mark.parametrize("seed", range(20))
def test_charger_without_car_draws_nothing(seed: int) -> None:
    random = Random(seed)
    values = [random.uniform(0, 80) for _ in range(random.choice([1, 3]))]
    status = ChargerStatus.DISCONNECTED
    measured = measured_on_phases(GARAGE, told(*values, status=status))
    assert measured is not None
    assert measured.current_a == (0, 0, 0)
    measured = measured_on_phases(GARAGE, told(*values, status=ChargerStatus.CHARGING))
    assert measured is not None
    assert max(measured.current_a) == max(values)
