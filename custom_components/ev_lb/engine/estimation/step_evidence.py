"""How much one step of a charger speaks against the sensor of its current.

Three witnesses tell of a step: what the charger was set to, what its sensor shows, and
what the meter shows. Two beliefs are compared by what the meter did: either the sensor
is right, and the meter moved as it did; or the sensor is wrong, and the meter moved as
the charger was set, or a part of that. In both the house may have moved meanwhile.
The evidence is the logarithm of how many times likelier the second one makes it.
"""

from collections.abc import Iterable
from itertools import permutations
from math import exp, log, pi, sqrt
from typing import Final, NamedTuple

MOST: Final = 2.3
"""One step makes no belief more than ten times likelier: log 10."""
WEAK: Final = 0.7
"""What a cut tells at most of a sensor that shows no more than what the cut leaves:
a load of the house that caused the cut, and is gone again, shows just the same."""
ALIKE_PHASES: Final = 0.5
"""How much less each further phase tells: what the house does on one it often does on
all."""
STEP_A: Final = 3.0
"""A smaller step proves nothing (design section 5), A."""
NOISE_A: Final = 0.6
"""What calm houses and sensors differ by, A."""
NOISE_PART: Final = 0.06
"""The same as a part of the step: voltage, power factor, whole ampere."""
LIVELY: Final = 0.3
"""How often the house moves clearly during a step."""
LIVELY_A: Final = 5.0
"""By how much it does then, as the mean of an exponential spread, A."""
SAME_A: Final = 0.5
SAME_PART: Final = 0.1
"""A sensor that moved as the charger was set differs from that by no more."""
PARTIAL: Final = 0.2
"""How often a car takes only a part of a step."""
LEAST_PART: Final = 0.3
BEYOND: Final = 1.25
"""No car moves by more than this multiple of what its charger is set to."""
BEYOND_A: Final = 1.5
IMPOSSIBLE: Final = 0.1
"""How likely a sensor is right that shows more than that, or the opposite."""
ABOVE: Final = 1.06
ABOVE_A: Final = 1.0
"""A sensor shows more than the charger is set to beyond this multiple and so much, A."""
EXCESSIVE: Final = 0.3
"""How likely a sensor is right that does so before and after a step."""


class Witnessed(NamedTuple):
    """What the witnesses made of a step; A, on each wire."""

    set_a: tuple[float, float]
    """Before and after."""
    sensor_before_a: tuple[float, ...]
    sensor_after_a: tuple[float, ...]
    """One value may stand for all wires."""
    meter_a: tuple[float, ...]
    """By how much the meter rose on each phase of the charger; one value is the sum
    over all."""
    wires: int
    partial: bool
    """Whether a part of the step may be all that shows; not where a home battery of
    which nobody tells makes up for the rest."""

    @property
    def step_a(self) -> float:
        """Return by how much the charger was set higher, A."""
        return self.set_a[1] - self.set_a[0]

    @property
    def sensor_a(self) -> tuple[float, ...]:
        """Return by how much the sensor rose on each of its wires, A."""
        return tuple(
            after - before
            for before, after in zip(
                self.sensor_before_a, self.sensor_after_a, strict=True
            )
        )


def evidence(move: Witnessed) -> float:
    """Return how much a step speaks against the sensor; negative speaks for it."""
    honest, lying = _honest(move), _lying(move)
    alike = 1 + ALIKE_PHASES * (len(move.meter_a) - 1)
    found = max(
        -MOST, min(log(lying / honest) / alike - log(_plausibility(move)), MOST)
    )
    if found > 0 and _follows(move):
        return 0.0
    if found > 0 and _need_not_move(move):
        return min(found, WEAK)
    return found


def agrees(move: Witnessed) -> bool:
    """Tell whether the sensor clearly moved as the meter did, and as it was set to."""
    rows = _best_fit(move)
    clear = any(abs(sensor_a) >= STEP_A for _, sensor_a in rows)
    if not clear or _plausibility(move) < 1:
        return False
    return all(
        abs(meter_a - sensor_a) <= NOISE_A + 0.1 * abs(sensor_a)
        for meter_a, sensor_a in rows
    )


def meter_on_wire_a(move: Witnessed) -> float:
    """Return by how much the meter rose on the wire that moved most, A."""
    step_a = move.step_a
    if _is_total(move):
        return min(
            (move.meter_a[0] / count for count in range(1, move.wires + 1)),
            key=lambda rise_a: abs(rise_a - step_a),
        )
    return max(move.meter_a, key=abs)


def _is_total(move: Witnessed) -> bool:
    return len(move.meter_a) < move.wires


def _honest(move: Witnessed) -> float:
    """Return how likely the meter shows this where the sensor is right."""
    return max(_product(_near(*row) for row in rows) for rows in _fits(move))


def _lying(move: Witnessed) -> float:
    """Return how likely it is where the car did what the charger was set to."""
    step_a = move.step_a
    if _is_total(move):
        total_a = move.meter_a[0]
        return max(
            _following(total_a, count * step_a, partial=move.partial)
            for count in range(1, move.wires + 1)
        )
    ranked = sorted(move.meter_a, key=abs, reverse=True)
    return max(
        _product(
            _following(meter_a, step_a, partial=move.partial)
            if place < count
            else _near(meter_a, 0.0)
            for place, meter_a in enumerate(ranked)
        )
        for count in range(1, len(ranked) + 1)
    )


def _fits(move: Witnessed) -> list[list[tuple[float, float]]]:
    """Return the ways to hold the meter's phases against the sensor's wires.

    A car may be on some wires only, and nobody has proven their order.
    """
    sensor_a = move.sensor_a
    one_value = len(sensor_a) < move.wires or move.wires == 1
    if _is_total(move):
        if not one_value:
            return [[(move.meter_a[0], sum(sensor_a))]]
        counts = range(1, move.wires + 1)
        return [[(move.meter_a[0], count * sensor_a[0])] for count in counts]
    if not one_value:
        return [
            list(zip(move.meter_a, order, strict=True))
            for order in permutations(sensor_a)
        ]
    ranked = sorted(move.meter_a, key=abs, reverse=True)
    return [
        [
            (meter_a, sensor_a[0] if place < count else 0.0)
            for place, meter_a in enumerate(ranked)
        ]
        for count in range(1, len(ranked) + 1)
    ]


def _best_fit(move: Witnessed) -> list[tuple[float, float]]:
    return max(_fits(move), key=lambda rows: _product(_near(*row) for row in rows))


def _plausibility(move: Witnessed) -> float:
    """Return how likely a right sensor shows what this one does, whatever the meter."""
    step_a = move.step_a
    furthest_a = max(move.sensor_a, key=abs)
    most_a = BEYOND * abs(step_a) + BEYOND_A
    backwards = furthest_a * step_a < 0 and abs(furthest_a) >= STEP_A
    below = min(*move.sensor_before_a, *move.sensor_after_a) < -ABOVE_A
    if backwards or below or abs(furthest_a) > most_a:
        return IMPOSSIBLE
    levels_a = (max(move.sensor_before_a), max(move.sensor_after_a))
    above = all(
        level_a > ABOVE * set_a + ABOVE_A
        for level_a, set_a in zip(levels_a, move.set_a, strict=True)
    )
    return EXCESSIVE if above else 1.0


def _follows(move: Witnessed) -> bool:
    """Tell whether the sensor moved as the charger was set, and shows no more than that.

    Whatever the meter shows then may be the house.
    """
    furthest_a = max(move.sensor_a, key=abs)
    apart_a = abs(furthest_a - move.step_a)
    above = max(move.sensor_after_a) > ABOVE * move.set_a[1] + ABOVE_A
    return apart_a <= SAME_A + SAME_PART * abs(move.step_a) and not above


def _need_not_move(move: Witnessed) -> bool:
    """Tell whether a car need not move by what the sensor showed before a cut."""
    before_a = max(move.sensor_before_a)
    return move.step_a < 0 and 0 <= before_a <= move.set_a[1] + ABOVE_A


def _near(meter_a: float, sensor_a: float) -> float:
    noise_a = NOISE_A + NOISE_PART * abs(sensor_a)
    apart_a = meter_a - sensor_a
    return (1 - LIVELY) * _normal(apart_a, noise_a) + LIVELY * _spread(apart_a)


def _following(meter_a: float, step_a: float, *, partial: bool) -> float:
    noise_a = NOISE_A + NOISE_PART * abs(step_a)
    apart_a = meter_a - step_a
    part = PARTIAL if partial else 0.0
    found = (1 - LIVELY - part) * _normal(apart_a, noise_a) + LIVELY * _spread(apart_a)
    if step_a and LEAST_PART <= meter_a / step_a <= 1:
        found += part / ((1 - LEAST_PART) * abs(step_a))
    return found


def _normal(apart_a: float, noise_a: float) -> float:
    return exp(-((apart_a / noise_a) ** 2) / 2) / (noise_a * sqrt(2 * pi))


def _spread(apart_a: float) -> float:
    """Return the density of what a lively house adds; never quite zero."""
    return max(exp(-abs(apart_a) / LIVELY_A) / (2 * LIVELY_A), 1e-12)


def _product(parts: Iterable[float]) -> float:
    found = 1.0
    for part in parts:
        found *= part
    return found
