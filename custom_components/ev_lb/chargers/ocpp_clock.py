"""Which way of ending a lease one charge point follows.

An end at a time needs a clock that is right; where it is not, the lease never holds and
the charger stays at its base, or gives all that it can where it has none. Then it is told a duration, which some count from the
start of the charge: these go back to the base when that is over.
"""

from math import inf
from typing import Final

from custom_components.ev_lb.engine.model import Reading

from .ocpp_given import settled
from .ocpp_link import SAME_TURN_S
from .ocpp_profile import Validity

OFTEN: Final = 3
"""So many messages in a row must show that the limit does not hold."""

CHANGES: Final = 2
"""To the other way, and back: a car may take as much as the base by itself."""


class Lease:
    """Finds out how to write leases for one charge point."""

    def __init__(self, validity: Validity, base_a: float) -> None:
        """Take how its owner set it up, and what holds without a lease, A."""
        self.validity = validity
        self._base_a = base_a
        self._seen = 0
        self._seen_s = -inf
        self._changes = 0

    def notice(self, told: Reading | None, given_a: float | None, now_s: float) -> bool:
        """Take what it gives, A; return whether leases are now written the other way."""
        given = settled(told, given_a, now_s)
        if given is None:
            return False
        at_base = given.can_tell_from(self._base_a) and given.is_at(self._base_a)
        # Where the base was refused or lost, nothing holds instead.
        if not (at_base or given.is_above):
            self._seen = 0
            return False
        if now_s < self._seen_s + SAME_TURN_S:
            # One message writes several sensors.
            return False
        self._seen, self._seen_s = self._seen + 1, now_s
        if self._seen < OFTEN or self._changes >= CHANGES:
            return False
        self._seen = 0
        self._changes += 1
        absolute = self.validity is Validity.ABSOLUTE
        self.validity = Validity.RELATIVE if absolute else Validity.ABSOLUTE
        return True
