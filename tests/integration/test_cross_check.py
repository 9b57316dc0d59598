"""The engine in Home Assistant and in the simulator: the same hour, the same commands."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from benchmarks.closed_loop import Run
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import recorded_day
from custom_components.ev_lb.simulation.meter import MeterConfiguration
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

from .bridge import Bridge, Sent
from .homes import CHARGER_ID, PHASE_SITE, TELLING_CHARGER, Home, make_entry

HOUR_S = 3600.0


def configuration(phase_count: int, meter_period_s: float) -> PlantConfiguration:
    """Return a lively hour of the recorded day, behind a fuse that is tight for it."""
    return PlantConfiguration(
        service_current_a=20.0,
        household=recorded_day(),
        meter=MeterConfiguration(sampling=Sampling(period_s=meter_period_s)),
        chargers=(
            ChargerConfiguration(
                charger_id=CHARGER_ID,
                report=Sampling(period_s=5.0),
                car=CarConfiguration(phase_count=phase_count),
            ),
        ),
    )


@pytest.mark.parametrize(("phase_count", "meter_period_s"), [(3, 5.0), (1, 10.0)])
async def test_home_assistant_and_simulator_command_the_same(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    phase_count: int,
    meter_period_s: float,
) -> None:
    freezer.move_to("2026-11-20 16:00:00+00:00")
    entry = make_entry(PHASE_SITE, {"service_current_a": 20.0}, TELLING_CHARGER)
    home = Home(hass, freezer, entry)
    await home.install_charger()
    plant = configuration(phase_count, meter_period_s)
    bridge = Bridge(home, Plant(plant))
    bridge.show()
    await home.start()
    run = Run(entry.runtime_data.controller.site, Plant(plant), tells_status=True)

    await bridge.live(HOUR_S)
    run.until(HOUR_S)

    expected: Sent = [(row.time_s, row.current_a) for row in run.commands]
    assert len(expected) >= 10
    assert bridge.sent == expected
    assert bridge.plant.statistics().energy_kwh == run.plant.statistics().energy_kwh
