"""What a plant's run comes to: overload and trips, second by second."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

from ..engine.model import ALL_PHASES, PerPhase
from .breaker import DEVICES, Pole


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantStatistics:
    """What a run came to so far, in whole seconds.

    A phase is overloaded above the service current. The cars cause as much of
    that as they draw there; the rest is the house's.
    """

    seconds: int
    energy_kwh: Mapping[str, float]
    """What each charger gave, by its id, kWh."""
    peak_current_a: PerPhase
    overload_s: int
    """Seconds with an overload that cars cause, on whatever phase."""
    longest_overload_s: int
    overload_as: float
    """Overload that cars cause, A·s, over all phases."""
    house_overload_as: float
    trips: Mapping[str, int]
    """Trips by breaker (early, typical, late), over all phases."""
    house_trips: Mapping[str, int]
    """Trips that the house alone would have caused."""
    car_trips: Mapping[str, int]
    """Trips on phases where the house alone would have caused fewer."""
    thermal_headroom_used: Mapping[str, float]
    """How near each breaker came to tripping, as a part; 1 and more tripped."""
    commands: int
    starts: int
    stops: int
    """Times that a car which was not full was stopped."""


class _PhaseLedger:
    """One phase, between its changes."""

    def __init__(self, limit_a: float, preload_a: float) -> None:
        self.peak_a = 0.0
        self.overload_as = 0.0
        self.house_overload_as = 0.0
        self.pole = Pole(limit_a, preload_a)
        self.house_pole = Pole(limit_a, preload_a)
        self.caused_a = 0.0
        self._limit_a = limit_a
        self._house_a = 0.0
        self._cars_a = 0.0
        self._since_s = 0

    def change(self, second: int, house_a: float, cars_a: float) -> None:
        """Let other currents flow from this second on."""
        if (house_a, cars_a) == (self._house_a, self._cars_a):
            return
        self.close(second)
        self._house_a = house_a
        self._cars_a = cars_a
        over_a = max(0.0, house_a + cars_a - self._limit_a)
        self.caused_a = min(over_a, cars_a)

    def close(self, second: int) -> None:
        """Count up to this second."""
        seconds = second - self._since_s
        if not seconds:
            return
        self._since_s = second
        total_a = self._house_a + self._cars_a
        self.peak_a = max(self.peak_a, total_a)
        self.pole.carry(total_a, seconds)
        self.house_pole.carry(self._house_a, seconds)
        if total_a > self._limit_a:
            self.overload_as += self.caused_a * seconds
            house_over_a = total_a - self._limit_a - self.caused_a
            self.house_overload_as += house_over_a * seconds


class Ledger:
    """Counts what flows, from one change to the next.

    So the outcome does not depend on how often somebody looks.
    """

    def __init__(self, limit_a: float, preloads_a: PerPhase) -> None:
        """Start with breakers that have carried `preloads_a` for long."""
        self._phases = [_PhaseLedger(limit_a, preload_a) for preload_a in preloads_a]
        self._overloaded = False
        self._since_s = 0
        self._overload_s = 0
        self._longest_overload_s = 0

    def change(self, second: int, house_a: PerPhase, cars_a: PerPhase) -> None:
        """Let other currents flow from this second on, A per phase."""
        for phase, ledger in zip(ALL_PHASES, self._phases, strict=True):
            ledger.change(second, house_a[phase], cars_a[phase])
        overloaded = any(ledger.caused_a > 0 for ledger in self._phases)
        if overloaded != self._overloaded:
            self._close(second)
            self._overloaded = overloaded
            self._since_s = second

    def statistics(
        self,
        second: int,
        *,
        energy_kwh: Mapping[str, float],
        commands: int,
        starts: int,
        stops: int,
    ) -> PlantStatistics:
        """Return what it came to up to this second."""
        closed = deepcopy(self)
        closed._close(second)
        phases = closed._phases
        for ledger in phases:
            ledger.close(second)
        poles = [(ledger.pole.devices, ledger.house_pole.devices) for ledger in phases]
        return PlantStatistics(
            seconds=second,
            energy_kwh=energy_kwh,
            peak_current_a=(phases[0].peak_a, phases[1].peak_a, phases[2].peak_a),
            overload_s=closed._overload_s,
            longest_overload_s=closed._longest_overload_s,
            overload_as=sum(ledger.overload_as for ledger in phases),
            house_overload_as=sum(ledger.house_overload_as for ledger in phases),
            trips={n: sum(pole[n].trips for pole, _ in poles) for n in DEVICES},
            house_trips={n: sum(house[n].trips for _, house in poles) for n in DEVICES},
            car_trips={
                name: sum(
                    max(0, pole[name].trips - house[name].trips)
                    for pole, house in poles
                )
                for name in DEVICES
            },
            thermal_headroom_used={
                name: max(pole[name].thermal_headroom_used for pole, _ in poles)
                for name in DEVICES
            },
            commands=commands,
            starts=starts,
            stops=stops,
        )

    def _close(self, second: int) -> None:
        if self._overloaded:
            seconds = second - self._since_s
            self._overload_s += seconds
            self._longest_overload_s = max(self._longest_overload_s, seconds)
