"""Which load of the house counts: for a cut, at this moment, and for a raise."""

from collections.abc import Callable

from .state import PhaseState

type HouseLoad = Callable[[PhaseState, float], float]
"""Reads a house load, A, from the memory of a phase and its limit."""


def held_house_a(memory: PhaseState) -> float:
    """Return the house load that a raise must fit under, A."""
    highest = memory.peaks[0].house_a if memory.peaks else memory.house_high_a
    return max(highest, memory.house_high_a)


def worst_house_a(memory: PhaseState) -> float:
    """Return the highest house load seen lately, A."""
    return max((load for _, load in memory.worst_a), default=0.0)


def to_cut_by_a(memory: PhaseState, limit_a: float) -> float:
    """Return the house load that no set-point may stand against, A.

    While a phase is overloaded, a change that may still turn out to be a
    car's counts as the house's.
    """
    if memory.load_a > limit_a:
        return max(memory.house_a, memory.house_face_a)
    return memory.house_a


def now_a(memory: PhaseState, _: float) -> float:
    """Return the highest house load that the newest reading allows, A."""
    return memory.house_high_a


def least_a(memory: PhaseState, _: float) -> float:
    """Return the lowest house load that is likely now, A.

    A drop that may still turn out to be a car's counts as the house's.
    """
    return min(memory.house_a, memory.house_face_a)


def held_a(memory: PhaseState, _: float) -> float:
    """Return the highest house load of the hold window, A."""
    return held_house_a(memory)


def without_old_peaks(
    memory: PhaseState, window_s: float, passed: Callable[[float], bool]
) -> PhaseState:
    """Drop the house loads that have left the hold window."""
    peaks = memory.peaks
    window_s = max(window_s, memory.hold.window_s)
    gone = 0
    while gone < len(peaks) - 1 and passed(peaks[gone].until_s + window_s):
        gone += 1
    return memory._replace(peaks=peaks[gone:]) if gone else memory
