"""The fast loop and the plant are one model."""

import numpy as np
import pytest

from benchmarks.baselines import PlainLoop
from benchmarks.plant_loop import LEAD_S, Seen, run
from benchmarks.scenarios import Timing
from benchmarks.scoring import score
from benchmarks.visits import Visit
from custom_components.ev_lb.simulation.household import DAY_S, recorded_day
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration

from .homes import one_car

VISIT = Visit(0, 61200, 86400, None)


def test_fast_loop_equals_the_plant() -> None:
    home = recorded_day()
    lengths = np.diff([*home.seconds, DAY_S])
    watts = np.repeat(np.array(home.powers_w), lengths, axis=0).T
    case = one_car(watts / 230, timing=Timing(meter_period_s=10.0), visits=(VISIT,))
    flow = run(case, PlainLoop(case))
    fast = score(flow, case.scenario.limit_a, 1.0)

    plant = Plant(
        PlantConfiguration(
            start_hour=0.0, meter=case.meter, chargers=case.chargers, seed=case.seed
        )
    )
    loop = PlainLoop(case)
    plant.advance(VISIT.start_s - LEAD_S)
    while plant.now_s < DAY_S - 1:
        view = plant.view()
        seen = Seen(
            now_s=plant.now_s,
            meter_values=view.reading.values or (),
            meter_s=view.reading.time_s,
            measured_a=[row.measured_a for row in view.chargers],
            measured_s=plant.now_s,
            statuses=[row.status for row in view.chargers if row.status],
            fresh_meter=view.reading.time_s == plant.now_s,
            drawn_a=[],
        )
        loop.look(seen, lambda _, current_a: plant.set_current("charger", current_a))
        plant.advance(plant.now_s + 1)
        if plant.now_s == VISIT.start_s:
            plant.plug_in("charger")
    plant.advance(DAY_S)
    slow = plant.statistics()

    assert fast.overload_as == pytest.approx(slow.overload_as)
    assert fast.overload_as > 0
    assert fast.trips == slow.car_trips
    assert fast.thermal_headroom_used == pytest.approx(slow.thermal_headroom_used)
    assert fast.longest_overload_s == slow.longest_overload_s
    assert fast.energy_kwh == pytest.approx(sum(slow.energy_kwh.values()))
    counts = (fast.commands, fast.starts, fast.stops)
    assert counts == (slow.commands, slow.starts, slow.stops)
