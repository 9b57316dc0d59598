"""Meters whose values are older than their reports."""

from dataclasses import replace
from random import Random

import pytest

from benchmarks.closed_loop import Run, site_for
from custom_components.ev_lb.engine.model import ALL_PHASES, Phase, Response
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import HouseholdLoad
from custom_components.ev_lb.simulation.meter import MeterConfiguration, MeterContent
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

LIMIT_A = 32.0
CALM_A = 4.3
CAR_A = int(LIMIT_A - CALM_A)
METER_STEP_A = 0.1
VOLTAGE_V = 230.0


def home(
    steps: list[tuple[int, float]],
    *,
    meter: MeterConfiguration,
    delay_s: float,
    report: Sampling,
    dead_time_s: float = 3,
    phases: tuple[Phase, ...] = (Phase.L1,),
    measured: bool = True,
) -> Run:
    """Return a home on 32 A with a car on L1, where the house draws, too."""
    car_dead_s = min(dead_time_s, 3)
    configuration = PlantConfiguration(
        service_current_a=LIMIT_A,
        phases=phases,
        start_hour=0,
        household=HouseholdLoad(
            seconds=tuple(second for second, _ in steps),
            powers_w=tuple((amps * VOLTAGE_V, 0.0, 0.0) for _, amps in steps),
            length_s=10**6,
        ),
        meter=meter,
        chargers=(
            ChargerConfiguration(
                phases=(Phase.L1,),
                max_current_a=LIMIT_A,
                command_delay_s=dead_time_s - car_dead_s,
                report=report,
                car=CarConfiguration(
                    dead_time_s=car_dead_s, phase_count=1, max_current_a=LIMIT_A
                ),
            ),
        ),
    )
    site = site_for(
        configuration,
        measures_current=measured,
        response=Response(dead_time_s=dead_time_s + 2),
        freshness_limit_s=180,
    )
    site = replace(site, meter=replace(site.meter, delay_s=delay_s))
    return Run(site, Plant(configuration))


def cuts(run: Run, since_s: float) -> list[tuple[float, float]]:
    """Return when the car was told less, and what, A."""
    return [
        (row.time_s, row.current_a)
        for row in run.commands
        if row.time_s >= since_s and row.current_a < row.before_a
    ]


def noisy(random: Random, steps: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the house's steps with a tremble of some tenths of an ampere."""
    found = []
    for (second, amps), (until, _) in zip(steps, [*steps[1:], (200, 0.0)], strict=True):
        found += [
            (at, amps + random.uniform(-0.2, 0.2)) for at in range(second, until, 3)
        ]
    return found


@pytest.mark.parametrize("seed", range(10))
def test_what_the_report_after_a_cut_shows_too_much_is_the_house_s(seed: int) -> None:
    """The charger has told the lower current, and the meter a value of its own.

    A second jump as large as the fall is left out: the report then is the one
    before, as of a meter that is late.
    """
    random = Random(seed)
    period_s = random.choice([5, 6])
    first_a, second_a = random.uniform(6, 12), random.uniform(3, 8)
    fall_a = CAR_A - int(LIMIT_A - CALM_A - first_a)
    if abs(second_a - fall_a) < 1.5:
        second_a = fall_a + 1.5
    run = home(
        [
            (0, CALM_A),
            (120, CALM_A + first_a),
            (random.randint(122, 120 + period_s), CALM_A + first_a + second_a),
        ],
        meter=MeterConfiguration(
            sampling=Sampling(period_s=period_s, latency_s=0.5, offset_s=120 % period_s)
        ),
        delay_s=random.uniform(1, 3),
        report=Sampling(period_s=1, latency_s=0.2),
    )
    run.until(180)
    first, second = cuts(run, 120)
    assert first[0] == 120.5
    # The report that shows the second jump is answered at once, and in full.
    assert second[0] == 120.5 + period_s
    assert second[1] <= LIMIT_A - CALM_A - first_a - second_a + METER_STEP_A


@pytest.mark.parametrize("content", MeterContent)
@pytest.mark.parametrize("seed", range(5))
def test_what_comes_after_the_meter_has_shown_the_fall_is_the_house_s(
    seed: int, content: MeterContent
) -> None:
    """However much older than its reports the meter's values might have been."""
    random = Random(seed)
    first_a, second_a = random.uniform(6, 12), random.uniform(2, 8)
    jump_s = random.randint(126, 132)
    run = home(
        [(0, CALM_A), (120, CALM_A + first_a), (jump_s, CALM_A + first_a + second_a)],
        meter=MeterConfiguration(content=content, sampling=Sampling(latency_s=0.5)),
        phases=ALL_PHASES,
        delay_s=random.choice([8.0, 16.0]),
        report=Sampling(period_s=1, latency_s=0.2),
    )
    run.until(200)
    _, second = cuts(run, 120)
    assert second[0] == jump_s + 0.5
    assert second[1] <= LIMIT_A - CALM_A - first_a - second_a + METER_STEP_A


@pytest.mark.parametrize("averages", [False, True])
@pytest.mark.parametrize("late_s", [0.5, 1, 3, 10, 15])
@pytest.mark.parametrize("seed", range(4))
def test_late_values_of_a_car_are_not_cut_for_again(
    seed: int, late_s: float, averages: bool
) -> None:
    """One jump is one cut where the meter is as late as it is said to be."""
    random = Random(seed)
    period_s = random.choice([1, 5])
    jitter_s = random.choice([0.0, 1.0])
    jump_s = random.randint(120, 140)
    jump_a = random.uniform(6, 15)
    steps = noisy(random, [(0, CALM_A), (jump_s, CALM_A + jump_a)])
    run = home(
        steps,
        meter=MeterConfiguration(
            averages=averages,
            sampling=Sampling(period_s=period_s, latency_s=late_s, jitter_s=jitter_s),
        ),
        delay_s=late_s + jitter_s + (period_s if averages else 0) + 1,
        report=Sampling(period_s=random.choice([0.5, 1, 2, 5]), latency_s=0.2),
        dead_time_s=random.choice([3, 6]),
    )
    run.until(jump_s + 60)
    # The mean of the jump's own second, and the house's tremble, may come on top.
    least_a = min(amps for _, amps in cuts(run, 115))
    assert least_a >= int(LIMIT_A - CALM_A - jump_a - 0.5) - 1


@pytest.mark.parametrize(
    ("measured", "dead_time_s"), [(True, 10), (True, 60), (False, 60), (False, 90)]
)
@pytest.mark.parametrize("count", [9, 18])
def test_row_of_cuts_within_a_slow_response_goes_no_deeper_than_the_house(
    count: int, measured: bool, dead_time_s: float
) -> None:
    """However many are under way, the car counts with what it had before the first."""
    steps = [(200 + 2 * place, CALM_A + place + 1) for place in range(count)]
    run = home(
        [(0, CALM_A), *steps],
        meter=MeterConfiguration(sampling=Sampling(latency_s=0.5)),
        delay_s=3,
        report=Sampling(period_s=1, latency_s=0.2),
        dead_time_s=dead_time_s,
        measured=measured,
    )
    run.until(200 + 2 * count + dead_time_s + 20)
    least_a = min(amps for _, amps in cuts(run, 199))
    assert least_a == int(LIMIT_A - CALM_A - count)


@pytest.mark.parametrize("dead_time_s", [3, 10, 30])
@pytest.mark.parametrize("period_s", [1, 5, 10])
@pytest.mark.parametrize("report_s", [1, 10])
@pytest.mark.parametrize("seed", range(2))
def test_car_that_followed_is_cut_by_the_second_jump_only(
    seed: int, report_s: float, period_s: int, dead_time_s: float
) -> None:
    """The first cut was not in vain, though the meter shows as much as before it."""
    random = Random(seed)
    first_a = random.uniform(4, 9)
    second_a = random.choice([first_a, random.uniform(first_a, 9)])
    jump_s = 120 + round(random.uniform(0.8, 1.2) * (dead_time_s + period_s))
    run = home(
        [(0, CALM_A), (120, CALM_A + first_a), (jump_s, CALM_A + first_a + second_a)],
        meter=MeterConfiguration(
            sampling=Sampling(period_s=period_s, latency_s=0.5, offset_s=120 % period_s)
        ),
        delay_s=2,
        report=Sampling(period_s=report_s, latency_s=0.2),
        dead_time_s=dead_time_s,
    )
    run.until(jump_s + 3 * dead_time_s + 4 * period_s + 20)
    least_a = min(amps for _, amps in cuts(run, 120))
    assert least_a >= int(LIMIT_A - CALM_A - first_a - second_a) - 1
