"""Why a charger has not more, with the numbers."""

from typing import Final, NamedTuple

from .enums import Basis, LimitingFactor, Phase

SHOWN: Final = 0.05
"""Less than this is nothing with one digit, A or W."""


class Reason(NamedTuple):
    """What keeps a charger from more: where, by how much, and since when.

    Of a limit in ampere `capacity_a`, `load_a` and `reserved_a` are known, of one in
    watt `capacity_w`, `load_w` and `reserved_w`. What is missing to the capacity is
    for the chargers.
    """

    factor: LimitingFactor
    phase: Phase | None = None
    circuit_id: str | None = None
    since_s: float = 0.0
    until_s: float | None = None
    """When it may end by time alone."""
    limit_ends_s: float | None = None
    """When the limit ends by time alone, s."""
    limit: LimitingFactor | None = None
    """Which limit the numbers are about: the one that cars share, wait for, or that
    the hold window looks at."""
    basis: Basis = Basis.NOW
    window_s: float | None = None
    """How long the hold window is that the load is the highest of, s."""
    capacity_a: float | None = None
    """What the limit allows on that phase, A."""
    load_a: float | None = None
    """What the house takes of it, A."""
    reserved_a: float = 0.0
    """What is kept free of it, A: the power buffer, and cars that nobody can tell."""
    capacity_w: float | None = None
    """What the limit allows, or the sun leaves over, W."""
    load_w: float | None = None
    """What the house takes of it, W."""
    reserved_w: float = 0.0
    """What is kept free of it, W."""
    takes_a: float | None = None
    """What the car takes on its fullest wire where that is clearly less than it may, A."""
    price: float | None = None
    """What a kWh costs in the planned block that the car waits for."""
    price_now: float | None = None
    """What it costs now."""
    done_s: float | None = None
    """When the plan has the car ready."""

    @property
    def figures(self) -> str:
        """Return the numbers in short, for logs and the command line."""
        parts = []
        if self.takes_a is not None:
            parts.append(f"the car takes {_of(self.takes_a, self.capacity_a, 'A')}")
        elif self.limit is not None and self.capacity_a is not None:
            where = "" if self.phase is None else f"{self.phase.name} "
            verb = "allows" if self.load_a is None else "carries"
            parts.append(f"{where}{verb} {_of(self.load_a, self.capacity_a, 'A')}")
        elif self.capacity_w is not None:
            parts.append(_of(self.load_w, self.capacity_w, "W"))
        for reserved, unit in ((self.reserved_a, "A"), (self.reserved_w, "W")):
            if reserved >= SHOWN:
                parts.append(f"{reserved:.1f} {unit} reserved")
        if self.window_s is not None:
            parts.append(f"highest of {self.window_s:.0f} s")
        return ", ".join(parts)


def _of(part: float | None, whole: float | None, unit: str) -> str:
    """Return a part of a whole, or the one of them that is known."""
    found = (f"{round(row, 1):g}" for row in (part, whole) if row is not None)
    return f"{' of '.join(found)} {unit}"
