"""When the base of a charge point is due: what holds once nobody controls it any more.

Nothing shows that a charger has lost it, before it is needed.
"""

from math import inf
from typing import Final

BASE_AGAIN_S: Final = 270.0
"""How often the base is sent anew, s."""
DOUBTED_AFTER_S: Final = 60.0
"""A base that was sent less long ago is there, unless its charger has reconnected, s."""
LATE_CLEAR_S: Final = 10.0
"""By then a charger that was told to clear its profiles has done so, s."""


class Base:
    """Knows when to send the base profile of one connector."""

    def __init__(self) -> None:
        """Begin with one that is due."""
        self._due_s: float | None = 0.0
        self._sent_s = -inf

    def doubt(self, now_s: float) -> None:
        """Note that the charger was away, if that is not known to be due anyway.

        A command that is tried again and again must not wait for it each time.
        """
        if self._due_s is None and now_s >= self._sent_s + DOUBTED_AFTER_S:
            self._due_s = 0.0

    def lose(self) -> None:
        """Note that the charger may not have it."""
        self._due_s = 0.0

    def clear_late(self, now_s: float) -> None:
        """Note that a charger may still clear what it has just been sent."""
        self._due_s = now_s + LATE_CLEAR_S

    def sent(self, now_s: float) -> None:
        """Note that it was sent."""
        self._due_s, self._sent_s = None, now_s

    def is_due(self, now_s: float) -> bool:
        """Return whether it is to be sent with the next limit."""
        if self._due_s is None:
            return now_s >= self._sent_s + BASE_AGAIN_S
        return now_s >= self._due_s

    def needs_a_command(self, now_s: float) -> bool:
        """Return whether limit and base are to be sent now, as they may be cleared."""
        return self._due_s is not None and 0 < self._due_s <= now_s
