"""What charger, sensor and meter made of a step of one charger.

What other cars and the home battery did meanwhile is taken off what the meter shows.
Where it is open whether another car moved, both are held against the step.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import inf, isfinite
from typing import Final

from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    MeterKind,
    Site,
)
from custom_components.ev_lb.engine.model.metered import MeteredCircuit
from custom_components.ev_lb.engine.model.sensor import Baseline, OtherThen
from custom_components.ev_lb.engine.model.set_points import START_TIME_S, effect_end_s
from custom_components.ev_lb.engine.model.state import Reading

from .cars import Source
from .step_evidence import Witnessed

CALM_A: Final = 1.5
"""A meter that moved by less stays, and another car that did has not moved, A."""
AMBIGUOUS_MOST: Final = 2
"""With more cars of which it is open whether they moved, a step shows nothing."""
UNMOVED_A: Final = 0.2
"""Another car that moved by less is left out, A."""


def shown_by_sensor(
    charger: Charger, reading: ChargerReading | None
) -> tuple[float, ...]:
    """Return what a charger's sensor shows as it is, A; nothing where it is silent."""
    if reading is None or not reading.available or not reading.measured_a:
        return ()
    values = []
    for row in reading.measured_a[: max(len(charger.phases), 1)]:
        if row is None or row.problem is not None or not isfinite(row.value):
            return ()
        values.append(row.value)
    # Fewer values than wires: one stands for all.
    return tuple(values) if len(values) == len(charger.phases) else tuple(values[:1])


def witnessed(
    site: Site,
    battery_w: float | None,
    sources: tuple[Source, ...],
    source: Source,
    metered: MeteredCircuit,
    baseline: Baseline,
    sensor_a: tuple[float, ...],
    now: tuple[Reading, ...],
    set_a: tuple[float, float],
) -> Iterator[Witnessed]:
    """Yield what the witnesses made of a step, by each belief of other cars."""
    battery = _battery_rise_a(site, battery_w, metered, baseline)
    others = _others(sources, source, metered, baseline, now[0].time_s)
    if battery is None or others is None:
        return
    rises_a = [
        row.value - then_a for row, then_a in zip(now, baseline.meter_a, strict=True)
    ]
    hidden = site.battery is not None and battery_w is None
    for beliefs in product(*others):
        other_a = [sum(row[place] for row in beliefs) for place in range(len(now))]
        yield Witnessed(
            set_a=set_a,
            sensor_before_a=baseline.sensor_a,
            sensor_after_a=sensor_a,
            meter_a=tuple(
                rise_a - more_a - battery
                for rise_a, more_a in zip(rises_a, other_a, strict=True)
            ),
            wires=max(len(source.charger.phases), 1),
            partial=not hidden,
        )


def phases_shown(charger: Charger, metered: MeteredCircuit) -> tuple[int, ...]:
    """Return the phases of a meter on which a charger shows; one for a total."""
    phases = charger.phases
    return phases[:1] if metered.meter.kind is MeterKind.TOTAL else phases


def meter_readings(
    charger: Charger, metered: MeteredCircuit
) -> tuple[Reading, ...] | None:
    """Return what a meter shows on the phases of a charger."""
    found = [metered.phases[row].reading for row in phases_shown(charger, metered)]
    rows = [row for row in found if row is not None and row.problem is None]
    return tuple(rows) if rows and len(rows) == len(found) else None


def step_end_s(source: Source, before_a: float) -> float:
    """Return when a car has surely done what its charger was set to, s."""
    points = source.state.set_points
    if not points:
        return -inf
    charger = source.charger
    if charger.measures_current:
        charger = replace(charger, measures_current=False)
    end_s = effect_end_s(charger, before_a, points[-1])
    starts = before_a <= 0 < points[-1].current_a
    if starts and points[-1].accepted_s is not None:
        end_s = max(end_s, points[-1].accepted_s + START_TIME_S)
    return end_s


def _battery_rise_a(
    site: Site, battery_w: float | None, metered: MeteredCircuit, baseline: Baseline
) -> float | None:
    """Return how much more the home battery takes, A on the total.

    None where that leaves open what a phase shows.
    """
    before_w, after_w = baseline.battery_w, battery_w
    if before_w is None or after_w is None:
        return 0.0 if before_w is after_w else None
    rise_a = (after_w - before_w) / site.volts
    if metered.meter.kind is MeterKind.TOTAL:
        return rise_a
    return 0.0 if abs(rise_a) < CALM_A else None


def _others(
    sources: tuple[Source, ...],
    source: Source,
    metered: MeteredCircuit,
    baseline: Baseline,
    read_s: float,
) -> list[list[tuple[float, ...]]] | None:
    """Return by how much each other car may have moved on each phase, A.

    None where a car came meanwhile, is about to move, or too much is open.
    """
    known = {row.charger_id: row for row in baseline.others}
    phases = phases_shown(source.charger, metered)
    found = []
    for row in sources:
        charger, state = row.charger, row.state
        if row.charger.charger_id == source.charger.charger_id:
            continue
        if charger.circuit_id not in metered.behind:
            continue
        then = known.get(charger.charger_id)
        if then is None:
            if state.set_points and state.set_a > 0:
                return None
            continue
        if abs(state.set_a - then.set_a) >= CALM_A and not (
            step_end_s(row, then.set_a) + metered.meter.delay_s < read_s
        ):
            return None
        beliefs = _beliefs(row, then, phases, metered.meter.kind)
        if beliefs:
            found.append(beliefs)
    open_ = [row for row in found if len(row) > 1]
    return None if len(open_) > AMBIGUOUS_MOST else found


def _beliefs(
    source: Source, then: OtherThen, phases: tuple[int, ...], kind: MeterKind
) -> list[tuple[float, ...]]:
    """Return by how much another car may have moved on each phase, A."""
    step_a = source.state.set_a - then.set_a
    now_a = shown_by_sensor(source.charger, source.reading)
    rows = [step_a] if abs(step_a) >= CALM_A else [0.0]
    if now_a and len(now_a) == len(then.sensor_a):
        seen_a = max(now_a) - max(then.sensor_a)
        if abs(seen_a - rows[0]) >= CALM_A:
            rows.append(seen_a)
        else:
            rows = [seen_a]
    elif rows != [0.0]:
        rows.append(0.0)
    if rows == [0.0] or max(map(abs, rows)) < UNMOVED_A:
        return []
    wires = source.used_phases
    if kind is MeterKind.TOTAL:
        return [(row_a * len(wires),) for row_a in rows]
    return [tuple(row_a if row in wires else 0.0 for row in phases) for row_a in rows]
