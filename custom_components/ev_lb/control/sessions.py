"""What each car has had since it was plugged in, and what it is to have."""

from collections.abc import Callable, Iterable, Mapping
from copy import replace
from dataclasses import dataclass
from typing import Final

from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    Site,
    Snapshot,
)

WS_PER_KWH: Final = 3.6e6
LONGEST_STEP_S: Final = 300.0
"""A measurement that is older says nothing of the draw since then, s."""
WORTH_KEEPING_KWH: Final = 0.1


@dataclass(slots=True, kw_only=True)
class Session:
    """One car's stay at a charger."""

    energy_kwh: float = 0.0
    solar_kwh: float = 0.0
    """The part of it that came from neither the grid nor the home battery."""
    goal_kwh: float | None = None
    """Up to which `energy_kwh` the car is to be charged; None for no goal."""
    departure_s: float | None = None
    """Departure, s since the epoch; None where none was set."""
    limit_a: float | None = None
    """What somebody limits it to by hand, A."""
    connected: bool = False

    @property
    def solar_share(self) -> float | None:
        """Return the sun's part of the energy, 0 to 1; None before there is any."""
        if self.energy_kwh <= 0:
            return None
        return self.solar_kwh / self.energy_kwh

    @property
    def needed_kwh(self) -> float | None:
        """Return what is missing to the goal, kWh; None without one."""
        if self.goal_kwh is None:
            return None
        return max(self.goal_kwh - self.energy_kwh, 0.0)

    def arrive_or_leave(self, status: ChargerStatus | None) -> None:
        """Begin anew with a new car; a car that leaves takes its goal along."""
        connected = status is not ChargerStatus.DISCONNECTED
        if connected and not self.connected:
            self.energy_kwh = self.solar_kwh = 0.0
        elif self.connected and not connected:
            self.goal_kwh = self.departure_s = None
        self.connected = connected


class Sessions:
    """Adds up what the cars of a site draw, from one look to the next."""

    def __init__(self) -> None:
        """Begin without any car."""
        self._sessions: dict[str, Session] = {}
        self._powers_w: dict[str, float] = {}
        self._solar_part = 0.0
        self._time_s: float | None = None
        self._unsaved_kwh = 0.0

    def of(self, charger_id: str) -> Session:
        """Return the session of a charger's car, or the last one that it had."""
        return self._sessions.setdefault(charger_id, Session())

    @property
    def limits_a(self) -> dict[str, float]:
        """Return the limits set by hand by charger, A."""
        return {
            charger_id: session.limit_a
            for charger_id, session in self._sessions.items()
            if session.limit_a is not None
        }

    def restore(self, charger_id: str, session: Session) -> None:
        """Go on with a session from before a restart."""
        self._sessions[charger_id] = session

    def with_wishes(
        self, reading: ChargerReading, at_wall_s: Callable[[float], float]
    ) -> ChargerReading:
        """Return the reading of a charger with its owner's goal and departure.

        `at_wall_s` gives the site's time of a moment on the wall clock.
        """
        session = self.of(reading.charger_id)
        departs_s = session.departure_s
        return replace(
            reading,
            energy_needed_kwh=session.needed_kwh,
            departure_s=None if departs_s is None else at_wall_s(departs_s),
        )

    def forget_limits_of_cars_that_left(
        self, statuses: Mapping[str, ChargerStatus | None]
    ) -> bool:
        """Clear the limits of chargers that are gone or without a car.

        Return whether there were any.
        """
        gone = ChargerStatus.DISCONNECTED
        left = [name for name in self.limits_a if statuses.get(name, gone) is gone]
        for charger_id in left:
            self.of(charger_id).limit_a = None
        return bool(left)

    def advance(
        self, site: Site, snapshot: Snapshot, set_a: Mapping[str, float], now_s: float
    ) -> bool:
        """Add what was drawn since the last look; return whether to save it."""
        if self._time_s is not None:
            self._add(min(max(now_s - self._time_s, 0.0), LONGEST_STEP_S))
        self._time_s = now_s
        readings = {row.charger_id: row for row in snapshot.chargers}
        for charger in site.chargers:
            reading = readings.get(charger.charger_id)
            if reading is not None and reading.available:
                self.of(charger.charger_id).arrive_or_leave(reading.status)
            amps = drawn_a(charger, reading, set_a.get(charger.charger_id, 0.0))
            self._powers_w[charger.charger_id] = sum(amps) * site.voltage_v
        self._solar_part = _solar_part(
            site, snapshot, sum(self._powers_w.values()), self._solar_part
        )
        if self._unsaved_kwh < WORTH_KEEPING_KWH:
            return False
        self._unsaved_kwh = 0.0
        return True

    def _add(self, elapsed_s: float) -> None:
        for charger_id, power_w in self._powers_w.items():
            energy_kwh = power_w * elapsed_s / WS_PER_KWH
            session = self.of(charger_id)
            session.energy_kwh += energy_kwh
            session.solar_kwh += energy_kwh * self._solar_part
            self._unsaved_kwh += energy_kwh


def drawn_a(
    charger: Charger, reading: ChargerReading | None, set_a: float
) -> tuple[float, ...]:
    """Return what a car draws on each of its charger's phases, A.

    Where nothing measures, a car that may charge is taken to draw its set-point.
    """
    wires = len(charger.phases)
    rows = () if reading is None else reading.measured_a
    values = [row.value for row in rows if row is not None and row.problem is None]
    if values:
        return tuple(max(row, 0.0) for row in _on_wires(values, wires))
    status = None if reading is None else reading.status
    idle = status not in (None, ChargerStatus.CHARGING)
    return (0.0 if idle else set_a,) * wires


def _on_wires(values: list[float], wires: int) -> Iterable[float]:
    """Return one value for each wire; a single one stands for all."""
    return values[:wires] if len(values) >= wires else values[:1] * wires


def _solar_part(site: Site, snapshot: Snapshot, cars_w: float, before: float) -> float:
    """Return which part of the cars' power is neither bought nor from the battery.

    The part stays as it was while the meter does not report.
    """
    if snapshot.total_power_w is not None:
        rows, factor = [snapshot.total_power_w], 1.0
    else:
        rows = [
            row
            for phase in site.phases
            if (row := snapshot.phase_currents_a[phase]) is not None
        ]
        factor = site.voltage_v
    if not rows or any(row.problem is not None for row in rows):
        return before
    if cars_w <= 0:
        return 0.0
    bought_w = max(sum(row.value for row in rows) * factor, 0.0)
    battery = snapshot.battery_power_w
    if battery is not None and battery.problem is None:
        bought_w += max(-battery.value, 0.0)
    return min(max((cars_w - bought_w) / cars_w, 0.0), 1.0)
