"""Filling one charger after the other, in whole steps."""

from .admission import Candidate, fits, free_a, take


def fill(member: Candidate, headroom: list[float]) -> None:
    """Raise a charger as far as headroom and its maximum allow."""
    free = free_a(member.line, headroom)
    more = member.max_steps - member.steps
    if more * member.step_a > free:
        more = int(free / member.step_a)
    if more > 0:
        member.steps += more
        take(member.line, more * member.step_a, headroom)


def fill_optimized(
    candidates: list[Candidate], headroom: list[float]
) -> list[Candidate]:
    """Fill in rank order; each leaves the next one its minimum.

    The next is the next whose minimum fits beside the minimum of the one that is
    filled; it in turn yields to the one after it, and to nobody else. What somebody
    has before all others is no part of this.
    """
    admitted: list[Candidate] = []
    filling: Candidate | None = None
    for candidate in candidates:
        if not _has_minimum(candidate, headroom):
            continue
        admitted.append(candidate)
        if filling is not None:
            fill(filling, headroom)
        filling = candidate
    if filling is not None:
        fill(filling, headroom)
    return admitted


def fill_strictly(
    candidates: list[Candidate], headroom: list[float]
) -> list[Candidate]:
    """Fill in rank order, and stop at the first that has not all it wants.

    Who has something before all others keeps that.
    """
    admitted: list[Candidate] = []
    for place, candidate in enumerate(candidates):
        satisfied = _has_minimum(candidate, headroom)
        if satisfied:
            admitted.append(candidate)
            fill(candidate, headroom)
            satisfied = candidate.steps >= candidate.max_steps
        if not satisfied:
            return admitted + [row for row in candidates[place + 1 :] if row.steps]
    return admitted


def _has_minimum(candidate: Candidate, headroom: list[float]) -> bool:
    """Give a charger its minimum if that fits, and tell whether it has it now."""
    if candidate.steps:
        return True
    if not fits(candidate.line, candidate.min_a, headroom):
        return False
    take(candidate.line, candidate.min_a, headroom)
    candidate.steps = candidate.min_steps
    return True
