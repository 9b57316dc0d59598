"""What a charger's status sensor says of its car, in any vocabulary."""

from collections.abc import Mapping

from homeassistant.core import State

from custom_components.ev_lb.engine.model import ChargerStatus


class StatusSensor:
    """Translates one charger's states."""

    def __init__(self, entity_id: str, meanings: Mapping[str, ChargerStatus]) -> None:
        """Take the sensor and what its states mean; others mean nothing."""
        self.entity_id = entity_id
        self.status: ChargerStatus | None = None
        """What it said last; None when that says nothing of the car."""
        self._meanings = dict(meanings)

    def observe(self, state: State | None) -> None:
        """Take the sensor's state."""
        self.status = None if state is None else self._meanings.get(state.state)
