"""Whether a car charges of which its connector says something else.

A message may be lost on its way, and some charge points leave one out: the connector
then goes on to be shown as it was before. A current that flows and a charge that begins
are believed instead. A current that is only left over from a charge whose end was lost
is none: the integration writes it again with whatever the charge point says.
"""

from collections.abc import Iterable
from math import inf
from typing import Final

from custom_components.ev_lb.engine.model import Reading

from .ocpp_measured import RAMP_DOWN_S
from .ocpp_stop import MAY_DRAW

FLOWS_A: Final = 2.0
"""What no car draws that does not charge, A."""
CHANGED_A: Final = 0.05
ANSWERED_WITHIN_S: Final = 2.0
"""By then a charge point has told what it was asked for, s."""
ANSWERS: Final = 3
"""So many in a row that show the same are no accident."""
CHARGES: Final = "Charging"
WAITS_FOR_CAR: Final = "SuspendedEV"


class Unsaid:
    """Follows what speaks against the state that one connector is shown in."""

    def __init__(self) -> None:
        """Begin with nothing that does."""
        self._said: str | None = None
        self._said_s = -inf
        self._shown_a: float | None = None
        """The current that was shown when the state came."""
        self._answers = 0
        self._asked_s = -inf
        self._flows = self._began = False

    def word(self, said: str | None, drawn: Iterable[Reading | None]) -> str | None:
        """Return the state that the connector is in, whatever is said of it."""
        if said is None or said in MAY_DRAW:
            return said
        if self._flows and _most_a(drawn) > FLOWS_A:
            return CHARGES
        return WAITS_FOR_CAR if self._began else said

    def say(
        self, said: str | None, drawn: Iterable[Reading | None], now_s: float
    ) -> None:
        """Take what is said of the connector."""
        if said == self._said:
            return
        self._said, self._said_s = said, now_s
        self._shown_a = _most_a(drawn)
        self._flows = self._began = False
        self._answers = 0

    def speaks_against(self, drawn: Iterable[Reading | None]) -> bool:
        """Return whether a current is shown of which nothing else tells."""
        return self._said not in MAY_DRAW and _most_a(drawn) > FLOWS_A

    def begin(self) -> None:
        """Note that a charge has begun since the connector's state was said."""
        self._began = True

    def end(self) -> None:
        """Note that no charge is on."""
        self._began = False

    def notice(
        self, drawn: Iterable[Reading | None], asked_s: float, now_s: float
    ) -> None:
        """Take what is measured now, and when that was asked for last."""
        most_a = _most_a(drawn)
        if now_s < self._said_s + RAMP_DOWN_S:
            self._shown_a = most_a
        elif most_a <= FLOWS_A:
            self._flows, self._shown_a, self._answers = False, most_a, 0
        elif self._shown_a is None or abs(most_a - self._shown_a) > CHANGED_A:
            self._flows = True
        elif now_s > asked_s + ANSWERED_WITHIN_S:
            self._answers = 0
        elif asked_s > self._asked_s:
            self._asked_s = asked_s
            self._answers += 1
            self._flows = self._flows or self._answers >= ANSWERS


def _most_a(drawn: Iterable[Reading | None]) -> float:
    return max((row.value for row in drawn if row is not None), default=0.0)
