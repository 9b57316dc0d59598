"""Limits of others that overrule ours: a charger gives more than it was ever told.

The charge's own profile (TxProfile) goes before ours, whoever set it: the slider of
the OCPP integration, an automation, the maker's app. All profiles are cleared then,
and ours told again.
"""

from collections import deque
from math import inf
from typing import Final

from custom_components.ev_lb.engine.model import Reading

SETTLED_S: Final = 12.0
"""A charger has followed by then, or never does, s."""
CLEAR_AGAIN_S: Final = 30.0
"""By then it shows what became of a clearing, also where it clears late, s."""
CLEARS: Final = 3
"""So often it is cleared on end where that does not help."""
COMES_AGAIN: Final = 2
"""So often others have told it more before that is no accident."""
FORGOTTEN_S: Final = 1800.0
"""After this long without one, it begins anew, s."""


class Others:
    """Tells when a connector is to be cleared of what others told it."""

    def __init__(self, lease_s: float, failsafe_a: float) -> None:
        """Take how long a limit of ours holds, and what holds after it."""
        self._lease_s = lease_s
        self._failsafe_a = failsafe_a
        self._told: deque[Reading] = deque(maxlen=32)
        self._cleared_s = self._lost_s = -inf
        self._is_open = False
        """Whether it is not seen yet what became of that."""
        self._in_vain = 0
        """How often it was cleared since that helped."""
        self._found_s: deque[float] = deque(maxlen=COMES_AGAIN)
        """When others had told it more, and clearing helped."""
        self.to_clear = False
        """Whether it is to be cleared with the next command."""

    def told(self, limit_a: float, now_s: float) -> None:
        """Note what it was told, A."""
        self._told.append(Reading(limit_a, now_s))

    def await_commands(self, now_s: float) -> None:
        """Note that it may have lost what it was told, and is told that again."""
        self._lost_s = now_s

    def cleared(self, now_s: float) -> None:
        """Note that it was cleared."""
        if self.to_clear:
            self._in_vain = 1 if self._is_forgotten(now_s) else self._in_vain + 1
        # Its owner may have done it as well.
        self._cleared_s, self._is_open = now_s, True
        self.to_clear = False

    def most_a(self, now_s: float) -> float | None:
        """Return the most that ours may let it give, A; None while that is open."""
        if not self._told:
            return None
        if now_s < max(self._lost_s, self._told[0].time_s) + SETTLED_S:
            return None
        held = [
            row.value
            for row in self._told
            if now_s < row.time_s + self._lease_s + SETTLED_S
        ]
        return max([self._failsafe_a, self._told[-1].value, *held])

    def notice(self, excess_a: float | None, now_s: float) -> bool:
        """Take how far it is above the most of ours, A; return whether to clear it."""
        if excess_a is None:
            return False
        if excess_a <= 0:
            if self._in_vain:
                self._found_s.append(self._cleared_s)
            self._in_vain, self._is_open = 0, False
            return False
        if not self._may_clear(now_s):
            return False
        self.to_clear = True
        return True

    def come_again(self, now_s: float) -> bool:
        """Return whether others tell it more again and again."""
        found = [row for row in self._found_s if now_s < row + FORGOTTEN_S]
        return len(found) >= COMES_AGAIN

    def _may_clear(self, now_s: float) -> bool:
        if not self._is_open or self._is_forgotten(now_s):
            return True
        return self._in_vain < CLEARS and now_s >= self._cleared_s + CLEAR_AGAIN_S

    def _is_forgotten(self, now_s: float) -> bool:
        return now_s >= self._cleared_s + FORGOTTEN_S
