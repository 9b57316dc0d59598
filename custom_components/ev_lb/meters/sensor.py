"""One sensor whose last reading is kept."""

from copy import replace

from homeassistant.core import State

from custom_components.ev_lb.engine.model import Reading

from .state import Quantity, read_state


class Sensor:
    """Keeps the last reading of an entity, A, W, V or percent."""

    def __init__(self, entity_id: str, quantity: Quantity, factor: float = 1.0) -> None:
        """Take the entity, what it measures, and what its values are multiplied with.

        The factor holds the sign, and 1/V where a power stands for a current.
        """
        self.entity_id = entity_id
        self.reading: Reading | None = None
        """None until it has been observed."""
        self._quantity = quantity
        self._factor = factor

    @property
    def sensors(self) -> tuple[Sensor, ...]:
        """Return itself: it is a source of one sensor."""
        return (self,)

    def observe(self, state: State | None, time_s: float) -> None:
        """Take what the entity reported at that time, changed or not."""
        self.reading = read_state(state, self._quantity, time_s, self._factor)

    def confirm(self, time_s: float) -> None:
        """Take that the value still held at that time, though it was not repeated."""
        reading = self.reading
        if reading is not None and reading.problem is None and reading.time_s < time_s:
            self.reading = replace(reading, time_s=time_s)
