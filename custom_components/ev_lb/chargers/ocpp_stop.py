"""How a charge point is stopped and started: not every one stops at 0 A.

Some refuse a limit of 0 A, some go on at their minimum, some end the charge and begin
none before the next car. So whoever goes on is stopped by ending its charge, and
whoever waits after such an end is begun from afar (OCPP 1.6, sections 5.11 and 5.12).
Some take no orders from afar, which no answer shows: these are held at the minimum,
which they are told before 0 A, so that whoever refuses that has no more.
"""

from math import inf
from typing import Final

ZERO_FOLLOW_S: Final = 10.0
"""How long a charger may go on after it was told 0 A before it is stopped otherwise."""
ENDED_WITHIN_S: Final = 60.0
"""A charge that ends so soon after it was told 0 A, or was ended by us, s."""
HELD_A: Final = 6.0
"""What such a charger is told first, A: a charge that somebody begins has no more."""
BEGINS_S: Final = 30.0
"""A charge that is begun from afar has begun by then, or was refused, s."""
MAY_DRAW: Final = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE"})
WAITS: Final = frozenset({"Preparing", "Finishing"})
"""States of a connector with a car and without a charge, OCPP 1.6 section 4.9."""


class Stops:
    """Follows what one connector makes of being told nothing."""

    def __init__(self) -> None:
        """Take it to be one that stops at 0 A."""
        self.by_limit = True
        """Whether 0 A stops it, as far as is known."""
        self.to_begin = False
        """Whether its charge ended with our stop, so that we begin the next one."""
        self._stopped_s: float | None = None
        self._began_s = -inf
        self._begins_s: tuple[float, ...] = ()
        """When it was first told to begin, and last, s."""

    def told(self, limit_a: float, now_s: float) -> None:
        """Note what it was told, A."""
        if limit_a > 0:
            self._stopped_s = None
            return
        self._begins_s = ()
        if self._stopped_s is None:
            self._stopped_s = now_s

    def told_to_begin(self, now_s: float) -> None:
        """Note that a charge is begun from afar."""
        self._begins_s = (*self._begins_s[:1], now_s)

    def begins_in_vain(self, now_s: float) -> bool:
        """Return whether it was told to begin, and has had its time.

        Until then nothing flows, so it keeps to any limit: what others may have must
        not wait for it.
        """
        return bool(self._begins_s) and now_s >= self._begins_s[0] + BEGINS_S

    def is_to_begin_again(self, now_s: float) -> bool:
        """Return whether it did not begin when it was told to last."""
        return bool(self._begins_s) and now_s >= self._begins_s[-1] + BEGINS_S

    def observe(self, before: str | None, status: str | None, time_s: float) -> None:
        """Take a change of its state."""
        if status in WAITS:
            stopped_s = self._stopped_s
            if before in MAY_DRAW and stopped_s is not None:
                # One that begins while 0 A holds may end for that at any time.
                since_s = max(stopped_s, self._began_s)
                self.to_begin = time_s <= since_s + ENDED_WITHIN_S
        elif status is not None:
            if before not in MAY_DRAW:
                self._began_s = time_s
            self.to_begin = False
        if not self.to_begin:
            self._begins_s = ()

    def limit_a(self, current_a: float) -> float:
        """Return the most that it gives when it is told a current, A."""
        return HELD_A if current_a <= 0 and not self.by_limit else current_a

    def steps_a(self, current_a: float, *, proves: bool) -> tuple[float, ...]:
        """Return the limits to tell it one after the other, A.

        Whoever refuses 0 A keeps the one before it. That is told first where it is
        known to go on, or nothing that it tells could prove that it stops.
        """
        if current_a <= 0 and not (self.by_limit and proves):
            return (HELD_A, current_a)
        return (current_a,)
