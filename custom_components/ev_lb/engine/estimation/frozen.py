"""Whether a meter that goes on to report has frozen.

Cars that draw more or less must show in its value. What does not show adds up, up
and down, until the value changes: the cars are compared with what they drew when it
last did. Only what they draw for certain counts, so a car that is not measured may
take away what another one shows, but only as far as it was told to.
"""

from collections.abc import Iterable
from math import inf
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import Meter, MeterKind, Phase, Site, Snapshot
from custom_components.ev_lb.engine.model.set_points import MEASUREMENT_DELAY_S
from custom_components.ev_lb.engine.model.state import (
    CarThen,
    ChargerState,
    Reading,
    ValueWatch,
)

from .cars import Cars, Source

NOISE_A: Final = 0.5
"""A calm house and a charger's sensor may make up for so much, A."""
COARSEST_A: Final = 1.0
"""The steps of a meter that has not shown finer ones: many tell whole ampere, A."""
GRAIN_A: Final = 1.0
"""A car that was told nothing new may have moved so much less than its sensor tells,
which may tell whole ampere, A."""
STEP_A: Final = 0.9
"""A smaller step of the cars adds nothing to what has not shown: the smallest one of
a charger is 1 A, a tenth less for its sensor, A."""
BALANCED_A: Final = 2.0
"""A home this near to taking nothing from the grid, A over all phases, may be kept
there by a battery, whatever the cars do."""
LASTING: Final = 0.25
"""The part of the freshness limit after which a step stays unseen, though the car may
go back: a meter that is fresh has looked by then."""
PROMPT_S: Final = 5.0
SLOWEST_S: Final = 60.0
"""A value may be renewed less often than it is reported, s: P1 meters before DSMR 5
tell a new one every 10 s, others every minute. It is learned between these two."""
LONGER: Final = 1.1
SHORTER: Final = 0.5
"""What one value that came later or sooner than usual changes of that at most: a calm
house moves seldom, and two reports may come close to each other by accident."""
HINTS: Final = 5.0
"""How many times the freshness limit a step may stay unseen that a meter of whole
ampere might round off."""


class Surroundings(NamedTuple):
    """What one report of a meter is compared with."""

    meter: Meter
    battery_a: float | None
    """What a home battery takes, A at one phase; None where nobody tells."""
    balanced: bool
    """Whether one of which nobody tells may be making up for all that the cars do."""
    finest_a: float
    """The finest step that the meter has shown, A."""
    nothing: bool
    """Whether the meter shows zero on all of three phases: no car can draw then."""


def battery_a(site: Site, snapshot: Snapshot) -> float | None:
    """Return what the home battery takes, A at one phase; None where nobody tells."""
    told = snapshot.battery_power_w
    if told is None or told.problem is not None:
        return None
    return told.value / site.volts


def may_be_balanced(
    site: Site,
    kind: MeterKind,
    readings: Iterable[Reading | None],
    battery_a: float | None,
) -> bool:
    """Tell whether an untold battery may keep what this meter shows where it is."""
    if site.battery is None or battery_a is not None:
        return False
    values = [row.value for row in readings if row is not None]
    total_a = max(values, default=0.0) if kind is MeterKind.TOTAL else sum(values)
    return abs(total_a) <= BALANCED_A


def changed(watch: ValueWatch, before: Reading | None, reading: Reading) -> ValueWatch:
    """Note that the meter tells another value, and how fine its steps are."""
    finest_a, renewed_s = watch.finest_a, watch.renewed_s
    if before is not None and before.problem is None:
        finest_a = min(finest_a, abs(reading.value - before.value))
        stood_s = reading.time_s - watch.since_s
        stood_s = max(stood_s, SHORTER * renewed_s)
        renewed_s = min(stood_s, LONGER * renewed_s, SLOWEST_S)
    return ValueWatch(reading.time_s, finest_a, renewed_s)


def followed(
    watch: ValueWatch,
    before_s: float,
    reading: Reading,
    cars: Cars,
    around: Surroundings,
) -> ValueWatch:
    """Compare the cars with what they drew when the meter last told something new.

    `before_s` is when it reported before: only a new report proves anything.
    """
    if not watch.cars:
        if not cars.measured:
            return watch
        rows = tuple(_then(row, cars, watch, around) for row in cars.sources)
        return watch._replace(cars=rows, battery_a=around.battery_a)
    if reading.time_s <= before_s:
        return watch
    rows = _kept(watch, cars, around)
    certain_a = watch.level_a
    if not around.balanced and (around.battery_a is None) == (watch.battery_a is None):
        certain_a = _certain_a(rows, watch, cars, around)
    return _added_up(watch._replace(cars=rows), reading.time_s, certain_a, around)


def is_contradicted(watch: ValueWatch, read_s: float, delay_s: float) -> bool:
    """Tell whether the meter should have shown by now what the cars do.

    Then nothing is raised on it, and what was is taken back. It is lost only where
    that goes on (`is_frozen`): a meter that is not must show a car that goes back.
    """
    since_s = watch.moved_since_s
    return since_s is not None and read_s >= since_s + delay_s + max(
        watch.renewed_s, PROMPT_S
    )


def is_frozen(watch: ValueWatch, read_s: float, limit_s: float) -> bool:
    """Tell whether the cars' steps have not shown for too long, s."""
    if watch.moved_since_s is not None and read_s >= watch.moved_since_s + limit_s:
        return True
    hinted_s = watch.hinted_since_s
    return hinted_s is not None and read_s >= hinted_s + HINTS * limit_s


def _added_up(
    watch: ValueWatch, read_s: float, certain_a: float, around: Surroundings
) -> ValueWatch:
    """Add a step that has lasted to those that have not shown."""
    meter = around.meter
    step_a = abs(certain_a - watch.level_a)
    total_a = watch.unshown_a + step_a
    is_moved = total_a > around.finest_a + NOISE_A
    step_s = watch.step_since_s
    if step_a < STEP_A:
        step_s = None
    elif step_s is None:
        step_s = read_s
    watch = watch._replace(
        step_since_s=step_s,
        hinted_since_s=_since(watch.hinted_since_s, read_s, holds=total_a >= STEP_A),
        moved_since_s=_since(watch.moved_since_s, read_s, holds=is_moved),
    )
    if step_s is None:
        return watch
    lasts = read_s >= step_s + LASTING * meter.freshness_limit_s
    if lasts or is_contradicted(watch, read_s, meter.delay_s):
        return watch._replace(level_a=certain_a, unshown_a=total_a, step_since_s=None)
    return watch


def _since(since_s: float | None, now_s: float, *, holds: bool) -> float | None:
    if not holds:
        return None
    return now_s if since_s is None else since_s


def _kept(watch: ValueWatch, cars: Cars, around: Surroundings) -> tuple[CarThen, ...]:
    """Return what is known of each car, with those that have come since."""
    known = {row.charger_id: row for row in watch.cars}
    for source in cars.sources:
        row = known.get(source.charger.charger_id)
        comes = row is None or (row.drew_a is None and bool(source.state.measurements))
        is_open = row is not None and not row.certain
        if comes or (is_open and _first_raise(source.state, watch.stands_s) is None):
            known[source.charger.charger_id] = _then(source, cars, watch, around)
    return tuple(known.values())


def _then(
    source: Source, cars: Cars, watch: ValueWatch, around: Surroundings
) -> CarThen:
    """Return what a car drew when the meter last told something new.

    What a sensor that is late told just after it may be from before. A raise from
    after it shows what came before: a car is raised only once it has settled.
    """
    state, wires = source.state, _wires(source, cars)
    charger_id = source.charger.charger_id
    if around.nothing:
        return CarThen(charger_id, 0.0, 0.0, certain=True)
    if not state.measurements:
        return CarThen(charger_id, len(wires) * state.set_a, None, certain=True)
    set_a, newest = state.set_a, state.measurements[-1]
    place = _first_raise(state, watch.stands_s)
    if place is None:
        late_s = around.meter.delay_s + state.report_gap_s + MEASUREMENT_DELAY_S
        settled = source.settled_s <= newest.time_s or source.settled_s == inf
        certain = settled and newest.time_s >= watch.stands_s + late_s
    else:
        certain = True
        set_a = state.set_points[place - 1].current_a
        raised_s = state.set_points[place].decided_s
        told = [row for row in state.measurements if row.time_s <= raised_s]
        newest = told[-1] if told else state.measurements[0]
    drew_a = sum(newest.current_a[wire] for wire in wires)
    return CarThen(charger_id, len(wires) * set_a, drew_a, certain=certain)


def _first_raise(state: ChargerState, since_s: float) -> int | None:
    """Return which set-point was the first raise after a moment, s."""
    points = state.set_points
    if not points or points[-1].decided_s < since_s:
        return None
    return next(
        (
            place
            for place in range(1, len(points))
            if points[place].decided_s >= since_s
            and points[place].current_a > points[place - 1].current_a
        ),
        None,
    )


def _wires(source: Source, cars: Cars) -> tuple[Phase, ...]:
    """Return the wires of a car that the reading tells of, as far as is certain."""
    if cars.phase is not None:
        return (cars.phase,)
    return source.charger.phases if source.apart else source.charger.phases[:1]


def _certain_a(
    rows: tuple[CarThen, ...], watch: ValueWatch, cars: Cars, around: Surroundings
) -> float:
    """Return by how much the meter must have moved for certain, A."""
    low_a = high_a = 0.0
    there = {source.charger.charger_id: source for source in cars.sources}
    for then in rows:
        source = there.get(then.charger_id)
        if source is None:
            low_a -= then.set_a if then.drew_a is None else then.drew_a
            continue
        state, wires = source.state, _wires(source, cars)
        told_a = len(wires) * state.set_a - then.set_a
        if then.drew_a is None or not state.measurements:
            low_a += min(told_a, 0.0)
            high_a += max(told_a, 0.0)
            continue
        newest = state.measurements[-1].current_a
        step_a = sum(newest[wire] for wire in wires) - then.drew_a
        sure_a = max(abs(step_a) - GRAIN_A, 0.0)
        if told_a * step_a > 0:
            sure_a = max(sure_a, min(abs(step_a), abs(told_a)))
        low_a += sure_a if step_a > 0 else step_a
        high_a += step_a if step_a > 0 else -sure_a
    if around.battery_a is not None and watch.battery_a is not None:
        more_a = around.battery_a - watch.battery_a
        low_a += min(more_a, 0.0)
        high_a += max(more_a, 0.0)
    return max(low_a, 0.0) + min(high_a, 0.0)
