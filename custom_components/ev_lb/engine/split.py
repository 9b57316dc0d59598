"""The split: who gets how much under all limits (design section 6)."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from .admission import Candidate, Line, admit, fits, ranked, room_under
from .in_order import fill_each, fill_optimized, fill_strictly
from .model import DistributionMode, LimitingFactor
from .request import Limit, Request, Share
from .sharing import rise_together

__all__ = ["Limit", "Request", "Share", "split"]

DIGITS = 9
"""Steps such as 0.1 A have no exact float; their multiples are rounded to this."""


def split(
    requests: Sequence[Request], limits: Sequence[Limit], mode: DistributionMode
) -> dict[str, Share]:
    """Return what each charger gets and why not more, by charger id.

    Who runs is settled first, in the order of urgency, priority, running ones,
    turn and charger id. Of what is left above the minima each class of urgency
    gets what it can use before the next one. In the sequential modes order alone
    decides, across all classes.

    A current is 0 or a whole number of steps between minimum and maximum, and no
    limit is exceeded by more than 1e-8 of its capacity. Numbers that make no
    sense are no room and no demand; nothing raises.
    """
    whole = room_under(limits)
    room = whole.copy()
    candidates = ranked(requests, len(limits))
    if mode is DistributionMode.SEQUENTIAL_STRICT:
        admitted = fill_strictly(candidates, room)
    elif mode is DistributionMode.SEQUENTIAL_OPTIMIZED:
        admitted = fill_optimized(candidates, room)
    else:
        admitted = admit(candidates, room)
        for _, equally_urgent in groupby(admitted, attrgetter("request.urgency")):
            members = list(equally_urgent)
            if mode is DistributionMode.PRIORITY:
                fill_each(members, room)
            else:
                by_weight = mode is DistributionMode.WEIGHTED
                rise_together(members, room, by_weight=by_weight)
    reasons = _Reasons(limits, whole, room)
    shares = {
        member.request.charger_id: reasons.of_share(member) for member in admitted
    }
    if len(shares) < len(requests):
        waiting = {member.request.charger_id: member for member in candidates}
        for request in requests:
            if request.charger_id not in shares:
                member = waiting.get(request.charger_id)
                shares[request.charger_id] = reasons.of_nothing(request, member)
    return shares


class _Reasons:
    """Says why a charger has not more, when all is given."""

    def __init__(
        self, limits: Sequence[Limit], whole: list[float], room: list[float]
    ) -> None:
        """Take the room of each limit before and after the split, A."""
        self.limits = limits
        self.whole = whole
        self.room = room
        self.tightest: dict[Line, tuple[Limit, float]] = {}

    def of_share(self, member: Candidate) -> Share:
        """Explain the share of one that runs."""
        step_a = member.step_a
        current_a = member.steps * step_a
        if step_a != 1.0:
            # A step such as 0.1 A has no exact float, nor have its multiples.
            current_a = round(current_a, DIGITS)
        if member.steps == member.max_steps:
            return Share(current_a, member.request.own_limit)
        limit, alone_a = self._tightest(member.line)
        alone = current_a + step_a > alone_a
        factor = limit.factor if alone else LimitingFactor.SHARE
        return Share(current_a, factor, limit.phase, limit.circuit_id)

    def of_nothing(self, request: Request, member: Candidate | None) -> Share:
        """Explain why one does not run."""
        if member is None:
            weightless = request.weight <= 0.0
            return Share(0.0, LimitingFactor.SHARE if weightless else request.own_limit)
        for place, coefficient in member.line:
            if self.whole[place] < coefficient * member.min_a:
                limit = self.limits[place]
                return Share(0.0, limit.factor, limit.phase, limit.circuit_id)
        if fits(member.line, member.min_a, self.room):
            return Share(0.0, LimitingFactor.QUEUE)
        limit, _ = self._tightest(member.line)
        return Share(0.0, LimitingFactor.QUEUE, limit.phase, limit.circuit_id)

    def _tightest(self, line: Line) -> tuple[Limit, float]:
        """Return the limit with the least room, and what one alone could have, A."""
        if line not in self.tightest:
            place, coefficient = min(line, key=lambda use: self.room[use[0]] / use[1])
            self.tightest[line] = (
                self.limits[place],
                self.whole[place] / coefficient,
            )
        return self.tightest[line]
