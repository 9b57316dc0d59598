"""Current that flows, or may flow, though it is not allocated."""

from enum import StrEnum
from typing import NamedTuple


class ReservationCause(StrEnum):
    """Why current flows that nobody allocated."""

    UNREACHABLE = "unreachable"
    """The charger cannot be reached: it keeps what it has, or what its lease ends in."""
    METER_LOST = "meter_lost"
    """Its meter is lost, and it is to keep what it has meanwhile."""
    NOT_FOLLOWING = "not_following"
    """It draws more than it was given, or is said to charge though it was stopped."""
    STOPPING = "stopping"
    """It takes no part any more, but may still draw what it had."""


class Reservation(NamedTuple):
    """What one charger draws, or may draw, though it is not allocated."""

    charger_id: str
    current_a: float
    """A per phase of the charger, besides what is allocated."""
    cause: ReservationCause
    circuit_ids: tuple[str, ...] = ()
    """The circuits on which it counts beside the house; none where it is taken off
    all limits that its charger uses."""
