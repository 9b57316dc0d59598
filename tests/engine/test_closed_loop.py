"""Engine and plant together: no double cut, no double raise, no limit cycle."""

from dataclasses import replace
from itertools import pairwise

import pytest

from benchmarks.closed_loop import Command, Run, site_for
from custom_components.ev_lb.engine.model import ChargerStatus, Phase, Response
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import HouseholdLoad
from custom_components.ev_lb.simulation.meter import (
    MeterConfiguration,
    MeterContent,
    MeterFault,
)
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

METER_PERIODS_S = (1, 5, 10, 60)
DEAD_TIMES_S = (1, 5, 15, 30)
VOLTAGE_V = 230


def house(*steps: tuple[int, float]) -> HouseholdLoad:
    """Return a house on L1 that draws so many ampere from each second on."""
    return HouseholdLoad(
        seconds=tuple(second for second, _ in steps),
        powers_w=tuple((amps * VOLTAGE_V, 0.0, 0.0) for _, amps in steps),
        length_s=10**6,
    )


def home(
    household: HouseholdLoad,
    *,
    meter_s: float = 1,
    dead_time_s: float = 3,
    report_s: float = 1,
    measures_current: bool = True,
    charger_max_a: float = 16,
    car_max_a: float = 16,
    need_kwh: float | None = None,
    plugged_in: bool = True,
    content: MeterContent = MeterContent.PHASE_CURRENT,
) -> Run:
    """Return a home on 1 x 25 A with one charger, engine and plant joined."""
    car_dead_s = min(dead_time_s, 3)
    configuration = PlantConfiguration(
        service_current_a=25,
        phases=(Phase.L1,),
        start_hour=0,
        household=household,
        meter=MeterConfiguration(
            content=content,
            resolution=0.1 if content is MeterContent.PHASE_CURRENT else 1,
            sampling=Sampling(period_s=meter_s, latency_s=0.5),
        ),
        chargers=(
            ChargerConfiguration(
                phases=(Phase.L1,),
                max_current_a=charger_max_a,
                command_delay_s=dead_time_s - car_dead_s,
                report=Sampling(period_s=report_s, latency_s=0.2),
                car=CarConfiguration(
                    dead_time_s=car_dead_s,
                    phase_count=1,
                    max_current_a=car_max_a,
                    need_kwh=need_kwh,
                    plugged_in=plugged_in,
                ),
            ),
        ),
    )
    site = site_for(
        configuration,
        measures_current=measures_current,
        response=Response(dead_time_s=dead_time_s + 2),
        freshness_limit_s=180,
    )
    return Run(site, Plant(configuration))


def changes(run: Run, from_s: float, to_s: float) -> list[Command]:
    """Return the set-points that changed in a stretch of time."""
    return [
        command
        for command in run.commands
        if from_s <= command.time_s < to_s and command.before_a != command.current_a
    ]


@pytest.mark.parametrize("meter_s", METER_PERIODS_S)
@pytest.mark.parametrize("dead_time_s", DEAD_TIMES_S)
@pytest.mark.parametrize(
    ("measures_current", "report_s"), [(True, 1), (True, 10), (True, 30), (False, 1)]
)
def test_one_step_of_the_house_gives_one_command(
    meter_s: float, dead_time_s: float, measures_current: bool, report_s: float
) -> None:
    """Each step down of the room is one cut, each step up one raise."""
    run = home(
        house((0, 9.3), (1000, 14.3), (2000, 10.3), (3000, 8.3)),
        meter_s=meter_s,
        dead_time_s=dead_time_s,
        report_s=report_s,
        measures_current=measures_current,
    )
    run.until(4000)
    seen = [
        [command.current_a for command in changes(run, start_s, start_s + 1000)]
        for start_s in (0, 1000, 2000, 3000)
    ]
    assert seen == [[15], [10], [14], [16]]


@pytest.mark.parametrize("meter_s", METER_PERIODS_S)
@pytest.mark.parametrize("dead_time_s", DEAD_TIMES_S)
@pytest.mark.parametrize("measures_current", [True, False])
def test_overload_ends_within_the_loop_delay(
    meter_s: float, dead_time_s: float, measures_current: bool
) -> None:
    """A step of the house is answered with the first report of it."""
    run = home(
        house((0, 5.3), (1000, 16.3)),
        meter_s=meter_s,
        dead_time_s=dead_time_s,
        measures_current=measures_current,
    )
    run.until(1500)
    # Sampling, the meter's latency, the dead time, and the second of the fall.
    assert run.plant.statistics().longest_overload_s <= meter_s + dead_time_s + 4


def test_cycling_appliance_does_not_drag_the_car_along() -> None:
    """An oven that switches every half minute leads to one cut, and no raise."""
    cycles = [(1000 + 15 * n, 15.3 if n % 2 == 0 else 5.3) for n in range(120)]
    run = home(house((0, 5.3), *cycles))
    run.until(2800)
    assert [command.current_a for command in changes(run, 1000, 2800)] == [9]


@pytest.mark.parametrize("measures_current", [True, False])
def test_stop_lasts_the_pause_and_restart_needs_lasting_room(
    measures_current: bool,
) -> None:
    run = home(
        house((0, 5.3), (1000, 20.3), (1100, 5.3), (1170, 20.3), (1250, 5.3)),
        measures_current=measures_current,
    )
    run.until(2000)
    first, second = changes(run, 900, 2000)
    assert (first.current_a, second.current_a) == (0, 16)
    assert 1000 <= first.time_s < 1002
    assert second.time_s - first.time_s >= 180
    # The room must have lasted the ramp-up time and the hold window.
    assert 1250 + 30 <= second.time_s <= 1250 + 60


def test_no_command_while_nothing_changes() -> None:
    run = home(house((0, 9.3)), meter_s=1)
    run.until(4 * 3600)
    assert len(run.commands) == 1
    assert run.plant.statistics().overload_s == 0


@pytest.mark.parametrize("report_s", [1, 10, 30])
def test_car_that_tapers_off_is_not_taken_for_the_house(report_s: float) -> None:
    """A full car leaves more room, not less; and no command is needed for it."""
    run = home(house((0, 9.3)), need_kwh=2, report_s=report_s)
    run.until(3 * 3600)
    assert run.plant.view().chargers[0].status is ChargerStatus.CONNECTED
    assert len(run.commands) == 1


@pytest.mark.parametrize("meter_s", [1, 10])
@pytest.mark.parametrize("report_s", [1, 10])
def test_no_wind_up_with_a_small_car_on_a_large_charger(
    meter_s: float, report_s: float
) -> None:
    """The house's step meets what the car draws, not a set-point far above."""
    run = home(
        house((0, 5.3), (1000, 15.3)),
        meter_s=meter_s,
        report_s=report_s,
        charger_max_a=32,
        car_max_a=16,
    )
    run.until(2000)
    statistics = run.plant.statistics()
    assert statistics.longest_overload_s <= meter_s + 3 + 4
    assert [command.current_a for command in changes(run, 1000, 2000)] == [9]


@pytest.mark.parametrize("car_max_a", [8, 10, 13])
def test_unmeasured_car_that_takes_less_neither_swings_nor_winds_up(
    car_max_a: float,
) -> None:
    """The second cut goes to the minimum: the first one was not heeded."""
    run = home(
        house((0, 5.3), (1000, 18.8)), measures_current=False, car_max_a=car_max_a
    )
    run.until(1000)
    assert [command.current_a for command in run.commands] == [16]
    run.until(1060)
    assert changes(run, 1000, 1060)[-1].current_a == 6
    # Two answers of the car, each with its dead time and the meter's delay.
    assert run.plant.statistics().longest_overload_s <= 2 * (5 + 3) + 4


def test_unplugged_and_plugged_in_again_starts_at_what_is_free() -> None:
    run = home(house((0, 5.3), (1500, 17.3)))
    run.tells_status = True
    run.until(1000)
    run.plant.unplug("charger")
    run.until(2000)
    assert run.commands[-1].current_a == 0
    run.plant.plug_in("charger")
    run.until(2003)
    assert run.commands[-1].current_a == 7
    run.until(2100)
    assert run.plant.statistics().overload_s <= 8


@pytest.mark.parametrize(
    ("fault", "lost_after_s"), [(MeterFault.LOST, 11), (MeterFault.SILENT, 181)]
)
def test_lost_meter_stops_the_car_and_its_return_starts_it(
    fault: MeterFault, lost_after_s: float
) -> None:
    run = home(house((0, 5.3)))
    run.until(1000)
    run.plant.set_meter_fault(fault)
    decision = run.until(1000 + lost_after_s + 1)
    assert decision.fallback_active
    assert decision.chargers[0].set_a == 0
    run.plant.set_meter_fault(None)
    run.until(3000)
    assert [command.current_a for command in changes(run, 900, 3000)] == [0, 16]


def test_meter_that_repeats_its_value_while_the_car_changes_is_lost() -> None:
    """A poller that goes on telling an old value is found out by the car."""
    run = home(house((0, 5.3)), need_kwh=3)
    run.until(1800)
    run.plant.set_meter_fault(MeterFault.FROZEN)
    decision = run.until(4000)
    assert not decision.meter_ok


def test_power_buffer_learns_to_hold_as_a_smaller_fuse_does() -> None:
    """An oven each eighty seconds undoes raise after raise, until they wait."""
    cycles = [(40 * n, 17.3 if n % 2 else 10.3) for n in range(225)]
    fuse, buffer = home(house(*cycles)), home(house(*cycles))
    (grid,) = buffer.site.circuits
    buffer.site = replace(
        buffer.site,
        circuits=(replace(grid, limit_a=(27.0, 27.0, 27.0)),),
        power_buffer_w=2 * VOLTAGE_V,
    )
    fuse.until(9000)
    buffer.until(9000)
    raises = [row for row in changes(fuse, 0, 9000) if row.current_a > row.before_a]
    assert len(raises) < 30
    assert changes(buffer, 0, 9000) == changes(fuse, 0, 9000)


def test_power_meter_that_suddenly_tells_kilowatts_is_not_believed() -> None:
    """7 kW read as 7 W would leave the whole fuse to the car."""
    run = home(house((0, 5.3)), content=MeterContent.TOTAL_POWER)
    run.until(1000)
    feeding = (-0.99 * (5.3 + 16) * VOLTAGE_V, 0.0, 0.0)
    run.plant.set_extra_load("the factor of a thousand", feeding)
    decision = run.until(1030)
    assert not decision.meter_ok
    assert decision.chargers[0].set_a == 0


def test_set_points_never_rise_twice_within_the_ramp_up_time_after_a_cut() -> None:
    """On a house that jumps about at random-looking moments."""
    steps = [(37 * n, 4.3 + 3 * (n * n % 5)) for n in range(400)]
    run = home(house(*steps), meter_s=5)
    run.until(37 * 400)
    moves = changes(run, 60, 37 * 400)
    assert len(moves) > 20
    for before, after in pairwise(moves):
        if before.current_a < before.before_a and after.current_a > after.before_a:
            assert after.time_s - before.time_s >= 30
