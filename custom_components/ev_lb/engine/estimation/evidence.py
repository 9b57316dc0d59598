"""Whether the meters have moved since a car behind them was last raised.

A meter that hangs goes on to report. What the car then takes more looks as if
the house had taken less, so each raise would make way for the next. One raise on
the same values is all that can be wrong: the next one waits for another value, and
that one is taken back where the meter should have shown it by now.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import inf
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import Phase
from custom_components.ev_lb.engine.model.metered import MeteredCircuit
from custom_components.ev_lb.engine.model.state import ChargerState

from .cars import Source
from .circuits import is_contradicted_on
from .estimate import Estimate

TAKES_A: Final = 1.0
"""A car that is measured to draw less takes nothing that a meter must show, A."""


class Evidence(NamedTuple):
    """What the meters tell of the raises so far."""

    shown: frozenset[str]
    """The chargers to be raised of which every meter above has moved since the last
    raise."""
    back_a: dict[str, float]
    """By charger what it had before the raises that a meter should have shown, A."""


def evidence(estimate: Estimate, rising: Iterable[Source]) -> Evidence:
    """Return what the meters tell of the raises so far.

    For those to be raised, `rising`, since it takes all cars into account.
    """
    back_a = {}
    if estimate.contradicted:
        back_a = {
            row.charger.charger_id: shown_a(estimate, row) for row in estimate.sources
        }
    shown = [row.charger.charger_id for row in rising if is_shown(estimate, row)]
    return Evidence(frozenset(shown), back_a)


def is_shown(estimate: Estimate, source: Source) -> bool:
    """Tell whether every meter over a charger has moved since the last raise.

    One that tells nothing good now has not.
    """
    if estimate.meters_over[source.charger.charger_id].in_grace:
        return False
    if next(_contradicted(estimate, source), None) is not None:
        return False
    return all(
        _is_shown_by(metered, source, other)
        for metered in estimate.metered_circuits
        if source.charger.circuit_id in metered.behind
        for other in estimate.sources
        if other.charger.circuit_id in metered.behind
        and not (other.before_meter and metered.circuit_id == estimate.plan.root)
    )


def shown_a(estimate: Estimate, source: Source) -> float:
    """Return what a charger had before the raises that a meter should have shown, A.

    Infinity where none is missing. A raise from before the values stand counts as
    long as the car may still have been about to follow it.
    """
    points, ends_s = source.state.set_points, source.ends_s
    return min(
        (
            before.current_a
            for since_s in _contradicted(estimate, source)
            for before, after, end_s in zip(
                points, points[1:], ends_s[1:], strict=False
            )
            if end_s >= since_s and before.current_a < after.current_a
        ),
        default=inf,
    )


def _contradicted(estimate: Estimate, source: Source) -> Iterator[float]:
    """Yield since when values stand that should show by now what the cars do, s."""
    if not estimate.contradicted:
        return
    for metered in estimate.metered_circuits:
        if source.charger.circuit_id in metered.behind:
            for phase in source.charger.phases:
                if is_contradicted_on(metered, phase):
                    yield metered.phases[phase].watch.stands_s


def _is_shown_by(metered: MeteredCircuit, source: Source, other: Source) -> bool:
    """Tell whether a meter has moved since the last raise of a car.

    A car that is measured on each phase must show on each that it loads. Any
    other may be on one of its phases only.
    """
    raised_s = _raised_s(other.state)
    shared = set(source.charger.phases) & set(other.charger.phases)
    if not shared or raised_s == -inf:
        return True
    loaded = _loaded(other)
    if other is not source:
        unmeasured = not other.state.measurements
        starts = source.state.set_a <= 0
        if (unmeasured and starts) or not (unmeasured or loaded):
            # It takes nothing, or is counted as if it did.
            return True
    if other.apart and loaded:
        return all(
            metered.phases[row].watch.since_s > raised_s
            for row in loaded
            if row in shared
        )
    return any(metered.phases[row].watch.since_s > raised_s for row in shared)


def _loaded(source: Source) -> list[Phase]:
    """Return the phases on which a car is measured to draw."""
    if not source.state.measurements:
        return []
    drawn_a = source.state.measurements[-1].current_a
    return [row for row in source.charger.phases if drawn_a[row] >= TAKES_A]


def _raised_s(state: ChargerState) -> float:
    """Return when a car was last given more, s; a raise taken back need not show."""
    return max(
        (
            after.decided_s
            for before, after in pairwise(state.set_points)
            if before.current_a < min(after.current_a, state.set_a)
        ),
        default=-inf,
    )
