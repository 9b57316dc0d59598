"""Whether the meter shows the steps that a charger is commanded to (design section 5).

A car that is measured to follow must move the meter over it as well. Where it does not,
the meter does not see this charger, hangs, or is in the wrong unit: one such step, and
nothing is raised on that meter any more, what was raised is taken back, and the car
counts beside what the meter shows. After a while it may try again, with its minimum.

A cut proves less: what made it necessary, or comes again meanwhile, is a load of the
house that may just hide it. So one alone only keeps the car from more for a while.
"""

from collections.abc import Mapping
from math import ceil, inf
from typing import Final

from custom_components.ev_lb.engine.model import MeterKind, PerPhase, Site
from custom_components.ev_lb.engine.model.meter_trial import (
    MeterBaseline,
    MeterTrial,
    PhaseStep,
    StepsShown,
    UnseenStep,
)
from custom_components.ev_lb.engine.model.request import (
    SMALLEST_STEP_A,
    STEP_TOLERANCE,
    ceil_to_step,
)
from custom_components.ev_lb.engine.model.state import State
from custom_components.ev_lb.engine.wakeups import Wakeups

from .cars import Source
from .meter_steps import (
    SMALL_A,
    baseline_at,
    is_clear,
    is_hidden,
    measured_steps_a,
    others_steps_a,
    shown_steps_a,
)
from .readings import PhaseReadings
from .step_evidence import STEP_A

ADDED_UP_S: Final = 900.0
"""Steps too small to prove anything add up with those of so long before, s."""
SEEN: Final = 0.6
"""The part of a step that a meter shows at least which sees it: the rest may be the
house's."""
UNSEEN: Final = 0.3
"""The part below which it does not."""
HALVES: Final = 2
"""So many steps in a row with another car of which it shows a part are not seen."""
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
    if trial.baseline is not None:
        return state.set_a
    if not wakeups.passed(trial.unseen_s + wait_s):
        return min(state.set_a, trial.back_a)
    if state.set_a <= 0:
        return _least_a(source)
    return state.set_a + ceil_to_step(STEP_A, charger.step_a)


def _least_a(source: Source) -> float:
    """Return the least that a charger can be started with, as far as is known, A.

    Of 6 A one that takes 5 A or 10 A only would take what no car can use.
    """
    charger, reading = source.charger, source.reading
    least_a = ceil_to_step(charger.min_current_a, charger.step_a)
    known = None if reading is None else reading.current_range
    if known is not None and SMALLEST_STEP_A <= known.step_a < inf:
        steps = ceil((least_a - known.least_a) / known.step_a - STEP_TOLERANCE)
        least_a = max(least_a, known.least_a + max(steps, 0) * known.step_a)
    in_vain_a = [
        row.asked_a
        for row in source.state.answers
        if least_a <= row.asked_a < inf and row.took_a < charger.min_current_a
    ]
    if in_vain_a:
        least_a = ceil_to_step(max(in_vain_a) + STEP_A, charger.step_a)
    return least_a


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
    if source.charger.before_meter:
        return MeterTrial()
    others = [row for row in sources if row is not source]
    trial = _with_command(source.state.meter_trial, before, battery_a, source, others)
    baseline = trial.baseline
    if baseline is None:
        return trial
    if is_hidden(site, baseline, battery_a, others):
        return _undecided(trial, wakeups.now_s)
    steps_a = measured_steps_a(source, baseline)
    commanded_a = source.state.set_a - baseline.set_a
    meter_a = None
    if steps_a is not None and is_clear(source, steps_a, commanded_a, wakeups):
        meter_a = shown_steps_a(site, before, readings, sources, source, baseline)
    if steps_a is None or meter_a is None:
        over = wakeups.now_s > baseline.time_s + LONGEST_S
        return _undecided(trial, wakeups.now_s) if over else trial
    rows = _phase_steps(site, baseline, source, steps_a, meter_a, others)
    step = StepsShown(baseline.set_a, commanded_a, baseline.time_s, rows)
    if abs(commanded_a) < STEP_A:
        step = _added_up(trial.small, step)
        if all(abs(row.measured_a) < STEP_A for row in step.rows):
            return trial._replace(baseline=None, small=step)
    return _judged(trial._replace(small=None), step, wakeups.now_s)


def _phase_steps(
    site: Site,
    baseline: MeterBaseline,
    source: Source,
    steps_a: PerPhase,
    meter_a: PerPhase,
    others: list[Source],
) -> tuple[PhaseStep, ...]:
    """Hold a car's step against the meter's, and that of the others, on each phase.

    Over all phases together where all are measured.
    """
    shown = [row for row in others if not row.charger.before_meter]
    doubted = [row for row in shown if row.state.meter_trial.unseen]
    sure = [row for row in shown if not row.state.meter_trial.unseen]
    sure_a = others_steps_a(site, sure, baseline)
    doubted_a = others_steps_a(site, doubted, baseline)
    rows = tuple(map(PhaseStep, steps_a, meter_a, sure_a, doubted_a, strict=True))
    if not source.apart or site.meter.kind is MeterKind.TOTAL:
        return rows
    # It is known what the car does on each phase: the meter shows all of it.
    own = [rows[phase] for phase in source.charger.phases]
    return (PhaseStep(*map(sum, zip(*own, strict=True))),)


def _with_command(
    trial: MeterTrial,
    before: State,
    battery_a: float | None,
    source: Source,
    others: list[Source],
) -> MeterTrial:
    """Take in a new command; it belongs to an open step as long as that is left."""
    points = source.state.set_points
    if not points or points[-1].decided_s <= trial.decided_s:
        return trial
    was_a = points[-2].current_a if len(points) > 1 else 0.0
    set_a = points[-1].current_a
    step_a = set_a - was_a
    baseline, back_a = trial.baseline, trial.back_a
    if step_a > 0:
        # A try that proves nothing is taken back.
        back_a = was_a if trial.unseen else inf
    if baseline is not None:
        # What is left of a step counts: the meter shows the sum of all commands.
        before_a, now_a = was_a - baseline.set_a, set_a - baseline.set_a
        goes_on = before_a * now_a > 0 and abs(now_a) >= SMALL_A
        baseline = baseline if goes_on else None
    elif abs(step_a) >= SMALL_A:
        baseline = baseline_at(before, battery_a, source, others, was_a)
    return trial._replace(
        decided_s=points[-1].decided_s,
        baseline=baseline,
        back_a=back_a,
    )


def _added_up(before: StepsShown | None, newest: StepsShown) -> StepsShown:
    """Add a small step to those the same way that came just before it."""
    if (
        before is None
        or len(before.rows) != len(newest.rows)
        or before.commanded_a * newest.commanded_a <= 0
        or newest.since_s > before.since_s + ADDED_UP_S
    ):
        return newest
    rows = tuple(
        PhaseStep(*(one + other for one, other in zip(first, second, strict=True)))
        for first, second in zip(before.rows, newest.rows, strict=True)
    )
    commanded_a = before.commanded_a + newest.commanded_a
    return before._replace(commanded_a=commanded_a, rows=rows)


def _shown(row: PhaseStep) -> float:
    """Return which part of a step the meter shows at least beside what the others did."""
    beliefs_a = (row.others_a, row.others_a + row.doubtful_a)
    return min((row.meter_a - others_a) / row.measured_a for others_a in beliefs_a)


def _shown_together(row: PhaseStep) -> float:
    """Return which part of all steps together it shows at most.

    All where they cancel out.
    """
    parts = []
    for others_a in (row.others_a, row.others_a + row.doubtful_a):
        together_a = row.measured_a + others_a
        cancels = abs(together_a) < STEP_A
        parts.append(1.0 if cancels else row.meter_a / together_a)
    return max(parts)


def _judged(trial: MeterTrial, step: StepsShown, now_s: float) -> MeterTrial:
    """Return what a step has shown whose time is over."""
    rows = [row for row in step.rows if abs(row.measured_a) >= STEP_A]
    if not rows:
        # The car has not followed: of the meter that shows nothing.
        return _undecided(trial, now_s)
    if max(map(_shown, rows)) >= SEEN:
        return MeterTrial(decided_s=trial.decided_s)
    best = max(rows, key=_shown_together)
    part = _shown_together(best)
    halves = 0
    if UNSEEN <= part < SEEN and abs(best.others_a + best.doubtful_a) >= STEP_A / 2:
        # The meter may show the other car alone, or the house has moved as well.
        halves = trial.halves + 1
    if part >= UNSEEN and halves < HALVES:
        return _undecided(trial, now_s)._replace(halves=halves)
    unseen = trial.unseen + 1
    raised = step.commanded_a > 0
    return trial._replace(
        baseline=None,
        beside=trial.beside or raised or unseen >= SEVERAL,
        unseen=unseen,
        halves=0,
        unseen_s=now_s,
        back_a=step.set_a if raised else trial.back_a,
        step=UnseenStep(step.commanded_a, best.measured_a, best.meter_a),
    )


def _undecided(trial: MeterTrial, now_s: float) -> MeterTrial:
    """Return a trial whose step proved nothing: what is in doubt waits anew."""
    since_s = now_s if trial.unseen else None
    return trial._replace(baseline=None, unseen_s=since_s)
