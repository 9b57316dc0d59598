"""What the cars of one reading of the meter may have drawn when it was made."""

from math import inf
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    Meter,
    Phase,
    Reading,
    Site,
)
from custom_components.ev_lb.engine.model.state import ChargerState, PhaseState, Untold

from .draw import DrawRange, SteadyDraw, draw_range
from .proof import (
    SHOWN_PART,
    STEP_A,
    STILL_A,
    Level,
    follow_cars,
    is_proven,
    wires_shown,
)
from .rising import is_rising, may_begin
from .unmeasured import AGREED_A, follow_untold, rises_too_little

NOTHING_SHOWN: Final = Untold()
PROMPT_S: Final = 3.0
"""A meter that may be later is found to be, and mostly is as late as that. One that
may not is mostly faster, s."""
MOVED_A: Final = 1.0
"""A value that differs by less may be the old one of a calm house, A."""


class Source(NamedTuple):
    """A charger as the house estimate sees it."""

    charger: Charger
    """On the phases that it uses now."""
    state: ChargerState
    reading: ChargerReading | None
    configured: Charger
    """On all phases that it is wired to."""
    steady: SteadyDraw
    settled_s: float
    """When the newest set-point has had its full effect, s."""
    ends_s: tuple[float, ...]
    """When each set-point counts as having had it, s."""
    apart: bool
    """Whether it is measured what the car draws on each phase: one value that
    stands for three tells nothing of a car on one."""
    doubted: bool
    """Whether nothing may be raised, for something is found to be wrong."""
    still_drawing_a: float
    """The most that the car may draw by commands still under way, A."""
    used_phases: tuple[Phase, ...]
    """Those that the car loads; all until it has shown otherwise."""
    useful_a: float
    """The most that is worth giving to the car, A; infinity where nothing bounds it."""
    keeps_place: bool
    """Whether it runs and is not sent away for another's turn yet."""
    before_meter: bool = False
    """Whether no meter shows what it draws: it counts beside what they do show."""
    keeps_set_point: bool = False
    """Whether it cannot be told anything, and counts with what its car may draw."""
    most_by_meters_a: float = inf
    """The most that its car may draw by the meters, while it is long out of reach, A."""
    trial_most_a: float = inf
    """The most that it gets while the meter does not show its own steps, A."""


class Draws(NamedTuple):
    """The sum of the cars on one phase when the meter was read, A."""

    low_a: float
    high_a: float
    loosely_low_a: float
    """The same while cars may have changed by themselves."""
    loosely_high_a: float
    open_until_s: float
    """Until when a change stays open; minus infinity when all have told."""
    late_a: float
    """What cars may draw more, by a total, that begin later than expected."""
    surely_a: float
    """What the cars draw at least that tell each phase apart."""
    apart_a: tuple[tuple[float, float], ...]
    """What these draw at least and at most on each phase of the site, with what they
    may have begun to draw late."""
    vague_a: float
    """What the others draw at most."""
    untold_low_a: float
    untold_high_a: float
    """What those of them draw that are not measured."""

    @property
    def told_low_a(self) -> float:
        """What those of them draw at least that are."""
        return self.low_a - self.untold_low_a - self.surely_a

    @property
    def told_high_a(self) -> float:
        """The same at most."""
        return self.vague_a - self.untold_high_a


class Cars(NamedTuple):
    """The cars that one reading of the meter tells of."""

    phase: Phase | None
    """None for the reading of the total, which tells of all."""
    sources: list[Source]
    measured: bool
    """Whether any of them is measured."""
    apart: bool
    """Whether all of them tell each phase apart."""


def cars_of(sources: tuple[Source, ...], phase: Phase | None) -> Cars:
    """Find the cars on a phase; those on any for the reading of the total."""
    found: list[Source] = []
    measured, apart = False, True
    for row in sources:
        phases = row.charger.phases
        if phase is not None:
            if phase not in phases:
                continue
            phases = (phase,)
        elif not phases:
            continue
        found.append(row)
        apart = apart and row.apart
        measured = measured or bool(row.state.measurements)
    return Cars(phase, found, measured, apart)


def draws_of(
    meter: Meter,
    cars: Cars,
    read_s: float,
    changed_s: float,
    untold: Untold,
    *,
    is_new: bool = False,
) -> Draws:
    """Return what the cars may have drawn, where something changed at `changed_s`.

    A car that does not tell each phase apart counts on the wires that it is shown
    to be on. With `is_new` the value is from after all that the cars have told.
    """
    low = high = loosely_low = loosely_high = late = 0.0
    apart_low, apart_high = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    surely = vague = untold_low = untold_high = 0.0
    open_until_s = -inf
    for source in cars.sources:
        state = source.state
        wires = source.charger.phases if cars.phase is None else (cars.phase,)
        drawn = _on_wires(meter, cars, source, read_s, untold, is_new=is_new)
        for wire, draw in zip(wires, drawn, strict=False):
            low_a, high_a, could_rise_to_a, told_s = draw
            low += low_a
            high += high_a
            if source.apart:
                surely += low_a
                apart_low[wire] += low_a
                apart_high[wire] += high_a
            else:
                vague += high_a
                if not state.measurements:
                    untold_low += low_a
                    untold_high += high_a
            open_s = _open_from_s(cars, state, told_s, changed_s)
            if open_s > -inf and (could_rise_to_a > 0 or high_a > 0):
                # The car may turn out to explain a change.
                open_until_s = max(open_until_s, open_s + state.report_gap_s)
                loosely_high += could_rise_to_a
                if cars.phase is None and may_begin(state, read_s):
                    late += could_rise_to_a - high_a
                    apart_high[wire] += could_rise_to_a - high_a if source.apart else 0
            else:
                loosely_low += low_a
                loosely_high += high_a
    return Draws(
        low,
        high,
        loosely_low,
        loosely_high,
        open_until_s,
        late,
        surely,
        tuple(zip(apart_low, apart_high, strict=True)),
        vague,
        untold_low,
        untold_high,
    )


def _open_from_s(
    cars: Cars, state: ChargerState, told_s: float, changed_s: float
) -> float:
    """Return from when on a car may have changed; minus infinity if it has told."""
    if told_s < changed_s:
        return changed_s
    # By a total it may have gone on rising since its charger told.
    return told_s if cars.phase is None and is_rising(state) else -inf


def _on_wires(
    meter: Meter,
    cars: Cars,
    source: Source,
    read_s: float,
    untold: Untold,
    *,
    is_new: bool,
) -> list[DrawRange]:
    """Return what one car may have drawn on each wire on which it counts."""
    charger, state, reading, _, steady, _, ends_s, apart = source[:8]
    wires = charger.phases if cars.phase is None else (cars.phase,)
    if cars.phase is None and not apart:
        wires = wires[: _wires(untold, source)]
    # Most cars have long followed: their range is worked out once, not per reading.
    value_s = min(read_s, read_s - meter.delay_s)
    if steady.after_s < value_s and read_s <= steady.until_s:
        return [steady.ranges[wire] for wire in wires]
    status = None if reading is None else reading.status
    delay_s = 0.0 if is_new and state.measurements else meter.delay_s
    return [draw_range(state, ends_s, status, wire, read_s, delay_s) for wire in wires]


def _wires(untold: Untold, source: Source) -> int:
    """Return on how many wires a car counts that does not tell each phase apart."""
    shown = wires_shown(untold, source.charger.charger_id)
    if shown is not None:
        return shown
    if untold.one_wire and source.state.measurements:
        return 1
    return len(source.charger.phases)


def least_wires(untold: Untold, cars: Cars) -> int:
    """Return on how many wires at least each car counts that tells no phases apart."""
    if cars.phase is not None:
        return 1
    counts = []
    for source in cars.sources:
        if not source.apart and source.charger.phases:
            shown = wires_shown(untold, source.charger.charger_id)
            if shown is None:
                shown = 1 if untold.one_wire else len(source.charger.phases)
            counts.append(shown)
    return min(counts, default=1)


def taken(
    site: Site,
    meter: Meter,
    memory: PhaseState,
    cars: Cars,
    reading: Reading,
    changed_s: float,
) -> tuple[Draws, Untold]:
    """Return what the cars drew, and what a total has shown of it."""
    untold = memory.untold
    draws = draws_of(meter, cars, reading.time_s, changed_s, untold)
    at_rest = draws.high_a - draws.low_a <= AGREED_A
    if cars.measured and not at_rest:
        newest = draws_of(meter, cars, reading.time_s, changed_s, untold, is_new=True)
        fallen = draws.high_a - newest.high_a >= STEP_A
        if fallen and _is_new(meter, memory, reading, newest):
            draws = newest
    if cars.phase is not None or cars.apart or len(site.phases) == 1:
        return draws, NOTHING_SHOWN
    if draws.late_a > AGREED_A and any(is_rising(row.state) for row in cars.sources):
        at_rest = False
    levels = _levels(meter, cars, reading.time_s) if at_rest else []
    if at_rest:
        rest_a = reading.value - draws.surely_a
        rows = follow_cars(untold, levels, rest_a)
        anew = any(row.wires != wires_shown(untold, row.charger_id) for row in rows)
        untold = untold._replace(cars=rows, rest_a=rest_a)
        if anew:
            draws = draws_of(meter, cars, reading.time_s, changed_s, untold)
            untold = untold._replace(shown_a=None, offered_a=draws.untold_low_a)
    if draws.vague_a <= 0:
        return draws, Untold(cars=untold.cars, rest_a=untold.rest_a)
    draws, untold = _as_shown(
        site, meter, memory, cars, reading, changed_s, draws, untold
    )
    if at_rest:
        most_a = _most_a(meter, cars, reading, levels, untold, draws)
        untold = untold._replace(most_a=most_a)
    return draws, untold


def _is_new(meter: Meter, memory: PhaseState, reading: Reading, newest: Draws) -> bool:
    """Tell whether a value that is too high is from after all that the cars told.

    `newest` is what they draw by that. So it is once the reading before has agreed
    with it, for no value is older than one that came earlier. With a prompt meter
    it counts as such, too, where that reading came before the oldest moment of this
    value and differs from it: the old value would be the same.
    """
    before = memory.reading
    if before is None or reading.value - newest.high_a - memory.house_a <= MOVED_A:
        return False
    then_a = before.value - memory.house_a
    if newest.low_a - MOVED_A <= then_a <= newest.high_a + MOVED_A:
        return True
    prompt = meter.delay_s <= PROMPT_S
    apart = before.time_s < reading.time_s - meter.delay_s
    return prompt and apart and abs(reading.value - before.value) > MOVED_A


def _as_shown(
    site: Site,
    meter: Meter,
    memory: PhaseState,
    cars: Cars,
    reading: Reading,
    changed_s: float,
    draws: Draws,
    untold: Untold,
) -> tuple[Draws, Untold]:
    """Return what cars drew that may take less than they are taken to."""
    too_little = _too_little(site, memory, draws, reading.value)
    if draws.told_high_a - draws.told_low_a <= AGREED_A:
        untold = untold._replace(told_a=draws.told_low_a)
    if too_little:
        found = _on_one_wire(untold, cars)
        if found != untold:
            draws = draws_of(meter, cars, reading.time_s, changed_s, found)
            untold = found
    low_a, high_a = draws.untold_low_a, draws.untold_high_a
    rest_a = reading.value - (draws.high_a - high_a)
    untold, least_a, most_a = follow_untold(
        untold,
        rest_a,
        rest_a - low_a if memory.reading is None else memory.house_a,
        low_a,
        high_a,
        too_little=too_little,
        can_export=site.can_export,
    )
    return draws._replace(
        low_a=draws.low_a - low_a + least_a,
        high_a=draws.high_a - high_a + most_a,
        loosely_low_a=draws.loosely_low_a - low_a + least_a,
        loosely_high_a=draws.loosely_high_a - high_a + most_a,
    ), untold


def _on_one_wire(untold: Untold, cars: Cars) -> Untold:
    """Take measured cars to be on one wire each, whatever was shown before."""
    measured = {
        row.charger.charger_id for row in cars.sources if row.state.measurements
    }
    return untold._replace(
        one_wire=True,
        cars=tuple(
            row._replace(wires=None) if row.charger_id in measured else row
            for row in untold.cars
        ),
    )


def _levels(meter: Meter, cars: Cars, read_s: float) -> list[Level]:
    """Return what each car draws that is there and tells no phases apart."""
    levels = []
    for source in cars.sources:
        phases = source.charger.phases
        if source.apart or not source.state.connected:
            continue
        low_a, high_a, *_ = _draw(meter, source, phases[0], read_s)
        levels.append(
            Level(
                source.charger.charger_id,
                (low_a + high_a) / 2,
                len(phases),
                bool(source.state.measurements),
            )
        )
    return levels


def _draw(meter: Meter, source: Source, wire: Phase, read_s: float) -> DrawRange:
    """Return what one car may have drawn on a wire."""
    if source.steady.after_s < min(read_s, read_s - meter.delay_s):
        return source.steady.ranges[wire]
    status = None if source.reading is None else source.reading.status
    state, ends_s = source.state, source.ends_s
    return draw_range(state, ends_s, status, wire, read_s, meter.delay_s)


def _most_a(
    meter: Meter,
    cars: Cars,
    reading: Reading,
    levels: list[Level],
    untold: Untold,
    draws: Draws,
) -> float | None:
    """Return what a phase may carry while it is open on how many wires cars are, A.

    The whole total, but what cars are shown to draw on other phases.
    """
    shown = {row.charger_id: row for row in untold.cars}
    part = 1.0
    if untold.shown_a is not None and draws.untold_high_a > 0:
        part = min(1.0, untold.shown_a / draws.untold_high_a)
    beside_a, is_open = 0.0, False
    for level in levels:
        row = shown[level.charger_id]
        if level.current_a <= STILL_A:
            continue
        if not is_proven(row, measured=level.measured):
            is_open = True
        elif row.wires is not None:
            current_a = level.current_a * (1.0 if level.measured else part)
            beside_a += (row.wires - 1) * current_a
    if not is_open:
        return None
    for source in cars.sources:
        if source.apart:
            amps = [
                _draw(meter, source, wire, reading.time_s).low_a
                for wire in source.charger.phases
            ]
            beside_a += sum(amps) - max(amps)
    return reading.value - beside_a


def _too_little(site: Site, memory: PhaseState, draws: Draws, value_a: float) -> bool:
    """Tell whether the total is clearly less than the cars would draw.

    Where the sun may lower it, only what it rises by shows that.
    """
    if not site.can_export:
        return value_a < SHOWN_PART * draws.low_a
    untold = memory.untold
    if memory.reading is None or untold.one_wire:
        return False
    if draws.told_high_a - draws.told_low_a > AGREED_A:
        return False
    others_a = draws.untold_low_a if untold.shown_a is None else untold.shown_a
    taken_a = value_a - draws.surely_a - others_a - memory.house_a
    return rises_too_little(untold, draws.told_low_a, taken_a)
