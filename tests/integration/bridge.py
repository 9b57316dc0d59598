"""Joins the simulated plant and the integration in Home Assistant."""

from datetime import timedelta
from math import inf

from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.ev_lb.simulation.plant import Plant

from .homes import CHARGER_ID, CURRENTS, MEASURED, STATUS, Home

AMPERE = {"unit_of_measurement": "A"}

type Sent = list[tuple[float, float]]
"""When each set-point was sent, and what it was, A."""


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
            return inf
        return float(decision.next_look_s) - self.start.timestamp()

    def _command(self) -> None:
        _, current_a = self.home.calls[-1]
        self.sent.append((self.plant.now_s, current_a))
        self.plant.set_current(CHARGER_ID, current_a)
