"""The sensors of a circuit: what its fuse carries, and what it could carry more."""

from custom_components.ev_lb.engine.model import Phase
from custom_components.ev_lb.explaining.figures import (
    circuit_allocation_a,
    circuit_headroom_a,
    circuit_load_a,
)

from .descriptions import EvLbSensorDescription, left_alone_sensor, phase_current_sensor


def circuit_sensors(phases: tuple[Phase, ...]) -> list[EvLbSensorDescription]:
    """Return the sensors of a circuit on so many phases."""
    sensors = [
        sensor
        for phase in phases
        for sensor in (
            phase_current_sensor(
                "circuit_load", phase, circuit_load_a, entity_category=None
            ),
            phase_current_sensor(
                "circuit_headroom", phase, circuit_headroom_a, entity_category=None
            ),
            phase_current_sensor(
                "circuit_allocation",
                phase,
                circuit_allocation_a,
                entity_registry_enabled_default=False,
            ),
        )
    ]
    return [*sensors, left_alone_sensor()]
