"""What a charger asks for, and how it meets the limits; or why it asks for nothing."""

from enum import StrEnum
from operator import attrgetter
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import LimitingFactor, Phase
from custom_components.ev_lb.engine.model.reservation import Reservation

from .deadlines import Deadline


class Drive(StrEnum):
    """What a charger may draw on."""

    GRID = "grid"
    """All that the limits allow."""
    MINIMUM = "minimum"
    """Its minimum from wherever, and more from what is left over."""
    SUN = "sun"
    """What is left over, and nothing else."""
    EXPORT = "export"
    """What is exported above a threshold."""


class Demand(NamedTuple):
    """What a charger asks for, A per phase of the charger, and how it meets the limits.

    One that takes no part in the split keeps its reservation, or has nothing.
    """

    charger_id: str
    line: tuple[str, ...]
    """The fuses that its current passes."""
    phases: tuple[Phase, ...]
    """Those on which its current counts."""
    drive: Drive
    """What its mode draws on."""
    counts_as: Drive
    """What it draws on in the split: one that takes nothing, or whose meter is lost,
    has no part in what is left over."""
    standard: bool
    """Whether it charges as in standard, which leaves the power buffer free."""
    wanted_a: float
    """The most that it would take, whatever is known of its car and its meter, A."""
    min_current_a: float
    max_current_a: float
    """The most that it may have in the split, A."""
    own_limit: LimitingFactor
    """What keeps it from more than its maximum."""
    step_a: float
    weight: float
    urgency: int
    """Classes with a smaller one are served first."""
    priority: int
    """1 goes first, but 0 still before."""
    turn: float
    """Among equals the smaller one goes first."""
    running: bool = False
    """Whether it goes before those of its urgency and priority that wait."""
    counted_a: float = 0.0
    """What it counts as drawing: its set-point, A; nothing if its car takes nothing."""
    graced: bool = False
    """Whether it may go on at its minimum without sun for a while."""
    sun_only: bool = False
    """Whether it is asked what the sun alone gives it, without any minimum."""
    deadline: Deadline | None = None
    takes_part: bool = False
    """Whether it takes part in the split."""
    ready: bool = False
    """Whether it could use current now; else it only asks whether there is headroom."""
    reservation: Reservation | None = None
    """What it draws or may draw, whatever the split says."""
    unserved: bool = False
    """Whether it is known to get nothing, so that its minimum is there for no other."""
    on_all_wires: bool = False
    """Whether it counts on all its wires, whatever it seems to use."""
    in_block: bool = False
    """Whether it may draw from the grid because its plan says so."""
    waits_for_block: bool = False
    """Whether it has the sun alone until its plan says otherwise."""


ORDER: Final = attrgetter("urgency", "priority", "turn", "charger_id")
"""Sorts demands into the order of the split."""


class NoDemand(NamedTuple):
    """Why a charger asks for nothing."""

    factor: LimitingFactor
    on_all_wires: bool = False
    """Whether it counts on all its wires, whatever it seems to use."""
