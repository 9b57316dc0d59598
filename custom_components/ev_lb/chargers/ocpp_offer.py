"""What a charge point tells that it offers, and whether that proves anything.

Some follow each limit with it; some always tell their rating.
"""

from typing import Final

from custom_components.ev_lb.engine.model import Reading

OFFERED_TOLERANCE_A: Final = 0.5
APART_A: Final = 1.0
"""Limits this far apart show in an offer that follows them, A."""
CAPPED_AFTER_S: Final = 60.0


class Offer:
    """Follows what one connector tells that it offers."""

    def __init__(self) -> None:
        """Begin with nothing reported."""
        self.reading: Reading | None = None
        self.told: Reading | None = None
        """What the connector was told last, A, and when."""
        self.moves = False
        """Whether it was ever seen to change."""
        self._held: list[float] = []
        self._capped_since_s: float | None = None

    @property
    def is_rating(self) -> bool:
        """Return whether it stayed the same at limits that are apart: no witness."""
        if self.moves or not self._held:
            return False
        return max(self._held) - min(self._held) >= APART_A

    @property
    def is_witness(self) -> bool:
        """Return whether it tells what a car may draw."""
        return self.moves and self.reading is not None

    @property
    def is_capped(self) -> bool:
        """Return whether it has long been less than what was told."""
        if self.reading is None or self._capped_since_s is None:
            return False
        return self.reading.time_s >= self._capped_since_s + CAPPED_AFTER_S

    def take(self, offered_a: float | None, time_s: float, *, charges: bool) -> None:
        """Take what it tells, A, and since when that is less than it may."""
        before, told = self.reading, self.told
        self.reading = None if offered_a is None else Reading(offered_a, time_s)
        if offered_a is None or told is None:
            self._capped_since_s = None
            return
        if before is not None and abs(before.value - offered_a) > OFFERED_TOLERANCE_A:
            self.moves = True
        if charges and offered_a < told.value - OFFERED_TOLERANCE_A:
            if self._capped_since_s is None:
                self._capped_since_s = time_s
        else:
            self._capped_since_s = None

    def hold(self) -> None:
        """Note that it is what it is at the limit that was told last."""
        if self.told is not None and self.reading is not None:
            self._held = [*self._held[-3:], self.told.value]

    def excess_a(self, current_a: float, since_s: float) -> float | None:
        """Return how much more than a limit it tells since then; None for nothing."""
        if self.reading is None or self.reading.time_s < since_s or self.is_rating:
            return None
        return self.reading.value - current_a - OFFERED_TOLERANCE_A
