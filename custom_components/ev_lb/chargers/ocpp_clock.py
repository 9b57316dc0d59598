"""Which way of ending a lease one charge point follows.

An end at a time needs a clock that is right; where it is not, the lease never holds and
the charger stays at its base, or gives all that it can where it has none. Then it is
told a duration, which some count from the start of the charge: these go back to the
base when that is over.
"""

from math import inf
from typing import Final

from custom_components.ev_lb.engine.model import Reading

from .ocpp_given import settled
from .ocpp_link import SAME_TURN_S
from .ocpp_profile import Validity
from .ocpp_stop import HELD_A

OFTEN: Final = 3
"""So many messages in a row must show that the limit does not hold."""

CHANGES: Final = 2
"""To the other way, and back: a car may take as much as the base by itself.

Until it has taken what it was told again. One that has more is told again and again.
"""


class Lease:
    """Finds out how to write leases for one charge point."""

    def __init__(self, validity: Validity, base_a: float) -> None:
        """Take how its owner set it up, and what holds without a lease, A."""
        self.validity = validity
        # Whoever refuses a base of 0 A has the least instead.
        self._bases_a = (base_a,) if base_a > 0 else (base_a, HELD_A)
        self._seen = 0
        self._seen_s = -inf
        self._changes = 0

    def notice(self, told: Reading | None, given_a: float | None, now_s: float) -> bool:
        """Take what it gives, A; return whether leases are now written the other way."""
        given = settled(told, given_a, now_s)
        if given is None:
            return False
        apart = [row for row in self._bases_a if given.can_tell_from(row)]
        at_base = any(given.is_at(row) for row in apart)
        # Where the base was refused or lost, nothing holds instead. Whoever does not
        # stop at 0 A has the least, however long a limit holds.
        above = given.is_above and not given.is_at(HELD_A)
        if not (at_base or above):
            self._seen = 0
            if apart and given.is_at(given.told_a):
                self._changes = 0
            return False
        if now_s < self._seen_s + SAME_TURN_S:
            # One message writes several sensors.
            return False
        self._seen, self._seen_s = self._seen + 1, now_s
        if self._seen < OFTEN or (at_base and self._changes >= CHANGES):
            return False
        self._seen = 0
        self._changes += at_base
        absolute = self.validity is Validity.ABSOLUTE
        self.validity = Validity.RELATIVE if absolute else Validity.ABSOLUTE
        return True
