"""What a charge point gives to a car, held against what it was told.

Both ways to learn from it rest on the same: the car had its time, and what it gets is
clearly that and not what it was told.
"""

from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import Reading

SETTLED_S: Final = 8.0
"""By then a car has come down to what it is given, s."""
APART_A: Final = 2.0
"""Two currents that differ by this much are told apart for certain, A."""
NEAR_A: Final = 0.6
"""What is given may differ by this much from what is meant, A."""


class Given(NamedTuple):
    """What a car gets that was told a limit, once it has settled."""

    told_a: float
    given_a: float

    def can_tell_from(self, other_a: float) -> bool:
        """Return whether a car that got so much could not have got what it was told."""
        return self.told_a >= other_a + APART_A

    @property
    def is_above(self) -> bool:
        """Return whether the car gets clearly more than it was told."""
        return self.given_a >= self.told_a + APART_A

    def is_at(self, current_a: float) -> bool:
        """Return whether the car gets just that."""
        return abs(self.given_a - current_a) <= NEAR_A


def settled(told: Reading | None, given_a: float | None, now_s: float) -> Given | None:
    """Return what a car gets, A, of its limit; None while that is open."""
    if told is None or given_a is None or now_s < told.time_s + SETTLED_S:
        return None
    return Given(told.value, given_a)
