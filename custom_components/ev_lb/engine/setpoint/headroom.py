"""What limits leave, as set-points are taken off them."""

from collections.abc import Mapping
from math import inf
from types import MappingProxyType
from typing import Final

from custom_components.ev_lb.engine.allocation.splitter import Split

NOTHING_FREED: Final[Mapping[str, float]] = MappingProxyType({})


class Headroom:
    """What is left of all limits, as set-points are taken off them."""

    def __init__(self, split: Split) -> None:
        """Start with all that the limits leave free."""
        self._free_a = list(split.free_a)
        self._uses = split.uses
        self._drains = split.drains
        self._drained: set[int] = set()
        self._promised_a: dict[str, float] = {}

    def take(self, charger_id: str, current_a: float) -> None:
        """Take a charger's current off its limits."""
        for place, coefficient in self._uses.get(charger_id, ()):
            self._free_a[place] -= coefficient * current_a

    def rise(self, charger_id: str, more_a: float) -> None:
        """Take what a charger is raised by, also from what is left over for others."""
        self.take(charger_id, more_a)
        if charger_id in self._promised_a:
            self._promised_a[charger_id] -= more_a
        for place, coefficient in self._drains.get(charger_id, ()):
            self._free_a[place] -= coefficient * more_a
            self._drained.add(place)

    def promise(self, charger_id: str, more_a: float) -> None:
        """Keep what a charger is still to have, whatever is left over.

        Where others drain that, nobody else is raised by it.
        """
        self._promised_a[charger_id] = more_a

    def _left_at(self, place: int, charger_id: str) -> float:
        """Return what a drained limit leaves a charger beside what others are promised."""
        promised_a = sum(
            coefficient * max(more_a, 0.0)
            for other_id, more_a in self._promised_a.items()
            if other_id != charger_id
            for at, coefficient in self._uses.get(other_id, ())
            if at == place
        )
        return self._free_a[place] - promised_a

    def left_over_a(self, charger_id: str, from_anywhere_a: float) -> float:
        """Return what raises of others leave of what a charger lives on, A."""
        uses = self._uses.get(charger_id, ())
        return min(
            (
                max(self._left_at(place, charger_id) / coefficient, from_anywhere_a)
                for place, coefficient in uses
                if place in self._drained
            ),
            default=inf,
        )

    def _freed(self, freed_a: Mapping[str, float]) -> dict[int, float]:
        """Return by limit what others leave that make way."""
        freed: dict[int, float] = {}
        for charger_id, more_a in freed_a.items():
            for place, coefficient in self._uses.get(charger_id, ()):
                freed[place] = freed.get(place, 0.0) + coefficient * more_a
        return freed

    def left_a(
        self,
        charger_id: str,
        from_anywhere_a: float,
        freed_a: Mapping[str, float] = NOTHING_FREED,
    ) -> float:
        """Return what is left for a charger once others have made way by `freed_a`, A.

        What others drain by being raised leaves it `from_anywhere_a` all the same.
        """
        freed = self._freed(freed_a)
        return min(
            (
                max(self._left_at(place, charger_id) / coefficient, from_anywhere_a)
                if place in self._drained
                else (self._free_a[place] + freed.get(place, 0.0)) / coefficient
                for place, coefficient in self._uses.get(charger_id, ())
            ),
            default=0.0,
        )
