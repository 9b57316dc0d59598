"""What a charger's step came to: of its car, of other cars, and on the meter over it."""

from collections.abc import Iterator
from math import inf
from typing import Final

from custom_components.ev_lb.engine.model import MeterKind, PerPhase, Phase, Site
from custom_components.ev_lb.engine.model.meter_trial import DrewThen, MeterBaseline
from custom_components.ev_lb.engine.model.state import Measurement, State
from custom_components.ev_lb.engine.wakeups import Wakeups

from .cars import Source
from .frozen import PROMPT_S
from .readings import PhaseReadings
from .step_evidence import BEYOND, BEYOND_A, STEP_A
from .step_witnesses import CALM_A

SMALL_A: Final = 0.9
"""Smaller steps of a charger are not added up, A: the smallest one is 1 A, a tenth less
for its sensor."""
AGREED_A: Final = 1.0
"""A car is where it was told to be, A."""
OTHERS_S: Final = 30.0
"""A car that was told something so long before may still be moving, s."""


def is_hidden(
    site: Site, baseline: MeterBaseline, battery_a: float | None, others: list[Source]
) -> bool:
    """Tell whether something else that nothing measures may have made up for a step."""
    if site.battery is not None:
        if battery_a is None or baseline.battery_a is None:
            return True
        if abs(battery_a - baseline.battery_a) > CALM_A:
            return True
    known = {row.charger_id for row in baseline.others}
    return any(_may_move(row, known, baseline.time_s) for row in others)


def _may_move(source: Source, known: set[str], since_s: float) -> bool:
    """Tell whether a car that was not measured before may have moved since then."""
    points = source.state.set_points
    if source.state.measurements:
        return source.charger.charger_id not in known
    return bool(points) and points[-1].decided_s > since_s - OTHERS_S


def _measured_at(source: Source, time_s: float) -> Measurement | None:
    """Return what a car was measured to draw at a time."""
    rows = [row for row in source.state.measurements if row.time_s <= time_s]
    return rows[-1] if rows else None


def others_steps_a(
    site: Site, others: list[Source], baseline: MeterBaseline
) -> PerPhase:
    """Return by how much other cars are measured to draw more on each phase, A.

    Over all phases, where the meter shows the total.
    """
    found = [0.0, 0.0, 0.0]
    known = {row.charger_id: row.drew_a for row in baseline.others}
    for row in others:
        then_a = known.get(row.charger.charger_id)
        if then_a is None or not row.state.measurements:
            continue
        now_a = row.state.measurements[-1].current_a
        for phase in Phase:
            found[phase] += now_a[phase] - then_a[phase]
    if site.meter.kind is MeterKind.TOTAL:
        found = [sum(found)] * 3
    return found[0], found[1], found[2]


def _apart_a(then: Measurement, now: Measurement) -> float:
    return max(
        abs(after - before)
        for before, after in zip(then.current_a, now.current_a, strict=True)
    )


def measured_steps_a(source: Source, baseline: MeterBaseline) -> PerPhase | None:
    """Return by how much a car is measured to draw more on each phase, A."""
    rows = source.state.measurements
    if not rows or rows[-1].time_s <= baseline.time_s:
        return None
    first, second, third = (
        now - then
        for now, then in zip(rows[-1].current_a, baseline.drew_a, strict=True)
    )
    return first, second, third


def is_clear(
    source: Source, steps_a: PerPhase, commanded_a: float, wakeups: Wakeups
) -> bool:
    """Tell whether a car has clearly done what it was told."""
    furthest_a = max(steps_a, key=abs)
    least_a = min(STEP_A, max(SMALL_A, abs(commanded_a) - SMALL_A))
    if abs(furthest_a) < least_a or furthest_a * commanded_a <= 0:
        return False
    if abs(furthest_a) > BEYOND * abs(commanded_a) + BEYOND_A:
        return False
    there = abs(furthest_a - commanded_a) <= AGREED_A
    return there or wakeups.now_s >= source.settled_s


def shown_steps_a(
    site: Site,
    before: State,
    readings: PhaseReadings,
    sources: tuple[Source, ...],
    source: Source,
    baseline: MeterBaseline,
) -> PerPhase | None:
    """Return by how much the meter shows more on each phase, A.

    None while it may still show what was before a step of any car, or shows nothing
    good.
    """
    measured = [row for row in sources if row.state.measurements]
    since_s = max(map(_there_since_s, measured)) + site.meter.delay_s
    found = [0.0, 0.0, 0.0]
    phases = source.charger.phases
    if site.meter.kind is MeterKind.TOTAL:
        phases = phases[:1]
    for phase in phases:
        row, then_a = readings.rows[phase], baseline.meter_a[phase]
        sound = readings.problems[phase] is None and readings.bad_since_s[phase] is None
        if row is None or then_a is None or not sound:
            return None
        renewed_s = max(before.phases[phase].watch.renewed_s, PROMPT_S)
        if row.time_s < since_s + renewed_s:
            return None
        found[phase] = row.value - then_a
    moved = any(
        before.phases[phase].watch.since_s > baseline.time_s for phase in phases
    )
    if not moved and not any(found):
        # It stands still: that is found out by all that the cars do (`frozen.py`).
        return None
    if site.meter.kind is MeterKind.TOTAL:
        # The whole of it stands for each wire.
        total_a = found[phases[0]]
        return (total_a, total_a, total_a)
    return found[0], found[1], found[2]


def _there_since_s(source: Source) -> float:
    """Return since when a car is measured to draw what it does now, s."""
    return min(_alike(source), default=inf)


def _alike(source: Source) -> Iterator[float]:
    """Yield when the newest measurements came that tell the same."""
    rows = source.state.measurements
    for row in reversed(rows):
        if _apart_a(row, rows[-1]) > AGREED_A:
            return
        yield row.time_s


def baseline_at(
    before: State,
    battery_a: float | None,
    source: Source,
    others: list[Source],
    set_a: float,
) -> MeterBaseline | None:
    """Return what was known when a step was decided; None where something lacks."""
    decided_s = source.state.set_points[-1].decided_s
    drew = _measured_at(source, decided_s)
    rows = [before.phases[phase] for phase in Phase]
    if drew is None or any(row.bad_since_s is not None for row in rows):
        return None
    first, second, third = (
        None if row.reading is None else row.reading.value for row in rows
    )
    return MeterBaseline(
        time_s=decided_s,
        set_a=set_a,
        drew_a=drew.current_a,
        meter_a=(first, second, third),
        battery_a=battery_a,
        others=tuple(
            DrewThen(row.charger.charger_id, then.current_a)
            for row in others
            if (then := _measured_at(row, decided_s)) is not None
        ),
    )
