"""Compares what cars do with what the meter shows, to find a meter wired wrongly."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerDecision,
    ChargerReading,
    ChargerStatus,
    Decision,
    MeterKind,
    Phase,
    Site,
    Snapshot,
)

STEP_A: Final = 4.0
"""A car that changes by this much must show in the meter, A."""
CALM_A: Final = 1.0
"""A car that changes by less is at rest, A."""
CALM_S: Final = 15.0
"""How long a car must be at rest before and after a step, s: a meter may be late."""
LIKE: Final = 0.3
"""The part of a step that the house may add or take, so that it still counts."""
FACTORS: Final = (1000.0, 0.001)
"""By how much a wrong unit is off: kW for W, A for mA, and the other way round."""
VOTES: Final = 3
"""How many steps in a row must agree."""
NOISE_A: Final = 0.5
"""A sensor at rest may show this much below zero, A."""
SEVERAL: Final = 2
"""One step that the meter does not show, or the wrong way, may be an accident."""
BACKWARDS: Final = 0.6
"""The part of a step at least by which a meter moves that shows it the wrong way."""
EXCESS: Final = 0.2
"""The part by which a car may draw more than its set-point, so that this is believed."""


class Verdict(StrEnum):
    """What a car's step shows of the meter."""

    RIGHT = "right"
    SIGN = "sign"
    UNIT = "unit"


@dataclass(slots=True)
class _Watch:
    """A car between two rests, and what its steps have shown."""

    rest_a: float | None = None
    rest_told_a: float | None = None
    """Its set-point then."""
    others_a: float = 0.0
    older_a: tuple[float | None, ...] = ()
    """What the meter showed a while ago: the newest may show a step already that
    the car has not told yet."""
    newer_a: tuple[float | None, ...] = ()
    newer_s: float = 0.0
    newest_a: float = 0.0
    newest_since_s: float = 0.0
    hidden_since_s: float | None = None
    """Since when no sensor that can be read measures the car."""
    votes: deque[Verdict] = field(default_factory=lambda: deque(maxlen=VOTES))

    def hidden(self, now_s: float) -> None:
        """Note that no sensor measures the car: a step may get lost by that.

        What was seen before holds. A sensor that is late shows for a moment more than
        the car was told.
        """
        if self.hidden_since_s is None:
            self.hidden_since_s = now_s
        elif now_s - self.hidden_since_s >= CALM_S:
            self.rest_a = None
            self.newest_since_s = 0.0


class CrossCheck:
    """Watches the steps of a site's cars."""

    def __init__(self) -> None:
        """Begin without having seen anything."""
        self._watches: dict[str, _Watch] = {}
        self._backwards: set[str] = set()

    def look(
        self,
        site: Site,
        snapshot: Snapshot,
        now_s: float,
        decision: Decision | None,
    ) -> None:
        """Take in what meter and cars show now, and what the engine's steps showed.

        The engine takes back at once what the meter shows the wrong way, so that such
        a car never comes to rest.
        """
        rows = () if decision is None else decision.chargers
        self._backwards = {row.charger_id for row in rows if is_backwards(row)}
        meter_a = _meter_a(site, snapshot)
        readings = {row.charger_id: row for row in snapshot.chargers}
        drawn = {
            charger.charger_id: value
            for charger in site.chargers
            if (value := _drawn_a(charger, readings.get(charger.charger_id)))
            is not None
        }
        for charger in site.chargers:
            watch = self._watches.setdefault(charger.charger_id, _Watch())
            if (drawn_a := drawn.get(charger.charger_id)) is None:
                watch.hidden(now_s)
                continue
            told_a = _told_a(readings.get(charger.charger_id))
            others_a = sum(drawn.values()) - drawn_a
            _watch(watch, site, charger, drawn_a, told_a, others_a, meter_a, now_s)

    def forget(self, charger_id: str) -> None:
        """Take nothing of what a charger showed for evidence: its sensor lies."""
        self._watches.pop(charger_id, None)

    def verdict(self, charger_id: str) -> Verdict:
        """Return what the last steps of a car agree on.

        Without enough of them, or when they differ, the meter counts as right.
        """
        if charger_id in self._backwards:
            return Verdict.SIGN
        watch = self._watches.get(charger_id)
        if watch is None or len(watch.votes) < VOTES or len(set(watch.votes)) > 1:
            return Verdict.RIGHT
        return watch.votes[0]


def is_backwards(row: ChargerDecision) -> bool:
    """Tell whether the meter showed the steps of a charger the wrong way."""
    step = row.unseen_step
    if step is None or row.unseen_steps < SEVERAL:
        return False
    moved_a = step.meter_a if step.measured_a > 0 else -step.meter_a
    return moved_a <= -BACKWARDS * abs(step.measured_a)


def _watch(
    watch: _Watch,
    site: Site,
    charger: Charger,
    drawn_a: float,
    told_a: float | None,
    others_a: float,
    meter_a: tuple[float | None, ...],
    now_s: float,
) -> None:
    """Follow a car from one rest to the next, and judge the step between them."""
    watch.hidden_since_s = None
    if abs(drawn_a - watch.newest_a) > CALM_A or watch.newest_since_s == 0:
        watch.newest_a, watch.newest_since_s = drawn_a, now_s
    if now_s - watch.newest_since_s < CALM_S:
        return
    step_a = 0.0 if watch.rest_a is None else watch.newest_a - watch.rest_a
    if watch.rest_a is not None and abs(step_a) < STEP_A:
        if now_s - watch.newer_s >= CALM_S:
            watch.older_a, watch.newer_a, watch.newer_s = watch.newer_a, meter_a, now_s
            watch.rest_a, watch.others_a = watch.newest_a, others_a
            watch.rest_told_a = told_a
        return
    others_calm = abs(others_a - watch.others_a) <= CALM_A
    backwards = (
        told_a is not None
        and watch.rest_told_a is not None
        and (told_a - watch.rest_told_a) * step_a < 0
    )
    # A car that seems to fall at a raise: that may be its sensor.
    if watch.rest_a is not None and others_calm and not backwards:
        vote = _judged(site, charger, step_a, watch.older_a, meter_a)
        if vote is not None:
            watch.votes.append(vote)
    watch.rest_a, watch.others_a = watch.newest_a, others_a
    watch.rest_told_a = told_a
    watch.older_a = watch.newer_a = meter_a
    watch.newer_s = now_s


def _judged(
    site: Site,
    charger: Charger,
    step_a: float,
    before_a: tuple[float | None, ...],
    after_a: tuple[float | None, ...],
) -> Verdict | None:
    """Return what a step shows; None where the house has moved as well."""
    changes = [
        None if before is None or after is None else after - before
        for before, after in zip(before_a, after_a, strict=True)
    ]
    if site.meter.kind is MeterKind.TOTAL:
        step_a *= len(charger.phases)
        on_car = changes[:1]
    else:
        on_car = [changes[phase] for phase in charger.phases]
    known = [change for change in on_car if change is not None]
    if not known or len(known) != len(on_car):
        return None
    if all(_is_like(change, step_a) for change in known):
        return Verdict.RIGHT
    if all(_is_like(change, -step_a) for change in known):
        return Verdict.SIGN
    for factor in FACTORS:
        if all(_is_like(change, step_a * factor) for change in known):
            return Verdict.UNIT
    return None


def _is_like(change: float, expected: float) -> bool:
    return abs(change - expected) <= LIKE * abs(expected)


def _meter_a(site: Site, snapshot: Snapshot) -> tuple[float | None, ...]:
    """Return what the meter shows on each phase, A; a total stands for all."""
    total = snapshot.total_power_w
    if site.meter.kind is MeterKind.TOTAL and total is not None:
        value = None if total.problem is not None else total.value / site.volts
        return (value,) * len(Phase)
    return tuple(
        None if row is None or row.problem is not None else row.value
        for row in snapshot.phase_currents_a
    )


def _told_a(reading: ChargerReading | None) -> float | None:
    """Return the set-point that a charger last took, A."""
    if reading is None or reading.accepted is None:
        return None
    return reading.accepted.value


def _drawn_a(charger: Charger, reading: ChargerReading | None) -> float | None:
    """Return what a car is measured to draw on its busiest phase, A.

    None where the sensor shows what cannot be: then it may be the sensor that is
    wrong, and nothing that it shows tells anything against the meter.
    """
    if reading is None or not reading.available:
        return None
    values = [
        row.value
        for row in reading.measured_a
        if row is not None and row.problem is None
    ]
    told_a = charger.max_current_a
    if (accepted_a := _told_a(reading)) is not None:
        told_a = min(told_a, accepted_a)
    if reading.status is ChargerStatus.DISCONNECTED:
        told_a = 0.0
    most_a = (1 + EXCESS) * told_a + CALM_A
    if not all(-NOISE_A <= value <= most_a for value in values):
        return None
    return max(values, default=None)
