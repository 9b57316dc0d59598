"""A meter of the total power, and a car that does not tell each phase apart."""

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.closed_loop import Run, site_for
from custom_components.ev_lb.engine.estimation.unmeasured import wires_of
from custom_components.ev_lb.engine.model import ALL_PHASES, Phase, Response
from custom_components.ev_lb.engine.model.state import Untold
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import HouseholdLoad
from custom_components.ev_lb.simulation.meter import MeterConfiguration, MeterContent
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

VOLTAGE_V = 230
BUSY_S, END_S = 2000, 3000


def home_on_a_total(
    *,
    busy_a: float,
    busy_s: int = BUSY_S,
    calm_a: float = 1.0,
    car_phases: int = 1,
    car_max_a: float = 16,
    measured: bool = True,
    tells_status: bool = True,
    can_export: bool = False,
    plugged_in: bool = True,
    start_s: float = 10,
    report: Sampling | None = None,
    meter_s: float = 10,
) -> Run:
    """Return a home on 3 x 25 A that draws more on L1 from a moment on."""
    configuration = PlantConfiguration(
        service_current_a=25,
        phases=ALL_PHASES,
        start_hour=0,
        household=HouseholdLoad(
            seconds=(0, busy_s),
            powers_w=tuple(
                (amps * VOLTAGE_V, 0.3 * VOLTAGE_V, 0.3 * VOLTAGE_V)
                for amps in (calm_a, busy_a)
            ),
            length_s=10**6,
        ),
        meter=MeterConfiguration(
            content=MeterContent.TOTAL_POWER,
            sampling=Sampling(period_s=meter_s, latency_s=0.5),
        ),
        chargers=(
            ChargerConfiguration(
                phases=ALL_PHASES,
                max_current_a=16,
                command_delay_s=1,
                report=report or Sampling(period_s=10, latency_s=0.2),
                car=CarConfiguration(
                    phase_count=car_phases,
                    max_current_a=car_max_a,
                    start_delay_s=start_s,
                    plugged_in=plugged_in,
                ),
            ),
        ),
    )
    site = site_for(
        configuration,
        measures_current=measured,
        response=Response(dead_time_s=6),
    )
    return Run(
        replace(site, can_export=can_export),
        Plant(configuration),
        tells_status=tells_status,
    )


def live(*, busy_a: float, **settings: Any) -> Run:
    """Return such a home just before that moment."""
    run = home_on_a_total(busy_a=busy_a, **settings)
    run.until(BUSY_S)
    return run


def set_a(run: Run) -> float:
    return run.state.chargers[0].set_a


def load_a(run: Run) -> float:
    """Return what L1 carries in the end."""
    flow = run.flows[-1]
    return flow.house_a[Phase.L1] + sum(a[Phase.L1] for a in flow.cars_a.values())


@pytest.mark.parametrize("can_export", [False, True])
@pytest.mark.parametrize("tells_status", [True, False])
@pytest.mark.parametrize(
    ("measured", "car_phases", "car_max_a"),
    [(True, 3, 16), (False, 3, 16), (False, 1, 16), (False, 1, 10), (False, 3, 10)],
)
def test_house_load_beside_a_car_on_unknown_wires_is_seen(
    measured: bool,
    car_phases: int,
    car_max_a: float,
    tells_status: bool,
    can_export: bool,
) -> None:
    """16 A on L1 leave the car 9 A, whatever of three wires it uses."""
    run = live(
        busy_a=16,
        measured=measured,
        car_phases=car_phases,
        car_max_a=car_max_a,
        tells_status=tells_status,
        can_export=can_export,
    )
    assert set_a(run) >= min(car_max_a, 15)
    run.until(BUSY_S + 30)
    assert load_a(run) <= 25
    run.until(END_S)
    assert load_a(run) <= 25
    assert set_a(run) <= 9


@pytest.mark.parametrize("can_export", [False, True])
@pytest.mark.parametrize("car_max_a", [10, 16])
def test_measured_car_on_one_of_three_wires_is_not_counted_three_times(
    car_max_a: float, can_export: bool
) -> None:
    """The total is, or rises by, less than three wires would draw, so it is one."""
    run = live(busy_a=16, car_max_a=car_max_a, can_export=can_export)
    assert set_a(run) >= car_max_a
    run.until(BUSY_S + 30)
    assert load_a(run) <= 25
    run.until(END_S)
    assert load_a(run) <= 25
    assert 6 <= set_a(run) <= 9


@pytest.mark.parametrize("can_export", [False, True])
def test_charger_without_car_or_status_explains_no_house_load(
    can_export: bool,
) -> None:
    """Nothing tells that no car is there, but the total does not rise for it."""
    run = live(
        busy_a=24,
        measured=False,
        tells_status=False,
        plugged_in=False,
        can_export=can_export,
    )
    assert set_a(run) > 0
    run.until(END_S)
    assert set_a(run) == 0


@pytest.mark.parametrize(
    ("shown_a", "wires"), [(0, 1), (6, 1), (7, 2), (12, 2), (13, 3), (18, 3), (30, 3)]
)
def test_car_counts_on_as_few_wires_as_carry_what_it_takes(
    shown_a: float, wires: int
) -> None:
    """Also where a cut under way leaves it less than it was shown to take."""
    assert wires_of(Untold(shown_a=shown_a), 18, 3) == wires
