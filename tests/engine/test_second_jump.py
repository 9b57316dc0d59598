"""A second jump of the house, as large as the car's fall, just as the fall shows."""

from random import Random

import pytest

from custom_components.ev_lb.simulation.meter import MeterConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

from .test_late_meters import CALM_A, CAR_A, LIMIT_A, home

DEAD_TIME_S = 3
MARGIN_S = 2
"""What `home` declares the response to be longer than it is, s."""
PLANT_S = 3
"""The plant lives in whole seconds: of the jump, the command and the fall, s."""


@pytest.mark.parametrize("delay_s", [1, 3, 5, 10, 20])
@pytest.mark.parametrize("report_s", [1, 5, 10, 60])
@pytest.mark.parametrize("seed", range(3))
def test_second_jump_is_answered_within_period_delay_and_response(
    seed: int, report_s: float, delay_s: int
) -> None:
    """Though the meter's value stays what it was, as if the car had not followed."""
    random = Random(seed)
    period_s = random.choice([1, 2, 5])
    late_s = max(delay_s - 1, 0.5)
    first_a = random.uniform(5, 9)
    fall_a = CAR_A - int(LIMIT_A - CALM_A - first_a)
    second_a = fall_a + random.choice([0, random.uniform(-1, 1)])
    # When the meter shows the fall.
    jump_s = 180 + round(late_s) + DEAD_TIME_S + random.randint(0, period_s + 3)
    run = home(
        [(0, CALM_A), (180, CALM_A + first_a), (jump_s, CALM_A + first_a + second_a)],
        meter=MeterConfiguration(
            sampling=Sampling(period_s=period_s, latency_s=late_s)
        ),
        delay_s=delay_s,
        report=Sampling(period_s=report_s, latency_s=0.2),
        dead_time_s=DEAD_TIME_S,
    )
    run.until(jump_s + 120)
    allowed_s = period_s + delay_s + DEAD_TIME_S + MARGIN_S + PLANT_S
    assert run.longest_overload_s("grid", jump_s) <= allowed_s
