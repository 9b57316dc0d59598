"""Filling one charger after the other, in whole steps."""

from operator import attrgetter

from .admission import Candidate, fits, free_a, take


def fill(member: Candidate, room: list[float]) -> None:
    """Raise a charger as far as room and its maximum allow."""
    free = free_a(member.line, room)
    more = member.max_steps - member.steps
    if more * member.step_a > free:
        more = int(free / member.step_a)
    if more > 0:
        member.steps += more
        take(member.line, more * member.step_a, room)


def fill_each(members: list[Candidate], room: list[float]) -> None:
    """Raise chargers that have their minima, by priority and then by turn."""
    for member in sorted(members, key=attrgetter("standing")):
        fill(member, room)


def fill_optimized(candidates: list[Candidate], room: list[float]) -> list[Candidate]:
    """Fill in rank order; each leaves the next one its minimum.

    The next is the next whose minimum fits beside the minimum of the one that is
    filled; it in turn yields to the one after it, and to nobody else.
    """
    admitted: list[Candidate] = []
    filling: Candidate | None = None
    for candidate in candidates:
        if not fits(candidate.line, candidate.min_a, room):
            continue
        take(candidate.line, candidate.min_a, room)
        candidate.steps = candidate.min_steps
        admitted.append(candidate)
        if filling is not None:
            fill(filling, room)
        filling = candidate
    if filling is not None:
        fill(filling, room)
    return admitted


def fill_strictly(candidates: list[Candidate], room: list[float]) -> list[Candidate]:
    """Fill in rank order, and stop at the first that has not all it wants."""
    admitted: list[Candidate] = []
    for candidate in candidates:
        if not fits(candidate.line, candidate.min_a, room):
            break
        take(candidate.line, candidate.min_a, room)
        candidate.steps = candidate.min_steps
        admitted.append(candidate)
        fill(candidate, room)
        if candidate.steps < candidate.max_steps:
            break
    return admitted
