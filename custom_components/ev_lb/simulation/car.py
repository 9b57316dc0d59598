"""A car, as IEC 61851-1 leaves it room to behave."""

from collections import deque
from dataclasses import dataclass
from math import ceil, inf
from typing import Final

from custom_components.ev_lb.engine.model import MINIMUM_EV_CURRENT_A, ChargerStatus

TAPER_FROM: Final = 0.9
"""Part of the need from which the battery takes less and less."""
TAPER_STEPS_PER_A: Final = 10


@dataclass(frozen=True, slots=True)
class Session:
    """A stay of a car at its charger."""

    plug_in_s: int
    unplug_s: int
    need_kwh: float | None = None
    """What it takes until it is full; None for without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarConfiguration:
    """How a car charges."""

    max_current_a: float = 16.0
    phase_count: int = 3
    """How many of the charger's phases it uses, 1 to 3, the first ones first."""
    need_kwh: float | None = None
    """What it takes until it is full; None for without end."""
    dead_time_s: float = 3.0
    """From a change of the offered current to its first effect, s (up to 5)."""
    fall_a_per_s: float = 20.0
    rise_a_per_s: float = 2.0
    start_delay_s: float = 10.0
    """From an offer, where there was none, to the first current, s."""
    takes: float = 1.0
    """Part of the offered current that it takes."""
    pauses_endured: int | None = None
    """Stops in a session after which it sleeps until it is plugged in anew; None
    for as many as there are."""
    plugged_in: bool = True
    """Whether it is plugged in from the start, where no sessions are given."""
    sessions: tuple[Session, ...] = ()
    """When it comes and goes, in order and apart; the seconds are the plant's."""


class Car:
    """What a car draws in each second, given what it is offered.

    The current of a second is that of its first instant: a change that begins
    in one second shows from the next.
    """

    def __init__(self, configuration: CarConfiguration, watts_per_a: float) -> None:
        """Start unplugged; `watts_per_a` is over all phases that it uses, W/A."""
        self.configuration = configuration
        self.plugged_in = False
        self.current_a = 0.0
        self.starts = 0
        self.stops = 0
        sessions = configuration.sessions
        self.next_s: float = sessions[0].plug_in_s if sessions else inf
        self._watts_per_a = watts_per_a
        self._need_wh = inf
        self._session_wh = 0.0
        self._earlier_wh = 0.0
        self._counted_s = 0
        self._offered_a = 0.0
        self._seen_a = 0.0
        self._coming: list[tuple[int, float]] = []
        self._pauses = 0
        self._visiting = False
        self._visits = deque(sessions)
        self._ready_s: float = inf
        self._target_a = 0.0
        self._moved_s = 0

    @property
    def full(self) -> bool:
        """Whether it has what it needs."""
        return self._session_wh >= self._need_wh

    @property
    def asleep(self) -> bool:
        """Whether it has been paused too often and charges no more."""
        endured = self.configuration.pauses_endured
        return endured is not None and self._pauses > endured

    @property
    def status(self) -> ChargerStatus:
        """Its status as a charger reports it."""
        if not self.plugged_in:
            return ChargerStatus.DISCONNECTED
        return ChargerStatus.CHARGING if self.current_a else ChargerStatus.CONNECTED

    def session_kwh(self, second: int) -> float:
        """Return what it took since it was plugged in, kWh."""
        return (self._session_wh + self._uncounted_wh(second)) / 1000

    @property
    def earlier_kwh(self) -> float:
        """Return what it took in the sessions before, kWh."""
        return self._earlier_wh / 1000

    def total_kwh(self, second: int) -> float:
        """Return what it took in all sessions, kWh."""
        return self.earlier_kwh + self.session_kwh(second)

    def plug_in(self, second: int, need_kwh: float | None) -> None:
        """Begin a session that ends by itself after `need_kwh`; None for never."""
        if self.plugged_in:
            self.unplug(second)
        self.plugged_in = True
        self._earlier_wh += self._session_wh
        self._session_wh = 0.0
        self._need_wh = inf if need_kwh is None else need_kwh * 1000
        self._ready_s = inf
        self._pauses = 0
        offered_a, self._offered_a = self._offered_a, 0.0
        self.offer(second, offered_a)

    def unplug(self, second: int) -> None:
        """End the session at once."""
        self._count(second)
        self.plugged_in = False
        self.current_a = self._seen_a = 0.0
        self._coming.clear()
        self._plan(second)

    def offer(self, second: int, offered_a: float) -> None:
        """Take notice of what the charger offers from now on, A; 0 for nothing."""
        if offered_a == self._offered_a:
            return
        if self._offered_a < MINIMUM_EV_CURRENT_A:
            self._ready_s = ceil(second + self.configuration.start_delay_s)
        self._offered_a = offered_a
        if self.plugged_in:
            due_s = ceil(second + self.configuration.dead_time_s)
            self._coming.append((due_s, offered_a))
            self.step(second)

    def step(self, second: int) -> None:
        """Come to a second; those between must not reach past `next_s`."""
        self._count(second)
        if self.current_a != self._target_a:
            self._move(second)
        self._moved_s = second
        self._come_and_go(second)
        while self._coming and self._coming[0][0] <= second:
            self._seen_a = self._coming.pop(0)[1]
        self._plan(second)

    def _come_and_go(self, second: int) -> None:
        """Begin and end the sessions that are due."""
        while self._visits:
            visit = self._visits[0]
            if visit.plug_in_s > second:
                return
            if visit.unplug_s > second:
                if not self._visiting:
                    self._visiting = True
                    self.plug_in(second, visit.need_kwh)
                return
            self._visits.popleft()
            self._visiting = False
            self.unplug(second)

    def _move(self, second: int) -> None:
        """Bring the current nearer to where it is going."""
        elapsed_s = second - self._moved_s
        before_a = self.current_a
        fall_a = self.configuration.fall_a_per_s * elapsed_s
        rise_a = self.configuration.rise_a_per_s * elapsed_s
        self.current_a = min(max(self._target_a, before_a - fall_a), before_a + rise_a)
        if self.current_a and not before_a:
            self.starts += 1
        elif before_a and not self.current_a:
            self.stops += 1
            self._pauses += 1

    def _plan(self, second: int) -> None:
        """Find where the current is going, and when something changes next."""
        if self.full:
            self.current_a = 0.0
        ready = self.current_a > 0 or second >= self._ready_s
        able_a = self._able_a()
        wanted = self.plugged_in and self._seen_a >= MINIMUM_EV_CURRENT_A
        wanted = wanted and not self.asleep
        taken_a = min(self._seen_a * self.configuration.takes, able_a)
        self._target_a = taken_a if wanted and ready else 0.0
        times: list[float] = [due_s for due_s, _ in self._coming[:1]]
        if self._visits:
            visit = self._visits[0]
            times.append(visit.unplug_s if self._visiting else visit.plug_in_s)
        if wanted and not ready:
            times.append(self._ready_s)
        if self.current_a != self._target_a:
            times.append(second + 1)
        elif self.current_a and self._need_wh < inf:
            times.append(self._next_taper_s(second, able_a))
        self.next_s = min(times, default=inf)

    def _able_a(self) -> float:
        """Return the most that the battery takes now, A, in tenths."""
        if self.full:
            return 0.0
        most_a = self.configuration.max_current_a
        left = self._left()
        if left >= 1:
            return most_a
        able_a = MINIMUM_EV_CURRENT_A + (most_a - MINIMUM_EV_CURRENT_A) * left
        # The millionth is for sums of floats just above a step.
        return ceil(able_a * TAPER_STEPS_PER_A - 1e-6) / TAPER_STEPS_PER_A

    def _left(self) -> float:
        """Return how much of the taper is still to come: 1 and more before it."""
        if self._need_wh == inf:
            return inf
        return (1 - self._session_wh / self._need_wh) / (1 - TAPER_FROM)

    def _next_taper_s(self, second: int, able_a: float) -> int:
        """Find the second at which the battery takes another step less."""
        span_a = self.configuration.max_current_a - MINIMUM_EV_CURRENT_A
        left = 0.0
        if self._left() > 1:
            left = 1.0
        elif span_a > 0:
            next_a = able_a - 1 / TAPER_STEPS_PER_A
            left = max(0.0, (next_a - MINIMUM_EV_CURRENT_A) / span_a)
        goal_wh = self._need_wh * (1 - left * (1 - TAPER_FROM))
        power_w = self.current_a * self._watts_per_a
        wait_s = ceil((goal_wh - self._session_wh) * 3600 / power_w)
        return second + max(1, wait_s)

    def _uncounted_wh(self, second: int) -> float:
        seconds = second - self._counted_s
        return self.current_a * self._watts_per_a * seconds / 3600

    def _count(self, second: int) -> None:
        """Add what was drawn up to this second."""
        self._session_wh += self._uncounted_wh(second)
        self._counted_s = second
