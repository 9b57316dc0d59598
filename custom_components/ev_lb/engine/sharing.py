"""Fair shares: all rise together until a limit or their maximum stops them.

A level rises from 0. Each charger follows it from its own start at its own rate
until its own end: at weight * level between minimum and maximum (`weighted`), or
at minimum + level (`shared`). The first limit that is full stops all that use it;
the others go on. That is max-min fairness, computed from event to event.
"""

from collections.abc import Iterable
from heapq import heapify, heappop, heapreplace
from math import inf

from .admission import TOLERANCE, Candidate, Line, fits, free_a, take

type Event = tuple[float, float]
"""A level, and by how much the rate changes there."""


class _Group:
    """Chargers on one line: they rise, and are stopped, together."""

    __slots__ = ("events", "level", "line", "members", "rise_a")

    def __init__(self, line: Line) -> None:
        self.line = line
        self.members: list[Candidate] = []
        self.events: list[Event] = []
        self.rise_a = 0.0
        self.level = inf


def rise_together(
    members: list[Candidate], room: list[float], *, by_weight: bool
) -> None:
    """Raise chargers of one class, which have their minima, to their fair shares."""
    groups = _groups(members, by_weight)
    _find_levels(groups, room)
    for group in groups:
        _take_whole_steps(group, room, by_weight)
    _hand_out_rest(groups, room, by_weight)


def _groups(members: list[Candidate], by_weight: bool) -> list[_Group]:
    groups: dict[Line, _Group] = {}
    for member in members:
        if member.max_steps == member.min_steps:
            continue
        line = member.line
        if line in groups:
            group = groups[line]
        else:
            group = groups[line] = _Group(line)
        group.members.append(member)
        low_a = member.min_a
        high_a = member.max_steps * member.step_a
        group.rise_a += high_a - low_a
        if by_weight:
            weight = member.weight
            group.events += ((low_a / weight, weight), (high_a / weight, -weight))
        else:
            group.events += ((0.0, 1.0), (high_a - low_a, -1.0))
    return list(groups.values())


def _find_levels(groups: list[_Group], room: list[float]) -> None:
    """Find the level at which each group is stopped; infinite where nothing does."""
    users: dict[int, list[tuple[_Group, float]]] = {}
    wanted_a: dict[int, float] = {}
    for group in groups:
        for limit, coefficient in group.line:
            if limit in users:
                users[limit].append((group, coefficient))
                wanted_a[limit] += coefficient * group.rise_a
            else:
                users[limit] = [(group, coefficient)]
                wanted_a[limit] = coefficient * group.rise_a
    free = {limit: room[limit] for limit, a in wanted_a.items() if a > room[limit]}
    if not free:
        return
    for group in groups:
        group.events.sort()
    # Stopping a group early can only leave more to the others, so a level found
    # before is still a lower bound: it is computed again when its turn comes.
    queue = [(_full_at(users[limit], free[limit]), limit) for limit in free]
    heapify(queue)
    outdated: set[int] = set()
    while queue:
        level, limit = queue[0]
        if level == inf:
            return
        if limit in outdated:
            outdated.discard(limit)
            heapreplace(queue, (_full_at(users[limit], free[limit]), limit))
            continue
        heappop(queue)
        for group, _ in users[limit]:
            if group.level == inf:
                group.level = level
                risen_a = _risen_a(group.events, level)
                for other, coefficient in group.line:
                    if other in free:
                        free[other] -= coefficient * risen_a
                        outdated.add(other)


def _full_at(users: list[tuple[_Group, float]], free: float) -> float:
    """Return the level at which those who still rise fill a limit."""
    rising = [
        (group, coefficient) for group, coefficient in users if group.level == inf
    ]
    if not rising:
        return inf
    scale = rising[0][1]
    if all(coefficient == scale for _, coefficient in rising):
        free /= scale
        if len(rising) == 1:
            return _level_of(rising[0][0].events, free)
        events = [event for group, _ in rising for event in group.events]
    else:
        events = [
            (level, coefficient * change)
            for group, coefficient in rising
            for level, change in group.events
        ]
    events.sort()
    return _level_of(events, free)


def _level_of(events: Iterable[Event], free: float) -> float:
    """Return the level at which the rise reaches what is free."""
    free = max(free, 0.0)
    rate = 0.0
    last = 0.0
    for level, change in events:
        more = rate * (level - last)
        if more > free:
            return last + free / rate
        free -= more
        last = level
        rate += change
    return inf


def _risen_a(events: list[Event], level: float) -> float:
    """Return how far a group has risen at a level, A."""
    risen = 0.0
    rate = 0.0
    last = 0.0
    for at, change in events:
        if at >= level:
            break
        risen += rate * (at - last)
        last = at
        rate += change
    return risen + rate * (level - last)


def _take_whole_steps(group: _Group, room: list[float], by_weight: bool) -> None:
    level = group.level
    taken_a = 0.0
    for member in group.members:
        step_a = member.step_a
        current_a = member.weight * level if by_weight else member.min_a + level
        current_a *= 1.0 + TOLERANCE
        if current_a >= member.max_steps * step_a:
            member.steps = member.max_steps
        else:
            member.steps = max(int(current_a / step_a), member.min_steps)
        taken_a += member.steps * step_a - member.min_a
    take(group.line, taken_a, room)


def _hand_out_rest(groups: list[_Group], room: list[float], by_weight: bool) -> None:
    """Give single steps, the lowest level first, until nobody can take one."""
    waiting: list[tuple[float, int, Candidate]] = []
    for group in groups:
        free = free_a(group.line, room)
        waiting += [
            (_level(member, by_weight), member.rank, member)
            for member in group.members
            if member.steps < member.max_steps and member.step_a <= free
        ]
    heapify(waiting)
    while waiting:
        _, rank, member = waiting[0]
        if not fits(member.line, member.step_a, room):
            heappop(waiting)
            continue
        take(member.line, member.step_a, room)
        member.steps += 1
        if member.steps < member.max_steps:
            heapreplace(waiting, (_level(member, by_weight), rank, member))
        else:
            heappop(waiting)


def _level(member: Candidate, by_weight: bool) -> float:
    """Return where a charger stands; rounded, so that equals are equal."""
    current_a = member.steps * member.step_a
    if by_weight:
        return round(current_a / member.weight, 9)
    return round(current_a - member.min_a, 9)
