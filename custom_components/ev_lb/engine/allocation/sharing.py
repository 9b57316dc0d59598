"""Fair shares: all rise together until a limit or their maximum stops them.

A level rises from 0. Each charger follows it from its own start at its own rate
until its own end: at weight * level between minimum and maximum (`weighted`), or
at minimum + level (`shared`). The first limit that is full stops all that use it;
the others go on. That is max-min fairness, computed from event to event.
"""

from heapq import heapify, heappop, heapreplace
from math import inf

from .admission import TOLERANCE, Candidate, Line, free_a, take

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


type Users = tuple[tuple[_Group, float], ...]
"""Groups, and how each counts."""


class _Full:
    """A limit that has no headroom for all that its users want."""

    __slots__ = ("coefficient", "free_a", "outdated", "users")

    def __init__(self, free_a: float, users: Users) -> None:
        self.free_a = free_a
        self.users = users
        coefficients = {coefficient for _, coefficient in users}
        self.coefficient = coefficients.pop() if len(coefficients) == 1 else None
        """That of all users, if it is the same."""
        self.outdated = False

    def level(self) -> float:
        """Return the level at which those who still rise fill this limit."""
        free = self.free_a
        events: list[Event] = []
        if self.coefficient is None:
            for group, coefficient in self.users:
                if group.level == inf:
                    events += [(at, coefficient * more) for at, more in group.events]
        else:
            free /= self.coefficient
            for group, _ in self.users:
                if group.level == inf:
                    events += group.events
        events.sort()
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


def rise_together(
    members: list[Candidate], headroom: list[float], *, by_weight: bool
) -> None:
    """Raise chargers of one class, which have their minima, to their fair shares."""
    groups = _groups(members, by_weight)
    _find_levels(groups, headroom, by_weight)
    stopped = [group for group in groups if group.level != inf]
    for group in groups:
        _take_whole_steps(group, headroom, by_weight)
    _hand_out_rest(stopped, headroom, by_weight)


def _groups(members: list[Candidate], by_weight: bool) -> list[_Group]:
    groups: dict[Line, _Group] = {}
    for member in members:
        low_a = member.min_a
        high_a = member.max_a
        if low_a == high_a:
            continue
        line = member.line
        if line in groups:
            group = groups[line]
        else:
            group = groups[line] = _Group(line)
        group.members.append(member)
        group.rise_a += high_a - low_a
        if by_weight:
            weight = member.weight
            group.events += ((low_a / weight, weight), (high_a / weight, -weight))
        else:
            group.events += ((0.0, 1.0), (high_a - low_a, -1.0))
    return list(groups.values())


def _find_levels(groups: list[_Group], headroom: list[float], by_weight: bool) -> None:
    """Find the level at which each group is stopped; infinite where nothing does."""
    full = _full(groups, headroom)
    # Stopping a group early can only leave more to the others, so a level found
    # before is still a lower bound: it is computed again when its turn comes.
    queue = [(bound.level(), limit) for limit, bound in full.items()]
    heapify(queue)
    while queue:
        level, limit = queue[0]
        if level == inf:
            return
        bound = full[limit]
        if bound.outdated:
            bound.outdated = False
            heapreplace(queue, (bound.level(), limit))
            continue
        heappop(queue)
        for group, _ in bound.users:
            if group.level == inf:
                _stop(group, level, full, by_weight)


def _full(groups: list[_Group], headroom: list[float]) -> dict[int, _Full]:
    """Return the limits that can stop anybody; of those with equal users, one."""
    wanted_a = [0.0] * len(headroom)
    for group in groups:
        rise_a = group.rise_a
        for limit, coefficient in group.line:
            wanted_a[limit] += coefficient * rise_a
    users: dict[int, list[tuple[_Group, float]]] = {
        limit: [] for limit, free in enumerate(headroom) if wanted_a[limit] > free
    }
    for group in groups if users else ():
        for limit, coefficient in group.line:
            if limit in users:
                users[limit].append((group, coefficient))
    tightest: dict[Users, int] = {}
    for limit, its_users in users.items():
        key = tuple(its_users)
        if key not in tightest or headroom[limit] < headroom[tightest[key]]:
            tightest[key] = limit
    return {limit: _Full(headroom[limit], key) for key, limit in tightest.items()}


def _stop(group: _Group, level: float, full: dict[int, _Full], by_weight: bool) -> None:
    """Leave a group at a level, and what it has not risen to the others."""
    group.level = level
    risen_a = 0.0
    for member in group.members:
        more_a = member.weight * level - member.min_a if by_weight else level
        if more_a > 0.0:
            risen_a += min(more_a, member.max_a - member.min_a)
    for limit, coefficient in group.line:
        if limit in full:
            full[limit].free_a -= coefficient * risen_a
            full[limit].outdated = True


def _take_whole_steps(group: _Group, headroom: list[float], by_weight: bool) -> None:
    level = group.level
    taken_a = 0.0
    for member in group.members:
        current_a = member.weight * level if by_weight else member.min_a + level
        current_a *= 1.0 + TOLERANCE
        if current_a >= member.max_a:
            member.steps = member.max_steps
            taken_a += member.max_a - member.min_a
        elif current_a > member.min_a:
            member.steps = max(int(current_a / member.step_a), member.min_steps)
            taken_a += member.steps * member.step_a - member.min_a
    if taken_a:
        take(group.line, taken_a, headroom)


def _hand_out_rest(
    groups: list[_Group], headroom: list[float], by_weight: bool
) -> None:
    """Give single steps, the lowest level first, until nobody can take one.

    Of equals who stands first goes first.
    """
    waiting: list[tuple[float, tuple[int, float, str, int], Candidate]] = []
    for group in groups:
        free = free_a(group.line, headroom)
        waiting += [
            (_level(member, by_weight), member.standing, member)
            for member in group.members
            if member.step_a <= free and member.steps < member.max_steps
        ]
    heapify(waiting)
    last: Candidate | None = None
    while waiting:
        level, standing, member = waiting[0]
        step_a = member.step_a
        free = free_a(member.line, headroom)
        if free < step_a:
            heappop(waiting)
            continue
        steps = 1
        if member is last:
            # Still the lowest: it goes on until another one is.
            most_a = min(free, member.max_a - member.steps * step_a)
            if len(waiting) > 1:
                lead = min(waiting[1:3])[0] - level
                most_a = min(most_a, lead * member.weight if by_weight else lead)
            steps = max(int(most_a / step_a), 1)
        last = member
        member.steps += steps
        take(member.line, steps * step_a, headroom)
        if member.steps < member.max_steps:
            heapreplace(waiting, (_level(member, by_weight), standing, member))
        else:
            heappop(waiting)


def _level(member: Candidate, by_weight: bool) -> float:
    """Return where a charger stands; rounded, so that equals are equal."""
    current_a = member.steps * member.step_a
    if by_weight:
        return round(current_a / member.weight, 9)
    return round(current_a - member.min_a, 9)
