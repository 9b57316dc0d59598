"""What the engine is measured against: simple controllers in the same plant."""

from collections import deque
from itertools import takewhile
from math import floor, inf
from typing import Final

from custom_components.ev_lb.engine.model import (
    MINIMUM_EV_CURRENT_A,
    ChargerStatus,
)
from custom_components.ev_lb.simulation.meter import MeterContent

from .plant_loop import Seen, Send
from .scenarios import VOLTAGE_V, Case

LONGEST_HOLD_S: Final = 600.0
SHORTEST_HOLD_S: Final = 20.0


class Fixed:
    """Every charger at its maximum, whatever the house draws."""

    wants_reports = False

    def __init__(self, case: Case) -> None:
        """Get to know the chargers."""
        self._waiting = [row.max_current_a for row in case.chargers]

    def look(self, seen: Seen, send: Send) -> float:
        """Send the maximum once."""
        for place, current_a in enumerate(self._waiting):
            send(place, current_a)
        self._waiting = []
        return inf


class _Loop:
    """What the loops share: meter, set-points, and an equal part for each car."""

    wants_reports = False

    def __init__(self, case: Case) -> None:
        self.chargers = case.chargers
        self.limit_a = case.scenario.limit_a
        self.phases = [int(phase) for phase in case.phases]
        self.content = case.scenario.content
        self.wires = [
            [int(phase) for phase in row.phases[: row.car.phase_count]]
            for row in case.chargers
        ]
        self.set_a = [0.0] * len(case.chargers)
        self.cut_s = [-inf] * len(case.chargers)
        self.command_s = -inf

    def meter_a(self, seen: Seen) -> list[float]:
        """Return what the meter tells, A per phase."""
        values = seen.meter_values
        match self.content:
            case MeterContent.PHASE_CURRENT:
                return list(values)
            case MeterContent.PHASE_POWER:
                return [value / VOLTAGE_V for value in values]
            case MeterContent.TOTAL_POWER:
                return [values[0] / VOLTAGE_V / 3] * 3

    def house_a(self, seen: Seen, cars_a: list[float]) -> list[float]:
        """Return what the meter tells without what the cars are taken to draw."""
        house_a = self.meter_a(seen)
        for wires, current_a in zip(self.wires, cars_a, strict=True):
            for phase in wires:
                house_a[phase] -= current_a
        return house_a

    def parts_a(self, seen: Seen, house_a: list[float]) -> list[float]:
        """Return an equal part of what is free for each car that is there.

        Whole ampere, up to the charger's maximum; 0 below the minimum.
        """
        present = [status is not ChargerStatus.DISCONNECTED for status in seen.statuses]
        if not any(present):
            present = [True] * len(present)
        counts = [0, 0, 0]
        for wires, there in zip(self.wires, present, strict=True):
            for phase in wires if there else ():
                counts[phase] += 1
        parts_a = []
        for place, wires in enumerate(self.wires):
            if not present[place]:
                parts_a.append(0.0)
                continue
            free_a = min(
                (self.limit_a - house_a[phase]) / counts[phase] for phase in wires
            )
            part_a = floor(min(free_a, self.chargers[place].max_current_a) + 1e-9)
            parts_a.append(float(part_a) if part_a >= MINIMUM_EV_CURRENT_A else 0.0)
        return parts_a

    def set(self, seen: Seen, send: Send, place: int, current_a: float) -> None:
        """Send a set-point where it is another."""
        if current_a == self.set_a[place]:
            return
        if current_a < self.set_a[place]:
            self.cut_s[place] = seen.now_s
        self.set_a[place] = current_a
        self.command_s = seen.now_s
        send(place, current_a)


class PlainLoop(_Loop):
    """The simple loop that balancers use, on the worst phase.

    Target = current + what the limit leaves, in whole ampere; a cut at once, a
    raise 30 s after the last cut. `measured` takes the car's measured current
    for the current set; `settle_s` ignores the meter that long after a command.
    """

    def __init__(
        self, case: Case, *, measured: bool = False, settle_s: float = 0.0
    ) -> None:
        """Start with everything at 0 A."""
        super().__init__(case)
        self.measured = measured
        self.settle_s = settle_s
        self.ramp_up_time_s = 30.0

    def look(self, seen: Seen, send: Send) -> float:
        """Follow the meter's news."""
        if not seen.fresh_meter or seen.now_s < self.command_s + self.settle_s:
            return inf
        cars_a = seen.measured_a if self.measured else self.set_a
        parts_a = self.parts_a(seen, self.house_a(seen, cars_a))
        for place, part_a in enumerate(parts_a):
            waits = seen.now_s < self.cut_s[place] + self.ramp_up_time_s
            if part_a < self.set_a[place] or not waits:
                self.set(seen, send, place, part_a)
        return inf


class Hold(_Loop):
    """Rises only to what the highest house load of the last seconds leaves.

    House = meter - what the cars drew when the meter looked, as if measurements
    knew no skew: a strong opponent.
    """

    def __init__(self, case: Case, window_s: float) -> None:
        """Start with everything at 0 A."""
        super().__init__(case)
        self.window_s = [window_s] * len(case.chargers)
        self._past: deque[tuple[float, list[float]]] = deque()

    def look(self, seen: Seen, send: Send) -> float:
        """Follow the meter's news."""
        if not seen.fresh_meter:
            return inf
        house_a = self.house_a(seen, seen.drawn_a)
        self._past.append((seen.now_s, house_a))
        while self._past[0][0] < seen.now_s - LONGEST_HOLD_S:
            self._past.popleft()
        parts_a = self.parts_a(seen, house_a)
        for place, part_a in enumerate(parts_a):
            if part_a < self.set_a[place]:
                self.cut(seen.now_s, place)
                self.set(seen, send, place, part_a)
            elif part_a > self.set_a[place]:
                highest_a = self._highest_a(seen.now_s - self.window_s[place])
                lasting_a = self.parts_a(seen, highest_a)[place]
                if lasting_a > self.set_a[place]:
                    self.raised(seen.now_s, place)
                    self.set(seen, send, place, lasting_a)
        return inf

    def cut(self, now_s: float, place: int) -> None:
        """Learn from a cut; here nothing."""

    def raised(self, now_s: float, place: int) -> None:
        """Learn from a raise; here nothing."""

    def _highest_a(self, since_s: float) -> list[float]:
        recent = takewhile(lambda row: row[0] >= since_s, reversed(self._past))
        l1, l2, l3 = zip(*(house_a for _, house_a in recent), strict=True)
        return [max(l1), max(l2), max(l3)]


class LearningHold(Hold):
    """A hold window that doubles when raises are undone and halves when they last."""

    def __init__(self, case: Case) -> None:
        """Start with the shortest window."""
        super().__init__(case, SHORTEST_HOLD_S)
        self._raised_s = [-inf] * len(case.chargers)

    def look(self, seen: Seen, send: Send) -> float:
        """Halve a window when its raise has lasted, then do as any hold."""
        for place, raised_s in enumerate(self._raised_s):
            window_s = self.window_s[place]
            if raised_s > -inf and seen.now_s > raised_s + 2 * window_s + 30:
                self.window_s[place] = max(SHORTEST_HOLD_S, window_s / 2)
                self._raised_s[place] = -inf
        return super().look(seen, send)

    def cut(self, now_s: float, place: int) -> None:
        """Double the window when the last raise is undone soon."""
        if now_s <= self._raised_s[place] + self.window_s[place] + 20:
            self.window_s[place] = min(LONGEST_HOLD_S, 2 * self.window_s[place])
        self._raised_s[place] = -inf

    def raised(self, now_s: float, place: int) -> None:
        """Remember when the raise was."""
        self._raised_s[place] = now_s
