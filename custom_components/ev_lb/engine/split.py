"""The split: who gets how much under all limits (design section 6)."""

from collections.abc import Sequence
from itertools import groupby
from math import inf
from operator import attrgetter

from .admission import Candidate, Line, admit, ranked, room_under
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
    room = room_under(limits)
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
    shares = _explained(admitted, limits, room)
    if len(shares) < len(requests):
        waiting = {member.request.charger_id: member for member in candidates}
        for request in requests:
            if request.charger_id not in shares:
                member = waiting.get(request.charger_id)
                shares[request.charger_id] = _nothing(request, member, limits, room)
    return shares


def _explained(
    admitted: list[Candidate], limits: Sequence[Limit], room: list[float]
) -> dict[str, Share]:
    shares: dict[str, Share] = {}
    tightest: dict[Line, tuple[int, float]] = {}
    for member in admitted:
        request = member.request
        current_a = round(member.steps * member.step_a, DIGITS)
        if member.steps == member.max_steps:
            shares[request.charger_id] = Share(current_a, request.own_limit)
            continue
        line = member.line
        if line not in tightest:
            tightest[line] = _tightest(line, room)
        place, coefficient = tightest[line]
        limit = limits[place]
        alone_a = coefficient * (current_a + member.step_a)
        factor = limit.factor if alone_a > limit.capacity_a else LimitingFactor.SHARE
        shares[request.charger_id] = Share(
            current_a, factor, limit.phase, limit.circuit_id
        )
    return shares


def _nothing(
    request: Request,
    member: Candidate | None,
    limits: Sequence[Limit],
    room: list[float],
) -> Share:
    """Say why a charger gets nothing."""
    if member is None:
        weightless = request.weight <= 0.0
        return Share(0.0, LimitingFactor.SHARE if weightless else request.own_limit)
    if not member.line:
        return Share(0.0, LimitingFactor.QUEUE)
    place, coefficient = _tightest(member.line, room_under(limits))
    limit = limits[place]
    if not coefficient * member.min_a <= room_under([limit])[0]:
        return Share(0.0, limit.factor, limit.phase, limit.circuit_id)
    place, coefficient = _tightest(member.line, room)
    limit = limits[place]
    if coefficient * member.min_a <= room[place]:
        return Share(0.0, LimitingFactor.QUEUE)
    return Share(0.0, LimitingFactor.QUEUE, limit.phase, limit.circuit_id)


def _tightest(line: Line, room: list[float]) -> tuple[int, float]:
    """Return the limit of a line that has room for the least, and how it counts."""
    result = line[0]
    free = inf
    for use in line:
        limit, coefficient = use
        if room[limit] < free * coefficient:
            free = room[limit] / coefficient
            result = use
    return result
