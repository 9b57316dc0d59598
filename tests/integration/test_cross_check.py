"""The engine in Home Assistant and in the simulator: the same hour, the same commands."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from benchmarks.closed_loop import Run
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import recorded_day
from custom_components.ev_lb.simulation.meter import MeterConfiguration
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

from .homes import CHARGER_ID, CURRENTS, MEASURED, STATUS, Home, make_entry

HOUR_S = 3600.0
AMPERE = {"unit_of_measurement": "A"}
SITE: dict[str, Any] = {
    "meter_kind": "phase_current",
    "phases": 3,
    **dict(zip(("l1_entity", "l2_entity", "l3_entity"), CURRENTS, strict=True)),
}
CHARGER: dict[str, Any] = {
    "switch_entity": None,
    "phases": ["l1", "l2", "l3"],
    "max_current_a": 16.0,
    "measured_current_entity": MEASURED,
    "status_entity": STATUS,
    "charging_states": ["charging"],
    "connected_states": ["connected"],
    "disconnected_states": ["disconnected"],
}

type Sent = list[tuple[float, float]]
"""When each set-point was sent, and what it was, A."""


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


class Bridge:
    """Carries what the plant shows into Home Assistant, and commands back."""

    def __init__(self, home: Home, plant: Plant) -> None:
        self.home = home
        self.plant = plant
        self.sent: Sent = []
        self.start = dt_util.utcnow()
        self._told: dict[str, float] = {}
        home.during_call = self._command

    def show(self) -> None:
        """Let meter and charger report what is new."""
        view = self.plant.view()
        charger = view.chargers[0]
        self.home.hass.states.async_set(STATUS, str(charger.status))
        if self._is_new("meter", view.reading.time_s):
            assert view.reading.values is not None
            for entity_id, value in zip(CURRENTS, view.reading.values, strict=True):
                self.home.meter(value, "A", entity_id)
        if self._is_new("charger", charger.measured_s):
            self.home.hass.states.async_set(MEASURED, str(charger.measured_a), AMPERE)

    async def live(self, end_s: float) -> None:
        """Go from one event of the plant, or look of the balancer, to the next."""
        while (next_s := min(self.plant.next_event_s(), self._look_s())) <= end_s:
            self.plant.advance(max(next_s, self.plant.now_s))
            self.home.freezer.move_to(self.start + timedelta(seconds=next_s))
            self.show()
            async_fire_time_changed(self.home.hass)
            await self.home.hass.async_block_till_done()

    def _is_new(self, source: str, time_s: float) -> bool:
        before_s = self._told.get(source)
        self._told[source] = time_s
        return time_s != before_s

    def _look_s(self) -> float:
        """Return when the balancer wants to look again by itself."""
        decision = self.home.entry.runtime_data.controller.decision
        if decision is None or decision.next_look_s is None:
            return HOUR_S
        return float(decision.next_look_s) - self.start.timestamp()

    def _command(self) -> None:
        _, current_a = self.home.calls[-1]
        self.sent.append((self.plant.now_s, current_a))
        self.plant.set_current(CHARGER_ID, current_a)


@pytest.mark.parametrize(("phase_count", "meter_period_s"), [(3, 5.0), (1, 10.0)])
async def test_home_assistant_and_simulator_command_the_same(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    phase_count: int,
    meter_period_s: float,
) -> None:
    freezer.move_to("2026-11-20 16:00:00+00:00")
    entry = make_entry(SITE, {"service_current_a": 20.0}, CHARGER)
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
