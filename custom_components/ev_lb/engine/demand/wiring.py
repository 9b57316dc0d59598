"""How a charger that wants current meets the limits."""

from typing import NamedTuple

from custom_components.ev_lb.engine.model import Phase

from .modes import Wish


class Wiring(NamedTuple):
    """How a charger that wants current meets the limits."""

    charger_id: str
    line: tuple[str, ...]
    """The fuses its current passes."""
    phases: tuple[Phase, ...]
    wish: Wish
    set_a: float
    graced: bool
    """Whether it may go on at its minimum without sun for a while."""
    sun_only: bool = False
    """Whether it is asked what the sun alone gives it, without any minimum."""
