"""The split: who gets how much under all limits."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import inf
from operator import attrgetter
from types import MappingProxyType
from typing import Final

from custom_components.ev_lb.engine.model import DistributionMode, LimitingFactor
from custom_components.ev_lb.engine.model.request import Limit, Request, Share

from .admission import Candidate, Line, admit, fits, ranked, room_under, take
from .in_order import fill_optimized, fill_strictly
from .sharing import rise_together

__all__ = ["Limit", "Request", "Share", "split"]

DIGITS = 9
"""Steps such as 0.1 A have no exact float; their multiples are rounded to this."""
NOBODY: Final[Mapping[str, float]] = MappingProxyType({})
URGENT: Final = attrgetter("request.urgency")
URGENT_BY_PRIORITY: Final = attrgetter("request.urgency", "request.priority")


def split(
    requests: Sequence[Request],
    limits: Sequence[Limit],
    mode: DistributionMode,
    ahead_a: Mapping[str, float] = NOBODY,
) -> dict[str, Share]:
    """Return what each charger gets and why not more, by charger id.

    Who runs is settled first, in the order of urgency, priority, running ones,
    turn and charger id. Of what is left above the minima each class of urgency
    gets what it can use before the next one; under `priority` each priority of a
    class, whose members share by weight. In the sequential modes order alone
    decides, across all classes.

    `ahead_a` is what chargers have before all others in the sequential modes, A, by
    charger id. In the others a higher minimum keeps it.

    A current is 0 or a whole number of steps between minimum and maximum, and no
    limit is exceeded by more than 1e-8 of its capacity. Numbers that make no
    sense are no headroom and no demand; nothing raises.
    """
    whole = room_under(limits)
    headroom = whole.copy()
    candidates = ranked(requests, len(limits))
    for candidate in candidates if ahead_a else ():
        current_a = ahead_a.get(candidate.request.charger_id, 0.0)
        candidate.steps = round(current_a / candidate.step_a)
        take(candidate.line, candidate.steps * candidate.step_a, headroom)
    if mode is DistributionMode.SEQUENTIAL_STRICT:
        admitted = fill_strictly(candidates, headroom)
    elif mode is DistributionMode.SEQUENTIAL_OPTIMIZED:
        admitted = fill_optimized(candidates, headroom)
    else:
        admitted = admit(candidates, headroom)
        by_priority = mode is DistributionMode.PRIORITY
        key = URGENT_BY_PRIORITY if by_priority else URGENT
        by_weight = mode is not DistributionMode.SHARED
        for _, equals in groupby(admitted, key):
            rise_together(list(equals), headroom, by_weight=by_weight)
    reasons = _Reasons(limits, whole, headroom)
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
        self, limits: Sequence[Limit], whole: list[float], headroom: list[float]
    ) -> None:
        """Take the headroom of each limit before and after the split, A."""
        self.limits = limits
        self.whole = whole
        self.headroom = headroom
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
        return Share(current_a, factor, limit.phase, limit.circuit_id, limit)

    def of_nothing(self, request: Request, member: Candidate | None) -> Share:
        """Explain why one does not run."""
        if member is None:
            weightless = request.weight <= 0.0
            return Share(0.0, LimitingFactor.SHARE if weightless else request.own_limit)
        alone_a, _, place = min(
            (
                (self.whole[place] / part, self.limits[place].capacity_a / part, place)
                for place, part in member.line
            ),
            default=(inf, inf, 0),
        )
        if alone_a < member.min_a:
            limit = self.limits[place]
            return Share(0.0, limit.factor, limit.phase, limit.circuit_id, limit)
        if fits(member.line, member.min_a, self.headroom):
            return Share(0.0, LimitingFactor.QUEUE)
        limit, _ = self._tightest(member.line)
        return Share(0.0, LimitingFactor.QUEUE, limit.phase, limit.circuit_id, limit)

    def _left(self, use: tuple[int, float]) -> tuple[float, float]:
        """Return what a limit leaves; of two that leave nothing the fuller one has less."""
        place, coefficient = use
        left_a = self.headroom[place] / coefficient
        return left_a, self.limits[place].capacity_a / coefficient

    def _tightest(self, line: Line) -> tuple[Limit, float]:
        """Return the limit with the least headroom, and what one alone could have, A."""
        if line not in self.tightest:
            place, coefficient = min(line, key=self._left)
            self.tightest[line] = (
                self.limits[place],
                self.whole[place] / coefficient,
            )
        return self.tightest[line]
