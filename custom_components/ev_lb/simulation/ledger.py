"""What a plant's run comes to: overload and trips, second by second."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass

from custom_components.ev_lb.engine.model import ALL_PHASES, PerPhase

from .breaker import DEVICES, Pole, Tripping


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantStatistics:
    """What a run came to so far, in whole seconds.

    A phase is overloaded above the service current. The cars cause as much of
    that as they draw there; the rest is the house's.
    """

    seconds: int
    energy_kwh: Mapping[str, float]
    """What each charger gave, by its id, kWh."""
    imported_kwh: float
    """What came from the grid; phases that give and take at once are netted."""
    exported_kwh: float
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

    def __init__(self, limit_a: float, voltage_v: float, preloads_a: PerPhase) -> None:
        """Start with breakers that have carried `preloads_a` for long."""
        self.phases = [_PhaseLedger(limit_a, preload_a) for preload_a in preloads_a]
        self.overload_s = 0
        self.longest_overload_s = 0
        self._overloaded_since_s: int | None = None
        self._voltage_v = voltage_v
        self.imported_ws = 0.0
        self.exported_ws = 0.0
        self._grid_w = 0.0
        self._grid_since_s = 0

    def change(self, second: int, house_a: PerPhase, cars_a: PerPhase) -> None:
        """Let other currents flow from this second on, A per phase."""
        for phase, ledger in zip(ALL_PHASES, self.phases, strict=True):
            ledger.change(second, house_a[phase], cars_a[phase])
        self._count_energy(second)
        self._grid_w = (sum(house_a) + sum(cars_a)) * self._voltage_v
        overloaded = any(ledger.caused_a > 0 for ledger in self.phases)
        if not overloaded:
            self._end_overload(second)
        elif self._overloaded_since_s is None:
            self._overloaded_since_s = second

    def close(self, second: int) -> None:
        """Count up to this second, and no further."""
        for ledger in self.phases:
            ledger.close(second)
        self._count_energy(second)
        self._end_overload(second)

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
        # A copy, so that looking leaves no trace, not even of rounding.
        closed = deepcopy(self)
        closed.close(second)
        l1, l2, l3 = closed.phases
        return PlantStatistics(
            seconds=second,
            energy_kwh=energy_kwh,
            imported_kwh=closed.imported_ws / 3.6e6,
            exported_kwh=closed.exported_ws / 3.6e6,
            peak_current_a=(l1.peak_a, l2.peak_a, l3.peak_a),
            overload_s=closed.overload_s,
            longest_overload_s=closed.longest_overload_s,
            overload_as=sum(phase.overload_as for phase in closed.phases),
            house_overload_as=sum(phase.house_overload_as for phase in closed.phases),
            trips=closed.by_device(lambda breaker, _: breaker.trips),
            house_trips=closed.by_device(lambda _, house: house.trips),
            car_trips=closed.by_device(
                lambda breaker, house: max(0, breaker.trips - house.trips)
            ),
            thermal_headroom_used={
                name: max(
                    phase.pole.devices[name].thermal_headroom_used
                    for phase in closed.phases
                )
                for name in DEVICES
            },
            commands=commands,
            starts=starts,
            stops=stops,
        )

    def by_device(self, count: Callable[[Tripping, Tripping], int]) -> dict[str, int]:
        """Add up over the phases what `count` finds in a breaker and the house's."""
        return {
            name: sum(
                count(phase.pole.devices[name], phase.house_pole.devices[name])
                for phase in self.phases
            )
            for name in DEVICES
        }

    def _count_energy(self, second: int) -> None:
        energy_ws = self._grid_w * (second - self._grid_since_s)
        self._grid_since_s = second
        if energy_ws > 0:
            self.imported_ws += energy_ws
        else:
            self.exported_ws -= energy_ws

    def _end_overload(self, second: int) -> None:
        if self._overloaded_since_s is None:
            return
        seconds = second - self._overloaded_since_s
        self._overloaded_since_s = None
        self.overload_s += seconds
        self.longest_overload_s = max(self.longest_overload_s, seconds)
