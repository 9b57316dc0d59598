"""A signal of the grid operator that dims the chargers."""

from math import inf

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import State

from custom_components.ev_lb.engine.model import Reading

from .sensor import Sensor
from .state import Quantity


class CapSignal(Sensor):
    """Keeps what the grid operator allows, W; infinity while it allows all.

    The entity is either on while the cap holds, or shows the power itself.
    """

    def __init__(self, entity_id: str, power_w: float) -> None:
        """Take the entity, and the power that holds while it is on, W."""
        super().__init__(entity_id, Quantity.POWER)
        self._power_w = power_w

    def observe(self, state: State | None, time_s: float) -> None:
        """Take what the entity reported at that time, changed or not."""
        if state is not None and state.state in (STATE_ON, STATE_OFF):
            allowed_w = self._power_w if state.state == STATE_ON else inf
            self.reading = Reading(allowed_w, time_s)
            return
        super().observe(state, time_s)
