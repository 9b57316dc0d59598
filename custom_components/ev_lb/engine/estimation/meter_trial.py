"""Whether the meter shows the steps that a charger is commanded to (design section 5).

A car that is measured to follow must move the meter over it as well. Where it does not,
the meter does not see this charger, hangs, or is in the wrong unit: one such step, and
nothing is raised on that meter any more, what was raised is taken back, and the car
counts beside what the meter shows. After a while it may try again, with its minimum.

A cut proves less: what made it necessary, or comes again meanwhile, is a load of the
house that may just hide it. So one alone only keeps the car from more for a while.
"""

from collections.abc import Iterator, Mapping
from math import inf
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import MeterKind, PerPhase, Phase, Site
from custom_components.ev_lb.engine.model.meter_trial import (
    MeterBaseline,
    MeterTrial,
    UnseenStep,
)
from custom_components.ev_lb.engine.model.state import Measurement, State
from custom_components.ev_lb.engine.wakeups import Wakeups

from .cars import Source
from .frozen import PROMPT_S
from .readings import PhaseReadings

STEP_A: Final = 3.0
"""A smaller step proves nothing (design section 5), A."""
SEEN: Final = 0.6
"""The part of a step that a meter shows at least which sees it: the rest may be the
house's."""
UNSEEN: Final = 0.3
"""The part below which it does not."""
BEYOND: Final = 1.25
BEYOND_A: Final = 1.5
"""A sensor that moves further than this multiple of what its charger was told, and so
much, A, proves nothing."""
AGREED_A: Final = 1.0
"""A car is where it was told to be, A."""
CALM_A: Final = 1.5
"""What else moves by no more hides no step, A."""
OTHERS_S: Final = 30.0
"""A car that was told something so long before may still be moving, s."""
LONGEST_S: Final = 180.0
"""A step that has shown nothing by then proves nothing, s: the house has moved."""
SEVERAL: Final = 3
RETRY_S: Final = 600.0
LONG_RETRY_S: Final = 3600.0
"""After this long a charger may try again whose steps the meter did not show, s; after
several of them, the longer one."""
CUT_RETRY_S: Final = 120.0
"""The same where it was a cut alone, s."""


def try_meter(
    site: Site,
    before: State,
    readings: PhaseReadings,
    battery_a: float | None,
    source_of: Mapping[str, Source],
    wakeups: Wakeups,
) -> dict[str, Source]:
    """Return the sources with what their own steps have shown of the main meter."""
    found = {}
    sources = tuple(source_of.values())
    for charger_id, source in source_of.items():
        after = _tried(site, before, readings, battery_a, source, sources, wakeups)
        found[charger_id] = _with_trial(source, after, wakeups)
    return found


def _with_trial(source: Source, trial: MeterTrial, wakeups: Wakeups) -> Source:
    """Return a source with what its own steps have shown of the main meter."""
    if trial != source.state.meter_trial:
        source = source._replace(state=source.state._replace(meter_trial=trial))
    if not trial.unseen and not source.charger.before_meter:
        return source
    beside = trial.beside or source.charger.before_meter
    return source._replace(before_meter=beside, trial_most_a=_most_a(source, wakeups))


def unmetered_a(sources: tuple[Source, ...]) -> float:
    """Return what cars draw over all phases that no meter shows, A."""
    return sum(
        sum(row.state.measurements[-1].current_a)
        if row.state.measurements
        else row.state.set_a * len(row.charger.phases)
        for row in sources
        if row.before_meter
    )


def _most_a(source: Source, wakeups: Wakeups) -> float:
    """Return the most that a charger gets whose steps the meter did not show, A."""
    charger, state = source.charger, source.state
    trial = state.meter_trial
    if not trial.unseen or trial.unseen_s is None:
        return inf
    wait_s = RETRY_S if trial.unseen < SEVERAL else LONG_RETRY_S
    if not trial.beside:
        wait_s = CUT_RETRY_S
    retries = wakeups.passed(trial.unseen_s + wait_s) and trial.baseline is None
    if not retries:
        return min(state.set_a, trial.back_a)
    return charger.min_current_a if state.set_a <= 0 else inf


def _tried(
    site: Site,
    before: State,
    readings: PhaseReadings,
    battery_a: float | None,
    source: Source,
    sources: tuple[Source, ...],
    wakeups: Wakeups,
) -> MeterTrial:
    """Take in what became of the newest step."""
    trial, points = source.state.meter_trial, source.state.set_points
    if source.charger.before_meter:
        return MeterTrial()
    if points and points[-1].decided_s > trial.decided_s:
        was_a = points[-2].current_a if len(points) > 1 else 0.0
        step_a = points[-1].current_a - was_a
        baseline, rises = None, step_a > 0
        # While the car may still be following the step before, this one proves nothing.
        if trial.baseline is None and abs(step_a) >= STEP_A:
            baseline = _baseline(before, battery_a, source, was_a)
        trial = trial._replace(
            decided_s=points[-1].decided_s,
            baseline=baseline,
            back_a=inf if rises else trial.back_a,
        )
    baseline = trial.baseline
    if baseline is None:
        return trial
    others = [row for row in sources if row is not source]
    if _is_hidden(site, baseline, battery_a, others):
        return _undecided(trial, wakeups.now_s)
    steps_a = _steps_a(source, baseline)
    commanded_a = source.state.set_a - baseline.set_a
    meter_a = None
    if steps_a is not None and _is_clear(source, steps_a, commanded_a, wakeups):
        meter_a = _meter_steps_a(site, before, readings, sources, source, baseline)
    if steps_a is None or meter_a is None:
        over = wakeups.now_s > baseline.time_s + LONGEST_S
        return _undecided(trial, wakeups.now_s) if over else trial
    others_a = _others_a(site, others, baseline)
    steps = _steps_shown(steps_a, others_a, meter_a)
    return _judged(trial, baseline, steps, commanded_a, wakeups.now_s)


class _Step(NamedTuple):
    """A step on one phase, A."""

    measured_a: float
    others_a: float
    """What other cars did at the same time."""
    meter_a: float

    @property
    def shown(self) -> float:
        """Return which part of it the meter shows beside what the others did."""
        return (self.meter_a - self.others_a) / self.measured_a

    @property
    def shown_together(self) -> float:
        """Return which part of all steps together it shows; all where they cancel out."""
        together_a = self.measured_a + self.others_a
        return self.meter_a / together_a if abs(together_a) >= STEP_A else 1.0


def _steps_shown(
    steps_a: PerPhase, others_a: PerPhase, meter_a: PerPhase
) -> list[_Step]:
    rows = map(_Step, steps_a, others_a, meter_a, strict=True)
    return [row for row in rows if abs(row.measured_a) >= STEP_A]


def _judged(
    trial: MeterTrial,
    baseline: MeterBaseline,
    steps: list[_Step],
    commanded_a: float,
    now_s: float,
) -> MeterTrial:
    """Return what a step has shown whose time is over."""
    if max(row.shown for row in steps) >= SEEN:
        return MeterTrial(decided_s=trial.decided_s)
    best = max(steps, key=lambda row: row.shown_together)
    if best.shown_together >= UNSEEN or best.shown_together <= -SEEN:
        # The house has moved as well; or import and export are swapped, which is found
        # out by several such steps (`health/cross_check.py`).
        return _undecided(trial, now_s)
    unseen = trial.unseen + 1
    raised = commanded_a > 0
    return trial._replace(
        baseline=None,
        beside=trial.beside or raised or unseen >= SEVERAL,
        unseen=unseen,
        unseen_s=now_s,
        back_a=baseline.set_a if raised else trial.back_a,
        step=UnseenStep(commanded_a, best.measured_a, best.meter_a),
    )


def _undecided(trial: MeterTrial, now_s: float) -> MeterTrial:
    """Return a trial whose step proved nothing: what is in doubt waits anew."""
    since_s = now_s if trial.unseen else None
    return trial._replace(baseline=None, unseen_s=since_s)


def _baseline(
    before: State, battery_a: float | None, source: Source, set_a: float
) -> MeterBaseline | None:
    """Return what was known when a step was decided; None where something lacks."""
    decided_s = source.state.set_points[-1].decided_s
    older = [row for row in source.state.measurements if row.time_s <= decided_s]
    rows = [before.phases[phase] for phase in Phase]
    if not older or any(row.bad_since_s is not None for row in rows):
        return None
    first, second, third = (
        None if row.reading is None else row.reading.value for row in rows
    )
    return MeterBaseline(
        time_s=decided_s,
        set_a=set_a,
        drew_a=older[-1].current_a,
        meter_a=(first, second, third),
        battery_a=battery_a,
    )


def _is_hidden(
    site: Site, baseline: MeterBaseline, battery_a: float | None, others: list[Source]
) -> bool:
    """Tell whether something else that nothing measures may have made up for a step."""
    if site.battery is not None:
        if battery_a is None or baseline.battery_a is None:
            return True
        if abs(battery_a - baseline.battery_a) > CALM_A:
            return True
    return any(_may_move(row, baseline.time_s) for row in others)


def _may_move(source: Source, since_s: float) -> bool:
    """Tell whether a car that was not measured before may have moved since then."""
    points = source.state.set_points
    if source.state.measurements:
        return _measured_at(source, since_s) is None
    return bool(points) and points[-1].decided_s > since_s - OTHERS_S


def _measured_at(source: Source, time_s: float) -> Measurement | None:
    """Return what a car was measured to draw at a time."""
    rows = [row for row in source.state.measurements if row.time_s <= time_s]
    return rows[-1] if rows else None


def _others_a(site: Site, others: list[Source], baseline: MeterBaseline) -> PerPhase:
    """Return by how much other cars are measured to draw more on each phase, A.

    Over all phases, where the meter shows the total.
    """
    found = [0.0, 0.0, 0.0]
    for row in others:
        then = _measured_at(row, baseline.time_s)
        if then is None:
            continue
        now_a = row.state.measurements[-1].current_a
        for phase in Phase:
            found[phase] += now_a[phase] - then.current_a[phase]
    if site.meter.kind is MeterKind.TOTAL:
        found = [sum(found)] * 3
    return found[0], found[1], found[2]


def _apart_a(then: Measurement, now: Measurement) -> float:
    return max(
        abs(after - before)
        for before, after in zip(then.current_a, now.current_a, strict=True)
    )


def _steps_a(source: Source, baseline: MeterBaseline) -> PerPhase | None:
    """Return by how much a car is measured to draw more on each phase, A."""
    rows = source.state.measurements
    if not rows or rows[-1].time_s <= baseline.time_s:
        return None
    first, second, third = (
        now - then
        for now, then in zip(rows[-1].current_a, baseline.drew_a, strict=True)
    )
    return first, second, third


def _is_clear(
    source: Source, steps_a: PerPhase, commanded_a: float, wakeups: Wakeups
) -> bool:
    """Tell whether a car has clearly done what it was told."""
    furthest_a = max(steps_a, key=abs)
    if abs(furthest_a) < STEP_A or furthest_a * commanded_a <= 0:
        return False
    if abs(furthest_a) > BEYOND * abs(commanded_a) + BEYOND_A:
        return False
    there = abs(furthest_a - commanded_a) <= AGREED_A
    return there or wakeups.now_s >= source.settled_s


def _meter_steps_a(
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
