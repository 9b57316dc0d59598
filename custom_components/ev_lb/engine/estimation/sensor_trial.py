"""Finds a charger's sensor that lies, by the charger's own steps.

Each step of 3 A or more, up or down, start or stop, is judged once charger, sensor and
meter have had their time (`step_evidence.py`). Evidence adds up over steps, is never
below nothing, and halves within a day:

| evidence | what follows |
|---|---|
| 1.8, one clear step | nothing is raised for a while; the car counts as drawing anything between what is measured and what it was set to |
| 6.0, three clear steps | the sensor is dropped: the car counts as one that nothing measures |
| 0 again, two steps on which all agree | it is used again |

With one step at most ten times likelier, a wrong verdict on a sensor that is right
needs a house that moves three times just as the charger was set and the car did not:
below 1 in 1000 such rows of steps, if the house does it in one step of ten. A sensor
that lies as told in `SensorFault` is found within three clear steps of 6 A or more, one that
shows a fifth too much within eight. In a lively house few steps are clear.
"""

from math import inf, isfinite
from typing import Final

from custom_components.ev_lb.engine.model import (
    Site,
)
from custom_components.ev_lb.engine.model.metered import MeteredCircuit, Phases
from custom_components.ev_lb.engine.model.sensor import (
    Baseline,
    OtherThen,
    SensorStep,
    SensorTrial,
)
from custom_components.ev_lb.engine.model.set_points import (
    MEASUREMENT_DELAY_S,
)
from custom_components.ev_lb.engine.model.state import Reading, State
from custom_components.ev_lb.engine.wakeups import Wakeups

from .cars import Source
from .draw import DOUBT
from .plug import absent_since_s
from .step_evidence import (
    STEP_A,
    Witnessed,
    agrees,
    evidence,
    meter_on_wire_a,
)
from .step_witnesses import (
    CALM_A,
    meter_readings,
    phases_shown,
    shown_by_sensor,
    step_end_s,
    witnessed,
)

CERTAIN: Final = 6.0
MOST: Final = 6.9
"""More than that is not added up, so that a sensor which behaves is soon used again."""
RIGHT: Final = 3.5
"""What a step takes away on which all witnesses agree."""
HALF_LIFE_S: Final = 86_400.0
DOUBTED_S: Final = 120.0
"""How long nothing is raised after a step that speaks against the sensor, s."""
OPEN_S: Final = 300.0
"""A step that is not over by then shows nothing, s: the house has moved too often."""
TELLS_S: Final = 60.0
"""A sensor that has shown nothing new so long after a step repeats itself, s: clouds
are asked once a minute."""
CALM_S: Final = 10.0
"""How long the meter must stay where it is after a step, s."""
STEPS_KEPT: Final = 4
NO_CAR_A: Final = 3.0
"""A sensor without a car that shows less is none to tell the owner of, A."""
NO_CAR_S: Final = 300.0
"""How long it shows that before he is told, s: one in a cloud may be late."""


def try_sensors(
    site: Site,
    state: State,
    battery_w: float | None,
    sources: tuple[Source, ...],
    metered_circuits: tuple[MeteredCircuit, ...],
    wakeups: Wakeups,
) -> tuple[Source, ...]:
    """Return the chargers with what their steps have shown of their sensors.

    `battery_w` is what the home battery takes now, W; None where nobody tells.
    """
    if all(
        not row.state.trial.sensor_a and not (row.reading and row.reading.measured_a)
        for row in sources
    ):
        return sources
    trial = _Trial(site, state, battery_w, sources, metered_circuits, wakeups)
    return tuple([trial.tried(row) for row in sources])


class _Trial:
    """What one decision knows when it judges sensors."""

    def __init__(
        self,
        site: Site,
        state: State,
        battery_w: float | None,
        sources: tuple[Source, ...],
        metered_circuits: tuple[MeteredCircuit, ...],
        wakeups: Wakeups,
    ) -> None:
        self._site, self._state, self._battery_w = site, state, battery_w
        self._sources, self._metered = sources, metered_circuits
        self._wakeups = wakeups

    def tried(self, source: Source) -> Source:
        """Return a charger with what is known of its sensor now."""
        before = source.state.trial
        sensor_a = shown_by_sensor(source.charger, source.reading)
        trial = self._opened(source, before)
        if trial.baseline is not None:
            trial = self._judged(source, trial, sensor_a)
        trial = self._without_car(source, trial, sensor_a)
        sensor_s = _shown_s(source)
        if (sensor_a, sensor_s) != (trial.sensor_a, trial.sensor_s):
            trial = trial._replace(sensor_a=sensor_a, sensor_s=sensor_s)
        doubted = trial.evidence >= DOUBT and not self._wakeups.passed(
            trial.doubted_until_s
        )
        if trial is not before and trial != before:
            source = source._replace(state=source.state._replace(trial=trial))
        return source._replace(doubted=True) if doubted else source

    def _opened(self, source: Source, trial: SensorTrial) -> SensorTrial:
        """Note what all showed before a charger was set to something new."""
        points = source.state.set_points
        if not points or points[-1].decided_s <= trial.seen_s:
            return trial
        first = next(
            place for place, row in enumerate(points) if row.decided_s > trial.seen_s
        )
        trial = trial._replace(seen_s=points[-1].decided_s)
        if trial.baseline is not None or not trial.sensor_a or first == 0:
            return trial
        metered = self._nearest(source)
        then = None if metered is None else self._meter_then(source, metered)
        if metered is None or then is None:
            return trial
        settled_s, read_s = source.ends_s[first - 1], then[0].time_s
        shows_s = settled_s + MEASUREMENT_DELAY_S
        tells = trial.sensor_s >= shows_s or read_s >= settled_s + _gap_s(source)
        if not (tells and settled_s + metered.meter.delay_s <= read_s):
            return trial
        behind = [row for row in self._sources if row is not source]
        others = [
            OtherThen(row.charger.charger_id, _set_at(row, then[0].time_s), shown_a)
            for row in behind
            if row.charger.circuit_id in metered.behind
            and (
                (shown_a := row.state.trial.sensor_a)
                or row.state.set_a > 0
                or row.state.set_points
            )
        ]
        baseline = Baseline(
            read_s=then[0].time_s,
            set_a=points[first - 1].current_a,
            sensor_a=trial.sensor_a,
            meter_a=tuple(row.value for row in then),
            battery_w=self._state.sun.battery_w,
            others=tuple(others),
        )
        return trial._replace(baseline=baseline)

    def _judged(
        self, source: Source, trial: SensorTrial, sensor_a: tuple[float, ...]
    ) -> SensorTrial:
        """Judge a step that is under way, if all had their time."""
        baseline, metered = trial.baseline, self._nearest(source)
        assert baseline is not None
        now = None if metered is None else meter_readings(source.charger, metered)
        if (
            metered is None
            or now is None
            or not source.state.connected
            or len(sensor_a) != len(baseline.sensor_a)
            or len(now) != len(baseline.meter_a)
            or now[0].time_s > baseline.read_s + OPEN_S
        ):
            return trial._replace(baseline=None)
        end_s = step_end_s(source, baseline.set_a)
        if not self._is_over(source, metered, now, end_s):
            return trial
        after_a = tuple(row.value for row in now)
        apart_a = (abs(a - b) for a, b in zip(baseline.after_a, after_a, strict=False))
        if max(apart_a, default=inf) > CALM_A:
            # The house moves: what it shows now counts once it has stayed.
            baseline = baseline._replace(after_a=after_a, after_s=now[0].time_s)
            return trial._replace(baseline=baseline)
        if now[0].time_s < baseline.after_s + CALM_S:
            return trial
        trial = trial._replace(baseline=None)
        set_a = (baseline.set_a, source.state.set_a)
        if abs(set_a[1] - set_a[0]) < STEP_A:
            return trial
        moves = list(
            witnessed(
                self._site,
                self._battery_w,
                self._sources,
                source,
                metered,
                baseline,
                sensor_a,
                now,
                set_a,
            )
        )
        if not moves:
            return trial
        return self._weighed(source, trial, moves)

    def _weighed(
        self, source: Source, trial: SensorTrial, moves: list[Witnessed]
    ) -> SensorTrial:
        """Add up what a step shows; what other cars did may be open."""
        now_s = self._wakeups.now_s
        each = [evidence(move) for move in moves]
        found = 0.0 if min(each) < 0 < max(each) else min(each, key=abs)
        right = all(agrees(move) for move in moves)
        if right:
            found = -RIGHT
        elapsed_s = now_s - trial.judged_s
        before = trial.evidence
        if isfinite(elapsed_s):
            before *= 0.5 ** (max(elapsed_s, 0.0) / HALF_LIFE_S)
        after = max(0.0, min(before + found, MOST))
        steps = trial.steps
        if found > 0:
            steps = (*steps, self._step(source, moves[0]))[-STEPS_KEPT:]
        if after <= 0:
            steps = ()
        dropped = after >= CERTAIN or (trial.dropped and after > 0)
        doubted = found > 0 and after >= DOUBT and not dropped
        return trial._replace(
            evidence=after,
            judged_s=now_s,
            steps=steps,
            dropped=dropped,
            doubted_until_s=now_s + DOUBTED_S if doubted else -inf,
        )

    def _step(self, source: Source, move: Witnessed) -> SensorStep:
        reading = source.reading
        shown = None if reading is None else reading.shown
        # What differs most from what the meter shows is what the owner is told.
        places = range(len(move.sensor_a))
        rise_a = meter_on_wire_a(move)
        wire = max(places, key=lambda row: abs(move.sensor_a[row] - rise_a))
        return SensorStep(
            time_s=self._wakeups.now_s,
            set_a=move.set_a,
            sensor_a=(move.sensor_before_a[wire], move.sensor_after_a[wire]),
            meter_a=rise_a,
            shown_a=None if shown is None else shown.value,
            wire=wire,
        )

    def _without_car(
        self, source: Source, trial: SensorTrial, sensor_a: tuple[float, ...]
    ) -> SensorTrial:
        """Note what a sensor shows though no car is there."""
        since_s = absent_since_s(source.state)
        shown_a = max(sensor_a, default=0.0, key=abs)
        step = None
        if (
            since_s is not None
            and abs(shown_a) >= NO_CAR_A
            and self._wakeups.passed(since_s + NO_CAR_S)
        ):
            step = trial.no_car
            if step is None or step.sensor_a[1] != shown_a:
                step = SensorStep(
                    self._wakeups.now_s, (0.0, 0.0), (shown_a, shown_a), 0.0
                )
        return trial if step == trial.no_car else trial._replace(no_car=step)

    def _is_over(
        self,
        source: Source,
        metered: MeteredCircuit,
        now: tuple[Reading, ...],
        end_s: float,
    ) -> bool:
        """Tell whether charger, meter and sensor have had their time."""
        due_s = end_s + metered.meter.delay_s
        phases = phases_shown(source.charger, metered)
        for phase, row in zip(phases, now, strict=False):
            watch = metered.phases[phase].watch
            renewed = watch.since_s > due_s or row.time_s > due_s + watch.renewed_s
            if not (row.time_s > due_s and renewed):
                return False
        if _shown_s(source) >= end_s + MEASUREMENT_DELAY_S:
            return True
        return self._wakeups.passed(end_s + _gap_s(source))

    def _nearest(self, source: Source) -> MeteredCircuit | None:
        """Return the meter next to a charger that can be believed now."""
        for metered in reversed(self._metered):
            if source.charger.circuit_id in metered.behind:
                sound = all(
                    metered.problems[phase] is None
                    for phase in phases_shown(source.charger, metered)
                )
                return metered if sound else None
        return None

    def _meter_then(
        self, source: Source, metered: MeteredCircuit
    ) -> tuple[Reading, ...] | None:
        """Return what the meter showed at the last decision."""
        memories: Phases | None = self._state.phases
        if metered.circuit_id != self._metered[0].circuit_id:
            memories = next(
                (
                    row.phases
                    for row in self._state.circuits
                    if row.circuit_id == metered.circuit_id
                ),
                None,
            )
        if memories is None:
            return None
        return meter_readings(source.charger, metered._replace(phases=memories))


def _shown_s(source: Source) -> float:
    """Return when a sensor showed what it shows, s."""
    reading = source.reading
    rows = () if reading is None else reading.measured_a
    return min((row.time_s for row in rows if row is not None), default=-inf)


def _gap_s(source: Source) -> float:
    """Return how long a sensor may show nothing new, s."""
    return max(2 * source.state.report_gap_s, TELLS_S)


def _set_at(source: Source, time_s: float) -> float:
    """Return what a charger was set to at a moment, A."""
    found_a = source.state.set_a
    for row in reversed(source.state.set_points):
        found_a = row.current_a
        if row.decided_s <= time_s:
            break
    return found_a
